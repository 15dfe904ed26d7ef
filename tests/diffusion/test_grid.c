/* tests/diffusion/test_grid.c – the times of branches. */
#include "diffusion/mixture.h"

static const int abcde[] = {0, 1, 2, 3, 4}, abc[] = {0, 1, 2}, bc[] = {1, 2}, de[] = {3, 4};
static const int leaf[] = {0, 1, 2, 3, 4};

/* Has a node with one child, a leaf below t_start (d, e at 0.0004) and a leaf of length 0 (b). */
static const rmf_branch_spec branches[] = {
    {5, abcde, 0.617, 1, NAN},    {3, abc, 0.3, 0.617, NAN}, {2, de, 0.41, 0.617, NAN},
    {2, de, 0.0004, 0.41, NAN},   {2, bc, 0.0, 0.3, NAN},    {1, &leaf[0], 0, 0.3, NAN},
    {1, &leaf[1], 0, 0, NAN},     {1, &leaf[2], 0, 0, NAN},  {1, &leaf[3], 0, 0.0004, NAN},
    {1, &leaf[4], 0, 0.0004, NAN}};

static void make(mixture *m)
{
    mixture_init(m, "vp", 5, 2, COUNT(branches), branches);
}

/* Path of a class, root first. */
static int path(const mixture *m, int c, int *out)
{
    int n = 0, up[16];
    for (int b = rmf_tree_leaf(m->tree, c); b >= 0; b = rmf_tree_branch(m->tree, b)->parent)
        up[n++] = b;
    for (int i = 0; i < n; i++)
        out[i] = up[n - 1 - i];
    return n;
}

static void branches_join_and_descend(void **state)
{
    (void)state;
    mixture m;
    make(&m);
    for (int grid = 0; grid < 3; grid++)
        for (int steps = 2; steps <= 500; steps += 83)
            for (int c = 0; c < 5; c++) {
                rmf_sampling s = mixture_sampling(&m, "heun");
                int on_path[16], n = path(&m, c, on_path), total = 0;
                double at = 1;
                s.grid = (enum rmf_grid)grid;
                s.steps = steps;
                for (int i = 0; i < n; i++) {
                    const rmf_branch *b = rmf_tree_branch(m.tree, on_path[i]);
                    double *times;
                    int count;
                    assert_ok(rmf_branch_grid(&s, on_path[i], &times, &count));
                    assert_near(times[0], b->t_end, 0);
                    if (b->t_end <= s.t_start)
                        assert_int_equal(count, 0);
                    else
                        assert_near(times[0], at, 0);
                    for (int k = 1; k <= count; k++)
                        assert_true(times[k] < times[k - 1]);
                    if (b->t_start > s.t_start)
                        assert_near(times[count], b->t_start, 0);
                    else if (b->t_end > s.t_start)
                        assert_near(times[count - 1], s.t_start, 0);
                    if (count) at = times[count];
                    total += count;
                    rmf_free(times);
                }
                assert_near(at, 0, 0);
                assert_true(abs(total - steps) <= n); /* each branch rounds by less than 1 */
            }
    rmf_tree_free(m.tree);
}

static double on_scale(const mixture *m, enum rmf_grid grid, double t)
{
    double alpha, sigma;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    return grid == RMF_GRID_UNIFORM ? t
           : grid == RMF_GRID_RHO   ? pow(sigma / alpha, 1.0 / 7)
                                    : log(sigma / alpha);
}

/* In the grid's own scale steps of one branch are equal, and none is above 1.5 of the global one.
 */
static void steps_are_even_in_the_scale_of_the_grid(void **state)
{
    (void)state;
    mixture m;
    make(&m);
    for (int grid = 0; grid < 3; grid++)
        for (int b = 0; b < rmf_tree_branch_count(m.tree); b++) {
            rmf_sampling s = mixture_sampling(&m, "heun");
            double *times;
            int count;
            s.grid = (enum rmf_grid)grid;
            s.steps = 41;
            assert_ok(rmf_branch_grid(&s, b, &times, &count));
            const bool finishes = count && times[count] == 0;
            double scale[512], low, top;
            for (int i = 0; i <= count; i++) {
                if (i == count && finishes) break;
                scale[i] = on_scale(&m, s.grid, times[i]);
            }
            top = on_scale(&m, s.grid, 1);
            low = on_scale(&m, s.grid, 1e-3);
            for (int i = 1; i <= count - finishes; i++) {
                double step = scale[i - 1] - scale[i];
                assert_near(step, scale[0] - scale[1], 1e-9);
                assert_true(step <= 1.5 * (top - low) / 40 + 1e-9);
                assert_true(step >= (top - low) / 40 / 1.5 - 1e-9 || count - finishes == 1);
            }
            rmf_free(times);
        }
    rmf_tree_free(m.tree);
}

/* Without branch points the ρ grid is that of Karras et al. 2022, equation 5, then 0. */
static void one_branch_is_karras(void **state)
{
    (void)state;
    mixture m;
    double *times, alpha, sigma;
    int count;
    mixture_one_class(&m, "ve:50", 1);
    rmf_sampling s = mixture_sampling(&m, "heun");
    assert_ok(rmf_branch_grid(&s, 0, &times, &count));
    assert_int_equal(count, 18);
    double high, low;
    m.sde.ops->kernel(&m.sde, 1, &alpha, &high);
    m.sde.ops->kernel(&m.sde, 1e-3, &alpha, &low);
    for (int i = 0; i < 18; i++) {
        double want = pow(pow(high, 1 / 7.) + i / 17. * (pow(low, 1 / 7.) - pow(high, 1 / 7.)), 7);
        m.sde.ops->kernel(&m.sde, times[i], &alpha, &sigma);
        assert_near(sigma / want, 1, 1e-9);
    }
    assert_near(times[18], 0, 0);
    rmf_free(times);
    rmf_tree_free(m.tree);
}

