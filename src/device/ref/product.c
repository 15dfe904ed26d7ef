/* device/ref/product.c – matrix product and convolutions, as their formulas say. */
#include "device/check.h"
#include "device/ref/ref.h"

rmf_status rmf_ref_matmul(rmf_device *dev, const rmf_matmul *args)
{
    RMF_TRY(rmf_check_matmul(dev->ops->name, args));
    const int64_t m = args->m, n = args->n, k = args->k;
    for (int64_t b = 0; b < args->batch; b++) {
        const float *A = args->a + b * args->stride_a, *B = args->b + b * args->stride_b;
        float *C = args->c + b * args->stride_c;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t l = 0; l < k; l++)
                    sum += (double)(args->transpose_a ? A[l * m + i] : A[i * k + l]) *
                           (args->transpose_b ? B[j * k + l] : B[l * n + j]);
                sum = args->scale * sum + (args->bias ? args->bias[j] : 0);
                C[i * n + j] = rmf_blend(args->beta, &C[i * n + j], (float)sum);
            }
    }
    return RMF_OK;
}

rmf_status rmf_ref_matmul_group(rmf_device *dev, const rmf_matmul *products, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        RMF_TRY(dev->ops->matmul(dev, &products[i]));
    return RMF_OK;
}

/* Offset of pixel (row, column) of image `image` in a tensor [n, h, w, c]. */
static int64_t pixel(int64_t image, int64_t row, int64_t column, int64_t h, int64_t w, int64_t c)
{
    return ((image * h + row) * w + column) * c;
}

/* Offset of tap (ky, kx) in w[kh, kw, cin, cout]. */
static int64_t tap(const rmf_conv *a, int64_t ky, int64_t kx)
{
    return (ky * a->kw + kx) * a->cin * rmf_conv_width(a);
}

/* Σ_ky,kx,ci x[oy·stride − pad + ky, ox·stride − pad + kx, ci]·w[ky, kx, ci, co] */
static double output_value(const rmf_conv *a, const float *x, const float *w, int64_t n, int64_t oy,
                           int64_t ox, int64_t co)
{
    double sum = 0;
    for (int64_t ky = 0; ky < a->kh; ky++)
        for (int64_t kx = 0; kx < a->kw; kx++) {
            const int64_t iy = oy * a->stride - a->pad + ky, ix = ox * a->stride - a->pad + kx;
            if (iy < 0 || iy >= a->h || ix < 0 || ix >= a->w) continue;
            const float *from = x + pixel(n, iy, ix, a->h, a->w, a->cin);
            for (int64_t ci = 0; ci < a->cin; ci++)
                sum += (double)from[ci] * w[tap(a, ky, kx) + ci * rmf_conv_width(a) + co];
        }
    return sum;
}

rmf_status rmf_ref_conv_forward(rmf_device *dev, const rmf_conv *args, const float *x,
                                const float *w, const float *bias, float *y, float beta)
{
    RMF_TRY(rmf_check_conv(dev->ops->name, args));
    for (int64_t n = 0; n < args->n; n++)
        for (int64_t oy = 0; oy < args->oh; oy++)
            for (int64_t ox = 0; ox < args->ow; ox++)
                for (int64_t co = 0; co < args->cout; co++) {
                    float *to = y + pixel(n, oy, ox, args->oh, args->ow, args->cout) + co;
                    const double sum = output_value(args, x, w, n, oy, ox, co);
                    *to = rmf_blend(beta, to, (float)(sum + (bias ? bias[co] : 0)));
                }
    return RMF_OK;
}

/* Σ over the outputs that used input (iy, ix, ci): oy·stride = iy + pad − ky for some tap ky. */
static double input_value(const rmf_conv *a, const float *dy, const float *w, int64_t n, int64_t iy,
                          int64_t ix, int64_t ci)
{
    double sum = 0;
    for (int64_t ky = 0; ky < a->kh; ky++)
        for (int64_t kx = 0; kx < a->kw; kx++) {
            const int64_t sy = iy + a->pad - ky, sx = ix + a->pad - kx;
            if (sy < 0 || sx < 0 || sy % a->stride != 0 || sx % a->stride != 0) continue;
            const int64_t oy = sy / a->stride, ox = sx / a->stride;
            if (oy >= a->oh || ox >= a->ow) continue;
            const float *from = dy + pixel(n, oy, ox, a->oh, a->ow, a->cout);
            for (int64_t co = 0; co < a->cout; co++)
                sum += (double)from[co] * w[tap(a, ky, kx) + ci * rmf_conv_width(a) + co];
        }
    return sum;
}

rmf_status rmf_ref_conv_backward_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                      const float *w, const float *bias_cin, float *dx, float beta)
{
    RMF_TRY(rmf_check_conv(dev->ops->name, args));
    for (int64_t n = 0; n < args->n; n++)
        for (int64_t iy = 0; iy < args->h; iy++)
            for (int64_t ix = 0; ix < args->w; ix++)
                for (int64_t ci = 0; ci < args->cin; ci++) {
                    float *to = dx + pixel(n, iy, ix, args->h, args->w, args->cin) + ci;
                    const double sum = input_value(args, dy, w, n, iy, ix, ci);
                    *to = rmf_blend(beta, to, (float)(sum + (bias_cin ? bias_cin[ci] : 0)));
                }
    return RMF_OK;
}

/* Σ_n,oy,ox x[n, oy·stride − pad + ky, ox·stride − pad + kx, ci]·dy[n, oy, ox, co] */
static double weight_value(const rmf_conv *a, const float *x, const float *dy, int64_t ky,
                           int64_t kx, int64_t ci, int64_t co)
{
    double sum = 0;
    for (int64_t n = 0; n < a->n; n++)
        for (int64_t oy = 0; oy < a->oh; oy++)
            for (int64_t ox = 0; ox < a->ow; ox++) {
                const int64_t iy = oy * a->stride - a->pad + ky, ix = ox * a->stride - a->pad + kx;
                if (iy < 0 || iy >= a->h || ix < 0 || ix >= a->w) continue;
                sum += (double)x[pixel(n, iy, ix, a->h, a->w, a->cin) + ci] *
                       dy[pixel(n, oy, ox, a->oh, a->ow, a->cout) + co];
            }
    return sum;
}

rmf_status rmf_ref_conv_backward_weights(rmf_device *dev, const rmf_conv *args, const float *x,
                                         const float *dy, float *dw, float beta)
{
    RMF_TRY(rmf_check_conv(dev->ops->name, args));
    for (int64_t ky = 0; ky < args->kh; ky++)
        for (int64_t kx = 0; kx < args->kw; kx++)
            for (int64_t ci = 0; ci < args->cin; ci++)
                for (int64_t co = 0; co < args->cout; co++) {
                    float *to = dw + tap(args, ky, kx) + ci * rmf_conv_width(args) + co;
                    *to = rmf_blend(beta, to, (float)weight_value(args, x, dy, ky, kx, ci, co));
                }
    return RMF_OK;
}
