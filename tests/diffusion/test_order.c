/* tests/diffusion/test_order.c – the order of convergence of every sampler, measured. */
#include "diffusion/integrate.h"

enum { ROWS = 8, D = 3, MAX_STEPS = 32 };

/* Equal steps in log(σ/α), the variable of most methods: there few steps show the order. */
static void even_times(const mixture *m, double from, double to, int steps, double *times)
{
    double alpha[2], sigma[2];
    m->sde.ops->kernel(&m->sde, from, &alpha[0], &sigma[0]);
    m->sde.ops->kernel(&m->sde, to, &alpha[1], &sigma[1]);
    const double high = log(sigma[0] / alpha[0]), low = log(sigma[1] / alpha[1]);
    for (int i = 0; i <= steps; i++)
        times[i] = m->sde.ops->time_of_ratio(&m->sde, exp(high + (low - high) * i / steps));
    times[0] = from;
    times[steps] = to;
}

/* Halving the steps twice must divide the error by 2^order, both times within `slack`. */
static void assert_order(const char *sampler, const char *data, const double error[3], int order,
                         double slack)
{
    for (int i = 0; i < 2; i++) {
        double measured = log2(fabs(error[i] / error[i + 1]));
        if (!(fabs(measured - order) <= slack))
            fail_msg("%s, %s: errors %.3g, %.3g, %.3g are of order %.2f; expected %d ± %.2f",
                     sampler, data, error[0], error[1], error[2], measured, order, slack);
    }
}

/* Steps of the first run: rounding hides higher orders after a few, and order 5 from the start
 * (test_adaptive.c measures it on doubles). */
static int first_steps(const rmf_sampler_ops *ops, int usual)
{
    return ops->choose ? usual / 4 : usual;
}

/* But unipc-3: the rounding of f32 hides its order at these numbers of steps; see its own test. */
static const rmf_sampler_ops *next_sampler(size_t *k, bool stochastic)
{
    const rmf_sampler_ops *ops;
    while ((ops = rmf_sampler_registry()[(*k)++]))
        if (ops->stochastic == stochastic && ops->order < 5 && strcmp(ops->name, "unipc-3") != 0)
            return ops;
    return NULL;
}

/* Solves a·x = b for n unknowns by elimination; a [n, n + 1] has b in its last column. */
static void solve(int n, double *a, double *x)
{
    for (int c = 0; c < n; c++) {
        int best = c;
        for (int r = c + 1; r < n; r++)
            if (fabs(a[r * (n + 1) + c]) > fabs(a[best * (n + 1) + c])) best = r;
        for (int j = 0; j <= n; j++) {
            double kept = a[c * (n + 1) + j];
            a[c * (n + 1) + j] = a[best * (n + 1) + j];
            a[best * (n + 1) + j] = kept;
        }
        for (int r = 0; r < n; r++) {
            if (r == c) continue;
            double factor = a[r * (n + 1) + c] / a[c * (n + 1) + c];
            for (int j = c; j <= n; j++)
                a[r * (n + 1) + j] -= factor * a[c * (n + 1) + j];
        }
    }
    for (int r = 0; r < n; r++)
        x[r] = a[r * (n + 1) + n] / a[r * (n + 1) + r];
}

/* Largest error of `steps` even steps.  The probability flow carries N(α·mean, v) along:
 * x(s) = α_s·mean + √(v_s/v_t)·(x(t) − α_t·mean). */
static double flow_error(const mixture *m, const char *sampler, double from, double to, int steps)
{
    double error = 0, at, as, sigma, times[MAX_TIMES];
    float x[ROWS * D], start[ROWS * D];
    m->sde.ops->kernel(&m->sde, from, &at, &sigma);
    m->sde.ops->kernel(&m->sde, to, &as, &sigma);
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
    memcpy(start, x, sizeof x);
    even_times(m, from, to, steps, times);
    integrate_at(m, sampler, 0, steps, times, NULL, x);
    for (int i = 0; i < ROWS * D; i++) {
        double ratio = sqrt(variance(m, i % D, to) / variance(m, i % D, from));
        double mean = m->mean[0][i % D];
        double exact = as * mean + ratio * (start[i] - at * mean);
        error = fmax(error, fabs(x[i] - exact));
    }
    return error;
}

