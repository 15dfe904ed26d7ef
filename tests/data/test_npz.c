/** tests/data/test_npz.c – NumPy archives: shapes, label types, class names, refusals. */
#include "support.h"

#include <math.h>

/** Adds x [2, 3] and writes t.npz. */
static void put_npz(rmf_arrays *arrays)
{
    assert_int_equal(rmf_npz_write("t.npz", true, arrays), RMF_OK);
    rmf_arrays_free(arrays);
}

static const float x[6] = {1, 2, 3, 4, 5, 6};
static const int64_t two_by_three[] = {2, 3}, two[] = {2};

static void add_x(rmf_arrays *arrays)
{
    assert_int_equal(rmf_arrays_add(arrays, "x", RMF_F32, 2, two_by_three, x), RMF_OK);
}

static void add(rmf_arrays *arrays, const char *name, rmf_type type, const void *data)
{
    assert_int_equal(rmf_arrays_add(arrays, name, type, 1, two, data), RMF_OK);
}

static void test_numbers(void **state)
{
    (void)state;
    rmf_arrays arrays = {0};
    const int32_t label[] = {12, 5};
    add_x(&arrays);
    add(&arrays, "label", RMF_I32, label);
    put_npz(&arrays);
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "t.npz", NULL), RMF_OK);
    assert_int_equal(data.rank, 1);
    assert_int_equal(data.features, 3);
    assert_string_equal(data.class_name[0], "5");
    assert_int_equal(data.label[0], 1);
    assert_true(data.x[5] == 6);
    rmf_dataset_free(&data);
}

static void test_names(void **state)
{
    (void)state;
    rmf_arrays arrays = {0};
    const int64_t label[] = {2, 0};
    const char *const classes[] = {"zebra", "unused", "ant"}, *const text[] = {"b", "a"};
    add_x(&arrays);
    add(&arrays, "label", RMF_I64, label);
    assert_int_equal(rmf_arrays_add_texts(&arrays, "classes", classes, 3), RMF_OK);
    assert_int_equal(rmf_arrays_add_texts(&arrays, "kind", text, 2), RMF_OK);
    put_npz(&arrays);
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "t.npz", NULL), RMF_OK);
    assert_int_equal(data.n_classes, 2);
    assert_string_equal(data.class_name[0], "ant");
    assert_int_equal(data.label[0], 0);
    assert_int_equal(data.label[1], 1);
    rmf_dataset_free(&data);
    assert_int_equal(open_with(&data, "data.path", "t.npz", "data.label", "kind", NULL), RMF_OK);
    assert_string_equal(data.class_name[data.label[0]], "b");
    rmf_dataset_free(&data);
}

static void test_images(void **state)
{
    (void)state;
    rmf_arrays arrays = {0};
    const uint8_t label[] = {0, 1}, pixel[12] = {0, 255, 7};
    const int64_t grey[] = {2, 3, 2}, colour[] = {2, 1, 2, 3};
    assert_int_equal(rmf_arrays_add(&arrays, "x", RMF_U8, 3, grey, pixel), RMF_OK);
    add(&arrays, "label", RMF_U8, label);
    put_npz(&arrays);
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "t.npz", NULL), RMF_OK);
    assert_int_equal(data.rank, 3);
    assert_int_equal(data.shape[0], 3);
    assert_int_equal(data.shape[1], 2);
    assert_int_equal(data.shape[2], 1);
    assert_true(data.high == 255 && data.x[1] == 255);
    rmf_dataset_free(&data);
    assert_int_equal(rmf_arrays_add(&arrays, "x", RMF_U8, 4, colour, pixel), RMF_OK);
    add(&arrays, "label", RMF_U8, label);
    put_npz(&arrays);
    assert_int_equal(open_with(&data, "data.path", "t.npz", NULL), RMF_OK);
    assert_int_equal(data.shape[2], 3);
    rmf_dataset_free(&data);
}

static void refuse(rmf_arrays *arrays, const char *message)
{
    put_npz(arrays);
    rmf_dataset data = {0};
    assert_refused(open_with(&data, "data.path", "t.npz", NULL), RMF_ERR_FORMAT, message);
    assert_null(data.x);
}

static void test_refusals(void **state)
{
    (void)state;
    rmf_arrays a = {0};
    const int32_t label[] = {0, 1}, outside[] = {0, 2};
    const float bad[] = {1, 2, 3, 4, INFINITY, 6};
    const char *const classes[] = {"p", "q"}, *const empty[] = {"p", ""};
    const int64_t none[] = {0, 3}, three[] = {3};
    add(&a, "label", RMF_I32, label);
    refuse(&a, "no array \"x\"; expected x and label (data.label names another); it holds: label");
    add_x(&a);
    refuse(&a, "no array \"label\"");
    assert_int_equal(rmf_arrays_add(&a, "x", RMF_F32, 2, two_by_three, bad), RMF_OK);
    add(&a, "label", RMF_I32, label);
    refuse(&a, "value 1 of x[1] is inf");
    assert_int_equal(rmf_arrays_add(&a, "x", RMF_F32, 2, none, x), RMF_OK);
    add(&a, "label", RMF_I32, label);
    refuse(&a, "x has 2 dimensions and 0 elements");
    add_x(&a);
    assert_int_equal(rmf_arrays_add(&a, "label", RMF_F32, 1, three, x), RMF_OK);
    refuse(&a, "label has 1 dimensions and 3 elements; expected [2]");
    add_x(&a);
    add(&a, "label", RMF_I32, outside);
    assert_int_equal(rmf_arrays_add_texts(&a, "classes", classes, 2), RMF_OK);
    refuse(&a, "label[1] is 2; expected 0 to 1");
    add_x(&a);
    assert_int_equal(rmf_arrays_add_texts(&a, "label", empty, 2), RMF_OK);
    refuse(&a, "t.npz: the class of label[1] is an empty text");
    add_x(&a);
    add(&a, "label", RMF_I32, label);
    add(&a, "classes", RMF_I32, label);
    refuse(&a, "classes is no list of texts");
    put_text("t.npz", "PK but no archive");
    rmf_dataset data = {0};
    assert_refused(open_with(&data, "data.path", "t.npz", NULL), RMF_ERR_FORMAT, "t.npz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
