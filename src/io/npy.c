/** io/npy.c – .npy arrays: elements of any byte order and axis order to native, row-major ones. */
#include "io/npy.h"
#include "io/arrays.h"
#include "io/formats.h"
#include "io/text.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "array files are little-endian");

/** The element type of a header, and how its bytes become ours. */
typedef struct conversion {
    rmf_type type;
    size_t from, to; /* bytes of an element in the file and in memory */
    size_t unit;     /* bytes that a byte order applies to */
} conversion;

static rmf_status choose_conversion(const rmf_npy_header *h, const char *place, conversion *out)
{
    static const struct {
        char kind;
        size_t width;
        rmf_type type;
    } plain[] = {{'f', 4, RMF_F32}, {'f', 8, RMF_F64}, {'i', 1, RMF_I8},  {'u', 1, RMF_U8},
                 {'i', 2, RMF_I16}, {'u', 2, RMF_U16}, {'i', 4, RMF_I32}, {'u', 4, RMF_U32},
                 {'i', 8, RMF_I64}, {'u', 8, RMF_U64}, {'b', 1, RMF_BOOL}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i].kind == h->kind && plain[i].width == h->width) {
            *out = (conversion){plain[i].type, h->width, h->width, h->width};
            return RMF_OK;
        }
    if (h->kind == 'f' && h->width == 2) {
        *out = (conversion){RMF_F32, 2, 4, 2};
        return RMF_OK;
    }
    if (h->kind == 'U' && h->width > 0) {
        *out = (conversion){RMF_TEXT, 4 * h->width, 4 * h->width, 4};
        return RMF_OK;
    }
    if (h->kind == 'S' && h->width > 0) {
        *out = (conversion){RMF_TEXT, h->width, 4 * h->width, 1};
        return RMF_OK;
    }
    (void)rmf_fail(RMF_ERR_FORMAT,
                   "%s: elements of type %c%zu; expected numbers of 1 to 8 bytes, booleans or "
                   "text; convert the array before saving it",
                   place, h->kind, h->width);
    return RMF_ERR_FORMAT;
}

/** Copies one element; false when a character is none of Unicode (or of ASCII, in byte texts). */
static bool convert(const rmf_npy_header *h, const conversion *c, const char *from, char *to)
{
    unsigned char *byte = (unsigned char *)to;
    if (h->kind == 'S') {
        for (size_t i = 0; i < c->from; i++) {
            uint32_t code = (unsigned char)from[i];
            memcpy(to + 4 * i, &code, 4);
            if (code >= 0x80) return false;
        }
        return true;
    }
    for (size_t unit = 0; unit < c->from; unit += c->unit)
        for (size_t i = 0; i < c->unit; i++)
            byte[unit + i] = (unsigned char)from[unit + (h->swapped ? c->unit - 1 - i : i)];
    if (h->kind == 'b') byte[0] = byte[0] != 0;
    if (h->kind == 'f' && c->from == 2) {
        uint16_t half;
        memcpy(&half, to, sizeof half);
        float value = rmf_half_to_float(half);
        memcpy(to, &value, sizeof value);
    }
    for (size_t i = 0; h->kind == 'U' && i < c->to; i += 4) {
        uint32_t code;
        memcpy(&code, to + i, 4);
        if (!rmf_is_code_point(code)) return false;
    }
    return true;
}

/** Elements in file order go to row-major places: the index of one is carried along. */
static bool convert_all(const rmf_npy_header *h, const conversion *c, const char *from, char *to,
                        int64_t count)
{
    if (count == 0) return true; /* the other axes may be too long to multiply */
    int64_t index[RMF_ARRAY_RANK] = {0}, stride[RMF_ARRAY_RANK], place = 0, step = 1;
    for (int axis = h->rank - 1; axis >= 0; axis--) {
        stride[axis] = step;
        step *= h->shape[axis];
    }
    for (int64_t i = 0; i < count; i++) {
        if (!convert(h, c, from + (size_t)i * c->from, to + (size_t)place * c->to)) return false;
        if (!h->fortran) {
            place++;
            continue;
        }
        for (int axis = 0; axis < h->rank; axis++) {
            place += stride[axis];
            if (++index[axis] < h->shape[axis]) break;
            place -= index[axis] * stride[axis];
            index[axis] = 0;
        }
    }
    return true;
}

/** Whole blocks of numbers that are ours already need no look at each element. */
static bool is_plain(const rmf_npy_header *h)
{
    bool native = !h->swapped || h->width == 1;
    return native && (!h->fortran || h->rank < 2) &&
           (h->kind == 'i' || h->kind == 'u' || (h->kind == 'f' && h->width > 2));
}

rmf_status rmf_npy_parse(const char *data, size_t size, const char *place, rmf_array *out)
{
    rmf_npy_header h;
    conversion c;
    RMF_TRY(rmf_npy_header_parse(data, size, place, &h));
    RMF_TRY(choose_conversion(&h, place, &c));
    size_t from_bytes, to_bytes, left = size - h.data_start;
    if (!rmf_shape_bytes(h.rank, h.shape, c.from, &from_bytes) ||
        !rmf_shape_bytes(h.rank, h.shape, c.to, &to_bytes) || from_bytes != left)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %zu bytes of elements; expected as many as its shape says; fetch or "
                        "write it again",
                        place, left);
    rmf_array array = {.type = c.type, .rank = h.rank, .item = c.to};
    memcpy(array.shape, h.shape, sizeof array.shape);
    RMF_TRY(rmf_alloc(to_bytes, 1, &array.data));
    const char *elements = data + h.data_start;
    if (is_plain(&h)) {
        memcpy(array.data, elements, to_bytes);
    } else if (!convert_all(&h, &c, elements, array.data, (int64_t)(from_bytes / c.from))) {
        rmf_free(array.data);
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: a text has bytes that are no characters; expected Unicode, or ASCII "
                        "in byte texts; save text as dtype U",
                        place);
    }
    *out = array;
    return RMF_OK;
}

rmf_status rmf_npy_put(rmf_writer *writer, const rmf_array *array)
{
    char header[RMF_NPY_HEADER_MOST];
    size_t size, bytes;
    RMF_TRY(rmf_npy_header_make(array, header, &size));
    if (!rmf_shape_bytes(array->rank, array->shape, array->item, &bytes))
        return rmf_fail(RMF_ERR_ARGUMENT, "rmf_npy_write: impossible shape");
    RMF_TRY(rmf_writer_put(writer, header, size));
    return rmf_writer_put(writer, array->data, bytes);
}

rmf_status rmf_npy_read(const char *path, rmf_arrays *out)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(path, 0, &data, &size));
    rmf_array array;
    rmf_status status = rmf_npy_parse(data, size, path, &array);
    rmf_free(data);
    if (status != RMF_OK) return status;
    rmf_arrays fresh = {0};
    status = rmf_arrays_take(&fresh, "", &array);
    if (status != RMF_OK) {
        rmf_free(array.data);
        rmf_arrays_free(&fresh);
        return status;
    }
    *out = fresh;
    return RMF_OK;
}

rmf_status rmf_npy_write(const char *path, bool replace, const rmf_array *array)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_npy_put(writer, array));
}
