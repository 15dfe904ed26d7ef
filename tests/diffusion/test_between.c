/* tests/diffusion/test_between.c – runs that begin or stop at a time of their own, and encoding. */
#include "diffusion/modes.h"

enum { ALL = CLASSES * N * D };

/* Branch points of the tree of modes.h, times within its branches, and both ends. */
static const double times[] = {1, 0.8, 0.617, 0.5, 0.41, 0.3, 0.2, 0.1, 0.0004, 1e-3};

static bool is_branch_point(const mixture *m, double t)
{
    for (int b = 0; b < rmf_tree_branch_count(m->tree); b++)
        if (rmf_tree_branch(m->tree, b)->t_start == t) return true;
    return false;
}

/* Each branch point lies inside the branches of other classes: only those without have the noise of
 * the whole. */
static bool breaks_at_branch_points_only(const mixture *m, int c, double t)
{
    const rmf_branch *b = rmf_tree_branch(m->tree, rmf_tree_find(m->tree, c, t));
    return b->t_start == t;
}

static void stop_and_go_on_is_one_run(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++)
        for (int i = 1; i < COUNT(times); i++) {
            static float whole[ALL], broken[ALL];
            mixture m;
            if (modes[k].paper) continue; /* the published grid is that of whole runs */
            make(&m);
            rmf_sampling s = in_mode(&m, &modes[k]);
            assert_ok(rmf_sample(&s, NULL, whole, NULL));
            if (times[i] < s.t_start || !is_branch_point(&m, times[i])) continue;
            s.t_until = times[i];
            assert_ok(rmf_sample(&s, NULL, broken, NULL));
            s.t_from = s.t_until;
            s.t_until = 0;
            assert_ok(rmf_sample(&s, NULL, broken, NULL));
            for (int c = 0; c < CLASSES; c++)
                if (breaks_at_branch_points_only(&m, c, times[i]))
                    assert_memory_equal(whole + c * N * D, broken + c * N * D,
                                        N * D * sizeof *whole);
            rmf_tree_free(m.tree);
        }
}

/* What classes share at the time of the stop is the same state; what they do not share is not. */
static void stopped_states_are_shared(void **state)
{
    (void)state;
    static float x[ALL];
    mixture m;
    make(&m);
    rmf_sampling s = in_mode(&m, &modes[0]);
    for (int i = 0; i < COUNT(times); i++) {
        s.t_until = times[i];
        if (times[i] < s.t_start) continue;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        for (int a = 0; a < CLASSES; a++)
            for (int b = 0; b < a; b++) {
                int differ = memcmp(x + a * N * D, x + b * N * D, N * D * sizeof *x);
                bool shared = rmf_tree_branch(m.tree, rmf_tree_common(m.tree, a, b))->t_start <=
                              fmax(times[i], 1e-3);
                assert_true(shared == (differ == 0));
            }
    }
    rmf_tree_free(m.tree);
}

/* A stop at t_limit leaves the starting noise, and a start there takes it up again. */
static void the_end_of_time_is_a_time(void **state)
{
    (void)state;
    static float whole[ALL], broken[ALL];
    mixture m;
    make(&m);
    rmf_sampling s = in_mode(&m, &modes[2]);
    rmf_sampling_report report;
    assert_ok(rmf_sample(&s, NULL, whole, NULL));
    s.t_until = 1;
    assert_ok(rmf_sample(&s, NULL, broken, &report));
    assert_int_equal(report.calls, 0);
    s.t_from = 1;
    s.t_until = 0;
    assert_ok(rmf_sample(&s, NULL, broken, NULL));
    assert_memory_equal(whole, broken, sizeof whole);
    rmf_tree_free(m.tree);
}

