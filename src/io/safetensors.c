/**
 * io/safetensors.c – the format of Hugging Face's safetensors: eight bytes of header length, a JSON
 * header, then the elements.  As that library does, reading demands that the tensors cover the data
 * without holes or overlaps.  Tensors come back in the order of their offsets.
 */
#include "io/arrays.h"
#include "io/formats.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "array files are little-endian");

enum { LENGTH_SIZE = 8, HEADER_LIMIT = 100 * 1000 * 1000, HEADER_ALIGN = 8 };
static const char meta_key[] = "__metadata__";

static const struct {
    const char *name;
    rmf_type type;
} dtypes[] = {{"F32", RMF_F32}, {"F64", RMF_F64}, {"BF16", RMF_BF16}, {"I8", RMF_I8},
              {"U8", RMF_U8},   {"I16", RMF_I16}, {"U16", RMF_U16},   {"I32", RMF_I32},
              {"U32", RMF_U32}, {"I64", RMF_I64}, {"U64", RMF_U64},   {"BOOL", RMF_BOOL}};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static rmf_status fail_header(const char *place, const char *name, const char *expected)
{
    (void)rmf_fail(RMF_ERR_FORMAT,
                   "%s: damaged safetensors header at \"%s\"; expected %s; fetch or write it again",
                   place, name, expected);
    return RMF_ERR_FORMAT;
}

/* ---- reading ------------------------------------------------------------------------------ */

/** A tensor as the header describes it. */
typedef struct tensor {
    const char *name; /* owned by the JSON value */
    rmf_array array;  /* without data */
    bool half;        /* F16, which becomes F32 */
    size_t begin, end;
} tensor;

static bool read_size(const json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static bool read_dtype(const json_t *value, tensor *out)
{
    const char *name = json_string_value(value);
    out->half = name != NULL && strcmp(name, "F16") == 0;
    if (out->half) {
        out->array.type = RMF_F32;
        return true;
    }
    for (int i = 0; name != NULL && i < DTYPES; i++)
        if (strcmp(name, dtypes[i].name) == 0) {
            out->array.type = dtypes[i].type;
            return true;
        }
    return false;
}

static bool read_shape(const json_t *value, rmf_array *array)
{
    if (!json_is_array(value) || json_array_size(value) > RMF_ARRAY_RANK) return false;
    array->rank = (int)json_array_size(value);
    for (int axis = 0; axis < array->rank; axis++) {
        size_t length;
        if (!read_size(json_array_get(value, (size_t)axis), &length)) return false;
        array->shape[axis] = (int64_t)length;
    }
    return true;
}

static rmf_status read_tensor(const char *place, const char *name, const json_t *value,
                              size_t data_size, tensor *out)
{
    tensor t = {.name = name};
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!json_is_object(value) || json_object_size(value) != 3)
        return fail_header(place, name, "dtype, shape and data_offsets");
    if (!read_dtype(json_object_get(value, "dtype"), &t))
        return fail_header(place, name, "a dtype of F16, F32, F64, BF16, I8 … U64 or BOOL");
    if (!read_shape(json_object_get(value, "shape"), &t.array))
        return fail_header(place, name, "a shape of at most 8 whole numbers");
    if (json_array_size(offsets) != 2 || !read_size(json_array_get(offsets, 0), &t.begin) ||
        !read_size(json_array_get(offsets, 1), &t.end) || t.begin > t.end || t.end > data_size)
        return fail_header(place, name, "data_offsets inside the file");
    t.array.item = rmf_type_size(t.array.type);
    size_t bytes;
    if (!rmf_shape_bytes(t.array.rank, t.array.shape, t.half ? 2 : t.array.item, &bytes) ||
        bytes != t.end - t.begin)
        return fail_header(place, name, "data_offsets as long as dtype and shape say");
    *out = t;
    return RMF_OK;
}

static int by_offset(const void *a, const void *b)
{
    const tensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name); /* empty tensors share an offset: any fixed order will do */
}

/** Sorted by offset, each tensor must start where the one before ends. */
static rmf_status check_cover(const char *place, tensor *t, size_t count, size_t data_size)
{
    size_t at = 0;
    qsort(t, count, sizeof *t, by_offset);
    for (size_t i = 0; i < count; i++) {
        if (t[i].begin != at)
            return fail_header(place, t[i].name, "data_offsets without overlaps or holes");
        at = t[i].end;
    }
    if (at != data_size)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %zu bytes behind the last tensor; expected none; fetch or write it "
                        "again",
                        place, data_size - at);
    return RMF_OK;
}

