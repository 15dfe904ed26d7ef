/**
 * tests/io/test_damage.c – damaged array files.  Every case is parsed from a block that ends where
 * the bytes end, so that a sanitizer sees any read beyond it; every refusal must leave a one-line
 * message that starts with the place, and no output.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/formats.h"
#include "io/inflate.h"
#include "io/npy.h"
#include "io/scratch.h"
#include "io/zip.h"

typedef rmf_status parse_set(const char *data, size_t size, const char *place, rmf_arrays *out);

/** A .npy file as a set of one array, so that all formats are parsed alike. */
static rmf_status parse_npy(const char *data, size_t size, const char *place, rmf_arrays *out)
{
    rmf_array array;
    RMF_TRY(rmf_npy_parse(data, size, place, &array));
    rmf_free(array.data);
    *out = (rmf_arrays){0};
    return RMF_OK;
}

/** Parses a copy that ends exactly at size. */
static rmf_status parse_copy(parse_set *parse, const char *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    rmf_arrays set = {0};
    (void)rmf_fail(RMF_OK, "no message");
    rmf_status status = parse(copy, size, "file", &set);
    free(copy);
    if (status == RMF_OK) {
        rmf_arrays_free(&set);
        return status;
    }
    assert_int_equal(set.count, 0);
    assert_null(set.array);
    assert_int_equal(strncmp(rmf_message(), "file", 4), 0);
    return status;
}

static void check_refused(parse_set *parse, const char *data, size_t size, const char *why)
{
    rmf_status status = parse_copy(parse, data, size);
    if (status != RMF_ERR_FORMAT) fail_msg("%s: status %d", why, status);
}

static void check_truncations(parse_set *parse, const char *data, size_t size)
{
    assert_int_equal(parse_copy(parse, data, size), RMF_OK);
    for (size_t length = 0; length < size; length++)
        check_refused(parse, data, length, "truncated");
}

typedef rmf_status put_set(rmf_writer *writer, const rmf_arrays *arrays);

/** A small set, written by the library. */
static char *valid_file(put_set *put, bool texts, size_t *size)
{
    static const char *const words[] = {"eins", "zwei"};
    rmf_arrays set = {0};
    rmf_writer *writer;
    char *data;
    assert_int_equal(
        rmf_arrays_add(&set, "x", RMF_F32, 2, (const int64_t[]){2, 2}, (const float[]){1, 2, 3, 4}),
        RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "n", RMF_I16, 0, NULL, (const int16_t[]){7}), RMF_OK);
    if (texts) assert_int_equal(rmf_arrays_add_texts(&set, "words", words, 2), RMF_OK);
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(put(writer, &set), RMF_OK);
    assert_int_equal(rmf_writer_take(writer, &data, size), RMF_OK);
    rmf_arrays_free(&set);
    return data;
}

/* ---- npy
 * ----------------------------------------------------------------------------------------- */

/** Builds a .npy file of version 1.0 around a dictionary and zeroed elements. */
static size_t make_npy(const char *dictionary, size_t elements, char *out)
{
    size_t length = strlen(dictionary);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (char)(length & 0xFF);
    out[9] = (char)(length >> 8);
    memcpy(out + 10, dictionary, length);
    memset(out + 10 + length, 0, elements);
    return 10 + length + elements;
}

static void npy_headers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *dictionary;
        size_t elements;
    } good[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24},
        {"{'shape': (2,3,), 'descr': '>f8', 'fortran_order': True}  \n", 48},
        {"{\"descr\":\"|u1\",\"fortran_order\":False,\"shape\":(0,)}", 0},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': ()}", 8},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (3L,)}", 24},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (3)}", 6},
        {"{'descr': '|S5', 'fortran_order': False, 'shape': (3,)}", 15},
        {"{'descr': '=U2', 'fortran_order': False, 'shape': (3,)}", 24},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,2)}", 2},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (0, 9000000000000000000, 9)}", 0}};
    char file[512];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (parse_copy(parse_npy, file, make_npy(good[i].dictionary, good[i].elements, file)) !=
            RMF_OK)
            fail_msg("%s: %s", good[i].dictionary, rmf_message());
}

