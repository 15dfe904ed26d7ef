/* tests/diffusion/check.h – cmocka with doubles. */
#ifndef RMF_TEST_DIFFUSION_CHECK_H
#define RMF_TEST_DIFFUSION_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/** |value − expected| ≤ tolerance, NaN fails; says both. */
#define assert_near(value, expected, tolerance)                                                    \
    do {                                                                                           \
        double near_value = (value), near_expected = (expected), near_limit = (tolerance);         \
        if (!(fabs(near_value - near_expected) <= near_limit))                                     \
            fail_msg("%s is %.10g; expected %.10g ± %.3g", #value, near_value, near_expected,      \
                     near_limit);                                                                  \
    } while (0)

#define assert_ok(expression)                                                                      \
    do {                                                                                           \
        if ((expression) != RMF_OK) fail_msg("%s: %s", #expression, rmf_message());                \
    } while (0)

#endif
