/* tests/diffusion/test_route.c – routed sampling: with exact scores and posteriors every class
 * comes out right wherever branches part, and each sample keeps its bytes. */
#include "diffusion/modes.h"

enum { MOST = CLASSES * N };

/* p(child | x) of equally likely Gaussian classes, at the branch point. */
static rmf_status exact_posterior(void *context, int branch, const float *x, int64_t rows,
                                  double *p)
{
    const mixture *m = context;
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma, unused[MAX_FEATURES];
    assert_int_equal(rows, m->score.rows);
    m->sde.ops->kernel(&m->sde, b->t_start, &alpha, &sigma);
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * m->score.features;
        double density[MAX_CLASSES], largest = -INFINITY, total = 0;
        for (int i = 0; i < b->n_classes; i++) {
            density[i] = class_log_density(m, b->classes[i], alpha, sigma, row, unused);
            largest = fmax(largest, density[i]);
        }
        for (int i = 0; i < b->n_classes; i++)
            total += exp(density[i] - largest);
        for (int k = 0; k < b->n_children; k++) {
            const rmf_branch *child = rmf_tree_branch(m->tree, b->children[k]);
            double *out = p + r * b->n_children + k;
            *out = 0;
            for (int i = 0, j = 0; i < b->n_classes && j < child->n_classes; i++)
                if (b->classes[i] == child->classes[j]) {
                    *out += exp(density[i] - largest) / total;
                    j++;
                }
        }
    }
    return RMF_OK;
}

static rmf_router exact(mixture *m)
{
    return (rmf_router){exact_posterior, m};
}

/* ---- the right samples ---- */

static const int abc3[] = {0, 1, 2}, first3[] = {0}, bc3[] = {1, 2};
/* Parted long after the classes can be told apart. */
static const rmf_branch_spec late[] = {{3, abc3, 0.2, 1, NAN},
                                       {1, first3, 0, 0.2, NAN},
                                       {2, bc3, 0.1, 0.2, NAN},
                                       {1, &bc3[0], 0, 0.1, NAN},
                                       {1, &bc3[1], 0, 0.1, NAN}};

static void make_late(mixture *m, const char *process)
{
    mixture_init(m, process, 3, 3, COUNT(late), late);
    m->score.rows = 125;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 3; i++)
            m->mean[c][i] = 1.2 * (c - 1) + (i == c ? 0.5 : 0);
}

static double distance(const mixture *m, int c, const float *x, int64_t n)
{
    double square = 0;
    for (int i = 0; i < m->score.features; i++) {
        double mean = 0;
        for (int64_t r = 0; r < n; r++)
            mean += x[r * m->score.features + i] / (double)n;
        square += (mean - m->mean[c][i]) * (mean - m->mean[c][i]);
    }
    return sqrt(square);
}

static void classes_are_right_wherever_branches_part(void **state)
{
    (void)state;
    enum { TOTAL = 7500, EACH = 500 };
    static float x[TOTAL * 3], own[TOTAL * 3], shared[3 * EACH * 3];
    static int arrived[TOTAL];
    static const struct {
        const char *process, *sampler;
        int steps;
    } cases[] = {{"vp", "heun", 80},
                 {"vp", "unipc", 80},
                 {"vp", "dpm-solver-sde", 80},
                 {"discrete", "ancestral", 1000},
                 {"discrete", "ddim", 200}};
    for (int k = 0; k < COUNT(cases); k++) {
        mixture m;
        make_late(&m, cases[k].process);
        const rmf_router router = exact(&m);
        rmf_sampling s = mixture_sampling(&m, cases[k].sampler);
        s.steps = cases[k].steps;
        s.count = TOTAL;
        assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
        s.count = EACH;
        s.shared = true;
        assert_ok(rmf_sample(&s, NULL, shared, NULL));
        double lost = 0;
        for (int c = 0; c < 3; c++) {
            int64_t n = 0;
            for (int r = 0; r < TOTAL; r++)
                if (arrived[r] == c) memcpy(own + 3 * n++, x + 3 * r, 3 * sizeof *x);
            /* A third of them, give or take four standard deviations. */
            assert_near((double)n, TOTAL / 3.0, 4 * sqrt(TOTAL * 2 / 9.0));
            assert_class_moments(&m, c, own, n, 0.06);
            assert_true(distance(&m, c, own, n) < 0.1);
            lost = fmax(lost, distance(&m, c, shared + c * EACH * 3, EACH));
        }
        assert_true(lost > 0.5); /* what sharing without routing does to the worst class */
        rmf_tree_free(m.tree);
    }
}

