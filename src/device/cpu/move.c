/* device/cpu/move.c – copies of column ranges and ×2 upsampling. */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"

/* One copy_columns call. */
struct columns {
    int64_t repeat, from_width, to_width, count;
    const float *from; /* at its first column */
    float *to;
    float beta;
};

/* Rows [first, first + rows); a row of `from` serves `repeat` rows of `to`. */
RMF_INLINE void copy_rows_body(const struct columns *s, int64_t first, int64_t rows)
{
    const int64_t count = s->count;
    const float beta = s->beta;
    int64_t source = first / s->repeat, used = first % s->repeat;
    for (int64_t r = first; r < first + rows; r++) {
        const float *restrict from = s->from + source * s->from_width;
        float *restrict to = s->to + r * s->to_width;
        if (beta == 0) {
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                to[j] = from[j];
        } else {
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                to[j] = beta * to[j] + from[j];
        }
        used++;
        if (used == s->repeat) {
            used = 0;
            source++;
        }
    }
}
RMF_KERNEL(copy_rows, (const struct columns *s, int64_t first, int64_t rows), (s, first, rows))

rmf_status rmf_cpu_copy_columns(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                                int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                                int64_t to_off, int64_t count, float beta)
{
    (void)dev;
    const struct columns s = {repeat,          from_width,  to_width, count,
                              from + from_off, to + to_off, beta};
    const int64_t piece = rmf_rows_a_piece(count), pieces = rmf_pieces(rows, piece);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        copy_rows(&s, i * piece, rmf_piece(i, piece, rows));
    return RMF_OK;
}

/* One row of pixels of x becomes two of y. */
RMF_INLINE void double_row_body(const float *restrict x, float *restrict y, int64_t w, int64_t c)
{
    const int64_t below = 2 * w * c;
    for (int64_t column = 0; column < w; column++) {
        const float *from = x + column * c;
        float *to = y + 2 * column * c;
#pragma omp simd
        for (int64_t j = 0; j < c; j++) {
            to[j] = from[j];
            to[c + j] = from[j];
            to[below + j] = from[j];
            to[below + c + j] = from[j];
        }
    }
}
RMF_KERNEL(double_row, (const float *x, float *y, int64_t w, int64_t c), (x, y, w, c))

rmf_status rmf_cpu_upsample(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                            const float *x, float *y)
{
    (void)dev;
#pragma omp parallel for schedule(static) if (rmf_is_large(n * h, w * c))
    for (int64_t row = 0; row < n * h; row++)
        double_row(x + row * w * c, y + 4 * row * w * c, w, c);
    return RMF_OK;
}

RMF_INLINE void halve_row_body(const float *restrict dy, float *restrict dx, float beta, int64_t w,
                               int64_t c)
{
    const int64_t below = 2 * w * c;
    for (int64_t column = 0; column < w; column++) {
        const float *from = dy + 2 * column * c;
        float *to = dx + column * c;
        for (int64_t j = 0; beta != 1 && j < c; j++)
            to[j] = beta == 0 ? 0 : beta * to[j];
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            to[j] += (from[j] + from[c + j]) + (from[below + j] + from[below + c + j]);
    }
}
RMF_KERNEL(halve_row, (const float *dy, float *dx, float beta, int64_t w, int64_t c),
           (dy, dx, beta, w, c))

rmf_status rmf_cpu_upsample_grad(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                 const float *dy, float *dx, float beta)
{
    (void)dev;
#pragma omp parallel for schedule(static) if (rmf_is_large(n * h, 4 * w * c))
    for (int64_t row = 0; row < n * h; row++)
        halve_row(dy + 4 * row * w * c, dx + row * w * c, beta, w, c);
    return RMF_OK;
}