static rmf_status copy_tensor(const tensor *t, const char *elements, rmf_arrays *out)
{
    rmf_array array = t->array;
    size_t count = (size_t)rmf_array_count(&array);
    RMF_TRY(rmf_alloc(count, array.item, &array.data));
    for (size_t i = 0; t->half && i < count; i++) {
        uint16_t half;
        memcpy(&half, elements + t->begin + 2 * i, sizeof half);
        ((float *)array.data)[i] = rmf_half_to_float(half);
    }
    if (!t->half && count > 0) memcpy(array.data, elements + t->begin, count * array.item);
    if (array.type == RMF_BOOL)
        for (size_t i = 0; i < count; i++)
            ((uint8_t *)array.data)[i] = ((uint8_t *)array.data)[i] != 0;
    rmf_status status = rmf_arrays_take(out, t->name, &array);
    if (status != RMF_OK) rmf_free(array.data);
    return status;
}

static rmf_status read_meta(const char *place, json_t *meta, rmf_arrays *out)
{
    const char *key;
    json_t *value;
    if (!json_is_object(meta)) return fail_header(place, meta_key, "a mapping of texts");
    json_object_foreach(meta, key, value)
    {
        if (!json_is_string(value)) return fail_header(place, key, "a text");
        RMF_TRY(rmf_arrays_add_meta(out, key, json_string_value(value)));
    }
    return RMF_OK;
}

/** Everything behind the JSON; *out may be part-filled on failure. */
static rmf_status read_all(const char *place, json_t *header, const char *elements,
                           size_t data_size, rmf_arrays *out)
{
    json_t *meta = json_object_get(header, meta_key), *value;
    size_t count = 0;
    const char *name;
    if (meta != NULL) RMF_TRY(read_meta(place, meta, out));
    void *block;
    RMF_TRY(rmf_alloc(json_object_size(header), sizeof(tensor), &block));
    tensor *t = block;
    rmf_status status = RMF_OK;
    json_object_foreach(header, name, value)
    {
        if (value == meta) continue;
        status = read_tensor(place, name, value, data_size, &t[count++]);
        if (status != RMF_OK) break;
    }
    if (status == RMF_OK) status = check_cover(place, t, count, data_size);
    for (size_t i = 0; i < count && status == RMF_OK; i++)
        status = copy_tensor(&t[i], elements, out);
    rmf_free(block);
    return status;
}

rmf_status rmf_safetensors_parse(const char *data, size_t size, const char *place, rmf_arrays *out)
{
    uint64_t length = 0;
    if (size >= LENGTH_SIZE) memcpy(&length, data, LENGTH_SIZE);
    if (size < LENGTH_SIZE || length > HEADER_LIMIT || length > size - LENGTH_SIZE)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: a safetensors header of %llu bytes in a file of %zu; expected a "
                        "complete safetensors file; fetch or write it again",
                        place, (unsigned long long)length, size);
    json_t *header;
    RMF_TRY(rmf_json_parse(data + LENGTH_SIZE, (size_t)length, place, &header));
    rmf_arrays fresh = {0};
    size_t start = LENGTH_SIZE + (size_t)length;
    rmf_status status = json_is_object(header)
                            ? read_all(place, header, data + start, size - start, &fresh)
                            : fail_header(place, "", "a mapping of tensors");
    json_decref(header);
    if (status != RMF_OK) {
        rmf_arrays_free(&fresh);
        return status;
    }
    *out = fresh;
    return RMF_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static const char *dtype_of(rmf_type type)
{
    for (int i = 0; i < DTYPES; i++)
        if (dtypes[i].type == type) return dtypes[i].name;
    return NULL;
}

