/* device/cpu/bf16.h – rounding to bf16: an f32 without its low 16 bits. */
#ifndef DEVICE_CPU_BF16_H
#define DEVICE_CPU_BF16_H

#include <stdint.h>

/* To the nearest, ties to even; NaN stays NaN.  On all threads. */
void rmf_to_bf16(const float *from, uint16_t *to, int64_t count);

#endif
