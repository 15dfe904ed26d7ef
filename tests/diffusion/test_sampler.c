/* tests/diffusion/test_sampler.c – samplers on Gaussian data, where everything is known. */
#include "diffusion/mixture.h"

/* Steps by hand from time `from` to `to`, uniformly in t, all noisy steps. */
static void integrate(const mixture *m, const char *sampler, double from, double to, int steps,
                      const uint64_t *sample, float *x)
{
    const rmf_sampler_ops *ops = rmf_sampler_find(sampler);
    const int64_t n = m->score.rows * m->score.features;
    float *work = calloc((size_t)(n * ops->work_floats), sizeof *work);
    assert_non_null(work);
    for (int i = 0; i < steps; i++) {
        rmf_step step = {.sde = &m->sde,
                         .score = &m->score,
                         .before = from + (to - from) * (i > 0 ? i - 1 : 0) / steps,
                         .t = from + (to - from) * i / steps,
                         .s = from + (to - from) * (i + 1) / steps,
                         .snr = 0.1,
                         .corrector_steps = 1,
                         .key = rmf_key_make(1, 2),
                         .sample = sample,
                         .counter = (uint32_t)i * 64,
                         .used_rows = m->score.rows,
                         .work = work};
        assert_ok(ops->step(&step, x));
    }
    free(work);
}

static double variance(const mixture *m, int feature, double t)
{
    double alpha, sigma;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    double scaled = alpha * m->deviation[0][feature];
    return scaled * scaled + sigma * sigma;
}

/* The probability flow carries N(α·mean, v) along: x(s) = α_s·mean + √(v_s/v_t)·(x(t) − α_t·mean).
 */
static void heun_is_of_second_order(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo:0.1,20"};
    for (int p = 0; p < COUNT(processes); p++) {
        mixture m;
        double error[3];
        const double from = 0.9, to = 0.1;
        mixture_one_class(&m, processes[p], 3);
        for (int run = 0; run < 3; run++) {
            double at, as, sigma;
            float x[8 * 3], start[8 * 3];
            rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, 8 * 3);
            memcpy(start, x, sizeof x);
            integrate(&m, "heun", from, to, 40 << run, NULL, x);
            m.sde.ops->kernel(&m.sde, from, &at, &sigma);
            m.sde.ops->kernel(&m.sde, to, &as, &sigma);
            error[run] = 0;
            for (int i = 0; i < 8 * 3; i++) {
                double ratio = sqrt(variance(&m, i % 3, to) / variance(&m, i % 3, from));
                double mean = m.mean[0][i % 3];
                double exact = as * mean + ratio * (start[i] - at * mean);
                error[run] = fmax(error[run], fabs(x[i] - exact));
            }
        }
        assert_near(log2(error[0] / error[1]), 2, 0.3);
        assert_near(log2(error[1] / error[2]), 2, 0.3);
        rmf_tree_free(m.tree);
    }
}

/* Two starts under the same noise keep a difference free of it: the mean of x(s) given x(t), whose
 * slope is (α_t/α_s)·v_s/v_t for the exact reverse process.  Its error is the weak error. */
static void euler_maruyama_is_of_weak_order_one(void **state)
{
    (void)state;
    static const uint64_t sample[8] = {0, 1, 0, 1, 0, 1, 0, 1};
    static const char *const processes[] = {"vp", "ve"};
    for (int p = 0; p < COUNT(processes); p++) {
        mixture m;
        double error[3];
        const double from = 0.6, to = 0.3;
        mixture_one_class(&m, processes[p], 1);
        for (int run = 0; run < 3; run++) {
            double at, as, sigma;
            float x[8] = {1, 1, -1, -1, 0.5, 2, 0.3, 0.7};
            integrate(&m, "euler-maruyama", from, to, 25 << run, sample, x);
            m.sde.ops->kernel(&m.sde, from, &at, &sigma);
            m.sde.ops->kernel(&m.sde, to, &as, &sigma);
            double exact = at / as * variance(&m, 0, to) / variance(&m, 0, from);
            error[run] = fabs((x[0] - x[2]) / 2 - exact);
            assert_near((x[1] - x[3]) / 2, (x[0] - x[2]) / 2, 1e-5);
        }
        assert_near(log2(error[0] / error[1]), 1, 0.25);
        assert_near(log2(error[1] / error[2]), 1, 0.25);
        rmf_tree_free(m.tree);
    }
}

