/* tests/eval/fixture.h – samples made in place, and the shortest way to a metric's value. */
#ifndef RMF_TEST_EVAL_FIXTURE_H
#define RMF_TEST_EVAL_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ramify/eval.h"

#define assert_ok(expression)                                                                      \
    do {                                                                                           \
        if ((expression) != RMF_OK) fail_msg("%s: %s", #expression, rmf_message());                \
    } while (0)
#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double left = (a), right = (b);                                                            \
        if (!(fabs(left - right) <= (tolerance)))                                                  \
            fail_msg("%s = %.10g, %s = %.10g", #a, left, #b, right);                               \
    } while (0)

/* n·d standard normal numbers; free with free(). */
static inline float *normal(uint64_t seed, int64_t n, int64_t d)
{
    float *x = malloc((size_t)(n * d) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++)
        rmf_random_normal(rmf_key_make(seed, 1000), (uint64_t)i, 0, x + i * d, (size_t)d);
    return x;
}

static inline rmf_arena *new_arena(void)
{
    rmf_arena *arena = NULL;
    assert_ok(rmf_arena_create(&arena));
    return arena;
}

static inline rmf_status compute(const char *name, const rmf_sample_set *a, const rmf_sample_set *b,
                                 double *value)
{
    const rmf_metric_ops *ops = rmf_metric_find(name);
    assert_non_null(ops);
    return rmf_metric_compute(ops, a, b, value);
}

static inline double metric(const char *name, rmf_sample_set a, rmf_sample_set b)
{
    double value = NAN;
    assert_ok(compute(name, &a, &b, &value));
    return value;
}

#endif
