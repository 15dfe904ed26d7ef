/** tests/io/test_npy.c – headers of .npy files, good and damaged, and the conversion of elements.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/damage.h"

/** A .npy file as a set of one array, so that all formats are parsed alike. */
static rmf_status parse_npy(const char *data, size_t size, const char *place, rmf_arrays *out)
{
    rmf_array array;
    RMF_TRY(rmf_npy_parse(data, size, place, &array));
    rmf_free(array.data);
    *out = (rmf_arrays){0};
    return RMF_OK;
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_headers_are_read),
        cmocka_unit_test(damaged_npy_headers_are_refused),
        cmocka_unit_test(npy_preambles_are_checked),
        cmocka_unit_test(npy_orders_are_converted),
        cmocka_unit_test(npy_texts_must_be_characters),
        cmocka_unit_test(npy_booleans_are_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
