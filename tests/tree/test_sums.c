/* tests/tree/test_sums.c – discovery sums against plain loops over objects, and their file. */
#include "support.h"
#include "tree/sums.h"

/* S by its definition: every object with its own ρ, every pair of different objects. */
static void direct(const rmf_labelled *data, double alpha, double sigma, double *s)
{
    const int n = data->n_names;
    const int64_t d = data->features;
    double *pairs = calloc((size_t)(n * n), sizeof *pairs);
    assert_non_null(pairs);
    memset(s, 0, (size_t)(n * n) * sizeof *s);
    for (int64_t a = 0; a < data->n; a++)
        for (int64_t b = 0; b < data->n; b++) {
            double dot = 0, x = 0, y = 0;
            if (a == b) continue;
            for (int64_t j = 0; j < d; j++) {
                dot += (double)data->x[a * d + j] * (double)data->x[b * d + j];
                x += (double)data->x[a * d + j] * (double)data->x[a * d + j];
                y += (double)data->x[b * d + j] * (double)data->x[b * d + j];
            }
            int cell = data->label[a] * n + data->label[b];
            pairs[cell]++;
            if (x > 0 && y > 0)
                s[cell] += rmf_rho(alpha * sqrt(x) / sigma, d) *
                           rmf_rho(alpha * sqrt(y) / sigma, d) * dot / sqrt(x * y);
        }
    for (int i = 0; i < n * n; i++)
        s[i] /= pairs[i];
    free(pairs);
}

static void check_against_direct(const rmf_labelled *data, double tolerance)
{
    const int n = data->n_names;
    double expected[100], found[100];
    rmf_sums *sums = NULL;
    OK(rmf_sums_create(data, 0, 0, &sums));
    for (int i = 0; i <= 20; i++) {
        double alpha, sigma;
        vp_kernel(NULL, i == 0 ? 1e-4 : i / 20.0, &alpha, &sigma);
        direct(data, alpha, sigma, expected);
        OK(rmf_sums_similarity(sums, alpha, sigma, found));
        for (int k = 0; k < n * n; k++)
            NEAR(found[k], expected[k], tolerance);
    }
    rmf_sums_free(sums);
}

static void test_against_definition(void **state)
{
    (void)state;
    static const int counts[] = {2, 17, 40};
    static const int64_t features[] = {1, 2, 5, 130, 300};
    for (int i = 0; i < COUNT(features); i++) {
        cloud c = cloud_make(3, counts, features[i], 0.4, (uint64_t)i);
        check_against_direct(&c.data, 1e-9);
        cloud_free(&c);
    }
}

/* Norms over four powers of ten, objects that are zero, and a class of zeros only. */
static void test_wide_norms_and_zeros(void **state)
{
    (void)state;
    static const int counts[] = {9, 30, 4};
    cloud c = cloud_make(3, counts, 20, 0.4, 9);
    for (int64_t i = 0; i < c.data.n; i++)
        for (int64_t j = 0; j < 20; j++)
            c.x[i * 20 + j] *= i % 5 == 0 || i >= 39 ? 0 : powf(10, (float)(i % 9) / 2 - 2);
    check_against_direct(&c.data, 1e-7);
    cloud_free(&c);
}

/* All norms equal (one node is enough) and no noise at all. */
static void test_equal_norms(void **state)
{
    (void)state;
    static const int counts[] = {5, 8};
    double s[4], alpha, sigma;
    cloud c = cloud_make(2, counts, 12, 0.4, 1);
    rmf_sums *sums = NULL;
    for (int64_t i = 0; i < c.data.n; i++)
        for (int64_t j = 0; j < 12; j++)
            c.x[i * 12 + j] = (i + j) % 12 == 0 ? 2 : 0;
    check_against_direct(&c.data, 1e-12);
    OK(rmf_sums_create(&c.data, 0, 0, &sums));
    assert_int_equal(sums->nodes, 1);
    vp_kernel(NULL, 0, &alpha, &sigma);
    OK(rmf_sums_similarity(sums, alpha, sigma, s));
    NEAR(s[0], 0, 1e-15);
    NEAR(s[1], 1.0 / 40, 1e-15); /* object 0 equals object 12 */
    OK(rmf_sums_similarity(sums, 0, 1, s));
    for (int i = 0; i < 4; i++)
        assert_true(s[i] == 0);
    assert_int_equal(rmf_sums_similarity(sums, -1, 1, s), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_sums_similarity(sums, 1, NAN, s), RMF_ERR_ARGUMENT);
    rmf_sums_free(sums);
    rmf_sums_free(NULL);
    cloud_free(&c);
}

static void test_interpolation(void **state)
{
    (void)state;
    double points[RMF_MOST_NODES], basis[RMF_MOST_NODES];
    for (int n = 1; n <= RMF_MOST_NODES; n++) {
        rmf_chebyshev_points(-1, 3, n, points);
        for (int i = 0; i <= 40; i++) {
            double v = -1 + i * 0.1, sum = 0, first = 0;
            rmf_chebyshev_basis(points, n, v, basis);
            for (int k = 0; k < n; k++) {
                sum += basis[k];
                first += basis[k] * points[k];
            }
            NEAR(sum, 1, 1e-13);
            if (n > 1) NEAR(first, v, 1e-12);
        }
    }
    assert_int_equal(rmf_chebyshev_count(2, 2, 100), 1);
    assert_in_range(rmf_chebyshev_count(0, log(2), 784), 5, 12);
    assert_true(rmf_chebyshev_count(0, log(20), 784) > rmf_chebyshev_count(0, log(2), 784));
}