static void deterministic_samplers_have_their_order(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo:0.1,20"};
    const rmf_sampler_ops *ops;
    for (size_t k = 0; (ops = next_sampler(&k, false));)
        for (int p = 0; p < COUNT(processes); p++) {
            mixture m;
            double error[3];
            mixture_one_class(&m, processes[p], D);
            for (int run = 0; run < 3; run++)
                error[run] = flow_error(&m, ops->name, 0.9, 0.1, first_steps(ops, 16) << run);
            assert_order(ops->name, processes[p], error, ops->order, 0.45);
            rmf_tree_free(m.tree);
        }
}

/* Where a branch begins at moderate noise the first step, without a history, is what is left of the
 * error: third order, as of unipc, with less in front of it.  From noise on, where the estimate
 * hardly moves in that step, fourth order shows. */
static void unipc_3_has_its_order(void **state)
{
    (void)state;
    mixture m;
    double error[3];
    mixture_one_class(&m, "vp", D);
    for (int run = 0; run < 3; run++)
        error[run] = flow_error(&m, "unipc-3", 0.3, 0.05, 8 << run);
    assert_true(error[2] < 0.8 * flow_error(&m, "unipc", 0.3, 0.05, 32));
    assert_order("unipc-3", "middle", error, rmf_sampler_find("unipc-3")->order, 0.4);
    for (int run = 0; run < 2; run++)
        error[run] = flow_error(&m, "unipc-3", 0.9, 0.1, 16 << run);
    assert_true(log2(error[0] / error[1]) > 3.7);
    rmf_tree_free(m.tree);
}

/* On a mixture the flow bends; the truth is Heun's method with very many steps. */
static void orders_hold_on_a_mixture(void **state)
{
    (void)state;
    static const int ab[] = {0, 1};
    static const rmf_branch_spec two[] = {
        {2, ab, 0.05, 1, NAN}, {1, &ab[0], 0, 0.05, NAN}, {1, &ab[1], 0, 0.05, NAN}};
    const double from = 0.9, to = 0.1;
    const rmf_sampler_ops *ops;
    mixture m;
    double times[MAX_TIMES];
    float truth[ROWS * D];
    mixture_init(&m, "vp", 2, D, 3, two);
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, truth, ROWS * D);
    even_times(&m, from, to, MAX_TIMES - 1, times);
    integrate_at(&m, "heun", 0, MAX_TIMES - 1, times, NULL, truth);
    for (size_t k = 0; (ops = next_sampler(&k, false));) {
        double error[3] = {0};
        for (int run = 0; run < 3; run++) {
            float x[ROWS * D];
            rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, ROWS * D);
            const int steps = first_steps(ops, 24) << run;
            even_times(&m, from, to, steps, times);
            integrate_at(&m, ops->name, 0, steps, times, NULL, x);
            for (int i = 0; i < ROWS * D; i++)
                error[run] = fmax(error[run], fabs(x[i] - truth[i]));
        }
        assert_order(ops->name, "mixture", error, ops->order, 0.3);
    }
    rmf_tree_free(m.tree);
}

/* Through a branch point, as rmf_sample() goes: half of the steps before it, half after, and
 * multistep methods begin anew. */
