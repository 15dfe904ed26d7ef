/* tests/eval/test_evaluate.c – whole evaluations: floors, intervals, copies, the classifier, and
 * what is refused. */
#include "eval/fixture.h"

#include <jansson.h>

/* Two classes of D features; class 1 is moved by `apart` along the first feature. */
enum { D = 6, PER_CLASS = 120 };

typedef struct sample {
    float *x;
    int32_t *label;
    rmf_eval_set set;
} sample;

static sample make(uint64_t seed, int64_t per_class, float apart, float noise)
{
    sample s = {
        normal(seed, 2 * per_class, D), malloc((size_t)per_class * 2 * sizeof(int32_t)), {0}};
    assert_non_null(s.label);
    for (int64_t i = 0; i < 2 * per_class; i++) {
        s.label[i] = (int32_t)(i % 2); /* classes alternate */
        for (int64_t j = 0; j < D; j++)
            s.x[i * D + j] = noise * s.x[i * D + j] + (j == 0 && s.label[i] ? apart : 0);
    }
    s.set = (rmf_eval_set){s.x, s.label, 2 * per_class};
    return s;
}

static void discard(sample *s)
{
    free(s->x);
    free(s->label);
}

static rmf_eval_options options(const char *metrics)
{
    static const char *const names[] = {"zero", "one"};
    rmf_eval_options o;
    rmf_eval_options_init(&o);
    o.features = D;
    o.rank = 1;
    o.shape[0] = D;
    o.n_classes = 2;
    o.class_name = names;
    o.metrics = metrics;
    o.seed = 5;
    o.real_split = "held-out";
    return o;
}

/* A number at metrics.NAME.KEY or, with a class, metrics.NAME.per_class.CLASS.KEY. */
static double figure(const json_t *result, const char *metric, const char *class, const char *key)
{
    const json_t *at = json_object_get(json_object_get(result, "metrics"), metric);
    if (class) at = json_object_get(json_object_get(at, "per_class"), class);
    const json_t *value = json_object_get(at, key);
    if (!json_is_number(value)) fail_msg("no number %s %s %s", metric, class ? class : "", key);
    return json_number_value(value);
}

static const char *words(const json_t *result, const char *metric, const char *class,
                         const char *key)
{
    const json_t *at = json_object_get(json_object_get(result, "metrics"), metric);
    if (class) at = json_object_get(json_object_get(at, "per_class"), class);
    const char *text = json_string_value(json_object_get(at, key));
    if (!text) fail_msg("no text %s %s %s", metric, class ? class : "", key);
    return text;
}

static json_t *evaluate(const rmf_eval_options *o, const sample *generated, const sample *real,
                        const sample *train)
{
    json_t *result = NULL;
    assert_ok(
        rmf_evaluate(o, &generated->set, &real->set, train ? &train->set : NULL, NULL, &result));
    assert_non_null(result);
    return result;
}

/* ---- floors and intervals -----------------------------------------------------------------------
 */