/* A run that begins inside a branch must not meet the noise of the one that stopped there. */
static void a_start_inside_a_branch_has_other_noise(void **state)
{
    (void)state;
    float whole[D], broken[D];
    mixture m;
    mixture_one_class(&m, "vp", D);
    rmf_sampling s = mixture_sampling(&m, "euler-maruyama");
    s.steps = 20;
    s.shared = true;
    assert_ok(rmf_sample(&s, NULL, whole, NULL));
    double *grid;
    int steps;
    assert_ok(rmf_branch_grid(&s, 0, &grid, &steps));
    s.t_until = grid[10];
    rmf_free(grid);
    assert_ok(rmf_sample(&s, NULL, broken, NULL));
    s.t_from = s.t_until;
    s.t_until = 0;
    assert_ok(rmf_branch_grid(&s, 0, &grid, &steps));
    assert_near(grid[0], s.t_from, 0);
    assert_near(grid[steps], 0, 0);
    rmf_free(grid);
    assert_ok(rmf_sample(&s, NULL, broken, NULL));
    for (int i = 0; i < D; i++)
        assert_true(fabsf(whole[i] - broken[i]) > 1e-4f);
    rmf_tree_free(m.tree);
}

/* Only the branches that hold the two times have another grid than in a whole run. */
static void other_branches_keep_their_grid(void **state)
{
    (void)state;
    mixture m;
    make(&m);
    rmf_sampling s = in_mode(&m, &modes[0]), cut = s;
    cut.t_from = 0.5;
    cut.t_until = 0.2;
    for (int b = 0; b < rmf_tree_branch_count(m.tree); b++) {
        const rmf_branch *branch = rmf_tree_branch(m.tree, b);
        double *whole, *part;
        int n, k;
        assert_ok(rmf_branch_grid(&s, b, &whole, &n));
        assert_ok(rmf_branch_grid(&cut, b, &part, &k));
        if (branch->t_start >= 0.5 || branch->t_end <= 0.2) {
            assert_int_equal(k, 0);
        } else if (branch->t_start >= 0.2 && branch->t_end <= 0.5) {
            assert_int_equal(k, n);
            assert_memory_equal(whole, part, (size_t)(n + 1) * sizeof *part);
        } else {
            assert_near(part[0], fmin(branch->t_end, 0.5), 0);
            assert_near(part[k], fmax(branch->t_start, 0.2), 0);
        }
        rmf_free(whole);
        rmf_free(part);
    }
    rmf_tree_free(m.tree);
}

/* Different states for classes that have parted: each goes its own way, shared or not. */
static void every_class_starts_from_its_own_states(void **state)
{
    (void)state;
    static float start[ALL], x[ALL], alone[N * D];
    for (int k = 0; k < 2; k++) {
        mixture m;
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.t_from = 0.1; /* above it b and c share a branch; a, d and e are on their own */
        rmf_random_normal(rmf_key_make(1, 1), 0, 0, start, ALL);
        memcpy(start + 2 * N * D, start + N * D, N * D * sizeof *start);
        memcpy(x, start, sizeof x);
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        for (int c = 0; c < CLASSES; c++) {
            s.classes = &leaf[c];
            s.n_classes = 1;
            memcpy(alone, start + c * N * D, sizeof alone);
            assert_ok(rmf_sample(&s, NULL, alone, NULL));
            assert_memory_equal(alone, x + c * N * D, sizeof alone);
        }
        rmf_tree_free(m.tree);
    }
}

/* ---- encoding: dx/dt of a Gaussian class keeps (x − α·mean)/√(α²·deviation² + σ²) ---- */

static double scaled(const mixture *m, double t, int i, double x)
{
    double alpha, sigma;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    double width = hypot(alpha * m->deviation[0][i], sigma);
    return (x - alpha * m->mean[0][i]) / width;
}

