/* tests/eval/test_metrics.c – each metric against closed forms. */
#include "eval/fixture.h"

#include <jansson.h>

#include "eval/frechet.h"

/* ---- Fréchet ------------------------------------------------------------------------------------
 */

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
        double cross, features;
        assert_ok(rmf_metric_frechet.prepare(&pair, &prepared));
        assert_ok(rmf_frechet_value(prepared, &all, RMF_FRECHET_CROSS, &cross));
        assert_ok(rmf_frechet_value(prepared, &all, RMF_FRECHET_COVARIANCE, &features));
        assert_near(cross, features, 1e-5);
        assert_ok(rmf_frechet_value(prepared, &some, RMF_FRECHET_CROSS, &cross));
        assert_ok(rmf_frechet_value(prepared, &some, RMF_FRECHET_COVARIANCE, &features));
        assert_near(cross, features, 1e-5);
        rmf_metric_frechet.release(prepared);
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
    assert_ok(rmf_metric_frechet_inf.prepare(&pair, &prepared));
    assert_ok(rmf_metric_frechet_inf.evaluate(prepared, &(rmf_weights){once, once}, &value));
    assert_near(value, metric("frechet-inf", pair.a, pair.b), 1e-12);
    rmf_metric_frechet_inf.release(prepared);
    pair.a.n = 11;
    assert_int_equal(rmf_metric_frechet_inf.prepare(&pair, &prepared), RMF_ERR_NUMERIC);
    free(a);
    free(b);
}

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
        rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
        rmf_weights weights = {weight, NULL};
        assert_ok(metrics[k]->prepare(&pair, &prepared));
        assert_ok(metrics[k]->evaluate(prepared, &weights, &weighted));
        metrics[k]->release(prepared);
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
    json_t *more = json_object();
    assert_ok(rmf_metric_mmd.prepare(&pair, &prepared));
    assert_ok(rmf_metric_mmd.describe(prepared, more));
    rmf_metric_mmd.release(prepared);
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
    json_t *more = json_object();
    assert_ok(rmf_metric_kid.prepare(&pair, &prepared));
    assert_ok(rmf_metric_kid.describe(prepared, more));
    double error = json_number_value(json_object_get(more, "standard_error"));
    assert_true(error > 0);
    assert_near(json_number_value(json_object_get(more, "block_mean")),
                metric("kid", pair.a, pair.b), 3 * error);
    rmf_metric_kid.release(prepared);
    json_decref(more);
    float same[12] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    double value = 7;
    rmf_sample_set all = {same, 6, 2};
    assert_int_equal(rmf_metric_find("mmd")->compute(&all, &all, &value), RMF_ERR_NUMERIC);
    assert_near(metric("kid", all, all), 0, 0);
    free(a);
    free(b);
}

/* ---- precision, recall, density, coverage -------------------------------------------------------
 */

static void prdc_extremes(void **state)
{
    (void)state;
    enum { N = 60, D = 9 };
    static const char *const names[] = {"precision", "recall", "coverage", "density"};
    float *a = normal(11, N, D), *far = normal(12, N, D);
    for (int i = 0; i < N * D; i++)
        far[i] += 1000;
    rmf_sample_set x = {a, N, D}, y = {far, N, D};
    for (int k = 0; k < 4; k++) {
        assert_near(metric(names[k], x, y), 0, 0);
        if (k < 3) assert_near(metric(names[k], x, x), 1, 0);
    }
    /* An object lies in its own ball and in those of about 5 others. */
    assert_true(metric("density", x, x) > 1);
    for (int i = 0; i < N; i++)
        memcpy(far + i * D, a, sizeof(float) * D); /* one real object, again and again */
    assert_near(metric("precision", y, x), 1, 0);
    assert_near(metric("recall", y, x), 1.0 / N, 1e-9);
    free(a);
    free(far);
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
    assert_int_equal(rmf_metric_find("correlation")->compute(&flat, &flat, &value),
                     RMF_ERR_NUMERIC);
    rmf_sample_set thin = {line, 9, 1};
    assert_int_equal(rmf_metric_find("correlation")->compute(&thin, &thin, &value),
                     RMF_ERR_NUMERIC);
}

/* ---- supports -----------------------------------------------------------------------------------
 */

static void shares_of_supports(void **state)
{
    (void)state;
    enum { N = 2000, D = 2 };
    float *a = normal(15, N, D), *b = normal(16, N, D), *wide = normal(17, N, D);
    for (int i = 0; i < N * D; i++)
        wide[i] *= 2;
    rmf_sample_set x = {a, N, D}, y = {b, N, D}, wider = {wide, N, D};
    assert_near(metric("alpha-precision", x, x), 1, 0);
    assert_near(metric("alpha-precision", x, y), 1, 0.05);
    assert_near(metric("beta-recall", x, y), 1, 0.05);
    /* With S(r²) = exp(−r²/2) outside, 1 − S^¼ is the share inside of twice as wide ones:
     * ∫(α − 1 + (1 − α)^¼) dα = ½ − 1 + ⅘, less than nothing inside by ½. */
    assert_near(metric("alpha-precision", wider, y), 1 - (0.8 - 0.5) / 0.5, 0.04);
    for (int i = 0; i < N * D; i++)
        wide[i] += 1000;
    assert_near(metric("alpha-precision", wider, y), 0, 0);
    assert_near(metric("beta-recall", wider, y), 0, 0);
    free(a);
    free(b);
    free(wide);
}

