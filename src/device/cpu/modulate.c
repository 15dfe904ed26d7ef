/* device/cpu/modulate.c – scale and shift of each sample's channels, forward and backward. */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"
#include "device/cpu/sums.h"

RMF_INLINE void modulate_body(const float *x, const float *restrict scale,
                              const float *restrict shift, float *y, int64_t p, int64_t c)
{
    for (int64_t i = 0; i < p; i++)
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            y[i * c + j] =
                x[i * c + j] * (scale ? 1.0f + scale[j] : 1.0f) + (shift ? shift[j] : 0.0f);
}
RMF_KERNEL(modulate,
           (const float *x, const float *scale, const float *shift, float *y, int64_t p, int64_t c),
           (x, scale, shift, y, p, c))

rmf_status rmf_cpu_scale_shift(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                               const float *scale, const float *shift, float *y)
{
    (void)dev;
#pragma omp parallel for schedule(static) if (rmf_is_large(n, p * c))
    for (int64_t i = 0; i < n; i++)
        modulate(x + i * p * c, scale ? scale + i * c : NULL, shift ? shift + i * c : NULL,
                 y + i * p * c, p, c);
    return RMF_OK;
}

/* dx = dx_beta·dx + dy·(1 + scale) */
RMF_INLINE void scale_back_body(const float *dy, const float *restrict scale, float *dx, float beta,
                                int64_t p, int64_t c)
{
    for (int64_t i = 0; i < p; i++) {
        const int64_t at = i * c;
        if (beta == 0) {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                dx[at + j] = dy[at + j] * (scale ? 1.0f + scale[j] : 1.0f);
        } else {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                dx[at + j] = beta * dx[at + j] + dy[at + j] * (scale ? 1.0f + scale[j] : 1.0f);
        }
    }
}
RMF_KERNEL(scale_back,
           (const float *dy, const float *scale, float *dx, float beta, int64_t p, int64_t c),
           (dy, scale, dx, beta, p, c))

/* out[j] = beta·out[j] + Σ_i dy[i, j]·x[i, j] */
RMF_INLINE void product_sum_body(const float *restrict dy, const float *restrict x,
                                 float *restrict out, float beta, int64_t p, int64_t c)
{
    for (int64_t j = 0; j < c; j++)
        out[j] = beta == 0 ? 0 : beta * out[j];
    for (int64_t i = 0; i < p; i++)
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            out[j] += dy[i * c + j] * x[i * c + j];
}
RMF_KERNEL(product_sum,
           (const float *dy, const float *x, float *out, float beta, int64_t p, int64_t c),
           (dy, x, out, beta, p, c))

rmf_status rmf_cpu_scale_shift_grad(rmf_device *dev, int64_t n, int64_t p, int64_t c,
                                    const float *x, const float *scale, const float *dy, float *dx,
                                    float dx_beta, float *dscale, float dscale_beta, float *dshift,
                                    float dshift_beta)
{
    (void)dev;
#pragma omp parallel for schedule(static) if (rmf_is_large(n, p * c))
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = i * p * c;
        if (dscale) product_sum(dy + at, x + at, dscale + i * c, dscale_beta, p, c);
        if (dshift) rmf_sum_rows(dy + at, p, c, c, dshift + i * c, dshift_beta);
        if (dx) scale_back(dy + at, scale ? scale + i * c : NULL, dx + at, dx_beta, p, c);
    }
    return RMF_OK;
}