static void damaged_npy_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dictionary;
        size_t elements;
    } bad[] = {{"", 4},
               {"{", 4},
               {"{}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 9},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8},
               {"{'descr': '<f4', 'fortran_order': False}", 4},
               {"{'descr': '<f4', 'shape': (1,)}", 4},
               {"{'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", 4},
               {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", 8},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': [1]}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (1", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 4},
               {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", 4},
               {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8},
               {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", 8},
               {"{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", 16},
               {"{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", 3},
               {"{'descr': '<f', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<f4x', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<f+4', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,)}", 0},
               {"{'descr': '<U999999999', 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '|S0', 'fortran_order': False, 'shape': (1,)}", 0},
               {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", 4},
               {"{'descr: '<f4', 'fortran_order': False, 'shape': (1,)}", 4}};
    char file[512];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(parse_npy, file, make_npy(bad[i].dictionary, bad[i].elements, file),
                      bad[i].dictionary);
}

static void npy_preambles_are_checked(void **state)
{
    (void)state;
    char file[512], *copy = file;
    size_t size = make_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, file);
    check_truncations(parse_npy, file, size);
    static const struct {
        size_t at;
        char value;
    } changes[] = {{0, 'x'}, {5, 'x'}, {6, 0}, {6, 4}, {6, 2}, {7, 1}, {9, 7}, {9, '\xff'}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char old = copy[changes[i].at];
        copy[changes[i].at] = changes[i].value;
        check_refused(parse_npy, file, size, "preamble");
        copy[changes[i].at] = old;
    }
}

/** Byte order and axis order come out as native, row-major numbers. */
static void npy_orders_are_converted(void **state)
{
    (void)state;
    char file[512];
    rmf_array array;
    size_t size = make_npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", 12, file);
    for (int i = 0; i < 6; i++)
        file[size - 12 + 2 * (size_t)i + 1] = (char)i; /* column by column: 0 1 | 2 3 | 4 5 */
    assert_int_equal(rmf_npy_parse(file, size, "file", &array), RMF_OK);
    assert_memory_equal(array.data, ((const int16_t[]){0, 2, 4, 1, 3, 5}), 12);
    rmf_free(array.data);
    size = make_npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2)}", 32, file);
    for (int i = 0; i < 8; i++)
        memcpy(file + size - 32 + 4 * i, &(float){(float)i}, 4);
    assert_int_equal(rmf_npy_parse(file, size, "file", &array), RMF_OK);
    assert_memory_equal(array.data, ((const float[]){0, 4, 2, 6, 1, 5, 3, 7}), 32);
    rmf_free(array.data);
}

static void npy_texts_must_be_characters(void **state)
{
    (void)state;
    char file[512];
    size_t size = make_npy("{'descr': '>U1', 'fortran_order': False, 'shape': (1,)}", 4, file);
    file[size - 1] = 'A';
    assert_int_equal(parse_copy(parse_npy, file, size), RMF_OK);
    file[size - 4] = 1; /* beyond Unicode */
    check_refused(parse_npy, file, size, "beyond Unicode");
    file[size - 4] = 0;
    file[size - 2] = (char)0xD8; /* a surrogate */
    check_refused(parse_npy, file, size, "surrogate");
    size = make_npy("{'descr': '|S2', 'fortran_order': False, 'shape': (1,)}", 2, file);
    file[size - 2] = (char)0xE9;
    check_refused(parse_npy, file, size, "not ASCII");
}

/** Booleans of any byte become 0 or 1. */
static void npy_booleans_are_normal(void **state)
{
    (void)state;
    char file[512];
    rmf_array array;
    size_t size = make_npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 2, file);
    file[size - 1] = 7;
    assert_int_equal(rmf_npy_parse(file, size, "file", &array), RMF_OK);
    assert_memory_equal(array.data, "\0\1", 2);
    rmf_free(array.data);
}

