/* tests/diffusion/test_sampler.c – samplers on Gaussian data, where everything is known. */
#include "diffusion/exponential.h"
#include "diffusion/integrate.h"

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

/* The last step of these is the posterior mean of the data (Tweedie). */
static void they_end_with_the_denoised_estimate(void **state)
{
    (void)state;
    for (size_t k = 0; rmf_sampler_registry()[k]; k++) {
        const rmf_sampler_ops *ops = rmf_sampler_registry()[k];
        mixture m;
        double alpha, sigma;
        const double t = 0.3;
        float x[8 * 2], start[8 * 2], work[8 * 8 * 2];
        if (!strcmp(ops->name, "predictor-corrector") || !strcmp(ops->name, "euler-maruyama"))
            continue; /* these end with the mean of a step, as published */
        assert_in_range(ops->work_floats, 1, 8);
        mixture_one_class(&m, "vp", 2);
        m.sde.ops->kernel(&m.sde, t, &alpha, &sigma);
        rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, 8 * 2);
        memcpy(start, x, sizeof x);
        rmf_step step = {.sde = &m.sde,
                         .score = &m.score,
                         .t = t,
                         .top = t,
                         .last = true,
                         .used_rows = 7,
                         .work = work};
        assert_ok(ops->step(&step, x));
        for (int i = 0; i < 7 * 2; i++) {
            double s = m.deviation[0][i % 2], mean = m.mean[0][i % 2];
            double gain = alpha * s * s / variance(&m, i % 2, t);
            assert_near(x[i], mean + gain * (start[i] - alpha * mean), 1e-5);
        }
        assert_memory_equal(x + 7 * 2, start + 7 * 2, 2 * sizeof *x); /* padding stays */
        rmf_tree_free(m.tree);
    }
}

/* Against the integral by the midpoint rule; k below and above the switch of formulas. */
static void exponential_weights_integrate_polynomials(void **state)
{
    (void)state;
    static const double nodes[] = {1, 0, -0.7, -1.9}, rates[] = {1e-6, 0.3, 0.999, 1, 5, 40};
    enum { CELLS = 200000 };
    for (int n = 1; n <= RMF_MAX_ESTIMATES; n++)
        for (int i = 0; i < COUNT(rates); i++) {
            double weight[RMF_MAX_ESTIMATES];
            const double k = rates[i];
            rmf_exponential_weights(k, n, nodes, weight);
            for (int power = 0; power < n; power++) {
                double sum = 0, exact = 0;
                for (int j = 0; j < n; j++)
                    sum += weight[j] * pow(nodes[j], power);
                for (int c = 0; c < CELLS; c++) {
                    double tau = (c + 0.5) / CELLS;
                    exact += k * exp(-k * (1 - tau)) * pow(tau, power) / CELLS;
                }
                assert_near(sum / exact, 1, 1e-7);
            }
        }
}

static rmf_status no_score(void *context, int branch, double t, const float *x, float *score)
{
    (void)branch, (void)t, (void)x;
    memset(score, 0, (size_t)((mixture *)context)->score.rows * sizeof *score);
    return RMF_OK;
}

