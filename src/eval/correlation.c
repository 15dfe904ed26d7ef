/*
 * eval/correlation.c – mean over pairs of features of |r − r'|, r and r' Pearson's correlation of
 * the pair on either side; features that vary on both sides only.
 */
#include <math.h>

#include "eval/linalg.h"
#include "eval/metric.h"

typedef struct correlation {
    rmf_sample_set a, b;
    int64_t width, column[]; /* [width] features that vary on both sides */
} correlation;

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    correlation *c = NULL;
    RMF_TRY(rmf_metric_sizes("correlation", &pair->a, &pair->b, 2));
    size_t d = (size_t)pair->a.features;
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *c + d * sizeof c->column[0], (void **)&c));
    c->a = pair->a;
    c->b = pair->b;
    c->width = rmf_varying_features(pair, c->column);
    if (c->width < 2)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "correlation: %lld features vary on both sides; expected at least 2",
                        (long long)c->width);
    if (c->width > RMF_LINALG_LIMIT)
        return rmf_fail(RMF_ERR_UNSUPPORTED, "correlation: %lld features; expected at most %d",
                        (long long)c->width, RMF_LINALG_LIMIT);
    *state = c;
    return RMF_OK;
}

/* Columns of rows[m, width] divided by their lengths; one that does not vary in a resample stays 0
 * and correlates with nothing. */
static void normalise(double *rows, int64_t m, int64_t width, double *length)
{
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < width; j++)
            length[j] += rows[i * width + j] * rows[i * width + j];
    for (int64_t j = 0; j < width; j++)
        length[j] = length[j] > 0 ? 1 / sqrt(length[j]) : 0;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < width; j++)
            rows[i * width + j] *= length[j];
}

/* (*out)[width, width] */
static rmf_status matrix(const correlation *c, const rmf_sample_set *set, const double *weight,
                         rmf_arena *arena, double **out)
{
    double *rows = NULL, *mean = NULL, *length = NULL, total = 0;
    size_t width = (size_t)c->width;
    int64_t m = 0;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)set->n * width, sizeof *rows, (void **)&rows));
    RMF_TRY(rmf_arena_alloc(arena, width, sizeof *mean, (void **)&mean));
    RMF_TRY(rmf_arena_alloc(arena, width, sizeof *length, (void **)&length));
    RMF_TRY(rmf_arena_alloc(arena, width * width, sizeof **out, (void **)out));
    for (int64_t i = 0; i < set->n; i++) {
        double w = rmf_weight(weight, i);
        total += w;
        for (int64_t j = 0; j < c->width; j++)
            mean[j] += w * set->x[i * set->features + c->column[j]];
    }
    for (int64_t i = 0; i < set->n; i++) {
        double w = rmf_weight(weight, i);
        if (w == 0) continue;
        for (int64_t j = 0; j < c->width; j++)
            rows[m * c->width + j] =
                sqrt(w) * (set->x[i * set->features + c->column[j]] - mean[j] / total);
        m++;
    }
    normalise(rows, m, c->width, length);
    rmf_linalg_column_gram(rows, m, c->width, *out);
    return RMF_OK;
}

static rmf_status difference(const correlation *c, const rmf_weights *weights, rmf_arena *arena,
                             double *value)
{
    double *a = NULL, *b = NULL, sum = 0;
    RMF_TRY(matrix(c, &c->a, weights->a, arena, &a));
    RMF_TRY(matrix(c, &c->b, weights->b, arena, &b));
    for (int64_t i = 0; i < c->width; i++)
        for (int64_t j = 0; j < i; j++)
            sum += fabs(a[i * c->width + j] - b[i * c->width + j]);
    *value = sum / (0.5 * (double)c->width * (double)(c->width - 1));
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = difference(state, weights, arena, value);
    rmf_arena_free(arena);
    return s;
}

const rmf_metric rmf_metric_correlation = {
    .ops = {.name = "correlation",
            .summary = "mean absolute difference of the correlations of pairs of features",
            .source = "Pearson's correlation; features that vary on both sides",
            .lower_is_better = true},
    .low = 0,
    .high = 2,
    .prepare = prepare,
    .evaluate = evaluate};
