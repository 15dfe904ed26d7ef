/** tests/data/test_normalise.c – the affine maps, their inverse and their JSON. */
#include "support.h"

#include <jansson.h>
#include <math.h>

static rmf_dataset make(float *x, int64_t n, int64_t features)
{
    return (rmf_dataset){
        .n = n, .features = features, .rank = 1, .shape = {features, 1, 1}, .x = x};
}

static void test_standard(void **state)
{
    (void)state;
    float x[] = {1, 5, 1e6f, 3, 5, 3e6f, 5, 5, 2e6f, 7, 5, 6e6f};
    const float before[] = {1, 5, 1e6f, 3, 5, 3e6f, 5, 5, 2e6f, 7, 5, 6e6f};
    rmf_dataset data = make(x, 4, 3);
    rmf_normalisation map = {0};
    assert_int_equal(rmf_normalisation_fit(&data, "auto", &map), RMF_OK);
    assert_string_equal(map.kind, "standard");
    assert_int_equal(map.features, 3);
    assert_near(map.shift[0], 4, 1e-12);
    assert_near(map.scale[0], sqrt(5), 1e-12); /* population: divided by 4 */
    assert_near(map.shift[1], 5, 0);
    assert_near(map.scale[1], 1, 0); /* constant */
    assert_near(rmf_normalisation_log_volume(&map, 3), log(map.scale[0]) + log(map.scale[2]),
                1e-12);
    rmf_normalisation_apply(&map, x, 4, 3);
    for (int j = 0; j < 3; j++) {
        double sum = 0, square = 0;
        for (int i = 0; i < 4; i++) {
            sum += x[3 * i + j];
            square += (double)x[3 * i + j] * x[3 * i + j];
        }
        assert_near(sum, 0, 1e-6);
        assert_near(square / 4, j == 1 ? 0 : 1, 1e-6);
    }
    rmf_normalisation_invert(&map, x, 4, 3);
    for (int i = 0; i < 12; i++)
        assert_near(x[i], before[i], 1e-6 * before[i]);
    rmf_normalisation_free(&map);
    rmf_normalisation_free(NULL);
}

static void test_constant_with_rounding(void **state)
{
    (void)state;
    float x[] = {0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f};
    rmf_dataset data = make(x, 7, 1);
    rmf_normalisation map = {0};
    assert_int_equal(rmf_normalisation_fit(&data, "standard", &map), RMF_OK);
    assert_near(map.scale[0], 1, 0);
    rmf_normalisation_free(&map);
}

static void test_range(void **state)
{
    (void)state;
    float x[] = {0, 10, 4, 30, 2, 20}, pixel[] = {0, 128, 255, 64};
    rmf_dataset data = make(x, 3, 2), image = make(pixel, 1, 4);
    rmf_normalisation map = {0};
    double low = 5, high = 6;
    assert_int_equal(rmf_normalisation_fit(&data, "range", &map), RMF_OK);
    assert_false(rmf_normalisation_range(&map, &low, &high)); /* a range a column */
    assert_true(low == 5 && high == 6);
    rmf_normalisation_apply(&map, x, 3, 2);
    const float expected[] = {-1, -1, 1, 1, 0, 0};
    assert_memory_equal(x, expected, sizeof expected);
    rmf_normalisation_free(&map);
    image.rank = 3;
    image.high = 255;
    assert_int_equal(rmf_normalisation_fit(&image, "auto", &map), RMF_OK);
    assert_string_equal(map.kind, "range");
    assert_int_equal(map.features, 1);
    assert_near(map.shift[0], 127.5, 0);
    rmf_normalisation_apply(&map, pixel, 1, 4);
    assert_true(pixel[0] == -1 && pixel[2] == 1);
    rmf_normalisation_invert(&map, pixel, 1, 4);
    assert_true(pixel[1] == 128 && pixel[3] == 64);
    rmf_normalisation_free(&map);
    image.high = 0; /* unknown: the range of all pixels together */
    float dark[] = {10, 20, 10, 30};
    image.x = dark;
    assert_int_equal(rmf_normalisation_fit(&image, "range", &map), RMF_OK);
    assert_int_equal(map.features, 1);
    assert_near(map.shift[0], 20, 0);
    assert_near(map.scale[0], 10, 0);
    assert_true(rmf_normalisation_range(&map, &low, &high));
    assert_true(low == 10 && high == 30);
    rmf_normalisation_free(&map);
    assert_int_equal(rmf_normalisation_fit(&image, "none", &map), RMF_OK);
    assert_false(rmf_normalisation_range(&map, &low, &high));
    rmf_normalisation_free(&map);
}

