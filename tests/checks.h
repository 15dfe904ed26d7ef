/* tests/checks.h – cmocka, and the short checks that tests of several rooms use. */
#ifndef RMF_TESTS_CHECKS_H
#define RMF_TESTS_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ramify/core.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define NEAR(a, b, tolerance)                                                                      \
    do {                                                                                           \
        double near_a = (a), near_b = (b);                                                         \
        if (!(fabs(near_a - near_b) <= (tolerance)))                                               \
            fail_msg("%.12g is not within %g of %.12g", near_a, (double)(tolerance), near_b);      \
    } while (0)
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != RMF_OK) fail_msg("%s", rmf_message());                                       \
    } while (0)

/* A message must hold a text. */
static inline void assert_says(const char *text)
{
    if (strstr(rmf_message(), text) == NULL)
        fail_msg("expected \"%s\" in: %s", text, rmf_message());
}

/* A folder for files, in *state. */
static inline int folder_make(void **state)
{
    char folder[] = "/tmp/rmf-test-XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
    *state = strdup(folder);
    return *state == NULL;
}

static inline int folder_remove(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0;
}

#endif
