/* tests/transmute/test_kept.c – what is kept: correlations, permutations, and strokes. */
#include "transmute/classes.h"

enum { N = 400, F = 4 };

/* Feature 0 is kept with r = 0.6, 1 not at all, 2 reversed, 3 constant. */
static void pairs(float *before, float *after)
{
    static float a[N * F], b[N * F];
    rmf_random_normal(rmf_key_make(1, 1), 0, 0, a, N * F);
    rmf_random_normal(rmf_key_make(2, 1), 0, 0, b, N * F);
    for (int r = 0; r < N; r++) {
        float *x = before + r * F, *y = after + r * F;
        const float *u = a + r * F, *v = b + r * F;
        x[0] = 100 + u[0];
        y[0] = -3 + 7 * (0.6f * u[0] + 0.8f * v[0]);
        x[1] = u[1];
        y[1] = v[1];
        x[2] = u[2];
        y[2] = -2 * u[2];
        x[3] = u[3];
        y[3] = 5;
    }
}

static void correlations_and_their_chance(void **state)
{
    (void)state;
    static float before[N * F], after[N * F];
    rmf_kept kept[F], mean, again[F], mean_again;
    pairs(before, after);
    assert_ok(rmf_kept_features(before, after, N, F, 199, 5, kept, &mean));
    double sxy = 0, sxx = 0, syy = 0, mx = 0, my = 0;
    for (int r = 0; r < N; r++) {
        mx += before[r * F] / (double)N;
        my += after[r * F] / (double)N;
    }
    for (int r = 0; r < N; r++) {
        sxy += (before[r * F] - mx) * (after[r * F] - my);
        sxx += (before[r * F] - mx) * (before[r * F] - mx);
        syy += (after[r * F] - my) * (after[r * F] - my);
    }
    assert_near(kept[0].r, sxy / sqrt(sxx * syy), 1e-4);
    assert_near(kept[0].r, 0.6, 0.12);
    assert_near(kept[0].p, 1.0 / 200, 1e-12); /* none of 199 reaches it */
    assert_near(kept[1].r, 0, 0.2);
    assert_true(kept[1].p > 0.005);
    assert_near(kept[2].r, -1, 1e-5);
    assert_near(kept[2].p, 1, 1e-12); /* one-sided: every pairing is above */
    assert_true(isnan(kept[3].r) && isnan(kept[3].p) && isnan(kept[3].baseline));
    assert_near(mean.r, (kept[0].r + kept[1].r + kept[2].r) / 3, 1e-12);
    for (int i = 0; i < 3; i++)
        assert_near(kept[i].baseline, 0, 4 / sqrt(199.0 * N));
    assert_ok(rmf_kept_features(before, after, N, F, 199, 5, again, &mean_again));
    assert_memory_equal(&mean, &mean_again, sizeof mean);
    assert_ok(rmf_kept_features(before, before, N, F, 99, 5, kept, &mean));
    assert_near(mean.r, 1, 1e-5);
    assert_near(mean.p, 0.01, 1e-12);
}

/* Without a relation p is uniform: over many tables no more than a fair share is small. */
static void chance_gives_small_p_rarely(void **state)
{
    (void)state;
    enum { TABLES = 200, ROWS_HERE = 20 };
    int small = 0;
    for (int k = 0; k < TABLES; k++) {
        float x[2 * ROWS_HERE];
        rmf_kept kept, mean;
        rmf_random_normal(rmf_key_make((uint64_t)k, 3), 0, 0, x, 2 * ROWS_HERE);
        assert_ok(rmf_kept_features(x, x + ROWS_HERE, ROWS_HERE, 1, 99, 1, &kept, &mean));
        small += kept.p <= 0.1;
    }
    assert_in_range(small, 6, 36); /* 20 ± 4 standard deviations */
}

static void too_few_pairs_are_refused(void **state)
{
    (void)state;
    float x[4] = {0};
    rmf_kept kept, mean;
    assert_int_equal(rmf_kept_features(x, x, 2, 1, 99, 1, &kept, &mean), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_kept_features(x, x, 3, 1, 0, 1, &kept, &mean), RMF_ERR_ARGUMENT);
    float constant[4] = {1, 1, 1, 1};
    assert_ok(rmf_kept_features(constant, x, 4, 1, 9, 1, &kept, &mean));
    assert_true(isnan(mean.r));
}

/* A bar of this width, with its axis through the middle at x = 20 + shift·(16 − y), soft edges. */
static void draw_bar(float *ink, double width, double shift)
{
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 40; x++) {
            double left = 20 + shift * (16 - y) - width / 2, right = left + width;
            double covered = fmin(x + 1, right) - fmax(x, left);
            ink[y * 40 + x] = y < 4 || y >= 28 ? 0 : (float)fmin(fmax(covered, 0), 1);
        }
}

static void strokes_of_bars(void **state)
{
    (void)state;
    static const double widths[] = {2, 3.5, 6}, shifts[] = {0, 0.3, -0.5};
    float ink[32 * 40];
    for (int w = 0; w < COUNT(widths); w++)
        for (int k = 0; k < COUNT(shifts); k++) {
            draw_bar(ink, widths[w], shifts[k]);
            rmf_stroke s = rmf_stroke_measure(ink, 32, 40);
            /* across the stroke it is thinner than along a row; its ends count as outline too */
            double width = widths[w] * cos(atan(shifts[k])), area = 24 * widths[w];
            double outline = 2 * (24 / cos(atan(shifts[k])) + widths[w]);
            assert_near(s.area, area, 1e-3);
            assert_near(s.slant, shifts[k], 0.02);
            assert_near(s.thickness, 2 * area / outline, 0.12 * width);
        }
}

static void strokes_that_are_none(void **state)
{
    (void)state;
    float ink[9] = {-1, 0, 0, 0, NAN, 0, 0, 0, 0}, dot[9] = {0, 0, 0, 0, 7, 0, 0, 0, 0};
    rmf_stroke s = rmf_stroke_measure(ink, 3, 3);
    assert_near(s.area, 0, 0);
    assert_true(isnan(s.slant) && isnan(s.thickness));
    s = rmf_stroke_measure(dot, 3, 3);
    assert_near(s.area, 1, 0); /* clipped */
    assert_true(isnan(s.slant) && isfinite(s.thickness));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlations_and_their_chance),
        cmocka_unit_test(chance_gives_small_p_rarely),
        cmocka_unit_test(too_few_pairs_are_refused),
        cmocka_unit_test(strokes_of_bars),
        cmocka_unit_test(strokes_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
