/* eval/linalg.c – BLAS and LAPACK behind the names of linalg.h; no other file of this room sees
 * them.  LAPACK is column-major: a symmetric row-major matrix with both triangles filled is the
 * same matrix there. */
#include "eval/linalg.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

static void mirror(double *m, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            m[j * n + i] = m[i * n + j];
}

void rmf_linalg_cross(const double *a, int64_t na, const double *b, int64_t nb, int64_t d,
                      double *out)
{
    if (na == 0 || nb == 0) return;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)na, (int)nb, (int)d, 1.0, a, (int)d,
                b, (int)d, 0.0, out, (int)nb);
}

rmf_status rmf_linalg_products(const float *a, int64_t na, const float *b, int64_t nb, int64_t d,
                               double *out)
{
    double *wide = NULL;
    int64_t size = na * d, all = size + nb * d;
    RMF_TRY(rmf_alloc((size_t)all, sizeof *wide, (void **)&wide));
    for (int64_t i = 0; i < all; i++)
        wide[i] = i < size ? a[i] : b[i - size];
    rmf_linalg_cross(wide, na, wide + size, nb, d, out);
    rmf_free(wide);
    return RMF_OK;
}

void rmf_linalg_row_gram(const double *m, int64_t rows, int64_t columns, double *out)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)rows, (int)columns, 1.0, m,
                (int)columns, 0.0, out, (int)rows);
    mirror(out, rows);
}

void rmf_linalg_column_gram(const double *m, int64_t rows, int64_t columns, double *out)
{
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)columns, (int)rows, 1.0, m,
                (int)columns, 0.0, out, (int)columns);
    mirror(out, columns);
}

/* Σ √λ of the leading `order` rows and columns of a matrix with `stride` elements a row. */
static rmf_status sum_roots(double *matrix, int64_t order, int64_t stride, double *sum)
{
    double *lambda = NULL;
    if (order == 0) {
        *sum = 0;
        return RMF_OK;
    }
    RMF_TRY(rmf_alloc((size_t)order, sizeof *lambda, (void **)&lambda));
    lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'N', 'L', (lapack_int)order, matrix,
                                     (lapack_int)stride, lambda);
    if (info != 0) {
        rmf_free(lambda);
        return rmf_fail(RMF_ERR_NUMERIC,
                        "evaluation: the eigenvalues of a %lld×%lld matrix do not converge; "
                        "expected finite values of moderate size; check the samples",
                        (long long)order, (long long)order);
    }
    /* Eigenvalues that are rounding errors of 0 must not count: their roots are far from 0. */
    double smallest = (double)order * DBL_EPSILON * fmax(lambda[order - 1], 0.0), total = 0;
    for (int64_t i = 0; i < order; i++)
        if (lambda[i] > smallest) total += sqrt(lambda[i]);
    rmf_free(lambda);
    *sum = total;
    return RMF_OK;
}

rmf_status rmf_linalg_sum_roots(double *matrix, int64_t n, double *sum)
{
    return sum_roots(matrix, n, n, sum);
}

/*
 * With C = L·Lᵀ the matrices C·D, C^½·D·C^½ and Lᵀ·D·L have the same eigenvalues, and the last one
 * is symmetric and cheapest: a Cholesky factor costs a tenth of a matrix root.  Covariances are
 * often singular, hence the pivoted factor: Pᵀ·C·P = L·Lᵀ with L of rank r, and D is permuted too.
 */
rmf_status rmf_linalg_trace_root(double *c, double *d, int64_t n, double *trace)
{
    rmf_status s = RMF_OK;
    lapack_int *pivot = NULL, rank = 0;
    double *permuted = NULL;
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, c[i * n + i]);
    if (n == 0 || largest == 0) {
        *trace = 0;
        return RMF_OK;
    }
    s = rmf_alloc((size_t)n, sizeof *pivot, (void **)&pivot);
    if (s == RMF_OK) s = rmf_alloc((size_t)n * (size_t)n, sizeof *permuted, (void **)&permuted);
    if (s == RMF_OK &&
        LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'L', (int)n, c, (int)n, pivot, &rank, -1.0) < 0)
        s = rmf_fail(RMF_ERR_NUMERIC,
                     "evaluation: a covariance of order %lld has no Cholesky factor; expected "
                     "finite values; check the samples",
                     (long long)n);
    if (s == RMF_OK) {
        for (int64_t column = rank; column < n; column++)
            memset(c + column * n, 0, (size_t)n * sizeof *c);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                permuted[i * n + j] = d[(pivot[i] - 1) * n + pivot[j] - 1];
        cblas_dtrmm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)n,
                    (int)n, 1.0, c, (int)n, permuted, (int)n);
        cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, (int)n, (int)n,
                    1.0, c, (int)n, permuted, (int)n);
        s = sum_roots(permuted, rank, n, trace);
    }
    rmf_free(permuted);
    rmf_free(pivot);
    return s;
}
