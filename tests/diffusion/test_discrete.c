/* tests/diffusion/test_discrete.c – the Gaussian process in steps: its kernel, its training times,
 * its samplers and what is refused. */
#include "diffusion/integrate.h"

enum { T = 1000 };

static rmf_sde parse(const char *text)
{
    rmf_sde sde;
    assert_ok(rmf_sde_parse(text, "test", &sde));
    return sde;
}

/* ---- the process ---- */

/* ᾱ_k as the product that defines it, in long double. */
static void kernel_is_the_product(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long double first, more;
        int steps;
    } cases[] = {{"discrete", 1e-4L, 1e-5L, 1000},
                 {"discrete:0.02,0.03,20", 0.02L, 0.03L, 20},
                 {"discrete:1e-9,1e-7,10000", 1e-9L, 1e-7L, 10000}};
    for (int c = 0; c < COUNT(cases); c++) {
        const rmf_sde sde = parse(cases[c].text);
        const int steps = cases[c].steps;
        long double left = 1, log_left = 0;
        double alpha, sigma;
        assert_int_equal(rmf_sde_steps(&sde), steps);
        for (int k = 0; k <= steps; k++) {
            sde.ops->kernel(&sde, (double)k / steps, &alpha, &sigma);
            assert_near(alpha * alpha / (double)left, 1, 1e-11);
            assert_near(sigma * sigma, (double)-expm1l(log_left), 1e-11 * sigma * sigma);
            const long double beta = cases[c].first + cases[c].more * k; /* of step k + 1 */
            if (k == 0) assert_true(alpha == 1 && sigma == 0);
            if (k == steps) break;
            sde.ops->kernel(&sde, (k + 0.25) / steps, &alpha, &sigma); /* log ᾱ is linear there */
            assert_near(2 * log(alpha), (double)(log_left + 0.25L * log1pl(-beta)), 1e-11);
            left *= 1 - beta;
            log_left += log1pl(-beta);
        }
    }
}

/* The published ᾱ_T of 1,000 steps leaves a signal of 0.077. */
static void ends_as_published(void **state)
{
    (void)state;
    const rmf_sde sde = parse("discrete");
    double alpha, sigma;
    sde.ops->kernel(&sde, 1, &alpha, &sigma);
    assert_near(alpha, 0.0776, 5e-4);
    assert_near(sde.ops->diffusion(&sde, 1), sqrt(-T * log1p(-0.01009)), 1e-12);
    assert_near(sde.ops->diffusion(&sde, 0), sqrt(-T * log1p(-1e-4)), 1e-12);
    assert_near(rmf_sde_prior(&sde), 1, 0);
}

/* ---- training times ---- */

static void times_are_all_steps_alike(void **state)
{
    (void)state;
    const rmf_sde sde = parse("discrete");
    const rmf_time_law uniform = {RMF_TIME_UNIFORM, 0, 0, 1e-5};
    static double t[T], few[128];
    int hits[T + 1] = {0}, again[T + 1] = {0};
    rmf_training_times(&uniform, &sde, rmf_key_make(1, 2), 3, T, t);
    for (int r = 0; r < T; r++) {
        const int k = (int)lround(t[r] * T);
        assert_in_range(k, 1, T);
        assert_true(t[r] == (double)k / T);
        hits[k]++;
    }
    for (int k = 1; k <= T; k++) /* as many slices as steps: each step once */
        assert_int_equal(hits[k], 1);
    for (uint32_t step = 0; step < 2000; step++) {
        rmf_training_times(&uniform, &sde, rmf_key_make(1, 2), step, COUNT(few), few);
        for (int r = 0; r < COUNT(few); r++)
            again[(int)lround(few[r] * T)]++;
    }
    double square = 0;
    for (int k = 1; k <= T; k++)
        square += (again[k] - 256.0) * (again[k] - 256) / 256 / T;
    assert_true(again[0] == 0 && square < 1.2); /* of independent draws it would be 1 ± 0.045 */
}

