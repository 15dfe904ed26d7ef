/* tests/diffusion/test_corrector.c – the moments of predictor-corrector.
 *
 * Its step size depends on the norm of the score, so it is not linear in x as the other samplers
 * are on Gaussian data.  With many features the norm is a number, though: for data N(0, s²·I) and
 * states of variance V per feature, v what it should be, ‖score‖² = d·V/v² up to O(√(2/d)), hence
 *     corrector  a = snr·v²/V,  V ← (1 − ½·a·f/v)²·V + a,  f = 1 + 2/d, or 1 as published
 *     predictor  V ← (1 − (drift + g²/v)·Δ)²·V + g²·Δ
 * and the variance after any number of steps is a few multiplications. */
#include "diffusion/integrate.h"

enum { ROWS = 512, D = 256, N = ROWS * D };

static const double from = 0.6, to = 0.3;

static void make(mixture *m)
{
    mixture_one_class(m, "vp", 1);
    m->mean[0][0] = 0;
    m->deviation[0][0] = 0.25;
    m->score.features = D;
    m->score.rows = ROWS;
}

/* The score of many features alike: mixture_eval() knows few. */
static rmf_status eval(void *context, int branch, double t, const float *x, float *score)
{
    (void)branch;
    const float v = (float)variance(context, 0, t);
    for (int i = 0; i < N; i++)
        score[i] = -x[i] / v;
    return RMF_OK;
}

/* Relative error of the variance after `steps` steps, drawn. */
static double drawn(mixture *m, int steps, double snr, bool paper)
{
    static float x[N], work[2 * N];
    static uint64_t sample[ROWS];
    const float start = (float)sqrt(variance(m, 0, from));
    double square = 0;
    for (int r = 0; r < ROWS; r++)
        sample[r] = (uint64_t)r;
    rmf_random_normal(rmf_key_make(4, 4), 0, 0, x, N);
    for (int i = 0; i < N; i++)
        x[i] *= start;
    m->score.eval = eval;
    for (int i = 0; i < steps; i++) {
        rmf_step step = hand_step(m, 0, from + (to - from) * i / steps,
                                  from + (to - from) * (i + 1) / steps, sample, work);
        step.snr = snr;
        step.paper = paper;
        step.counter = (uint32_t)i * 64;
        assert_ok(rmf_sampler_find("predictor-corrector")->step(&step, x));
    }
    for (int i = 0; i < N; i++)
        square += (double)x[i] * x[i] / N;
    return square / variance(m, 0, to) - 1;
}

static double worked_out(const mixture *m, int steps, double snr, bool paper)
{
    const double dt = (from - to) / steps, f = paper ? 1 : 1 + 2.0 / D;
    double V = variance(m, 0, from);
    for (int i = 0; i < steps; i++) {
        const double t = from - dt * i, v = variance(m, 0, t), a = snr * v * v / V;
        const double g = m->sde.ops->diffusion(&m->sde, t), drift = m->sde.ops->drift(&m->sde, t);
        const double langevin = 1 - 0.5 * a * f / v, keep = 1 - (drift + g * g / v) * dt;
        V = langevin * langevin * V + a;
        V = keep * keep * V + g * g * dt;
    }
    return V / variance(m, 0, to) - 1;
}

/* One standard error of a variance of N numbers is √(2/N) = 0.4 %. */
static void moments_are_those_of_the_recursion(void **state)
{
    (void)state;
    static const int steps[] = {1, 4, 32};
    mixture m;
    make(&m);
    for (int paper = 0; paper < 2; paper++)
        for (int i = 0; i < COUNT(steps); i++) {
            const double want = worked_out(&m, steps[i], 0.1, paper);
            assert_near(drawn(&m, steps[i], 0.1, paper), want, 4 * sqrt(2.0 / N) * (1 + want));
        }
    rmf_tree_free(m.tree);
}

/* Langevin steps of a fixed size have a bias of their own, snr/4 of the variance; where they shrink
 * with the predictor's, the whole is of weak order 1. */
static void weak_order_is_one(void **state)
{
    (void)state;
    mixture m;
    double error[3];
    make(&m);
    for (int run = 0; run < 3; run++)
        error[run] = drawn(&m, 4 << run, 1.6 / (1 << run), true);
    for (int run = 0; run < 2; run++)
        assert_near(log2(error[run] / error[run + 1]), 1, 0.25);
    assert_near(drawn(&m, 80, 0.1, true), 0.1 / 4, 0.1 / 8);
    rmf_tree_free(m.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_the_recursion),
        cmocka_unit_test(weak_order_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
