/* tests/device/test_vmath.c – exp, sigmoid and tanh of the cpu kernels against double precision. */
#include "harness.h"

#include "device/cpu/vmath.h"

#include <float.h>

static double relative_error(float found, double expected)
{
    return fabs((double)found - expected) / fabs(expected);
}

static void test_exp(void **state)
{
    (void)state;
    double worst = 0;
    for (double x = -87; x <= 87; x += 0.00037) {
        const float at = (float)x;
        worst = fmax(worst, relative_error(rmf_exp(at), exp(at)));
    }
    assert_true(worst < 2e-7);
    assert_true(rmf_exp(0) == 1.0f);
    assert_true(rmf_exp(-1000) > 0 && rmf_exp(-1000) < 1e-37f); /* clamped, still normal */
    assert_true(isfinite(rmf_exp(1000)) && rmf_exp(1000) > 1e37f);
    assert_true(isnan(rmf_exp(NAN)));
}

static void test_sigmoid(void **state)
{
    (void)state;
    double worst = 0;
    for (double x = -80; x <= 80; x += 0.00041) {
        const float at = (float)x;
        worst = fmax(worst, relative_error(rmf_sigmoid(at), 1 / (1 + exp(-(double)at))));
    }
    assert_true(worst < 3e-7);
}

static void test_tanh(void **state)
{
    (void)state;
    double worst = 0;
    for (double x = -12; x <= 12; x += 0.00013) {
        const float at = (float)x;
        if (at == 0) continue;
        worst = fmax(worst, relative_error(rmf_tanh(at), tanh(at)));
    }
    for (float x = 1; x > 1e-30f; x /= 3)
        worst = fmax(worst, relative_error(rmf_tanh(-x), tanh(-x)));
    assert_true(worst < 3e-7);
    assert_true(rmf_tanh(0) == 0.0f && rmf_tanh(100) == 1.0f && rmf_tanh(-100) == -1.0f);
    assert_true(isnan(rmf_tanh(NAN)));
}

/* Slopes against the closed forms; relu's at its kink is 0. */
static void test_slopes(void **state)
{
    (void)state;
    for (float x = -20; x <= 20; x += 0.01f) {
        const double sigma = 1 / (1 + exp(-(double)x)), th = tanh(x);
        assert_true(fabs(rmf_activation_slope(RMF_SILU, x) - sigma * (1 + x * (1 - sigma))) < 5e-7);
        assert_true(fabs(rmf_activation_slope(RMF_TANH, x) - (1 - th * th)) < 5e-7);
        assert_true(rmf_activation_slope(RMF_IDENTITY, x) == 1.0f);
    }
    assert_true(rmf_activation_slope(RMF_RELU, 0) == 0.0f);
    assert_true(rmf_activation_slope(RMF_RELU, FLT_MIN) == 1.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),
        cmocka_unit_test(test_sigmoid),
        cmocka_unit_test(test_tanh),
        cmocka_unit_test(test_slopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