/* Relative error of the variance after `steps` steps on N(0, 1.3²). */
static double variance_error(const char *sampler, int steps)
{
    enum { ROUNDS = 4000, ROWS = 64, D = 8 };
    const double from = 0.6, to = 0.3;
    mixture m;
    double sum = 0;
    mixture_one_class(&m, "vp", D);
    m.score.rows = ROWS;
    for (int i = 0; i < D; i++) {
        m.mean[0][i] = 0;
        m.deviation[0][i] = 1.3;
    }
    const float start = (float)sqrt(variance(&m, 0, from));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        float x[ROWS * D];
        uint64_t sample[ROWS];
        for (uint64_t r = 0; r < ROWS; r++)
            sample[r] = round * ROWS + r;
        rmf_random_normal(rmf_key_make(4, 4), round, 0, x, ROWS * D);
        for (int i = 0; i < ROWS * D; i++)
            x[i] *= start;
        integrate(&m, sampler, from, to, steps, sample, x);
        for (int i = 0; i < ROWS * D; i++)
            sum += (double)x[i] * x[i];
    }
    rmf_tree_free(m.tree);
    return sum / (ROUNDS * ROWS * D) / variance(&m, 0, to) - 1;
}

/* The means of its steps are exact on Gaussian data (D is a martingale), so the variance it is. The
 * scalar recursion, iterated in NumPy, gives −0.0613 and −0.0157; the method of first order
 * −0.173 and −0.093. */
static void dpm_solver_sde_is_of_weak_order_two(void **state)
{
    (void)state;
    const double coarse = variance_error("dpm-solver-sde", 4);
    const double fine = variance_error("dpm-solver-sde", 8);
    assert_near(coarse, -0.0613, 0.005); /* two million numbers: ±0.001 */
    assert_near(fine, -0.0157, 0.005);
    assert_near(log2(coarse / fine), 2, 0.4);
}

/* The last step of Heun is the posterior mean of the data (Tweedie). */
static void heun_ends_with_the_denoised_estimate(void **state)
{
    (void)state;
    mixture m;
    double alpha, sigma, t = 0.3;
    float x[8 * 2], start[8 * 2], work[3 * 8 * 2];
    mixture_one_class(&m, "vp", 2);
    m.sde.ops->kernel(&m.sde, t, &alpha, &sigma);
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, 8 * 2);
    memcpy(start, x, sizeof x);
    rmf_step step = {.sde = &m.sde, .score = &m.score, .t = t, .last = true, .used_rows = 7};
    step.work = work;
    assert_ok(rmf_sampler_find("heun")->step(&step, x));
    for (int i = 0; i < 7 * 2; i++) {
        double s = m.deviation[0][i % 2], mean = m.mean[0][i % 2];
        double gain = alpha * s * s / variance(&m, i % 2, t);
        assert_near(x[i], mean + gain * (start[i] - alpha * mean), 1e-5);
    }
    assert_memory_equal(x + 7 * 2, start + 7 * 2, 2 * sizeof *x); /* padding stays */
    rmf_tree_free(m.tree);
}