/* Weights are repeated objects where the balls stay: those around the other side's mean. */
static void shares_weigh(void **state)
{
    (void)state;
    enum { N = 40, D = 3 };
    float *a = normal(18, N, D), *b = normal(19, N, D), repeated[N * D];
    double weight[N] = {0}, value;
    for (int i = 0; i < N; i++) {
        int from = i * 3 % 17;
        weight[from]++;
        memcpy(repeated + i * D, a + from * D, sizeof(float) * D);
    }
    void *prepared = NULL;
    rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
    assert_ok(rmf_metric_alpha_precision.prepare(&pair, &prepared));
    assert_ok(rmf_metric_alpha_precision.evaluate(prepared, &(rmf_weights){weight, NULL}, &value));
    assert_near(value, metric("alpha-precision", (rmf_sample_set){repeated, N, D}, pair.b), 1e-12);
    double once[N], beta;
    for (int i = 0; i < N; i++)
        once[i] = 1;
    assert_ok(rmf_metric_beta_recall.evaluate(prepared, &(rmf_weights){once, once}, &beta));
    assert_near(beta, metric("beta-recall", pair.a, pair.b), 1e-12);
    rmf_metric_alpha_precision.release(prepared);
    free(a);
    free(b);
}

/* Training objects at 0, 1, 3, 6: their nearest others are 1, 1, 2 and 3 away. */
static void authentic_objects(void **state)
{
    (void)state;
    static const float train[] = {0, 1, 3, 6}, made[] = {0, -0.9f, -1.1f, 1.5f, 3.4f, 9.5f, 8.5f};
    static const double weight[] = {0, 0, 3, 0, 0, 1, 1};
    rmf_pair pair = {.a = {made, 7, 1}, .b = {made, 7, 1}, .train = {train, 4, 1}};
    void *prepared = NULL;
    double value;
    assert_ok(rmf_metric_authenticity.prepare(&pair, &prepared));
    assert_ok(rmf_metric_authenticity.evaluate(prepared, &(rmf_weights){NULL, NULL}, &value));
    assert_near(value, 2.0 / 7, 1e-7); /* −1.1 and 9.5 */
    assert_ok(rmf_metric_authenticity.evaluate(prepared, &(rmf_weights){weight, NULL}, &value));
    assert_near(value, 4.0 / 5, 1e-7);
    rmf_metric_authenticity.release(prepared);
    pair.train.n = 1;
    assert_int_equal(rmf_metric_authenticity.prepare(&pair, &prepared), RMF_ERR_NUMERIC);
}

/* ---- refusals -----------------------------------------------------------------------------------
 */

/* Five queries, so that a tile of four is not full; the first of two that are equally near. */
static void nearest_objects(void **state)
{
    (void)state;
    const float base[] = {0, 0, 3, 4, 10, 0, 10, 0}, query[] = {1, 1, 3, 3, 9, 0, 0, 0, 4, 4};
    const rmf_sample_set a = {query, 5, 2}, b = {base, 4, 2};
    int64_t index[5];
    float square[5];
    assert_int_equal(rmf_nearest_objects(&a, &b, index), RMF_OK);
    assert_int_equal(rmf_nearest_distances(&a, &b, square), RMF_OK);
    const int64_t which[] = {0, 1, 2, 0, 1};
    const float far[] = {2, 1, 1, 0, 1};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(index[i], which[i]);
        assert_true(square[i] == far[i]);
    }
    assert_int_equal(rmf_nearest_objects(&a, &(rmf_sample_set){base, 0, 2}, index),
                     RMF_ERR_NUMERIC);
}

static void refusals(void **state)
{
    (void)state;
    float *x = normal(13, 10, 2);
    double value = 42;
    rmf_sample_set ten = {x, 10, 2}, one = {x, 1, 2}, five = {x, 5, 2}, none = {x, 0, 2},
                   wide = {x, 5, 4};
    assert_int_equal(rmf_metric_find("frechet")->compute(&ten, &one, &value), RMF_ERR_NUMERIC);
    assert_int_equal(rmf_metric_find("wasserstein")->compute(&none, &ten, &value), RMF_ERR_NUMERIC);
    assert_int_equal(rmf_metric_find("recall")->compute(&ten, &five, &value), RMF_ERR_NUMERIC);
    assert_int_equal(rmf_metric_find("frechet")->compute(&ten, &wide, &value), RMF_ERR_ARGUMENT);
    assert_true(value == 42);
    assert_null(rmf_metric_find("nonsense"));
    free(x);
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {cmocka_unit_test(frechet_gaussian),
                                       cmocka_unit_test(frechet_identical),
                                       cmocka_unit_test(frechet_shift),
                                       cmocka_unit_test(frechet_routes),
                                       cmocka_unit_test(frechet_extrapolates),
                                       cmocka_unit_test(frechet_extrapolates_resamples),
                                       cmocka_unit_test(weights_repeat),
                                       cmocka_unit_test(wasserstein_shift),
                                       cmocka_unit_test(sliced_shift),
                                       cmocka_unit_test(mmd_gaussian),
                                       cmocka_unit_test(discrepancies_are_unbiased),
                                       cmocka_unit_test(kid_blocks),
                                       cmocka_unit_test(prdc_extremes),
                                       cmocka_unit_test(nearest_objects),
                                       cmocka_unit_test(correlation_extremes),
                                       cmocka_unit_test(shares_of_supports),
                                       cmocka_unit_test(shares_weigh),
                                       cmocka_unit_test(authentic_objects),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
