/* tests/diffusion/test_denoise.c – E[x0 | x(t)] of Gaussian and of mixed data. */
#include "diffusion/mixture.h"

enum { D = 3 };

/* Of N(m, s²): m + α·s²/(α²s² + σ²)·(x − α·m); more rows than a block, fewer, and in place. */
static void gaussian_data(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo", "discrete"};
    static const int64_t rows[] = {1, 8, 21};
    for (int p = 0; p < COUNT(processes); p++)
        for (int n = 0; n < COUNT(rows); n++) {
            mixture m;
            float x[21 * D], out[21 * D];
            double alpha, sigma;
            mixture_one_class(&m, processes[p], D);
            m.sde.ops->kernel(&m.sde, 0.3, &alpha, &sigma);
            rmf_random_normal(rmf_key_make(1, 2), 0, 0, x, COUNT(x));
            for (int i = 0; i < COUNT(x); i++)
                x[i] *= (float)sigma;
            assert_ok(rmf_denoise(&m.sde, &m.score, 0, 0.3, rows[n], x, out));
            for (int i = 0; i < rows[n] * D; i++) {
                const double mean = m.mean[0][i % D], s = m.deviation[0][i % D];
                const double gain = alpha * s * s / (alpha * alpha * s * s + sigma * sigma);
                assert_near(out[i], mean + gain * (x[i] - alpha * mean), 2e-4);
            }
            assert_ok(rmf_denoise(&m.sde, &m.score, 0, 0.3, rows[n], x, x));
            assert_memory_equal(x, out, (size_t)(rows[n] * D) * sizeof *x);
            assert_int_equal(m.calls, 2 * ((rows[n] + 7) / 8));
            rmf_tree_free(m.tree);
        }
}

/* Of two classes each head expects its own, and their parent the posterior's mean of both. */
static void branches_expect_their_own(void **state)
{
    (void)state;
    static const int ab[] = {0, 1};
    static const rmf_branch_spec two[] = {
        {2, ab, 0.6, 1, NAN}, {1, &ab[0], 0, 0.6, NAN}, {1, &ab[1], 0, 0.6, NAN}};
    mixture m;
    float x[8 * D], out[3][8 * D];
    double alpha, sigma;
    mixture_init(&m, "vp", 2, D, 3, two);
    m.sde.ops->kernel(&m.sde, 0.5, &alpha, &sigma);
    rmf_random_normal(rmf_key_make(1, 2), 0, 0, x, COUNT(x));
    for (int b = 0; b < 3; b++)
        assert_ok(rmf_denoise(&m.sde, &m.score, b, 0.5, 8, x, out[b]));
    for (int r = 0; r < 8; r++) {
        double gradient[MAX_FEATURES], density[2];
        for (int c = 0; c < 2; c++)
            density[c] = class_log_density(&m, c, alpha, sigma, x + r * D, gradient);
        const double p = 1 / (1 + exp(density[1] - density[0]));
        for (int i = r * D; i < r * D + D; i++)
            assert_near(out[0][i], p * out[1][i] + (1 - p) * out[2][i], 2e-5);
    }
    rmf_tree_free(m.tree);
}

static rmf_status fails(void *context, int branch, double t, const float *x, float *score)
{
    (void)context, (void)branch, (void)t, (void)x, (void)score;
    return rmf_fail(RMF_ERR_IO, "no score");
}

static void failures_come_through(void **state)
{
    (void)state;
    mixture m;
    float x[D] = {0};
    mixture_one_class(&m, "vp", D);
    m.score.eval = fails;
    assert_int_equal(rmf_denoise(&m.sde, &m.score, 0, 0.5, 1, x, x), RMF_ERR_IO);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_data),
        cmocka_unit_test(branches_expect_their_own),
        cmocka_unit_test(failures_come_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
