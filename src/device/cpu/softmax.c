/* device/cpu/softmax.c – softmax of rows, forward and backward; sums in eight lanes. */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"
#include "device/cpu/vmath.h"

enum { LANES = 8 };

RMF_INLINE float lane_sum(const float *lane)
{
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

/* Σ a·b, or Σ a when b is NULL. */
RMF_INLINE float row_sum(const float *a, const float *b, int64_t c)
{
    float lane[LANES] = {0};
    int64_t j = 0;
    for (; j + LANES <= c; j += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += b ? a[j + l] * b[j + l] : a[j + l];
    for (int l = 0; j < c; j++, l++)
        lane[l] += b ? a[j] * b[j] : a[j];
    return lane_sum(lane);
}

RMF_INLINE float row_largest(const float *x, int64_t c)
{
    float lane[LANES], largest = -INFINITY;
    for (int l = 0; l < LANES; l++)
        lane[l] = -INFINITY;
    int64_t j = 0;
    for (; j + LANES <= c; j += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] = lane[l] < x[j + l] ? x[j + l] : lane[l];
    for (int l = 0; j < c; j++, l++)
        lane[l] = lane[l] < x[j] ? x[j] : lane[l];
    for (int l = 0; l < LANES; l++)
        largest = largest < lane[l] ? lane[l] : largest;
    return largest;
}

RMF_INLINE void softmax_rows_body(const float *x, float *y, int64_t rows, int64_t c)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *from = x + r * c;
        float *to = y + r * c;
        const float largest = row_largest(from, c);
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            to[j] = rmf_exp(from[j] - largest);
        const float inverse = 1.0f / row_sum(to, NULL, c);
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            to[j] *= inverse;
    }
}
RMF_KERNEL(softmax_rows, (const float *x, float *y, int64_t rows, int64_t c), (x, y, rows, c))

rmf_status rmf_cpu_softmax(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y)
{
    (void)dev;
    const int64_t piece = rmf_rows_a_piece(c), pieces = rmf_pieces(rows, piece);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++) {
        const int64_t at = i * piece * c;
        softmax_rows(x + at, y + at, rmf_piece(i, piece, rows), c);
    }
    return RMF_OK;
}

RMF_INLINE void softmax_back_body(const float *y, const float *dy, float *dx, float beta,
                                  int64_t rows, int64_t c)
{
    for (int64_t r = 0; r < rows; r++) {
        const float *value = y + r * c, *slope = dy + r * c;
        float *to = dx + r * c;
        const float sum = row_sum(value, slope, c);
        if (beta == 0) {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = value[j] * (slope[j] - sum);
        } else {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = beta * to[j] + value[j] * (slope[j] - sum);
        }
    }
}
RMF_KERNEL(softmax_back,
           (const float *y, const float *dy, float *dx, float beta, int64_t rows, int64_t c),
           (y, dy, dx, beta, rows, c))

rmf_status rmf_cpu_softmax_grad(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                                const float *dy, float *dx, float beta)
{
    (void)dev;
    const int64_t piece = rmf_rows_a_piece(c), pieces = rmf_pieces(rows, piece);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++) {
        const int64_t at = i * piece * c;
        softmax_back(y + at, dy + at, dx + at, beta, rmf_piece(i, piece, rows), c);
    }
    return RMF_OK;
}
