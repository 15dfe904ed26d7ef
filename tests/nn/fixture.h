/* tests/nn/fixture.h – a small network on one device, for the tests of the nn room. */
#ifndef TEST_NN_FIXTURE_H
#define TEST_NN_FIXTURE_H

#include "nn/tape.h"
#include "ramify/nn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof(a)[0]))
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        rmf_status assert_ok_status = (call);                                                      \
        if (assert_ok_status != RMF_OK) fail_msg("%s: %s", #call, rmf_message());                  \
    } while (0)

/** Opens each available host device in turn: NULL when there is no further one. */
rmf_device *open_device(int index, const char **name);

/** A rule for parameters that are not all alike. */
static const rmf_init small_normal = {RMF_INIT_NORMAL, 0.5, false};

/** count normal numbers of address `stream`, on the host. */
void fill_normal(float *to, int64_t count, uint64_t stream);
double dot(const float *a, const float *b, int64_t count);

#endif
