/* tests/diffusion/test_times.c – training times hit every slice of their density once. */
#include "ramify/diffusion.h"

#include "diffusion/check.h"

enum { ROWS = 101 };

static rmf_sde parse(const char *text)
{
    rmf_sde sde;
    assert_ok(rmf_sde_parse(text, "test", &sde));
    return sde;
}

/* Every slice of [0, 1) in ROWS has one of the quantiles. */
static void assert_stratified(const double *quantile)
{
    int hits[ROWS] = {0};
    for (int r = 0; r < ROWS; r++) {
        int slice = (int)floor(quantile[r] * ROWS);
        assert_in_range(slice, 0, ROWS - 1);
        hits[slice]++;
    }
    for (int r = 0; r < ROWS; r++)
        assert_int_equal(hits[r], 1);
}

static void uniform(void **state)
{
    (void)state;
    rmf_sde sde = parse("vp");
    rmf_key key = rmf_key_make(3, RMF_STREAM_TIME);
    double t[ROWS], again[ROWS], quantile[ROWS];
    int ascending = 0;
    rmf_training_times(&(rmf_time_law){RMF_TIME_UNIFORM, 0, 0, 0.01}, &sde, key, 5, ROWS, t);
    for (int r = 0; r < ROWS; r++) {
        assert_true(t[r] > 0.01 && t[r] <= 1);
        quantile[r] = 1 - (t[r] - 0.01) / 0.99;
        ascending += r > 0 && t[r] > t[r - 1];
    }
    assert_stratified(quantile);
    assert_in_range(ascending, ROWS / 4, 3 * ROWS / 4); /* in random order */
    rmf_training_times(&(rmf_time_law){RMF_TIME_UNIFORM, 0, 0, 0.01}, &sde, key, 5, ROWS, again);
    assert_memory_equal(t, again, sizeof t);
    rmf_training_times(&(rmf_time_law){RMF_TIME_UNIFORM, 0, 0, 0.01}, &sde, key, 6, ROWS, again);
    assert_memory_not_equal(t, again, sizeof t);
}

static void lognormal(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp", "ve", "vegeo:0.0001,1000"};
    for (int p = 0; p < COUNT(processes); p++) {
        rmf_sde sde = parse(processes[p]);
        double t[ROWS], quantile[ROWS], alpha, sigma;
        rmf_training_times(&(rmf_time_law){RMF_TIME_LOGNORMAL, -1, 0.5, 1e-5}, &sde,
                           rmf_key_make(1, 2), 0, ROWS, t);
        for (int r = 0; r < ROWS; r++) {
            sde.ops->kernel(&sde, t[r], &alpha, &sigma);
            quantile[r] = 0.5 * erfc(-(log(sigma / alpha) + 1) / 0.5 / sqrt(2));
        }
        assert_stratified(quantile);
    }
}

static void stays_in_range(void **state)
{
    (void)state;
    rmf_sde sde = parse("vp:0.1,1");
    double t[ROWS];
    rmf_training_times(&(rmf_time_law){RMF_TIME_LOGNORMAL, 0, 50, 0.2}, &sde, rmf_key_make(1, 2), 0,
                       ROWS, t);
    int low = 0, high = 0;
    for (int r = 0; r < ROWS; r++) {
        assert_true(t[r] >= 0.2 && t[r] <= 1);
        low += t[r] == 0.2;
        high += t[r] == 1;
    }
    assert_true(low > 20 && high > 20);
    rmf_training_times(&(rmf_time_law){RMF_TIME_UNIFORM, 0, 0, 0.2}, &sde, rmf_key_make(1, 2), 0, 1,
                       t);
    assert_true(t[0] > 0.2 && t[0] <= 1);
    t[0] = -3;
    rmf_training_times(&(rmf_time_law){RMF_TIME_UNIFORM, 0, 0, 0.2}, &sde, rmf_key_make(1, 2), 0, 0,
                       t);
    assert_near(t[0], -3, 0);
}

static void quantiles_invert(void **state)
{
    (void)state;
    static const rmf_time_law laws[] = {{RMF_TIME_UNIFORM, 0, 0, 0.01},
                                        {RMF_TIME_LOGNORMAL, 0.3, 1.6, 1e-5}};
    rmf_sde sde = parse("vp");
    for (int l = 0; l < COUNT(laws); l++) {
        for (double q = 0.02; q < 0.99; q += 0.03)
            assert_near(rmf_time_quantile(&laws[l], &sde, rmf_time_at(&laws[l], &sde, q)), q, 1e-9);
        const double ends[] = {rmf_time_quantile(&laws[l], &sde, 0),
                               rmf_time_quantile(&laws[l], &sde, 1)};
        assert_near(ends[0], 1 - l, 0);
        assert_near(ends[1], l, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform),
        cmocka_unit_test(lognormal),
        cmocka_unit_test(quantiles_invert),
        cmocka_unit_test(stays_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
