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
/** The same formula as in tools/golden/nn.py: sin(0.37·i·(1 + 0.1·s) + s). */
void fill_value(float *to, int64_t count, int s);

/** tests/golden/nn.txt in memory; free with free(). */
char *golden_read(void);
/** Fails unless x[count] equals the golden values of `key` within 1e-5 of their largest. */
void golden_compare(const char *text, const char *key, const float *x, int64_t count);

/* One tape on the plain device. */
struct fixture {
    rmf_device *dev;
    rmf_params *params;
    rmf_tape *t;
};
struct fixture open_tape(int64_t bank_rows, bool training);
void close_tape(struct fixture *f);
/** Fails unless the thread's last message contains `words`. */
void assert_message(const char *words);

/* Nodes of a tape `t` with their shape as the last arguments. */
#define INPUT(...) rmf_input(t, "x", COUNT(((int64_t[]){__VA_ARGS__})), (int64_t[]){__VA_ARGS__})
#define PARAMETER(name, ...)                                                                       \
    rmf_parameter(t, name, COUNT(((int64_t[]){__VA_ARGS__})), (int64_t[]){__VA_ARGS__},            \
                  small_normal)
#define BANK(name, ...)                                                                            \
    rmf_bank(t, name, COUNT(((int64_t[]){__VA_ARGS__})), (int64_t[]){__VA_ARGS__}, small_normal)

#endif
