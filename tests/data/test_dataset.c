/** tests/data/test_dataset.c – the embedded digits, copies of rows, the split. */
#include "support.h"

#include <math.h>

static void test_digits(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    assert_int_equal(rmf_dataset_digits(&data), RMF_OK);
    assert_int_equal(data.n, 1797);
    assert_int_equal(data.rank, 3);
    assert_int_equal(data.shape[0], 8);
    assert_int_equal(data.shape[1], 8);
    assert_int_equal(data.features, 64);
    assert_int_equal(data.n_classes, 10);
    assert_true(data.low == 0 && data.high == 16);
    static const int size[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    int count[10] = {0};
    double sum = 0, most = 0;
    for (int64_t i = 0; i < data.n; i++)
        count[data.label[i]]++;
    for (int64_t i = 0; i < data.n * 64; i++) {
        sum += data.x[i];
        most = fmax(most, data.x[i]);
    }
    assert_memory_equal(count, size, sizeof size);
    assert_true(most == 16);
    assert_true(sum == 561718); /* of all pixels, by NumPy */
    static const float first_row[] = {0, 0, 5, 13, 9, 1, 0, 0};
    assert_memory_equal(data.x, first_row, sizeof first_row);
    assert_string_equal(data.class_name[9], "9");
    rmf_dataset_free(&data);
    rmf_dataset_free(&data);
    rmf_dataset_free(NULL);
}

static void test_take(void **state)
{
    (void)state;
    rmf_dataset data = {0}, some = {0};
    put_text("t.csv", "a,b,l\n1,2,x\n3,4,y\n5,6,x\n");
    assert_int_equal(open_with(&data, "data.path", "t.csv", NULL), RMF_OK);
    const int64_t rows[] = {2, 2, 0}, outside[] = {0, 3}, negative[] = {-1};
    assert_int_equal(rmf_dataset_take(&data, rows, 3, &some), RMF_OK);
    assert_int_equal(some.n, 3);
    assert_true(some.x[0] == 5 && some.x[3] == 6 && some.x[4] == 1);
    assert_int_equal(some.n_classes, 2);
    assert_string_equal(some.class_name[1], "y");
    assert_string_equal(some.feature_name[1], "b");
    assert_string_equal(some.source, data.source);
    rmf_dataset_free(&some);
    assert_int_equal(rmf_dataset_take(&data, rows, 0, &some), RMF_OK);
    assert_int_equal(some.n, 0);
    rmf_dataset_free(&some);
    assert_refused(rmf_dataset_take(&data, outside, 2, &some), RMF_ERR_ARGUMENT, "row 3");
    assert_refused(rmf_dataset_take(&data, negative, 1, &some), RMF_ERR_ARGUMENT, "row -1");
    assert_null(some.x);
    rmf_labelled view = rmf_dataset_labelled(&data);
    assert_ptr_equal(view.x, data.x);
    assert_int_equal(view.n_names, 2);
    assert_string_equal(view.names[1], "y");
    rmf_dataset_free(&data);
}

/** Held-out rows of each class, and that `order` is a permutation in ascending parts. */
static void count_held(const rmf_dataset *data, const int64_t *order, int64_t n_train, int *held)
{
    char *seen = calloc((size_t)data->n, 1);
    memset(held, 0, (size_t)data->n_classes * sizeof *held);
    for (int64_t i = 0; i < data->n; i++) {
        assert_in_range(order[i], 0, data->n - 1);
        assert_int_equal(seen[order[i]]++, 0);
        if (i >= n_train) held[data->label[order[i]]]++;
        if (i > 0 && i != n_train) assert_true(order[i] > order[i - 1]);
    }
    free(seen);
}

static void test_split(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    assert_int_equal(rmf_dataset_digits(&data), RMF_OK);
    int64_t order[1797], again[1797], other[1797], n_train = 0, n_again = 0;
    int held[10];
    assert_int_equal(rmf_split(&data, 0.1, 7, order, &n_train), RMF_OK);
    count_held(&data, order, n_train, held);
    static const int tenth[] = {17, 18, 17, 18, 18, 18, 18, 17, 17, 18};
    assert_memory_equal(held, tenth, sizeof tenth);
    assert_int_equal(rmf_split(&data, 0.1, 7, again, &n_again), RMF_OK);
    assert_memory_equal(order, again, sizeof order);
    assert_int_equal(n_train, n_again);
    assert_int_equal(rmf_split(&data, 0.1, 8, other, &n_again), RMF_OK);
    assert_memory_not_equal(order, other, sizeof order);
    assert_int_equal(rmf_split(&data, 0, 7, order, &n_train), RMF_OK);
    assert_int_equal(n_train, 1797);
    assert_refused(rmf_split(&data, 1, 7, order, &n_train), RMF_ERR_ARGUMENT, "share 1");
    assert_refused(rmf_split(&data, -0.1, 7, order, &n_train), RMF_ERR_ARGUMENT, "share -0.1");
    assert_refused(rmf_split(&data, NAN, 7, order, &n_train), RMF_ERR_ARGUMENT, "share");
    rmf_dataset_free(&data);
}

/** Which objects of a class are held out does not depend on the other classes. */
static void test_split_of_a_part(void **state)
{
    (void)state;
    rmf_dataset all = {0}, part = {0};
    assert_int_equal(rmf_dataset_digits(&all), RMF_OK);
    assert_int_equal(open_with(&part, "data.path", "digits", "data.classes", "4,9", NULL), RMF_OK);
    int64_t order[1797], few[1797], n_all = 0, n_part = 0;
    assert_int_equal(rmf_split(&all, 0.2, 3, order, &n_all), RMF_OK);
    assert_int_equal(rmf_split(&part, 0.2, 3, few, &n_part), RMF_OK);
    int64_t at = n_part;
    for (int64_t i = n_all; i < all.n; i++) {
        if (all.label[order[i]] != 4 && all.label[order[i]] != 9) continue;
        assert_memory_equal(all.x + order[i] * 64, part.x + few[at++] * 64, 64 * sizeof(float));
    }
    assert_int_equal(at, part.n);
    rmf_dataset_free(&all);
    rmf_dataset_free(&part);
}

static void test_split_of_small_classes(void **state)
{
    (void)state;
    float x[103] = {0};
    int32_t label[103] = {0};
    char *names[] = {"many", "one", "two"};
    label[100] = 1;
    label[101] = label[102] = 2;
    rmf_dataset data = {.n = 103,
                        .features = 1,
                        .rank = 1,
                        .shape = {1, 1, 1},
                        .x = x,
                        .label = label,
                        .n_classes = 3,
                        .class_name = names};
    int64_t order[103], n_train = 0;
    int held[3];
    assert_int_equal(rmf_split(&data, 0.29, 1, order, &n_train), RMF_OK);
    count_held(&data, order, n_train, held);
    assert_int_equal(held[0], 29); /* 0.29 · 100 is 28.999… in binary */
    assert_int_equal(held[1], 0);
    assert_int_equal(held[2], 0);
    assert_int_equal(rmf_split(&data, 0.999999999999, 1, order, &n_train), RMF_OK);
    count_held(&data, order, n_train, held);
    assert_int_equal(held[0], 99);
    assert_int_equal(held[1], 0);
    assert_int_equal(held[2], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_of_a_part),
        cmocka_unit_test(test_split_of_small_classes),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
