/* tests/transmute/test_transmute.c – transmutation of Gaussian classes with exact scores, where the
 * answers are known in closed form. */
#include "transmute/classes.h"

enum { MANY = 2000 };

static void the_common_branch(void **state)
{
    (void)state;
    static const int ba[] = {1, 0}, ca[] = {2, 0}, one[] = {2}, wrong[] = {0, 7};
    mixture m;
    double t = -1;
    make(&m);
    int branch = rmf_common_branch(m.tree, ba, 2, &t);
    assert_near(t, AB, 0);
    assert_int_equal(rmf_tree_branch(m.tree, branch)->n_classes, 2);
    assert_int_equal(rmf_common_branch(m.tree, ca, 2, &t), 0);
    assert_near(t, ABC, 0);
    assert_int_equal(rmf_common_branch(m.tree, abc, 3, &t), 0);
    assert_int_equal(rmf_common_branch(m.tree, one, 1, &t), rmf_tree_leaf(m.tree, 2));
    assert_int_equal(rmf_common_branch(m.tree, wrong, 2, NULL), -1);
    rmf_tree_free(m.tree);
}

/* Noise, then the flow of b: an affine map of N(α·before, σ²).  Given its object, what comes out
 * has a known mean; so the correlation of before and after is known too. */
static void noise_then_the_flow_of_the_other(void **state)
{
    (void)state;
    static float before[MANY * D], after[MANY * D];
    static const double times[] = {0, 0.35, 0.95};
    for (int k = 0; k < COUNT(times); k++) {
        mixture m;
        make(&m);
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.steps = 120;
        rmf_transmutation t = {&s, 0, 1, times[k], false};
        const double time = times[k] > 0 ? times[k] : AB;
        draw_class(&m, 0, MANY, 1, before);
        assert_ok(rmf_transmute(&t, NULL, MANY, before, after, NULL));
        for (int i = 0; i < D; i++) {
            double alpha, sigma, mean = 0, square = 0, product = 0, mean_before = 0;
            m.sde.ops->kernel(&m.sde, time, &alpha, &sigma);
            const double sa = m.deviation[0][i], sb = m.deviation[1][i];
            for (int r = 0; r < MANY; r++) {
                mean += after[r * D + i] / (double)MANY;
                mean_before += before[r * D + i] / (double)MANY;
            }
            for (int r = 0; r < MANY; r++) {
                const double away = after[r * D + i] - mean;
                square += away * away / (MANY - 1);
                product += away * (before[r * D + i] - mean_before) / (MANY - 1);
            }
            if (time < AB) { /* down along b alone: exact */
                double gain = sb / width_at(&m, 1, i, time, &alpha);
                double want = m.mean[1][i] + gain * alpha * (m.mean[0][i] - m.mean[1][i]);
                double deviation = gain * width_at(&m, 0, i, time, &alpha);
                assert_near(mean, want, 5 * deviation / sqrt(MANY) + 0.01);
                assert_near(sqrt(square), deviation, 0.08 * deviation);
                assert_near(product, gain * alpha * sa * sa, 0.1 * sa * deviation);
            } else { /* the classes are nearly alike: b comes out, and less is kept the later */
                assert_near(mean, m.mean[1][i], 0.25 * sb);
                assert_near(sqrt(square), sb, 0.15 * sb);
                assert_true(fabs(product / (sa * sb)) < 0.35);
            }
        }
        rmf_tree_free(m.tree);
    }
}

/* Encode and decode: one affine map a feature, as long as the classes' own branches are all. */
static void the_deterministic_map_is_affine(void **state)
{
    (void)state;
    static float before[ROWS * D], after[ROWS * D];
    static const double times[] = {0, 0.2, 0.6};
    for (int k = 0; k < COUNT(times); k++) {
        mixture m;
        make(&m);
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.steps = 200;
        rmf_transmutation t = {&s, 0, 1, times[k], true};
        draw_class(&m, 0, ROWS, 2, before);
        assert_ok(rmf_transmute(&t, NULL, ROWS, before, after, NULL));
        for (int r = 0; r < ROWS; r++)
            for (int i = 0; i < D; i++)
                assert_near(
                    after[r * D + i],
                    mapped(&m, 0, 1, i, s.t_start, times[k] > 0 ? times[k] : AB, before[r * D + i]),
                    5e-3);
        rmf_tree_free(m.tree);
    }
}

/* a → b → a, and in place; c leaves from higher up, so its way passes a branch of two classes. */
static void there_and_back(void **state)
{
    (void)state;
    static float before[ROWS * D], x[ROWS * D];
    for (int to = 1; to < 3; to++) {
        mixture m;
        make(&m);
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.steps = 200;
        rmf_transmutation there = {&s, 0, to, 0, true}, back = {&s, to, 0, 0, true};
        draw_class(&m, 0, ROWS, 3, before);
        memcpy(x, before, sizeof x);
        assert_ok(rmf_transmute(&there, NULL, ROWS, x, x, NULL));
        double moved = 0;
        for (int i = 0; i < ROWS * D; i++)
            moved += fabsf(x[i] - before[i]) / (ROWS * D);
        assert_true(moved > 0.3); /* it has been away */
        assert_ok(rmf_transmute(&back, NULL, ROWS, x, x, NULL));
        for (int i = 0; i < ROWS * D; i++)
            assert_near(x[i], before[i], 1e-2);
        rmf_tree_free(m.tree);
    }
}

