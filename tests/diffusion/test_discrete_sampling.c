/* tests/diffusion/test_discrete_sampling.c – samplers and grids of the Gaussian process in steps,
 * and what is refused. */
#include "diffusion/integrate.h"

enum { T = 1000 };

/* Published, element by element: x_{k−1} = (x_k − β_k/√(1 − ᾱ_k)·ε)/√(1 − β_k) + √β̃·z, and at
 * k = 1 the same without noise. */
static void ancestral_steps_as_published(void **state)
{
    (void)state;
    enum { ROWS = 8, D = 3 };
    static const int steps[] = {1000, 527, 60, 2, 1};
    uint64_t sample[ROWS] = {3, 1, 4, 15, 92, 6, 5, 35};
    mixture m;
    mixture_one_class(&m, "discrete", D);
    for (int i = 0; i < COUNT(steps); i++) {
        const int k = steps[i];
        const double beta = 1e-4 + 1e-5 * (k - 1);
        float x[ROWS * D], start[ROWS * D], score[ROWS * D], work[ROWS * D];
        double a[2], s[2];
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
        memcpy(start, x, sizeof x);
        for (int j = 0; j < 2; j++)
            m.sde.ops->kernel(&m.sde, (double)(k - j) / T, &a[j], &s[j]);
        rmf_step step = hand_step(&m, 0, (double)k / T, (k - 1.0) / T, sample, work);
        step.last = k == 1;
        assert_ok(rmf_sampler_find("ancestral")->step(&step, x));
        assert_ok(mixture_eval(&m, 0, (double)k / T, start, score));
        for (int r = 0; r < ROWS; r++) {
            float z[D];
            rmf_random_normal(step.key, sample[r], step.counter, z, D);
            for (int j = 0; j < D; j++) {
                const int at = r * D + j;
                const double epsilon = -s[0] * score[at];
                const double mean = (start[at] - beta / s[0] * epsilon) / sqrt(1 - beta);
                const double spread = k == 1 ? 0 : sqrt(beta) * s[1] / s[0];
                assert_near(x[at], mean + spread * z[j], 4e-6);
            }
        }
    }
    rmf_tree_free(m.tree);
}

/* Mean and variance of a feature of the class after the published recursion over every step, with
 * exact scores: all is linear, so both are numbers. */
static void iterate(const mixture *m, int feature, double *mean, double *variance)
{
    const double mu = m->mean[0][feature], data = m->deviation[0][feature];
    *mean = 0;
    *variance = 1;
    for (int k = T; k >= 1; k--) {
        const double beta = 1e-4 + 1e-5 * (k - 1), root = sqrt(1 - beta);
        double a[2], s[2];
        for (int j = 0; j < 2; j++)
            m->sde.ops->kernel(&m->sde, (double)(k - j) / T, &a[j], &s[j]);
        const double v = a[0] * a[0] * data * data + s[0] * s[0];
        const double keep = (1 - beta / v) / root, spread = k == 1 ? 0 : sqrt(beta) * s[1] / s[0];
        *mean = keep * *mean + beta / v * a[0] * mu / root;
        *variance = keep * keep * *variance + spread * spread;
    }
}

static void ancestral_gives_gaussian_data(void **state)
{
    (void)state;
    enum { N = 4000, D = 4 };
    static float x[N * D];
    mixture m;
    mixture_one_class(&m, "discrete", D);
    m.score.rows = 100;
    rmf_sampling s = mixture_sampling(&m, "ancestral");
    rmf_sampling_report report;
    s.count = N;
    assert_int_equal(s.steps, T);
    assert_ok(rmf_sample(&s, NULL, x, &report));
    assert_near(report.nfe, T, 0); /* every step once */
    for (int i = 0; i < D; i++) {
        double mean, variance, sum = 0, square = 0;
        iterate(&m, i, &mean, &variance);
        assert_near(mean, m.mean[0][i],
                    0.01); /* the prior has no signal, the process 0.077 of it */
        assert_near(variance / (m.deviation[0][i] * m.deviation[0][i]), 1, 0.02);
        for (int r = 0; r < N; r++)
            sum += x[r * D + i] / N;
        for (int r = 0; r < N; r++)
            square += (x[r * D + i] - sum) * (x[r * D + i] - sum) / (N - 1);
        assert_near(sum, mean, 4 * sqrt(variance / N));
        assert_near(square / variance, 1, 4 * sqrt(2.0 / N));
    }
    assert_class_moments(&m, 0, x, N, 0.02);
    rmf_tree_free(m.tree);
}

