/* tests/train/support.h – a small recipe on the digits that the library carries, and throw-away
 * folders. */
#ifndef RMF_TEST_TRAIN_SUPPORT_H
#define RMF_TEST_TRAIN_SUPPORT_H

#include "ramify/ramify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A network small enough for hundreds of steps a second. */
static const char *const small_recipe[] = {
    "net.widths=8,12",   "net.embedding=16",    "train.batch=16", "train.steps=60",
    "train.log_steps=7", "train.save_steps=20", "train.ema=0.99", "tree.sibling_accuracy=0.7",
    "train.warmup=5",    "train.save_minutes=0"};

static inline char *temporary_folder(void)
{
    char *path = strdup("ramify-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void remove_folder(char *path)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
    free(path);
}

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        rmf_status assert_ok_status = (call);                                                      \
        if (assert_ok_status != RMF_OK) fail_msg("%s: %s", #call, rmf_message());                  \
    } while (0)

/* The status, and that its message holds `part`. */
#define assert_fails(call, status, part)                                                           \
    do {                                                                                           \
        assert_int_equal((call), (status));                                                        \
        if (!strstr(rmf_message(), (part)))                                                        \
            fail_msg("message \"%s\" lacks \"%s\"", rmf_message(), (part));                        \
    } while (0)

#endif
