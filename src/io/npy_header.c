/** io/npy_header.c – reading and making the Python dictionary in front of a .npy file's elements.
 */
#include "io/npy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC_SIZE = 6, HEADER_LIMIT = 65535 };

/** A position in the dictionary; text[size] is not readable. */
typedef struct cursor {
    const char *text;
    size_t size, at;
    const char *place;
} cursor;

static rmf_status fail_header(const cursor *c, const char *expected)
{
    (void)rmf_fail(RMF_ERR_FORMAT,
                   "%s: damaged .npy header at byte %zu; expected %s; write it with numpy.save",
                   c->place, c->at, expected);
    return RMF_ERR_FORMAT;
}

static void skip_blanks(cursor *c)
{
    while (c->at < c->size && isspace((unsigned char)c->text[c->at]))
        c->at++;
}

/** Takes one character after blanks, if it is the next one. */
static bool take(cursor *c, char wanted)
{
    skip_blanks(c);
    if (c->at >= c->size || c->text[c->at] != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    size_t length = strlen(word);
    skip_blanks(c);
    if (c->size - c->at < length || memcmp(c->text + c->at, word, length) != 0) return false;
    c->at += length;
    return true;
}

/** A quoted text without escapes. */
static bool take_quoted(cursor *c, char *out, size_t size)
{
    char quote = take(c, '\'') ? '\'' : take(c, '"') ? '"' : '\0';
    if (quote == '\0') return false;
    const char *start = c->text + c->at, *end = memchr(start, quote, c->size - c->at);
    if (end == NULL || (size_t)(end - start) >= size) return false;
    memcpy(out, start, (size_t)(end - start));
    out[end - start] = '\0';
    c->at += (size_t)(end - start) + 1;
    return true;
}

static bool take_number(cursor *c, int64_t *out)
{
    skip_blanks(c);
    int64_t value = 0;
    size_t start = c->at;
    for (; c->at < c->size && isdigit((unsigned char)c->text[c->at]); c->at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, c->text[c->at] - '0', &value))
            return false;
    if (c->at == start) return false;
    if (c->at < c->size && c->text[c->at] == 'L') c->at++; /* as Python 2 wrote long numbers */
    *out = value;
    return true;
}

static rmf_status parse_shape(cursor *c, rmf_npy_header *out)
{
    if (!take(c, '(')) return fail_header(c, "a shape such as (3, 4)");
    out->rank = 0;
    while (!take(c, ')')) {
        if (out->rank == RMF_ARRAY_RANK) return fail_header(c, "at most 8 axes");
        if (!take_number(c, &out->shape[out->rank++]))
            return fail_header(c, "a whole number of 0 or more in the shape");
        if (take(c, ',')) continue;
        if (!take(c, ')')) return fail_header(c, "a comma or ) in the shape");
        break;
    }
    return RMF_OK;
}

/** "<f4" and the like; numbers that NumPy cannot have are refused when they are converted. */
static rmf_status parse_type(cursor *c, rmf_npy_header *out)
{
    char text[16];
    if (!take_quoted(c, text, sizeof text))
        return fail_header(c, "a plain element type such as '<f4' (no records)");
    char order = text[0];
    unsigned width = 0;
    int end = 0;
    if (order == '\0' || strchr("<>|=", order) == NULL ||
        sscanf(text + 1, "%c%9u%n", &out->kind, &width, &end) != 2 || text[1 + end] != '\0' ||
        !isdigit((unsigned char)text[2]) || strchr("fiubUS", out->kind) == NULL)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: elements of type '%s'; expected numbers, booleans or text; convert "
                        "the array before saving it",
                        c->place, text);
    out->width = width;
    out->swapped = order == '>';
    return RMF_OK;
}

/** One "key: value" of the dictionary; *seen collects which keys were there. */
static rmf_status parse_item(cursor *c, rmf_npy_header *out, unsigned *seen)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[24];
    if (!take_quoted(c, key, sizeof key) || !take(c, ':'))
        return fail_header(c, "a key and a colon");
    unsigned which = 0;
    while (which < 3 && strcmp(key, keys[which]) != 0)
        which++;
    if (which == 3 || (*seen & 1u << which) != 0)
        return fail_header(c, "each of descr, fortran_order and shape once");
    *seen |= 1u << which;
    if (which == 0) return parse_type(c, out);
    if (which == 2) return parse_shape(c, out);
    out->fortran = take_word(c, "True");
    return out->fortran || take_word(c, "False") ? RMF_OK : fail_header(c, "True or False");
}

