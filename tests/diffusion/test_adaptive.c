/* tests/diffusion/test_adaptive.c – samplers that choose their times by error control.  (That their
 * samples do not depend on the request, and what they count, is tested with all the others: see
 * modes.h.) */
#include "diffusion/integrate.h"
#include "diffusion/ode.h"

enum { ROWS = 8, D = 3, COUNT_EACH = 24, MOST_TIMES = 4096 };

static const char *const adaptive[] = {"rk23", "rk45"};
static const double tolerances[] = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
static const int ab[] = {0, 1};

static double largest_difference(const float *a, const float *b, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i] - b[i]));
    return most;
}

/* Errors are of the size of their tolerances, down to the rounding of scores; the last one, which
 * costs more, is far below the first.  (No step is longer than a quarter of the way, so that loose
 * tolerances may give the same steps.) */
static void assert_falls(const char *what, const double *error, const int64_t *calls)
{
    const int last = COUNT(tolerances) - 1;
    const double rounding = 5e-6;
    for (int i = 0; i <= last; i++)
        if (!(error[i] < 20 * tolerances[i] + rounding))
            fail_msg("%s: with tolerance %g the error is %.3g; expected less", what, tolerances[i],
                     error[i]);
    assert_true(calls[last] > calls[0] && error[last] < fmax(error[0] / 4, rounding));
}

/* The probability flow carries N(α·mean, v) along: x(s) = α_s·mean + √(v_s/v_t)·(x(t) − α_t·mean).
 */
static void agrees_with_the_closed_form(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo:0.1,20"};
    for (int k = 0; k < COUNT(adaptive); k++)
        for (int p = 0; p < COUNT(processes); p++) {
            mixture m;
            double error[COUNT(tolerances)] = {0}, at, as, sigma;
            int64_t calls[COUNT(tolerances)];
            float start[ROWS * D], x[ROWS * D];
            mixture_one_class(&m, processes[p], D);
            rmf_sampling s = mixture_sampling(&m, adaptive[k]);
            s.count = ROWS;
            s.noisy_end = true;
            s.t_start = 0.05;
            m.sde.ops->kernel(&m.sde, 1, &at, &sigma);
            m.sde.ops->kernel(&m.sde, s.t_start, &as, &sigma);
            s.t_until = 1; /* stops at once: the starting states */
            assert_ok(rmf_sample(&s, NULL, start, NULL));
            s.t_until = 0;
            for (int i = 0; i < COUNT(tolerances); i++) {
                rmf_sampling_report report;
                s.rtol = s.atol = tolerances[i];
                assert_ok(rmf_sample(&s, NULL, x, &report));
                calls[i] = report.calls;
                for (int j = 0; j < ROWS * D; j++) {
                    double ratio = sqrt(variance(&m, j % D, s.t_start) / variance(&m, j % D, 1));
                    double mean = m.mean[0][j % D];
                    double exact = as * mean + ratio * (start[j] - at * mean);
                    error[i] = fmax(error[i], fabs(x[j] - exact));
                }
            }
            assert_falls(processes[p], error, calls);
            rmf_tree_free(m.tree);
        }
}

/* Through a branch point, where the network changes; the truth is Heun's with very many steps.
 * Three blocks of rows take the times that the pilot chose. */
static void error_falls_through_a_branch_point(void **state)
{
    (void)state;
    enum { SIZE = 2 * COUNT_EACH * D };
    static const rmf_branch_spec two[] = {
        {2, ab, 0.37, 1, NAN}, {1, &ab[0], 0, 0.37, NAN}, {1, &ab[1], 0, 0.37, NAN}};
    mixture m;
    float truth[SIZE], x[SIZE];
    mixture_init(&m, "vp", 2, D, 3, two);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.grid = RMF_GRID_LOGSNR;
    s.t_start = 0.05;
    s.noisy_end = s.shared = true;
    s.count = COUNT_EACH;
    s.steps = 6001;
    assert_ok(rmf_sample(&s, NULL, truth, NULL));
    for (int k = 0; k < COUNT(adaptive); k++) {
        double error[COUNT(tolerances)];
        int64_t calls[COUNT(tolerances)];
        s.sampler = rmf_sampler_find(adaptive[k]);
        s.steps = 0;
        for (int i = 0; i < COUNT(tolerances); i++) {
            rmf_sampling_report report;
            s.rtol = s.atol = tolerances[i];
            assert_ok(rmf_sample(&s, NULL, x, &report));
            error[i] = largest_difference(x, truth, SIZE);
            calls[i] = report.calls;
        }
        assert_falls(adaptive[k], error, calls);
    }
    rmf_tree_free(m.tree);
}

