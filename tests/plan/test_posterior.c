/* tests/plan/test_posterior.c – draws of x0 against the weights they should follow. */
#include "support.h"

#include "plan/posterior.h"

enum { OBJECTS = 1200, STATES = 40000 };

typedef struct fixture {
    float x[OBJECTS];
    int64_t start[3], row[OBJECTS];
    double square[OBJECTS];
    rmf_pool pool;
} fixture;

/* One feature; class 0 has 1000 objects, more than a tile, class 1 the rest; rows lie backwards. */
static void setup(fixture *f)
{
    for (int i = 0; i < OBJECTS; i++) {
        f->row[i] = OBJECTS - 1 - i;
        f->x[f->row[i]] = (float)i / 200;
        f->square[i] = (double)f->x[f->row[i]] * f->x[f->row[i]];
    }
    f->start[0] = 0;
    f->start[1] = 1000;
    f->start[2] = OBJECTS;
    f->pool = (rmf_pool){f->x, 1, 2, f->start, f->row, f->square};
}

static void frequencies_follow_the_weights(void **state)
{
    (void)state;
    static const int groups[][2] = {{0, 1}, {0, -1}, {1, -1}};
    static const double levels[][3] = {{1, 2, 3}, {0.7, 0.8, 1.5}, {0.5, 30, -4}, {1, 0.3, 4.99}};
    static fixture f;
    static float x[STATES];
    static int64_t place[STATES];
    setup(&f);
    for (int g = 0; g < COUNT(groups); g++)
        for (int l = 0; l < COUNT(levels); l++) {
            const double alpha = levels[l][0], sigma = levels[l][1], at = levels[l][2];
            const rmf_posterior p = {&f.pool, groups[g], groups[g][1] < 0 ? 1 : 2,
                                     alpha,   sigma,     rmf_key_make(3, (uint64_t)(10 * g + l))};
            double mean = 0, square = 0, total = 0, seen = 0;
            const int first = groups[g][0] == 1 ? 1000 : 0;
            const int last = groups[g][0] == 0 && groups[g][1] < 0 ? 1000 : OBJECTS;
            for (int i = first; i < last; i++) {
                const double away = (at - alpha * i / 200) / sigma, w = exp(-0.5 * away * away);
                total += w;
                mean += w * i / 200;
                square += w * i / 200 * i / 200;
            }
            mean /= total;
            for (int k = 0; k < STATES; k++)
                x[k] = (float)at;
            OK(rmf_posterior_draw(&p, x, STATES, place));
            for (int k = 0; k < STATES; k++) {
                assert_in_range(place[k], first, last - 1);
                seen += place[k] / 200.0 / STATES;
            }
            /* 4.5 standard errors: one in 10⁵ */
            NEAR(seen, mean, 4.5 * sqrt((square / total - mean * mean) / STATES) + 1e-9);
        }
}

static void without_noise_the_nearest_is_taken(void **state)
{
    (void)state;
    static fixture f;
    const int both[] = {0, 1};
    const float x[] = {-1, 0.012f, 2.501f, 5.2f, 77};
    const int64_t expected[] = {0, 2, 500, 1040, 1199};
    int64_t place[5];
    setup(&f);
    const rmf_posterior p = {&f.pool, both, 2, 1, 0, rmf_key_make(1, 1)};
    OK(rmf_posterior_draw(&p, x, 5, place));
    for (int k = 0; k < 5; k++)
        assert_int_equal(place[k], expected[k]);
}

static void the_same_key_draws_the_same(void **state)
{
    (void)state;
    static fixture f;
    const int both[] = {0, 1};
    float x[64];
    int64_t one[64], two[64], three[64];
    int different = 0;
    setup(&f);
    for (int k = 0; k < 64; k++)
        x[k] = 3;
    rmf_posterior p = {&f.pool, both, 2, 1, 1, rmf_key_make(1, 1)};
    OK(rmf_posterior_draw(&p, x, 64, one));
    OK(rmf_posterior_draw(&p, x, 64, two));
    p.key = rmf_key_make(2, 1);
    OK(rmf_posterior_draw(&p, x, 64, three));
    assert_memory_equal(one, two, sizeof one);
    for (int k = 0; k < 64; k++)
        different += one[k] != three[k];
    assert_true(different > 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frequencies_follow_the_weights),
        cmocka_unit_test(without_noise_the_nearest_is_taken),
        cmocka_unit_test(the_same_key_draws_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
