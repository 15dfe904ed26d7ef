/*
 * eval/frechet.c – Fréchet distance of two Gaussians with the sets' means and covariances (n − 1),
 * on the raw values:  ‖μ1 − μ2‖² + tr C1 + tr C2 − 2·tr √(C1·C2)      (Dowson & Landau 1982).
 *
 * The last term by the cheaper of two routes.  With centred rows scaled by 1/√(n − 1), C = XᵀX:
 *   covariance  eigenvalues of Lᵀ·C2·L, C1 = L·Lᵀ; order = features that vary on both sides (others
 *               add nothing to C1·C2).
 *   cross       eig(C1·C2) = eig(X1ᵀX1·X2ᵀX2) are the squared singular values of M = X1·X2ᵀ, so
 *               tr √(C1·C2) = ‖M‖* = Σ √eig(M·Mᵀ); order = the smaller number of objects.
 * M of a resample comes from the products of the original objects, kept in the state: centring and
 * weights act on its rows and columns.  A resample of n objects has about 0.63·n distinct ones and
 * weight w counts as a row times √w, so its matrices are smaller too.
 */
#include "eval/frechet.h"

#include <math.h>
#include <string.h>

#include "eval/linalg.h"

typedef struct side {
    int64_t n;
    double *x;      /* [n, d], less the mean */
    double *mean;   /* [d] */
    double *square; /* [n], ‖x‖² */
} side;

typedef struct frechet {
    int64_t d, active;
    int64_t *column; /* [active] features that vary on both sides */
    side a, b;
    double *cross; /* [a.n, b.n] products of objects, or NULL where they cannot pay */
} frechet;

/* One side of one resample. */
typedef struct sample {
    const side *of;
    const double *weight; /* or NULL */
    double total;         /* Σ weights */
    double *mean;         /* [d], relative to of->mean */
    double trace;         /* of the covariance */
    int64_t m, *row;      /* objects with weight > 0 */
    double *scale;        /* [m] √(weight / (total − 1)) */
} sample;

static rmf_status fill_side(rmf_arena *arena, const rmf_sample_set *set, side *out)
{
    int64_t n = set->n, d = set->features;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n * (size_t)d, sizeof(double), (void **)&out->x));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)d, sizeof(double), (void **)&out->mean));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)n, sizeof(double), (void **)&out->square));
    out->n = n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            out->mean[j] += set->x[i * d + j];
    for (int64_t j = 0; j < d; j++)
        out->mean[j] /= (double)n;
#pragma omp parallel for if (n * d > 65536)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            double v = set->x[i * d + j] - out->mean[j];
            out->x[i * d + j] = v;
            out->square[i] += v * v;
        }
    return RMF_OK;
}

static rmf_status fill(frechet *f, const rmf_pair *pair, rmf_arena *arena)
{
    f->d = pair->a.features;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)f->d, sizeof *f->column, (void **)&f->column));
    f->active = rmf_varying_features(pair, f->column);
    RMF_TRY(fill_side(arena, &pair->a, &f->a));
    RMF_TRY(fill_side(arena, &pair->b, &f->b));
    int64_t smaller = f->a.n < f->b.n ? f->a.n : f->b.n;
    if (smaller > RMF_LINALG_LIMIT && f->active > RMF_LINALG_LIMIT)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "frechet: %lld features and %lld objects; expected one of them to be at "
                        "most %d; evaluate fewer objects",
                        (long long)f->active, (long long)smaller, RMF_LINALG_LIMIT);
    /* A resample has 0.63·n rows; below half of that the covariances always win. */
    if (f->active > smaller / 3 && f->a.n <= RMF_LINALG_LIMIT && f->b.n <= RMF_LINALG_LIMIT) {
        RMF_TRY(rmf_arena_alloc(arena, (size_t)f->a.n * (size_t)f->b.n, sizeof(double),
                                (void **)&f->cross));
        rmf_linalg_cross(f->a.x, f->a.n, f->b.x, f->b.n, f->d, f->cross);
    }
    return RMF_OK;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    frechet *f = NULL;
    RMF_TRY(rmf_metric_sizes("frechet", &pair->a, &pair->b, 2));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *f, (void **)&f));
    RMF_TRY(fill(f, pair, arena));
    *state = f;
    return RMF_OK;
}