static rmf_status parse_dictionary(cursor *c, rmf_npy_header *out)
{
    unsigned seen = 0;
    if (!take(c, '{')) return fail_header(c, "a dictionary");
    while (!take(c, '}')) {
        RMF_TRY(parse_item(c, out, &seen));
        if (take(c, ',')) continue;
        if (!take(c, '}')) return fail_header(c, "a comma or }");
        break;
    }
    skip_blanks(c);
    if (seen != 7 || c->at != c->size)
        return fail_header(c, "each of descr, fortran_order and shape once, and nothing else");
    return RMF_OK;
}

rmf_status rmf_npy_header_parse(const char *data, size_t size, const char *place,
                                rmf_npy_header *out)
{
    const unsigned char *byte = (const unsigned char *)data;
    if (size < MAGIC_SIZE + 4 || memcmp(data, magic, MAGIC_SIZE) != 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: not a .npy array (it has %zu bytes and another beginning); expected "
                        "\\x93NUMPY; write it with numpy.save",
                        place, size);
    unsigned version = byte[6];
    size_t length_bytes = version == 1 ? 2 : 4, start = MAGIC_SIZE + 2 + length_bytes, length = 0;
    if (version < 1 || version > 3 || byte[7] != 0)
        return rmf_fail(RMF_ERR_FORMAT, "%s: .npy version %u.%u; expected 1.0, 2.0 or 3.0", place,
                        version, (unsigned)byte[7]);
    for (size_t i = 0; i < length_bytes && start <= size; i++)
        length |= (size_t)byte[MAGIC_SIZE + 2 + i] << 8 * i;
    if (start > size || length > size - start || length > HEADER_LIMIT)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: the .npy header has %zu bytes in a file of %zu; expected a complete "
                        "file; fetch or write it again",
                        place, length, size);
    cursor c = {data + start, length, 0, place};
    rmf_npy_header header = {.data_start = start + length};
    RMF_TRY(parse_dictionary(&c, &header));
    *out = header;
    return RMF_OK;
}

/* ---- making ------------------------------------------------------------------------------- */

/** The descr of a type on a little-endian machine, or NULL if NumPy has none. */
static const char *descr_of(rmf_type type)
{
    switch (type) {
    case RMF_F32:
        return "<f4";
    case RMF_F64:
        return "<f8";
    case RMF_I8:
        return "|i1";
    case RMF_U8:
        return "|u1";
    case RMF_I16:
        return "<i2";
    case RMF_U16:
        return "<u2";
    case RMF_I32:
        return "<i4";
    case RMF_U32:
        return "<u4";
    case RMF_I64:
        return "<i8";
    case RMF_U64:
        return "<u8";
    case RMF_BOOL:
        return "|b1";
    case RMF_TEXT:
        return "<U";
    case RMF_BF16:
        return NULL;
    }
    return NULL;
}

rmf_status rmf_npy_header_make(const rmf_array *array, char text[RMF_NPY_HEADER_MOST], size_t *size)
{
    const char *descr = descr_of(array->type);
    if (descr == NULL)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "array \"%s\": bf16 numbers; expected a type NumPy has; convert to f32, or "
                        "write safetensors",
                        array->name != NULL ? array->name : "");
    char width[24] = "";
    if (array->type == RMF_TEXT) snprintf(width, sizeof width, "%zu", array->item / 4);
    enum { START = MAGIC_SIZE + 4 };
    memset(text, ' ', RMF_NPY_HEADER_MOST);
    memcpy(text, "\x93NUMPY\x01\x00", MAGIC_SIZE + 2);
    size_t used = START;
    used += (size_t)snprintf(text + used, RMF_NPY_HEADER_MOST - used,
                             "{'descr': '%s%s', 'fortran_order': False, 'shape': (", descr, width);
    for (int axis = 0; axis < array->rank; axis++)
        used += (size_t)snprintf(text + used, RMF_NPY_HEADER_MOST - used, "%s%lld%s",
                                 axis > 0 ? " " : "", (long long)array->shape[axis],
                                 array->rank == 1 || axis + 1 < array->rank ? "," : "");
    used += (size_t)snprintf(text + used, RMF_NPY_HEADER_MOST - used, "), }");
    text[used] = ' ';                         /* over the 0 that snprintf put there */
    size_t total = (used + 1 + 63) / 64 * 64; /* one byte for the line's end */
    size_t length = total - START;
    text[total - 1] = '\n';
    text[MAGIC_SIZE + 2] = (char)(length & 0xFF);
    text[MAGIC_SIZE + 3] = (char)(length >> 8);
    *size = total;
    return RMF_OK;
}
