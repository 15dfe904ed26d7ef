/* tests/eval/test_supports.c – metrics that ask which objects lie near which: precision to
 * coverage, α-precision and β-recall, authenticity. */
#include "eval/fixture.h"

#include "eval/metric.h"

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
    rmf_arena *arena = new_arena();
    rmf_pair pair = {.a = {a, N, D}, .b = {b, N, D}};
    assert_ok(rmf_metric_alpha_precision.prepare(&pair, arena, &prepared));
    assert_ok(rmf_metric_alpha_precision.evaluate(prepared, &(rmf_weights){weight, NULL}, &value));
    assert_near(value, metric("alpha-precision", (rmf_sample_set){repeated, N, D}, pair.b), 1e-12);
    double once[N], beta;
    for (int i = 0; i < N; i++)
        once[i] = 1;
    assert_ok(rmf_metric_beta_recall.evaluate(prepared, &(rmf_weights){once, once}, &beta));
    assert_near(beta, metric("beta-recall", pair.a, pair.b), 1e-12);
    rmf_arena_free(arena);
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
    rmf_arena *arena = new_arena();
    double value;
    assert_ok(rmf_metric_authenticity.prepare(&pair, arena, &prepared));
    assert_ok(rmf_metric_authenticity.evaluate(prepared, &(rmf_weights){NULL, NULL}, &value));
    assert_near(value, 2.0 / 7, 1e-7); /* −1.1 and 9.5 */
    assert_ok(rmf_metric_authenticity.evaluate(prepared, &(rmf_weights){weight, NULL}, &value));
    assert_near(value, 4.0 / 5, 1e-7);
    pair.train.n = 1;
    assert_int_equal(rmf_metric_authenticity.prepare(&pair, arena, &prepared), RMF_ERR_NUMERIC);
    rmf_arena_free(arena);
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prdc_extremes), cmocka_unit_test(nearest_objects),
        cmocka_unit_test(shares_of_supports), cmocka_unit_test(shares_weigh),
        cmocka_unit_test(authentic_objects)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