static void orders_hold_through_a_branch_point(void **state)
{
    (void)state;
    static const int ab[] = {0, 1};
    enum { PART = 8, SIZE = 2 * PART * D };
    rmf_sde sde;
    const rmf_sampler_ops *ops;
    mixture m;
    float truth[SIZE];
    double ends[3];
    assert_ok(rmf_sde_parse("vp", "test", &sde));
    m.sde = sde;
    even_times(&m, 1, 0.1, 2, ends);
    const rmf_branch_spec two[] = {
        {2, ab, ends[1], 1, NAN}, {1, &ab[0], 0, ends[1], NAN}, {1, &ab[1], 0, ends[1], NAN}};
    mixture_init(&m, "vp", 2, D, 3, two);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.grid = RMF_GRID_LOGSNR;
    s.t_start = 0.1;
    s.noisy_end = s.shared = true;
    s.count = PART;
    s.steps = 2 * 2000 + 1;
    assert_ok(rmf_sample(&s, NULL, truth, NULL));
    for (size_t k = 0; (ops = next_sampler(&k, false));) {
        double error[3] = {0};
        s.sampler = ops;
        for (int run = 0; run < 3; run++) {
            float x[SIZE];
            rmf_sampling_report report;
            const int part = first_steps(ops, 16) << run; /* steps of each branch */
            s.steps = 2 * part + 1;
            assert_ok(rmf_sample(&s, NULL, x, &report));
            assert_near(report.nfe, 2 * (ops->nfe_per_step * part + (ops->choose ? 1 : 0)), 0);
            for (int i = 0; i < SIZE; i++)
                error[run] = fmax(error[run], fabs(x[i] - truth[i]));
        }
        assert_order(ops->name, "branch point", error, ops->order, 0.4);
    }
    double error[2] = {0}; /* here unipc-3 is above its order until rounding shows */
    s.sampler = rmf_sampler_find("unipc-3");
    for (int run = 0; run < 2; run++) {
        float x[SIZE];
        s.steps = 2 * (12 << run) + 1;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        for (int i = 0; i < SIZE; i++)
            error[run] = fmax(error[run], fabs(x[i] - truth[i]));
    }
    assert_true(log2(error[0] / error[1]) > s.sampler->order - 0.4);
    rmf_tree_free(m.tree);
}

/* ---- UniPC as published ---- */

/* Algorithms 5 and 6 of Zhao et al. 2023 with B = e^{−h} − 1 for one feature: rows of R are powers
 * of r, b_i = (hφ)_i·i!/B; D[0] is the estimate where the step begins, r[j]·h the way to D[j]. */
static double published_unipc(double x, double ratio, double alpha, double h, int n,
                              const double *r, const double *D)
{
    const double hh = -h, B = expm1(hh);
    double system[3 * 4], rho[3], phi = B / hh - 1, factorial = 1, sum = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            system[i * (n + 1) + j] = pow(r[j], i);
        system[i * (n + 1) + n] = phi * factorial / B;
        factorial *= i + 2;
        phi = phi / hh - 1 / factorial;
    }
    solve(n, system, rho);
    if (n == 1) rho[0] = 0.5; /* their simplification of both methods with one difference */
    for (int j = 0; j < n; j++)
        sum += rho[j] * (D[j + 1] - D[0]) / r[j];
    return ratio * x - alpha * B * D[0] - alpha * B * sum;
}

static double denoised(const mixture *m, double t, double x, double *alpha, double *sigma)
{
    float at[ROWS] = {(float)x}, score[ROWS];
    assert_ok(mixture_eval((void *)m, 0, t, at, score));
    m->sde.ops->kernel(&m->sde, t, alpha, sigma);
    return (x + *sigma * *sigma * score[0]) / *alpha;
}

/* All steps of UniPC-p, warming up: a step has as many differences as estimates and p allow. */
static double published_run(const mixture *m, int p, int steps, const double *times, double x)
{
    enum { MOST = 8 };
    double D[MOST], level[MOST], alpha[MOST], sigma[MOST], start = 0;
    for (int i = 0; i <= steps; i++) {
        m->sde.ops->kernel(&m->sde, times[i], &alpha[i], &sigma[i]);
        level[i] = log(alpha[i] / sigma[i]);
    }
    for (int i = 0; i < steps; i++) {
        double r[4], known[4];
        D[i] = denoised(m, times[i], x, &alpha[i], &sigma[i]);
        if (i > 0) { /* UniC: the step that led here, with the new estimate */
            const double h = level[i] - level[i - 1];
            const int n = i < p ? i : p;
            known[0] = D[i - 1];
            for (int j = 1; j < n; j++) {
                r[j - 1] = (level[i - 1 - j] - level[i - 1]) / h;
                known[j] = D[i - 1 - j];
            }
            r[n - 1] = 1;
            known[n] = D[i];
            x = published_unipc(start, sigma[i] / sigma[i - 1], alpha[i], h, n, r, known);
        }
        start = x;
        const double h = level[i + 1] - level[i]; /* UniP */
        const int n = i < p ? i : p - 1;
        known[0] = D[i];
        for (int j = 1; j <= n; j++) {
            r[j - 1] = (level[i - j] - level[i]) / h;
            known[j] = D[i - j];
        }
        x = published_unipc(x, sigma[i + 1] / sigma[i], alpha[i + 1], h, n, r, known);
    }
    return x;
}

