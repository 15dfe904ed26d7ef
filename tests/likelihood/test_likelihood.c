/* tests/likelihood/test_likelihood.c – log densities against closed forms. */
#include "ramify/likelihood.h"

#include "diffusion/mixture.h"

enum { D = 3, N = 13 };

/* ---- scores with their Jacobians ---- */

/* Every branch has a Gaussian of its own: there each flow is linear, and so is their chain. */
typedef struct chain {
    mixture m;
    double mean[4], deviation[4]; /* by branch, of data that would have this marginal */
    int branch;
    double t;
    int64_t calls, products;
} chain;

static double marginal(const chain *c, int branch, double t, double *mean)
{
    double alpha, sigma;
    c->m.sde.ops->kernel(&c->m.sde, t, &alpha, &sigma);
    *mean = alpha * c->mean[branch];
    return alpha * alpha * c->deviation[branch] * c->deviation[branch] + sigma * sigma;
}

static rmf_status chain_eval(void *context, int branch, double t, const float *x, float *score)
{
    chain *c = context;
    double mean, v = marginal(c, branch, t, &mean);
    c->branch = branch;
    c->t = t;
    c->calls++;
    for (int64_t i = 0; i < c->m.score.rows * c->m.score.features; i++)
        score[i] = (float)((mean - x[i]) / v);
    return RMF_OK;
}

static rmf_status chain_pull(void *context, const float *v, float *product)
{
    chain *c = context;
    double mean, variance = marginal(c, c->branch, c->t, &mean);
    c->products++;
    for (int64_t i = 0; i < c->m.score.rows * c->m.score.features; i++)
        product[i] = (float)(-v[i] / variance);
    return RMF_OK;
}

/* The mixture of tests/diffusion: J = Σ w·(−diag(1/v) + g·gᵀ) − s·sᵀ. */
typedef struct curved {
    mixture m;
    int branch;
    double t;
    float x[8 * MAX_FEATURES];
} curved;

static rmf_status curved_eval(void *context, int branch, double t, const float *x, float *score)
{
    curved *c = context;
    c->branch = branch;
    c->t = t;
    memcpy(c->x, x, (size_t)(c->m.score.rows * c->m.score.features) * sizeof *x);
    return mixture_eval(&c->m, branch, t, x, score);
}

static void pull_row(const curved *c, const float *x, const float *v, float *product)
{
    const int d = (int)c->m.score.features;
    const rmf_branch *b = rmf_tree_branch(c->m.tree, c->branch);
    double alpha, sigma, total = 0, largest = -INFINITY, dot = 0;
    double density[MAX_CLASSES], g[MAX_CLASSES][MAX_FEATURES], s[MAX_FEATURES] = {0};
    double sum[MAX_FEATURES] = {0};
    c->m.sde.ops->kernel(&c->m.sde, c->t, &alpha, &sigma);
    for (int k = 0; k < b->n_classes; k++) {
        density[k] = class_log_density(&c->m, b->classes[k], alpha, sigma, x, g[k]);
        largest = fmax(largest, density[k]);
    }
    for (int k = 0; k < b->n_classes; k++)
        total += density[k] = exp(density[k] - largest);
    for (int k = 0; k < b->n_classes; k++) {
        const double w = density[k] / total;
        double along = 0;
        for (int i = 0; i < d; i++)
            along += g[k][i] * v[i];
        for (int i = 0; i < d; i++) {
            const double scaled = alpha * c->m.deviation[b->classes[k]][i];
            s[i] += w * g[k][i];
            sum[i] += w * (g[k][i] * along - v[i] / (scaled * scaled + sigma * sigma));
        }
    }
    for (int i = 0; i < d; i++)
        dot += s[i] * v[i];
    for (int i = 0; i < d; i++)
        product[i] = (float)(sum[i] - s[i] * dot);
}

