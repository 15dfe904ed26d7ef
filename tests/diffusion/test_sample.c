/* tests/diffusion/test_sample.c – sampling along a tree: what it promises byte for byte, and that
 * the right classes come out. */
#include "diffusion/modes.h"

/* ---- promises ---- */

static void a_class_alone_is_the_class_among_others(void **state)
{
    (void)state;
    static const int order[] = {3, 0, 4, 1, 2}, some[] = {2, 3};
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[CLASSES * N * D], two[2 * N * D], one[N * D];
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.classes = order;
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        s.classes = some;
        s.n_classes = 2;
        assert_ok(rmf_sample(&s, NULL, two, NULL));
        assert_memory_equal(two, all + 4 * N * D, N * D * sizeof *all);
        assert_memory_equal(two + N * D, all, N * D * sizeof *all);
        for (int i = 0; i < CLASSES; i++) {
            s.classes = &order[i];
            s.n_classes = 1;
            assert_ok(rmf_sample(&s, NULL, one, NULL));
            assert_memory_equal(one, all + i * N * D, N * D * sizeof *all);
        }
        rmf_tree_free(m.tree);
    }
}

static void the_first_samples_are_a_shorter_run(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[CLASSES * N * D], few[CLASSES * N * D];
        if (modes[k].paper && !strcmp(modes[k].sampler, "predictor-corrector")) continue;
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        for (s.count = 1; s.count < N; s.count += 3) {
            assert_ok(rmf_sample(&s, NULL, few, NULL));
            for (int c = 0; c < CLASSES; c++)
                assert_memory_equal(few + c * s.count * D, all + c * N * D,
                                    (size_t)s.count * D * sizeof *all);
        }
        rmf_tree_free(m.tree);
    }
}

static void seeds_classes_and_samples_differ(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[2 * CLASSES * N * D];
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        s.seed++;
        assert_ok(rmf_sample(&s, NULL, all + CLASSES * N * D, NULL));
        for (int a = 0; a < 2 * CLASSES * N; a++)
            for (int b = 0; b < a; b++) {
                /* b and c part below t_start, so along the tree they are one sample. */
                int ca = a / N, cb = b / N;
                bool same = s.shared && a % N == b % N && ca / CLASSES == cb / CLASSES &&
                            ca % CLASSES == 2 && cb % CLASSES == 1;
                int equal = memcmp(all + a * D, all + b * D, D * sizeof *all);
                assert_true(same ? equal == 0 : equal != 0);
            }
        rmf_tree_free(m.tree);
    }
}

/* With no score and no drift a step adds nothing but g·√Δ·z: collect all z, from the second step
 * on, and find no two alike, neither along a path nor between branches.  What classes share along
 * the tree is seen once for each of them. */
typedef struct increments {
    const rmf_sde *sde;
    float state[CLASSES * N], z[4096];
    double time[CLASSES * N];
    int n;
} increments;

static rmf_status no_score(void *context, int branch, double t, const float *x, float *score)
{
    (void)branch, (void)t, (void)x;
    memset(score, 0, (size_t)((mixture *)context)->score.rows * sizeof *score);
    return RMF_OK;
}

static rmf_status keep_noise(void *context, int branch, double t, int64_t first, int64_t count,
                             const float *x)
{
    increments *in = context;
    (void)branch;
    for (int64_t i = 0; i < count; i++) {
        const double before = in->time[first + i];
        double scale = in->sde->ops->diffusion(in->sde, before) * sqrt(before - t);
        if (before > 0 && t > 0 && in->n < COUNT(in->z))
            in->z[in->n++] = (float)((x[i] - in->state[first + i]) / scale);
        in->state[first + i] = x[i];
        in->time[first + i] = t;
    }
    return RMF_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Noises that the run should have: for each class, or each branch, one a step that has noise;
 * without the first one, whose start nobody saw. */
static int expected_noises(const rmf_sampling *s)
{
    int noises = s->shared ? -N : -N * CLASSES;
    for (int b = 0; b < rmf_tree_branch_count(s->tree); b++) {
        double *times;
        int count;
        assert_ok(rmf_branch_grid(s, b, &times, &count));
        for (int i = 1; i <= count; i++)
            if (times[i] > 0) noises += s->shared ? N : N * rmf_tree_branch(s->tree, b)->n_classes;
        rmf_free(times);
    }
    return noises;
}

static void noise_is_never_used_twice(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        mixture m;
        static increments in;
        float x[CLASSES * N];
        mixture_init(&m, "ve:1.5", CLASSES, 1, COUNT(branches), branches);
        memset(&in, 0, sizeof in);
        in.sde = &m.sde;
        rmf_sampling s = in_mode(&m, &modes[2]);
        rmf_recorder recorder = {keep_noise, &in};
        s.shared = shared;
        s.recorder = &recorder;
        m.score.eval = no_score;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        qsort(in.z, (size_t)in.n, sizeof *in.z, compare);
        int distinct = 1;
        for (int i = 1; i < in.n; i++)
            distinct += in.z[i] - in.z[i - 1] > 1e-5f;
        /* Chance alone brings about five pairs of 1300 numbers as near as that. */
        assert_in_range(distinct, expected_noises(&s) - 25, expected_noises(&s));
        rmf_tree_free(m.tree);
    }
}

