/*
 * tests/plan/test_check.c – the branch-point error of a model that knows the exact scores.
 *
 * Two classes N(±m·e1, s²·I) that part at t.  With v = α²s² + σ² the ODE takes a state of class a
 * to m + (s/√v)·(x − α·m).  States of the shared way have mean 0 and the variance v + α²m² along
 * e1, so with k = α·s·m/√v the error is k² + (√(s² + k²) − s)², plus the floor of finite sets.
 */
#include "diffusion/mixture.h"

#include <jansson.h>

#include "ramify/plan.h"

enum { EACH = 1500, FEATURES = 2 };
static const double M = 1, S = 0.6;

typedef struct setting {
    mixture m;
    float *x;
    int32_t *label;
    rmf_labelled real;
    rmf_check_request request;
} setting;

static void open_setting(setting *s, double t)
{
    static const int both[] = {0, 1};
    static const char *const turned[] = {"b", "a"}; /* the data count their classes otherwise */
    const rmf_branch_spec specs[] = {
        {2, both, t, 1, NAN}, {1, &both[0], 0, t, NAN}, {1, &both[1], 0, t, NAN}};
    mixture_init(&s->m, "vp:0.1,20", 2, FEATURES, 3, specs);
    s->m.score.rows = 256;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < FEATURES; i++) {
            s->m.mean[c][i] = i == 0 ? (c == 0 ? M : -M) : 0;
            s->m.deviation[c][i] = S;
        }
    s->x = malloc(sizeof(float) * 2 * EACH * FEATURES);
    s->label = malloc(sizeof(int32_t) * 2 * EACH);
    for (int i = 0; i < 2 * EACH; i++) {
        const int class = i % 2;
        s->label[i] = 1 - class;
        rmf_random_normal(rmf_key_make(5, 1), (uint64_t)i, 0, s->x + i * FEATURES, FEATURES);
        for (int j = 0; j < FEATURES; j++)
            s->x[i * FEATURES + j] = (float)(s->m.mean[class][j] + S * s->x[i * FEATURES + j]);
    }
    s->real = (rmf_labelled){2 * EACH, FEATURES, s->x, s->label, 2, turned};
    s->request = (rmf_check_request){
        .sampling = mixture_sampling(&s->m, "heun"), .count = EACH, .real = &s->real};
    s->request.sampling.steps = 20;
}

static void close_setting(setting *s)
{
    rmf_tree_free(s->m.tree);
    free(s->x);
    free(s->label);
}

static void errors_are_those_of_the_closed_form(void **state)
{
    (void)state;
    static const double times[] = {0.1, 0.25, 0.5, 0.9};
    for (int i = 0; i < COUNT(times); i++) {
        setting s;
        rmf_check *check = NULL;
        double alpha, sigma;
        open_setting(&s, times[i]);
        assert_ok(rmf_check_branches(&s.request, NULL, &check));
        s.m.sde.ops->kernel(&s.m.sde, times[i], &alpha, &sigma);
        const double k = alpha * S * M / sqrt(alpha * alpha * S * S + sigma * sigma);
        const double stretch = sqrt(S * S + k * k) - S, exact = k * k + stretch * stretch;
        for (int c = 0; c < 2; c++) {
            const rmf_check_class *class = &check->of_class[c];
            assert_int_equal(class->n_points, 1);
            assert_int_equal(class->count, EACH);
            assert_near(class->point[0].time, times[i], 0);
            assert_true(class->floor < 0.01);
        }
        /* The mean of two sets has the standard error √(2·(s² + k²)/n) = 0.04; one class gains
         * what the other loses, since both share their states. */
        assert_near(check->mean, exact, 0.01 + 0.1 * k);
        assert_near(check->mean,
                    0.5 * (check->of_class[0].point[0].error + check->of_class[1].point[0].error),
                    1e-12);
        rmf_check_free(check);
        close_setting(&s);
    }
}

static void nothing_shared_is_no_error(void **state)
{
    (void)state;
    setting s;
    rmf_check *check = NULL;
    open_setting(&s, 1);
    s.request.count = 50;
    assert_ok(rmf_check_branches(&s.request, NULL, &check));
    assert_int_equal(check->of_class[0].n_points, 0);
    assert_near(check->mean, 0, 0);
    rmf_check_free(check);
    close_setting(&s);
}

static void texts_and_refusals(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a", "x"};
    setting s;
    rmf_check *check = NULL;
    json_t *json = NULL;
    char *table = NULL;
    open_setting(&s, 0.4);
    s.request.count = 40;
    assert_ok(rmf_check_branches(&s.request, NULL, &check));
    assert_ok(rmf_check_to_json(check, s.m.tree, &json));
    assert_ok(rmf_check_table(check, s.m.tree, &table));
    const json_t *class = json_object_get(json_object_get(json, "classes"), "a");
    const json_t *point = json_array_get(json_object_get(class, "branch_points"), 0);
    assert_near(json_number_value(json_object_get(point, "error")),
                check->of_class[0].point[0].error, 0);
    assert_int_equal(json_array_size(json_object_get(point, "group")), 2);
    assert_non_null(strstr(table, " 0.400 "));
    json_decref(json);
    rmf_free(table);
    rmf_check_free(check);
    check = NULL;
    s.request.count = 1;
    assert_int_equal(rmf_check_branches(&s.request, NULL, &check), RMF_ERR_ARGUMENT);
    s.request.count = 40;
    s.real.names = wrong;
    assert_int_equal(rmf_check_branches(&s.request, NULL, &check), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "class \"b\" has 0 real objects"));
    s.real.features = 1;
    assert_int_equal(rmf_check_branches(&s.request, NULL, &check), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "objects of 1 features"));
    assert_null(check);
    close_setting(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_those_of_the_closed_form),
        cmocka_unit_test(nothing_shared_is_no_error),
        cmocka_unit_test(texts_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
