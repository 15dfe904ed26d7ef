/* device/cpu/sums.c – sums over rows and the sum of squares.
 *
 * Every sum has a fixed partition (by shape, not by thread), so results are the same bits at every
 * thread count. */
#include "device/cpu/sums.h"

#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"

RMF_INLINE void eight_rows(const float *restrict x, int64_t width, int64_t count,
                           float *restrict out)
{
    const float *x4 = x + 4 * width;
#pragma omp simd
    for (int64_t j = 0; j < count; j++)
        out[j] += ((x[j] + x[width + j]) + (x[2 * width + j] + x[3 * width + j])) +
                  ((x4[j] + x4[width + j]) + (x4[2 * width + j] + x4[3 * width + j]));
}

RMF_INLINE void sum_rows_body(const float *restrict x, int64_t rows, int64_t width, int64_t count,
                              float *restrict out, float beta)
{
    for (int64_t j = 0; j < count; j++)
        out[j] = beta == 0 ? 0 : beta * out[j];
    int64_t i = 0;
    for (; i + 8 <= rows; i += 8)
        eight_rows(x + i * width, width, count, out);
    for (; i < rows; i++)
#pragma omp simd
        for (int64_t j = 0; j < count; j++)
            out[j] += x[i * width + j];
}
RMF_KERNEL(sum_rows,
           (const float *x, int64_t rows, int64_t width, int64_t count, float *out, float beta),
           (x, rows, width, count, out, beta))

void rmf_sum_rows(const float *x, int64_t rows, int64_t width, int64_t count, float *out,
                  float beta)
{
    sum_rows(x, rows, width, count, out, beta);
}

RMF_INLINE void add_row_body(float *restrict y, int64_t rows, int64_t count, int64_t width,
                             const float *restrict row)
{
    for (int64_t i = 0; i < rows; i++)
#pragma omp simd
        for (int64_t j = 0; j < count; j++)
            y[i * width + j] += row[j];
}
RMF_KERNEL(add_row, (float *y, int64_t rows, int64_t count, int64_t width, const float *row),
           (y, rows, count, width, row))

void rmf_add_row(float *y, int64_t rows, int64_t count, int64_t width, const float *row)
{
    const int64_t piece = rmf_rows_a_piece(count), pieces = rmf_pieces(rows, piece);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        add_row(y + i * piece * width, rmf_piece(i, piece, rows), count, width, row);
}

/* Rows are cut into at most 64 pieces of at least one block; pieces are summed in order. */
rmf_status rmf_cpu_column_sum(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *out,
                              float beta)
{
    const int64_t piece = rmf_max(rmf_pieces(rows, 64), rmf_rows_a_piece(c));
    const int64_t pieces = rmf_pieces(rows, piece);
    if (pieces <= 1) {
        rmf_sum_rows(x, rows, c, c, out, beta);
        return RMF_OK;
    }
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(rmf_cpu_of(dev), RMF_SCRATCH_PARTIAL,
                            (size_t)(pieces * c) * sizeof(float), &block));
    float *partial = block;
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        rmf_sum_rows(x + i * piece * c, rmf_piece(i, piece, rows), c, c, partial + i * c, 0);
    rmf_sum_rows(partial, pieces, c, c, out, beta);
    return RMF_OK;
}

rmf_status rmf_cpu_pixel_sum(rmf_device *dev, int64_t n, int64_t p, const float *x, int64_t width,
                             int64_t off, int64_t count, float *out, float beta)
{
    (void)dev;
#pragma omp parallel for schedule(static) if (rmf_is_large(n * p, count))
    for (int64_t i = 0; i < n; i++)
        rmf_sum_rows(x + i * p * width + off, p, width, count, out + i * count, beta);
    return RMF_OK;
}

enum { LANES = 8 };

/* Eight lanes in double, added up in order. */
RMF_INLINE void squares_body(const float *restrict x, int64_t n, double *restrict out)
{
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (double)x[i + l] * x[i + l];
    for (int l = 0; i < n; i++, l++)
        lane[l] += (double)x[i] * x[i];
    double sum = 0;
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    *out = sum;
}
RMF_KERNEL(squares, (const float *x, int64_t n, double *out), (x, n, out))

rmf_status rmf_cpu_sum_squares(rmf_device *dev, const float *x, int64_t count, double *out)
{
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(rmf_cpu_of(dev), RMF_SCRATCH_PARTIAL, (size_t)pieces * sizeof(double),
                            &block));
    double *partial = block, sum = 0;
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++)
        squares(x + i * RMF_BLOCK, rmf_piece(i, RMF_BLOCK, count), &partial[i]);
    for (int64_t i = 0; i < pieces; i++)
        sum += partial[i];
    *out = sum;
    return RMF_OK;
}
