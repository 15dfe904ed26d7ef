/*
 * tree/criterion_linear.c – how well the best linear classifier along Δμ separates two noised
 * classes:
 *
 *     d'² = α²·|Δμ|⁴ / (Δμᵀ(α²Σ + σ²I)Δμ),    Δμ the difference of the means, Σ ½(Σ_a + Σ_b).
 *
 * |Δμ|² is corrected for the noise of the means (tr Σ/n of each).  No covariance matrix is needed:
 * with the objects' products with all class means, P[i, c] = x_i·μ_c, Δμᵀ·Σ·Δμ is a variance of
 * P[·, a] − P[·, b] within a class, and a pooled class's column is a mean of columns.
 */
#include <math.h>

#include "tree/criterion.h"
#include "tree/products.h"

struct linear {
    rmf_arena *arena;
    int n;
    int64_t objects;
    int *class;                 /* [objects] class, then the class that it was pooled into */
    double *product;            /* [objects, n] P */
    double *count, *square;     /* [n] objects; Σ‖x‖² */
    double *mean, *own, *cross; /* [n, n] within class a: mean of P[·, k], its variance, its
                                   covariance with P[·, a] */
};

static void destroy(void *state)
{
    struct linear *l = state;
    if (l != NULL) rmf_arena_free(l->arena);
}

/* Moments of column k within class a. */
static void measure(struct linear *l, int a, int k)
{
    const int64_t n = l->n;
    double sum = 0, sum_a = 0, own = 0, cross = 0;
    for (int64_t i = 0; i < l->objects; i++)
        if (l->class[i] == a) {
            sum += l->product[i * n + k];
            sum_a += l->product[i * n + a];
        }
    sum /= l->count[a];
    sum_a /= l->count[a];
    for (int64_t i = 0; i < l->objects; i++)
        if (l->class[i] == a) {
            const double away = l->product[i * n + k] - sum;
            own += away * away;
            cross += away * (l->product[i * n + a] - sum_a);
        }
    l->mean[a * n + k] = sum;
    l->own[a * n + k] = own / (l->count[a] - 1);
    l->cross[a * n + k] = cross / (l->count[a] - 1);
}

RMF_CHECKED static rmf_status allocate(struct linear *l, int64_t features, double **means)
{
    const size_t n = (size_t)l->n, objects = (size_t)l->objects;
    RMF_TRY(
        rmf_criterion_room("linear", (double)objects * (double)n + 3.0 * (double)n * (double)n));
    RMF_NEW(l->arena, objects, l->class);
    RMF_NEW(l->arena, objects * n, l->product);
    RMF_NEW(l->arena, n, l->count);
    RMF_NEW(l->arena, n, l->square);
    RMF_NEW(l->arena, n * n, l->mean);
    RMF_NEW(l->arena, n * n, l->own);
    RMF_NEW(l->arena, n * n, l->cross);
    RMF_NEW(l->arena, n * (size_t)features, *means);
    return RMF_OK;
}

RMF_CHECKED static rmf_status fill(struct linear *l, const rmf_labelled *data,
                                   const rmf_picks *picks)
{
    const int64_t d = data->features, n = l->n;
    double *means = NULL;
    RMF_TRY(allocate(l, d, &means));
    for (int c = 0; c < l->n; c++) {
        l->count[c] = (double)(picks->start[c + 1] - picks->start[c]);
        for (int64_t i = picks->start[c]; i < picks->start[c + 1]; i++) {
            const float *x = data->x + picks->row[i] * d;
            l->class[i] = c;
            l->square[c] += picks->norm[i] * picks->norm[i];
            for (int64_t j = 0; j < d; j++)
                means[c * d + j] += x[j] / l->count[c];
        }
    }
#pragma omp parallel for schedule(static) if (l->objects * n * d > RMF_SMALL)
    for (int64_t i = 0; i < l->objects; i++) {
        const float *x = data->x + picks->row[i] * d;
        for (int64_t c = 0; c < n; c++) {
            double sum = 0;
            for (int64_t j = 0; j < d; j++)
                sum += x[j] * means[c * d + j];
            l->product[i * n + c] = sum;
        }
    }
#pragma omp parallel for schedule(dynamic) if (l->objects * n > RMF_SMALL)
    for (int a = 0; a < l->n; a++)
        for (int k = 0; k < l->n; k++)
            measure(l, a, k);
    return RMF_OK;
}

static rmf_status create(const rmf_labelled *data, const rmf_picks *picks, void **state)
{
    rmf_arena *arena = NULL;
    struct linear *l = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *l, (void **)&l);
    if (status == RMF_OK) {
        *l = (struct linear){
            .arena = arena, .n = data->n_names, .objects = picks->start[data->n_names]};
        status = fill(l, data, picks);
    }
    if (status == RMF_OK)
        *state = l;
    else
        rmf_arena_free(arena);
    return status;
}

/* Variance of a class's mean: tr Σ/n. */
static double mean_noise(const struct linear *l, int a)
{
    const double n = l->count[a], at = l->mean[(int64_t)a * l->n + a];
    return (l->square[a] / n - at) / (n - 1);
}

/* Δμᵀ·Σ_a·Δμ for the classes a and b. */
static double spread(const struct linear *l, int a, int b)
{
    const int64_t row = (int64_t)a * l->n;
    return l->own[row + a] - 2 * l->cross[row + b] + l->own[row + b];
}

static double separation(const void *state, int a, int b, double alpha, double sigma)
{
    const struct linear *l = state;
    const int64_t n = l->n;
    const double gap = l->mean[a * n + a] - l->mean[a * n + b] - l->mean[b * n + a] +
                       l->mean[b * n + b] - mean_noise(l, a) - mean_noise(l, b);
    const double within = fmax(0.5 * (spread(l, a, b) + spread(l, b, a)), 0);
    if (!(gap > 0) || alpha == 0) return 0;
    return alpha * alpha * gap * gap / (alpha * alpha * within + sigma * sigma * gap);
}

static void pool(void *state, int a, int b)
{
    struct linear *l = state;
    const double share = l->count[a] / (l->count[a] + l->count[b]);
    for (int64_t i = 0; i < l->objects; i++) {
        double *row = l->product + i * l->n;
        row[a] = share * row[a] + (1 - share) * row[b];
        if (l->class[i] == b) l->class[i] = a;
    }
    l->count[a] += l->count[b];
    l->square[a] += l->square[b];
    l->count[b] = 0;
    for (int k = 0; k < l->n; k++) {
        if (l->count[k] == 0) continue;
        measure(l, a, k);
        if (k != a) measure(l, k, a);
    }
}

const rmf_criterion_ops rmf_criterion_linear = {
    .name = "linear",
    .summary = "accuracy of the linear classifier along the difference of the means",
    .source = "Fisher 1936; d'² = α²|Δμ|⁴ / (Δμᵀ(α²Σ + σ²I)Δμ)",
    .create = create,
    .destroy = destroy,
    .separation = separation,
    .pool = pool};