/* The published grid: linspace(1, t_start, N), a step of one spacing from every point, in the
 * branch that answers for that point. */
static void paper_grid_is_the_published_one(void **state)
{
    (void)state;
    enum { N = 100 };
    mixture m;
    make(&m);
    rmf_sampling s = mixture_sampling(&m, "predictor-corrector");
    s.paper = true;
    s.steps = N;
    const double spacing = (1 - 1e-3) / (N - 1);
    for (int c = 0; c < 5; c++) {
        int on_path[16], n = path(&m, c, on_path), k = 0;
        for (int i = 0; i < n; i++) {
            double *times;
            int count;
            assert_ok(rmf_branch_grid(&s, on_path[i], &times, &count));
            for (int j = 0; j < count; j++, k++) {
                assert_near(times[j], 1 - k * spacing, 1e-12);
                assert_near(times[j] - times[j + 1], spacing, 1e-12);
                assert_int_equal(rmf_tree_find(m.tree, c, times[j]), on_path[i]);
            }
            rmf_free(times);
        }
        assert_int_equal(k, N);
    }
    rmf_sampling heun = mixture_sampling(&m, "heun"); /* has no published form: not changed */
    double *times, *with_paper;
    int count, paper_count;
    assert_ok(rmf_branch_grid(&heun, 1, &times, &count));
    heun.paper = true;
    assert_ok(rmf_branch_grid(&heun, 1, &with_paper, &paper_count));
    assert_int_equal(count, paper_count);
    assert_memory_equal(times, with_paper, (size_t)(count + 1) * sizeof *times);
    rmf_free(times);
    rmf_free(with_paper);
    rmf_tree_free(m.tree);
}

/* At a branch point that lies on the grid the parent makes the step from it. */
static void a_branch_point_on_the_paper_grid_is_the_parents(void **state)
{
    (void)state;
    static const int ab[] = {0, 1};
    static const rmf_branch_spec two[] = {
        {2, ab, 0.5, 1, NAN}, {1, &ab[0], 0, 0.5, NAN}, {1, &ab[1], 0, 0.5, NAN}};
    mixture m;
    double *times;
    int count;
    mixture_init(&m, "vp", 2, 1, 3, two);
    rmf_sampling s = mixture_sampling(&m, "euler-maruyama");
    s.paper = true;
    s.t_start = 0.25;
    s.steps = 4; /* 1, 0.75, 0.5, 0.25 */
    assert_ok(rmf_branch_grid(&s, 0, &times, &count));
    assert_int_equal(count, 3);
    assert_near(times[2], 0.5, 1e-15);
    rmf_free(times);
    assert_ok(rmf_branch_grid(&s, 1, &times, &count));
    assert_int_equal(count, 1);
    assert_near(times[0], 0.25, 0);
    assert_near(times[1], 0, 1e-15);
    rmf_free(times);
    rmf_tree_free(m.tree);
}

/* Without the last step everything else is as it was, on every grid. */
static void a_noisy_end_is_t_start(void **state)
{
    (void)state;
    mixture m;
    make(&m);
    for (int grid = 0; grid < 4; grid++)
        for (int b = 0; b < rmf_tree_branch_count(m.tree); b++) {
            rmf_sampling s = mixture_sampling(&m, grid < 3 ? "heun" : "euler-maruyama");
            double *whole, *noisy;
            int n, count;
            s.grid = (enum rmf_grid)(grid % 3);
            s.paper = grid == 3;
            assert_ok(rmf_branch_grid(&s, b, &whole, &n));
            s.noisy_end = true;
            assert_ok(rmf_branch_grid(&s, b, &noisy, &count));
            const bool ends = n > 0 && whole[n] <= 0;
            assert_int_equal(count, n - ends);
            assert_memory_equal(whole, noisy, (size_t)(count + 1) * sizeof *noisy);
            if (ends) assert_near(noisy[count], s.t_start, 1e-12);
            rmf_free(whole);
            rmf_free(noisy);
        }
    rmf_tree_free(m.tree);
}

static void refuses(void **state)
{
    (void)state;
    mixture m;
    make(&m);
    const rmf_sampling good = mixture_sampling(&m, "heun");
    double *times = NULL;
    int count = -7;
    rmf_sampling bad[12];
    for (int i = 0; i < 12; i++)
        bad[i] = good;
    bad[0].steps = 1;
    bad[1].steps = 1000001;
    bad[2].t_start = 0;
    bad[3].t_start = 1;
    bad[4].t_start = NAN;
    bad[5].rho = 0;
    bad[6].tree = NULL;
    bad[7].corrector_steps = 63;
    bad[8].churn.amount = -1;
    bad[9].churn.noise = NAN;
    bad[10].branch_corrector_steps = 63;
    bad[11].branch_corrector_steps = -1;
    for (int i = 0; i < 12; i++)
        assert_int_not_equal(rmf_branch_grid(&bad[i], 0, &times, &count), RMF_OK);
    assert_int_equal(rmf_branch_grid(&good, -1, &times, &count), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_branch_grid(&good, COUNT(branches), &times, &count), RMF_ERR_ARGUMENT);
    assert_null(times);
    assert_int_equal(count, -7);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_join_and_descend),
        cmocka_unit_test(steps_are_even_in_the_scale_of_the_grid),
        cmocka_unit_test(one_branch_is_karras),
        cmocka_unit_test(paper_grid_is_the_published_one),
        cmocka_unit_test(a_branch_point_on_the_paper_grid_is_the_parents),
        cmocka_unit_test(a_noisy_end_is_t_start),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
