/* device/ref/move.c – copies between layouts and the sums that are their adjoints. */
#include "device/check.h"
#include "device/ref/ref.h"

#include <string.h>

rmf_status rmf_ref_column_sum(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *out,
                              float beta)
{
    return rmf_ref_pixel_sum(dev, 1, rows, x, c, 0, c, out, beta);
}

rmf_status rmf_ref_copy_columns(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                                int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                                int64_t to_off, int64_t count, float beta)
{
    (void)dev;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < count; j++) {
            float *at = to + r * to_width + to_off + j;
            *at = rmf_blend(beta, at, from[r / repeat * from_width + from_off + j]);
        }
    return RMF_OK;
}

rmf_status rmf_ref_pixel_sum(rmf_device *dev, int64_t n, int64_t p, const float *x, int64_t width,
                             int64_t off, int64_t count, float *out, float beta)
{
    (void)dev;
    for (int64_t row = 0; row < n; row++)
        for (int64_t j = 0; j < count; j++) {
            double sum = 0;
            for (int64_t i = 0; i < p; i++)
                sum += x[(row * p + i) * width + off + j];
            out[row * count + j] = rmf_blend(beta, &out[row * count + j], (float)sum);
        }
    return RMF_OK;
}

rmf_status rmf_ref_upsample(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                            const float *x, float *y)
{
    (void)dev;
    for (int64_t row = 0; row < n * 2 * h; row++) /* rows of all images: row/2 stays in its image */
        for (int64_t column = 0; column < 2 * w; column++)
            memcpy(y + (row * 2 * w + column) * c, x + (row / 2 * w + column / 2) * c,
                   (size_t)c * sizeof *x);
    return RMF_OK;
}

rmf_status rmf_ref_upsample_grad(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                 const float *dy, float *dx, float beta)
{
    (void)dev;
    for (int64_t row = 0; row < n * h; row++)
        for (int64_t column = 0; column < w; column++)
            for (int64_t j = 0; j < c; j++) {
                const float *top = dy + (2 * row * 2 * w + 2 * column) * c + j;
                const float *bottom = top + 2 * w * c;
                float *to = dx + (row * w + column) * c + j;
                *to = rmf_blend(beta, to, (top[0] + top[c]) + (bottom[0] + bottom[c]));
            }
    return RMF_OK;
}

rmf_status rmf_ref_gather(rmf_device *dev, int64_t rows, int64_t c, const float *table,
                          const int32_t *index, float *y)
{
    (void)dev;
    for (int64_t r = 0; r < rows; r++)
        memcpy(y + r * c, table + index[r] * c, (size_t)c * sizeof *y);
    return RMF_OK;
}

rmf_status rmf_ref_gather_grad(rmf_device *dev, int64_t rows, int64_t c, const float *dy,
                               const int32_t *index, float *dtable)
{
    (void)dev;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < c; j++)
            dtable[index[r] * c + j] += dy[r * c + j];
    return RMF_OK;
}
