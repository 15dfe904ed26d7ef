/* device/cpu/gemm.h – matrix products on row-major matrices with leading dimensions. */
#ifndef DEVICE_CPU_GEMM_H
#define DEVICE_CPU_GEMM_H

#include "ramify/core.h"

/* c[m, n] = beta·c + scale·op(a)·op(b); lda, ldb, ldc elements from row to row as stored. */
struct rmf_gemm {
    int64_t m, n, k;
    bool transpose_a, transpose_b;
    float scale, beta;
    const float *a;
    int64_t lda;
    const float *b;
    int64_t ldb;
    float *c;
    int64_t ldc;
};

/* Each returns false when out of memory. */

/* On all threads, divided as the library likes: the last bits may depend on their number. */
bool rmf_gemm(const struct rmf_gemm *g);
/* On the calling thread alone. */
bool rmf_gemm_alone(const struct rmf_gemm *g);
/* On all threads, cut by shape, so that the result does not depend on their number; a may not be
 * transposed.  bias [n] or NULL is added to each row. */
bool rmf_gemm_fixed(const struct rmf_gemm *g, const float *bias);
/* The status for a false, with a message for the calling thread. */
RMF_CHECKED rmf_status rmf_gemm_failed(void);

#endif
