/* device/ref/pointwise.c – activations, scaled sums, scale and shift, softmax. */
#include "device/check.h"
#include "device/ref/ref.h"

#include <math.h>

double rmf_ref_activate(rmf_activation kind, double x)
{
    switch (kind) {
    case RMF_RELU:
        return x > 0 ? x : 0;
    case RMF_SILU: /* x·σ(x), Elfwing et al. 2018 */
        return x / (1 + exp(-x));
    case RMF_TANH:
        return tanh(x);
    case RMF_IDENTITY:
        break;
    }
    return x;
}

double rmf_ref_activate_slope(rmf_activation kind, double x)
{
    const double sigma = 1 / (1 + exp(-x)), th = tanh(x);
    switch (kind) {
    case RMF_RELU:
        return x > 0 ? 1 : 0;
    case RMF_SILU:
        return sigma * (1 + x * (1 - sigma));
    case RMF_TANH:
        return 1 - th * th;
    case RMF_IDENTITY:
        break;
    }
    return 1;
}

rmf_status rmf_ref_activation(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                              int64_t count)
{
    (void)dev;
    for (int64_t i = 0; i < count; i++)
        y[i] = (float)rmf_ref_activate(kind, x[i]);
    return RMF_OK;
}

rmf_status rmf_ref_activation_grad(rmf_device *dev, rmf_activation kind, const float *x,
                                   const float *dy, float *dx, float beta, int64_t count)
{
    (void)dev;
    for (int64_t i = 0; i < count; i++)
        dx[i] = rmf_blend(beta, &dx[i], (float)(dy[i] * rmf_ref_activate_slope(kind, x[i])));
    return RMF_OK;
}

rmf_status rmf_ref_axpby(rmf_device *dev, float a, const float *x, float b, float *y, int64_t count)
{
    (void)dev;
    for (int64_t i = 0; i < count; i++)
        y[i] = rmf_blend(b, &y[i], a * x[i]);
    return RMF_OK;
}

rmf_status rmf_ref_scale_shift(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                               const float *scale, const float *shift, float *y)
{
    (void)dev;
    for (int64_t row = 0; row < n; row++)
        for (int64_t i = row * p; i < (row + 1) * p; i++)
            for (int64_t j = 0; j < c; j++) {
                const float factor = scale ? 1 + scale[row * c + j] : 1;
                y[i * c + j] = x[i * c + j] * factor + (shift ? shift[row * c + j] : 0);
            }
    return RMF_OK;
}

rmf_status rmf_ref_scale_shift_grad(rmf_device *dev, int64_t n, int64_t p, int64_t c,
                                    const float *x, const float *scale, const float *dy, float *dx,
                                    float dx_beta, float *dscale, float dscale_beta, float *dshift,
                                    float dshift_beta)
{
    (void)dev;
    for (int64_t row = 0; row < n; row++)
        for (int64_t j = 0; j < c; j++) {
            const int64_t at = row * c + j;
            const float factor = scale ? 1 + scale[at] : 1;
            double sum_scale = 0, sum_shift = 0;
            for (int64_t i = row * p; i < (row + 1) * p; i++) {
                const float d = dy[i * c + j];
                sum_shift += d;
                if (dscale) sum_scale += (double)d * x[i * c + j];
                if (dx) dx[i * c + j] = rmf_blend(dx_beta, &dx[i * c + j], d * factor);
            }
            if (dscale) dscale[at] = rmf_blend(dscale_beta, &dscale[at], (float)sum_scale);
            if (dshift) dshift[at] = rmf_blend(dshift_beta, &dshift[at], (float)sum_shift);
        }
    return RMF_OK;
}

rmf_status rmf_ref_softmax(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y)
{
    (void)dev;
    for (int64_t r = 0; r < rows; r++) {
        double largest = -INFINITY, sum = 0;
        for (int64_t j = 0; j < c; j++)
            largest = fmax(largest, x[r * c + j]);
        for (int64_t j = 0; j < c; j++)
            sum += exp(x[r * c + j] - largest);
        for (int64_t j = 0; j < c; j++)
            y[r * c + j] = (float)(exp(x[r * c + j] - largest) / sum);
    }
    return RMF_OK;
}

/* dx = y·(dy − Σ y·dy) */
rmf_status rmf_ref_softmax_grad(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                                const float *dy, float *dx, float beta)
{
    (void)dev;
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t j = 0; j < c; j++)
            sum += (double)y[r * c + j] * dy[r * c + j];
        for (int64_t j = 0; j < c; j++) {
            const int64_t at = r * c + j;
            dx[at] = rmf_blend(beta, &dx[at], (float)(y[at] * (dy[at] - sum)));
        }
    }
    return RMF_OK;
}