/* One corrector and one predictor step, written out from the formula. */
static void predictor_corrector_steps_as_published(void **state)
{
    (void)state;
    enum { D = 5, USED = 6 };
    for (int paper = 0; paper < 2; paper++) {
        mixture m;
        float x[8 * D], want[8 * D], score[8 * D], z[D], work[2 * 8 * D];
        uint64_t sample[8] = {3, 1, 4, 15, 9, 2, 6, 5};
        mixture_one_class(&m, "vp", D);
        rmf_step step = {.sde = &m.sde,
                         .score = &m.score,
                         .t = 0.5,
                         .s = 0.49,
                         .paper = paper,
                         .snr = 0.1,
                         .corrector_steps = 1,
                         .key = rmf_key_make(1, 2),
                         .sample = sample,
                         .counter = 640,
                         .used_rows = USED,
                         .work = work};
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, 8 * D);
        memcpy(want, x, sizeof x);
        assert_ok(mixture_eval(&m, 0, 0.5, x, score));
        double norm[8] = {0}, mean = 0;
        for (int r = 0; r < USED; r++) {
            for (int i = 0; i < D; i++)
                norm[r] += (double)score[r * D + i] * score[r * D + i];
            mean += sqrt(norm[r]) / USED;
        }
        for (int r = 0; r < USED; r++) {
            double limit = 4 * 0.1 * (1 - exp(-(0.05 + 0.5 * 19.9 * 0.25)));
            double a = paper ? 0.1 * D / (mean * mean) : fmin(0.1 * D / norm[r], limit);
            double drift = 0.5 * a * (paper || a == limit ? 1 : 1 + 2.0 / D);
            rmf_random_normal(step.key, sample[r], 641, z, D);
            for (int i = 0; i < D; i++)
                want[r * D + i] += (float)(drift * score[r * D + i] + sqrt(a) * z[i]);
        }
        assert_ok(mixture_eval(&m, 0, 0.5, want, score));
        double beta = 0.1 + 19.9 * 0.5;
        for (int r = 0; r < USED; r++) {
            rmf_random_normal(step.key, sample[r], 640, z, D);
            for (int i = 0; i < D; i++) {
                double at = want[r * D + i], drift = -0.5 * beta * at - beta * score[r * D + i];
                want[r * D + i] = (float)(at - drift * 0.01 + sqrt(beta * 0.01) * z[i]);
            }
        }
        assert_ok(rmf_sampler_find("predictor-corrector")->step(&step, x));
        for (int i = 0; i < USED * D; i++)
            assert_near(x[i], want[i], 1e-5);
        rmf_tree_free(m.tree);
    }
}

/* With no time passing only the corrector moves x, and its stationary law is the marginal itself,
 * up to the bias a/(4v) of a Langevin step: 2.5 % of the variance, for a = 0.1·v. */
static void corrector_keeps_the_marginal(void **state)
{
    (void)state;
    enum { ROWS = 64, D = 16 };
    for (int paper = 0; paper < 2; paper++) {
        mixture m;
        static float x[ROWS * D], work[2 * ROWS * D];
        uint64_t sample[ROWS];
        double square = 0, sum = 0, t = 0.35;
        mixture_one_class(&m, "vp", D);
        m.score.rows = ROWS;
        for (int i = 0; i < D; i++) {
            m.mean[0][i] = 0;
            m.deviation[0][i] = 0.5;
        }
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
        for (int r = 0; r < ROWS; r++)
            sample[r] = (uint64_t)r;
        for (int i = 0; i < 150; i++) {
            rmf_step step = {.sde = &m.sde,
                             .score = &m.score,
                             .t = t,
                             .s = t,
                             .paper = paper,
                             .snr = 0.1,
                             .corrector_steps = 3,
                             .key = rmf_key_make(1, 2),
                             .sample = sample,
                             .counter = (uint32_t)i * 64,
                             .used_rows = ROWS,
                             .work = work};
            assert_ok(rmf_sampler_find("predictor-corrector")->step(&step, x));
            for (int k = 0; i >= 50 && k < ROWS * D; k++) {
                sum += x[k];
                square += (double)x[k] * x[k];
            }
        }
        double n = 100.0 * ROWS * D;
        assert_near(sum / n, 0, 0.03);
        assert_near(square / n / variance(&m, 0, t), 1.02, 0.06);
        rmf_tree_free(m.tree);
    }
}

/* Every sampler, every process: mean and covariance of the data come out. */
static void gaussian_data_come_back(void **state)
{
    (void)state;
    enum { N = 2000, D = 6 };
    static const char *const processes[] = {"vp", "ve:200", "vegeo"};
    static float x[N * D];
    for (size_t k = 0; rmf_sampler_registry()[k]; k++)
        for (int p = 0; p < COUNT(processes); p++)
            for (int grid = 0; grid < 2; grid++) {
                mixture m;
                rmf_sampling_report report;
                mixture_one_class(&m, processes[p], D);
                rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
                m.score.rows = 100;
                s.count = N;
                s.grid = grid ? RMF_GRID_RHO : RMF_GRID_UNIFORM;
                s.steps = s.sampler->stochastic ? 250 : 100;
                assert_ok(rmf_sample(&s, NULL, x, &report));
                assert_class_moments(&m, 0, x, N, 0.05);
                assert_int_equal(report.calls, m.calls);
                rmf_tree_free(m.tree);
            }
}

