/* tests/device/golden.h – reads tests/golden/device.txt, which tools/golden/device.py writes. */
#ifndef TESTS_DEVICE_GOLDEN_H
#define TESTS_DEVICE_GOLDEN_H

#include "harness.h"

enum { GOLDEN_BLOCKS = 128 };

typedef struct golden {
    struct {
        char name[32];
        int64_t count;
        float *values;
    } block[GOLDEN_BLOCKS];
    int blocks;
} golden;

void golden_read(golden *g);
void golden_free(golden *g);
/* The block of this name; fails if there is none or it has another size. */
float *golden_block(const golden *g, const char *name, int64_t count);

#endif
