/* device/cpu/conv.h – one convolution, and going it by a given way. */
#ifndef DEVICE_CPU_CONV_H
#define DEVICE_CPU_CONV_H

#include "device/cpu/conv_rule.h"
#include "device/cpu/cpu.h"

/* One convolution.  forward: a = x, b = w, to = y; data: a = dy, b = w, to = dx;
 * weights: a = x, b = dy, to = dw.  bias: of y's or dx's channels, or NULL. */
struct rmf_conv_call {
    enum rmf_conv_direction direction;
    const rmf_conv *args;
    const float *a, *b, *bias;
    float *to;
    float beta;
};

/* By a way that rmf_conv_can() allows; the slots take what rmf_conv_choose() says, benchmarks try
 * them all. */
RMF_CHECKED rmf_status rmf_cpu_conv_by(rmf_cpu *cpu, enum rmf_conv_way way,
                                       const struct rmf_conv_call *call);

#endif
