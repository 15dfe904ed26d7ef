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

rmf_status rmf_hybrid_means(const rmf_hybrid *h, const float *states, float *means)
{
    const rmf_sampling *s = h->sampling;
    double time;
    int branch;
    RMF_TRY(rmf_hybrid_check(h, &time, &branch));
    return rmf_denoise(s->sde, s->score, branch, time, h->count, states, means);
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