static rmf_status take_sample(rmf_arena *arena, const side *of, int64_t d, const double *weight,
                              sample *out)
{
    *out = (sample){.of = of, .weight = weight};
    RMF_TRY(rmf_arena_alloc(arena, (size_t)d, sizeof(double), (void **)&out->mean));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)of->n, sizeof(int64_t), (void **)&out->row));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)of->n, sizeof(double), (void **)&out->scale));
    double square = 0;
    for (int64_t i = 0; i < of->n; i++) {
        double w = rmf_weight(weight, i);
        if (w <= 0) continue;
        out->row[out->m] = i;
        out->scale[out->m++] = w;
        out->total += w;
        square += w * of->square[i];
        for (int64_t j = 0; j < d; j++)
            out->mean[j] += w * of->x[i * d + j];
    }
    if (out->total < 2)
        return rmf_fail(RMF_ERR_NUMERIC, "frechet: a sample of %g objects; expected at least 2",
                        out->total);
    double mean_square = 0;
    for (int64_t j = 0; j < d; j++) {
        out->mean[j] /= out->total;
        mean_square += out->mean[j] * out->mean[j];
    }
    out->trace = (square - out->total * mean_square) / (out->total - 1);
    for (int64_t k = 0; k < out->m; k++)
        out->scale[k] = sqrt(out->scale[k] / (out->total - 1));
    return RMF_OK;
}

/* C[active, active] of one sample. */
static rmf_status covariance(const frechet *f, rmf_arena *arena, const sample *s, double **out)
{
    double *rows = NULL;
    int64_t width = f->active;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)s->m * (size_t)width, sizeof *rows, (void **)&rows));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)width * (size_t)width, sizeof(double), (void **)out));
    for (int64_t k = 0; k < s->m; k++) {
        const double *x = s->of->x + s->row[k] * f->d;
        for (int64_t j = 0; j < width; j++)
            rows[k * width + j] = s->scale[k] * (x[f->column[j]] - s->mean[f->column[j]]);
    }
    rmf_linalg_column_gram(rows, s->m, width, *out);
    return RMF_OK;
}

static rmf_status by_covariance(const frechet *f, rmf_arena *arena, const sample *a,
                                const sample *b, double *root)
{
    double *ca = NULL, *cb = NULL;
    if (f->active == 0) {
        *root = 0;
        return RMF_OK;
    }
    RMF_TRY(covariance(f, arena, a, &ca));
    RMF_TRY(covariance(f, arena, b, &cb));
    return rmf_linalg_trace_root(ca, cb, f->active, root);
}

/* mean[i] = mean of cross row (or column) i under the other side's weights. */
static void cross_means(const frechet *f, const sample *a, const sample *b, double *by_row,
                        double *by_column)
{
    int64_t width = f->b.n;
    for (int64_t k = 0; k < a->m; k++) {
        const double *row = f->cross + a->row[k] * width;
        double w = rmf_weight(a->weight, a->row[k]), sum = 0;
        for (int64_t l = 0; l < b->m; l++) {
            double v = row[b->row[l]];
            sum += v * rmf_weight(b->weight, b->row[l]);
            by_column[l] += v * w;
        }
        by_row[k] = sum / b->total;
    }
    for (int64_t l = 0; l < b->m; l++)
        by_column[l] /= a->total;
}

