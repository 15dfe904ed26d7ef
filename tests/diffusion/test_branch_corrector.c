/* tests/diffusion/test_branch_corrector.c – Langevin steps at branch points: what they do to states
 * that a trunk brought to the wrong place, where there are none, and whose noise they have. */
#include "diffusion/modes.h"

/* ---- the recursion ----
 *
 * A branch's marginal N(μ, v·I) has the score −(x − μ)/v.  In many features the squared norm of the
 * score hardly varies: with a state N(m, u·I) it is d·n, n = (‖m − μ‖²/d + u)/v².  Then a step of
 * size a = snr/n is linear, with k = ½·a·(1 + 2/d)/v:
 *     m ← m − k·(m − μ),    u ← (1 − k)²·u + a. */

enum { WIDE = 1000, ROWS = 64, MANY = 320 };
static const double trunk_mean = 0.9, trunk_deviation = 1.3, own_mean = -0.4, own_deviation = 0.5;
static const double point = 0.35;

typedef struct gaussian {
    rmf_sde sde;
    rmf_tree *tree;
    rmf_score score;
} gaussian;

static rmf_status gaussian_eval(void *context, int branch, double t, const float *x, float *score)
{
    const gaussian *g = context;
    double alpha, sigma;
    (void)branch;
    g->sde.ops->kernel(&g->sde, t, &alpha, &sigma);
    const double v = alpha * alpha * own_deviation * own_deviation + sigma * sigma;
    for (int64_t i = 0; i < g->score.rows * g->score.features; i++)
        score[i] = (float)(-(x[i] - alpha * own_mean) / v);
    return RMF_OK;
}

static const int both[] = {0, 1};
static const rmf_branch_spec fork[] = {
    {2, both, 0.35, 1, NAN}, {1, &both[0], 0, 0.35, NAN}, {1, &both[1], 0, 0.35, NAN}};

static void open_gaussian(gaussian *g, const char *process)
{
    static const char *const names[] = {"a", "b"};
    memset(g, 0, sizeof *g);
    assert_ok(rmf_sde_parse(process, "test", &g->sde));
    assert_ok(rmf_tree_create(2, names, 1, COUNT(fork), fork, &g->tree));
    g->score = (rmf_score){gaussian_eval, g, ROWS, WIDE};
}

static rmf_sampling at_the_point(const gaussian *g, const char *sampler, double snr, int steps)
{
    const rmf_sampler_ops *ops = rmf_sampler_find(sampler);
    assert_non_null(ops);
    return (rmf_sampling){.tree = g->tree,
                          .sde = &g->sde,
                          .score = &g->score,
                          .sampler = ops,
                          .steps = 20,
                          .grid = ops->grid,
                          .rho = 7,
                          .t_start = 1e-3,
                          .snr = snr,
                          .branch_corrector_steps = steps,
                          .seed = 8,
                          .classes = &both[1],
                          .n_classes = 1,
                          .count = MANY,
                          .t_from = point,
                          .t_until = point - 1e-9};
}

static void draw_trunk(float *x)
{
    for (int r = 0; r < MANY; r++) {
        rmf_random_normal(rmf_key_make(7, 7), (uint64_t)r, 0, x + r * WIDE, WIDE);
        for (int i = 0; i < WIDE; i++)
            x[r * WIDE + i] = (float)(trunk_mean + trunk_deviation * x[r * WIDE + i]);
    }
}

static void moments(const float *x, double *mean, double *variance)
{
    double sum = 0, square = 0;
    for (int i = 0; i < MANY * WIDE; i++)
        sum += x[i];
    *mean = sum / (MANY * WIDE);
    for (int i = 0; i < MANY * WIDE; i++)
        square += (x[i] - *mean) * (x[i] - *mean);
    *variance = square / (MANY * WIDE - 1);
}

