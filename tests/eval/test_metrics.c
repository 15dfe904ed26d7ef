/* tests/eval/test_metrics.c – each metric against closed forms. */
#include "eval/fixture.h"

#include <jansson.h>

#include "eval/frechet.h"

/* ---- Fréchet ------------------------------------------------------------------------------------
 */

/* Weights mean the same as repeated objects, for every metric whose resamples draw both sides. */
static void weights_repeat(void **state)
{
    (void)state;
    enum { N = 30, D = 7 };
    const rmf_metric *metrics[] = {&rmf_metric_frechet, &rmf_metric_wasserstein,
                                   &rmf_metric_sliced_wasserstein, &rmf_metric_kid,
                                   &rmf_metric_correlation};
    float *a = normal(8, N, D), *b = normal(9, N, D), repeated[N * D];
    double weight[N] = {0}, whole, weighted;
    for (int i = 0; i < N; i++) {
        int from = (i * 7) % 11;
        weight[from]++;
        memcpy(repeated + i * D, a + from * D, sizeof(float) * D);
    }
    for (size_t k = 0; k < sizeof metrics / sizeof *metrics; k++) {
        void *prepared = NULL;
        rmf_arena *arena = new_arena();
        rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
        rmf_weights weights = {weight, NULL};
        assert_ok(metrics[k]->prepare(&pair, arena, &prepared));
        assert_ok(metrics[k]->evaluate(prepared, &weights, &weighted));
        rmf_arena_free(arena);
        whole = metric(metrics[k]->ops.name, (rmf_sample_set){repeated, N, D}, pair.b);
        assert_near(weighted, whole, 1e-6);
    }
    free(a);
    free(b);
}

/* ---- Wasserstein --------------------------------------------------------------------------------
 */

static void wasserstein_shift(void **state)
{
    (void)state;
    enum { N = 300, D = 5 };
    float *a = normal(10, N, D), *b = malloc(sizeof *b * N * D);
    assert_non_null(b);
    double shift = 0;
    for (int j = 0; j < D; j++)
        shift += (j + 1) * 0.25 / D;
    for (int i = 0; i < N * D; i++)
        b[i] = a[(i + 5 * D) % (N * D)] + (float)(i % D + 1) * 0.25f;
    rmf_sample_set x = {a, N, D}, y = {b, N, D};
    assert_near(metric("wasserstein", x, y), shift, 1e-6);
    assert_near(metric("wasserstein", y, x), shift, 1e-6);
    assert_near(metric("wasserstein", x, x), 0, 0);
    float zeros[2] = {-0.0f, 0.0f}, one = 3, other = -4;
    assert_near(
        metric("wasserstein", (rmf_sample_set){zeros, 1, 1}, (rmf_sample_set){zeros + 1, 1, 1}), 0,
        0);
    assert_near(metric("wasserstein", (rmf_sample_set){&one, 1, 1}, (rmf_sample_set){&other, 1, 1}),
                7, 0);
    free(a);
    free(b);
}

/* A shift by m is |m·θ| along each direction: on average ‖m‖·Γ(d/2)/(√π·Γ((d + 1)/2)), here with
 * the error of 256 directions.  In one dimension it is the Wasserstein distance itself. */
static void sliced_shift(void **state)
{
    (void)state;
    enum { N = 50, D = 10 };
    float *a = normal(14, N, D), *b = malloc(sizeof *b * N * D);
    assert_non_null(b);
    for (int i = 0; i < N * D; i++)
        b[i] = a[i] + 0.75f;
    double expected = 0.75 * sqrt(D) * tgamma(D / 2.0) / (sqrt(acos(-1)) * tgamma((D + 1) / 2.0));
    rmf_sample_set x = {a, N, D}, y = {b, N, D}, thin = {a, N, 1}, other = {a + N, N * 2, 1};
    assert_near(metric("sliced-wasserstein", x, y), expected, 0.15 * expected);
    assert_near(metric("sliced-wasserstein", x, x), 0, 0);
    assert_near(metric("sliced-wasserstein", thin, other), metric("wasserstein", thin, other),
                1e-6);
    free(a);
    free(b);
}

/* ---- mean discrepancies -------------------------------------------------------------------------
 */

/* Between N(0, I) and N(m, I) a Gaussian kernel of width s has, with v = s²/(s² + 2) and q = ‖m‖²,
 * 2·v^(d/2)·(1 − exp(−q/(2·(s² + 2)))).  The median distance is measured. */
static void mmd_gaussian(void **state)
{
    (void)state;
    enum { N = 1500, D = 4 };
    float *a = normal(21, N, D), *b = normal(22, N, D);
    for (int i = 0; i < N * D; i += D)
        a[i] += 1.5f;
    rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
    void *prepared = NULL;
    rmf_arena *arena = new_arena();
    json_t *more = json_object();
    assert_ok(rmf_metric_mmd.prepare(&pair, arena, &prepared));
    assert_ok(rmf_metric_mmd.describe(prepared, more));
    rmf_arena_free(arena);
    double width = json_number_value(json_object_get(more, "width")), expected = 0;
    for (double times = 0.5; times <= 2; times *= 2) {
        double square = times * times * width * width;
        expected += 2 * pow(square / (square + 2), D / 2.0) *
                    (1 - exp(-1.5 * 1.5 / (2 * (square + 2)))) / 3;
    }
    assert_near(metric("mmd", pair.a, pair.b), expected, 0.01);
    assert_true(expected > 0.08);
    json_decref(more);
    free(a);
    free(b);
}

