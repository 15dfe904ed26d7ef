/* device/cpu/columns.h – a convolution's inputs laid out as a matrix, and the adjoint. */
#ifndef DEVICE_CPU_COLUMNS_H
#define DEVICE_CPU_COLUMNS_H

#include "ramify/device.h"

/* Rows of output pixels are numbered n·oh + oy.  Writes, for each output pixel of rows
 * [first, first + rows), the kh·kw·cin inputs under the kernel; zeros where it overhangs. */
void rmf_columns_of_rows(const rmf_conv *a, const float *x, int64_t first, int64_t rows,
                         float *columns);
/* One row of input pixels (iy of a sample): dx_row [w, cin] = beta·dx_row + bias + what the
 * sample's columns [oh, ow, kh, kw, cin] hold for it. */
void rmf_row_of_columns(const rmf_conv *a, const float *columns, const float *bias, int64_t iy,
                        float *dx_row, float beta);

#endif
