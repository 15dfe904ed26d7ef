/**
 * data/idx.c – reader of IDX files, the format of MNIST: two zero bytes, element type, number of
 * dimensions, the dimensions as big-endian 32-bit numbers, then the elements, big-endian.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/idx.h"
#include "data/labels.h"
#include "ramify/io.h"

enum {
    IDX_U8 = 0x08,
    IDX_I8 = 0x09,
    IDX_I16 = 0x0B,
    IDX_I32 = 0x0C,
    IDX_F32 = 0x0D,
    IDX_F64 = 0x0E
};
enum { MAX_DIMENSIONS = 3 };

typedef struct idx_file {
    const char *path;
    const unsigned char *element;
    int type, dimensions;
    int64_t n, item; /* objects; elements of one */
    int64_t size[MAX_DIMENSIONS];
} idx_file;

static size_t element_size(int type)
{
    switch (type) {
    case IDX_U8:
    case IDX_I8:
        return 1;
    case IDX_I16:
        return 2;
    case IDX_I32:
    case IDX_F32:
        return 4;
    case IDX_F64:
        return 8;
    default:
        return 0;
    }
}

/** Element `index` from its big-endian bytes. */
static double element_value(const idx_file *file, int64_t index)
{
    size_t size = element_size(file->type);
    const unsigned char *at = file->element + (size_t)index * size;
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | at[i];
    union {
        uint32_t bits;
        float value;
    } narrow = {.bits = (uint32_t)bits};
    union {
        uint64_t bits;
        double value;
    } wide = {.bits = bits};
    switch (file->type) {
    case IDX_I8:
        return (int8_t)bits;
    case IDX_I16:
        return (int16_t)bits;
    case IDX_I32:
        return (int32_t)bits;
    case IDX_F32:
        return narrow.value;
    case IDX_F64:
        return wide.value;
    default:
        return (double)bits;
    }
}

/** Reads type and dimensions and compares the size that they promise with the bytes that follow. */
static rmf_status read_header(const rmf_idx_bytes *bytes, idx_file *out)
{
    const unsigned char *head = (const unsigned char *)bytes->data;
    const size_t length = bytes->size;
    *out = (idx_file){.path = bytes->name};
    if (length < 4 || head[0] != 0 || head[1] != 0 || element_size(head[2]) == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: starts with other bytes than an IDX file; expected 0, 0, a type from "
                        "8 to 14 and the number of dimensions",
                        out->path);
    out->type = head[2];
    out->dimensions = head[3];
    if (out->dimensions < 1 || out->dimensions > MAX_DIMENSIONS)
        return rmf_fail(RMF_ERR_FORMAT, "%s: %d dimensions; expected 1 to %d", out->path,
                        out->dimensions, MAX_DIMENSIONS);
    size_t start = 4 + 4 * (size_t)out->dimensions;
    if (length < start)
        return rmf_fail(RMF_ERR_FORMAT, "%s: ends inside its header; fetch it again", out->path);
    size_t left = (length - start) / element_size(out->type);
    out->item = 1;
    for (int i = 0; i < out->dimensions; i++) {
        const unsigned char *at = head + 4 + 4 * i;
        out->size[i] = (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
        if (i == 0) continue;
        /* Divide, never multiply: the product may wrap when the header lies. */
        if (out->size[i] == 0 || (uint64_t)out->item > left / (uint64_t)out->size[i])
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: dimension %d is %" PRId64 ", but %zu bytes follow; the file is "
                            "cut off or damaged: fetch it again",
                            out->path, i + 1, out->size[i], length - start);
        out->item *= out->size[i];
    }
    out->n = out->size[0];
    size_t item = (size_t)out->item * element_size(out->type);
    if ((uint64_t)out->n > (length - start) / item || (size_t)out->n * item != length - start)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: header promises %" PRId64 " items of %zu bytes, but %zu bytes follow; "
                        "the file is cut off or damaged: fetch it again",
                        out->path, out->n, item, length - start);
    out->element = head + start;
    return RMF_OK;
}

static rmf_status read_values(const idx_file *file, rmf_dataset *out)
{
    int64_t count = out->n * out->features, bad = INT64_MAX;
    float *x = out->x;
    if (file->type == IDX_U8) {
#pragma omp parallel for schedule(static) if (count > 1000000)
        for (int64_t i = 0; i < count; i++)
            x[i] = file->element[i];
        return RMF_OK;
    }
#pragma omp parallel for schedule(static) reduction(min : bad) if (count > 1000000)
    for (int64_t i = 0; i < count; i++) {
        x[i] = (float)element_value(file, i);
        if (!isfinite(x[i]) && i < bad) bad = i;
    }
    if (bad != INT64_MAX)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: value %" PRId64 " of object %" PRId64 " (counted from 0) is %g; "
                        "expected finite numbers",
                        file->path, bad % out->features, bad / out->features, (double)x[bad]);
    return RMF_OK;
}

