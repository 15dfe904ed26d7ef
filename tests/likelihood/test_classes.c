/* tests/likelihood/test_classes.c – bounds, posteriors and how they are judged. */
#include "ramify/likelihood.h"

#include "diffusion/mixture.h"

#include <jansson.h>

enum { D = 2, N = 11, POINTS = 6000 };

static const int abc[] = {0, 1, 2}, bc[] = {1, 2};

/* With exact scores the bound is tight: differences are those of the classes' densities, less what
 * is left of them at the branch point, where nearly nothing is. */
static void bounds_differ_as_log_densities_do(void **state)
{
    (void)state;
    const rmf_branch_spec specs[] = {{3, abc, 0.9, 1, NAN},
                                     {1, &abc[0], 0, 0.9, NAN},
                                     {2, bc, 0.8, 0.9, NAN},
                                     {1, &abc[1], 0, 0.8, NAN},
                                     {1, &abc[2], 0, 0.8, NAN}};
    mixture m;
    float x[N * D];
    static double value[N * 3];
    rmf_likelihood_report report;
    mixture_init(&m, "vp", 3, D, COUNT(specs), specs);
    const rmf_sampling s = mixture_sampling(&m, "heun");
    rmf_random_normal(rmf_key_make(9, 9), 0, 0, x, N * D);
    assert_ok(rmf_elbos(&s, POINTS, NULL, (rmf_rows){x, N}, value, &report));
    for (int i = 0; i < N; i++)
        for (int c = 1; c < 3; c++) {
            double gradient[D];
            const double want = class_log_density(&m, c, 1, 0, x + i * D, gradient) -
                                class_log_density(&m, 0, 1, 0, x + i * D, gradient);
            assert_near(value[i * 3 + c] - value[i * 3], want, 0.05 * fabs(want) + 0.15);
        }
    /* Two blocks; between 0.8 and 0.9 two branches are alive and below it three. */
    assert_int_equal(report.calls, m.calls);
    assert_in_range(report.calls, 2 * 2 * POINTS, 2 * 3 * POINTS);
    rmf_tree_free(m.tree);
}

static void classes_of_one_branch_do_not_differ(void **state)
{
    (void)state;
    mixture m;
    float x[N * D] = {0};
    double value[N];
    rmf_likelihood_report report;
    mixture_one_class(&m, "vp", D);
    rmf_sampling s = mixture_sampling(&m, "heun");
    assert_ok(rmf_elbos(&s, 10, NULL, (rmf_rows){x, N}, value, &report));
    assert_int_equal(report.calls, 0);
    for (int i = 0; i < N; i++)
        assert_near(value[i], 0, 0);
    assert_int_equal(rmf_elbos(&s, 0, NULL, (rmf_rows){x, N}, value, NULL), RMF_ERR_ARGUMENT);
    s.classes = (const int[]){1};
    assert_int_equal(rmf_elbos(&s, 10, NULL, (rmf_rows){x, N}, value, NULL), RMF_ERR_ARGUMENT);
    rmf_tree_free(m.tree);
}

static void posteriors_follow_bayes(void **state)
{
    (void)state;
    const double value[] = {-1000, -1000 + log(3), 5, -1e6}, even[] = {0, 0};
    const double prior[] = {log(0.75), log(0.25)};
    double p[4];
    rmf_posteriors(value, even, 2, 2, p);
    assert_near(p[0], 0.25, 1e-12);
    assert_near(p[1], 0.75, 1e-12);
    assert_near(p[2], 1, 0);
    assert_near(p[3], 0, 0);
    rmf_posteriors(value, prior, 2, 2, p);
    assert_near(p[0], 0.5, 1e-12);
    assert_int_equal(rmf_most_likely((const double[]){0.2, 0.4, 0.4}, 3), 1);
}

/* Worked out by hand: confidences 0.9 (right), 0.9 (wrong), 0.6 (right), 1 (right), and one object
 * of no class. */
static void verdicts_are_counted_right(void **state)
{
    (void)state;
    static const double p[] = {0.9, 0.1, 0.9, 0.1, 0.4, 0.6, 1, 0, 0.5, 0.5};
    static const int label[] = {0, 1, 1, 0, -1};
    static const char *const names[] = {"a", "b"};
    rmf_verdict v;
    char *text = NULL;
    json_t *json = NULL;
    assert_ok(rmf_judge(p, label, 5, 2, &v));
    assert_int_equal(v.n, 4);
    assert_near(v.accuracy, 0.75, 1e-12);
    assert_near(v.log_loss, -(log(0.9) + log(0.1) + log(0.6)) / 4, 1e-12);
    assert_int_equal(v.bin[13].count, 2); /* (13/15, 14/15] holds 0.9 */
    assert_near(v.bin[13].accuracy, 0.5, 1e-12);
    assert_near(v.bin[13].confidence, 0.9, 1e-12);
    assert_int_equal(v.bin[8].count, 1); /* 0.6 = 9/15 is the top of its bin */
    assert_int_equal(v.bin[14].count, 1);
    assert_near(v.ece, (2 * 0.4 + 0.4) / 4, 1e-12);
    static const int64_t confusion[] = {2, 0, 1, 1};
    assert_memory_equal(v.confusion, confusion, sizeof confusion);
    assert_ok(rmf_verdict_table(&v, names, &text));
    assert_non_null(strstr(text, "accuracy 0.7500 of 4 objects"));
    assert_ok(rmf_verdict_to_json(&v, names, &json));
    assert_near(json_real_value(json_object_get(json, "ece")), 0.3, 1e-12);
    assert_int_equal(json_array_size(json_object_get(json, "bins")), RMF_CONFIDENCE_BINS);
    json_decref(json);
    rmf_free(text);
    rmf_verdict_free(&v);
    assert_int_equal(rmf_judge(p, label + 4, 1, 2, &v), RMF_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_differ_as_log_densities_do),
        cmocka_unit_test(classes_of_one_branch_do_not_differ),
        cmocka_unit_test(posteriors_follow_bayes),
        cmocka_unit_test(verdicts_are_counted_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