static double *grid_of(const rmf_sampling *s, int branch, int *steps)
{
    double *times = NULL;
    assert_ok(rmf_branch_grid(s, branch, &times, steps));
    return times;
}

/* Times depend on branch and tolerance, not on seed, classes or count; a branch point is met. */
static void times_belong_to_the_branch(void **state)
{
    (void)state;
    static const rmf_branch_spec two[] = {
        {2, ab, 0.37, 1, NAN}, {1, &ab[0], 0, 0.37, NAN}, {1, &ab[1], 0, 0.37, NAN}};
    mixture m;
    mixture_init(&m, "vp", 2, D, 3, two);
    rmf_sampling s = mixture_sampling(&m, "rk23");
    s.rtol = s.atol = 1e-3;
    for (int b = 0; b < 3; b++) {
        int steps, again;
        double *times = grid_of(&s, b, &steps);
        rmf_sampling other = s;
        other.seed = 7;
        other.count = 100;
        other.n_classes = 1;
        double *same = grid_of(&other, b, &again);
        assert_int_equal(steps, again);
        assert_memory_equal(times, same, ((size_t)steps + 1) * sizeof *times);
        assert_near(times[0], rmf_tree_branch(m.tree, b)->t_end, 0);
        assert_near(times[steps], b == 0 ? 0.37 : 0, 0);
        for (int i = 0; i < steps; i++)
            assert_true(times[i] > times[i + 1]);
        rmf_free(same);
        other.rtol = other.atol = 1e-6;
        same = grid_of(&other, b, &again);
        assert_true(again > steps);
        rmf_free(same);
        rmf_free(times);
    }
    s.score = NULL;
    double *none = NULL;
    int steps;
    assert_int_equal(rmf_branch_grid(&s, 0, &none, &steps), RMF_ERR_ARGUMENT);
    rmf_tree_free(m.tree);
}

/* Branches without length, and one shorter than rounding, take no step of the solver. */
static void short_branches_are_legal(void **state)
{
    (void)state;
    static const rmf_branch_spec specs[] = {{2, ab, 0.4, 1, NAN},
                                            {2, ab, 0.4 - 1e-15, 0.4, NAN},
                                            {2, ab, 0.4 - 1e-15, 0.4 - 1e-15, NAN},
                                            {1, &ab[0], 0, 0.4 - 1e-15, NAN},
                                            {1, &ab[1], 0, 0.4 - 1e-15, NAN}};
    for (int k = 0; k < COUNT(adaptive); k++)
        for (int steps = 0; steps <= 20; steps += 20) {
            mixture m;
            float x[2 * ROWS * D];
            mixture_init(&m, "vp", 2, D, COUNT(specs), specs);
            rmf_sampling s = mixture_sampling(&m, adaptive[k]);
            s.rtol = s.atol = 1e-3;
            s.count = ROWS;
            s.steps = steps;
            s.shared = true;
            assert_ok(rmf_sample(&s, NULL, x, NULL));
            for (int i = 0; i < 2 * ROWS * D; i++)
                assert_true(fabs(x[i]) < 5);
            rmf_tree_free(m.tree);
        }
}

static rmf_status bad_score(void *context, int branch, double t, const float *x, float *score)
{
    mixture *m = context;
    RMF_TRY(mixture_eval(context, branch, t, x, score));
    if (m->calls == 9) score[2 * D + 1] = NAN;
    return RMF_OK;
}

/* A slope that rounding of the score makes rough: no step is small enough. */
static rmf_status rough_score(void *context, int branch, double t, const float *x, float *score)
{
    RMF_TRY(mixture_eval(context, branch, t, x, score));
    for (int i = 0; i < ROWS * D; i++)
        score[i] += 0.1f * (float)sin(1e7 * t);
    return RMF_OK;
}