static void unipc_steps_as_published(void **state)
{
    (void)state;
    static const double times[] = {0.8, 0.7, 0.55, 0.45, 0.3, 0.24, 0.15};
    static const char *const names[] = {"unipc", "unipc-3"};
    static const int ab[] = {0, 1};
    static const rmf_branch_spec two[] = {
        {2, ab, 0.05, 1, NAN}, {1, &ab[0], 0, 0.05, NAN}, {1, &ab[1], 0, 0.05, NAN}};
    mixture m;
    mixture_init(&m, "vp", 2, 1, 3, two);
    for (int i = 0; i < COUNT(names); i++) {
        float ours[ROWS] = {0.7f};
        const double x = published_run(&m, 2 + i, COUNT(times) - 1, times, 0.7);
        integrate_at(&m, names[i], 0, COUNT(times) - 1, times, NULL, ours);
        assert_near(ours[0], x, 3e-6);
    }
    rmf_tree_free(m.tree);
}

/* ---- stochastic samplers: weak order ---- */

/* Relative error of the variance of x(0.3) from x(0.6) for data from N(0, ¼²).  All is linear
 * there: x_n = f_0·x_0 + Σ f_i·z_i, and the z are known, so n + 1 rows give the factors f, and
 * these the variance f_0²·v + Σ f_i², without a sample's noise. */
static double variance_error(const char *sampler, int steps)
{
    enum { MOST = MAX_STEPS + 1 };
    const double from = 0.6, to = 0.3;
    const int n = steps + 1;
    double system[MOST * (MOST + 1)], factor[MOST], sum = 0;
    float x[MOST];
    uint64_t sample[MOST];
    mixture m;
    mixture_one_class(&m, "vp", 1);
    m.score.rows = n;
    m.mean[0][0] = 0;
    m.deviation[0][0] = 0.25;
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, (size_t)n);
    for (int r = 0; r < n; r++) {
        sample[r] = (uint64_t)r;
        system[r * (n + 1)] = x[r];
        for (int i = 0; i < steps; i++) {
            float z;
            rmf_random_normal(rmf_key_make(1, 2), sample[r], (uint32_t)i * 64, &z, 1);
            system[r * (n + 1) + 1 + i] = z;
        }
    }
    integrate(&m, sampler, from, to, steps, sample, x);
    for (int r = 0; r < n; r++)
        system[r * (n + 1) + n] = x[r];
    solve(n, system, factor);
    for (int i = 0; i < n; i++)
        sum += factor[i] * factor[i] * (i == 0 ? variance(&m, 0, from) : 1);
    const double exact = variance(&m, 0, to);
    rmf_tree_free(m.tree);
    return sum / exact - 1;
}

static void stochastic_samplers_have_their_weak_order(void **state)
{
    (void)state;
    const rmf_sampler_ops *ops;
    for (size_t k = 0; (ops = next_sampler(&k, true));) {
        if (!strcmp(ops->name, "predictor-corrector")) continue; /* not linear: test_corrector.c */
        double error[3];
        for (int run = 0; run < 3; run++)
            error[run] = variance_error(ops->name, 8 << run);
        assert_order(ops->name, "variance", error, ops->order, 0.25);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deterministic_samplers_have_their_order),
        cmocka_unit_test(unipc_3_has_its_order),
        cmocka_unit_test(orders_hold_on_a_mixture),
        cmocka_unit_test(orders_hold_through_a_branch_point),
        cmocka_unit_test(unipc_steps_as_published),
        cmocka_unit_test(stochastic_samplers_have_their_weak_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