static void shape_of_result(void **state)
{
    (void)state;
    rmf_eval_options o = options("all");
    o.bootstrap = 40;
    sample generated = make(1, PER_CLASS, 8, 1), real = make(2, PER_CLASS / 2, 8, 1),
           train = make(3, PER_CLASS, 8, 1);
    json_t *result = evaluate(&o, &generated, &real, &train);
    json_t *metrics = json_object_get(result, "metrics"), *metric;
    const char *name;
    size_t registered = 0;
    while (rmf_metric_registry()[registered])
        registered++;
    assert_int_equal(json_object_size(metrics), registered);
    json_object_foreach(metrics, name, metric)
    {
        double low = json_number_value(json_array_get(json_object_get(metric, "mean_interval"), 0));
        double high =
            json_number_value(json_array_get(json_object_get(metric, "mean_interval"), 1));
        double mean = figure(result, name, NULL, "mean");
        assert_true(low <= mean && mean <= high);
        assert_true(isfinite(figure(result, name, NULL, "floor_mean")));
        /* accuracy tests all generated objects, c2st half of both sides' */
        bool of_all = strcmp(name, "accuracy") == 0;
        assert_near(figure(result, name, "one", "n"), of_all ? PER_CLASS : PER_CLASS / 2, 0);
        assert_near(
            figure(result, name, NULL, "mean"),
            0.5 * (figure(result, name, "zero", "value") + figure(result, name, "one", "value")),
            1e-12);
    }
    assert_string_equal(words(result, "frechet", NULL, "floor_kind"), "train against real");
    assert_string_equal(words(result, "memorisation", NULL, "floor_kind"), "halves of real");
    assert_near((double)json_integer_value(json_object_get(result, "n_generated")), 2 * PER_CLASS,
                0);
    assert_near((double)json_integer_value(json_object_get(result, "n_real")), PER_CLASS, 0);
    assert_string_equal(json_string_value(json_object_get(result, "real_split")), "held-out");
    char *table = NULL;
    assert_ok(rmf_evaluation_table(result, true, &table));
    assert_non_null(strstr(table, "memorisation"));
    assert_non_null(strstr(table, "zero"));
    rmf_free(table);
    json_decref(result);
    discard(&generated);
    discard(&real);
    discard(&train);
}

/* A perfect generator is at the floor; a wrong one is far above it, in the class that is wrong. */
static void floors(void **state)
{
    (void)state;
    rmf_eval_options o = options("frechet,wasserstein");
    sample good = make(11, PER_CLASS, 8, 1), wide = make(12, PER_CLASS, 9, 1),
           real = make(13, PER_CLASS, 8, 1), train = make(14, PER_CLASS, 8, 1);
    json_t *result = evaluate(&o, &good, &real, &train);
    double value = figure(result, "frechet", NULL, "mean"),
           floor = figure(result, "frechet", NULL, "floor_mean");
    assert_true(value < 2 * floor && floor < 2 * value);
    assert_near(figure(result, "frechet", "zero", "floor_n"), PER_CLASS, 0);
    json_decref(result);
    result = evaluate(&o, &wide, &real, NULL); /* class one is off by 1 in one feature */
    assert_string_equal(words(result, "frechet", NULL, "floor_kind"), "halves of real");
    assert_near(figure(result, "frechet", "one", "floor_n"), PER_CLASS / 2, 0);
    assert_true(figure(result, "frechet", "one", "value") > 0.8);
    assert_true(figure(result, "frechet", "zero", "value") < 0.4);
    const json_t *worst =
        json_object_get(json_object_get(json_object_get(result, "metrics"), "frechet"), "worst");
    assert_string_equal(json_string_value(json_object_get(worst, "class")), "one");
    /* Halves have fewer objects, so their bias is larger. */
    assert_true(figure(result, "frechet", NULL, "floor_mean") > floor);
    json_decref(result);
    o.real_split = "train"; /* the training set twice: no floor of 0, but halves */
    result = evaluate(&o, &good, &train, &train);
    assert_string_equal(words(result, "frechet", NULL, "floor_kind"), "halves of real");
    assert_true(figure(result, "frechet", NULL, "floor_mean") > 0.5 * floor);
    json_decref(result);
    discard(&good);
    discard(&wide);
    discard(&real);
    discard(&train);
}

/* The interval covers the figure that fresh draws of the same sizes give. */
static void intervals_cover(void **state)
{
    (void)state;
    enum { DRAWS = 40, N = 60 };
    rmf_eval_options o = options("frechet,wasserstein,precision");
    static const char *const names[] = {"frechet", "wasserstein", "precision"};
    double expected[3] = {0};
    int covered[3] = {0};
    json_t *result[DRAWS];
    o.bootstrap = 100;
    o.floor = false;
    for (int i = 0; i < DRAWS; i++) {
        sample a = make(100 + (uint64_t)i, N, 8, 1.5f), b = make(200 + (uint64_t)i, N, 8, 1);
        result[i] = evaluate(&o, &a, &b, NULL);
        for (int k = 0; k < 3; k++)
            expected[k] += figure(result[i], names[k], "zero", "value") / DRAWS;
        discard(&a);
        discard(&b);
    }
    for (int i = 0; i < DRAWS; i++) {
        for (int k = 0; k < 3; k++) {
            const json_t *metric = json_object_get(json_object_get(result[i], "metrics"), names[k]);
            const json_t *interval = json_object_get(
                json_object_get(json_object_get(metric, "per_class"), "zero"), "interval");
            covered[k] += json_number_value(json_array_get(interval, 0)) <= expected[k] &&
                          expected[k] <= json_number_value(json_array_get(interval, 1));
        }
        json_decref(result[i]);
    }
    for (int k = 0; k < 3; k++)
        if (covered[k] < DRAWS * 8 / 10)
            fail_msg("%s: %d of %d intervals hold the mean", names[k], covered[k], DRAWS);
}

