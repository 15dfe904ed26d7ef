/*
 * tree/criterion_mmd.c – maximum mean discrepancy with a Gaussian kernel, which also sees classes
 * that differ in their spread alone.
 *
 * For k(u, v) = exp(−‖u − v‖²/(2h)) and noised objects
 *     E k(x_t, y_t) = (h/(h + 2σ²))^{d/2}·exp(−α²‖x0 − y0‖²/(2(h + 2σ²))).
 * With means over pairs of different objects, K_ab = E k, MMD² = K_aa + K_bb − 2K_ab, and its share
 * of the largest value that it can have is 1 − 2K_ab/(K_aa + K_bb): the power of h drops out.  For
 * siblings that differ by a shift Δ under round noise that ratio is exp(−α²‖Δ‖²/(2(h + 2σ²))), so
 *     d'² = −2(h + 2σ²)/σ²·log(2K_ab/(K_aa + K_bb))
 * is on the common scale.  h is half the mean squared distance of two noised objects, ½α²m + σ²d.
 *
 * As a function of r = ‖x0 − y0‖ the exponential is interpolated at Chebyshev points, so a pair of
 * classes keeps one number a point and any noise level costs no look at the data.
 */
#include <math.h>

#include "tree/criterion.h"
#include "tree/products.h"

#define ACCURACY 1e-9

struct mmd {
    rmf_arena *arena;
    int n, nodes;
    double features;
    double mean_square; /* m */
    double *radius;     /* [nodes] */
    double *sum;        /* [n(n + 1)/2, nodes] Σ L_k(r) over pairs of objects */
    double *pairs;      /* [n(n + 1)/2] */
};

static void destroy(void *state)
{
    struct mmd *m = state;
    if (m != NULL) rmf_arena_free(m->arena);
}

static int64_t pair_of(int a, int b)
{
    const int64_t low = a < b ? a : b, high = a < b ? b : a;
    return high * (high + 1) / 2 + low;
}

/* Points enough for exp(−s·r²), r ≤ most, for all s ≤ 1/m: more noise only makes it flatter. */
static int count_nodes(double most, double mean_square)
{
    for (int n = 6; n < RMF_MOST_NODES; n += 3) {
        double points[RMF_MOST_NODES], basis[RMF_MOST_NODES], worst = 0;
        rmf_chebyshev_points(0, most, n, points);
        for (int i = 0; i <= 4 * n; i++) {
            const double r = most * i / (4.0 * n);
            double sum = 0;
            rmf_chebyshev_basis(points, n, r, basis);
            for (int k = 0; k < n; k++)
                sum += basis[k] * exp(-points[k] * points[k] / mean_square);
            worst = fmax(worst, fabs(sum - exp(-r * r / mean_square)));
        }
        if (worst < ACCURACY) return n;
    }
    return RMF_MOST_NODES;
}

/* Mean squared distance of two different objects, and a bound of the largest distance. */
static double spread_of(const rmf_labelled *data, const rmf_picks *picks, double *mean,
                        double *largest)
{
    const int64_t d = data->features, n = picks->start[data->n_names];
    double square = 0, centre = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *x = data->x + picks->row[i] * d;
        square += picks->norm[i] * picks->norm[i] / (double)n;
        for (int64_t j = 0; j < d; j++)
            mean[j] += x[j] / (double)n;
    }
    *largest = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *x = data->x + picks->row[i] * d;
        double away = 0;
        for (int64_t j = 0; j < d; j++)
            away += (x[j] - mean[j]) * (x[j] - mean[j]);
        *largest = fmax(*largest, 2 * sqrt(away));
    }
    for (int64_t j = 0; j < d; j++)
        centre += mean[j] * mean[j];
    return 2 * (square - centre) * (double)n / (double)(n - 1);
}

/* All pairs of an object of class a and one of class b; of one class each pair once. */
static void add_pairs(const struct mmd *m, const rmf_labelled *data, const rmf_picks *picks,
                      const int pair[2])
{
    const int64_t d = data->features, at = pair_of(pair[0], pair[1]);
    double basis[RMF_MOST_NODES], *sum = m->sum + at * m->nodes;
    for (int64_t i = picks->start[pair[0]]; i < picks->start[pair[0] + 1]; i++) {
        const float *x = data->x + picks->row[i] * d;
        const int64_t first = pair[0] == pair[1] ? i + 1 : picks->start[pair[1]];
        for (int64_t j = first; j < picks->start[pair[1] + 1]; j++) {
            const double product = rmf_dot_f32(x, data->x + picks->row[j] * d, d);
            const double square =
                picks->norm[i] * picks->norm[i] + picks->norm[j] * picks->norm[j] - 2 * product;
            rmf_chebyshev_basis(m->radius, m->nodes, sqrt(fmax(square, 0)), basis);
            for (int k = 0; k < m->nodes; k++)
                sum[k] += basis[k];
            m->pairs[at]++;
        }
    }
}

