/* device/cpu/dnnl.h – what the cpu back end asks of oneDNN. */
#ifndef DEVICE_CPU_DNNL_H
#define DEVICE_CPU_DNNL_H

#include "device/cpu/conv.h"
#include "device/cpu/cpu.h"
#include "device/cpu/gemm.h"

RMF_CHECKED rmf_status rmf_dnnl_create(struct rmf_dnnl **out);
void rmf_dnnl_free(struct rmf_dnnl *dnnl); /* NULL is fine */

/* bf16: operands are rounded to it; sums and results are f32. */
RMF_CHECKED rmf_status rmf_dnnl_conv(rmf_cpu *cpu, const struct rmf_conv_call *call, bool bf16);

/* Whether oneDNN computes with vectors of 512 bits here, and whether it multiplies bf16. */
bool rmf_dnnl_is_wide(void);
bool rmf_dnnl_has_bf16(void);

#endif