static rmf_status curved_pull(void *context, const float *v, float *product)
{
    const curved *c = context;
    const int64_t d = c->m.score.features;
    for (int64_t r = 0; r < c->m.score.rows; r++)
        pull_row(c, c->x + r * d, v + r * d, product + r * d);
    return RMF_OK;
}

static const int ab[] = {0, 1};
static const rmf_branch_spec two_leaves[] = {
    {2, ab, 0.4, 1, NAN}, {1, &ab[0], 0, 0.4, NAN}, {1, &ab[1], 0, 0.4, NAN}};

static rmf_pullback_score chain_init(chain *c, const char *process)
{
    memset(c, 0, sizeof *c);
    mixture_init(&c->m, process, 2, D, COUNT(two_leaves), two_leaves);
    for (int b = 0; b < 4; b++) {
        c->mean[b] = 0.3 * b - 0.2;
        c->deviation[b] = 0.8 - 0.2 * b;
    }
    return (rmf_pullback_score){{chain_eval, c, 8, D}, chain_pull};
}

static rmf_pullback_score curved_init(curved *c, int features)
{
    memset(c, 0, sizeof *c);
    mixture_init(&c->m, "vp", 2, features, COUNT(two_leaves), two_leaves);
    return (rmf_pullback_score){{curved_eval, c, 8, features}, curved_pull};
}

static rmf_sampling sampling_of(const mixture *m, double tolerance)
{
    rmf_sampling s = mixture_sampling(m, "rk45");
    s.rtol = s.atol = tolerance;
    return s;
}

static void draw_objects(float *x, int n)
{
    rmf_random_normal(rmf_key_make(9, 9), 0, 0, x, (size_t)n);
}

/* ---- Gaussians ---- */

/* Carries x from (branch, from) to (branch, to) and adds ln dx_to/dx_from. */
static double carry(const chain *c, int branch, double from, double to, double x, double *stretch)
{
    double low_mean, high_mean;
    const double low = marginal(c, branch, from, &low_mean),
                 high = marginal(c, branch, to, &high_mean);
    *stretch += 0.5 * log(high / low);
    return high_mean + sqrt(high / low) * (x - low_mean);
}

/* log density of x0 up leaf and root. */
static double exact(const chain *c, const rmf_sampling *s, int class, const float *x0)
{
    const int leaf = rmf_tree_leaf(c->m.tree, class);
    const double prior = rmf_sde_prior(&c->m.sde);
    double alpha, sigma, sum = 0;
    c->m.sde.ops->kernel(&c->m.sde, s->t_start, &alpha, &sigma);
    for (int i = 0; i < D; i++) {
        double x = alpha * x0[i];
        sum += log(alpha);
        x = carry(c, leaf, s->t_start, 0.4, x, &sum);
        x = carry(c, 0, 0.4, 1, x, &sum);
        sum -= 0.5 * x * x / (prior * prior) + 0.5 * log(2 * M_PI * prior * prior);
    }
    return sum;
}

static void equals_the_closed_form_in_a_tree(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo:0.05,20"};
    float x[N * D];
    draw_objects(x, N * D);
    for (int p = 0; p < COUNT(processes); p++)
        for (int mode = 0; mode < 8; mode++) {
            chain c;
            double value[N * 2], error[N * 2];
            rmf_likelihood_report report;
            const rmf_pullback_score score = chain_init(&c, processes[p]);
            rmf_sampling s = sampling_of(&c.m, 1e-5);
            if (mode & 1) s.sampler = rmf_sampler_find("rk23");
            if (mode & 4) s.steps = mode & 1 ? 400 : 120; /* given ones, not chosen */
            const rmf_likelihood request = {
                .sampling = &s, .score = &score, .probes = mode & 2 ? 2 : 0};
            assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, &report));
            for (int i = 0; i < N; i++)
                for (int k = 0; k < 2; k++) {
                    assert_near(value[i * 2 + k], exact(&c, &s, k, x + i * D), 2e-3);
                    /* J is a multiple of the identity: every probe gives its trace. */
                    assert_near(error[i * 2 + k], 0, 1e-4);
                }
            assert_int_equal(report.calls, c.calls);
            assert_int_equal(report.products, c.products);
            rmf_tree_free(c.m.tree);
        }
}