static rmf_status read_labels(const idx_file *file, const char *images, rmf_dataset *out)
{
    if (file->dimensions != 1 || file->type == IDX_F32 || file->type == IDX_F64)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %d dimensions of type %d; expected one dimension of whole numbers: "
                        "labels",
                        file->path, file->dimensions, file->type);
    if (file->n != out->n)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %" PRId64 " labels; expected %" PRId64 ", one for each object of %s",
                        file->path, file->n, out->n, images);
    rmf_labels labels = {0};
    rmf_status status = RMF_OK;
    for (int64_t i = 0; i < out->n && status == RMF_OK; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%d", (int)element_value(file, i));
        status = rmf_labels_add(&labels, text, (size_t)length, &out->label[i]);
    }
    if (status == RMF_OK) status = rmf_labels_finish(&labels, out);
    rmf_labels_free(&labels);
    return status;
}

/** Adds ".gz" to a path that has no such ending, or cuts it off. */
static rmf_status toggle_gz(char **path)
{
    size_t length = strlen(*path);
    void *block = NULL;
    RMF_TRY(rmf_alloc(length + 4, 1, &block));
    if (length > 3 && strcmp(*path + length - 3, ".gz") == 0)
        memcpy(block, *path, length - 3);
    else
        snprintf(block, length + 4, "%s.gz", *path);
    rmf_free(*path);
    *path = block;
    return RMF_OK;
}

/** …images-idx3… → …labels-idx1…, zipped or not, whichever exists. */
static rmf_status find_labels(const char *images, char **out)
{
    static const char from[] = "images-idx3", to[] = "labels-idx1";
    _Static_assert(sizeof from == sizeof to, "replaced in place");
    const char *name = strrchr(images, '/');
    const char *part = strstr(name != NULL ? name : images, from);
    if (part == NULL)
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: which file holds its labels? expected \"%s\" in the name, or "
                        "data.label with the labels file",
                        images, from);
    char *path = NULL;
    RMF_TRY(rmf_copy_text(images, &path));
    memcpy(path + (part - images), to, sizeof to - 1);
    rmf_status status = RMF_OK;
    if (!rmf_file_exists(path)) status = toggle_gz(&path);
    if (status == RMF_OK && !rmf_file_exists(path)) status = toggle_gz(&path);
    if (status != RMF_OK) {
        rmf_free(path);
        return status;
    }
    *out = path;
    return RMF_OK;
}

static rmf_status parse(const rmf_idx_bytes *objects, const rmf_idx_bytes *labels, rmf_dataset *out)
{
    idx_file file = {0};
    RMF_TRY(read_header(objects, &file));
    if (file.n == 0)
        return rmf_fail(RMF_ERR_FORMAT, "%s: 0 objects; expected at least one", objects->name);
    bool table = file.dimensions < 3;
    const int64_t shape[3] = {table ? file.item : file.size[1], table ? 1 : file.size[2], 1};
    RMF_TRY(rmf_dataset_allocate(file.n, table ? 1 : 3, shape, out));
    RMF_TRY(read_values(&file, out));
    if (file.type == IDX_U8) out->high = 255;
    RMF_TRY(read_header(labels, &file));
    return read_labels(&file, objects->name, out);
}

rmf_status rmf_idx_parse(const rmf_idx_bytes *objects, const rmf_idx_bytes *labels,
                         rmf_dataset *out)
{
    rmf_dataset data = {0};
    rmf_status status = parse(objects, labels, &data);
    if (status != RMF_OK) {
        rmf_dataset_free(&data);
        return status;
    }
    snprintf(data.source, sizeof data.source, "%s", objects->name);
    *out = data;
    return RMF_OK;
}

static bool accepts(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name != NULL ? name + 1 : path;
    if (strstr(name, "-idx") != NULL || rmf_has_ending(name, ".idx")) return true;
    unsigned char head[4] = {1};
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    size_t count = fread(head, 1, sizeof head, file);
    fclose(file);
    return count == 4 && head[0] == 0 && head[1] == 0 && element_size(head[2]) > 0 && head[3] > 0 &&
           head[3] <= MAX_DIMENSIONS;
}

static rmf_status read(const char *path, const rmf_settings *settings, rmf_dataset *out)
{
    const char *named = rmf_settings_text(settings, "data.label");
    char *label_path = NULL, *object_bytes = NULL, *label_bytes = NULL;
    RMF_TRY(named != NULL ? rmf_copy_text(named, &label_path) : find_labels(path, &label_path));
    rmf_idx_bytes objects = {.name = path}, labels = {.name = label_path};
    rmf_status status = rmf_file_read(path, 0, &object_bytes, &objects.size);
    if (status == RMF_OK) status = rmf_file_read(label_path, 0, &label_bytes, &labels.size);
    objects.data = object_bytes;
    labels.data = label_bytes;
    if (status == RMF_OK) status = rmf_idx_parse(&objects, &labels, out);
    rmf_free(object_bytes);
    rmf_free(label_bytes);
    rmf_free(label_path);
    return status;
}

const rmf_dataset_ops rmf_dataset_idx_ops = {
    .name = "idx",
    .summary = "IDX images and labels, plain or gzip, as MNIST comes",
    .source = "yann.lecun.com/exdb/mnist",
    .label_is_file = true,
    .accepts = accepts,
    .read = read,
};
