/* device/cpu/sums.h – sums over rows, as other kernels use them. */
#ifndef DEVICE_CPU_SUMS_H
#define DEVICE_CPU_SUMS_H

#include <stdint.h>

/* out[j] = beta·out[j] + Σ_i x[i·width + j], i < rows, j < count; eight rows at a time. */
void rmf_sum_rows(const float *x, int64_t rows, int64_t width, int64_t count, float *out,
                  float beta);
/* y[i·width + j] += row[j], i < rows, j < count. */
void rmf_add_row(float *y, int64_t rows, int64_t count, int64_t width, const float *row);

#endif