static void test_none_and_refusals(void **state)
{
    (void)state;
    float x[] = {1, 2};
    rmf_dataset data = make(x, 1, 2), empty = make(x, 0, 2);
    rmf_normalisation map = {0};
    assert_int_equal(rmf_normalisation_fit(&data, "none", &map), RMF_OK);
    rmf_normalisation_apply(&map, x, 1, 2);
    rmf_normalisation_invert(&map, x, 1, 2);
    assert_true(x[0] == 1 && x[1] == 2);
    rmf_normalisation_free(&map);
    assert_refused(rmf_normalisation_fit(&data, "log", &map), RMF_ERR_USAGE, "\"log\"");
    assert_refused(rmf_normalisation_fit(&empty, "range", &map), RMF_ERR_ARGUMENT, "0 objects");
    assert_null(map.shift);
}

static void test_json(void **state)
{
    (void)state;
    float x[] = {0.1f, 7, -3.3f, 8, 1e-7f, 19};
    rmf_dataset data = make(x, 3, 2);
    rmf_normalisation map = {0}, back = {0};
    json_t *value = NULL;
    assert_int_equal(rmf_normalisation_fit(&data, "standard", &map), RMF_OK);
    assert_int_equal(rmf_normalisation_to_json(&map, &value), RMF_OK);
    char *text = json_dumps(value, JSON_REAL_PRECISION(17));
    json_decref(value);
    value = json_loads(text, 0, NULL);
    free(text);
    assert_int_equal(rmf_normalisation_from_json(value, &back), RMF_OK);
    assert_string_equal(back.kind, "standard");
    assert_int_equal(back.features, 2);
    assert_memory_equal(back.shift, map.shift, 2 * sizeof(double));
    assert_memory_equal(back.scale, map.scale, 2 * sizeof(double));
    json_decref(value);
    rmf_normalisation_free(&map);
    rmf_normalisation_free(&back);
}

static void test_damaged_json(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "{}",
        "[]",
        "{\"kind\": \"odd\", \"shift\": [0], \"scale\": [1]}",
        "{\"kind\": 1, \"shift\": [0], \"scale\": [1]}",
        "{\"kind\": \"range\"}",
        "{\"kind\": \"range\", \"shift\": [], \"scale\": []}",
        "{\"kind\": \"range\", \"shift\": [0, 0], \"scale\": [1]}",
        "{\"kind\": \"range\", \"shift\": [0], \"scale\": [0]}",
        "{\"kind\": \"range\", \"shift\": [0], \"scale\": [-1]}",
        "{\"kind\": \"range\", \"shift\": [null], \"scale\": [1]}",
        "{\"kind\": \"range\", \"shift\": [0], \"scale\": [\"1\"]}",
        "{\"kind\": \"range\", \"shift\": 0, \"scale\": 1}",
    };
    for (size_t i = 0; i < COUNT(damaged); i++) {
        json_t *value = json_loads(damaged[i], 0, NULL);
        assert_non_null(value);
        rmf_normalisation map = {0};
        assert_refused(rmf_normalisation_from_json(value, &map), RMF_ERR_FORMAT, "normalisation: ");
        assert_null(map.shift);
        json_decref(value);
    }
    rmf_normalisation map = {0};
    assert_refused(rmf_normalisation_from_json(NULL, &map), RMF_ERR_FORMAT, "kind is absent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard), cmocka_unit_test(test_constant_with_rounding),
        cmocka_unit_test(test_range),    cmocka_unit_test(test_none_and_refusals),
        cmocka_unit_test(test_json),     cmocka_unit_test(test_damaged_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