static rmf_status by_cross(const frechet *f, rmf_arena *arena, const sample *a, const sample *b,
                           double *root)
{
    double *by_row = NULL, *by_column = NULL, *m = NULL, *gram = NULL, middle = 0;
    size_t rows = (size_t)a->m, columns = (size_t)b->m;
    bool rows_fewer = a->m <= b->m;
    int64_t order = rows_fewer ? a->m : b->m;
    if (!f->cross)
        return rmf_fail(RMF_ERR_UNSUPPORTED, "frechet: the products of objects were not kept");
    RMF_TRY(rmf_arena_alloc(arena, rows, sizeof(double), (void **)&by_row));
    RMF_TRY(rmf_arena_alloc(arena, columns, sizeof(double), (void **)&by_column));
    RMF_TRY(rmf_arena_alloc(arena, rows * columns, sizeof(double), (void **)&m));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)order * (size_t)order, sizeof(double), (void **)&gram));
    cross_means(f, a, b, by_row, by_column);
    for (int64_t k = 0; k < a->m; k++)
        middle += by_row[k] * rmf_weight(a->weight, a->row[k]) / a->total;
    for (int64_t k = 0; k < a->m; k++)
        for (int64_t l = 0; l < b->m; l++)
            m[k * b->m + l] =
                a->scale[k] * b->scale[l] *
                (f->cross[a->row[k] * f->b.n + b->row[l]] - by_row[k] - by_column[l] + middle);
    if (rows_fewer)
        rmf_linalg_row_gram(m, a->m, b->m, gram);
    else
        rmf_linalg_column_gram(m, a->m, b->m, gram);
    return rmf_linalg_sum_roots(gram, order, root);
}

/* Operations, in units of a multiply-add of a matrix product; an eigenvalue problem of order k
 * costs as much as about 3.2·k³ of them (measured with OpenBLAS, k = 570 and 632). */
static enum rmf_frechet_route cheaper(const frechet *f, const sample *a, const sample *b)
{
    double d = (double)f->active, m = (double)a->m, n = (double)b->m, k = fmin(m, n);
    double cross = fmax(m, n) * k * k + 3.2 * k * k * k;
    double features = (m + n) * d * d + (2.3 + 3.2) * d * d * d;
    if (!f->cross) return RMF_FRECHET_COVARIANCE;
    if (f->active > RMF_LINALG_LIMIT) return RMF_FRECHET_CROSS;
    return cross < features ? RMF_FRECHET_CROSS : RMF_FRECHET_COVARIANCE;
}

static rmf_status value_in(const frechet *f, rmf_arena *arena, const rmf_weights *weights,
                           enum rmf_frechet_route route, double *value)
{
    sample a, b;
    double root = 0, distance = 0;
    RMF_TRY(take_sample(arena, &f->a, f->d, weights->a, &a));
    RMF_TRY(take_sample(arena, &f->b, f->d, weights->b, &b));
    if (route == RMF_FRECHET_CHEAPER) route = cheaper(f, &a, &b);
    RMF_TRY(route == RMF_FRECHET_CROSS ? by_cross(f, arena, &a, &b, &root)
                                       : by_covariance(f, arena, &a, &b, &root));
    for (int64_t j = 0; j < f->d; j++) {
        double difference = f->a.mean[j] + a.mean[j] - f->b.mean[j] - b.mean[j];
        distance += difference * difference;
    }
    /* Below 0 by rounding only. */
    *value = fmax(distance + a.trace + b.trace - 2 * root, 0);
    return RMF_OK;
}

rmf_status rmf_frechet_value(const void *state, const rmf_weights *weights,
                             enum rmf_frechet_route route, double *value)
{
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = value_in(state, arena, weights, route, value);
    rmf_arena_free(arena);
    return s;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    return rmf_frechet_value(state, weights, RMF_FRECHET_CHEAPER, value);
}

const rmf_metric rmf_metric_frechet = {
    .ops = {.name = "frechet",
            .summary = "Fréchet distance of Gaussians fitted to the raw values",
            .source = "Dowson & Landau 1982; on raw values as Tseng et al. 2024",
            .lower_is_better = true},
    .low = 0,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate};