/* ---- npz
 * ----------------------------------------------------------------------------------------- */

static void npz_is_checked_at_every_byte(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_npz_put, true, &size);
    check_truncations(rmf_npz_parse, data, size);
    size_t accepted = 0;
    for (size_t i = 0; i < size; i++) { /* most flips are caught; none may crash */
        data[i] ^= 0x55;
        accepted += parse_copy(rmf_npz_parse, data, size) == RMF_OK;
        data[i] ^= 0x55;
    }
    assert_true(accepted < size / 2);
    /* Contents are guarded by the checksum: the first element of "x" lies behind its header. */
    const char *header = memmem(data, size, "NUMPY", 5);
    assert_non_null(header);
    data[(header - data) - 1 + 128] ^= 1;
    check_refused(rmf_npz_parse, data, size, "content");
    assert_non_null(strstr(rmf_message(), "file: x.npy: damaged content"));
    rmf_free(data);
}

/** A set of bytes at an offset of the last central directory entry or the end record. */
static void npz_sizes_are_checked(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_npz_put, false, &size);
    char *end = data + size - 22, *central = memmem(data, size, "PK\1\2", 4);
    assert_non_null(central);
    const struct {
        char *at;
        size_t bytes;
        const char *what;
    } changes[] = {{central + 20, 4, "stored size"},  {central + 24, 4, "size"},
                   {central + 42, 4, "offset"},       {central + 28, 2, "name length"},
                   {central + 30, 2, "extra length"}, {central + 10, 2, "method"},
                   {central + 16, 4, "checksum"},     {end + 10, 2, "entries"},
                   {end + 12, 4, "directory size"},   {end + 16, 4, "directory offset"},
                   {end + 20, 2, "comment length"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        static const unsigned char fills[] = {0xFF, 0xFE, 0x7F};
        char old[4];
        memcpy(old, changes[i].at, changes[i].bytes);
        for (size_t f = 0; f < sizeof fills; f++) {
            memset(changes[i].at, fills[f], changes[i].bytes);
            check_refused(rmf_npz_parse, data, size, changes[i].what);
        }
        memcpy(changes[i].at, old, changes[i].bytes);
    }
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    central[8] |= 1; /* encrypted */
    check_refused(rmf_npz_parse, data, size, "encrypted");
    central[8] &= ~1;
    end[10] = 1; /* fewer entries than there are: the rest is not looked at */
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    rmf_free(data);
}

/** Two names for the same bytes: the sizes of all entries must fit into the file once. */
static void overlapping_members_are_refused(void **state)
{
    (void)state;
    rmf_writer *writer;
    rmf_zip_writer *zip;
    static const char block[5000];
    char *data;
    size_t size;
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(rmf_zip_writer_open(writer, &zip), RMF_OK);
    for (int i = 0; i < 2; i++) /* the second is smaller, and then claims the first one's bytes */
        assert_int_equal(
            rmf_zip_writer_add(zip, i == 0 ? "a.txt" : "b.txt",
                               (const rmf_piece[]){{block, i == 0 ? 5000 : 1}, {"", 0}}),
            RMF_OK);
    assert_int_equal(rmf_zip_writer_finish(zip), RMF_OK);
    rmf_zip_writer_free(zip);
    assert_int_equal(rmf_writer_take(writer, &data, &size), RMF_OK);
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    char *first = memmem(data, size, "PK\1\2", 4), *second = first + 46 + 5;
    memcpy(second + 16, first + 16, 12); /* checksum and sizes */
    memcpy(second + 42, first + 42, 4);  /* offset */
    check_refused(rmf_npz_parse, data, size, "overlap");
    rmf_free(data);
}

/** Extracts the single deflated entry that `stream` holds. */
static rmf_status inflate_entry(const char *stream, size_t stored, size_t size, uint32_t crc)
{
    rmf_zip_entry entry = {
        .data = stream, .stored = stored, .size = size, .crc = crc, .deflated = true};
    char *content;
    RMF_TRY(rmf_zip_extract(&entry, "file", &content));
    rmf_free(content);
    return RMF_OK;
}