/* ---- promises ---- */

static void sample_k_is_sample_k_of_its_class(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float x[MOST * D], all[CLASSES * MOST * D], few[MOST * D];
        static int arrived[MOST], again[MOST];
        make(&m);
        const rmf_router router = exact(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.count = MOST;
        assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
        s.shared = true;
        s.paper = false;
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        int seen[CLASSES] = {0};
        for (int r = 0; r < MOST; r++) {
            assert_in_range(arrived[r], 0, CLASSES - 1);
            seen[arrived[r]]++;
            assert_memory_equal(x + r * D, all + (arrived[r] * MOST + r) * D, D * sizeof *x);
        }
        for (int c = 0; c < CLASSES; c++)
            assert_true(seen[c] > 0);
        for (s.count = 1; s.count < MOST; s.count += 9) {
            assert_ok(rmf_sample_routed(&s, &router, NULL, few, again, NULL));
            assert_memory_equal(few, x, (size_t)s.count * D * sizeof *x);
            assert_memory_equal(again, arrived, (size_t)s.count * sizeof *again);
        }
        s.count = MOST;
        s.seed++;
        assert_ok(rmf_sample_routed(&s, &router, NULL, few, again, NULL));
        assert_memory_not_equal(again, arrived, sizeof again);
        rmf_tree_free(m.tree);
    }
}

/* A router that is sure sends all samples to one class: draws do not matter, and the cost is that
 * of this class alone. */
static rmf_status to_the_last(void *context, int branch, const float *x, int64_t rows, double *p)
{
    const mixture *m = context;
    const int children = rmf_tree_branch(m->tree, branch)->n_children;
    (void)x;
    for (int64_t i = 0; i < rows * children; i++)
        p[i] = i % children == children - 1;
    return RMF_OK;
}

static void a_sample_costs_its_own_path(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float x[MOST * D];
        static int arrived[MOST];
        rmf_sampling_report routed, alone;
        make(&m);
        const rmf_router router = {to_the_last, &m};
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.count = N;
        m.calls = 0;
        assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, &routed));
        assert_int_equal(routed.calls, m.calls);
        for (int r = 1; r < N; r++)
            assert_int_equal(arrived[r], arrived[0]);
        s.classes = arrived;
        s.n_classes = 1;
        s.paper = false;
        assert_ok(rmf_sample(&s, NULL, x, &alone));
        assert_near(routed.nfe, alone.nfe, 1e-9);
        /* Pilots, of adaptive methods, fly all branches that may be needed. */
        const int64_t pilots[] = {routed.pilot_calls * s.score->rows,
                                  alone.pilot_calls * s.score->rows};
        assert_int_equal(routed.evaluated_rows - pilots[0], alone.evaluated_rows - pilots[1]);
        assert_int_equal(routed.independent_rows, routed.evaluated_rows);
        rmf_tree_free(m.tree);
    }
}

/* Every row at falling times, to its end. */
typedef struct seen {
    double time[MOST];
    bool falls;
} seen;

static rmf_status see(void *context, int branch, double t, int64_t first, int64_t count,
                      const float *x)
{
    seen *at = context;
    (void)branch, (void)x;
    for (int64_t r = first; r < first + count; r++) {
        at->falls = at->falls && t < at->time[r];
        at->time[r] = t;
    }
    return RMF_OK;
}

/* A flat tree: noise is of no class yet, so the router's word alone decides; and a tree that a
 * class was added to, whose score and posterior know it. */