/* At most so many a class, the same ones for the same seed. */
static void test_subsample(void **state)
{
    (void)state;
    static const int counts[] = {10, 300};
    cloud c = cloud_make(2, counts, 3, 0.4, 5);
    rmf_picks a, b, other;
    OK(rmf_picks_create(&c.data, 40, 1, &a));
    OK(rmf_picks_create(&c.data, 40, 1, &b));
    OK(rmf_picks_create(&c.data, 40, 2, &other));
    assert_int_equal(a.start[1], 10);
    assert_int_equal(a.start[2], 50);
    assert_memory_equal(a.row, b.row, 50 * sizeof *a.row);
    assert_memory_not_equal(a.row, other.row, 50 * sizeof *a.row);
    for (int i = 1; i < 50; i++) {
        assert_true(a.row[i] > a.row[i - 1]);
        assert_int_equal(c.label[a.row[i]], i >= 10);
    }
    rmf_picks_free(&a);
    rmf_picks_free(&b);
    rmf_picks_free(&other);
    assert_int_equal(rmf_picks_create(&c.data, 1, 0, &a), RMF_ERR_ARGUMENT);
    cloud_free(&c);
}

static void test_file(void **state)
{
    (void)state;
    static const int counts[] = {5, 6, 7};
    double before[9], after[9];
    cloud c = cloud_make(3, counts, 10, 0.4, 2);
    rmf_sums *sums = NULL, *back = NULL;
    OK(rmf_sums_create(&c.data, 0, 0, &sums));
    OK(rmf_sums_write(sums, "sums.npz", false));
    assert_int_equal(rmf_sums_write(sums, "sums.npz", false), RMF_ERR_EXISTS);
    OK(rmf_sums_read("sums.npz", &back));
    OK(rmf_sums_similarity(sums, 0.3, 0.9, before));
    OK(rmf_sums_similarity(back, 0.3, 0.9, after));
    assert_memory_equal(before, after, sizeof before);
    assert_string_equal(back->name[2], "2");
    rmf_sums_free(sums);
    rmf_sums_free(back);
    cloud_free(&c);
}

/* One array of the file replaced: RMF_ERR_FORMAT with the array's name. */
static void test_damaged_file(void **state)
{
    (void)state;
    static const double two[] = {2, 2}, one[] = {1, 2}, bad[] = {NAN, 2}, cells[8] = {0};
    static const char *const names[] = {"a", "b"};
    static const struct {
        const char *name, *says;
        int rank;
        int64_t shape[3];
        const double *data;
    } cases[] = {
        {"count", "class 0 counts 1 objects", 1, {2}, one},
        {"count", "\"count\" holds nan", 1, {2}, bad},
        {"count", "\"count\" has size 1", 1, {1}, two},
        {"log_norm", "\"log_norm\" has size 1 in dimension 0; expected 2", 1, {1}, two},
        {"direction_sums", "no array \"direction_sums\" of 3", 2, {2, 2}, cells},
        {"direction_sums", "\"direction_sums\" has size 0", 3, {2, 2, 0}, cells},
        {"square_sums", "\"square_sums\" has size 1", 3, {2, 2, 1}, cells},
        {"classes", "no text array \"classes\"", 1, {2}, two},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        static const char *const order[] = {"count", "log_norm", "direction_sums", "square_sums"};
        static const int64_t shape[4][3] = {{2}, {2}, {2, 2, 2}, {2, 2, 2}};
        static const double *const data[] = {two, two, cells, cells};
        static const int rank[] = {1, 1, 3, 3};
        rmf_arrays arrays = {0};
        rmf_sums *sums = NULL;
        for (int k = 0; k < 4; k++)
            if (strcmp(order[k], cases[i].name) != 0)
                OK(rmf_arrays_add(&arrays, order[k], RMF_F64, rank[k], shape[k], data[k]));
        if (strcmp(cases[i].name, "classes") != 0)
            OK(rmf_arrays_add_texts(&arrays, "classes", names, 2));
        OK(rmf_arrays_add(&arrays, cases[i].name, RMF_F64, cases[i].rank, cases[i].shape,
                          cases[i].data));
        OK(rmf_npz_write("bad.npz", true, &arrays));
        assert_int_equal(rmf_sums_read("bad.npz", &sums), RMF_ERR_FORMAT);
        assert_null(sums);
        assert_says("bad.npz: discovery sums: ");
        assert_says(cases[i].says);
        rmf_arrays_free(&arrays);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_definition), cmocka_unit_test(test_wide_norms_and_zeros),
        cmocka_unit_test(test_equal_norms),        cmocka_unit_test(test_interpolation),
        cmocka_unit_test(test_subsample),          cmocka_unit_test(test_file),
        cmocka_unit_test(test_damaged_file),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