/* ---- memorisation and accuracy ------------------------------------------------------------------
 */

static void copies_are_found(void **state)
{
    (void)state;
    rmf_eval_options o = options("memorisation");
    sample honest = make(21, PER_CLASS, 8, 1), real = make(22, PER_CLASS, 8, 1),
           train = make(23, PER_CLASS, 8, 1), copier = make(23, PER_CLASS, 8, 1);
    for (int64_t i = 0; i < PER_CLASS * D; i++)
        copier.x[i] += 0.01f; /* the first half nearly, the second half exactly */
    json_t *result = evaluate(&o, &honest, &real, &train);
    assert_near(figure(result, "memorisation", NULL, "mean"), 1, 0.15);
    assert_near(figure(result, "memorisation", NULL, "floor_mean"), 1, 0.2);
    assert_true(figure(result, "memorisation", "zero", "share_closer") < 0.1);
    assert_near(figure(result, "memorisation", "zero", "share_copies"), 0, 0);
    json_decref(result);
    result = evaluate(&o, &copier, &real, &train);
    assert_true(figure(result, "memorisation", NULL, "mean") < 0.1);
    assert_near(figure(result, "memorisation", "one", "share_closer"), 1, 0);
    assert_near(figure(result, "memorisation", "one", "share_copies"), 0.5, 0);
    assert_near(figure(result, "memorisation", "one", "share_copies_held_out"), 0, 0);
    json_decref(result);
    /* Without held-out objects there is nothing to compare with, and it says so. */
    result = evaluate(&o, &honest, &train, &train);
    assert_non_null(strstr(words(result, "memorisation", "one", "reason"), "held-out"));
    json_decref(result);
    result = evaluate(&o, &honest, &real, NULL);
    assert_non_null(strstr(words(result, "memorisation", "one", "reason"), "training"));
    json_decref(result);
    discard(&honest);
    discard(&real);
    discard(&train);
    discard(&copier);
}

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
    assert_ok(rmf_evaluate(&o, &generated, &real, NULL, NULL, &result));
    assert_true(figure(result, "accuracy", NULL, "mean") > 0.95);
    json_decref(result);
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

/* ---- repeatability, gaps, refusals --------------------------------------------------------------
 */