static void error_falls_with_the_tolerance(void **state)
{
    (void)state;
    float x[N * D];
    double error[3], value[N * 2], unused[N * 2];
    draw_objects(x, N * D);
    for (int run = 0; run < 3; run++) {
        chain c;
        const rmf_pullback_score score = chain_init(&c, "vp");
        const rmf_sampling s = sampling_of(&c.m, pow(10, -2 - 2 * run));
        const rmf_likelihood request = {.sampling = &s, .score = &score};
        assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, unused, NULL));
        error[run] = 0;
        for (int i = 0; i < N * 2; i++)
            error[run] = fmax(error[run], fabs(value[i] - exact(&c, &s, i % 2, x + i / 2 * D)));
        rmf_tree_free(c.m.tree);
    }
    assert_true(error[0] < 0.02 && error[1] < 0.5 * error[0] && error[2] < 0.2 * error[1]);
}

/* ---- a mixture at the root ---- */

/* Whatever the flow, what it makes of the prior is a density: ∫ p(x0 | class) dx0 = 1. */
static void densities_integrate_to_one(void **state)
{
    (void)state;
    enum { POINTS = 400 };
    static float x[POINTS];
    static double value[POINTS * 2], error[POINTS * 2];
    curved c;
    double sum[2] = {0};
    const rmf_pullback_score score = curved_init(&c, 1);
    const rmf_sampling s = sampling_of(&c.m, 1e-4);
    const rmf_likelihood request = {.sampling = &s, .score = &score};
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(-5 + 10.0 * i / POINTS);
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, POINTS}, value, error, NULL));
    for (int i = 0; i < POINTS * 2; i++)
        sum[i % 2] += exp(value[i]) * 10 / POINTS;
    assert_near(sum[0], 1, 2e-3);
    assert_near(sum[1], 1, 2e-3);
    rmf_tree_free(c.m.tree);
}

/* Probes scatter about the exact trace as widely as they say. */
static void probes_estimate_the_exact_trace(void **state)
{
    (void)state;
    enum { MANY = 64, WIDE = 8 };
    static float x[MANY * WIDE];
    static double truth[MANY * 2], value[MANY * 2], error[MANY * 2], none[MANY * 2];
    curved c;
    const rmf_pullback_score score = curved_init(&c, WIDE);
    const rmf_sampling s = sampling_of(&c.m, 1e-3);
    rmf_likelihood request = {.sampling = &s, .score = &score};
    draw_objects(x, MANY * WIDE);
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, MANY}, truth, none, NULL));
    request.probes = 32;
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, MANY}, value, error, NULL));
    double square = 0;
    for (int i = 0; i < MANY * 2; i++) {
        assert_true(error[i] > 0);
        square += pow((value[i] - truth[i]) / error[i], 2) / (MANY * 2);
    }
    assert_near(square, 31.0 / 29, 0.45); /* Student's t with 31 degrees of freedom */
    request.probes = 1;
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, MANY}, value, error, NULL));
    assert_true(isnan(error[0]) && isfinite(value[0]));
    rmf_tree_free(c.m.tree);
}

/* ---- which classes ---- */

static void each_object_along_its_own_class(void **state)
{
    (void)state;
    float x[N * D];
    int only[N];
    double all[N * 2], some[N * 2], error[N * 2];
    curved c;
    const rmf_pullback_score score = curved_init(&c, D);
    const rmf_sampling s = sampling_of(&c.m, 1e-3);
    rmf_likelihood request = {.sampling = &s, .score = &score};
    draw_objects(x, N * D);
    for (int i = 0; i < N; i++)
        only[i] = i % 3 - 1; /* one in three of no class */
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, all, error, NULL));
    request.only = only;
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, some, error, NULL));
    for (int i = 0; i < N * 2; i++)
        if (i % 2 == only[i / 2])
            assert_near(some[i], all[i], 1e-5);
        else
            assert_true(isnan(some[i]) && isnan(error[i]));
    rmf_tree_free(c.m.tree);
}