static void laws_leave_out_what_they_should(void **state)
{
    (void)state;
    const rmf_sde sde = parse("discrete:1e-4,1e-3,10");
    const rmf_time_law late = {RMF_TIME_UNIFORM, 0, 0, 0.35},
                       bell = {RMF_TIME_LOGNORMAL, -2, 1, 1e-5};
    int hits[11] = {0};
    for (int i = 0; i < 700; i++)
        hits[(int)lround(10 * rmf_time_at(&late, &sde, (i + 0.5) / 700))]++;
    for (int k = 0; k <= 10; k++) /* 0.35 is in the fourth step, which is the first one kept */
        assert_int_equal(hits[k], k > 3 ? 100 : 0);
    for (int k = 1; k <= 10;
         k++) { /* a step has the law's share of the time since the one before */
        double low = rmf_time_quantile(&bell, &sde, (k - 1) / 10.0);
        double high = rmf_time_quantile(&bell, &sde, k / 10.0);
        assert_true(low < high);
        assert_near(rmf_time_at(&bell, &sde, low + 0.01 * (high - low)), k / 10.0, 0);
        assert_near(rmf_time_at(&bell, &sde, low + 0.99 * (high - low)), k / 10.0, 0);
    }
}

/* A branch from step 3 to step 7 is trained at steps 4 to 7, whatever rounding does. */
static void a_branch_is_trained_at_its_steps(void **state)
{
    (void)state;
    static const int ab[] = {0, 1};
    static const rmf_branch_spec three[] = {
        {2, ab, 0.7, 1, NAN}, {1, &ab[0], 0, 0.7, NAN}, {1, &ab[1], 0, 0.7, NAN}};
    static const char *const names[] = {"a", "b"};
    const rmf_sde sde = parse("discrete:1e-4,1e-3,10"), vp = parse("vp");
    const rmf_time_law uniform = {RMF_TIME_UNIFORM, 0, 0, 1e-5};
    int hits[11] = {0};
    rmf_tree *tree = NULL;
    const double from = rmf_time_quantile(&uniform, &sde, 0.3),
                 to = rmf_time_quantile(&uniform, &sde, 0.7);
    for (int i = 0; i <= 400; i++) /* both ends are on the edge of two steps */
        hits[(int)lround(
            10 * rmf_time_within(&uniform, &sde, from + (to - from) * i / 400, 0.3, 0.7))]++;
    for (int k = 0; k <= 10; k++)
        assert_true(k > 3 && k < 8 ? abs(hits[k] - 100) <= 1 : hits[k] == 0);
    assert_ok(rmf_tree_create(2, names, 1, 3, three, &tree));
    for (int k = 1; k <= 10; k++)
        assert_int_equal(rmf_sde_branch(&sde, tree, 1, k / 10.0),
                         k > 7 ? 0 : rmf_tree_leaf(tree, 1));
    assert_int_equal(rmf_sde_branch(&vp, tree, 1, 0.7), 0);
    rmf_tree_free(tree);
}

/* In continuous time a branch keeps [t_start, t_end). */
static void continuous_times_keep_their_branch(void **state)
{
    (void)state;
    const rmf_sde vp = parse("vp");
    const rmf_time_law uniform = {RMF_TIME_UNIFORM, 0, 0, 1e-5};
    assert_near(rmf_time_within(&uniform, &vp, 0.25, 0.2, 0.8), 0.7500025, 1e-12);
    assert_near(rmf_time_within(&uniform, &vp, 0.1, 0.2, 0.8), 0.8, 1e-8);
    assert_true(rmf_time_within(&uniform, &vp, 0.1, 0.2, 0.8) < 0.8);
    assert_near(rmf_time_within(&uniform, &vp, 0.9, 0.2, 0.8), 0.2, 0);
    assert_near(rmf_time_within(&uniform, &vp, 0, 0.2, 1), 1, 0);
}

/* ---- samplers ---- */

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_is_the_product),
        cmocka_unit_test(ends_as_published),
        cmocka_unit_test(times_are_all_steps_alike),
        cmocka_unit_test(laws_leave_out_what_they_should),
        cmocka_unit_test(a_branch_is_trained_at_its_steps),
        cmocka_unit_test(continuous_times_keep_their_branch),
        cmocka_unit_test(ancestral_steps_as_published),
        cmocka_unit_test(ancestral_gives_gaussian_data),
        cmocka_unit_test(eta_scales_the_noise),
        cmocka_unit_test(strides_of_ddim_converge),
        cmocka_unit_test(grids_are_whole_steps),
        cmocka_unit_test(start_is_the_next_step),
        cmocka_unit_test(times_between_steps_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