/* Variance of the marginal at a time. */
static double variance_at(const gaussian *g, double t, double *alpha, double *sigma)
{
    g->sde.ops->kernel(&g->sde, t, alpha, sigma);
    return *alpha * *alpha * own_deviation * own_deviation + *sigma * *sigma;
}

/* `steps` corrector steps at the branch point: mean and variance of the states. */
static void recur(const gaussian *g, double snr, int steps, double *m, double *u)
{
    double alpha, sigma;
    const double v = variance_at(g, point, &alpha, &sigma);
    for (int k = 0; k < steps; k++) {
        const double away = *m - alpha * own_mean, n = (away * away + *u) / (v * v);
        const double a = fmin(snr / n, 4 * snr * sigma * sigma);
        const double push = 0.5 * a * (1 + 2.0 / WIDE) / v;
        *m -= push * away;
        *u = (1 - push) * (1 - push) * *u + a;
    }
}

static void states_move_as_the_recursion_says(void **state)
{
    (void)state;
    static const struct {
        const char *sampler;
        bool shared;
        int steps;
        double snr;
    } cases[] = {{"heun", true, 0, 0.1},           {"heun", false, 1, 0.1},
                 {"heun", true, 4, 0.1},           {"ddim", false, 40, 0.05},
                 {"euler-maruyama", true, 3, 0.3}, {"unipc", true, 7, 0.2},
                 {"dpm-solver-sde", false, 2, 0.1}};
    static float x[MANY * WIDE];
    gaussian g;
    open_gaussian(&g, "vp");
    for (int c = 0; c < COUNT(cases); c++) {
        double m, u, start, mean, variance;
        draw_trunk(x);
        moments(x, &m, &u);
        start = m;
        recur(&g, cases[c].snr, cases[c].steps, &m, &u);
        rmf_sampling s = at_the_point(&g, cases[c].sampler, cases[c].snr, cases[c].steps);
        s.shared = cases[c].shared;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        moments(x, &mean, &variance);
        assert_near(mean, m, 0.003);
        assert_near(variance, u, 0.005 * u);
        if (cases[c].steps > 0) assert_true(start - m > 0.01); /* a way to go */
    }
    rmf_tree_free(g.tree);
}

/* In discrete time no run can stop just below the branch point; a step of DDIM follows, with
 *     x ← α′·(x + σ²·score)/α − σ′·σ·score,  linear too. */
static void so_they_do_in_discrete_time(void **state)
{
    (void)state;
    static const int steps[] = {0, 1, 5, 40};
    static float x[MANY * WIDE];
    gaussian g;
    double alpha, sigma, next_alpha, next_sigma;
    open_gaussian(&g, "discrete");
    const double v = variance_at(&g, point, &alpha, &sigma);
    variance_at(&g, point - 1e-3, &next_alpha, &next_sigma);
    const double pull = (next_alpha * sigma * sigma / alpha - next_sigma * sigma) / v;
    const double keep = next_alpha / alpha - pull, move = pull * alpha * own_mean;
    for (int c = 0; c < COUNT(steps); c++) {
        double m, u, start, mean, variance;
        draw_trunk(x);
        moments(x, &m, &u);
        start = m;
        recur(&g, 0.1, steps[c], &m, &u);
        rmf_sampling s = at_the_point(&g, "ddim", 0.1, steps[c]);
        s.shared = c % 2;
        s.steps = 1000;
        s.t_until = point - 1e-3;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        moments(x, &mean, &variance);
        assert_near(mean, keep * m + move, 0.003);
        assert_near(variance, keep * keep * u, 0.005 * u);
        if (steps[c] > 0) assert_true(start - m > 0.01);
    }
    rmf_tree_free(g.tree);
}

/* ---- whole runs ---- */

