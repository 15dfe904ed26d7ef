/** tests/io/test_python.c – NumPy and safetensors read our files, and we read theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/scratch.h"

#define PYTHON "/usr/bin/python3"
#define SKIPPED 77

static float element(int i)
{
    return (float)i / 8 - 1;
}

static void write_ours(scratch *s)
{
    static const char *const words[] = {"zero", "eins", "δύο 🦆"};
    rmf_arrays set = {0};
    float x[24];
    for (int i = 0; i < 24; i++)
        x[i] = element(i);
    const int32_t label[] = {3, -1, INT32_MAX};
    const int64_t count = (int64_t)1 << 60, three = 3;
    const uint8_t flags[] = {1, 0, 1};
    const struct {
        const char *name;
        rmf_type type;
        int rank;
        const int64_t *shape;
        const void *data;
    } arrays[] = {{"x", RMF_F32, 3, (const int64_t[]){2, 3, 4}, x},
                  {"label", RMF_I32, 1, &three, label},
                  {"count", RMF_I64, 0, NULL, &count},
                  {"flags", RMF_BOOL, 1, &three, flags},
                  {"empty", RMF_F64, 2, (const int64_t[]){0, 5}, NULL}};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        assert_int_equal(rmf_arrays_add(&set, arrays[i].name, arrays[i].type, arrays[i].rank,
                                        arrays[i].shape, arrays[i].data),
                         RMF_OK);
    assert_int_equal(rmf_arrays_add_meta(&set, "ramify.format", "1"), RMF_OK);
    assert_int_equal(rmf_npy_write(scratch_path(s, "c.npy"), false, &set.array[0]), RMF_OK);
    assert_int_equal(rmf_safetensors_write(scratch_path(s, "c.safetensors"), false, &set), RMF_OK);
    assert_int_equal(rmf_arrays_add_texts(&set, "classes", words, 3), RMF_OK);
    assert_int_equal(rmf_npz_write(scratch_path(s, "c.npz"), false, &set), RMF_OK);
    rmf_arrays_free(&set);
}

static void check_x(const rmf_arrays *set, const char *name, rmf_type type)
{
    const rmf_array *array = rmf_arrays_find(set, name);
    float *value;
    assert_non_null(array);
    assert_int_equal(array->type, type);
    assert_int_equal(array->rank, 3);
    assert_memory_equal(array->shape, ((const int64_t[]){2, 3, 4}), 3 * sizeof(int64_t));
    assert_int_equal(rmf_array_floats(array, &value), RMF_OK);
    for (int i = 0; i < 24; i++)
        assert_true(value[i] == element(i));
    rmf_free(value);
}

static void check_texts(const rmf_arrays *set, const char *name, const char *const *expected,
                        int64_t count)
{
    const rmf_array *array = rmf_arrays_find(set, name);
    assert_non_null(array);
    assert_int_equal(rmf_array_count(array), count);
    for (int64_t i = 0; i < count; i++) {
        char *text;
        assert_int_equal(rmf_array_text(array, i, &text), RMF_OK);
        assert_string_equal(text, expected[i]);
        rmf_free(text);
    }
}

static void check_theirs(const char *path)
{
    static const char *const words[] = {"zero", "eins", "δύο 🦆"}, *const bytes[] = {"ab",
                                                                                          "c"};
    rmf_arrays set = {0};
    if (rmf_npz_read(path, &set) != RMF_OK) fail_msg("%s", rmf_message());
    assert_int_equal(set.count, 9);
    check_x(&set, "x", RMF_F32);
    check_x(&set, "fortran", RMF_F32);
    check_x(&set, "big", RMF_F64);
    check_x(&set, "half", RMF_F32);
    check_texts(&set, "classes", words, 3);
    check_texts(&set, "big_words", words, 3);
    check_texts(&set, "bytes", bytes, 2);
    int64_t *label;
    assert_int_equal(rmf_array_ints(rmf_arrays_find(&set, "label"), &label), RMF_OK);
    assert_memory_equal(label, ((const int64_t[]){3, 0, 255}), 3 * sizeof *label);
    rmf_free(label);
    const rmf_array *scalar = rmf_arrays_find(&set, "scalar");
    assert_int_equal(scalar->rank, 0);
    assert_true(*(const double *)scalar->data == 0.5);
    rmf_arrays_free(&set);
}

static void files_are_interchanged(void **state)
{
    scratch *s = *state;
    char command[512];
    write_ours(s);
    snprintf(command, sizeof command, PYTHON " '%s/tests/io/interchange.py' '%s'", RMF_SOURCE,
             s->folder);
    assert_int_equal(system(command), 0);
    check_theirs(scratch_path(s, "py-stored.npz"));
    check_theirs(scratch_path(s, "py-deflated.npz"));
    check_theirs(scratch_path(s, "py-zip64.npz"));
    rmf_arrays set = {0};
    assert_int_equal(rmf_npy_read(scratch_path(s, "py-version2.npy"), &set), RMF_OK);
    check_x(&set, "", RMF_F32);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_safetensors_read(scratch_path(s, "py.safetensors"), &set), RMF_OK);
    check_x(&set, "x", RMF_F32);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_npy_read(scratch_path(s, "py-object.npy"), &set), RMF_ERR_FORMAT);
    assert_int_equal(rmf_npy_read(scratch_path(s, "py-record.npy"), &set), RMF_ERR_FORMAT);
    assert_int_equal(rmf_npy_read(scratch_path(s, "py-complex.npy"), &set), RMF_ERR_FORMAT);
}

int main(void)
{
    if (system(PYTHON " -c 'import numpy' 2>/dev/null") != 0) {
        puts("skipped: " PYTHON " with NumPy is not installed");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_are_interchanged)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
