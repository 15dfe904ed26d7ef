/* tree/products.h – dot products whose bits depend on neither threads nor instruction set. */
#ifndef RMF_TREE_PRODUCTS_H
#define RMF_TREE_PRODUCTS_H

#include <stdint.h>

/* Σ x·y in double precision. */
double rmf_dot_f32(const float *x, const float *y, int64_t n);
double rmf_dot_f64(const double *x, const double *y, int64_t n);
/* out[i·n + j] = row i · row j for j ≥ i; rows [n, d].  Below the diagonal out is left alone. */
void rmf_gram(const double *rows, int n, int64_t d, double *out);

#endif
