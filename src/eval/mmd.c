/*
 * eval/mmd.c – squared maximum mean discrepancy under Gaussian kernels exp(−‖x − y‖²/2σ²) of three
 * widths: half, once and twice the median distance between objects of both sets together.  The
 * kernel is the mean of the three, so the figure is the mean of three discrepancies.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "eval/kernel.h"
#include "eval/neighbours.h"
#include "eval/summary.h"

/* Objects a side whose distances give the median: half a million pairs say it well enough. */
enum { MEDIAN_OBJECTS = 500 };

typedef struct mmd {
    rmf_kernel kernel;
    double width; /* the median distance */
} mmd;

static void keep_row(void *context, int64_t row, const float *square, int64_t n)
{
    float *to = (float *)context + row * n;
    for (int64_t i = 0; i < n; i++)
        to[i] = square[i];
}

static rmf_status fill_distances(const rmf_pair *pair, const rmf_kernel *k)
{
    RMF_TRY(rmf_distances(&pair->a, &pair->a, keep_row, k->aa));
    RMF_TRY(rmf_distances(&pair->a, &pair->b, keep_row, k->ab));
    return rmf_distances(&pair->b, &pair->b, keep_row, k->bb);
}

static int compare(const void *left, const void *right)
{
    const float *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Above the diagonal of the first n rows of a square matrix. */
static int64_t gather_pairs(const float *value, int64_t stride, int64_t n, float *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            out[count++] = value[i * stride + j];
    return count;
}

static rmf_status median_distance(const rmf_kernel *k, double *out)
{
    int64_t a = k->na < MEDIAN_OBJECTS ? k->na : MEDIAN_OBJECTS;
    int64_t b = k->nb < MEDIAN_OBJECTS ? k->nb : MEDIAN_OBJECTS, n = 0;
    float *square = NULL;
    RMF_TRY(rmf_alloc((size_t)((a + b) * (a + b - 1) / 2), sizeof *square, (void **)&square));
    n = gather_pairs(k->aa, k->na, a, square);
    n += gather_pairs(k->bb, k->nb, b, square + n);
    for (int64_t i = 0; i < a; i++)
        for (int64_t j = 0; j < b; j++)
            square[n++] = k->ab[i * k->nb + j];
    qsort(square, (size_t)n, sizeof *square, compare);
    *out = 0.5 * (sqrt((double)square[(n - 1) / 2]) + sqrt((double)square[n / 2]));
    rmf_free(square);
    return RMF_OK;
}

/* Squared distances become kernel values.  With e = exp(−d²/8σ²), that of the twofold width, the
 * others are e⁴ and e¹⁶. */
static void apply(const mmd *m)
{
    const rmf_kernel *k = &m->kernel;
    int64_t n = k->na * k->na + k->na * k->nb + k->nb * k->nb;
    const double scale = -1 / (8 * m->width * m->width);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        double wide = exp(scale * k->aa[i]), middle = wide * wide * wide * wide;
        double narrow = middle * middle * middle * middle;
        k->aa[i] = (float)((wide + middle + narrow) / 3);
    }
}

static rmf_status fill(mmd *m, const rmf_pair *pair, rmf_arena *arena)
{
    RMF_TRY(rmf_kernel_create(pair->a.n, pair->b.n, arena, &m->kernel));
    RMF_TRY(fill_distances(pair, &m->kernel));
    RMF_TRY(median_distance(&m->kernel, &m->width));
    if (m->width == 0)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "mmd: at least half of the objects are equal; expected a median distance "
                        "above 0");
    apply(m);
    return RMF_OK;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    mmd *m = NULL;
    RMF_TRY(rmf_metric_sizes("mmd", &pair->a, &pair->b, 2));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *m, (void **)&m));
    RMF_TRY(fill(m, pair, arena));
    *state = m;
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    *value = rmf_kernel_discrepancy(&((const mmd *)state)->kernel, weights);
    return RMF_OK;
}

static rmf_status describe(const void *state, json_t *entry)
{
    return rmf_result_put(entry, "width", json_real(((const mmd *)state)->width));
}

const rmf_metric rmf_metric_mmd = {
    .ops = {.name = "mmd",
            .summary = "squared maximum mean discrepancy, Gaussian kernels of half, once and twice "
                       "the median distance, unbiased",
            .source = "Gretton et al. 2012",
            .lower_is_better = true},
    .low = -INFINITY,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate,
    .describe = describe};
