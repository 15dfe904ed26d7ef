/**
 * eval/kernel.h – maximum mean discrepancy of two sets under a kernel, whole or resampled.
 */
#ifndef RMF_EVAL_KERNEL_H
#define RMF_EVAL_KERNEL_H

#include "eval/metric.h"

/** Values of a kernel between the objects of two sets. */
typedef struct rmf_kernel {
    int64_t na, nb;
    float *aa, *ab, *bb; /* [na, na], [na, nb], [nb, nb]; one block, which aa begins */
} rmf_kernel;

/** Room for the values, the arena's. */
RMF_CHECKED rmf_status rmf_kernel_create(int64_t na, int64_t nb, rmf_arena *arena, rmf_kernel *out);

/**
 * Unbiased estimate of the squared discrepancy: mean of k over pairs of different objects of a,
 * plus that of b, less twice the mean between the sets.  It may fall below 0.  Each side's weights
 * are whole numbers and sum to at least 2; an object that a resample has twice is a pair with its
 * double.
 * Source: Gretton et al. 2012, equation 3 with m and n apart.
 */
double rmf_kernel_discrepancy(const rmf_kernel *kernel, const rmf_weights *weights);

#endif
