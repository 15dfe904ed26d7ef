/* device/cpu/pointwise.c – fill, activations and scaled sums, in pieces of one cache. */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"
#include "device/cpu/vmath.h"

RMF_INLINE void fill_piece_body(float *x, float value, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = value;
}
RMF_KERNEL(fill_piece, (float *x, float value, int64_t n), (x, value, n))

rmf_status rmf_cpu_fill(rmf_device *dev, float *x, float value, int64_t count)
{
    (void)dev;
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        fill_piece(x + i * RMF_BLOCK, value, rmf_piece(i, RMF_BLOCK, count));
    return RMF_OK;
}

RMF_INLINE void activate_loop(rmf_activation kind, const float *x, float *y, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] = rmf_activate_one(kind, x[i]);
}

RMF_INLINE void activate_piece_body(rmf_activation kind, const float *x, float *y, int64_t n){
    RMF_SPECIALISE(kind, activate_loop, x, y, n)} RMF_KERNEL(activate_piece,
                                                             (rmf_activation kind, const float *x,
                                                              float *y, int64_t n),
                                                             (kind, x, y, n))

    rmf_status rmf_cpu_activation(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                                  int64_t count)
{
    (void)dev;
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        activate_piece(kind, x + i * RMF_BLOCK, y + i * RMF_BLOCK, rmf_piece(i, RMF_BLOCK, count));
    return RMF_OK;
}

RMF_INLINE void slope_loop(rmf_activation kind, const float *x, const float *dy, float *dx,
                           float beta, int64_t n)
{
    if (beta == 0) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            dx[i] = dy[i] * rmf_activation_slope(kind, x[i]);
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            dx[i] = beta * dx[i] + dy[i] * rmf_activation_slope(kind, x[i]);
    }
}

RMF_INLINE void slope_piece_body(rmf_activation kind, const float *x, const float *dy, float *dx,
                                 float beta, int64_t n){
    RMF_SPECIALISE(kind, slope_loop, x, dy, dx, beta,
                   n)} RMF_KERNEL(slope_piece,
                                  (rmf_activation kind, const float *x, const float *dy, float *dx,
                                   float beta, int64_t n),
                                  (kind, x, dy, dx, beta, n))

    rmf_status rmf_cpu_activation_grad(rmf_device *dev, rmf_activation kind, const float *x,
                                       const float *dy, float *dx, float beta, int64_t count)
{
    (void)dev;
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++) {
        const int64_t at = i * RMF_BLOCK;
        slope_piece(kind, x + at, dy + at, dx + at, beta, rmf_piece(i, RMF_BLOCK, count));
    }
    return RMF_OK;
}

RMF_INLINE void axpby_piece_body(float a, const float *x, float b, float *y, int64_t n)
{
    if (b == 0) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            y[i] = a * x[i];
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++)
            y[i] = a * x[i] + b * y[i];
    }
}
RMF_KERNEL(axpby_piece, (float a, const float *x, float b, float *y, int64_t n), (a, x, b, y, n))

rmf_status rmf_cpu_axpby(rmf_device *dev, float a, const float *x, float b, float *y, int64_t count)
{
    (void)dev;
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        axpby_piece(a, x + i * RMF_BLOCK, b, y + i * RMF_BLOCK, rmf_piece(i, RMF_BLOCK, count));
    return RMF_OK;
}
