/* tests/tree/test_rho.c – ρ(r, d) and the normal quantile against mpmath (tools/golden/rho.py). */
#include "support.h"

static void test_golden(void **state)
{
    (void)state;
    FILE *file = fopen(RMF_GOLDEN "/rho.txt", "r");
    char line[200];
    int values = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        double r, expected;
        long d;
        if (sscanf(line, "rho %lf %ld %lf", &r, &d, &expected) == 3) {
            NEAR(rmf_rho(r, d) / expected, 1, 1e-13);
            NEAR(rmf_rho(-r, d) / expected, -1, 1e-13);
            values++;
        } else if (sscanf(line, "quantile %lf %lf", &r, &expected) == 2) {
            NEAR(rmf_normal_quantile(r), expected, 1e-13 * fabs(expected) + 2e-16 / fmin(r, 1 - r));
            values++;
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(values, 376);
}

/* d = 1: ρ is the mean sign of r + z; d = 3: Langevin-like closed form in erf. */
static void test_closed_forms(void **state)
{
    (void)state;
    for (double r = 1e-4; r < 30; r *= 1.07) {
        double e = erf(r / sqrt(2)), g = sqrt(2 / 3.14159265358979323846) * exp(-0.5 * r * r);
        NEAR(rmf_rho(r, 1), e, 5e-15);
        if (r > 0.1) NEAR(rmf_rho(r, 3), e * (1 - 1 / (r * r)) + g / r, 1e-12);
    }
}

/* Monotone in r, falling with d, close to r/√(r² + d) when d is large. */
static void test_shape(void **state)
{
    (void)state;
    static const int64_t dims[] = {1, 2, 5, 19, 20, 50, 1000, 100000};
    for (int k = 0; k < COUNT(dims); k++) {
        double last = 0;
        for (double r = 1e-4; r < 1e6; r *= 1.3) {
            double rho = rmf_rho(r, dims[k]);
            assert_true(rho > last * (1 - 1e-14) && rho > 0 && rho <= 1);
            if (k > 0) assert_true(rho <= rmf_rho(r, dims[k - 1]) * (1 + 1e-14));
            double d = (double)dims[k];
            if (d >= 1000) NEAR(rho * sqrt(r * r + d) / r, 1, 1 / d);
            last = rho;
        }
    }
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(rmf_rho(0, 5) == 0);
    assert_true(rmf_rho(INFINITY, 5) == 1);
    assert_true(rmf_rho(-INFINITY, 5) == -1);
    assert_true(rmf_rho(1e300, 5) <= 1 && rmf_rho(1e300, 5) > 1 - 1e-14);
    assert_true(isnan(rmf_rho(NAN, 5)));
    assert_true(isnan(rmf_rho(1, 0)));
    assert_true(isnan(rmf_rho(1, -3)));
    NEAR(rmf_rho(1e-300, 1) / 1e-300, sqrt(2 / 3.14159265358979323846), 1e-14);
    NEAR(rmf_rho(1, INT64_MAX) * sqrt(9.223372036854775807e18), 1, 1e-12);
    assert_true(isinf(rmf_normal_quantile(0)) && rmf_normal_quantile(0) < 0);
    assert_true(isinf(rmf_normal_quantile(1)) && rmf_normal_quantile(1) > 0);
    assert_true(isnan(rmf_normal_quantile(-0.1)));
    assert_true(isnan(rmf_normal_quantile(1.1)));
    assert_true(isnan(rmf_normal_quantile(NAN)));
    NEAR(rmf_normal_quantile(0.5), 0, 1e-16);
    NEAR(rmf_normal_quantile(5e-324), -38.4674, 1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
