/* tests/eval/test_frechet.c – the Fréchet distance against closed forms, both of its routes, and
 * its extrapolation. */
#include "eval/fixture.h"

#include "eval/frechet.h"

/* N(m, diag s²) against N(0, I): Σ m² + Σ (s − 1)². */
static void frechet_gaussian(void **state)
{
    (void)state;
    enum { N = 200000, D = 3 };
    static const float mean[D] = {1, 0, -0.5f}, deviation[D] = {2, 1, 0.25f};
    float *a = normal(1, N, D), *b = normal(2, N, D);
    double expected = 0;
    for (int j = 0; j < D; j++)
        expected += mean[j] * mean[j] + (deviation[j] - 1) * (deviation[j] - 1);
    for (int i = 0; i < N * D; i++)
        a[i] = mean[i % D] + deviation[i % D] * a[i];
    assert_near(metric("frechet", (rmf_sample_set){a, N, D}, (rmf_sample_set){b, N, D}), expected,
                0.03);
    free(a);
    free(b);
}

static void frechet_identical(void **state)
{
    (void)state;
    static const int64_t size[][2] = {{500, 8}, {30, 100}, {2, 5}, {40, 40}, {41, 40}, {2, 1}};
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        float *x = normal(3, size[k][0], size[k][1]);
        rmf_sample_set set = {x, size[k][0], size[k][1]};
        assert_near(metric("frechet", set, set), 0, 2e-5);
        free(x);
    }
    float flat[6] = {2, 2, 2, 2, 2, 2};
    rmf_sample_set same = {flat, 3, 2};
    assert_near(metric("frechet", same, same), 0, 0);
}

/* A shift adds its squared length and nothing else. */
static void frechet_shift(void **state)
{
    (void)state;
    enum { N = 40, D = 64 };
    float *a = normal(4, N, D), *b = malloc(sizeof *b * N * D);
    assert_non_null(b);
    for (int i = 0; i < N * D; i++)
        b[i] = a[i] + 0.5f;
    assert_near(metric("frechet", (rmf_sample_set){a, N, D}, (rmf_sample_set){b, N, D}), D * 0.25,
                1e-4);
    free(a);
    free(b);
}

/* Both routes on whole sets and on resamples, which have repeated and missing objects. */
static void frechet_routes(void **state)
{
    (void)state;
    static const int64_t size[][3] = {{40, 40, 20}, {40, 40, 60}, {25, 60, 30}, {60, 25, 30}};
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        int64_t na = size[k][0], nb = size[k][1], d = size[k][2];
        float *a = normal(5, na, d), *b = normal(6, nb, d);
        for (int64_t i = 0; i < na; i++)
            a[i * d + 3] = 1; /* a feature that does not vary */
        double weight_a[64] = {0}, weight_b[64] = {0};
        for (int64_t i = 0; i < na; i++)
            weight_a[rmf_random_below(rmf_key_make(7, 7), 0, (uint32_t)i, (uint64_t)na)]++;
        for (int64_t i = 0; i < nb; i++)
            weight_b[rmf_random_below(rmf_key_make(7, 8), 0, (uint32_t)i, (uint64_t)nb)]++;
        rmf_pair pair = {.a = {a, na, d}, .b = {b, nb, d}};
        rmf_weights all = {NULL, NULL}, some = {weight_a, weight_b};
        void *prepared = NULL;
        rmf_arena *arena = new_arena();
        double cross, features;
        assert_ok(rmf_metric_frechet.prepare(&pair, arena, &prepared));
        assert_ok(rmf_frechet_value(prepared, &all, RMF_FRECHET_CROSS, &cross));
        assert_ok(rmf_frechet_value(prepared, &all, RMF_FRECHET_COVARIANCE, &features));
        assert_near(cross, features, 1e-5);
        assert_ok(rmf_frechet_value(prepared, &some, RMF_FRECHET_CROSS, &cross));
        assert_ok(rmf_frechet_value(prepared, &some, RMF_FRECHET_COVARIANCE, &features));
        assert_near(cross, features, 1e-5);
        rmf_arena_free(arena);
        free(a);
        free(b);
    }
}

/* Samples of the same law: the distance is above 0 by its bias, the extrapolation is not. */
static void frechet_extrapolates(void **state)
{
    (void)state;
    enum { N = 240, D = 4, DRAWS = 60 };
    double biased = 0, sum = 0, square = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        float *a = normal(600 + 2 * draw, N, D), *b = normal(601 + 2 * draw, N, D);
        for (int i = 0; i < N * D; i += D)
            a[i] += 1; /* ‖m‖² = 1 */
        rmf_sample_set x = {a, N, D}, y = {b, N, D};
        double value = metric("frechet-inf", x, y) - 1;
        biased += (metric("frechet", x, y) - 1) / DRAWS;
        sum += value / DRAWS;
        square += value * value / DRAWS;
        free(a);
        free(b);
    }
    double error = sqrt((square - sum * sum) / DRAWS);
    assert_near(sum, 0, 3 * error);
    assert_true(biased > 0.02 && fabs(sum) < biased / 2);
}

/* All objects once are the objects without weights. */
static void frechet_extrapolates_resamples(void **state)
{
    (void)state;
    enum { N = 50, D = 3 };
    float *a = normal(31, N, D), *b = normal(32, N, D);
    double once[N], value;
    for (int i = 0; i < N; i++)
        once[i] = 1;
    rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
    void *prepared = NULL;
    rmf_arena *arena = new_arena();
    assert_ok(rmf_metric_frechet_inf.prepare(&pair, arena, &prepared));
    assert_ok(rmf_metric_frechet_inf.evaluate(prepared, &(rmf_weights){once, once}, &value));
    assert_near(value, metric("frechet-inf", pair.a, pair.b), 1e-12);
    pair.a.n = 11;
    assert_int_equal(rmf_metric_frechet_inf.prepare(&pair, arena, &prepared), RMF_ERR_NUMERIC);
    rmf_arena_free(arena);
    free(a);
    free(b);
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frechet_gaussian),     cmocka_unit_test(frechet_identical),
        cmocka_unit_test(frechet_shift),        cmocka_unit_test(frechet_routes),
        cmocka_unit_test(frechet_extrapolates), cmocka_unit_test(frechet_extrapolates_resamples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