RMF_CHECKED static rmf_status fill(struct mmd *m, const rmf_labelled *data, const rmf_picks *picks)
{
    const size_t pairs = (size_t)m->n * (size_t)(m->n + 1) / 2;
    double *mean = NULL, largest;
    RMF_NEW(m->arena, data->features, mean);
    m->mean_square = spread_of(data, picks, mean, &largest);
    if (!(m->mean_square > 0))
        return rmf_fail(RMF_ERR_NUMERIC, "discovery: criterion mmd needs objects that differ");
    m->nodes = count_nodes(largest, m->mean_square);
    if (m->nodes == RMF_MOST_NODES)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "discovery: some objects lie %.3g times as far apart as usual, too far for "
                        "the criterion mmd; remove outliers or use another criterion",
                        largest / sqrt(m->mean_square));
    RMF_TRY(rmf_criterion_room("mmd", (double)pairs * (m->nodes + 1)));
    RMF_NEW(m->arena, m->nodes, m->radius);
    RMF_NEW(m->arena, pairs * (size_t)m->nodes, m->sum);
    RMF_NEW(m->arena, pairs, m->pairs);
    rmf_chebyshev_points(0, largest, m->nodes, m->radius);
#pragma omp parallel for schedule(dynamic)
    for (int a = m->n - 1; a >= 0; a--)
        for (int b = a; b < m->n; b++)
            add_pairs(m, data, picks, (const int[]){a, b});
    return RMF_OK;
}

static rmf_status create(const rmf_labelled *data, const rmf_picks *picks, void **state)
{
    rmf_arena *arena = NULL;
    struct mmd *m = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *m, (void **)&m);
    if (status == RMF_OK) {
        *m = (struct mmd){.arena = arena, .n = data->n_names, .features = (double)data->features};
        status = fill(m, data, picks);
    }
    if (status == RMF_OK)
        *state = m;
    else
        rmf_arena_free(arena);
    return status;
}

/* K_ab but for the power of h; `scale` = α²/(2(h + 2σ²)). */
static double kernel_mean(const struct mmd *m, int a, int b, double scale)
{
    const int64_t at = pair_of(a, b);
    double sum = 0;
    for (int k = 0; k < m->nodes; k++)
        sum += m->sum[at * m->nodes + k] * exp(-scale * m->radius[k] * m->radius[k]);
    return sum / m->pairs[at];
}

static double separation(const void *state, int a, int b, double alpha, double sigma)
{
    const struct mmd *m = state;
    const double noise = sigma * sigma;
    const double h = 0.5 * alpha * alpha * m->mean_square + noise * m->features;
    const double width = h + 2 * noise;
    if (!(width > 0)) return INFINITY;
    const double scale = alpha * alpha / (2 * width);
    const double ratio = 2 * kernel_mean(m, a, b, scale) /
                         (kernel_mean(m, a, a, scale) + kernel_mean(m, b, b, scale));
    if (ratio >= 1) return 0;
    return ratio > 0 && noise > 0 ? -2 * width / noise * log(ratio) : INFINITY;
}

static void add(struct mmd *m, int64_t to, int64_t from)
{
    for (int k = 0; k < m->nodes; k++)
        m->sum[to * m->nodes + k] += m->sum[from * m->nodes + k];
    m->pairs[to] += m->pairs[from];
}

static void pool(void *state, int a, int b)
{
    struct mmd *m = state;
    add(m, pair_of(a, a), pair_of(a, b));
    add(m, pair_of(a, a), pair_of(b, b));
    for (int k = 0; k < m->n; k++)
        if (k != a && k != b) add(m, pair_of(a, k), pair_of(b, k));
}

const rmf_criterion_ops rmf_criterion_mmd = {
    .name = "mmd",
    .summary = "maximum mean discrepancy, Gaussian kernel; sees differences of spread too",
    .source = "Gretton et al. 2012; at most 500 objects a class unless told otherwise",
    .most_objects = 500,
    .create = create,
    .destroy = destroy,
    .separation = separation,
    .pool = pool};
