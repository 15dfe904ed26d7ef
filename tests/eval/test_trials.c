/* tests/eval/test_trials.c – metrics that ask a classifier: what it learns, and how nearly it gets
 * as far as any can, where that is known. */
#include "eval/whole.h"

static void classifier_learns(void **state)
{
    (void)state;
    rmf_eval_options o = options("accuracy");
    sample good = make(31, PER_CLASS, 6, 1), real = make(32, PER_CLASS, 6, 1),
           train = make(33, 2 * PER_CLASS, 6, 1), swapped = make(34, PER_CLASS, 6, 1);
    for (int64_t i = 0; i < swapped.set.n; i++)
        swapped.label[i] = 1 - swapped.label[i];
    json_t *result = evaluate(&o, &good, &real, &train);
    assert_true(figure(result, "accuracy", NULL, "mean") > 0.98);
    assert_true(figure(result, "accuracy", NULL, "floor_mean") > 0.98);
    assert_near(figure(result, "accuracy", "zero", "floor_n"), PER_CLASS, 0);
    json_decref(result);
    result = evaluate(&o, &swapped, &real, NULL); /* learns from four fifths of the real ones */
    assert_true(figure(result, "accuracy", NULL, "mean") < 0.02);
    assert_true(figure(result, "accuracy", NULL, "floor_mean") > 0.98);
    assert_near(figure(result, "accuracy", "one", "floor_n"), PER_CLASS / 5.0, 0);
    json_decref(result);
    discard(&good);
    discard(&real);
    discard(&train);
    discard(&swapped);
}

/* Images of a bright left or right half, under noise: the convolutional network. */
static void classifier_sees_images(void **state)
{
    (void)state;
    enum { SIDE = 8, N = 160 };
    static float x[2][N * SIDE * SIDE];
    static int32_t label[N];
    rmf_eval_options o = options("accuracy");
    o.features = SIDE * SIDE;
    o.rank = 3;
    o.shape[0] = o.shape[1] = SIDE;
    o.shape[2] = 1;
    for (int s = 0; s < 2; s++) {
        float *noise = normal(41 + (uint64_t)s, N, SIDE * SIDE);
        for (int i = 0; i < N * SIDE * SIDE; i++) {
            label[i / (SIDE * SIDE)] = i / (SIDE * SIDE) % 2;
            x[s][i] = noise[i] + (i % SIDE < SIDE / 2 ? 0 : 2) * (i / (SIDE * SIDE) % 2 ? 1 : -1);
        }
        free(noise);
    }
    rmf_eval_set generated = {x[0], label, N}, real = {x[1], label, N};
    json_t *result = NULL;
    static const char *const precision[] = {"auto", "f32", NULL};
    for (int i = 0; i < 3; i++) {
        o.precision = precision[i];
        assert_ok(rmf_evaluate(&o, &generated, &real, NULL, NULL, &result));
        assert_true(figure(result, "accuracy", NULL, "mean") > 0.95);
        json_decref(result);
    }
    o.precision = "f16";
    assert_int_equal(rmf_evaluate(&o, &generated, &real, NULL, NULL, &result), RMF_ERR_USAGE);
    o.shape[0] = 7;
    assert_int_equal(rmf_evaluate(&o, &generated, &real, NULL, NULL, &result), RMF_ERR_ARGUMENT);
}

/* Two-sample test: nothing to tell apart, another noise, and objects of the other class. */
static void origins_are_told_apart(void **state)
{
    (void)state;
    enum { N = 400 };
    rmf_eval_options o = options("c2st");
    sample good = make(35, N, 6, 1), real = make(36, N, 6, 1), train = make(37, N, 6, 1),
           loud = make(38, N, 6, 3), swapped = make(39, N, 6, 1);
    for (int64_t i = 0; i < swapped.set.n; i++)
        swapped.label[i] = 1 - swapped.label[i];
    json_t *result = evaluate(&o, &good, &real, &train);
    assert_near(figure(result, "c2st", NULL, "mean"), 0.5, 0.08);
    assert_near(figure(result, "c2st", NULL, "floor_mean"), 0.5, 0.08);
    assert_near(figure(result, "c2st", "zero", "n"), N, 0);
    assert_string_equal(words(result, "c2st", NULL, "floor_kind"), "train against real");
    json_decref(result);
    result = evaluate(&o, &loud, &real, NULL);
    assert_true(figure(result, "c2st", NULL, "mean") > 0.85);
    assert_string_equal(words(result, "c2st", NULL, "floor_kind"), "halves of real");
    json_decref(result);
    result = evaluate(&o, &swapped, &real, &train);
    assert_true(figure(result, "c2st", NULL, "mean") > 0.97);
    json_decref(result);
    discard(&good);
    discard(&real);
    discard(&train);
    discard(&loud);
    discard(&swapped);
}

/* What a classifier learns from generated objects: all, the opposite, or nothing about class one.
 */
