/* device/cpu/conv_gemm.c – convolutions by im2col and matrix products.
 *
 * With K = kh·kw·cin and P = n·oh·ow pixels, X the matrix of columns [P, K], W [K, cout]:
 *     y = X·W (+ bias)      dX = dy·Wᵀ, then col2im      dW = Xᵀ·dy
 * X exists only in pieces of whole pixel rows or samples.  Forward and data are cut by shape, not
 * by thread, and each piece is one thread's: the same bits at every thread count. */
#include "device/cpu/conv_gemm.h"

#include "device/check.h"
#include "device/cpu/columns.h"
#include "device/cpu/conv_rule.h"
#include "device/cpu/gemm.h"
#include "device/cpu/kernel.h"
#include "device/cpu/sums.h"

#include <omp.h>

enum {
    THREAD_COLUMNS = 1 << 15, /* floats of X that one thread works on: a quarter of level 2 */
    SHARED_COLUMNS = 1 << 18, /* floats of X that all threads work on */
    LEAST_PIXELS = 64         /* fewer rows make a slow product */
};

static int64_t taps(const rmf_conv *a)
{
    return a->kh * a->kw * a->cin;
}

/* Pixel rows of the largest piece: a cache full. */
static int64_t forward_most(const rmf_conv *a)
{
    const int64_t fits = THREAD_COLUMNS / (a->ow * taps(a));
    return rmf_max(rmf_max(fits, 1), rmf_pieces(LEAST_PIXELS, a->ow));
}

/* Pixel rows of a piece, but at least four pieces when there are so many rows. */
static int64_t forward_piece(const rmf_conv *a)
{
    return rmf_max(1, rmf_min(forward_most(a), rmf_pieces(a->n * a->oh, 4)));
}

rmf_status rmf_conv_gemm_forward(rmf_cpu *cpu, const rmf_conv *a, const float *x, const float *w,
                                 const float *bias, float *y, float beta)
{
    struct rmf_gemm whole = {.m = a->n * a->oh * a->ow,
                             .n = a->cout,
                             .k = taps(a),
                             .scale = 1,
                             .beta = beta,
                             .a = x,
                             .lda = taps(a),
                             .b = w,
                             .ldb = rmf_conv_width(a),
                             .c = y,
                             .ldc = a->cout};
    if (rmf_conv_is_pointwise(a)) return rmf_gemm_fixed(&whole, bias) ? RMF_OK : rmf_gemm_failed();
    const int64_t rows = a->n * a->oh, piece = forward_piece(a), pieces = rmf_pieces(rows, piece);
    /* Room does not follow a count that varies, lest it grow from step to step. */
    const int64_t size = (a->rows_vary ? forward_most(a) : piece) * a->ow * taps(a);
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_COLUMNS,
                            (size_t)(omp_get_max_threads() * size) * sizeof(float), &block));
    bool good = true;
#pragma omp parallel for schedule(static) reduction(&& : good) if (rmf_is_large(rows, a->ow * taps(a)))
    for (int64_t i = 0; i < pieces; i++) {
        float *columns = (float *)block + omp_get_thread_num() * size;
        const int64_t part_rows = rmf_piece(i, piece, rows);
        rmf_columns_of_rows(a, x, i * piece, part_rows, columns);
        struct rmf_gemm part = whole;
        part.m = part_rows * a->ow;
        part.a = columns;
        part.c = y + i * piece * a->ow * a->cout;
        good = rmf_gemm_alone(&part) && good;
        if (bias) rmf_add_row(part.c, part.m, part.n, part.n, bias);
    }
    return good ? RMF_OK : rmf_gemm_failed();
}

/* Samples whose columns fit the shared piece; at least one. */
static int64_t shared_most(const rmf_conv *a)
{
    return rmf_max(1, SHARED_COLUMNS / (a->oh * a->ow * taps(a)));
}

static int64_t shared_samples(const rmf_conv *a)
{
    return rmf_max(1, rmf_min(a->n, shared_most(a)));
}

static rmf_status shared_columns(rmf_cpu *cpu, const rmf_conv *a, float **out)
{
    const int64_t samples = a->rows_vary ? shared_most(a) : shared_samples(a);
    const int64_t count = samples * a->oh * a->ow * taps(a);
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_COLUMNS, (size_t)count * sizeof(float), &block));
    *out = block;
    return RMF_OK;
}

rmf_status rmf_conv_gemm_data(rmf_cpu *cpu, const rmf_conv *a, const float *dy, const float *w,
                              const float *bias_cin, float *dx, float beta)
{
    const int64_t pixels = a->oh * a->ow, k = taps(a);
    struct rmf_gemm g = {.m = a->n * pixels,
                         .n = k,
                         .k = a->cout,
                         .transpose_b = true,
                         .scale = 1,
                         .beta = beta,
                         .a = dy,
                         .lda = a->cout,
                         .b = w,
                         .ldb = rmf_conv_width(a),
                         .c = dx,
                         .ldc = k};
    if (rmf_conv_is_pointwise(a)) return rmf_gemm_fixed(&g, bias_cin) ? RMF_OK : rmf_gemm_failed();
    RMF_TRY(shared_columns(cpu, a, &g.c));
    g.beta = 0;
    const int64_t step = shared_samples(a);
    for (int64_t n = 0; n < a->n; n += step) {
        const int64_t rows = rmf_min(step, a->n - n) * a->h;
        g.m = rmf_min(step, a->n - n) * pixels;
        g.a = dy + n * pixels * a->cout;
        if (!rmf_gemm_fixed(&g, NULL)) return rmf_gemm_failed();
#pragma omp parallel for schedule(static) if (rmf_is_large(g.m, k))
        for (int64_t row = 0; row < rows; row++)
            rmf_row_of_columns(a, g.c + row / a->h * pixels * k, bias_cin, row % a->h,
                               dx + (n * a->h + row) * a->w * a->cin, beta);
    }
    return RMF_OK;
}

rmf_status rmf_conv_gemm_weights(rmf_cpu *cpu, const rmf_conv *a, const float *x, const float *dy,
                                 float *dw, float beta)
{
    const int64_t k = taps(a);
    const bool pointwise = rmf_conv_is_pointwise(a);
    struct rmf_gemm g = {.m = k,
                         .n = a->cout,
                         .transpose_a = true,
                         .scale = 1,
                         .beta = beta,
                         .a = x,
                         .lda = k,
                         .b = dy,
                         .ldb = a->cout,
                         .c = dw,
                         .ldc = rmf_conv_width(a)};
    if (pointwise || a->n == 0) {
        g.k = a->n * a->oh * a->ow;
        return rmf_gemm(&g) ? RMF_OK : rmf_gemm_failed();
    }
    float *columns = NULL;
    RMF_TRY(shared_columns(cpu, a, &columns));
    const int64_t step = shared_samples(a);
    g.a = columns;
    for (int64_t n = 0; n < a->n; n += step) {
        const int64_t rows = rmf_min(step, a->n - n) * a->oh, width = a->ow * k;
#pragma omp parallel for schedule(static) if (rmf_is_large(rows, width))
        for (int64_t row = 0; row < rows; row++)
            rmf_columns_of_rows(a, x, n * a->oh + row, 1, columns + row * width);
        g.k = rows * a->ow;
        g.b = dy + n * a->oh * a->ow * a->cout;
        if (!rmf_gemm(&g)) return rmf_gemm_failed();
        g.beta = 1;
    }
    return RMF_OK;
}
