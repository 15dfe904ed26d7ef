/* app/columns.c – numbers by object, as .npz or .csv. */
#include "app/labelled.h"

#include <math.h>
#include <string.h>

rmf_status rmf_columns_ending(const char *path)
{
    if (rmf_ends_with(path, ".npz") || rmf_ends_with(path, ".csv")) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: unknown ending; expected .npz or .csv", path);
}

static rmf_status write_npz(const char *path, bool replace, const rmf_asked *a,
                            const rmf_column *columns, int n)
{
    rmf_arrays arrays = {0};
    const int64_t rows = a->data.n;
    const char *kind = rmf_dequantisation_name(a);
    int32_t *label = NULL;
    RMF_TRY(rmf_alloc((size_t)rows, sizeof *label, (void **)&label));
    for (int64_t i = 0; i < rows; i++)
        label[i] = a->label[i];
    rmf_status s = rmf_arrays_add(&arrays, "label", RMF_I32, 1, &rows, label);
    rmf_free(label);
    if (s == RMF_OK) s = rmf_arrays_add_texts(&arrays, "classes", a->name, (size_t)a->n_classes);
    if (s == RMF_OK) s = rmf_arrays_add_texts(&arrays, "dequantise", &kind, 1);
    for (int k = 0; s == RMF_OK && k < n; k++) {
        const int64_t shape[] = {rows, columns[k].width};
        s = rmf_arrays_add(&arrays, columns[k].name, RMF_F64, columns[k].width > 1 ? 2 : 1, shape,
                           columns[k].value);
    }
    if (s == RMF_OK) s = rmf_npz_write(path, replace, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

static rmf_status put_head(rmf_writer *w, const rmf_asked *a, const rmf_column *columns, int n)
{
    RMF_TRY(rmf_writer_print(w, "label"));
    for (int k = 0; k < n; k++)
        for (int c = 0; c < columns[k].width; c++) {
            RMF_TRY(rmf_writer_print(w, ",%s", columns[k].name));
            if (columns[k].width == 1) continue;
            RMF_TRY(rmf_writer_print(w, "."));
            RMF_TRY(rmf_writer_field(w, a->name[c]));
        }
    return rmf_writer_print(w, "\n");
}

/* An empty field where there is no number. */
static rmf_status put_rows(rmf_writer *w, const rmf_asked *a, const rmf_column *columns, int n)
{
    RMF_TRY(put_head(w, a, columns, n));
    for (int64_t i = 0; i < a->data.n; i++) {
        RMF_TRY(rmf_writer_field(w, a->data.class_name[a->data.label[i]]));
        for (int k = 0; k < n; k++)
            for (int c = 0; c < columns[k].width; c++) {
                const double value = columns[k].value[i * columns[k].width + c];
                RMF_TRY(isnan(value) ? rmf_writer_print(w, ",")
                                     : rmf_writer_print(w, ",%.9g", value));
            }
        RMF_TRY(rmf_writer_print(w, "\n"));
    }
    return RMF_OK;
}

rmf_status rmf_columns_write(const char *path, bool replace, const rmf_asked *asked,
                             const rmf_column *columns, int n)
{
    rmf_writer *w = NULL;
    if (rmf_ends_with(path, ".npz")) return write_npz(path, replace, asked, columns, n);
    RMF_TRY(rmf_writer_open(path, replace, &w));
    return rmf_writer_end(w, put_rows(w, asked, columns, n));
}
