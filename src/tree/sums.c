/*
 * tree/sums.c – one pass over the objects gives the sums of tree/sums.h.
 *
 * Each (class, block of features) is summed by one thread over the objects in their order, so the
 * result does not depend on the number of threads.
 */
#include <math.h>
#include <string.h>

#include "core/vector.h"
#include "tree/sums.h"

#define BLOCK 128 /* features: a class's sums of a block stay in the first-level cache */
#define ROWS 4    /* objects added at once */

RMF_CHECKED static rmf_status allocate(rmf_sums *s, const char *const *names)
{
    size_t n = (size_t)s->n_names, k = (size_t)s->nodes, d = (size_t)s->features;
    if (d > SIZE_MAX / sizeof(double) / n / k)
        return rmf_fail(RMF_ERR_MEMORY,
                        "discovery: %zu classes of %zu features need too much "
                        "memory",
                        n, d);
    RMF_NEW(s->arena, n, s->name);
    for (size_t c = 0; c < n; c++) {
        RMF_NEW(s->arena, strlen(names[c]) + 1, s->name[c]);
        strcpy(s->name[c], names[c]);
    }
    RMF_NEW(s->arena, k, s->log_norm);
    RMF_NEW(s->arena, n, s->weight);
    RMF_NEW(s->arena, n, s->weight_squared);
    RMF_NEW(s->arena, n * k * d, s->direction);
    RMF_NEW(s->arena, n * k * k, s->square);
    return RMF_OK;
}

rmf_status rmf_sums_new(int n_names, const char *const *names, int nodes, int64_t features,
                        rmf_sums **out)
{
    rmf_arena *arena = NULL;
    void *block = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof(rmf_sums), &block);
    if (status == RMF_OK) {
        rmf_sums *sums = block;
        *sums =
            (rmf_sums){.arena = arena, .n_names = n_names, .nodes = nodes, .features = features};
        status = allocate(sums, names);
    }
    if (status == RMF_OK)
        *out = block;
    else
        rmf_arena_free(arena);
    return status;
}

rmf_status rmf_sums_copy(const rmf_sums *sums, rmf_sums **out)
{
    const size_t n = (size_t)sums->n_names, k = (size_t)sums->nodes, d = (size_t)sums->features;
    rmf_sums *copy = NULL;
    RMF_TRY(rmf_sums_new(sums->n_names, (const char *const *)sums->name, sums->nodes,
                         sums->features, &copy));
    memcpy(copy->log_norm, sums->log_norm, k * sizeof(double));
    memcpy(copy->weight, sums->weight, n * sizeof(double));
    memcpy(copy->weight_squared, sums->weight_squared, n * sizeof(double));
    memcpy(copy->direction, sums->direction, n * k * d * sizeof(double));
    memcpy(copy->square, sums->square, n * k * k * sizeof(double));
    *out = copy;
    return RMF_OK;
}

void rmf_sums_free(rmf_sums *sums)
{
    if (sums != NULL) rmf_arena_free(sums->arena);
}

rmf_status rmf_basis_create(const rmf_picks *picks, int64_t n, int64_t features, rmf_basis *out)
{
    double low = INFINITY, high = -INFINITY, points[RMF_MOST_NODES];
    void *value = NULL, *log_norm = NULL;
    for (int64_t i = 0; i < n; i++) {
        if (picks->norm[i] == 0) continue;
        low = fmin(low, log(picks->norm[i]));
        high = fmax(high, log(picks->norm[i]));
    }
    if (low > high) low = high = 0; /* all objects are zero */
    int k = rmf_chebyshev_count(low, high, features);
    rmf_chebyshev_points(low, high, k, points);
    RMF_TRY(rmf_alloc((size_t)k, sizeof(double), &log_norm));
    rmf_status status = rmf_alloc((size_t)n * (size_t)k, sizeof(double), &value);
    if (status != RMF_OK) {
        rmf_free(log_norm);
        return status;
    }
    *out = (rmf_basis){k, log_norm, value};
    memcpy(log_norm, points, (size_t)k * sizeof(double));
#pragma omp parallel for schedule(static) if (n * k > RMF_SMALL / 8)
    for (int64_t i = 0; i < n; i++)
        if (picks->norm[i] > 0)
            rmf_chebyshev_basis(points, k, log(picks->norm[i]), out->value + i * k);
    return RMF_OK;
}

void rmf_basis_free(rmf_basis *basis)
{
    rmf_free(basis->log_norm);
    rmf_free(basis->value);
    *basis = (rmf_basis){0};
}

struct block {
    int64_t features, width; /* row length of the sums; features of this block */
    int nodes;
    double x[ROWS][BLOCK]; /* objects of this block, as double */
    double factor[ROWS][RMF_MOST_NODES];
};

/* out[k, j] += Σ_rows factor[row, k]·x[row, j], rows in order. */
RMF_INLINE void add_rows_body(const struct block *b, double *out)
{
    for (int k = 0; k < b->nodes; k++) {
        double *sum = out + k * b->features;
        const double f0 = b->factor[0][k], f1 = b->factor[1][k];
        const double f2 = b->factor[2][k], f3 = b->factor[3][k];
        for (int64_t j = 0; j < b->width; j++)
            sum[j] = sum[j] + f0 * b->x[0][j] + f1 * b->x[1][j] + f2 * b->x[2][j] + f3 * b->x[3][j];
    }
}

