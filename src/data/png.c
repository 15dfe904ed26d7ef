/** data/png.c – reader of a folder of PNG files: one folder a class, nested folders for groups. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "data/dataset.h"
#include "data/labels.h"
#include "data/png_folder.h"
#include "ramify/io.h"

/** Channels without alpha. */
static int colours(const rmf_image *image)
{
    return image->channels <= 2 ? 1 : 3;
}

static rmf_status check_size(const rmf_image *image, const char *path, const rmf_dataset *data,
                             const char *first)
{
    if (image->height == data->shape[0] && image->width == data->shape[1] &&
        colours(image) == data->shape[2])
        return RMF_OK;
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: %" PRId64 "×%" PRId64 " pixels of %d channels; expected %" PRId64
                    "×%" PRId64 " of %" PRId64 " as in %s: make all images the same size",
                    path, image->height, image->width, colours(image), data->shape[0],
                    data->shape[1], data->shape[2], first);
}

/** Pixels as numbers; an alpha channel must be opaque, since a model has no background. */
static rmf_status convert(const rmf_image *image, const char *path, float *x)
{
    int channels = image->channels, kept = colours(image);
    for (int64_t i = 0; i < image->height * image->width; i++) {
        const uint8_t *pixel = image->pixel + i * channels;
        for (int c = 0; c < kept; c++)
            x[i * kept + c] = pixel[c];
        if (channels > kept && pixel[kept] != 255)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: pixel (%" PRId64 ", %" PRId64 ") is transparent; expected opaque "
                            "images: flatten it onto a background",
                            path, i / image->width, i % image->width);
    }
    return RMF_OK;
}

static rmf_status read_image(const rmf_png_files *files, size_t index, rmf_dataset *out)
{
    rmf_image image = {0};
    const char *path = files->path[index];
    RMF_TRY(rmf_png_read(path, &image));
    rmf_status status = RMF_OK;
    if (index == 0) {
        const int64_t shape[3] = {image.height, image.width, colours(&image)};
        status = rmf_dataset_allocate((int64_t)files->count, 3, shape, out);
    }
    if (status == RMF_OK) status = check_size(&image, path, out, files->path[0]);
    if (status == RMF_OK) status = convert(&image, path, out->x + (int64_t)index * out->features);
    rmf_free(image.pixel);
    return status;
}

static rmf_status read_files(const rmf_png_files *files, rmf_dataset *out)
{
    rmf_labels labels = {0};
    rmf_status status = RMF_OK;
    for (size_t i = 0; i < files->count && status == RMF_OK; i++) {
        status = read_image(files, i, out);
        const char *klass = files->klass[i];
        if (status == RMF_OK)
            status = rmf_labels_add(&labels, klass, strlen(klass), &out->label[i]);
    }
    if (status == RMF_OK) status = rmf_labels_finish(&labels, out);
    rmf_labels_free(&labels);
    return status;
}

static bool accepts(const char *path)
{
    return rmf_is_folder(path);
}

static rmf_status read(const char *path, const rmf_settings *settings, rmf_dataset *out)
{
    (void)settings;
    rmf_png_files files = {0};
    RMF_TRY(rmf_png_files_list(path, &files));
    rmf_dataset data = {0};
    rmf_status status = read_files(&files, &data);
    rmf_png_files_free(&files);
    if (status != RMF_OK) {
        rmf_dataset_free(&data);
        return status;
    }
    data.high = 255;
    snprintf(data.source, sizeof data.source, "%s", path);
    *out = data;
    return RMF_OK;
}

const rmf_dataset_ops rmf_dataset_png_ops = {
    .name = "png",
    .summary = "folder of PNG files, one folder a class (nested ones: class a/b)",
    .source = "w3.org/TR/png",
    .accepts = accepts,
    .read = read,
};
