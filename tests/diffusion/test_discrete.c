/* tests/diffusion/test_discrete.c – the Gaussian process in steps: its kernel, its training times,
 * and the branch that each step belongs to. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_is_the_product),
        cmocka_unit_test(ends_as_published),
        cmocka_unit_test(times_are_all_steps_alike),
        cmocka_unit_test(laws_leave_out_what_they_should),
        cmocka_unit_test(a_branch_is_trained_at_its_steps),
        cmocka_unit_test(continuous_times_keep_their_branch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
