/* device/cpu/gemm.c – which library multiplies matrices, and how work is spread over threads.
 *
 * Measured (GFLOP/s, best of many, 1 / 2 threads; AMD Zen 3, AVX2, 97 a core at best; oneDNN 2.6.3
 * dnnl_sgemm, OpenBLAS 0.3.21; rows come from three runs on a nearly idle machine):
 *
 *     m     n     k   op   oneDNN      OpenBLAS
 *     1   256   256   NN    47 /  36     7 /   7    one row with a branch's own weights
 *     1   256   256   NT    42 /  47     5 /   6
 *   256   256     1   TN    17 /  17     5 /   5
 *    16   256   256   NN    95 / 150    65 /  99
 *   128   256   256   NN    94 / 190    87 / 158
 *   128  1000  1000   NN    96 / 189    89 / 174
 *   784    32   288   NN    89 / 169    68 / 121
 *   288    32 1e5     TN    63 / 118    38 /  60
 *    32   512   512   NN    63 / 124    77 / 144    rows of b 2 kB · i apart: oneDNN reads b in
 *   128  1024  1024   NN    47 /  93    89 / 177    place, and its columns share cache sets
 *   128  8192  8192   NN    39 /  74    88 / 165
 *   512   512   512   TN    60 / 119    92 / 183
 *   128  8192  8192   NT    73 / 148    76 / 148
 *
 * Rule: oneDNN, except when b is not transposed, its rows lie a multiple of 512 elements apart and
 * there is enough work to pay for OpenBLAS's copies. */
#include "device/cpu/gemm.h"

#include "device/cpu/kernel.h"
#include "device/cpu/signals.h"
#include "device/cpu/sums.h"

#include <cblas.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

static bool suits_blas(const struct rmf_gemm *g)
{
    return !g->transpose_b && g->ldb % 512 == 0 && g->n >= 512 && g->m >= 24 && g->k >= 128;
}

static void scale_only(const struct rmf_gemm *g)
{
    for (int64_t i = 0; i < g->m; i++)
        for (int64_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] = g->beta == 0 ? 0 : g->beta * g->c[i * g->ldc + j];
}

/* Below this k no kernel borrows the stack pointer (signals.h): they do above 252 with AVX2, and
 * with AVX-512 above a third of that. */
enum { LONG_SUM = 64 };

static bool by_dnnl(const struct rmf_gemm *g)
{
    const bool hold = g->k > LONG_SUM;
    sigset_t before;
    if (hold) rmf_signals_hold(&before);
    const dnnl_status_t status =
        dnnl_sgemm(g->transpose_a ? 'T' : 'N', g->transpose_b ? 'T' : 'N', g->m, g->n, g->k,
                   g->scale, g->a, g->lda, g->b, g->ldb, g->beta, g->c, g->ldc);
    if (hold) rmf_signals_release(&before);
    return status == dnnl_success;
}

bool rmf_gemm(const struct rmf_gemm *g)
{
    if (g->m == 0 || g->n == 0) return true;
    if (g->k == 0) {
        scale_only(g);
        return true;
    }
    if (!suits_blas(g)) return by_dnnl(g);
    cblas_sgemm(CblasRowMajor, g->transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans,
                (blasint)g->m, (blasint)g->n, (blasint)g->k, g->scale, g->a, (blasint)g->lda, g->b,
                (blasint)g->ldb, g->beta, g->c, (blasint)g->ldc);
    return true;
}

bool rmf_gemm_alone(const struct rmf_gemm *g)
{
    const int threads = omp_get_max_threads();
    if (threads == 1 || omp_in_parallel()) return rmf_gemm(g); /* the libraries ask the same */
    omp_set_num_threads(1);
    const bool good = rmf_gemm(g);
    omp_set_num_threads(threads);
    return good;
}

enum {
    ROW_WORK = 1 << 20,    /* multiplications of a piece of rows, ten microseconds */
    COLUMN_WORK = 1 << 18, /* and of a piece of columns: few rows run into memory's speed */
    FEW_ROWS = 256,
    LEAST_ROWS = 32,
    LEAST_COLUMNS = 128
};

/* Few rows: cut columns, so that b, then the largest of the three, is read once.  Else cut rows.
 * Columns whose rows share cache sets (see above) are left wide enough for OpenBLAS. */
static void cut(const struct rmf_gemm *g, int64_t *rows, int64_t *columns)
{
    const int64_t least = !g->transpose_b && g->ldb % 512 == 0 ? 512 : LEAST_COLUMNS;
    *rows = g->m;
    *columns = g->n;
    if (g->m <= FEW_ROWS && g->n >= 2 * least)
        *columns = rmf_max(least, COLUMN_WORK / (g->m * g->k) / 32 * 32);
    else
        *rows = rmf_min(1024, rmf_max(LEAST_ROWS, ROW_WORK / (g->n * g->k)));
}

bool rmf_gemm_fixed(const struct rmf_gemm *g, const float *bias)
{
    if (g->m == 0 || g->n == 0) return true;
    int64_t rows = g->m, columns = g->n;
    if (g->k > 0) cut(g, &rows, &columns);
    const int64_t across = rmf_pieces(g->n, columns), pieces = across * rmf_pieces(g->m, rows);
    bool good = true;
#pragma omp parallel for schedule(static) reduction(&& : good) if (pieces > 1)
    for (int64_t i = 0; i < pieces; i++) {
        struct rmf_gemm part = *g;
        const int64_t row = i / across * rows, column = i % across * columns;
        part.m = rmf_min(rows, g->m - row);
        part.n = rmf_min(columns, g->n - column);
        part.a += row * g->lda;
        part.b += g->transpose_b ? column * g->ldb : column;
        part.c += row * g->ldc + column;
        good = rmf_gemm_alone(&part) && good;
        if (bias) rmf_add_row(part.c, part.m, part.n, g->ldc, bias + column);
    }
    return good;
}

rmf_status rmf_gemm_failed(void)
{
    return rmf_fail(RMF_ERR_MEMORY, "device cpu: a matrix product got no working memory; free some "
                                    "memory or use smaller batches");
}