static void same_seed_same_bytes(void **state)
{
    (void)state;
    rmf_eval_options o = options("all");
    o.bootstrap = 20;
    sample generated = make(51, PER_CLASS, 3, 1), real = make(52, PER_CLASS / 2, 3, 1),
           train = make(53, PER_CLASS, 3, 1);
    json_t *first = evaluate(&o, &generated, &real, &train);
    json_t *second = evaluate(&o, &generated, &real, &train);
    assert_true(json_equal(first, second));
    json_decref(second);
    /* More threads than cores: the objects, resamples and order of sums stay. */
    rmf_threads_set(3);
    o.metrics = "wasserstein,sliced-wasserstein,mmd,kid,precision,recall,density,coverage,"
                "alpha-precision,beta-recall,memorisation,authenticity";
    second = evaluate(&o, &generated, &real, &train);
    rmf_threads_set(1);
    json_t *metrics = json_object_get(second, "metrics"), *metric;
    const char *name;
    json_object_foreach(metrics, name, metric)
        assert_true(json_equal(metric, json_object_get(json_object_get(first, "metrics"), name)));
    json_decref(second);
    o.metrics = "all";
    o.seed = 6; /* other objects of the larger side, another classifier, other resamples */
    second = evaluate(&o, &generated, &real, &train);
    assert_false(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    discard(&generated);
    discard(&real);
    discard(&train);
}

static void small_classes(void **state)
{
    (void)state;
    rmf_eval_options o = options("all");
    sample generated = make(61, PER_CLASS, 3, 1), real = make(62, PER_CLASS, 3, 1);
    for (int64_t i = 0; i < generated.set.n - 1; i++)
        generated.label[i] = 0; /* one object is left in class one */
    o.bootstrap = 5;
    json_t *result = evaluate(&o, &generated, &real, NULL);
    assert_non_null(strstr(words(result, "frechet", "one", "reason"), "at least 2"));
    assert_true(isfinite(figure(result, "frechet", "zero", "value")));
    assert_near(figure(result, "frechet", NULL, "mean"), figure(result, "frechet", "zero", "value"),
                0);
    char *table = NULL;
    assert_ok(rmf_evaluation_table(result, true, &table));
    assert_non_null(strstr(table, "–"));
    rmf_free(table);
    json_decref(result);
    generated.set.n = 0; /* nothing at all */
    result = evaluate(&o, &generated, &real, NULL);
    assert_true(json_is_null(
        json_object_get(json_object_get(json_object_get(result, "metrics"), "frechet"), "mean")));
    json_decref(result);
    discard(&generated);
    discard(&real);
}

static bool never(void *context, const rmf_progress_event *event)
{
    (void)context;
    (void)event;
    return false;
}

static void refusals(void **state)
{
    (void)state;
    rmf_eval_options o = options("frechet");
    rmf_progress stop = {never, NULL};
    sample generated = make(71, 10, 3, 1), real = make(72, 10, 3, 1);
    json_t *result = NULL;
    generated.x[7 * D + 2] = NAN; /* row 7 is of class one */
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &result),
                     RMF_ERR_NUMERIC);
    assert_non_null(strstr(rmf_message(), "generated objects: row 7 (class one)"));
    generated.x[7 * D + 2] = 0;
    generated.label[3] = 2;
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &result),
                     RMF_ERR_ARGUMENT);
    generated.label[3] = 1;
    o.metrics = "frechet,wasserstien";
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &result),
                     RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "wasserstein"));
    static const char *const empty[] = {"", ",", "frechet,,recall"};
    for (int i = 0; i < 3; i++) {
        o.metrics = empty[i];
        assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &result),
                         RMF_ERR_USAGE);
    }
    o.metrics = " recall , frechet";
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, &stop, &result),
                     RMF_ERR_INTERRUPTED);
    o.bootstrap = -1;
    assert_int_equal(rmf_evaluate(&o, &generated.set, &real.set, NULL, NULL, &result),
                     RMF_ERR_ARGUMENT);
    assert_null(result);
    json_t *other = json_pack("{s:s}", "format", "ramify-tree");
    char *table = NULL;
    assert_int_equal(rmf_evaluation_table(other, true, &table), RMF_ERR_FORMAT);
    assert_null(table);
    json_decref(other);
    discard(&generated);
    discard(&real);
}

int main(void)
{
    rmf_threads_set(1); /* small problems: on a busy machine threads mostly wait for each other */
    const struct CMUnitTest tests[] = {cmocka_unit_test(shape_of_result),
                                       cmocka_unit_test(floors),
                                       cmocka_unit_test(intervals_cover),
                                       cmocka_unit_test(copies_are_found),
                                       cmocka_unit_test(classifier_learns),
                                       cmocka_unit_test(classifier_sees_images),
                                       cmocka_unit_test(origins_are_told_apart),
                                       cmocka_unit_test(generated_objects_teach),
                                       cmocka_unit_test(features_of_a_classifier),
                                       cmocka_unit_test(same_seed_same_bytes),
                                       cmocka_unit_test(small_classes),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
