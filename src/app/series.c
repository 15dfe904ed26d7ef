/* app/series.c – pictures of several series of images, one above the other, line after line: an
 * object before, and below it the same object after. */
#include "app/transmute.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 20 };

rmf_status rmf_series_check(const char *path, int rank, const int64_t shape[3])
{
    if (rank == 3 && (shape[2] == 1 || shape[2] == 3)) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: these objects are no images; expected .npz or .csv", path);
}

/* Line l of the grid holds series l mod n_series. */
static void fill(const rmf_series *series, int n_series, const rmf_grid_args *grid, int64_t n,
                 int64_t features, float *x, const char **labels)
{
    for (int64_t line = 0; line < grid->rows; line++) {
        const rmf_series *s = &series[line % n_series];
        const int64_t first = line / n_series * grid->columns;
        labels[line] = s->label;
        for (int64_t c = 0; c < grid->columns; c++) {
            float *to = x + (line * grid->columns + c) * features;
            if (first + c < n)
                memcpy(to, s->x + (first + c) * features, (size_t)features * sizeof *to);
            else
                for (int64_t i = 0; i < features; i++)
                    to[i] = NAN; /* the grid draws nothing there */
        }
    }
}

rmf_status rmf_series_write(const char *path, bool replace, const rmf_samples *like,
                            const rmf_series *series, int n_series, int64_t n)
{
    RMF_TRY(rmf_series_check(path, like->rank, like->shape));
    const int64_t side = like->shape[0] > like->shape[1] ? like->shape[0] : like->shape[1];
    rmf_grid_args grid = {.columns = n < COLUMNS ? n : COLUMNS,
                          .low = like->low,
                          .high = like->high,
                          .scale = side >= 48 ? 1 : (int)(56 / side)};
    grid.rows = n_series * ((n + grid.columns - 1) / grid.columns);
    memcpy(grid.shape, like->shape, sizeof grid.shape);
    const size_t cells = (size_t)(grid.rows * grid.columns);
    float *x = NULL;
    const char **labels = NULL;
    rmf_status s = rmf_alloc(cells, (size_t)like->features * sizeof *x, (void **)&x);
    if (s == RMF_OK) s = rmf_alloc((size_t)grid.rows, sizeof *labels, (void **)&labels);
    if (s == RMF_OK) {
        fill(series, n_series, &grid, n, like->features, x, labels);
        grid.x = x;
        grid.labels = labels;
        s = rmf_grid_write(path, replace, &grid);
    }
    rmf_free(x);
    rmf_free(labels);
    return s;
}

bool rmf_is_picture(const char *path)
{
    return path && rmf_ends_with(path, ".png");
}