/* Parted far too early, where an ODE keeps the wrong mix; with correctors it keeps less of it. */
static void they_repair_what_an_early_branch_point_breaks(void **state)
{
    (void)state;
    enum { EACH = 400 };
    static float x[2 * EACH * 3];
    static const int steps[] = {0, 4, 60};
    for (int way = 0; way < 4; way++) {
        double bias[3];
        for (int k = 0; k < 3; k++) {
            mixture m;
            /* vp in a thousand steps */
            const char *process = way < 2 ? "vp" : "discrete:1e-4,1.99e-5,1000";
            mixture_init(&m, process, 2, 3, COUNT(fork), fork);
            m.score.rows = 100;
            for (int i = 0; i < 3; i++) {
                m.mean[0][i] = -1.2;
                m.mean[1][i] = 1.2;
            }
            rmf_sampling s = mixture_sampling(&m, way < 2 ? "heun" : "ddim");
            s.count = EACH;
            s.shared = way % 2;
            s.snr = 0.3;
            s.branch_corrector_steps = steps[k];
            assert_ok(rmf_sample(&s, NULL, x, NULL));
            double mean = 0;
            for (int i = 0; i < EACH * 3; i++)
                mean += x[i] / (EACH * 3);
            bias[k] = fabs(mean - m.mean[0][0]);
            rmf_tree_free(m.tree);
        }
        assert_true(bias[0] > 0.3 && bias[1] < 0.8 * bias[0]);
        assert_near(bias[2], 0, 0.06);
    }
}

static void none_where_no_network_takes_over(void **state)
{
    (void)state;
    static const rmf_branch_spec star[] = {
        {2, both, 1, 1, NAN}, {1, &both[0], 0, 1, NAN}, {1, &both[1], 0, 1, NAN}};
    static float plain[3 * N * D], other[3 * N * D];
    for (int shared = 0; shared < 2; shared++) {
        mixture m;
        rmf_sampling_report before, after;
        mixture_init(&m, "vp", 2, D, COUNT(star), star); /* flat: every class from noise on */
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.shared = shared;
        s.count = N;
        assert_ok(rmf_sample(&s, NULL, plain, &before));
        s.branch_corrector_steps = 3;
        assert_ok(rmf_sample(&s, NULL, other, &after));
        assert_memory_equal(plain, other, 2 * N * D * sizeof *plain);
        assert_near(before.nfe, after.nfe, 0);
        rmf_tree_free(m.tree);

        /* The one branch of a class, split where another class left it, and in between. */
        mixture_one_class(&m, "vp", D);
        rmf_tree *whole = m.tree;
        static const double times[] = {0.999, 0.5, 0.3};
        for (int i = 0; i < COUNT(times); i++) {
            const rmf_attachment at = {.branch = 0, .time = times[i]};
            assert_ok(rmf_tree_extend(whole, "new", &at, 1, &m.tree));
            s = mixture_sampling(&m, "heun");
            s.shared = shared;
            s.count = N;
            assert_ok(rmf_sample(&s, NULL, plain, NULL));
            s.branch_corrector_steps = 3;
            assert_ok(rmf_sample(&s, NULL, other, NULL));
            assert_memory_equal(plain, other, N * D * sizeof *plain);
            s.t_from = times[i]; /* the lower piece goes on from there */
            memset(plain, 0, sizeof plain);
            memset(other, 0, sizeof other);
            assert_ok(rmf_sample(&s, NULL, other, NULL));
            s.branch_corrector_steps = 0;
            assert_ok(rmf_sample(&s, NULL, plain, NULL));
            assert_memory_equal(plain, other, N * D * sizeof *plain);
            s.t_from = 0;
            /* The new class comes from another network: it is corrected. */
            const int later[] = {1};
            s.classes = later;
            s.n_classes = 1;
            assert_ok(rmf_sample(&s, NULL, plain, &before));
            s.branch_corrector_steps = 3;
            assert_ok(rmf_sample(&s, NULL, other, &after));
            assert_memory_not_equal(plain, other, N * D * sizeof *plain);
            assert_near(after.nfe, before.nfe + 3, 0);
            rmf_tree_free(m.tree);
        }
        rmf_tree_free(whole);
    }
}

