/** io/arrays.c – sets of named arrays: adding, finding, freeing. */
#include "io/arrays.h"
#include "io/text.h"

#include <string.h>

enum { MOST_ARRAYS = 16384 }; /* names are compared pairwise; models have some hundred */

bool rmf_shape_bytes(int rank, const int64_t *shape, size_t item, size_t *bytes)
{
    if (rank < 0 || rank > RMF_ARRAY_RANK) return false;
    /* A 0 among huge numbers still makes an empty array, so zeros are looked for first. */
    bool empty = false;
    for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] < 0) return false;
        empty = empty || shape[axis] == 0;
    }
    size_t total = empty ? 0 : item;
    for (int axis = 0; axis < rank && !empty; axis++)
        if (__builtin_mul_overflow(total, (size_t)shape[axis], &total)) return false;
    *bytes = total;
    return total <= PTRDIFF_MAX;
}

void rmf_arrays_free(rmf_arrays *arrays)
{
    if (arrays == NULL) return;
    for (size_t i = 0; i < arrays->count; i++) {
        rmf_free(arrays->array[i].name);
        rmf_free(arrays->array[i].data);
    }
    for (size_t i = 0; i < arrays->meta_count; i++) {
        rmf_free(arrays->meta_key[i]);
        rmf_free(arrays->meta_value[i]);
    }
    rmf_free(arrays->array);
    rmf_free(arrays->meta_key);
    rmf_free(arrays->meta_value);
    *arrays = (rmf_arrays){0};
}

/** Room for one more element in a block that doubles at each power of two. */
static rmf_status reserve_one(void **block, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) return RMF_OK;
    void *grown;
    RMF_TRY(rmf_alloc(count > 0 ? 2 * count : 1, size, &grown));
    if (count > 0) memcpy(grown, *block, count * size);
    rmf_free(*block);
    *block = grown;
    return RMF_OK;
}

static rmf_status check_name(const rmf_arrays *arrays, const char *name)
{
    if (name == NULL) return rmf_fail(RMF_ERR_ARGUMENT, "rmf_arrays_add: the name is NULL");
    if (!rmf_utf8_valid(name, strlen(name)))
        return rmf_fail(RMF_ERR_FORMAT, "array name: not UTF-8; expected a name in UTF-8");
    if (rmf_arrays_find(arrays, name) != NULL)
        return rmf_fail(RMF_ERR_FORMAT,
                        "array \"%s\": there are two of that name; expected different names", name);
    if (arrays->count >= MOST_ARRAYS)
        return rmf_fail(RMF_ERR_FORMAT, "array \"%s\": more than %d arrays; expected at most that",
                        name, MOST_ARRAYS);
    return RMF_OK;
}

rmf_status rmf_arrays_take(rmf_arrays *arrays, const char *name, const rmf_array *array)
{
    RMF_TRY(check_name(arrays, name));
    void *block = arrays->array;
    RMF_TRY(reserve_one(&block, arrays->count, sizeof *arrays->array));
    arrays->array = block;
    char *copy;
    RMF_TRY(rmf_copy_text(name, &copy));
    arrays->array[arrays->count] = *array;
    arrays->array[arrays->count++].name = copy;
    return RMF_OK;
}

rmf_status rmf_arrays_add(rmf_arrays *arrays, const char *name, rmf_type type, int rank,
                          const int64_t *shape, const void *data)
{
    rmf_array array = {.type = type, .rank = rank, .item = rmf_type_size(type)};
    size_t bytes;
    if (array.item == 0)
        return rmf_fail(RMF_ERR_ARGUMENT, "rmf_arrays_add: texts need rmf_arrays_add_texts");
    if (!rmf_shape_bytes(rank, shape, array.item, &bytes))
        return rmf_fail(RMF_ERR_ARGUMENT, "array \"%s\": impossible shape; expected 0 to %d axes",
                        name, RMF_ARRAY_RANK);
    if (rank > 0) memcpy(array.shape, shape, (size_t)rank * sizeof *shape);
    RMF_TRY(rmf_alloc(bytes, 1, &array.data));
    if (bytes > 0) memcpy(array.data, data, bytes);
    rmf_status status = rmf_arrays_take(arrays, name, &array);
    if (status != RMF_OK) rmf_free(array.data);
    return status;
}

/** The longest text's length in characters, at least 1; 0 if a text is not UTF-8. */
static size_t longest_text(const char *const *texts, size_t count)
{
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        if (!rmf_utf8_count(texts[i], &length)) return 0;
        if (length > longest) longest = length;
    }
    return longest;
}

rmf_status rmf_arrays_add_texts(rmf_arrays *arrays, const char *name, const char *const *texts,
                                size_t count)
{
    size_t width = longest_text(texts, count);
    if (width == 0)
        return rmf_fail(RMF_ERR_FORMAT, "array \"%s\": a text is not UTF-8; expected UTF-8", name);
    rmf_array array = {.type = RMF_TEXT, .rank = 1, .item = 4 * width};
    array.shape[0] = (int64_t)count;
    RMF_TRY(rmf_alloc(count, array.item, &array.data));
    uint32_t *code = array.data;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(texts[i]);
        uint32_t *next = code + i * width;
        for (size_t position = 0; position < size; next++)
            if (!rmf_utf8_next(texts[i], size, &position, next)) break;
    }
    rmf_status status = rmf_arrays_take(arrays, name, &array);
    if (status != RMF_OK) rmf_free(array.data);
    return status;
}

rmf_status rmf_arrays_add_meta(rmf_arrays *arrays, const char *key, const char *value)
{
    if (rmf_arrays_meta(arrays, key) != NULL)
        return rmf_fail(RMF_ERR_FORMAT,
                        "metadata \"%s\": there are two of that name; expected different names",
                        key);
    void *keys = arrays->meta_key;
    RMF_TRY(reserve_one(&keys, arrays->meta_count, sizeof(char *)));
    arrays->meta_key = keys;
    void *values = arrays->meta_value;
    RMF_TRY(reserve_one(&values, arrays->meta_count, sizeof(char *)));
    arrays->meta_value = values;
    char *key_copy, *value_copy;
    RMF_TRY(rmf_copy_text(key, &key_copy));
    rmf_status status = rmf_copy_text(value, &value_copy);
    if (status != RMF_OK) {
        rmf_free(key_copy);
        return status;
    }
    arrays->meta_key[arrays->meta_count] = key_copy;
    arrays->meta_value[arrays->meta_count++] = value_copy;
    return RMF_OK;
}

const rmf_array *rmf_arrays_find(const rmf_arrays *arrays, const char *name)
{
    for (size_t i = 0; i < arrays->count; i++)
        if (strcmp(arrays->array[i].name, name) == 0) return &arrays->array[i];
    return NULL;
}

const char *rmf_arrays_meta(const rmf_arrays *arrays, const char *key)
{
    for (size_t i = 0; i < arrays->meta_count; i++)
        if (strcmp(arrays->meta_key[i], key) == 0) return arrays->meta_value[i];
    return NULL;
}

int64_t rmf_array_count(const rmf_array *array)
{
    size_t count; /* counted as bytes of size 1, so that an empty array may have huge axes */
    return rmf_shape_bytes(array->rank, array->shape, 1, &count) ? (int64_t)count : 0;
}