static void flat_and_extended_trees_do_too(void **state)
{
    (void)state;
    enum { TOTAL = 3000 };
    static const int both[] = {0, 1};
    static const rmf_branch_spec star[] = {
        {2, both, 1, 1, NAN}, {1, &both[0], 0, 1, NAN}, {1, &both[1], 0, 1, NAN}};
    static float x[TOTAL * 3], own[TOTAL * 3];
    static int arrived[TOTAL];
    for (int kind = 0; kind < 2; kind++) {
        mixture m;
        rmf_tree *old = NULL;
        if (kind == 0) {
            mixture_init(&m, "vp", 2, 3, COUNT(star), star);
        } else {
            static const rmf_branch_spec fork[] = {
                {2, both, 0.12, 1, NAN}, {1, &both[0], 0, 0.12, NAN}, {1, &both[1], 0, 0.12, NAN}};
            mixture_init(&m, "vp", 3, 3, COUNT(late), late);
            rmf_tree_free(m.tree);
            static const char *const names[] = {"a", "b"};
            assert_ok(rmf_tree_create(2, names, 1, COUNT(fork), fork, &old));
            const rmf_attachment at = {.branch = 0, .time = 0.4321};
            assert_ok(rmf_tree_extend(old, "c", &at, 3, &m.tree));
        }
        m.score.rows = 100;
        const rmf_router router = exact(&m);
        seen at = {.falls = true};
        rmf_recorder recorder = {see, &at};
        rmf_sampling s = mixture_sampling(&m, "dpm-solver++2m");
        s.n_classes = 0;
        s.steps = 60;
        s.count = MOST;
        s.recorder = &recorder;
        for (int r = 0; r < MOST; r++)
            at.time[r] = 2;
        assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
        assert_true(at.falls);
        for (int r = 0; r < MOST; r++)
            assert_near(at.time[r], 0, 0);
        s.recorder = NULL;
        s.count = TOTAL;
        assert_ok(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL));
        for (int c = 0; c < m.classes; c++) {
            int64_t n = 0;
            for (int r = 0; r < TOTAL; r++)
                if (arrived[r] == c) memcpy(own + 3 * n++, x + 3 * r, 3 * sizeof *x);
            assert_class_moments(&m, c, own, n, 0.08);
        }
        rmf_tree_free(m.tree);
        rmf_tree_free(old);
    }
}

/* ---- refusals ---- */

static double wrong[2];

static rmf_status say_wrong(void *context, int branch, const float *x, int64_t rows, double *p)
{
    (void)context, (void)branch, (void)x;
    for (int64_t i = 0; i < 2 * rows; i++)
        p[i] = wrong[i % 2];
    return RMF_OK;
}

static rmf_status fails(void *context, int branch, const float *x, int64_t rows, double *p)
{
    (void)context, (void)branch, (void)x, (void)rows, (void)p;
    return rmf_fail(RMF_ERR_IO, "no more heads");
}

static void wrong_routers_and_requests_are_refused(void **state)
{
    (void)state;
    static const double bad[][2] = {{0.5, 0.6}, {1.5, -0.5}, {NAN, 1}, {0, 0}, {INFINITY, 0}};
    mixture m;
    float x[10 * 3];
    int arrived[10];
    make_late(&m, "vp");
    rmf_router router = {say_wrong, NULL};
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.count = 10;
    for (int i = 0; i < COUNT(bad); i++) {
        memcpy(wrong, bad[i], sizeof wrong);
        assert_int_equal(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL), RMF_ERR_NUMERIC);
        assert_non_null(strstr(rmf_message(), "children of branch 0"));
    }
    router.posterior = fails;
    assert_int_equal(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL), RMF_ERR_IO);
    router = exact(&m);
    s.t_from = 0.5;
    assert_int_equal(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL), RMF_ERR_ARGUMENT);
    s.t_from = 0;
    s.t_until = 0.5;
    assert_int_equal(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL), RMF_ERR_ARGUMENT);
    s.t_until = 0;
    s.steps = 1;
    assert_int_equal(rmf_sample_routed(&s, &router, NULL, x, arrived, NULL), RMF_ERR_USAGE);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_right_wherever_branches_part),
        cmocka_unit_test(sample_k_is_sample_k_of_its_class),
        cmocka_unit_test(a_sample_costs_its_own_path),
        cmocka_unit_test(flat_and_extended_trees_do_too),
        cmocka_unit_test(wrong_routers_and_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