static void generated_objects_teach(void **state)
{
    (void)state;
    rmf_eval_options o = options("cas,accuracy");
    sample good = make(131, PER_CLASS, 6, 1), real = make(132, PER_CLASS, 6, 1),
           train = make(133, PER_CLASS, 6, 1), swapped = make(134, PER_CLASS, 6, 1);
    for (int64_t i = 0; i < swapped.set.n; i++)
        swapped.label[i] = 1 - swapped.label[i];
    json_t *result = evaluate(&o, &good, &real, &train);
    assert_true(figure(result, "cas", NULL, "mean") > 0.98);
    assert_near(figure(result, "cas", NULL, "floor_mean"),
                figure(result, "accuracy", NULL, "floor_mean"), 0);
    json_decref(result);
    result = evaluate(&o, &swapped, &real, NULL);
    assert_true(figure(result, "cas", NULL, "mean") < 0.02);
    assert_true(figure(result, "cas", NULL, "floor_mean") > 0.95);
    assert_near(figure(result, "cas", "one", "n"), PER_CLASS / 5.0, 0);
    json_decref(result);
    for (int64_t i = 0; i < good.set.n; i++)
        good.label[i] = 0;
    result = evaluate(&o, &good, &real, &train);
    assert_non_null(strstr(words(result, "cas", "one", "reason"), "no objects of this class"));
    json_decref(result);
    discard(&good);
    discard(&real);
    discard(&train);
    discard(&swapped);
}

/* Distances of a classifier's features: not those of the values, and blind to what the classes do
 * not differ in. */
static void features_of_a_classifier(void **state)
{
    (void)state;
    rmf_eval_options o = options("frechet,wasserstein,memorisation,accuracy");
    sample generated = make(81, PER_CLASS, 6, 1), real = make(82, PER_CLASS, 6, 1),
           train = make(83, PER_CLASS, 6, 1);
    json_t *values = evaluate(&o, &generated, &real, &train);
    o.space = "classifier";
    json_t *features = evaluate(&o, &generated, &real, &train);
    assert_string_equal(json_string_value(json_object_get(features, "features")), "classifier");
    assert_string_equal(json_string_value(json_object_get(values, "features")), "pixels");
    assert_true(figure(features, "frechet", NULL, "mean") !=
                figure(values, "frechet", NULL, "mean"));
    assert_string_equal(words(features, "frechet", NULL, "floor_kind"), "halves of real");
    assert_true(json_equal(json_object_get(json_object_get(features, "metrics"), "accuracy"),
                           json_object_get(json_object_get(values, "metrics"), "accuracy")));
    assert_true(isfinite(figure(features, "memorisation", NULL, "mean")));
    json_decref(features);
    /* Copies of real objects are at no distance there either. */
    features = evaluate(&o, &real, &real, &train);
    assert_near(figure(features, "wasserstein", NULL, "mean"), 0, 1e-5);
    json_decref(features);
    json_decref(values);
    json_t *none = NULL;
    o.space = "beauty";
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &none), RMF_ERR_USAGE);
    o.space = "classifier";
    for (int64_t i = 0; i < train.set.n; i++)
        train.label[i] = 0; /* one class is nothing to tell apart */
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, &train.set, NULL, &none),
                     RMF_ERR_NUMERIC);
    assert_null(none);
    discard(&generated);
    discard(&real);
    discard(&train);
}

/* ---- against the best rule there is ------------------------------------------------------------
 */

/* Two classes of normal objects with two features: each class around its own centre. */
typedef struct gaussians {
    float centre[2][2], deviation;
} gaussians;

static sample draw(uint64_t seed, int64_t per_class, const gaussians *from)
{
    const int64_t n = 2 * per_class;
    sample s = {normal(seed, n, 2), malloc((size_t)n * sizeof(int32_t)), {0}};
    assert_non_null(s.label);
    for (int64_t i = 0; i < n; i++) {
        s.label[i] = (int32_t)(i % 2);
        for (int j = 0; j < 2; j++)
            s.x[2 * i + j] = from->centre[s.label[i]][j] + from->deviation * s.x[2 * i + j];
    }
    s.set = (rmf_eval_set){s.x, s.label, n};
    return s;
}

