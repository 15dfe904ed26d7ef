/** data/npz.c – reader of NumPy archives with arrays x and label, and perhaps classes (names). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/dataset.h"
#include "data/labels.h"
#include "ramify/io.h"

/** The array of a name, or RMF_ERR_FORMAT with the names that there are. */
static rmf_status find(const rmf_arrays *arrays, const char *path, const char *name,
                       const rmf_array **out)
{
    *out = rmf_arrays_find(arrays, name);
    if (*out != NULL) return RMF_OK;
    char known[256] = "none";
    size_t used = 0;
    for (size_t i = 0; i < arrays->count && used < sizeof known - 1; i++) {
        int written = snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                               arrays->array[i].name);
        used += written > 0 ? (size_t)written : 0;
    }
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: no array \"%s\"; expected x and label (data.label names another); it "
                    "holds: %s",
                    path, name, known);
}

static rmf_status read_values(const rmf_array *x, const char *path, rmf_dataset *out)
{
    if (x->rank < 1 || x->rank > 4 || x->type == RMF_TEXT || rmf_array_count(x) == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: x has %d dimensions and %" PRId64 " elements; expected numbers [n, "
                        "features], [n, height, width] or [n, height, width, channels]",
                        path, x->rank, rmf_array_count(x));
    int64_t shape[3] = {1, 1, 1};
    for (int i = 1; i < x->rank; i++)
        shape[i - 1] = x->shape[i];
    RMF_TRY(rmf_dataset_allocate(x->shape[0], x->rank > 2 ? 3 : 1, shape, out));
    float *values = NULL;
    RMF_TRY(rmf_array_floats(x, &values));
    rmf_free(out->x);
    out->x = values;
    for (int64_t i = 0; i < out->n * out->features; i++)
        if (!isfinite(values[i]))
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: value %" PRId64 " of x[%" PRId64 "] is %g; expected finite "
                            "numbers",
                            path, i % out->features, i / out->features, (double)values[i]);
    if (x->type == RMF_U8) out->high = 255;
    return RMF_OK;
}

/** Writes label `index` as text: a name, or a number. */
static rmf_status label_text(const rmf_array *label, const int64_t *number,
                             const rmf_array *classes, int64_t index, char **out)
{
    if (label->type == RMF_TEXT) return rmf_array_text(label, index, out);
    if (classes == NULL) {
        char text[24];
        snprintf(text, sizeof text, "%" PRId64, number[index]);
        return rmf_copy_text(text, out);
    }
    if (number[index] < 0 || number[index] >= rmf_array_count(classes))
        return rmf_fail(RMF_ERR_FORMAT,
                        "label[%" PRId64 "] is %" PRId64 "; expected 0 to %" PRId64
                        ", since classes names %" PRId64,
                        index, number[index], rmf_array_count(classes) - 1,
                        rmf_array_count(classes));
    return rmf_array_text(classes, number[index], out);
}

static rmf_status add_labels(const rmf_array *label, const int64_t *number,
                             const rmf_array *classes, rmf_labels *labels, rmf_dataset *out)
{
    for (int64_t i = 0; i < out->n; i++) {
        char *text = NULL;
        RMF_TRY(label_text(label, number, classes, i, &text));
        rmf_status status = RMF_OK;
        if (text[0] == '\0')
            status =
                rmf_fail(RMF_ERR_FORMAT,
                         "the class of label[%" PRId64 "] is an empty text; expected a name", i);
        if (status == RMF_OK) status = rmf_labels_add(labels, text, strlen(text), &out->label[i]);
        rmf_free(text);
        RMF_TRY(status);
    }
    return RMF_OK;
}

static rmf_status read_labels(const rmf_array *label, const rmf_array *classes, const char *path,
                              rmf_dataset *out)
{
    if (label->rank != 1 || label->shape[0] != out->n)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %s has %d dimensions and %" PRId64 " elements; expected [%" PRId64
                        "], one label for each object",
                        path, label->name, label->rank, rmf_array_count(label), out->n);
    if (classes != NULL && (classes->type != RMF_TEXT || classes->rank != 1))
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: classes is no list of texts; expected the name of class 0, 1, …",
                        path);
    int64_t *number = NULL;
    rmf_status status = RMF_OK;
    if (label->type != RMF_TEXT) status = rmf_array_ints(label, &number);
    rmf_labels labels = {0};
    if (status == RMF_OK) status = add_labels(label, number, classes, &labels, out);
    if (status == RMF_OK)
        status = rmf_labels_finish(&labels, out);
    else if (status != RMF_ERR_MEMORY)
        rmf_fail_in(status, path);
    rmf_labels_free(&labels);
    rmf_free(number);
    return status;
}

static rmf_status convert(const rmf_arrays *arrays, const char *path, const char *label_name,
                          rmf_dataset *out)
{
    const rmf_array *x = NULL, *label = NULL;
    RMF_TRY(find(arrays, path, "x", &x));
    RMF_TRY(find(arrays, path, label_name, &label));
    RMF_TRY(read_values(x, path, out));
    return read_labels(label, rmf_arrays_find(arrays, "classes"), path, out);
}

static bool accepts(const char *path)
{
    return rmf_has_ending(path, ".npz");
}

static rmf_status read(const char *path, const rmf_settings *settings, rmf_dataset *out)
{
    const char *label = rmf_settings_text(settings, "data.label");
    rmf_arrays arrays = {0};
    RMF_TRY(rmf_npz_read(path, &arrays));
    rmf_dataset data = {0};
    rmf_status status = convert(&arrays, path, label != NULL ? label : "label", &data);
    rmf_arrays_free(&arrays);
    if (status != RMF_OK) {
        rmf_dataset_free(&data);
        return status;
    }
    snprintf(data.source, sizeof data.source, "%s", path);
    *out = data;
    return RMF_OK;
}

const rmf_dataset_ops rmf_dataset_npz_ops = {
    .name = "npz",
    .summary = "NumPy archive: x, label (numbers or texts) and perhaps classes (names)",
    .source = "numpy.org, numpy.lib.format",
    .accepts = accepts,
    .read = read,
};
