/* likelihood/elbo.c – differences of classes by their variational bounds, with common noise. */
#include "ramify/likelihood.h"

#include <math.h>
#include <string.h>

typedef struct work {
    const rmf_sampling *s;
    const rmf_progress *progress;
    const float *objects;
    int64_t n, rows, d;
    int points;
    double low, width;        /* of log(σ/α): where it begins, and a slice */
    float *x, *noise, *score; /* [rows, d] */
    double *miss;             /* [rows] |z − ẑ|² of one branch */
    int *branch;              /* [classes] at the time under way */
    rmf_likelihood_report report;
    double began;
} work;

static double level(const rmf_sde *sde, double t)
{
    double alpha, sigma;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    return log(sigma / alpha);
}

/* The time from which on all classes are in one branch. */
static double top_time(const rmf_sampling *s)
{
    double top = 0;
    for (int i = 1; i < s->n_classes; i++) {
        const int b = rmf_tree_common(s->tree, s->classes[0], s->classes[i]);
        top = fmax(top, rmf_tree_branch(s->tree, b)->t_start);
    }
    return top;
}

/* x(t) of a block, and its noise, of address (object, point): the same for every branch. */
static void diffuse(work *w, int64_t first, int64_t used, int point, double alpha, double sigma)
{
    const rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_PROBE);
    for (int64_t r = 0; r < w->rows; r++) {
        const int64_t object = first + (r < used ? r : 0);
        float *z = w->noise + r * w->d, *x = w->x + r * w->d;
        rmf_random_normal(key, (uint64_t)object, (uint32_t)point, z, (size_t)w->d);
        for (int64_t i = 0; i < w->d; i++)
            x[i] = (float)(alpha * w->objects[object * w->d + i] + sigma * z[i]);
    }
}

static rmf_status evaluate(work *w, int branch, double t, double sigma)
{
    const rmf_score *score = w->s->score;
    RMF_TRY(score->eval(score->context, branch, t, w->x, w->score));
    w->report.calls++;
    for (int64_t r = 0; r < w->rows; r++) {
        double sum = 0;
        for (int64_t i = r * w->d; i < (r + 1) * w->d; i++) {
            const double miss = w->noise[i] + sigma * w->score[i];
            sum += miss * miss;
        }
        w->miss[r] = sum;
    }
    return RMF_OK;
}

/* One noise level of one block: every branch that is alive there once. */
static rmf_status take_point(work *w, int64_t first, int64_t used, int point, double *value)
{
    const rmf_sde *sde = w->s->sde;
    const rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_PROBE);
    const int classes = w->s->n_classes;
    const double jitter = rmf_random_unit(key, UINT64_MAX, (uint32_t)point);
    double alpha, sigma;
    const double at = sde->ops->time_of_ratio(sde, exp(w->low + (point + jitter) * w->width));
    const double t = fmax(rmf_sde_settle(sde, at), w->s->t_start);
    sde->ops->kernel(sde, t, &alpha, &sigma);
    diffuse(w, first, used, point, alpha, sigma);
    for (int c = 0; c < classes; c++)
        w->branch[c] = rmf_sde_branch(sde, w->s->tree, w->s->classes[c], t);
    for (int c = 0; c < classes; c++) {
        const int branch = w->branch[c];
        if (branch < 0) continue; /* done with an earlier class */
        RMF_TRY(evaluate(w, branch, t, sigma));
        for (int k = c; k < classes; k++) {
            if (w->branch[k] != branch) continue;
            w->branch[k] = -1;
            for (int64_t r = 0; r < used; r++)
                value[(first + r) * classes + k] -= w->width * w->miss[r];
        }
    }
    return RMF_OK;
}

static rmf_status run(work *w, double *value)
{
    const double low = level(w->s->sde, w->s->t_start), top = top_time(w->s);
    memset(value, 0, (size_t)(w->n * w->s->n_classes) * sizeof *value);
    if (top <= w->s->t_start) return RMF_OK; /* one branch for all */
    w->low = low;
    w->width = (level(w->s->sde, top) - low) / w->points;
    for (int64_t first = 0; first < w->n; first += w->rows) {
        const int64_t used = w->n - first < w->rows ? w->n - first : w->rows;
        for (int m = 0; m < w->points; m++)
            RMF_TRY(take_point(w, first, used, m, value));
        const rmf_progress_event event = {.activity = "comparing classes",
                                          .done = first + used,
                                          .total = w->n,
                                          .unit = "objects",
                                          .loss = NAN,
                                          .seconds_left = NAN};
        if (!rmf_progress_tell(w->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "bounds: stopped on request; nothing was kept");
    }
    for (int64_t i = 0; i < w->n * w->s->n_classes; i++)
        if (!isfinite(value[i]))
            return rmf_fail(RMF_ERR_NUMERIC, "bounds: that of object %lld is not finite",
                            (long long)(i / w->s->n_classes));
    return RMF_OK;
}

static rmf_status allocate(work *w, rmf_arena *arena)
{
    const size_t rows = (size_t)w->rows, block = rows * (size_t)w->d;
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->x, (void **)&w->x));
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->noise, (void **)&w->noise));
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->score, (void **)&w->score));
    RMF_TRY(rmf_arena_alloc(arena, rows, sizeof *w->miss, (void **)&w->miss));
    return rmf_arena_alloc(arena, (size_t)w->s->n_classes, sizeof *w->branch, (void **)&w->branch);
}

rmf_status rmf_elbos(const rmf_sampling *s, int points, const rmf_progress *progress,
                     rmf_rows objects, double *value, rmf_likelihood_report *report)
{
    if (!s->tree || !s->sde || !s->score || s->n_classes < 1 || points < 1 || !(s->t_start > 0))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "bounds: no tree, process, score or class, %d noise levels from time %g; "
                        "expected all, at least one level and a positive time",
                        points, s->t_start);
    for (int i = 0; i < s->n_classes; i++)
        if (s->classes[i] < 0 || s->classes[i] >= rmf_tree_class_count(s->tree))
            return rmf_fail(RMF_ERR_ARGUMENT, "bounds: class number %d; expected 0 to %d",
                            s->classes[i], rmf_tree_class_count(s->tree) - 1);
    work w = {.s = s,
              .progress = progress,
              .objects = objects.x,
              .n = objects.n,
              .rows = s->score->rows,
              .d = s->score->features,
              .points = points,
              .began = rmf_seconds()};
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&w, arena);
    if (status == RMF_OK) status = run(&w, value);
    rmf_arena_free(arena);
    w.report.seconds = rmf_seconds() - w.began;
    w.report.nfe = w.n > 0 ? (double)w.report.calls / (double)((w.n + w.rows - 1) / w.rows) : 0;
    if (status == RMF_OK && report) *report = w.report;
    return status;
}