static double phi(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/*
 * The share of `tested` objects that a classifier gets right is binomial; no rule has a higher
 * expectation than the best one, so only chance (four standard deviations) may carry it above p.
 * Below it the learned boundary may cost a little more.
 */
static double chance_of(double p, double tested)
{
    return 4 * sqrt(p * (1 - p) / tested);
}

static void assert_share(double share, double p, double tested, double learning)
{
    const double chance = chance_of(p, tested);
    if (!(share <= p + chance && share >= p - chance - learning))
        fail_msg("%.4f of %.0f; expected %.4f + %.4f, − %.4f", share, tested, p, chance,
                 chance + learning);
}

/* What learning from a few thousand objects costs: of a straight boundary, and of a circle. */
#define STRAIGHT 0.01
#define CIRCLE 0.04

/* Generated and real objects whose centres are Δ apart are told apart with probability Φ(Δ/2): by
 * one classifier, with another Δ in each class. */
static void origins_of_shifted_gaussians(void **state)
{
    (void)state;
    enum { N = 3000 };
    static const float apart[][2] = {{0, 1}, {2, 4}};
    for (int i = 0; i < 2; i++) {
        const float a = apart[i][0] / 2, b = apart[i][1] / 2;
        const gaussians of_generated = {{{a, 0}, {b, 6}}, 1}, of_real = {{{-a, 0}, {-b, 6}}, 1};
        rmf_eval_options o = options("c2st");
        o.features = o.shape[0] = 2;
        sample generated = draw(201, N, &of_generated), real = draw(202, N, &of_real);
        json_t *result = evaluate(&o, &generated, &real, NULL);
        assert_share(figure(result, "c2st", "zero", "value"), phi(a), N, STRAIGHT);
        assert_share(figure(result, "c2st", "one", "value"), phi(b), N, STRAIGHT);
        assert_share(figure(result, "c2st", NULL, "floor_mean"), 0.5, N, STRAIGHT);
        json_decref(result);
        discard(&generated);
        discard(&real);
    }
}

/*
 * Generated objects that spread s times as far as the real ones, in two dimensions: the best rule
 * is a circle of radius r² = 2·ln s²/(1 − 1/s²), which holds a share 1 − exp(−r²/2) of the real and
 * 1 − exp(−r²/2s²) of the generated.
 */
static void origins_of_wider_gaussians(void **state)
{
    (void)state;
    enum { N = 3000 };
    static const double s = 2;
    const double square = 2 * log(s * s) / (1 - 1 / (s * s));
    const double p = 0.5 * (1 - exp(-square / 2) + exp(-square / (2 * s * s)));
    const gaussians of_generated = {{{0, 0}, {0, 4}}, (float)s}, of_real = {{{0, 0}, {0, 4}}, 1};
    rmf_eval_options o = options("c2st");
    o.features = o.shape[0] = 2;
    sample generated = draw(203, N, &of_generated), real = draw(204, N, &of_real);
    json_t *result = evaluate(&o, &generated, &real, NULL);
    assert_share(figure(result, "c2st", "zero", "value"), p, N, CIRCLE);
    assert_share(figure(result, "c2st", "one", "value"), p, N, CIRCLE);
    json_decref(result);
    discard(&generated);
    discard(&real);
}

/*
 * Real classes around ±Δ/2; generated ones the same, but moved by c.  What generated objects teach
 * is the boundary at c, so a share Φ(Δ/2 + c) of real zeros and Φ(Δ/2 − c) of real ones are
 * recognised; a classifier of real objects gets Φ(Δ/2) of either.
 */
static void taught_by_moved_gaussians(void **state)
{
    (void)state;
    enum { N = 1500 };
    static const float half = 1;
    static const float moved[] = {0.5f, -1};
    for (int i = 0; i < 2; i++) {
        const float c = moved[i];
        const gaussians of_generated = {{{c - half, 0}, {c + half, 0}}, 1},
                        of_real = {{{-half, 0}, {half, 0}}, 1};
        rmf_eval_options o = options("cas");
        o.features = o.shape[0] = 2;
        sample generated = draw(205, N, &of_generated), real = draw(206, N, &of_real),
               train = draw(207, N, &of_real);
        json_t *result = evaluate(&o, &generated, &real, &train);
        assert_near(figure(result, "cas", "zero", "n"), N, 0);
        assert_share(figure(result, "cas", NULL, "mean"), (phi(half + c) + phi(half - c)) / 2,
                     2 * N, STRAIGHT);
        for (int k = 0; k < 2; k++) {
            const char *class = k ? "one" : "zero";
            /* The boundary is one of both: what it gives to one class it takes from the other. */
            const double p = phi(half + (k ? -c : c)), best = phi(half);
            assert_near(figure(result, "cas", class, "value"), p, chance_of(p, N) + STRAIGHT);
            assert_near(figure(result, "cas", class, "floor"), best, chance_of(best, N) + STRAIGHT);
        }
        json_decref(result);
        discard(&generated);
        discard(&real);
        discard(&train);
    }
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {cmocka_unit_test(classifier_learns),
                                       cmocka_unit_test(classifier_sees_images),
                                       cmocka_unit_test(origins_are_told_apart),
                                       cmocka_unit_test(generated_objects_teach),
                                       cmocka_unit_test(features_of_a_classifier),
                                       cmocka_unit_test(origins_of_shifted_gaussians),
                                       cmocka_unit_test(origins_of_wider_gaussians),
                                       cmocka_unit_test(taught_by_moved_gaussians)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
