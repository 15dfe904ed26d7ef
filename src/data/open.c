/** data/open.c – from settings to a data set: finds the file, chooses the reader, selects. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/select.h"
#include "ramify/io.h"

/** Joins and keeps the path if something is there; else *out stays NULL. */
static rmf_status try_folder(const char *folder, const char *name, char **out)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(folder, name, &path));
    if (rmf_file_exists(path))
        *out = path;
    else
        rmf_free(path);
    return RMF_OK;
}

/** Finds the file of a key relative to `base`, then to RAMIFY_DATA. */
static rmf_status find_file(const rmf_settings *settings, const char *key, const char *base,
                            char **out)
{
    const char *name = rmf_settings_text(settings, key), *shared = getenv("RAMIFY_DATA");
    *out = NULL;
    RMF_TRY(try_folder(base != NULL ? base : ".", name, out));
    if (*out == NULL && shared != NULL && shared[0] != '\0') RMF_TRY(try_folder(shared, name, out));
    if (*out != NULL) return RMF_OK;
    return rmf_fail(RMF_ERR_IO, "%s: %s is \"%s\"; no such file in %s nor in RAMIFY_DATA (%s)",
                    rmf_settings_place(settings, key), key, name, base != NULL ? base : ".",
                    shared != NULL && shared[0] != '\0' ? shared : "which is not set");
}

static const rmf_dataset_ops *find_reader(const char *name)
{
    const rmf_dataset_ops *const *ops = rmf_dataset_registry();
    while (*ops != NULL && strcmp((*ops)->name, name) != 0)
        ops++;
    return *ops;
}

/** The reader that accepts a path. */
static rmf_status guess_reader(const char *path, const rmf_dataset_ops **out)
{
    const rmf_dataset_ops *const *ops = rmf_dataset_registry();
    while (*ops != NULL && !(*ops)->accepts(path))
        ops++;
    *out = *ops;
    if (*out != NULL) return RMF_OK;
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: of no known format; expected IDX, .csv, .npz or a folder of PNG files; "
                    "data.format names it",
                    path);
}

/** The settings with data.label made the path of the labels file that it names. */
static rmf_status with_label_file(const rmf_settings *settings, const char *base,
                                  rmf_settings **out)
{
    char *path = NULL;
    rmf_settings *copy = NULL;
    RMF_TRY(find_file(settings, "data.label", base, &path));
    rmf_status status = rmf_settings_copy(settings, &copy);
    if (status == RMF_OK)
        status =
            rmf_settings_put(copy, "data.label", path, rmf_settings_place(settings, "data.label"));
    rmf_free(path);
    if (status != RMF_OK) {
        rmf_settings_free(copy);
        return status;
    }
    *out = copy;
    return RMF_OK;
}

static rmf_status read_file(const rmf_settings *settings, const char *base,
                            const rmf_dataset_ops *ops, rmf_dataset *out)
{
    char *path = NULL;
    rmf_settings *own = NULL;
    if (rmf_settings_text(settings, "data.path") == NULL)
        return rmf_fail(RMF_ERR_USAGE,
                        "data.path is not set; expected the file or folder of the data");
    RMF_TRY(find_file(settings, "data.path", base, &path));
    rmf_status status = ops != NULL ? RMF_OK : guess_reader(path, &ops);
    bool labels =
        status == RMF_OK && ops->label_is_file && rmf_settings_text(settings, "data.label") != NULL;
    if (labels) status = with_label_file(settings, base, &own);
    if (status == RMF_OK) status = ops->read(path, labels ? own : settings, out);
    rmf_settings_free(own);
    rmf_free(path);
    return status;
}

/** data.shape: rows of a table as images. */
static rmf_status apply_shape(const rmf_settings *settings, rmf_dataset *data)
{
    char **text = NULL;
    size_t count = 0;
    if (rmf_settings_text(settings, "data.shape") == NULL) return RMF_OK;
    RMF_TRY(rmf_settings_list(settings, "data.shape", &text, &count));
    int64_t shape[3] = {1, 1, 1}, product = 1;
    for (size_t i = 0; i < count && i < 3; i++) {
        shape[i] = strtoll(text[i], NULL, 10);
        product = shape[i] > 0 && shape[i] <= 65536 ? product * shape[i] : 0;
    }
    rmf_free(text);
    if (count < 2 || count > 3 || product != data->features)
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: data.shape is %s; expected height,width or height,width,channels "
                        "with the product %" PRId64,
                        rmf_settings_place(settings, "data.shape"),
                        rmf_settings_text(settings, "data.shape"), data->features);
    memcpy(data->shape, shape, sizeof shape);
    data->rank = 3;
    return RMF_OK;
}

/** data.low and data.high: the range that the values can have. */
static rmf_status apply_range(const rmf_settings *settings, rmf_dataset *data)
{
    bool low = rmf_settings_text(settings, "data.low") != NULL;
    bool high = rmf_settings_text(settings, "data.high") != NULL;
    if (!low && !high) return RMF_OK;
    data->low = rmf_settings_real(settings, "data.low", data->low);
    data->high = rmf_settings_real(settings, "data.high", data->high);
    if (data->low < data->high) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: data.low is %g and data.high is %g; expected low < high",
                    rmf_settings_place(settings, low ? "data.low" : "data.high"), data->low,
                    data->high);
}

rmf_status rmf_dataset_open(const rmf_settings *settings, const char *base, rmf_dataset *out)
{
    const char *format = rmf_settings_text(settings, "data.format");
    const char *path = rmf_settings_text(settings, "data.path");
    const rmf_dataset_ops *ops = NULL;
    if (format != NULL && strcmp(format, "auto") != 0) {
        ops = find_reader(format);
        if (ops == NULL)
            return rmf_fail(RMF_ERR_USAGE, "%s: data.format is \"%s\"; expected one of %s",
                            rmf_settings_place(settings, "data.format"), format,
                            rmf_data_options[0].choices);
    } else if (path != NULL && rmf_dataset_digits_ops.accepts(path)) {
        ops = &rmf_dataset_digits_ops;
    }
    rmf_dataset data = {0};
    RMF_TRY(ops == &rmf_dataset_digits_ops ? rmf_dataset_digits(&data)
                                           : read_file(settings, base, ops, &data));
    rmf_status status = apply_shape(settings, &data);
    if (status == RMF_OK) status = apply_range(settings, &data);
    if (status == RMF_OK) status = rmf_dataset_select(settings, &data);
    if (status != RMF_OK) {
        rmf_dataset_free(&data);
        return status;
    }
    *out = data;
    return RMF_OK;
}
