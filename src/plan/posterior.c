/*
 * plan/posterior.c – one pass over a group's objects draws x0 for many states at once.
 *
 * The logarithm of a weight is (α·x·x_i − ½α²‖x_i‖²)/σ² up to a constant of the state, so a tile of
 * objects costs one matrix product.  In double: at small σ the products are divided by numbers far
 * below the rounding of f32.  Weights are not kept.  A state carries its largest logarithm so far,
 * the sum of all weights relative to it and the object chosen among those seen; a new tile takes
 * the choice over with its share of the sum (Chao 1982, weighted sampling in one pass).
 */
#include "plan/posterior.h"

#include <math.h>

#include "eval/linalg.h"

#define TILE 512
#define NEGLIGIBLE 50.0 /* e^−50 of the largest weight changes no sum in double */

typedef struct draw {
    const rmf_posterior *of;
    rmf_arena *arena;
    int64_t n;
    double *state;           /* [n, features] */
    double *tile;            /* [TILE, features] */
    double *product;         /* [n, TILE] */
    double *largest, *total; /* [n] */
    int64_t *place;          /* [n], the caller's */
    double gain, loss;       /* α/σ², ½α²/σ² */
} draw;

static rmf_status allocate(draw *d, const float *states)
{
    const size_t n = (size_t)d->n, features = (size_t)d->of->pool->features;
    RMF_TRY(rmf_arena_alloc(d->arena, n * features, sizeof(double), (void **)&d->state));
    RMF_TRY(rmf_arena_alloc(d->arena, TILE * features, sizeof(double), (void **)&d->tile));
    RMF_TRY(rmf_arena_alloc(d->arena, n * TILE, sizeof(double), (void **)&d->product));
    RMF_TRY(rmf_arena_alloc(d->arena, n, sizeof(double), (void **)&d->largest));
    RMF_TRY(rmf_arena_alloc(d->arena, n, sizeof(double), (void **)&d->total));
    for (size_t i = 0; i < n * features; i++)
        d->state[i] = states[i];
    for (size_t k = 0; k < n; k++)
        d->largest[k] = -INFINITY;
    return RMF_OK;
}

static void load_tile(const draw *d, int64_t first, int64_t count)
{
    const rmf_pool *pool = d->of->pool;
#pragma omp parallel for schedule(static) if (count * pool->features > 65536)
    for (int64_t i = 0; i < count; i++) {
        const float *x = pool->x + pool->row[first + i] * pool->features;
        for (int64_t j = 0; j < pool->features; j++)
            d->tile[i * pool->features + j] = x[j];
    }
}

/* Products of state k with the tile become logarithms of weights; the largest is returned. */
static double fill_logarithms(const draw *d, int64_t first, int64_t count, double *row)
{
    const double *square = d->of->pool->square + first;
    double largest = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        row[i] = d->gain * row[i] - d->loss * square[i];
        largest = fmax(largest, row[i]);
    }
    return largest;
}

/* The object of the tile at which the running sum of weights passes `target`. */
static int64_t find(const double *row, int64_t count, double largest, double target)
{
    int64_t last = 0;
    for (int64_t i = 0; i < count; i++) {
        if (row[i] < largest - NEGLIGIBLE) continue;
        target -= exp(row[i] - largest);
        last = i;
        if (target < 0) break;
    }
    return last;
}

static void take(const draw *d, int64_t k, int64_t first, int64_t count, uint32_t tile)
{
    double *row = d->product + k * count, sum = 0;
    double largest = fill_logarithms(d, first, count, row);
    if (largest < d->largest[k] - NEGLIGIBLE) return;
    if (largest > d->largest[k]) {
        d->total[k] *= exp(d->largest[k] - largest);
        d->largest[k] = largest;
    }
    for (int64_t i = 0; i < count; i++)
        if (row[i] >= d->largest[k] - NEGLIGIBLE) sum += exp(row[i] - d->largest[k]);
    d->total[k] += sum;
    double target = rmf_random_unit(d->of->key, (uint64_t)k, tile) * d->total[k];
    if (target < sum) d->place[k] = first + find(row, count, d->largest[k], target);
}

static void pass(draw *d)
{
    const rmf_pool *pool = d->of->pool;
    uint32_t tile = 0;
    for (int c = 0; c < d->of->n_classes; c++) {
        const int64_t end = pool->start[d->of->classes[c] + 1];
        for (int64_t first = pool->start[d->of->classes[c]]; first < end; first += TILE, tile++) {
            const int64_t count = end - first < TILE ? end - first : TILE;
            load_tile(d, first, count);
            rmf_linalg_cross(d->state, d->n, d->tile, count, pool->features, d->product);
#pragma omp parallel for schedule(static) if (d->n * count > 4096)
            for (int64_t k = 0; k < d->n; k++)
                take(d, k, first, count, tile);
        }
    }
}

rmf_status rmf_posterior_draw(const rmf_posterior *posterior, const float *states, int64_t n,
                              int64_t *place)
{
    /* Below this noise a weight is 0 or 1 in double anyway. */
    const double variance = fmax(posterior->sigma * posterior->sigma, 1e-20);
    draw d = {.of = posterior,
              .n = n,
              .place = place,
              .gain = posterior->alpha / variance,
              .loss = 0.5 * posterior->alpha * posterior->alpha / variance};
    RMF_TRY(rmf_arena_create(&d.arena));
    rmf_status status = allocate(&d, states);
    if (status == RMF_OK) pass(&d);
    rmf_arena_free(d.arena);
    return status;
}
