/* transmute/hybrid.c – what several classes have in common: their states at a time before they
 * part, the objects to expect from them, and the ways on (Tseng et al. 2024). */
#include "transmute/internal.h"

#include <math.h>
#include <string.h>

rmf_status rmf_hybrid_check(const rmf_hybrid *h, double *time, int *branch)
{
    const rmf_sampling *s = h->sampling;
    double point;
    if (h->n_classes < 2)
        return rmf_fail(RMF_ERR_USAGE, "hybrid: %d class; expected at least two", h->n_classes);
    *branch = rmf_common_branch(s->tree, h->classes, h->n_classes, &point);
    if (*branch < 0)
        return rmf_fail(RMF_ERR_ARGUMENT, "hybrid: a class number out of range; expected 0 to %d",
                        rmf_tree_class_count(s->tree) - 1);
    for (int i = 0; i < h->n_classes; i++)
        for (int k = 0; k < i; k++)
            if (h->classes[i] == h->classes[k])
                return rmf_fail(RMF_ERR_USAGE, "hybrid: class \"%s\" twice; expected distinct ones",
                                rmf_tree_class_name(s->tree, h->classes[i]));
    *time = h->time == 0 ? point : h->time;
    if (!(*time >= point && *time > s->t_start && *time <= s->sde->t_limit))
        return rmf_fail(RMF_ERR_USAGE,
                        "hybrid: at time %g; expected at least %.6g, where these classes part, and "
                        "at most %g",
                        *time, fmax(point, s->t_start), s->sde->t_limit);
    *branch = rmf_tree_find(s->tree, h->classes[0], *time);
    return RMF_OK;
}

rmf_status rmf_hybrid_states(const rmf_hybrid *h, const rmf_progress *progress, float *states,
                             rmf_sampling_report *report)
{
    double time;
    int branch;
    RMF_TRY(rmf_hybrid_check(h, &time, &branch));
    rmf_sampling s = *h->sampling;
    s.classes = h->classes; /* the first: above the time all have the same way */
    s.n_classes = 1;
    s.count = h->count;
    s.t_from = 0;
    s.t_until = time;
    return rmf_sample(&s, progress, states, report);
}

/* Rows of a block that are not used repeat the last one. */
static void fill_block(float *block, const float *x, int64_t used, int64_t rows, int64_t features)
{
    for (int64_t r = 0; r < rows; r++)
        memcpy(block + r * features, x + (r < used ? r : used - 1) * features,
               (size_t)features * sizeof *block);
}

rmf_status rmf_hybrid_means(const rmf_hybrid *h, const float *states, float *means)
{
    double time, alpha, sigma;
    int branch;
    RMF_TRY(rmf_hybrid_check(h, &time, &branch));
    const rmf_score *score = h->sampling->score;
    const int64_t d = score->features, rows = score->rows;
    h->sampling->sde->ops->kernel(h->sampling->sde, time, &alpha, &sigma);
    float *block = NULL;
    RMF_TRY(rmf_alloc((size_t)(2 * rows * d), sizeof *block, (void **)&block));
    float *value = block + rows * d;
    rmf_status status = RMF_OK;
    for (int64_t first = 0; status == RMF_OK && first < h->count; first += rows) {
        int64_t used = h->count - first < rows ? h->count - first : rows;
        fill_block(block, states + first * d, used, rows, d);
        status = score->eval(score->context, branch, time, block, value);
        for (int64_t i = 0; status == RMF_OK && i < used * d; i++)
            means[first * d + i] = (float)((block[i] + sigma * sigma * value[i]) / alpha);
    }
    rmf_free(block);
    return status;
}

rmf_status rmf_hybrid_continue(const rmf_hybrid *h, const rmf_progress *progress,
                               const float *states, float *x, rmf_sampling_report *report)
{
    double time;
    int branch;
    RMF_TRY(rmf_hybrid_check(h, &time, &branch));
    const int64_t segment = h->count * h->sampling->score->features;
    for (int c = 0; c < h->n_classes; c++)
        memcpy(x + c * segment, states, (size_t)segment * sizeof *x);
    rmf_sampling s = *h->sampling;
    s.classes = h->classes;
    s.n_classes = h->n_classes;
    s.count = h->count;
    s.t_from = time;
    s.t_until = 0;
    return rmf_sample(&s, progress, x, report);
}
