/* device/cpu/conv_rule.h – which way a convolution goes. */
#ifndef DEVICE_CPU_CONV_RULE_H
#define DEVICE_CPU_CONV_RULE_H

#include "ramify/device.h"

enum rmf_conv_direction { RMF_CONV_FORWARD, RMF_CONV_DATA, RMF_CONV_WEIGHTS };
enum rmf_conv_way {
    RMF_CONV_DNNL,     /* a primitive of oneDNN, made for this shape and kept */
    RMF_CONV_GEMM,     /* im2col and matrix products: nothing is made for a shape */
    RMF_CONV_MIRRORED, /* stride 1: GEMM of the mirrored convolution, input and output exchanged */
    RMF_CONV_DNNL_BF16 /* as the first, with operands rounded to bf16 */
};

/* What the processor can. */
struct rmf_conv_cpu {
    bool wide; /* vectors of 512 bits */
    bool bf16; /* multiplies bf16 */
};

/* A fixed rule of shape, direction, type and processor: the same on every run. */
enum rmf_conv_way rmf_conv_choose(const rmf_conv *args, enum rmf_conv_direction direction,
                                  struct rmf_conv_cpu cpu);

/* Whether the convolution can go this way at all. */
bool rmf_conv_can(const rmf_conv *args, enum rmf_conv_way way, struct rmf_conv_cpu cpu);

/* Whether the convolution is a plain matrix product of pixels and channels. */
static inline bool rmf_conv_is_pointwise(const rmf_conv *a)
{
    return a->kh == 1 && a->kw == 1 && a->stride == 1 && a->pad == 0 && a->oh == a->h &&
           a->ow == a->w;
}

#endif