/* With no noise ancestral is ddim, and in between the noise is what η says. */
static void eta_scales_the_noise(void **state)
{
    (void)state;
    enum { ROWS = 8, D = 3 };
    const uint64_t sample[ROWS] = {0, 1, 2, 3, 4, 5, 6, 7};
    mixture m;
    mixture_one_class(&m, "discrete", D);
    for (int i = 0; i <= 4; i++) {
        float x[ROWS * D], ddim[ROWS * D], start[ROWS * D], work[ROWS * D];
        double alpha[2], sigma[2];
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
        memcpy(ddim, x, sizeof x);
        memcpy(start, x, sizeof x);
        rmf_step step = hand_step(&m, 0, 0.6, 0.5, sample, work);
        step.eta = i / 4.0;
        assert_ok(rmf_sampler_find("ancestral")->step(&step, x));
        assert_ok(rmf_sampler_find("ddim")->step(&step, ddim));
        if (i == 0) assert_memory_equal(x, ddim, sizeof x);
        m.sde.ops->kernel(&m.sde, 0.6, &alpha[0], &sigma[0]);
        m.sde.ops->kernel(&m.sde, 0.5, &alpha[1], &sigma[1]);
        const double ratio = alpha[0] * sigma[1] / (alpha[1] * sigma[0]);
        const double deviation = step.eta * sigma[1] * sqrt(1 - ratio * ratio);
        for (int r = 0; r < ROWS; r++) { /* equation 12: direction and noise share σ_s² */
            float z[D];
            rmf_random_normal(step.key, sample[r], step.counter, z, D);
            for (int j = 0; j < D; j++) {
                const int at = r * D + j;
                const double v = variance(&m, j, 0.6);
                const double score = (alpha[0] * m.mean[0][j] - start[at]) / v;
                const double data = (start[at] + sigma[0] * sigma[0] * score) / alpha[0];
                const double direction = sqrt(sigma[1] * sigma[1] - deviation * deviation);
                const double want =
                    alpha[1] * data - direction * sigma[0] * score + deviation * z[j];
                assert_near(x[at], want, 1e-5);
            }
        }
    }
    rmf_tree_free(m.tree);
}

/* Over ever shorter strides DDIM comes to the probability flow, at first order; over all steps its
 * error is that of a step. */
static void strides_of_ddim_converge(void **state)
{
    (void)state;
    enum { ROWS = 8, D = 3, FROM = 960, TO = 160 };
    static const int strides[] = {80, 40, 20, 10, 1};
    double error[COUNT(strides)] = {0}, at, as, sigma, times[FROM];
    mixture m;
    mixture_one_class(&m, "discrete", D);
    m.sde.ops->kernel(&m.sde, FROM / 1000.0, &at, &sigma);
    m.sde.ops->kernel(&m.sde, TO / 1000.0, &as, &sigma);
    for (int run = 0; run < COUNT(strides); run++) {
        const int steps = (FROM - TO) / strides[run];
        float x[ROWS * D], start[ROWS * D];
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
        memcpy(start, x, sizeof x);
        for (int i = 0; i <= steps; i++)
            times[i] = (FROM - i * strides[run]) / 1000.0;
        integrate_at(&m, "ddim", 0, steps, times, NULL, x);
        for (int i = 0; i < ROWS * D; i++) {
            double ratio =
                sqrt(variance(&m, i % D, TO / 1000.0) / variance(&m, i % D, FROM / 1000.0));
            double exact = as * m.mean[0][i % D] + ratio * (start[i] - at * m.mean[0][i % D]);
            error[run] = fmax(error[run], fabs(x[i] - exact));
        }
    }
    for (int run = 0; run < 3; run++)
        assert_near(log2(error[run] / error[run + 1]), 1, 0.25);
    assert_near(error[3] / error[4], 10, 1.5);
    rmf_tree_free(m.tree);
}

/* ---- time grids ---- */

static const int ab[] = {0, 1};
/* The second branch has a single step, a leaf has more than it is asked for. */
static const rmf_branch_spec tree_in_steps[] = {{2, ab, 0.5, 1, NAN},
                                                {2, ab, 0.49, 0.5, NAN},
                                                {1, &ab[0], 0, 0.49, NAN},
                                                {1, &ab[1], 0, 0.49, NAN}};

