/*
 * eval/frechet_inf.c – the Fréchet distance without its finite-n bias: distances of subsamples of
 * n, n/1.5, n/2, n/2.5 and n/3 objects a side, each the mean over disjoint ones, and the intercept
 * of the line in 1/n through them.
 *
 * The bias is a line in 1/n where n is several times the number of features that vary; below that
 * the line bends and the intercept is better than the distance, but not unbiased.
 */
#include "eval/frechet.h"

#include <math.h>
#include <string.h>

enum { POINTS = 5, LEAST = 12, KEY = 6 };

typedef struct extrapolation {
    int64_t na, nb;
    void *frechet;
} extrapolation;

/* The objects of a resample in a random order, one behind the other. */
typedef struct line {
    int64_t n, *object; /* [n] */
    double *weight;     /* [n] of a subsample */
} line;

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    extrapolation *e = NULL;
    RMF_TRY(rmf_metric_sizes("frechet-inf", &pair->a, &pair->b, LEAST));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *e, (void **)&e));
    e->na = pair->a.n;
    e->nb = pair->b.n;
    RMF_TRY(rmf_metric_frechet.prepare(pair, arena, &e->frechet));
    *state = e;
    return RMF_OK;
}

static rmf_status line_up(int64_t n, const double *weight, int side, rmf_arena *arena, line *out)
{
    const rmf_key key = rmf_key_fold(rmf_key_make(0, RMF_STREAM_EVAL), KEY);
    int64_t *drawn = NULL, count = 0;
    *out = (line){.n = n};
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n, sizeof *drawn, (void **)&drawn));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n, sizeof *out->object, (void **)&out->object));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n, sizeof *out->weight, (void **)&out->weight));
    for (int64_t i = 0; i < n; i++)
        for (int64_t times = weight ? (int64_t)weight[i] : 1; times > 0 && count < n; times--)
            drawn[count++] = i;
    rmf_random_permutation(rmf_key_fold(key, (uint64_t)side), out->object, n);
    for (int64_t i = 0; i < n; i++)
        out->object[i] = drawn[out->object[i]];
    return RMF_OK;
}

static void choose(line *l, int64_t first, int64_t size)
{
    memset(l->weight, 0, (size_t)l->n * sizeof *l->weight);
    for (int64_t i = first; i < first + size; i++)
        l->weight[l->object[i]]++;
}

static rmf_status mean_distance(const extrapolation *e, line *a, line *b, int64_t size,
                                double *mean)
{
    int64_t n = a->n < b->n ? a->n : b->n, pieces = n / size;
    *mean = 0;
    for (int64_t piece = 0; piece < pieces; piece++) {
        double value;
        choose(a, piece * size, size);
        choose(b, piece * size, size);
        RMF_TRY(rmf_frechet_value(e->frechet, &(rmf_weights){a->weight, b->weight},
                                  RMF_FRECHET_CHEAPER, &value));
        *mean += value / (double)pieces;
    }
    return RMF_OK;
}

/* Where the least-squares line through the points meets x = 0. */
static double intercept(const double *x, const double *y, int n)
{
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (int i = 0; i < n; i++) {
        mx += x[i] / n;
        my += y[i] / n;
    }
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return my - xy / xx * mx;
}

static rmf_status extrapolate(const extrapolation *e, const rmf_weights *weights, rmf_arena *arena,
                              double *value)
{
    line a, b;
    double x[POINTS], y[POINTS];
    int64_t n = e->na < e->nb ? e->na : e->nb;
    RMF_TRY(line_up(e->na, weights->a, 0, arena, &a));
    RMF_TRY(line_up(e->nb, weights->b, 1, arena, &b));
    for (int i = 0; i < POINTS; i++) {
        int64_t size = 2 * n / (2 + i);
        x[i] = 1 / (double)size;
        RMF_TRY(mean_distance(e, &a, &b, size, &y[i]));
    }
    *value = intercept(x, y, POINTS);
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = extrapolate(state, weights, arena, value);
    rmf_arena_free(arena);
    return s;
}

const rmf_metric rmf_metric_frechet_inf = {
    .ops = {.name = "frechet-inf",
            .summary = "Fréchet distance extrapolated to infinitely many objects, along a line in "
                       "1/n",
            .source = "Chong & Forsyth 2020",
            .lower_is_better = true},
    .low = -INFINITY,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate};