/* Few steps: on Gaussian data 18 of them, over four decades of noise, leave 10 to 15 % too much
 * variance (worked out by iterating the scalar recursion), 40 leave 2 %. */
static void few_heun_steps_come_close(void **state)
{
    (void)state;
    enum { N = 3000, D = 6 };
    static float x[N * D];
    mixture m;
    rmf_sampling_report report;
    mixture_one_class(&m, "vp", D);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.count = N;
    assert_int_equal(s.steps, 18);
    assert_ok(rmf_sample(&s, NULL, x, &report));
    assert_class_moments(&m, 0, x, N, 0.15);
    assert_near(report.nfe, 35, 0); /* as Karras et al. count: 2·18 − 1 */
    s.steps = 40;
    assert_ok(rmf_sample(&s, NULL, x, &report));
    assert_class_moments(&m, 0, x, N, 0.03);
    assert_near(report.nfe, 79, 0);
    rmf_tree_free(m.tree);
}

static void registry_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; rmf_sampler_registry()[i]; i++) {
        const rmf_sampler_ops *ops = rmf_sampler_registry()[i];
        assert_true(ops->summary[0] && ops->source[0] && ops->step);
        assert_true(ops->order >= 1 && ops->nfe_per_step >= 1 && ops->default_steps >= 2);
        assert_ptr_equal(rmf_sampler_find(ops->name), ops);
    }
    assert_null(rmf_sampler_find("euler"));
}

static void reads_settings(void **state)
{
    (void)state;
    rmf_settings *settings;
    rmf_sampling s;
    assert_ok(rmf_settings_create(&settings));
    assert_ok(rmf_settings_check(settings, "sample.", rmf_sampling_options, NULL));
    assert_ok(rmf_sampling_from_settings(settings, &s));
    assert_string_equal(s.sampler->name, "heun");
    assert_true(s.steps == 18 && s.grid == RMF_GRID_RHO && s.rho == 7 && s.t_start == 1e-3);
    assert_true(s.snr == 0.1 && s.corrector_steps == 1 && !s.paper && s.shared && s.count == 100);
    assert_null(s.tree);
    static const char *const pairs[][2] = {
        {"sample.sampler", "predictor-corrector"},
        {"sample.grid", "rho"},
        {"sample.rho", "3"},
        {"sample.corrector_steps", "2"},
        {"sample.count", "7"},
        {"sample.paper", "yes"},
        {"sample.shared", "no"},
        {"seed", "99"},
        {"sample.snr", "0.2"},
    };
    for (int i = 0; i < COUNT(pairs); i++)
        assert_ok(rmf_settings_put(settings, pairs[i][0], pairs[i][1], "--set"));
    assert_ok(rmf_settings_check(settings, "sample.", rmf_sampling_options, NULL));
    assert_ok(rmf_sampling_from_settings(settings, &s));
    assert_true(s.steps == 500 && s.grid == RMF_GRID_RHO && s.rho == 3 && s.corrector_steps == 2);
    assert_true(s.paper && !s.shared && s.count == 7 && s.seed == 99 && s.snr == 0.2);
    assert_ok(rmf_settings_put(settings, "sample.grid", "uniform", "--set"));
    assert_ok(rmf_settings_put(settings, "sample.sampler", "heum", "r.yaml:9"));
    assert_int_equal(rmf_sampling_from_settings(settings, &s), RMF_ERR_USAGE);
    assert_string_equal(rmf_message(),
                        "r.yaml:9: sample.sampler is \"heum\"; expected one of heun, "
                        "dpm-solver-sde, predictor-corrector, euler-maruyama (did you mean heun?)");
    rmf_settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_complete),
        cmocka_unit_test(reads_settings),
        cmocka_unit_test(heun_is_of_second_order),
        cmocka_unit_test(euler_maruyama_is_of_weak_order_one),
        cmocka_unit_test(dpm_solver_sde_is_of_weak_order_two),
        cmocka_unit_test(heun_ends_with_the_denoised_estimate),
        cmocka_unit_test(predictor_corrector_steps_as_published),
        cmocka_unit_test(corrector_keeps_the_marginal),
        cmocka_unit_test(gaussian_data_come_back),
        cmocka_unit_test(few_heun_steps_come_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