/* A run that ends with noise stops before the last step: that step makes the other run of it. */
static void a_noisy_end_lacks_the_last_step(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float whole[CLASSES * N * D], noisy[CLASSES * N * D], score[8 * D];
        const rmf_sampler_ops *ops = rmf_sampler_find(modes[k].sampler);
        if (ops->order == 1 && ops->stochastic) continue; /* other last steps, as published */
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        if (!strcmp(s.sampler->name, "heun-churn")) s.churn.low = 1; /* none at the end */
        assert_ok(rmf_sample(&s, NULL, whole, NULL));
        s.noisy_end = true;
        assert_ok(rmf_sample(&s, NULL, noisy, NULL));
        double alpha, sigma;
        m.sde.ops->kernel(&m.sde, s.t_start, &alpha, &sigma);
        for (int c = 0; c < CLASSES; c++) {
            const float *x = noisy + c * N * D;
            assert_ok(m.score.eval(m.score.context, rmf_tree_find(m.tree, c, s.t_start), s.t_start,
                                   x, score));
            for (int i = 0; i < 8 * D; i++)
                assert_near(whole[c * N * D + i], (x[i] + sigma * sigma * score[i]) / alpha, 1e-5);
        }
        rmf_tree_free(m.tree);
    }
}

/* ---- the right samples ---- */

static void two_leaf_tree(mixture *m, double branch_point, int rows)
{
    static const int ab[] = {0, 1};
    const rmf_branch_spec two[] = {{2, ab, branch_point, 1, NAN},
                                   {1, &ab[0], 0, branch_point, NAN},
                                   {1, &ab[1], 0, branch_point, NAN}};
    mixture_init(m, "vp", 2, 3, 3, two);
    m->score.rows = rows;
    for (int i = 0; i < 3; i++) {
        m->mean[0][i] = -1.2;
        m->mean[1][i] = 1.2;
    }
}

static void late_branch_points_give_the_right_classes(void **state)
{
    (void)state;
    enum { MANY = 2500 };
    static float x[2 * MANY * 3];
    for (size_t k = 0; rmf_sampler_registry()[k]; k++)
        for (int shared = 0; shared < 2; shared++) {
            mixture m;
            two_leaf_tree(&m, 0.8, 125);
            rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
            s.count = MANY;
            s.shared = shared;
            s.steps = s.sampler->order > 1 ? 80 : 250;
            assert_ok(rmf_sample(&s, NULL, x, NULL));
            for (int c = 0; c < 2; c++)
                assert_class_moments(&m, c, x + c * MANY * 3, MANY, 0.1);
            rmf_tree_free(m.tree);
        }
}

/* What the other test can see: parted when the classes are told apart, an ODE keeps the wrong mix.
 */
static void early_branch_points_do_not(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static float x[2 * MANY * 3];
    mixture m;
    two_leaf_tree(&m, 0.15, 125);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.count = MANY;
    s.shared = true;
    assert_ok(rmf_sample(&s, NULL, x, NULL));
    double mean = 0;
    for (int i = 0; i < MANY; i++)
        mean += x[i * 3] / MANY;
    assert_true(fabs(mean - m.mean[0][0]) > 0.3);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_alone_is_the_class_among_others),
        cmocka_unit_test(the_first_samples_are_a_shorter_run),
        cmocka_unit_test(seeds_classes_and_samples_differ),
        cmocka_unit_test(noise_is_never_used_twice),
        cmocka_unit_test(a_noisy_end_lacks_the_last_step),
        cmocka_unit_test(late_branch_points_give_the_right_classes),
        cmocka_unit_test(early_branch_points_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
