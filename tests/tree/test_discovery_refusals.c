/* tests/tree/test_discovery_refusals.c – what exact discovery refuses, and how it stops. */
#include "support.h"

static void expect_refusal(const rmf_labelled *data, const rmf_noise *noise, const rmf_discovery *o,
                           rmf_status status, const char *says)
{
    rmf_tree *tree = NULL;
    assert_int_equal(rmf_discover(data, noise, o, NULL, &tree), status);
    assert_null(tree);
    assert_says(says);
}

static void test_refused_data(void **state)
{
    (void)state;
    static const int counts[] = {5, 5};
    cloud c = cloud_make(2, counts, 4, 1, 1);
    rmf_discovery o = with_epsilon(0.01);
    rmf_labelled d = c.data;
    d.n = 6;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT,
                   "class \"1\" has 1 object; expected at least two");
    d.n = 5;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT, "class \"1\" has 0 objects");
    d.n = 0;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT, "0 objects of 4 features");
    c.label[3] = 2;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "object 3 has label 2; expected 0 to 1");
    c.label[3] = -1;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "object 3 has label -1");
    c.label[3] = 0;
    c.x[7 * 4 + 2] = NAN;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "feature 2 of object 7 is NaN");
    c.x[7 * 4 + 2] = -INFINITY;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "feature 2 of object 7 is infinite");
    for (int i = 0; i < 40; i++)
        c.x[i] = 3;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "all 10 objects are equal");
    o.method = RMF_DISCOVER_MONTECARLO;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "all 10 objects are equal");
    cloud_free(&c);
}

static void test_refused_options(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        double value;
        const char *says;
    } cases[] = {
#define FIELD(name, value, says) {offsetof(rmf_discovery, name), value, says}
        FIELD(sibling_accuracy, 0.5, "sibling_accuracy is 0.5; expected a number above 0.5"),
        FIELD(sibling_accuracy, 1, "sibling_accuracy is 1"),
        FIELD(sibling_accuracy, NAN, "sibling_accuracy is nan"),
        FIELD(epsilon, 0, "epsilon is 0; expected a positive number"),
        FIELD(epsilon, -1, "epsilon is -1"),
        FIELD(min_branch_time, -1, "min_branch_time is -1"),
        FIELD(min_branch_length, NAN, "min_branch_length is nan"),
        FIELD(t_limit, 0, "t_limit is 0"),
        FIELD(smooth, -1, "smooth is -1"),
    };
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_discovery o = with_epsilon(0.01);
        memcpy((char *)&o + cases[i].offset, &cases[i].value, sizeof(double));
        expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, cases[i].says);
    }
    rmf_discovery o = with_epsilon(0.01);
    o.times = 1;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "times is 1; expected 2 to");
    o.times = 10;
    o.max_per_class = -3;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "max_per_class is -3");
    o.max_per_class = 0;
    o.bootstrap = 5;
    o.method = RMF_DISCOVER_MONTECARLO;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "bootstrap with the Monte Carlo");
}

static void weak_kernel(const void *context, double t, double *alpha, double *sigma)
{
    *alpha = 1;
    *sigma = *(const double *)context * t;
}

static void broken_kernel(const void *context, double t, double *alpha, double *sigma)
{
    (void)context;
    *alpha = 1;
    *sigma = t > 0.3 ? NAN : t;
}

static void test_refused_noise(void **state)
{
    (void)state;
    const double small = 0.1, large = 100;
    rmf_noise weak = {.kernel = weak_kernel, .context = &small, .name = "weak"},
              broken = {.kernel = broken_kernel, .name = "broken"};
    rmf_discovery o = with_epsilon(0.01);
    rmf_tree *tree = NULL;
    for (int method = 0; method < 2; method++) {
        o.method = (enum rmf_discovery_method)method;
        o.times = 20;
        expect_refusal(&on_axes, &weak, &o, RMF_ERR_NUMERIC, "classes \"0\" and \"1\"");
        expect_refusal(&on_axes, &broken, &o, RMF_ERR_NUMERIC, "noise broken: α = 1, σ = nan");
    }
    o.method = RMF_DISCOVER_EXACT;
    weak.context = &large; /* a process that leaves α at 1 */
    OK(rmf_discover(&on_axes, &weak, &o, NULL, &tree));
    double t = rmf_tree_branch(tree, 0)->t_start, rho = rmf_rho(2 / (100 * t), 3);
    NEAR(rho * rho, 0.01, 1e-9);
    rmf_tree_free(tree);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    assert_non_null(event->activity);
    return --*(int *)context > 0;
}

static void test_stop(void **state)
{
    (void)state;
    for (int method = 0; method < 2; method++)
        for (int after = 1; after < 4; after++) {
            int left = after;
            const rmf_progress progress = {stop, &left};
            rmf_discovery o = with_epsilon(0.01);
            rmf_tree *tree = NULL;
            o.method = (enum rmf_discovery_method)method;
            assert_int_equal(rmf_discover(&on_axes, &vp, &o, &progress, &tree),
                             RMF_ERR_INTERRUPTED);
            assert_null(tree);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_data),
        cmocka_unit_test(test_refused_options),
        cmocka_unit_test(test_refused_noise),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