static void grids_are_whole_steps(void **state)
{
    (void)state;
    static const int asked[] = {2, 7, 40, 99, 100, 5000};
    mixture m;
    mixture_init(&m, "discrete:1e-3,1e-3,100", 2, 2, COUNT(tree_in_steps), tree_in_steps);
    for (size_t k = 0; rmf_sampler_registry()[k]; k++)
        for (int n = 0; n < COUNT(asked); n++)
            for (int grid = RMF_GRID_UNIFORM; grid <= RMF_GRID_LOGSNR; grid++) {
                rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
                int total = 0;
                s.steps = asked[n];
                s.grid = (enum rmf_grid)grid;
                s.t_start = 0.01;
                s.paper = n % 2; /* changes nothing here */
                for (int b = 0; b < 3; b++) {
                    const rmf_branch *branch = rmf_tree_branch(m.tree, b);
                    double *times;
                    int steps;
                    assert_ok(rmf_branch_grid(&s, b, &times, &steps));
                    assert_true(times[0] == branch->t_end && times[steps] == branch->t_start);
                    for (int i = 0; i <= steps; i++) {
                        assert_true(times[i] == round(times[i] * 100) / 100);
                        assert_true(i == 0 || times[i] < times[i - 1]);
                    }
                    total += steps;
                    rmf_free(times);
                }
                if (grid == RMF_GRID_UNIFORM)
                    assert_in_range(total, asked[n] < 100 ? asked[n] : 100,
                                    asked[n] < 99 ? asked[n] + 2 : 100);
                if (asked[n] == 5000) assert_int_equal(total, 100);
            }
    rmf_tree_free(m.tree);
}

static void start_is_the_next_step(void **state)
{
    (void)state;
    static const struct {
        const char *steps, *t_start;
        double want;
    } cases[] = {{"1000", "0.001", 0.001},
                 {"100", "0.001", 0.01},
                 {"1000", "0.0123", 0.013},
                 {"7", "0.5", 4.0 / 7}};
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_settings *settings;
        rmf_sampling s;
        assert_ok(rmf_settings_create(&settings));
        assert_ok(rmf_settings_put(settings, "sde.name", "discrete", "test"));
        assert_ok(rmf_settings_put(settings, "sde.steps", cases[i].steps, "test"));
        assert_ok(rmf_settings_put(settings, "sample.t_start", cases[i].t_start, "test"));
        assert_ok(rmf_settings_put(settings, "sample.eta", "0.25", "test"));
        assert_ok(rmf_sampling_from_settings(settings, &s));
        assert_near(s.t_start, cases[i].want, 0);
        assert_near(s.eta, 0.25, 0);
        rmf_settings_free(settings);
    }
}

static void assert_refused(const rmf_sampling *s, const char *says)
{
    float x[64];
    assert_int_equal(rmf_sample(s, NULL, x, NULL), RMF_ERR_USAGE);
    if (!strstr(rmf_message(), says)) fail_msg("\"%s\" lacks \"%s\"", rmf_message(), says);
}

static void times_between_steps_are_refused(void **state)
{
    (void)state;
    static const rmf_branch_spec between[] = {
        {2, ab, 0.505, 1, NAN}, {1, &ab[0], 0, 0.505, NAN}, {1, &ab[1], 0, 0.505, NAN}};
    mixture m;
    mixture_init(&m, "discrete:1e-3,1e-3,100", 2, 2, COUNT(tree_in_steps), tree_in_steps);
    rmf_sampling s = mixture_sampling(&m, "ancestral");
    s.t_start = 0.015;
    assert_refused(&s, "t_start is 0.015, step 1.5 of 100; expected a whole step");
    s.t_start = 0.01;
    s.t_from = 0.301;
    assert_refused(&s, "where it starts is 0.301");
    s.t_from = 0;
    s.t_until = 0.3007;
    assert_refused(&s, "where it stops is 0.3007");
    s.t_until = 0;
    s.eta = 1.5;
    assert_refused(&s, "eta is 1.5; expected 0 to 1");
    rmf_tree_free(m.tree);
    mixture_init(&m, "discrete:1e-3,1e-3,100", 2, 2, COUNT(between), between);
    s = mixture_sampling(&m, "ancestral");
    s.t_start = 0.01;
    assert_refused(&s, "start of branch 0 is 0.505, step 50.5 of 100");
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ancestral_steps_as_published),
                                       cmocka_unit_test(ancestral_gives_gaussian_data),
                                       cmocka_unit_test(eta_scales_the_noise),
                                       cmocka_unit_test(strides_of_ddim_converge),
                                       cmocka_unit_test(grids_are_whole_steps),
                                       cmocka_unit_test(start_is_the_next_step),
                                       cmocka_unit_test(times_between_steps_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
