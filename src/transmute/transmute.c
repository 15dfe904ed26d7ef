/* transmute/transmute.c – objects of one class made into another's (Tseng et al. 2024): up
 * to a time at which the classes are alike, and down along the other's branches. */
#include "transmute/internal.h"

#include <math.h>
#include <string.h>

int rmf_common_branch(const rmf_tree *tree, const int *classes, int n, double *time)
{
    int branch = n > 0 ? rmf_tree_leaf(tree, classes[0]) : -1;
    for (int i = 1; i < n && branch >= 0; i++) {
        int common = rmf_tree_common(tree, classes[0], classes[i]);
        /* All are ancestors of one leaf, and parents have the smaller numbers. */
        if (common < branch) branch = common;
    }
    if (time && branch >= 0) *time = rmf_tree_branch(tree, branch)->t_start;
    return branch;
}

void rmf_report_add(rmf_sampling_report *sum, const rmf_sampling_report *more)
{
    if (!sum) return;
    sum->evaluated_rows += more->evaluated_rows;
    sum->independent_rows += more->independent_rows;
    sum->calls += more->calls;
    sum->nfe += more->nfe;
    sum->seconds += more->seconds;
}

static rmf_status check(const rmf_transmutation *t, double *time)
{
    const rmf_sampling *s = t->sampling;
    const int classes = rmf_tree_class_count(s->tree), pair[] = {t->from, t->to};
    if (t->from < 0 || t->from >= classes || t->to < 0 || t->to >= classes)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "transmutation: class numbers %d and %d; expected 0 to %d", t->from, t->to,
                        classes - 1);
    if (t->from == t->to)
        return rmf_fail(RMF_ERR_USAGE,
                        "transmutation: from \"%s\" to the same class; expected two classes",
                        rmf_tree_class_name(s->tree, t->from));
    *time = t->time;
    if (t->time == 0) rmf_common_branch(s->tree, pair, 2, time);
    if (!(*time > s->t_start && *time <= s->sde->t_limit))
        return rmf_fail(RMF_ERR_USAGE,
                        "transmutation: at time %g; expected a time above %g, up to %g", *time,
                        s->t_start, s->sde->t_limit);
    if (t->deterministic && s->sampler->stochastic)
        return rmf_fail(RMF_ERR_USAGE,
                        "transmutation: sampler %s draws noise; expected one that does not for a "
                        "deterministic map: heun",
                        s->sampler->name);
    if (t->deterministic && s->branch_corrector_steps > 0)
        return rmf_fail(RMF_ERR_USAGE,
                        "transmutation: %d corrector steps at branch points draw noise; expected 0 "
                        "for a deterministic map",
                        s->branch_corrector_steps);
    return RMF_OK;
}

/* x → α·x + σ·z. */
static void add_noise(const rmf_transmutation *t, double time, int64_t n, int64_t features,
                      float *x, float *noise)
{
    const rmf_sampling *s = t->sampling;
    /* Away from the noise that samples start with, and from that of other classes. */
    rmf_key key = rmf_key_make(s->seed, RMF_STREAM_PRIOR);
    key = rmf_key_fold(rmf_key_fold(key, RMF_STREAM_NOISE), (uint64_t)t->from);
    double alpha, sigma;
    s->sde->ops->kernel(s->sde, time, &alpha, &sigma);
    for (int64_t r = 0; r < n; r++) {
        float *row = x + r * features;
        rmf_random_normal(key, (uint64_t)r, 0, noise, (size_t)features);
        for (int64_t i = 0; i < features; i++)
            row[i] = (float)alpha * row[i] + (float)sigma * noise[i];
    }
}

rmf_status rmf_transmute(const rmf_transmutation *t, const rmf_progress *progress, int64_t n,
                         const float *before, float *after, rmf_sampling_report *report)
{
    double time;
    RMF_TRY(check(t, &time));
    const int64_t features = t->sampling->score->features;
    rmf_sampling_report up = {0}, down = {0};
    rmf_sampling s = *t->sampling;
    s.n_classes = 1;
    s.count = n;
    s.t_from = time;
    s.t_until = 0;
    if (after != before) memcpy(after, before, (size_t)(n * features) * sizeof *after);
    if (t->deterministic) {
        s.classes = &t->from;
        RMF_TRY(rmf_encode(&s, progress, after, &up));
    } else {
        float *noise = NULL;
        RMF_TRY(rmf_alloc((size_t)features, sizeof *noise, (void **)&noise));
        add_noise(t, time, n, features, after, noise);
        rmf_free(noise);
    }
    s.classes = &t->to;
    RMF_TRY(rmf_sample(&s, progress, after, &down));
    if (report) *report = up;
    rmf_report_add(report, &down);
    return RMF_OK;
}
