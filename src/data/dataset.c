/** data/dataset.c – data sets in memory: allocation, copies of rows, views. */
#include "data/dataset.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

void rmf_texts_free(char **texts, int64_t count)
{
    for (int64_t i = 0; texts != NULL && i < count; i++)
        rmf_free(texts[i]);
    rmf_free(texts);
}

void rmf_dataset_free(rmf_dataset *data)
{
    if (data == NULL) return;
    rmf_free(data->x);
    rmf_free(data->label);
    rmf_texts_free(data->class_name, data->n_classes);
    rmf_texts_free(data->feature_name, data->features);
    *data = (rmf_dataset){0};
}

rmf_status rmf_dataset_allocate(int64_t n, int rank, const int64_t shape[3], rmf_dataset *out)
{
    int64_t features = 1;
    for (int i = 0; i < 3; i++) {
        if (shape[i] < 1 || features > INT64_MAX / shape[i])
            return rmf_fail(RMF_ERR_FORMAT,
                            "objects of %" PRId64 "×%" PRId64 "×%" PRId64
                            " values; expected at least one and fewer than 2^63",
                            shape[0], shape[1], shape[2]);
        features *= shape[i];
    }
    if (n < 0 || (uint64_t)features > SIZE_MAX / sizeof(float))
        return rmf_fail(RMF_ERR_FORMAT, "%" PRId64 " objects of %" PRId64 " values", n, features);
    void *x = NULL, *label = NULL;
    RMF_TRY(rmf_alloc((size_t)n, (size_t)features * sizeof(float), &x));
    rmf_status status = rmf_alloc((size_t)n, sizeof(int32_t), &label);
    if (status != RMF_OK) {
        rmf_free(x);
        return status;
    }
    out->n = n;
    out->features = features;
    out->rank = rank;
    memcpy(out->shape, shape, sizeof out->shape);
    out->x = x;
    out->label = label;
    return RMF_OK;
}

static rmf_status copy_texts(char *const *texts, int64_t count, char ***out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)count, sizeof(char *), &block));
    char **copy = block;
    for (int64_t i = 0; i < count; i++) {
        rmf_status status = rmf_copy_text(texts[i], &copy[i]);
        if (status != RMF_OK) {
            rmf_texts_free(copy, count);
            return status;
        }
    }
    *out = copy;
    return RMF_OK;
}

static rmf_status take(const rmf_dataset *data, const int64_t *rows, rmf_dataset *out)
{
    for (int64_t i = 0; i < out->n; i++) {
        if (rows[i] < 0 || rows[i] >= data->n)
            return rmf_fail(RMF_ERR_ARGUMENT, "row %" PRId64 "; expected 0 to %" PRId64, rows[i],
                            data->n - 1);
        memcpy(out->x + i * data->features, data->x + rows[i] * data->features,
               (size_t)data->features * sizeof(float));
        out->label[i] = data->label[rows[i]];
    }
    RMF_TRY(copy_texts(data->class_name, data->n_classes, &out->class_name));
    out->n_classes = data->n_classes;
    if (data->feature_name != NULL)
        RMF_TRY(copy_texts(data->feature_name, data->features, &out->feature_name));
    return RMF_OK;
}

rmf_status rmf_dataset_take(const rmf_dataset *data, const int64_t *rows, int64_t n,
                            rmf_dataset *out)
{
    rmf_dataset chosen = {0};
    RMF_TRY(rmf_dataset_allocate(n, data->rank, data->shape, &chosen));
    rmf_status status = take(data, rows, &chosen);
    if (status != RMF_OK) {
        rmf_dataset_free(&chosen);
        return status;
    }
    chosen.low = data->low;
    chosen.high = data->high;
    memcpy(chosen.source, data->source, sizeof chosen.source);
    *out = chosen;
    return RMF_OK;
}

rmf_labelled rmf_dataset_labelled(const rmf_dataset *data)
{
    return (rmf_labelled){.n = data->n,
                          .features = data->features,
                          .x = data->x,
                          .label = data->label,
                          .n_names = data->n_classes,
                          .names = (const char *const *)data->class_name};
}

bool rmf_has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), wanted = strlen(ending);
    if (length > 3 && strcasecmp(path + length - 3, ".gz") == 0) length -= 3;
    return length > wanted && strncasecmp(path + length - wanted, ending, wanted) == 0;
}
