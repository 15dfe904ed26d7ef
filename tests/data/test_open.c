/** tests/data/test_open.c – finding files and readers; classes, ranges and shapes from settings. */
#include "support.h"

static const char table[] = "1,2,3,4,cat\n5,6,7,8,dog\n1,1,1,1,cat\n2,2,2,2,ant\n3,3,3,3,cat\n";

static void test_registry(void **state)
{
    (void)state;
    const rmf_dataset_ops *const *ops = rmf_dataset_registry();
    int count = 0;
    for (; ops[count] != NULL; count++) {
        assert_non_null(ops[count]->name);
        assert_non_null(ops[count]->summary);
        assert_non_null(ops[count]->source);
        assert_non_null(ops[count]->accepts);
        assert_non_null(ops[count]->read);
        assert_non_null(strstr(rmf_data_options[0].choices, ops[count]->name));
        for (int i = 0; i < count; i++)
            assert_string_not_equal(ops[i]->name, ops[count]->name);
    }
    assert_int_equal(count, 5);
    assert_string_equal(rmf_data_options[0].choices, "auto|digits|png|npz|idx|csv");
}

static void test_where(void **state)
{
    assert_int_equal(rmf_make_folder("shared/deep"), RMF_OK);
    put_text("shared/deep/t.csv", table);
    put_text("mine.csv", table);
    rmf_dataset data = {0};
    unsetenv("RAMIFY_DATA");
    assert_refused(open_with(&data, "data.path", "deep/t.csv", NULL), RMF_ERR_IO,
                   "test:1: data.path is \"deep/t.csv\"; no such file in . nor in RAMIFY_DATA "
                   "(which is not set)");
    char folder[256];
    snprintf(folder, sizeof folder, "%s/shared", (char *)*state);
    setenv("RAMIFY_DATA", folder, 1);
    assert_int_equal(open_with(&data, "data.path", "deep/t.csv", NULL), RMF_OK);
    assert_non_null(strstr(data.source, "shared/deep/t.csv"));
    rmf_dataset_free(&data);
    assert_int_equal(open_with(&data, "data.path", "mine.csv", NULL), RMF_OK);
    rmf_dataset_free(&data);
    unsetenv("RAMIFY_DATA");
    rmf_settings *settings = NULL;
    assert_int_equal(rmf_settings_create(&settings), RMF_OK);
    assert_int_equal(rmf_settings_put(settings, "data.path", "deep/t.csv", "r.yaml:2"), RMF_OK);
    assert_int_equal(rmf_dataset_open(settings, "shared", &data), RMF_OK);
    assert_int_equal(data.n, 5);
    rmf_dataset_free(&data);
    rmf_settings_free(settings);
}

static void test_unknown_format(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    put_text("t.xyz", table);
    assert_refused(open_with(&data, "data.path", "t.xyz", NULL), RMF_ERR_FORMAT,
                   "t.xyz: of no known format");
    assert_int_equal(open_with(&data, "data.path", "t.xyz", "data.format", "csv", NULL), RMF_OK);
    rmf_dataset_free(&data);
    assert_refused(open_with(&data, NULL), RMF_ERR_USAGE, "data.path is not set");
}

static void test_classes(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    put_text("t.csv", table);
    assert_int_equal(open_with(&data, "data.path", "t.csv", "data.classes", "dog, cat", NULL),
                     RMF_OK);
    assert_int_equal(data.n_classes, 2);
    assert_string_equal(data.class_name[0], "cat");
    assert_string_equal(data.class_name[1], "dog");
    assert_int_equal(data.n, 4);
    const int32_t labels[] = {0, 1, 0, 0};
    assert_memory_equal(data.label, labels, sizeof labels);
    assert_true(data.x[12] == 3);
    rmf_dataset_free(&data);
    assert_refused(open_with(&data, "data.path", "t.csv", "data.classes", "cat,cow", NULL),
                   RMF_ERR_USAGE, "test:1: data.classes names \"cow\"; expected of: ant, cat, dog");
    assert_null(data.x);
}

static void test_most_per_class(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    put_text("t.csv", table);
    assert_int_equal(open_with(&data, "data.path", "t.csv", "data.max_per_class", "1", NULL),
                     RMF_OK);
    assert_int_equal(data.n, 3);
    assert_int_equal(data.n_classes, 3);
    assert_true(data.x[0] == 1 && data.x[1] == 2 && data.x[4] == 5 && data.x[8] == 2);
    rmf_dataset_free(&data);
}

static void test_shape_and_range(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    put_text("t.csv", table);
    assert_int_equal(open_with(&data, "data.path", "t.csv", "data.shape", "2,2", "data.low", "0",
                               "data.high", "9", NULL),
                     RMF_OK);
    assert_int_equal(data.rank, 3);
    assert_int_equal(data.shape[0], 2);
    assert_int_equal(data.shape[2], 1);
    assert_true(data.low == 0 && data.high == 9);
    rmf_dataset_free(&data);
    assert_refused(open_with(&data, "data.path", "t.csv", "data.shape", "2,3", NULL), RMF_ERR_USAGE,
                   "data.shape is 2,3; expected");
    assert_refused(open_with(&data, "data.path", "t.csv", "data.shape", "4", NULL), RMF_ERR_USAGE,
                   "with the product 4");
    assert_refused(open_with(&data, "data.path", "t.csv", "data.low", "1", NULL), RMF_ERR_USAGE,
                   "data.low is 1 and data.high is 0; expected low < high");
}

static void test_digits(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "digits", "data.classes", "3,7", NULL), RMF_OK);
    assert_int_equal(data.n_classes, 2);
    assert_int_equal(data.n, 183 + 179);
    rmf_dataset_free(&data);
    assert_int_equal(open_with(&data, "data.format", "digits", NULL), RMF_OK);
    assert_int_equal(data.n, 1797);
    rmf_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),       cmocka_unit_test(test_where),
        cmocka_unit_test(test_unknown_format), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_most_per_class), cmocka_unit_test(test_shape_and_range),
        cmocka_unit_test(test_digits),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
