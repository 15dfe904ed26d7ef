/**
 * tests/data/test_real.c – the public data sets, where they are: in RAMIFY_DATA, or in shared/data
 * beside the source tree.  The sums were computed by NumPy.
 */
#include "support.h"

static const char *folder; /* of the data sets; set once in main() */

static double sum_of(const rmf_dataset *data)
{
    double sum = 0;
    for (int64_t i = 0; i < data->n * data->features; i++)
        sum += data->x[i];
    return sum;
}

static void check_counts(const rmf_dataset *data, const int *expected)
{
    int count[10] = {0};
    for (int64_t i = 0; i < data->n; i++)
        count[data->label[i]]++;
    assert_memory_equal(count, expected, (size_t)data->n_classes * sizeof(int));
}

/** Opens folder/name, or skips the test that asked for it. */
static void open_real(const char *name, rmf_dataset *data)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!rmf_file_exists(path)) {
        printf("SKIPPED: there is no %s\n", path);
        skip();
    }
    if (open_with(data, "data.path", path, NULL) != RMF_OK) fail_msg("%s", rmf_message());
}

static void check_pair(const char *name, double sum, const int *counts)
{
    rmf_dataset data = {0};
    open_real(name, &data);
    assert_int_equal(data.n, 60000);
    assert_int_equal(data.features, 784);
    assert_int_equal(data.shape[0], 28);
    assert_int_equal(data.n_classes, 10);
    assert_true(sum_of(&data) == sum);
    check_counts(&data, counts);
    rmf_dataset_free(&data);
}

static void test_mnist(void **state)
{
    (void)state;
    static const int counts[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    check_pair("mnist/train-images-idx3-ubyte.gz", 1567298545, counts);
}

static void test_fashion_mnist(void **state)
{
    (void)state;
    static const int counts[] = {6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000, 6000};
    check_pair("fashion-mnist/train-images-idx3-ubyte.gz", 3431114169, counts);
}

/** A header that looks like an object, the label in front, no newline at the end. */
static void test_letters(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    open_real("letter-recognition/letter-recognition.data", &data);
    assert_int_equal(data.n, 20000);
    assert_int_equal(data.features, 16);
    assert_int_equal(data.n_classes, 26);
    assert_string_equal(data.class_name[0], "A");
    assert_string_equal(data.class_name[25], "Z");
    assert_string_equal(data.class_name[data.label[0]], "T");
    assert_string_equal(data.feature_name[15], "16");
    assert_true(sum_of(&data) == 1896149);
    int a = 0;
    for (int64_t i = 0; i < data.n; i++)
        a += data.label[i] == 0;
    assert_int_equal(a, 789);
    rmf_dataset_free(&data);
}

static void test_digits_file(void **state)
{
    (void)state;
    rmf_dataset data = {0}, embedded = {0};
    open_real("digits/digits.csv.gz", &data);
    assert_int_equal(rmf_dataset_digits(&embedded), RMF_OK);
    assert_int_equal(data.n, embedded.n);
    assert_memory_equal(data.x, embedded.x, (size_t)(data.n * 64) * sizeof(float));
    assert_memory_equal(data.label, embedded.label, (size_t)data.n * sizeof(int32_t));
    rmf_dataset_free(&data);
    rmf_dataset_free(&embedded);
}

/** First lines "rows,columns,class names…", as wide as the data or not. */
static void test_counted_headers(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    open_real("small-tabular/iris.csv", &data);
    assert_int_equal(data.n, 150);
    assert_int_equal(data.features, 4);
    assert_string_equal(data.class_name[1], "versicolor");
    static const int iris[] = {50, 50, 50};
    check_counts(&data, iris);
    rmf_dataset_free(&data);
    open_real("small-tabular/wine_data.csv", &data);
    assert_int_equal(data.n, 178);
    assert_int_equal(data.features, 13);
    double proline = 0;
    for (int64_t i = 0; i < data.n; i++)
        proline += data.x[i * 13 + 12];
    assert_true(proline == 132947);
    static const int wine[] = {59, 71, 48};
    check_counts(&data, wine);
    rmf_dataset_free(&data);
}

int main(void)
{
    const char *shared = getenv("RAMIFY_DATA");
    folder = shared != NULL && rmf_is_folder(shared) ? shared : RMF_SOURCE "/../shared/data";
    if (!rmf_is_folder(folder)) {
        printf("SKIPPED: no public data sets; RAMIFY_DATA may name their folder\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mnist),           cmocka_unit_test(test_fashion_mnist),
        cmocka_unit_test(test_letters),         cmocka_unit_test(test_digits_file),
        cmocka_unit_test(test_counted_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