/** {"dtype", "shape", "data_offsets"}, or NULL when memory is short. */
static json_t *describe(const rmf_array *array, size_t begin, size_t end)
{
    json_t *shape = json_array();
    for (int axis = 0; axis < array->rank; axis++)
        json_array_append_new(shape, json_integer(array->shape[axis]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_of(array->type), "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)end);
}

static rmf_status describe_meta(const rmf_arrays *arrays, json_t *header)
{
    json_t *meta = json_object();
    for (size_t i = 0; i < arrays->meta_count; i++)
        if (json_object_set_new(meta, arrays->meta_key[i], json_string(arrays->meta_value[i])) !=
            0) {
            json_decref(meta);
            return rmf_fail(RMF_ERR_FORMAT, "metadata \"%s\": not UTF-8; expected UTF-8",
                            arrays->meta_key[i]);
        }
    if (arrays->meta_count == 0) {
        json_decref(meta);
        return RMF_OK;
    }
    return json_object_set_new(header, meta_key, meta) == 0
               ? RMF_OK
               : rmf_fail(RMF_ERR_MEMORY, "memory: no room for metadata");
}

/**
 * Wide elements go first, so that every tensor starts at a multiple of its element's size; within a
 * width the order is kept.  `visit` is called for each array in that order.
 */
typedef rmf_status visit_array(void *context, const rmf_array *array, size_t bytes);

static rmf_status for_each_by_width(const rmf_arrays *arrays, visit_array *visit, void *context)
{
    for (size_t width = 8; width > 0; width /= 2)
        for (size_t i = 0; i < arrays->count; i++) {
            const rmf_array *array = &arrays->array[i];
            size_t bytes;
            if (array->item != width || array->type == RMF_TEXT) continue;
            if (!rmf_shape_bytes(array->rank, array->shape, width, &bytes))
                return rmf_fail(RMF_ERR_ARGUMENT, "array \"%s\": impossible shape", array->name);
            RMF_TRY(visit(context, array, bytes));
        }
    return RMF_OK;
}

typedef struct layout {
    json_t *header;
    size_t at;
} layout;

static rmf_status add_to_header(void *context, const rmf_array *array, size_t bytes)
{
    layout *l = context;
    if (strcmp(array->name, meta_key) == 0)
        return rmf_fail(RMF_ERR_ARGUMENT, "array \"%s\": safetensors keeps that name for itself",
                        array->name);
    if (json_object_set_new(l->header, array->name, describe(array, l->at, l->at + bytes)) != 0)
        return rmf_fail(RMF_ERR_FORMAT, "array \"%s\": cannot be described; expected a UTF-8 name",
                        array->name);
    l->at += bytes;
    return RMF_OK;
}

static rmf_status put_elements(void *context, const rmf_array *array, size_t bytes)
{
    return rmf_writer_put(context, array->data, bytes);
}

/** Length, JSON, blanks up to a multiple of eight. */
static rmf_status put_header(rmf_writer *writer, const json_t *header)
{
    char *text = json_dumps(header, JSON_COMPACT);
    if (text == NULL) return rmf_fail(RMF_ERR_MEMORY, "memory: no room for a safetensors header");
    size_t size = strlen(text), padded = (size + HEADER_ALIGN - 1) / HEADER_ALIGN * HEADER_ALIGN;
    uint64_t length = padded;
    rmf_status status = rmf_writer_put(writer, &length, LENGTH_SIZE);
    if (status == RMF_OK) status = rmf_writer_put(writer, text, size);
    if (status == RMF_OK) status = rmf_writer_put(writer, "        ", padded - size);
    free(text);
    return status;
}

rmf_status rmf_safetensors_put(rmf_writer *writer, const rmf_arrays *arrays)
{
    for (size_t i = 0; i < arrays->count; i++)
        if (arrays->array[i].type == RMF_TEXT)
            return rmf_fail(RMF_ERR_UNSUPPORTED,
                            "array \"%s\": text; expected numbers in safetensors; write .npz",
                            arrays->array[i].name);
    layout l = {.header = json_object()};
    rmf_status status = describe_meta(arrays, l.header);
    if (status == RMF_OK) status = for_each_by_width(arrays, add_to_header, &l);
    if (status == RMF_OK) status = put_header(writer, l.header);
    json_decref(l.header);
    if (status == RMF_OK) status = for_each_by_width(arrays, put_elements, writer);
    return status;
}

rmf_status rmf_safetensors_read(const char *path, rmf_arrays *out)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(path, 0, &data, &size));
    rmf_status status = rmf_safetensors_parse(data, size, path, out);
    rmf_free(data);
    return status;
}

rmf_status rmf_safetensors_write(const char *path, bool replace, const rmf_arrays *arrays)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_safetensors_put(writer, arrays));
}