/* Churn goes up by the noise that it says, but never above the start of the branch. */
static void churn_stays_in_its_branch(void **state)
{
    (void)state;
    enum { ROWS = 400 };
    const rmf_sampler_ops *ops = rmf_sampler_find("heun-churn");
    const double times[] = {0.31, 0.3, 0.3 - 1e-9};
    for (int first = 0; first < 2; first++) {
        mixture m;
        static float x[ROWS], work[3 * ROWS];
        uint64_t sample[ROWS];
        double square = 0, alpha, sigma, top, low;
        mixture_one_class(&m, "ve", 1);
        m.score.rows = ROWS;
        m.score.eval = no_score;
        for (int r = 0; r < ROWS; r++)
            sample[r] = (uint64_t)r, x[r] = 0;
        rmf_step step = {.sde = &m.sde,
                         .score = &m.score,
                         .t = first ? times[0] : times[1],
                         .s = times[2],
                         .top = times[0],
                         .steps = 10,
                         .churn = {5, 0, 1e9, 2},
                         .key = rmf_key_make(1, 2),
                         .sample = sample,
                         .used_rows = ROWS,
                         .work = work};
        assert_ok(ops->step(&step, x));
        for (int r = 0; r < ROWS; r++)
            square += x[r] * x[r] / ROWS;
        m.sde.ops->kernel(&m.sde, times[0], &alpha, &top);
        m.sde.ops->kernel(&m.sde, times[1], &alpha, &sigma);
        low = first ? 0 : 4 * (top * top - sigma * sigma);
        assert_near(square, low, 0.35 * low);
        rmf_tree_free(m.tree);
    }
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

/* Uniform steps grow fast in log(σ/α) towards the data, and a parabola does not reach that far. */
static int steps_that_do(const rmf_sampler_ops *ops, enum rmf_grid grid)
{
    if (!ops->stochastic) return ops->order > 1 ? 100 : 1000;
    return ops->order > 2 && grid == RMF_GRID_UNIFORM ? 800 : 250;
}

/* Every sampler, every process: mean and covariance of the data come out. */
static void gaussian_data_come_back(void **state)
{
    (void)state;
    enum { N = 2000, D = 6 };
    static const char *const processes[] = {"vp", "ve:200", "vegeo", "discrete"};
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
                s.steps = steps_that_do(s.sampler, s.grid);
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
        assert_true(ops->order >= 1 && ops->nfe_per_step >= 1 &&
                    (ops->default_steps >= 2 || ops->choose));
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
    assert_true(s.rtol == 1e-3 && s.atol == 1e-3);
    assert_true(!s.noisy_end && s.churn.amount == 40 && s.churn.low == 0.05);
    assert_true(s.churn.high == 50 && s.churn.noise == 1.003);
    assert_ok(rmf_settings_put(settings, "sample.grid", "logsnr", "--set"));
    assert_ok(rmf_settings_put(settings, "sample.final", "none", "--set"));
    assert_ok(rmf_settings_put(settings, "sample.churn", "3", "--set"));
    assert_ok(rmf_settings_check(settings, "sample.", rmf_sampling_options, NULL));
    assert_ok(rmf_sampling_from_settings(settings, &s));
    assert_true(s.grid == RMF_GRID_LOGSNR && s.noisy_end && s.churn.amount == 3);
    assert_ok(rmf_settings_put(settings, "sample.grid", "uniform", "--set"));
    assert_ok(rmf_settings_put(settings, "sample.sampler", "heum", "r.yaml:9"));
    assert_int_equal(rmf_sampling_from_settings(settings, &s), RMF_ERR_USAGE);
    assert_string_equal(
        rmf_message(),
        "r.yaml:9: sample.sampler is \"heum\"; expected one of heun, heun-churn, ddim, "
        "dpm-solver++2m, dpm-solver++2s, rk23, rk45, unipc, unipc-3, ancestral, dpm-solver-sde, "
        "dpm-solver++3m-sde, predictor-corrector, euler-maruyama (did you mean "
        "heun?)");
    rmf_settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_complete),
        cmocka_unit_test(reads_settings),
        cmocka_unit_test(euler_maruyama_is_of_weak_order_one),
        cmocka_unit_test(they_end_with_the_denoised_estimate),
        cmocka_unit_test(exponential_weights_integrate_polynomials),
        cmocka_unit_test(churn_stays_in_its_branch),
        cmocka_unit_test(predictor_corrector_steps_as_published),
        cmocka_unit_test(corrector_keeps_the_marginal),
        cmocka_unit_test(gaussian_data_come_back),
        cmocka_unit_test(few_heun_steps_come_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
