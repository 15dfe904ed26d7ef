/* tests/transmute/test_hybrid.c – hybrids of Gaussian classes with exact scores. */
#include "transmute/classes.h"

enum { N = 120 };

static const int ab[] = {0, 1};

static rmf_hybrid hybrid_of(const rmf_sampling *s, double time)
{
    return (rmf_hybrid){s, ab, 2, time, N};
}

/* States are what sampling passes at the branch point; going on gives what sampling gives. */
static void states_are_on_the_way_of_samples(void **state)
{
    (void)state;
    static const char *const sampler[] = {"heun", "dpm-solver-sde", "euler-maruyama"};
    static float states[N * D], x[2 * N * D], samples[2 * N * D];
    for (int k = 0; k < COUNT(sampler); k++)
        for (int later = 0; later < 2; later++) {
            mixture m;
            make(&m);
            rmf_sampling s = mixture_sampling(&m, sampler[k]);
            s.steps = 40;
            s.branch_corrector_steps = k;
            s.shared = true;
            rmf_hybrid h = hybrid_of(&s, later ? ABC : 0);
            assert_ok(rmf_hybrid_states(&h, NULL, states, NULL));
            assert_ok(rmf_hybrid_continue(&h, NULL, states, x, NULL));
            s.classes = ab;
            s.n_classes = 2;
            s.count = N;
            assert_ok(rmf_sample(&s, NULL, samples, NULL));
            assert_memory_equal(x, samples, sizeof x);
            rmf_tree_free(m.tree);
        }
}

/* E[x0 | x] of two equally likely Gaussian classes. */
static double expected_mean(const mixture *m, double t, const float *x, int i)
{
    double alpha, weight[2], mean[2];
    for (int c = 0; c < 2; c++) {
        double log_density = 0;
        for (int j = 0; j < D; j++) {
            double width = width_at(m, c, j, t, &alpha), away = x[j] - alpha * m->mean[c][j];
            log_density -= 0.5 * away * away / (width * width) + log(width);
        }
        weight[c] = exp(log_density);
        double width = width_at(m, c, i, t, &alpha), s = m->deviation[c][i];
        mean[c] = m->mean[c][i] + alpha * s * s / (width * width) * (x[i] - alpha * m->mean[c][i]);
    }
    return (weight[0] * mean[0] + weight[1] * mean[1]) / (weight[0] + weight[1]);
}

static void means_are_the_posterior_of_the_group(void **state)
{
    (void)state;
    static float states[N * D], means[N * D];
    static const double times[] = {0, 0.85};
    for (int k = 0; k < COUNT(times); k++) {
        mixture m;
        make(&m);
        rmf_sampling s = mixture_sampling(&m, "heun");
        /* at its very branch point the parent answers: the children know less */
        const double time = k ? times[k] : AB;
        rmf_hybrid h = hybrid_of(&s, times[k]);
        assert_ok(rmf_hybrid_states(&h, NULL, states, NULL));
        rmf_random_normal(rmf_key_make(1, 1), 0, 0, states, N * D);
        assert_ok(rmf_hybrid_means(&h, states, means));
        for (int r = 0; r < N; r++)
            for (int i = 0; i < D; i++)
                assert_near(means[r * D + i], expected_mean(&m, time, states + r * D, i), 1e-4);
        assert_ok(rmf_hybrid_means(&h, states, states)); /* in place */
        assert_memory_equal(states, means, sizeof means);
        rmf_tree_free(m.tree);
    }
}

/* All the weight on one class is that class; equal spread makes the mean of two scores the score of
 * a Gaussian between the two. */
static void mixes_between_the_classes(void **state)
{
    (void)state;
    static const double weights[][2] = {{1, 0}, {0, 3}, {0.5, 0.5}, {3, 1}};
    static float states[N * D], x[N * D], alone[2 * N * D];
    for (int k = 0; k < COUNT(weights); k++) {
        mixture m;
        make(&m);
        memcpy(m.deviation[1], m.deviation[0], sizeof m.deviation[0]);
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.steps = 150;
        rmf_hybrid h = hybrid_of(&s, 0);
        assert_ok(rmf_hybrid_states(&h, NULL, states, NULL));
        assert_ok(rmf_hybrid_continue(&h, NULL, states, alone, NULL));
        assert_ok(rmf_hybrid_mix(&h, weights[k], NULL, states, x, NULL));
        const double w = weights[k][1] / (weights[k][0] + weights[k][1]);
        for (int r = 0; r < N * D; r++) {
            const double a = alone[r], b = alone[N * D + r];
            assert_near(x[r], (1 - w) * a + w * b, w > 0 && w < 1 ? 1e-4 : 1e-5);
        }
        rmf_tree_free(m.tree);
    }
}

