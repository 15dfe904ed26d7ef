/* tests/route/test_heads.c – heads trained on Gaussian classes, whose posterior is known, and
 * samples that they route. */
#include "route/fixture.h"

/* p(child | x) of classes in these proportions. */
static void exact(const mixture *m, int branch, const double weight[CLASSES], const float *x,
                  double *p)
{
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma, unused[MAX_FEATURES], sum = 0;
    m->sde.ops->kernel(&m->sde, b->t_start, &alpha, &sigma);
    for (int k = 0; k < b->n_children; k++) {
        const rmf_branch *child = rmf_tree_branch(m->tree, b->children[k]);
        p[k] = 0;
        for (int i = 0; i < child->n_classes; i++)
            p[k] += weight[child->classes[i]] *
                    exp(class_log_density(m, child->classes[i], alpha, sigma, x, unused));
        sum += p[k];
    }
    for (int k = 0; k < b->n_children; k++)
        p[k] /= sum;
}

/* Mean |p − p*| over states as they come to a branch. */
static double distance(const mixture *m, rmf_heads *heads, int branch, const double *weight)
{
    enum { STATES = 640 };
    static float x[STATES * FEATURES];
    static double p[STATES * 2];
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma, sum = 0, want[2];
    assert_int_equal(b->n_children, 2);
    m->sde.ops->kernel(&m->sde, b->t_start, &alpha, &sigma);
    for (int r = 0; r < STATES; r++) {
        const int c = b->classes[r % b->n_classes];
        float z[2 * FEATURES];
        rmf_random_normal(rmf_key_make(12, 1), (uint64_t)r, 0, z, 2 * FEATURES);
        for (int k = 0; k < FEATURES; k++)
            x[r * FEATURES + k] = (float)(alpha * (m->mean[c][k] + m->deviation[c][k] * z[k]) +
                                          sigma * z[FEATURES + k]);
    }
    const rmf_router router = rmf_heads_router(heads);
    assert_ok(router.posterior(router.context, branch, x, STATES, p));
    for (int r = 0; r < STATES; r++) {
        exact(m, branch, weight, x + r * FEATURES, want);
        assert_near(p[2 * r] + p[2 * r + 1], 1, 1e-9);
        sum += fabs(p[2 * r] - want[0]) / STATES;
    }
    return sum;
}

static void assert_routed_classes(mixture *m, rmf_heads *heads)
{
    enum { TOTAL = 6000 };
    static float x[TOTAL * FEATURES], own[TOTAL * FEATURES], shared[CLASSES * 500 * FEATURES];
    static int arrived[TOTAL];
    const rmf_router router = rmf_heads_router(heads);
    rmf_sampling s = mixture_sampling(m, "heun");
    s.steps = 60;
    s.count = TOTAL;
    assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
    s.count = 500;
    s.shared = true;
    assert_ok(rmf_sample(&s, NULL, shared, NULL));
    double lost = 0;
    for (int c = 0; c < CLASSES; c++) {
        int64_t n = 0;
        double away = 0;
        for (int r = 0; r < TOTAL; r++)
            if (arrived[r] == c)
                memcpy(own + FEATURES * n++, x + FEATURES * r, FEATURES * sizeof *x);
        assert_near((double)n, TOTAL / 3.0, 0.12 * TOTAL / 3);
        assert_class_moments(m, c, own, n, 0.12);
        for (int r = 0; r < 500; r++)
            away += (shared[(c * 500 + r) * FEATURES] - m->mean[c][0]) / 500;
        lost = fmax(lost, fabs(away));
    }
    assert_true(lost > 0.4); /* what sharing without routing does */
}

static const double equal[] = {1, 1, 1};

static void heads_learn_the_posterior_and_mean_what_they_say(void **state)
{
    (void)state;
    static const int each[] = {EACH, EACH, EACH};
    mixture m;
    char folder[32];
    rmf_heads *heads = NULL;
    const rmf_head_report *report;
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0");
    assert_ok(rmf_heads_train(model, 1500, 3, NULL, &heads));
    assert_int_equal(rmf_heads_report(heads, &report), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(report[i].branch, i);
        assert_near(report[i].time, i ? 0.15 : 0.25, 0);
        assert_int_equal(report[i].trained, (i ? 2 : 3) * EACH * 3 / 4);
        assert_int_equal(report[i].tested, (i ? 2 : 3) * EACH / 4);
        const double share = i ? 0.5 : 1 / 3.0;
        assert_near(report[i].chance, -share * log(share) - (1 - share) * log(1 - share), 1e-6);
        assert_true(report[i].log_loss < 0.7 * report[i].chance);
        assert_true(report[i].accuracy > 0.7);
        assert_true(report[i].calibration_error < 0.04);
        assert_true(distance(&m, heads, report[i].branch, equal) < 0.03);
    }
    assert_routed_classes(&m, heads);
    rmf_heads_free(heads);
    rmf_model_free(model);
    end(&m, folder);
}

/* A rare class is rare in the mixture that the root was trained on, unless the run was balanced. */
static void shares_are_those_of_the_training(void **state)
{
    (void)state;
    static const int each[] = {EACH / 6, EACH, EACH};
    static const double rare[] = {1 / 6.0, 1, 1};
    mixture m;
    char folder[32];
    make(&m);
    begin(&m, each, folder);
    for (int balanced = 0; balanced < 2; balanced++) {
        rmf_heads *heads = NULL;
        const rmf_head_report *report;
        rmf_model *model =
            trained(balanced ? "b" : "a", balanced ? "train.balance=true" : "seed=0");
        assert_ok(rmf_heads_train(model, 600, 3, NULL, &heads));
        rmf_heads_report(heads, &report);
        assert_int_equal(report[0].trained,
                         balanced ? 3 * EACH * 3 / 4 : (2 * EACH + EACH / 6) * 3 / 4);
        const double right = distance(&m, heads, 0, balanced ? equal : rare);
        const double wrong = distance(&m, heads, 0, balanced ? rare : equal);
        assert_true(right < 0.04 && wrong > right + 0.02);
        rmf_heads_free(heads);
        rmf_model_free(model);
    }
    end(&m, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_learn_the_posterior_and_mean_what_they_say),
        cmocka_unit_test(shares_are_those_of_the_training)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