/* Unbiased: between two samples of one law they are as often below 0 as above. */
static void discrepancies_are_unbiased(void **state)
{
    (void)state;
    enum { N = 40, D = 6, DRAWS = 200 };
    static const char *const names[] = {"mmd", "kid"};
    for (int k = 0; k < 2; k++) {
        double sum = 0, square = 0;
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            float *a = normal(100 + 2 * draw, N, D), *b = normal(101 + 2 * draw, N, D);
            double value = metric(names[k], (rmf_sample_set){a, N, D}, (rmf_sample_set){b, N, D});
            sum += value;
            square += value * value;
            free(a);
            free(b);
        }
        double mean = sum / DRAWS, error = sqrt(square / DRAWS - mean * mean) / sqrt(DRAWS);
        assert_near(mean, 0, 3 * error);
    }
}

/* The blocks' mean is an estimate of the same figure, within its error. */
static void kid_blocks(void **state)
{
    (void)state;
    enum { N = 400, D = 5 };
    float *a = normal(23, N, D), *b = normal(24, N, D);
    for (int i = 0; i < N * D; i++)
        a[i] *= 1.5f;
    rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
    void *prepared = NULL;
    rmf_arena *arena = new_arena();
    json_t *more = json_object();
    assert_ok(rmf_metric_kid.prepare(&pair, arena, &prepared));
    assert_ok(rmf_metric_kid.describe(prepared, more));
    double error = json_number_value(json_object_get(more, "standard_error"));
    assert_true(error > 0);
    assert_near(json_number_value(json_object_get(more, "block_mean")),
                metric("kid", pair.a, pair.b), 3 * error);
    rmf_arena_free(arena);
    json_decref(more);
    float same[12] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    double value = 7;
    rmf_sample_set all = {same, 6, 2};
    assert_int_equal(compute("mmd", &all, &all, &value), RMF_ERR_NUMERIC);
    assert_near(metric("kid", all, all), 0, 0);
    free(a);
    free(b);
}

/* ---- correlations -------------------------------------------------------------------------------
 */

/* Two features of correlation ±1 against independent ones, and a third that does not vary. */
static void correlation_extremes(void **state)
{
    (void)state;
    static const float line[] = {0, 1, 7, 1, 3, 7, 2, 5, 7}, fall[] = {0, 5, 7, 1, 3, 7, 2, 1, 7},
                       cross[] = {0, 1, 7, 1, 0, 7, 2, 1, 6};
    rmf_sample_set up = {line, 3, 3}, down = {fall, 3, 3}, none = {cross, 3, 3};
    assert_near(metric("correlation", up, down), 2, 1e-12);
    assert_near(metric("correlation", up, none), 1, 1e-12);
    assert_near(metric("correlation", up, up), 0, 0);
    double value = 3;
    rmf_sample_set flat = {line + 2, 1, 1};
    assert_int_equal(compute("correlation", &flat, &flat, &value), RMF_ERR_NUMERIC);
    rmf_sample_set thin = {line, 9, 1};
    assert_int_equal(compute("correlation", &thin, &thin, &value), RMF_ERR_NUMERIC);
}

/* ---- refusals -----------------------------------------------------------------------------------
 */

static void refusals(void **state)
{
    (void)state;
    float *x = normal(13, 10, 2);
    double value = 42;
    rmf_sample_set ten = {x, 10, 2}, one = {x, 1, 2}, five = {x, 5, 2}, none = {x, 0, 2},
                   wide = {x, 5, 4};
    assert_int_equal(compute("frechet", &ten, &one, &value), RMF_ERR_NUMERIC);
    assert_int_equal(compute("wasserstein", &none, &ten, &value), RMF_ERR_NUMERIC);
    assert_int_equal(compute("recall", &ten, &five, &value), RMF_ERR_NUMERIC);
    assert_int_equal(compute("frechet", &ten, &wide, &value), RMF_ERR_ARGUMENT);
    assert_int_equal(compute("memorisation", &ten, &ten, &value), RMF_ERR_ARGUMENT);
    assert_int_equal(compute("c2st", &ten, &ten, &value), RMF_ERR_ARGUMENT);
    assert_true(value == 42);
    assert_true(rmf_metric_compares(rmf_metric_find("frechet")));
    assert_false(rmf_metric_compares(rmf_metric_find("memorisation")));
    assert_false(rmf_metric_compares(rmf_metric_find("c2st")));
    assert_null(rmf_metric_find("nonsense"));
    free(x);
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {cmocka_unit_test(weights_repeat),
                                       cmocka_unit_test(wasserstein_shift),
                                       cmocka_unit_test(sliced_shift),
                                       cmocka_unit_test(mmd_gaussian),
                                       cmocka_unit_test(discrepancies_are_unbiased),
                                       cmocka_unit_test(kid_blocks),
                                       cmocka_unit_test(correlation_extremes),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
