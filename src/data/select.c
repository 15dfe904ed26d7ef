/** data/select.c – data.classes and data.max_per_class. */
#include "data/select.h"

#include <stdio.h>
#include <string.h>

#include "data/dataset.h"

static rmf_status fail_unknown(const rmf_settings *settings, const rmf_dataset *data,
                               const char *name)
{
    char known[600] = "";
    size_t used = 0;
    int shown = 0;
    for (; shown < data->n_classes && used + 80 < sizeof known; shown++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%.60s",
                                 shown > 0 ? ", " : "", data->class_name[shown]);
    return rmf_fail(RMF_ERR_USAGE, "%s: data.classes names \"%.60s\"; expected of: %s%s",
                    rmf_settings_place(settings, "data.classes"), name, known,
                    shown < data->n_classes ? ", …" : "");
}

/** keep[c] = whether data.classes names class c; all when it is not set. */
static rmf_status choose_classes(const rmf_settings *settings, const rmf_dataset *data, bool *keep)
{
    char **name = NULL;
    size_t count = 0;
    if (rmf_settings_text(settings, "data.classes") != NULL)
        RMF_TRY(rmf_settings_list(settings, "data.classes", &name, &count));
    rmf_status status = RMF_OK;
    for (size_t i = 0; i < count && status == RMF_OK; i++) {
        int c = 0;
        while (c < data->n_classes && strcmp(data->class_name[c], name[i]) != 0)
            c++;
        if (c == data->n_classes)
            status = fail_unknown(settings, data, name[i]);
        else
            keep[c] = true;
    }
    for (int c = 0; c < data->n_classes && count == 0; c++)
        keep[c] = true;
    rmf_free(name);
    return status;
}

/** Numbers the kept classes anew and drops the names of the others. */
static rmf_status drop_classes(rmf_dataset *data, const bool *keep)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)data->n_classes, sizeof(int32_t), &block));
    int32_t *number = block, count = 0;
    for (int c = 0; c < data->n_classes; c++) {
        if (keep[c]) {
            number[c] = count;
            data->class_name[count++] = data->class_name[c];
        } else {
            rmf_free(data->class_name[c]);
        }
    }
    for (int64_t i = 0; i < data->n; i++)
        data->label[i] = number[data->label[i]];
    data->n_classes = count;
    rmf_free(block);
    return RMF_OK;
}

/** rows[0…*count): rows of kept classes, the first `most` of each (0 = all), in their order. */
static rmf_status choose_rows(const rmf_dataset *data, const bool *keep, int64_t most,
                              int64_t *rows, int64_t *count)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)data->n_classes, sizeof(int64_t), &block));
    int64_t *seen = block;
    *count = 0;
    for (int64_t i = 0; i < data->n; i++)
        if (keep[data->label[i]] && (most == 0 || seen[data->label[i]]++ < most))
            rows[(*count)++] = i;
    rmf_free(block);
    return RMF_OK;
}

static rmf_status select_rows(rmf_dataset *data, const bool *keep, int64_t most)
{
    void *rows = NULL;
    int64_t count = 0;
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof(int64_t), &rows));
    rmf_dataset chosen = {0};
    rmf_status status = choose_rows(data, keep, most, rows, &count);
    if (status == RMF_OK && count < data->n) {
        status = rmf_dataset_take(data, rows, count, &chosen);
        if (status == RMF_OK) status = drop_classes(&chosen, keep);
        if (status == RMF_OK) {
            rmf_dataset_free(data);
            *data = chosen;
        } else {
            rmf_dataset_free(&chosen);
        }
    }
    rmf_free(rows);
    return status;
}

rmf_status rmf_dataset_select(const rmf_settings *settings, rmf_dataset *data)
{
    void *keep = NULL;
    RMF_TRY(rmf_alloc((size_t)data->n_classes, sizeof(bool), &keep));
    rmf_status status = choose_classes(settings, data, keep);
    int64_t most = rmf_settings_int(settings, "data.max_per_class", 0);
    if (status == RMF_OK) status = select_rows(data, keep, most);
    rmf_free(keep);
    return status;
}
