/* device/cpu/dnnl.h – what the cpu back end asks of oneDNN. */
#ifndef DEVICE_CPU_DNNL_H
#define DEVICE_CPU_DNNL_H

#include "device/cpu/conv_rule.h"
#include "device/cpu/cpu.h"
#include "device/cpu/gemm.h"

RMF_CHECKED rmf_status rmf_dnnl_create(struct rmf_dnnl **out);
void rmf_dnnl_free(struct rmf_dnnl *dnnl); /* NULL is fine */

/* One convolution.  forward: a = x, b = w, to = y; data: a = dy, b = w, to = dx;
 * weights: a = x, b = dy, to = dw.  bias: of y's or dx's channels, or NULL. */
struct rmf_dnnl_conv {
    enum rmf_conv_direction direction;
    const rmf_conv *args;
    const float *a, *b, *bias;
    float *to;
    float beta;
};
RMF_CHECKED rmf_status rmf_dnnl_conv(rmf_cpu *cpu, const struct rmf_dnnl_conv *call);

#endif