/* Classes that part from each other at different times, one of them below a third branch. */
static void mixes_of_three_meet_every_branch_point(void **state)
{
    (void)state;
    static float states[N * D], x[N * D], alone[3 * N * D];
    static const double weights[] = {1, 2, 1};
    mixture m;
    make(&m);
    for (int c = 1; c < 3; c++)
        memcpy(m.deviation[c], m.deviation[0], sizeof m.deviation[0]);
    for (int i = 0; i < D; i++) /* so that the score of {a, b} is that of one Gaussian, like c's */
        m.mean[0][i] = m.mean[1][i] = -1;
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.steps = 150;
    rmf_hybrid h = {&s, abc, 3, 0, N};
    assert_ok(rmf_hybrid_states(&h, NULL, states, NULL));
    assert_ok(rmf_hybrid_continue(&h, NULL, states, alone, NULL));
    assert_ok(rmf_hybrid_mix(&h, weights, NULL, states, x, NULL));
    for (int r = 0; r < N * D; r++)
        assert_near(x[r], 0.75 * alone[r] + 0.25 * alone[2 * N * D + r], 1e-4);
    /* one network call where branches are the same: a and b above AB */
    m.calls = 0;
    rmf_sampling_report report;
    h.count = 1;
    assert_ok(rmf_hybrid_mix(&h, weights, NULL, states, x, &report));
    assert_true(m.calls > 2 * report.calls && m.calls < 3 * report.calls);
    rmf_tree_free(m.tree);
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    static const int twice[] = {1, 1}, strange[] = {0, 5};
    static const double bad_weights[][2] = {{0, 0}, {-1, 2}, {NAN, 1}, {INFINITY, 1}};
    mixture m;
    float x[3 * D] = {0};
    make(&m);
    rmf_sampling s = mixture_sampling(&m, "heun");
    const struct {
        rmf_hybrid hybrid;
        const char *say;
    } wrong[] = {
        {{&s, ab, 1, 0, 1}, "1 class; expected at least two"},
        {{&s, twice, 2, 0, 1}, "class \"b\" twice"},
        {{&s, strange, 2, 0, 1}, "class number out of range; expected 0 to 2"},
        {{&s, ab, 2, 0.5, 1}, "at time 0.5; expected at least 0.75, where these classes part"},
        {{&s, ab, 2, 1.5, 1}, "at time 1.5"},
        {{&s, ab, 2, NAN, 1}, "at time nan"},
    };
    for (int k = 0; k < COUNT(wrong); k++)
        for (int f = 0; f < 4; f++) {
            const rmf_hybrid *h = &wrong[k].hybrid;
            rmf_status got = f == 0   ? rmf_hybrid_states(h, NULL, x, NULL)
                             : f == 1 ? rmf_hybrid_means(h, x, x)
                             : f == 2 ? rmf_hybrid_continue(h, NULL, x, x, NULL)
                                      : rmf_hybrid_mix(h, (double[]){1, 1}, NULL, x, x, NULL);
            assert_true(got != RMF_OK);
            if (!strstr(rmf_message(), wrong[k].say)) fail_msg("%s", rmf_message());
        }
    rmf_hybrid h = {&s, ab, 2, 0, 1};
    for (int k = 0; k < COUNT(bad_weights); k++)
        assert_int_equal(rmf_hybrid_mix(&h, bad_weights[k], NULL, x, x, NULL), RMF_ERR_USAGE);
    assert_int_equal(m.calls, 0);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_on_the_way_of_samples),
        cmocka_unit_test(means_are_the_posterior_of_the_group),
        cmocka_unit_test(mixes_between_the_classes),
        cmocka_unit_test(mixes_of_three_meet_every_branch_point),
        cmocka_unit_test(wrong_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