static void deflated_members_must_fill_their_size(void **state)
{
    (void)state;
    /* "aaaaaaaaaa" and the empty text, deflated with fixed codes. */
    static const char ten[] = "\x4b\x84\x03\x00", none[] = "\x03\x00";
    uint32_t crc = rmf_crc32(0, "aaaaaaaaaa", 10);
    assert_int_equal(inflate_entry(ten, 4, 10, crc), RMF_OK);
    assert_int_equal(inflate_entry(ten, 4, 9, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 4, 11, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 3, 10, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 4, 10, crc + 1), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(none, 2, 0, 0), RMF_OK);
    assert_int_equal(inflate_entry(none, 2, 1, 0), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(none, 0, 0, 0), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry("\xff\xff", 2, 10, 0), RMF_ERR_FORMAT);
}

/* ---- safetensors
 * --------------------------------------------------------------------------------- */

static size_t make_safetensors(const char *header, size_t elements, char *out)
{
    uint64_t length = strlen(header);
    memcpy(out, &length, 8);
    memcpy(out + 8, header, length);
    memset(out + 8 + length, 0, elements);
    return 8 + length + elements;
}

static void safetensors_headers_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t elements;
        bool good;
    } cases[] = {
        {"{}", 0, true},
        {"{}   ", 0, true},
        {"{\"__metadata__\":{\"a\":\"b\"}}", 0, true},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, true},
        {"{\"x\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}", 2, true},
        {"{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
         "\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"c\":{\"dtype\":\"F64\",\"shape\":[0,5],\"data_offsets\":[1,1]}}",
         2, true},
        {"", 0, false},
        {"[]", 0, false},
        {"{}", 1, false},
        {"{\"x\":1}", 0, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}", 9, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0.0,8.0]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
         false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,8]}}", 8,
         false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,8]}}", 8,
         false},
        {"{\"x\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, false},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"z\":1}}", 8, false},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
         2, false},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
         3, false},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
         2, false},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
         3, false},
        {"{\"x\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
         false},
        {"{\"__metadata__\":{\"a\":1}}", 0, false},
        {"{\"__metadata__\":[]}", 0, false},
        {"{\"x\\u0000\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, false}};
    char file[1024];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = make_safetensors(cases[i].header, cases[i].elements, file);
        rmf_status status = parse_copy(rmf_safetensors_parse, file, size);
        if (status != (cases[i].good ? RMF_OK : RMF_ERR_FORMAT))
            fail_msg("%s + %zu: status %d", cases[i].header, cases[i].elements, status);
    }
}

static void safetensors_lengths_are_checked(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_safetensors_put, false, &size);
    check_truncations(rmf_safetensors_parse, data, size);
    for (int byte = 0; byte < 8; byte++) {
        char old = data[byte];
        data[byte] = (char)0xFF;
        check_refused(rmf_safetensors_parse, data, size, "length");
        data[byte] = old;
    }
    for (size_t i = 0; i < size; i++) { /* none may crash */
        data[i] ^= 0x15;
        (void)parse_copy(rmf_safetensors_parse, data, size);
        data[i] ^= 0x15;
    }
    rmf_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_headers_are_read),
        cmocka_unit_test(damaged_npy_headers_are_refused),
        cmocka_unit_test(npy_preambles_are_checked),
        cmocka_unit_test(npy_orders_are_converted),
        cmocka_unit_test(npy_texts_must_be_characters),
        cmocka_unit_test(npy_booleans_are_normal),
        cmocka_unit_test(npz_is_checked_at_every_byte),
        cmocka_unit_test(npz_sizes_are_checked),
        cmocka_unit_test(overlapping_members_are_refused),
        cmocka_unit_test(deflated_members_must_fill_their_size),
        cmocka_unit_test(safetensors_headers_are_checked),
        cmocka_unit_test(safetensors_lengths_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
