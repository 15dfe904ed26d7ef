/** data/png_write.c – images as a folder of PNG files, as png_folder.c reads them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/error.h"
#include "ramify/data.h"
#include "ramify/io.h"

/** A name that is a folder, or nested ones, below the root and not hidden. */
static bool names_folder(const char *name)
{
    for (const char *part = name;; part++) {
        if (*part == '/' || *part == '.' || *part == '\0') return false;
        part = strchrnul(part, '/');
        if (*part == '\0') return true;
    }
}

static rmf_status check(const rmf_dataset *data, const char *path)
{
    if (data->rank != 3 || (data->shape[2] != 1 && data->shape[2] != 3))
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: these objects are no images; expected .npz or .csv for them", path);
    for (int c = 0; c < data->n_classes; c++)
        if (!names_folder(data->class_name[c]))
            return rmf_fail(RMF_ERR_USAGE,
                            "%s: class \"%s\" can't be the name of a folder; expected .npz or .csv",
                            path, data->class_name[c]);
    if (access(path, F_OK) == 0)
        return rmf_fail(RMF_ERR_EXISTS,
                        "%s: already exists; expected a new name: a folder is never replaced",
                        path);
    return RMF_OK;
}

/** What is drawn black and white: the format's range, else that of the values. */
static rmf_status find_range(const rmf_dataset *data, double range[2])
{
    rmf_normalisation map;
    RMF_TRY(rmf_normalisation_fit(data, "range", &map));
    rmf_normalisation_range(&map, &range[0], &range[1]);
    rmf_normalisation_free(&map);
    return RMF_OK;
}

static rmf_status write_one(const rmf_dataset *data, int64_t row, const double range[2],
                            const char *folder, int64_t number)
{
    char name[32], *path = NULL;
    rmf_image image = {data->shape[0], data->shape[1], (int)data->shape[2], NULL};
    const float *x = data->x + row * data->features;
    snprintf(name, sizeof name, "%06lld.png", (long long)number);
    RMF_TRY(rmf_path_join(folder, name, &path));
    rmf_status s = rmf_alloc((size_t)data->features, 1, (void **)&image.pixel);
    for (int64_t i = 0; s == RMF_OK && i < data->features; i++)
        image.pixel[i] =
            (uint8_t)lround(255 * fmin(fmax((x[i] - range[0]) / (range[1] - range[0]), 0), 1));
    if (s == RMF_OK) s = rmf_png_write(path, false, &image);
    rmf_free(image.pixel);
    rmf_free(path);
    return s;
}

static rmf_status tell(const rmf_progress *progress, int64_t done, int64_t total)
{
    const rmf_progress_event event = {"writing", done, total, "images", NAN, NAN, NULL};
    if (rmf_progress_tell(progress, &event)) return RMF_OK;
    return rmf_fail(RMF_ERR_INTERRUPTED, "writing images: stopped on request; nothing was kept");
}

static rmf_status write_class(const rmf_dataset *data, int class, const double range[2],
                              const char *root, const rmf_progress *progress, int64_t *done)
{
    char *folder = NULL;
    int64_t number = 0;
    RMF_TRY(rmf_path_join(root, data->class_name[class], &folder));
    rmf_status s = rmf_make_folder(folder);
    for (int64_t i = 0; s == RMF_OK && i < data->n; i++)
        if (data->label[i] == class) {
            s = write_one(data, i, range, folder, number++);
            if (s == RMF_OK) s = tell(progress, ++*done, data->n);
        }
    rmf_free(folder);
    return s;
}

rmf_status rmf_dataset_write_folder(const rmf_dataset *data, const char *path,
                                    const rmf_progress *progress)
{
    double range[2];
    char name[4096];
    int64_t done = 0;
    RMF_TRY(check(data, path));
    if (snprintf(name, sizeof name, "%s.tmp-%ld", path, (long)getpid()) >= (int)sizeof name)
        return rmf_fail(RMF_ERR_USAGE, "%s: the path is too long", path);
    RMF_TRY(find_range(data, range));
    rmf_status s = rmf_make_folder(name);
    for (int c = 0; s == RMF_OK && c < data->n_classes; c++)
        s = write_class(data, c, range, name, progress, &done);
    if (s == RMF_OK && rename(name, path) != 0) s = rmf_fail_system(path, "write", errno);
    if (s != RMF_OK) rmf_remove_folder(name);
    return s;
}