static void add_rows_plain(const struct block *b, double *out)
{
    add_rows_body(b, out);
}
#if RMF_HAVE_AVX2_COPY
RMF_AVX2 static void add_rows_avx2(const struct block *b, double *out)
{
    add_rows_body(b, out);
}
#endif

struct pass {
    rmf_sums *sums;
    const rmf_labelled *data;
    const rmf_picks *picks;
    const rmf_basis *basis;
    const int32_t *count;
};

static double times_counted(const struct pass *p, int64_t i)
{
    return p->count == NULL ? 1 : p->count[i];
}

static void sum_directions(const struct pass *p, int class, int64_t first)
{
    const rmf_sums *s = p->sums;
    const int nodes = s->nodes;
    struct block b = {.features = s->features, .nodes = nodes};
    b.width = s->features - first < BLOCK ? s->features - first : BLOCK;
    double *out = s->direction + class * nodes * s->features + first;
    int filled = 0;
    for (int64_t i = p->picks->start[class]; i < p->picks->start[class + 1]; i++) {
        double w = times_counted(p, i), norm = p->picks->norm[i];
        if (w == 0 || norm == 0) continue;
        const float *x = p->data->x + p->picks->row[i] * s->features + first;
        for (int k = 0; k < nodes; k++)
            b.factor[filled][k] = w * p->basis->value[i * nodes + k] / norm;
        for (int64_t j = 0; j < b.width; j++)
            b.x[filled][j] = x[j];
        if (++filled < ROWS) continue;
        RMF_DISPATCH(add_rows, &b, out);
        filled = 0;
    }
    if (filled == 0) return;
    memset(b.factor[filled], 0, (size_t)(ROWS - filled) * sizeof b.factor[0]);
    memset(b.x[filled], 0, (size_t)(ROWS - filled) * sizeof b.x[0]);
    RMF_DISPATCH(add_rows, &b, out);
}

static void sum_squares(const struct pass *p, int class)
{
    const int n = p->sums->nodes;
    double *out = p->sums->square + class * n * n;
    for (int64_t i = p->picks->start[class]; i < p->picks->start[class + 1]; i++) {
        const double *value = p->basis->value + i * n;
        double w = times_counted(p, i);
        p->sums->weight[class] += w;
        p->sums->weight_squared[class] += w * w;
        for (int k = 0; k < n && w != 0; k++)
            for (int l = 0; l < n; l++)
                out[k * n + l] += w * w * value[k] * value[l];
    }
}

void rmf_sums_fill(rmf_sums *sums, const rmf_labelled *data, const rmf_picks *picks,
                   const rmf_basis *basis, const int32_t *count)
{
    const struct pass pass = {sums, data, picks, basis, count};
    const int64_t blocks = (sums->features + BLOCK - 1) / BLOCK, n = sums->n_names;
    const int64_t work = picks->start[n] * sums->features * sums->nodes;
    size_t k = (size_t)sums->nodes;
    memcpy(sums->log_norm, basis->log_norm, k * sizeof(double));
    memset(sums->weight, 0, (size_t)n * sizeof(double));
    memset(sums->weight_squared, 0, (size_t)n * sizeof(double));
    memset(sums->direction, 0, (size_t)n * k * (size_t)sums->features * sizeof(double));
    memset(sums->square, 0, (size_t)n * k * k * sizeof(double));
#pragma omp parallel for schedule(dynamic) if (work > RMF_SMALL)
    for (int64_t task = 0; task < n * (blocks + 1); task++)
        if (task < n)
            sum_squares(&pass, (int)task);
        else
            sum_directions(&pass, (int)((task - n) / blocks), (task - n) % blocks * BLOCK);
}

RMF_CHECKED static rmf_status create_from(const rmf_labelled *data, const rmf_picks *picks,
                                          rmf_sums **out)
{
    rmf_basis basis;
    RMF_TRY(rmf_basis_create(picks, picks->start[data->n_names], data->features, &basis));
    rmf_status status = rmf_sums_new(data->n_names, data->names, basis.nodes, data->features, out);
    if (status == RMF_OK) rmf_sums_fill(*out, data, picks, &basis, NULL);
    rmf_basis_free(&basis);
    return status;
}

rmf_status rmf_sums_create(const rmf_labelled *data, int64_t max_per_class, uint64_t seed,
                           rmf_sums **out)
{
    rmf_picks picks;
    RMF_TRY(rmf_picks_create(data, max_per_class, seed, &picks));
    rmf_status status = create_from(data, &picks, out);
    rmf_picks_free(&picks);
    return status;
}

void rmf_sums_pool(rmf_sums *sums, int a, int b)
{
    const int64_t size = sums->nodes * sums->features, form = sums->nodes * sums->nodes;
    for (int64_t i = 0; i < size; i++)
        sums->direction[a * size + i] += sums->direction[b * size + i];
    for (int64_t i = 0; i < form; i++)
        sums->square[a * form + i] += sums->square[b * form + i];
    sums->weight[a] += sums->weight[b];
    sums->weight_squared[a] += sums->weight_squared[b];
}

void rmf_sums_rho(const rmf_sums *sums, double alpha, double sigma, double *rho)
{
    double scale = sigma > 0 ? alpha / sigma : alpha > 0 ? INFINITY : 0;
    for (int k = 0; k < sums->nodes; k++)
        rho[k] = rmf_rho(scale * exp(sums->log_norm[k]), sums->features);
}
