/*
 * eval/sliced.c – mean of the 1-D Wasserstein-1 distance over 256 directions: both sets projected
 * on the same random unit vectors, then the distance of wasserstein.c, whose features they are.
 * The directions are the same for every class, evaluation and seed, so figures are comparable.
 */
#include <math.h>

#include "eval/linalg.h"
#include "eval/metric.h"

enum { DIRECTIONS = 256, KEY = 5 };

static void draw_directions(int64_t d, float *unit)
{
    const rmf_key key = rmf_key_fold(rmf_key_make(0, RMF_STREAM_EVAL), KEY);
    for (int64_t i = 0; i < DIRECTIONS; i++) {
        double square = 0;
        rmf_random_normal(key, (uint64_t)i, 0, unit + i * d, (size_t)d);
        for (int64_t j = 0; j < d; j++)
            square += (double)unit[i * d + j] * unit[i * d + j];
        for (int64_t j = 0; j < d; j++)
            unit[i * d + j] = (float)(unit[i * d + j] / sqrt(square));
    }
}

static rmf_status project(const rmf_sample_set *set, const float *unit, rmf_arena *arena,
                          rmf_sample_set *out)
{
    size_t count = (size_t)set->n * DIRECTIONS;
    double *product = NULL;
    float *x = NULL;
    RMF_TRY(rmf_arena_alloc(arena, count, sizeof *product, (void **)&product));
    RMF_TRY(rmf_arena_alloc(arena, count, sizeof *x, (void **)&x));
    RMF_TRY(rmf_linalg_products(set->x, set->n, unit, DIRECTIONS, set->features, product));
    for (size_t i = 0; i < count; i++)
        x[i] = (float)product[i];
    *out = (rmf_sample_set){x, set->n, DIRECTIONS};
    return RMF_OK;
}

static rmf_status project_both(const rmf_pair *pair, rmf_arena *arena, rmf_pair *out)
{
    float *unit = NULL;
    int64_t d = pair->a.features;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)d * DIRECTIONS, sizeof *unit, (void **)&unit));
    draw_directions(d, unit);
    RMF_TRY(project(&pair->a, unit, arena, &out->a));
    return project(&pair->b, unit, arena, &out->b);
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    rmf_arena *scratch = NULL; /* the state keeps orders and gaps, no objects */
    rmf_pair projected = {0};
    RMF_TRY(rmf_metric_sizes("sliced-wasserstein", &pair->a, &pair->b, 1));
    RMF_TRY(rmf_arena_create(&scratch));
    rmf_status s = project_both(pair, scratch, &projected);
    if (s == RMF_OK) s = rmf_metric_wasserstein.prepare(&projected, arena, state);
    rmf_arena_free(scratch);
    return s;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    return rmf_metric_wasserstein.evaluate(state, weights, value);
}

const rmf_metric rmf_metric_sliced_wasserstein = {
    .ops = {.name = "sliced-wasserstein",
            .summary = "mean over 256 fixed directions of the 1-D Wasserstein-1 distance",
            .source = "Bonneel et al. 2015",
            .lower_is_better = true},
    .low = 0,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate};
