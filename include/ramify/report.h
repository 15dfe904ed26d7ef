/**
 * ramify/report.h – pictures of samples.
 */
#ifndef RAMIFY_REPORT_H
#define RAMIFY_REPORT_H

#include "ramify/core.h"
#include "ramify/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Images side by side, one row a class. */
typedef struct rmf_grid_args {
    const float *x; /* [rows·columns, height, width, channels], in the data's own units; borrowed.
                       NaN: nothing to show there (a class with fewer images than columns) */
    int64_t rows, columns;
    int64_t shape[3];          /* height, width, channels of one image; channels 1 or 3 */
    double low, high;          /* drawn black and white; values beyond are clipped */
    int scale;                 /* screen pixels a value, 1 to 64; 0 = chosen to be well seen */
    const char *const *labels; /* [rows] texts (UTF-8) left of the rows, or NULL */
} rmf_grid_args;

/** Draws the grid into *out (free out->pixel with rmf_free); grey or RGB. */
RMF_API RMF_CHECKED rmf_status rmf_grid_draw(const rmf_grid_args *args, rmf_image *out);

/**
 * Draws the grid and writes it as PNG, atomically.  RMF_ERR_ARGUMENT if the arguments make no
 * picture (no cells, low ≥ high, other channels, above 2^28 pixels), RMF_ERR_EXISTS as
 * rmf_writer_open().
 */
RMF_API RMF_CHECKED rmf_status rmf_grid_write(const char *path, bool replace,
                                              const rmf_grid_args *args);

#ifdef __cplusplus
}
#endif
#endif