/* ---- noise ----
 *
 * Without score and drift a step of an ODE does nothing, and a corrector step adds √a·z with the
 * largest a, 4·snr·σ² at the branch's first time: what a branch's first recorded state gained. */

typedef struct gains {
    float state[CLASSES * N], gain[CLASSES * N * COUNT(branches)];
    bool seen[CLASSES * N * COUNT(branches)];
} gains;

static rmf_status no_score(void *context, int branch, double t, const float *x, float *score)
{
    (void)branch, (void)t, (void)x;
    memset(score, 0, (size_t)((mixture *)context)->score.rows * sizeof *score);
    return RMF_OK;
}

static rmf_status see_gain(void *context, int branch, double t, int64_t first, int64_t count,
                           const float *x)
{
    gains *g = context;
    (void)t;
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = branch * CLASSES * N + first + i;
        if (!g->seen[at]) g->gain[at] = x[i] - g->state[first + i];
        g->seen[at] = true;
        g->state[first + i] = x[i];
    }
    return RMF_OK;
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* z of corrector step `steps` of every row and branch, NAN where there is none. */
static void collect(mixture *m, bool shared, int steps, float *z)
{
    static gains g[2];
    float x[CLASSES * N];
    memset(g, 0, sizeof g);
    for (int k = 0; k < 2; k++) { /* the last step alone: what one step fewer lacks */
        rmf_recorder recorder = {see_gain, &g[k]};
        rmf_sampling s = mixture_sampling(m, "heun");
        s.shared = shared;
        s.count = N;
        s.recorder = &recorder;
        s.branch_corrector_steps = steps - k;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        for (int b = 0; b < COUNT(branches); b++) {
            double *times, alpha, sigma;
            int count;
            assert_ok(rmf_branch_grid(&s, b, &times, &count));
            m->sde.ops->kernel(&m->sde, times[0], &alpha, &sigma);
            rmf_free(times);
            for (int i = 0; i < CLASSES * N; i++)
                g[k].gain[b * CLASSES * N + i] /= (float)(2 * sqrt(s.snr) * sigma);
        }
    }
    for (int i = 0; i < CLASSES * N * COUNT(branches); i++)
        z[i] = g[0].seen[i] && i >= CLASSES * N ? g[0].gain[i] - g[1].gain[i] : NAN;
}

static void noise_is_never_used_twice(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        mixture m;
        static float z[3][CLASSES * N * COUNT(branches)], all[3 * CLASSES * N * COUNT(branches)];
        int n = 0, distinct = 1;
        double square = 0;
        mixture_init(&m, "ve:1.5", CLASSES, 1, COUNT(branches), branches);
        m.score.eval = no_score;
        for (int k = 0; k < 3; k++) {
            collect(&m, shared, k + 1, z[k]);
            for (int i = 0; i < CLASSES * N * COUNT(branches); i++) {
                /* Shared: the classes of a branch have one state, seen for each. */
                const int c = i % (CLASSES * N) / N, b = i / (CLASSES * N);
                if (isnan(z[k][i]) || (shared && c != rmf_tree_branch(m.tree, b)->classes[0]))
                    continue;
                all[n++] = z[k][i];
            }
        }
        qsort(all, (size_t)n, sizeof *all, by_size);
        for (int i = 0; i < n; i++) {
            square += (double)all[i] * all[i];
            distinct += i > 0 && all[i] - all[i - 1] > 1e-5f;
        }
        assert_true(n >= 3 * 6 * N);
        assert_in_range(distinct, n - 12, n);
        assert_near(square / n, 1, 0.2);
        rmf_tree_free(m.tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_move_as_the_recursion_says),
        cmocka_unit_test(so_they_do_in_discrete_time),
        cmocka_unit_test(they_repair_what_an_early_branch_point_breaks),
        cmocka_unit_test(none_where_no_network_takes_over),
        cmocka_unit_test(noise_is_never_used_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
