/*
 * tree/products.c – dot products and Gram matrices in double precision.
 *
 * Distances between mean directions are some 1e-4 of the products they come from, so sums are in
 * double.  Every sum runs in fixed lanes: compiled for AVX2 or not, the result is the same.
 */
#include "tree/products.h"
#include "core/vector.h"

#define LANES 8
#define TILE 32 /* rows of a tile: two of them stay in the second-level cache */

#define DOT_BODY(x, y, n)                                                                          \
    double part[LANES] = {0};                                                                      \
    int64_t i = 0;                                                                                 \
    for (; i + LANES <= (n); i += LANES)                                                           \
        for (int k = 0; k < LANES; k++)                                                            \
            part[k] += (double)(x)[i + k] * (double)(y)[i + k];                                    \
    for (; i < (n); i++)                                                                           \
        part[i % LANES] += (double)(x)[i] * (double)(y)[i];                                        \
    return ((part[0] + part[4]) + (part[1] + part[5])) + ((part[2] + part[6]) + (part[3] + part[7]))

RMF_INLINE double dot_f32_body(const float *x, const float *y, int64_t n)
{
    DOT_BODY(x, y, n);
}
RMF_INLINE double dot_f64_body(const double *x, const double *y, int64_t n)
{
    DOT_BODY(x, y, n);
}

typedef double lanes __attribute__((vector_size(32), aligned(8)));

/* out[p·stride + q] = a row p · b row q for two rows of a and four of b. */
RMF_INLINE void block_body(const double *const a[2], const double *const b[4], int64_t d,
                           double out[8])
{
    lanes sum[8] = {{0}};
    int64_t j = 0;
    for (; j + 4 <= d; j += 4)
        for (int p = 0; p < 2; p++)
            for (int q = 0; q < 4; q++)
                sum[4 * p + q] += *(const lanes *)(a[p] + j) * *(const lanes *)(b[q] + j);
    for (int s = 0; s < 8; s++) {
        out[s] = (sum[s][0] + sum[s][2]) + (sum[s][1] + sum[s][3]);
        for (int64_t k = j; k < d; k++)
            out[s] += a[s / 4][k] * b[s % 4][k];
    }
}

static double dot_f32_plain(const float *x, const float *y, int64_t n)
{
    return dot_f32_body(x, y, n);
}
static double dot_f64_plain(const double *x, const double *y, int64_t n)
{
    return dot_f64_body(x, y, n);
}
static void block_plain(const double *const a[2], const double *const b[4], int64_t d,
                        double out[8])
{
    block_body(a, b, d, out);
}
#if RMF_HAVE_AVX2_COPY
RMF_AVX2 static double dot_f32_avx2(const float *x, const float *y, int64_t n)
{
    return dot_f32_body(x, y, n);
}
RMF_AVX2 static double dot_f64_avx2(const double *x, const double *y, int64_t n)
{
    return dot_f64_body(x, y, n);
}
RMF_AVX2 static void block_avx2(const double *const a[2], const double *const b[4], int64_t d,
                                double out[8])
{
    block_body(a, b, d, out);
}
#endif

double rmf_dot_f32(const float *x, const float *y, int64_t n)
{
    return RMF_DISPATCH(dot_f32, x, y, n);
}

double rmf_dot_f64(const double *x, const double *y, int64_t n)
{
    return RMF_DISPATCH(dot_f64, x, y, n);
}

struct gram {
    const double *rows;
    int n;
    int64_t d;
    double *out;
};

/* Rows past the end are replaced by the last one and their products dropped. */
static void fill_block(const struct gram *g, int i, int j)
{
    const double *a[2], *b[4];
    double product[8];
    for (int p = 0; p < 2; p++)
        a[p] = g->rows + (i + p < g->n ? i + p : g->n - 1) * g->d;
    for (int q = 0; q < 4; q++)
        b[q] = g->rows + (j + q < g->n ? j + q : g->n - 1) * g->d;
    RMF_DISPATCH(block, a, b, g->d, product);
    for (int s = 0; s < 8; s++) {
        int row = i + s / 4, column = j + s % 4;
        if (row < g->n && column < g->n && column >= row)
            g->out[(int64_t)row * g->n + column] = product[s];
    }
}

void rmf_gram(const double *rows, int n, int64_t d, double *out)
{
    const struct gram g = {rows, n, d, out};
    const int tiles = (n + TILE - 1) / TILE;
#pragma omp parallel for collapse(2) schedule(dynamic) if (n > TILE)
    for (int ti = 0; ti < tiles; ti++)
        for (int tj = 0; tj < tiles; tj++) {
            if (tj < ti) continue;
            for (int i = ti * TILE; i < (ti + 1) * TILE && i < n; i += 2)
                for (int j = tj * TILE; j < (tj + 1) * TILE && j < n; j += 4)
                    if (j + 3 >= i) fill_block(&g, i, j);
        }
}