static void refuses(void **state)
{
    (void)state;
    mixture m;
    float x[ROWS * D] = {0};
    mixture_one_class(&m, "vp", D);
    rmf_sampling s = mixture_sampling(&m, "rk45");
    s.count = ROWS;
    static const double wrong[] = {0, -1, NAN, INFINITY};
    for (int i = 0; i < COUNT(wrong); i++) {
        s.rtol = wrong[i], s.atol = 1e-3;
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
        s.rtol = 1e-3, s.atol = wrong[i];
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
    }
    s.rtol = s.atol = 1e-3;
    s.steps = 1;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
    s.steps = 0;
    m.score.eval = bad_score;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_NUMERIC);
    assert_non_null(strstr(rmf_message(), "branch 0 gave a score that is not finite"));
    m.score.eval = rough_score;
    s.rtol = s.atol = 1e-8;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_NUMERIC);
    assert_non_null(strstr(rmf_message(), "larger tolerances"));
    s = mixture_sampling(&m, "heun");
    s.steps = 0;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
    rmf_tree_free(m.tree);
}

/* Encoding is by Heun's steps, as many as they are by default. */
static void encoding_takes_heuns_own_steps(void **state)
{
    (void)state;
    mixture m;
    float ours[ROWS * D], heuns[ROWS * D];
    mixture_one_class(&m, "vp", D);
    rmf_sampling s = mixture_sampling(&m, "rk45");
    s.count = ROWS;
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, ours, ROWS * D);
    memcpy(heuns, ours, sizeof ours);
    assert_ok(rmf_encode(&s, NULL, ours, NULL));
    s = mixture_sampling(&m, "heun");
    s.count = ROWS;
    assert_ok(rmf_encode(&s, NULL, heuns, NULL));
    assert_memory_equal(ours, heuns, sizeof ours);
    rmf_tree_free(m.tree);
}

/* ---- the solver itself: y' = −y + s, y = s − 1 + c·e^(−s) ---- */

static rmf_status linear(void *context, double s, const double *y, double *dy)
{
    (*(int *)context)++;
    for (int i = 0; i < 2; i++)
        dy[i] = s - y[i];
    return RMF_OK;
}

/* y' = y·cos s, y = exp(sin s): halved steps divide the error by 2^order. */
static rmf_status waving(void *context, double s, const double *y, double *dy)
{
    (void)context;
    dy[0] = y[0] * cos(s);
    return RMF_OK;
}

static void pairs_have_their_order(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(adaptive); k++) {
        const rmf_ode ode = {k ? RMF_PAIR_45 : RMF_PAIR_23, 1, waving, NULL};
        double error[3];
        for (int run = 0; run < 3; run++) {
            const int steps = 16 << run;
            double y = 1, s[MAX_TIMES];
            for (int i = 0; i <= steps; i++)
                s[i] = 2.0 * i / steps;
            assert_ok(rmf_ode_follow(&ode, steps, s, &y));
            error[run] = fabs(y - exp(sin(2)));
        }
        const int order = rmf_sampler_find(adaptive[k])->order;
        assert_near(log2(error[0] / error[1]), order, 0.3);
        assert_near(log2(error[1] / error[2]), order, 0.3);
    }
}

static void a_step_takes_the_calls_of_its_pair(void **state)
{
    (void)state;
    static const int calls[] = {4, 7};
    static const double error[] = {2e-4, 2e-7};
    for (int k = 0; k < 2; k++)
        for (int up = 0; up < 2; up++) {
            int n = 0;
            const double from = up ? 0 : 0.2, to = up ? 0.2 : 0;
            double y[2] = {from - 1 + exp(-from), from - 1 + 3 * exp(-from)};
            const rmf_ode ode = {k ? RMF_PAIR_45 : RMF_PAIR_23, 2, linear, &n};
            assert_ok(rmf_ode_follow(&ode, 1, (double[]){from, to}, y));
            assert_int_equal(n, calls[k]);
            assert_near(y[0], to - 1 + exp(-to), error[k]);
            assert_near(y[1], to - 1 + 3 * exp(-to), error[k]);
        }
    int n = 0;
    double y[2] = {1, 1};
    const rmf_ode ode = {RMF_PAIR_45, 2, linear, &n};
    assert_int_equal(rmf_ode_follow(&ode, 1, (double[]){0.5, 0.5}, y), RMF_ERR_NUMERIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_closed_form),
        cmocka_unit_test(error_falls_through_a_branch_point),
        cmocka_unit_test(times_belong_to_the_branch),
        cmocka_unit_test(short_branches_are_legal),
        cmocka_unit_test(refuses),
        cmocka_unit_test(encoding_takes_heuns_own_steps),
        cmocka_unit_test(pairs_have_their_order),
        cmocka_unit_test(a_step_takes_the_calls_of_its_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