/* What goes up and comes down along the branches that both classes share is back where it was. */
static void above_the_branch_point_nothing_changes(void **state)
{
    (void)state;
    static float before[ROWS * D], at[ROWS * D], above[ROWS * D];
    mixture m;
    make(&m);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.steps = 200;
    rmf_transmutation t = {&s, 0, 1, 0, true};
    draw_class(&m, 0, ROWS, 6, before);
    assert_ok(rmf_transmute(&t, NULL, ROWS, before, at, NULL));
    t.time = 1;
    assert_ok(rmf_transmute(&t, NULL, ROWS, before, above, NULL));
    for (int i = 0; i < ROWS * D; i++)
        assert_near(above[i], at[i], 5e-3);
    t.time = 0.3; /* below it much does */
    assert_ok(rmf_transmute(&t, NULL, ROWS, before, above, NULL));
    double moved = 0;
    for (int i = 0; i < ROWS * D; i++)
        moved += fabsf(above[i] - at[i]) / (ROWS * D);
    assert_true(moved > 0.1);
    rmf_tree_free(m.tree);
}

/* With every sampler: object k is the same among few and many, another at another seed. */
static void objects_do_not_depend_on_each_other(void **state)
{
    (void)state;
    enum { N = 70 };
    static float before[N * D], many[N * D], few[N * D];
    for (size_t k = 0; rmf_sampler_registry()[k]; k++) {
        mixture m;
        make(&m);
        m.score.rows = 16;
        rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
        s.steps = 30;
        s.branch_corrector_steps = k % 3;
        rmf_transmutation t = {&s, 2, 0, 0, false};
        draw_class(&m, 2, N, 4, before);
        assert_ok(rmf_transmute(&t, NULL, N, before, many, NULL));
        for (int n = 1; n < N; n += 17) {
            assert_ok(rmf_transmute(&t, NULL, n, before, few, NULL));
            assert_memory_equal(few, many, (size_t)(n * D) * sizeof *few);
        }
        s.seed++;
        assert_ok(rmf_transmute(&t, NULL, N, before, few, NULL));
        for (int r = 0; r < N; r++)
            assert_true(memcmp(few + r * D, many + r * D, D * sizeof *few) != 0);
        rmf_tree_free(m.tree);
    }
}

/* The whole cost is reported: the way up too. */
static void cost_is_reported(void **state)
{
    (void)state;
    static float x[ROWS * D];
    mixture m;
    rmf_sampling_report report;
    make(&m);
    rmf_sampling s = mixture_sampling(&m, "heun");
    rmf_transmutation t = {&s, 0, 1, 0, true};
    draw_class(&m, 0, ROWS, 5, x);
    assert_ok(rmf_transmute(&t, NULL, ROWS, x, x, &report));
    assert_int_equal(report.calls, m.calls);
    assert_near(report.nfe, (double)m.calls, 0);
    assert_int_equal(report.evaluated_rows, m.calls * ROWS);
    /* Correctors: at the branch point that an object comes from, none for one taken up below it. */
    double point;
    const int pair[] = {0, 1};
    rmf_common_branch(m.tree, pair, 2, &point);
    for (int k = 0; k < 2; k++) {
        rmf_sampling_report plain;
        t = (rmf_transmutation){&s, 0, 1, k ? point / 2 : 0, false};
        s.branch_corrector_steps = 0;
        assert_ok(rmf_transmute(&t, NULL, ROWS, x, x, &plain));
        s.branch_corrector_steps = 5;
        assert_ok(rmf_transmute(&t, NULL, ROWS, x, x, &report));
        assert_near(report.nfe, plain.nfe + (k ? 0 : 5), 0);
    }
    rmf_tree_free(m.tree);
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        int from, to;
        double time;
        bool deterministic;
        const char *sampler, *say;
        int branch_corrector_steps;
    } wrong[] = {{1, 1, 0, false, "heun", "from \"b\" to the same class", 0},
                 {0, 3, 0, false, "heun", "class numbers 0 and 3", 0},
                 {-1, 1, 0, false, "heun", "class numbers -1 and 1", 0},
                 {0, 1, 1.5, false, "heun", "at time 1.5; expected a time above 0.001, up to 1", 0},
                 {0, 1, 0.001, false, "heun", "at time 0.001", 0},
                 {0, 1, -0.5, false, "heun", "at time -0.5", 0},
                 {0, 1, NAN, false, "heun", "at time nan", 0},
                 {0, 1, 0, true, "euler-maruyama", "sampler euler-maruyama draws noise", 0},
                 {0, 1, 0, true, "heun", "2 corrector steps at branch points draw noise", 2}};
    mixture m;
    float x[D] = {0};
    make(&m);
    for (int k = 0; k < COUNT(wrong); k++) {
        rmf_sampling s = mixture_sampling(&m, wrong[k].sampler);
        s.branch_corrector_steps = wrong[k].branch_corrector_steps;
        rmf_transmutation t = {&s, wrong[k].from, wrong[k].to, wrong[k].time,
                               wrong[k].deterministic};
        assert_true(rmf_transmute(&t, NULL, 1, x, x, NULL) != RMF_OK);
        if (!strstr(rmf_message(), wrong[k].say)) fail_msg("%s", rmf_message());
    }
    assert_int_equal(m.calls, 0);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_common_branch),
        cmocka_unit_test(noise_then_the_flow_of_the_other),
        cmocka_unit_test(the_deterministic_map_is_affine),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(above_the_branch_point_nothing_changes),
        cmocka_unit_test(objects_do_not_depend_on_each_other),
        cmocka_unit_test(cost_is_reported),
        cmocka_unit_test(wrong_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