/* Classes that part below t_start go the same way: it is gone once. */
static void equal_ways_are_gone_once(void **state)
{
    (void)state;
    static const rmf_branch_spec late[] = {
        {2, ab, 1e-4, 1, NAN}, {1, &ab[0], 0, 1e-4, NAN}, {1, &ab[1], 0, 1e-4, NAN}};
    float x[N * D];
    double value[N * 2], error[N * 2];
    rmf_likelihood_report two, one;
    curved c;
    const rmf_pullback_score score = curved_init(&c, D);
    rmf_tree_free(c.m.tree);
    assert_ok(rmf_tree_create(2, (const char *[]){"a", "b"}, 1, COUNT(late), late, &c.m.tree));
    rmf_sampling s = sampling_of(&c.m, 1e-3);
    const rmf_likelihood request = {.sampling = &s, .score = &score};
    draw_objects(x, N * D);
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, &two));
    for (int i = 0; i < N; i++)
        assert_true(value[i * 2] == value[i * 2 + 1]);
    s.n_classes = 1;
    assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, &one));
    assert_int_equal(one.products, two.products);
    rmf_tree_free(c.m.tree);
}

static bool stop_at_third(void *context, const rmf_progress_event *event)
{
    (void)event;
    return ++*(int *)context < 3;
}

static void refuses(void **state)
{
    (void)state;
    float x[N * D];
    double value[N * 2], error[N * 2];
    curved c;
    int told = 0;
    const rmf_progress progress = {stop_at_third, &told};
    const rmf_pullback_score score = curved_init(&c, D), none = {score.score, NULL};
    rmf_sampling s = sampling_of(&c.m, 1e-3);
    rmf_likelihood request = {.sampling = &s, .score = &score};
    draw_objects(x, N * D);
    assert_int_equal(rmf_likelihoods(&request, &progress, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_INTERRUPTED);
    request.probes = -1;
    assert_int_equal(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_ARGUMENT);
    request.probes = 0, request.score = &none;
    assert_int_equal(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_ARGUMENT);
    request.score = &score, s.classes = (const int[]){0, 2};
    assert_int_equal(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_ARGUMENT);
    s.classes = ab, s.sampler = rmf_sampler_find("heun");
    assert_int_equal(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "rk23 or rk45"));
    s = sampling_of(&c.m, 1e-3), x[4] = NAN;
    assert_int_equal(rmf_likelihoods(&request, NULL, (rmf_rows){x, N}, value, error, NULL),
                     RMF_ERR_NUMERIC);
    rmf_tree_free(c.m.tree);
}

static void dequantised_values_fill_their_cells(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    static float x[MANY], again[MANY];
    double mean = 0, square = 0;
    for (int i = 0; i < MANY; i++)
        x[i] = again[i] = 7;
    rmf_dequantise(x, MANY / 4, 4, 1);
    rmf_dequantise(again, MANY / 8, 4, 1);
    assert_memory_equal(x, again, MANY / 2 * sizeof *x); /* the first of more are the same */
    for (int i = 0; i < MANY; i++) {
        assert_true(x[i] >= 6.5f && x[i] <= 7.5f);
        mean += (x[i] - 7) / MANY;
        square += (x[i] - 7) * (x[i] - 7) / MANY;
    }
    assert_near(mean, 0, 0.02);
    assert_near(square, 1.0 / 12, 0.006);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_closed_form_in_a_tree),
        cmocka_unit_test(error_falls_with_the_tolerance),
        cmocka_unit_test(densities_integrate_to_one),
        cmocka_unit_test(probes_estimate_the_exact_trace),
        cmocka_unit_test(each_object_along_its_own_class),
        cmocka_unit_test(equal_ways_are_gone_once),
        cmocka_unit_test(refuses),
        cmocka_unit_test(dequantised_values_fill_their_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
