/* tests/eval/test_evaluate.c – whole evaluations: floors, intervals, copies, and what is refused.
 */
#include "eval/whole.h"

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

/* ---- memorisation ------------------------------------------------------------------
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
                                       cmocka_unit_test(same_seed_same_bytes),
                                       cmocka_unit_test(small_classes),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