static double encoding_error(const char *process, int steps, double until)
{
    float object[D], x[D];
    double alpha, sigma, worst = 0;
    mixture m;
    mixture_one_class(&m, process, D);
    rmf_sampling s = mixture_sampling(&m, "dpm-solver-sde");
    s.steps = steps;
    s.t_from = until;
    rmf_random_normal(rmf_key_make(3, 1), 0, 0, object, D);
    memcpy(x, object, sizeof x);
    assert_ok(rmf_encode(&s, NULL, x, NULL));
    m.sde.ops->kernel(&m.sde, s.t_start, &alpha, &sigma);
    for (int i = 0; i < D; i++) {
        double want = scaled(&m, s.t_start, i, alpha * object[i]);
        worst = fmax(worst, fabs(scaled(&m, until, i, x[i]) - want));
    }
    rmf_tree_free(m.tree);
    return worst;
}

static void encoding_follows_the_flow(void **state)
{
    (void)state;
    static const char *const process[] = {"vp", "ve:25"};
    for (int p = 0; p < COUNT(process); p++)
        for (int k = 0; k < 2; k++) {
            double until = k ? 1 : 0.55, coarse = encoding_error(process[p], 20, until);
            double fine = encoding_error(process[p], 80, until);
            assert_near(fine, 0, 1e-2);
            assert_true(fine < coarse / 8); /* second order: 16 */
        }
}

/* On an awkward tree, where every class passes several networks: down again is where it was. */
static void decoding_inverts_encoding(void **state)
{
    (void)state;
    static float object[ALL], x[ALL];
    double alpha, sigma;
    mixture m;
    make(&m);
    rmf_sampling s = in_mode(&m, &modes[1]);
    s.steps = 600;
    s.t_from = 0.7;
    m.sde.ops->kernel(&m.sde, s.t_start, &alpha, &sigma);
    rmf_random_normal(rmf_key_make(4, 1), 0, 0, object, ALL);
    memcpy(x, object, sizeof x);
    assert_ok(rmf_encode(&s, NULL, x, NULL));
    s.t_until = s.t_start; /* without the noise-free estimate, which is not the flow's */
    assert_ok(rmf_sample(&s, NULL, x, NULL));
    for (int i = 0; i < ALL; i++)
        assert_near(x[i], alpha * object[i], 1e-2);
    /* and from states that are on their way already */
    s.t_until = 0.2;
    s.t_from = 0.9;
    memcpy(x, object, sizeof x);
    assert_ok(rmf_encode(&s, NULL, x, NULL));
    assert_ok(rmf_sample(&s, NULL, x, NULL));
    for (int i = 0; i < ALL; i++)
        assert_near(x[i], object[i], 1e-2);
    rmf_tree_free(m.tree);
}

static void wrong_times_are_refused(void **state)
{
    (void)state;
    static const double wrong[][2] = {{1.1, 0},  {-0.2, 0}, {NAN, 0},    {0.0005, 0}, {0.3, 0.4},
                                      {0, -0.1}, {0, 1.2},  {0, 0.0005}, {0, NAN}};
    mixture m;
    float x[D];
    mixture_one_class(&m, "vp", D);
    for (int i = 0; i < COUNT(wrong); i++) {
        rmf_sampling s = mixture_sampling(&m, "heun");
        s.t_from = wrong[i][0];
        s.t_until = wrong[i][1];
        memset(x, 0, sizeof x);
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
        assert_int_equal(rmf_encode(&s, NULL, x, NULL), RMF_ERR_USAGE);
        assert_non_null(strstr(rmf_message(), "expected"));
    }
    assert_int_equal(m.calls, 0);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_and_go_on_is_one_run),
        cmocka_unit_test(stopped_states_are_shared),
        cmocka_unit_test(the_end_of_time_is_a_time),
        cmocka_unit_test(a_start_inside_a_branch_has_other_noise),
        cmocka_unit_test(other_branches_keep_their_grid),
        cmocka_unit_test(every_class_starts_from_its_own_states),
        cmocka_unit_test(encoding_follows_the_flow),
        cmocka_unit_test(decoding_inverts_encoding),
        cmocka_unit_test(wrong_times_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
