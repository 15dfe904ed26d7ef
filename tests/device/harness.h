/* tests/device/harness.h – runs one slot on ref and on cpu over a table of shapes.
 *
 * check_op() asks of every case: cpu agrees with ref; nothing outside the outputs is written
 * (sentinels); with beta 0 the old content, NaN here, is not read; with beta 1 it is added to;
 * inputs stay as they are; a repeat gives the same bits; and, where promised, so do 1, 2 and 3
 * threads. */
#ifndef TESTS_DEVICE_HARNESS_H
#define TESTS_DEVICE_HARNESS_H

#include "ramify/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MAX_TENSORS = 8, MAX_SIZES = 12 };

typedef struct op_case {
    const char *name; /* names the failing case */
    int64_t size[MAX_SIZES];
} op_case;

/* One slot under test.  `counts` says how many elements each tensor of a case has. */
typedef struct op_test {
    const char *name;
    int inputs, outputs;
    void (*counts)(const int64_t *size, int64_t *inputs, int64_t *outputs);
    rmf_status (*run)(rmf_device *dev, const int64_t *size, float *const *in, float *const *out,
                      float beta);
    float tolerance;  /* of an element, relative to 1 + the largest magnitude of the output */
    bool accumulates; /* takes beta */
    bool in_place;    /* outputs start with values even at beta 0 (adam, gather_grad) */
    bool thread_free; /* the same bits at every thread count */
} op_test;

void check_op(const op_test *op, const op_case *cases, size_t count);
#define CHECK_OP(op, cases) check_op(&(op), cases, sizeof(cases) / sizeof *(cases))

/* Normal numbers, the same for the same arguments. */
void fill_random(float *x, int64_t count, uint64_t sample);
float largest_magnitude(const float *x, int64_t count);
/* Fails, naming `what` and the element, unless |a − b| ≤ tolerance·(1 + largest |b|). */
void assert_close(const char *what, const float *a, const float *b, int64_t count, float tolerance);
rmf_device *open_device(const char *name);

#endif
