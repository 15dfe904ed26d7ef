/* device/cpu/columns.c – im2col and col2im for channels-last tensors.
 *
 * Channels last makes the kw taps of a kernel row one run of kw·cin consecutive floats, both in the
 * image and in the matrix; only runs that overhang the left or right edge are clipped. */
#include "device/cpu/columns.h"

#include "device/cpu/kernel.h"

/* Taps [first, last) of a kernel row that starts at column `ix` lie inside 0…w−1. */
struct taps {
    int64_t first, last;
};

RMF_INLINE struct taps taps_inside(int64_t ix, int64_t kw, int64_t w)
{
    struct taps t = {ix < 0 ? -ix : 0, ix + kw > w ? w - ix : kw};
    if (t.first > kw) t.first = kw;
    if (t.last < t.first) t.last = t.first;
    return t;
}

RMF_INLINE void copy(const float *restrict from, float *restrict to, int64_t count)
{
#pragma omp simd
    for (int64_t j = 0; j < count; j++)
        to[j] = from[j];
}

RMF_INLINE void zero(float *to, int64_t count)
{
#pragma omp simd
    for (int64_t j = 0; j < count; j++)
        to[j] = 0;
}

RMF_INLINE void columns_of_rows_body(const rmf_conv *a, const float *x, int64_t first, int64_t rows,
                                     float *columns)
{
    const int64_t c = a->cin, run = a->kw * c;
    float *to = columns;
    for (int64_t row = first; row < first + rows; row++) {
        const float *image = x + row / a->oh * a->h * a->w * c;
        const int64_t top = row % a->oh * a->stride - a->pad;
        for (int64_t ox = 0; ox < a->ow; ox++) {
            const int64_t ix = ox * a->stride - a->pad;
            const struct taps t = taps_inside(ix, a->kw, a->w);
            for (int64_t iy = top; iy < top + a->kh; iy++, to += run) {
                if (iy < 0 || iy >= a->h) {
                    zero(to, run);
                    continue;
                }
                zero(to, t.first * c);
                copy(image + (iy * a->w + ix + t.first) * c, to + t.first * c,
                     (t.last - t.first) * c);
                zero(to + t.last * c, (a->kw - t.last) * c);
            }
        }
    }
}
RMF_KERNEL(columns_of_rows,
           (const rmf_conv *a, const float *x, int64_t first, int64_t rows, float *columns),
           (a, x, first, rows, columns))

void rmf_columns_of_rows(const rmf_conv *a, const float *x, int64_t first, int64_t rows,
                         float *columns)
{
    columns_of_rows(a, x, first, rows, columns);
}

RMF_INLINE void start_row(float *row, int64_t w, int64_t c, const float *bias, float beta)
{
    for (int64_t ix = 0; ix < w; ix++)
        for (int64_t j = 0; j < c; j++) {
            const float old = beta == 0 ? 0 : beta * row[ix * c + j];
            row[ix * c + j] = old + (bias ? bias[j] : 0);
        }
}

/* Adds what kernel row ky of output row oy gives to the input row. */
RMF_INLINE void add_kernel_row(const rmf_conv *a, const float *columns, int64_t oy, int64_t ky,
                               float *row)
{
    const int64_t c = a->cin;
    for (int64_t ox = 0; ox < a->ow; ox++) {
        const int64_t ix = ox * a->stride - a->pad;
        const struct taps t = taps_inside(ix, a->kw, a->w);
        const float *restrict from =
            columns + (((oy * a->ow + ox) * a->kh + ky) * a->kw + t.first) * c;
        float *restrict to = row + (ix + t.first) * c;
#pragma omp simd
        for (int64_t j = 0; j < (t.last - t.first) * c; j++)
            to[j] += from[j];
    }
}

RMF_INLINE void row_of_columns_body(const rmf_conv *a, const float *columns, const float *bias,
                                    int64_t iy, float *dx_row, float beta)
{
    start_row(dx_row, a->w, a->cin, bias, beta);
    for (int64_t ky = 0; ky < a->kh; ky++) {
        const int64_t shifted = iy + a->pad - ky;
        if (shifted < 0 || shifted % a->stride != 0 || shifted / a->stride >= a->oh) continue;
        add_kernel_row(a, columns, shifted / a->stride, ky, dx_row);
    }
}
RMF_KERNEL(row_of_columns,
           (const rmf_conv *a, const float *columns, const float *bias, int64_t iy, float *dx_row,
            float beta),
           (a, columns, bias, iy, dx_row, beta))

void rmf_row_of_columns(const rmf_conv *a, const float *columns, const float *bias, int64_t iy,
                        float *dx_row, float beta)
{
    row_of_columns(a, columns, bias, iy, dx_row, beta);
}
