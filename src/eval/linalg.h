/**
 * eval/linalg.h – the few dense products and decompositions that the metrics need, in double.
 *
 * Matrices are row-major and dense.  All sizes must stay within RMF_LINALG_LIMIT.
 */
#ifndef RMF_EVAL_LINALG_H
#define RMF_EVAL_LINALG_H

#include "ramify/core.h"

/** Beyond this order a matrix has more elements than LAPACK's 32-bit numbers can count. */
#define RMF_LINALG_LIMIT 32768

/** out[na, nb] = a[na, d]·b[nb, d]ᵀ */
void rmf_linalg_cross(const double *a, int64_t na, const double *b, int64_t nb, int64_t d,
                      double *out);
/** The same of floats; their products are exact before they are summed. */
RMF_CHECKED rmf_status rmf_linalg_products(const float *a, int64_t na, const float *b, int64_t nb,
                                           int64_t d, double *out);
/** out[rows, rows] = m[rows, columns]·mᵀ, both triangles. */
void rmf_linalg_row_gram(const double *m, int64_t rows, int64_t columns, double *out);
/** out[columns, columns] = mᵀ·m[rows, columns], both triangles. */
void rmf_linalg_column_gram(const double *m, int64_t rows, int64_t columns, double *out);
/** *sum = Σ √λ over the eigenvalues of a symmetric positive semidefinite matrix; destroys it. */
RMF_CHECKED rmf_status rmf_linalg_sum_roots(double *matrix, int64_t n, double *sum);
/** *trace = tr √(C·D) of two symmetric positive semidefinite matrices of order n; destroys both. */
RMF_CHECKED rmf_status rmf_linalg_trace_root(double *c, double *d, int64_t n, double *trace);

#endif
