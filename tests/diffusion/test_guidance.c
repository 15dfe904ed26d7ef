/* tests/diffusion/test_guidance.c – guided scores and guided samples against closed forms.
 *
 * A Gaussian class of mean m that is guided by one of mean g and the same deviation has, at every
 * time, the score of a Gaussian of mean m + w·(m − g): so guided samples are those of a class that
 * was moved there. */
#include "diffusion/modes.h"

enum { PAIR_CLASSES = 2, PAIR_D = 3, PAIR_N = 11, PAIR_VALUES = PAIR_CLASSES * PAIR_N * PAIR_D };

static const int either[] = {0, 1};
static const rmf_branch_spec star[] = {
    {2, either, 1, 1, NAN}, {1, &either[0], 0, 1, NAN}, {1, &either[1], 0, 1, NAN}};
/* Each leaf is led away from the other. */
static const int rivals[] = {-1, 2, 1};

static void make_pair(mixture *m, const char *process)
{
    mixture_init(m, process, PAIR_CLASSES, PAIR_D, COUNT(star), star);
    for (int i = 0; i < PAIR_D; i++)
        m->deviation[0][i] = m->deviation[1][i] = 0.4 + 0.1 * i;
}

static void the_score_is_that_of_the_moved_gaussian(void **state)
{
    (void)state;
    static const double weights[] = {-1, -0.5, 0.3, 2, 7};
    mixture m;
    make_pair(&m, "vp");
    float x[8 * PAIR_D], score[8 * PAIR_D], work[8 * PAIR_D];
    for (int i = 0; i < 8 * PAIR_D; i++)
        x[i] = (float)(2 * sin(3.1 * i));
    for (size_t k = 0; k < COUNT(weights); k++)
        for (double t = 0.02; t < 1; t += 0.14) {
            rmf_guidance g = {m.score, weights[k], rivals, work};
            const rmf_score guided = rmf_guided_score(&g);
            assert_ok(guided.eval(guided.context, 1, t, x, score));
            double alpha, sigma;
            m.sde.ops->kernel(&m.sde, t, &alpha, &sigma);
            for (int i = 0; i < 8 * PAIR_D; i++) {
                const int f = i % PAIR_D;
                const double away = m.mean[0][f] - m.mean[1][f];
                const double scaled = alpha * m.deviation[0][f];
                const double expected = -(x[i] - alpha * (m.mean[0][f] + weights[k] * away)) /
                                        (scaled * scaled + sigma * sigma);
                assert_near(score[i], expected, 3e-5 * (1 + fabs(expected)) * (2 + weights[k]));
            }
        }
    rmf_tree_free(m.tree);
}

/* Samples of both classes, each led away from the other, are those of classes moved so. */
static void assert_moved(mixture *m, rmf_sampling *s)
{
    const double w = 1.5;
    static float guided[PAIR_VALUES], moved[PAIR_VALUES];
    s->count = PAIR_N;
    s->guidance = w;
    s->guide = rivals;
    assert_ok(rmf_sample(s, NULL, guided, NULL));
    s->guidance = 0;
    for (int i = 0; i < PAIR_D; i++) {
        const double away = m->mean[0][i] - m->mean[1][i];
        m->mean[0][i] += w * away;
        m->mean[1][i] -= w * away;
    }
    assert_ok(rmf_sample(s, NULL, moved, NULL));
    for (int i = 0; i < PAIR_VALUES; i++)
        assert_near(guided[i], moved[i], 2e-3);
}

static void guided_samples_are_those_of_the_moved_class(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        make_pair(&m, "vp");
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_moved(&m, &s);
        rmf_tree_free(m.tree);
    }
}

static void in_discrete_time_too(void **state)
{
    (void)state;
    static const char *const samplers[] = {"ancestral", "ddim", "heun", "unipc", "dpm-solver-sde"};
    for (int k = 0; k < 2 * COUNT(samplers); k++) {
        mixture m;
        make_pair(&m, "discrete:1e-4,1e-3,100");
        rmf_sampling s = mixture_sampling(&m, samplers[k / 2]);
        s.steps = 30;
        s.t_start = 0.01;
        s.shared = k % 2;
        assert_moved(&m, &s);
        rmf_tree_free(m.tree);
    }
}

/* Every branch but the root by its parent. */
static void parents(const mixture *m, int *guide)
{
    for (int b = 0; b < rmf_tree_branch_count(m->tree); b++)
        guide[b] = rmf_tree_branch(m->tree, b)->parent;
}

static void weight_0_changes_no_byte_and_costs_nothing(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        int guide[COUNT(branches)];
        static float plain[CLASSES * N * D], off[CLASSES * N * D];
        rmf_sampling_report before, after;
        make(&m);
        parents(&m, guide);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, plain, &before));
        s.guide = guide;
        assert_ok(rmf_sample(&s, NULL, off, &after));
        assert_memory_equal(plain, off, sizeof plain);
        assert_int_equal(before.calls, after.calls);
        assert_near(before.nfe, after.nfe, 0);
        s.guidance = 0.5;
        assert_ok(rmf_sample(&s, NULL, off, &after));
        assert_memory_not_equal(plain, off, sizeof plain);
        rmf_tree_free(m.tree);
    }
}

/* A branch with a guide costs two evaluations where it cost one, the root what it did. */
static void guides_are_counted(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        int guide[COUNT(branches)], none[COUNT(branches)];
        static float x[CLASSES * N * D];
        rmf_sampling_report plain, all, without;
        make(&m);
        parents(&m, guide);
        for (size_t b = 0; b < COUNT(branches); b++)
            none[b] = -1;
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, x, &plain));
        s.guidance = 1;
        s.guide = none;
        assert_ok(rmf_sample(&s, NULL, x, &without));
        assert_int_equal(without.calls, plain.calls);
        s.guide = guide;
        m.calls = 0;
        assert_ok(rmf_sample(&s, NULL, x, &all));
        assert_int_equal(all.calls, m.calls);

        double *times;
        int steps;
        assert_ok(rmf_branch_grid(&s, 0, &times, &steps));
        rmf_free(times);
        const int root_calls = steps * s.sampler->nfe_per_step;
        if (s.steps > 0) /* else the guided score gets steps of its own */
            assert_near(all.nfe, 2 * plain.nfe - root_calls, 1e-9);
        assert_true(all.evaluated_rows > plain.evaluated_rows);
        assert_true(all.evaluated_rows <= all.independent_rows);
        rmf_tree_free(m.tree);
    }
}

static void refuses(void **state)
{
    (void)state;
    mixture m;
    int guide[COUNT(branches)];
    static float x[CLASSES * N * D];
    make(&m);
    parents(&m, guide);
    rmf_sampling s = in_mode(&m, &modes[0]);
    s.guidance = 1;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);
    s.guide = guide;
    const double weights[] = {-1.01, NAN, INFINITY};
    for (size_t i = 0; i < COUNT(weights); i++) {
        s.guidance = weights[i];
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
    }
    s.guidance = 1;
    const int numbers[] = {-2, COUNT(branches)};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        guide[3] = numbers[i];
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);
    }
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_score_is_that_of_the_moved_gaussian),
        cmocka_unit_test(guided_samples_are_those_of_the_moved_class),
        cmocka_unit_test(in_discrete_time_too),
        cmocka_unit_test(weight_0_changes_no_byte_and_costs_nothing),
        cmocka_unit_test(guides_are_counted),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
