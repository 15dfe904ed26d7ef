/* device/cpu/dnnl.h – what the cpu back end asks of oneDNN. */
#ifndef DEVICE_CPU_DNNL_H
#define DEVICE_CPU_DNNL_H

#include "device/cpu/conv.h"
#include "device/cpu/cpu.h"
#include "device/cpu/gemm.h"

RMF_CHECKED rmf_status rmf_dnnl_create(struct rmf_dnnl **out);
void rmf_dnnl_free(struct rmf_dnnl *dnnl); /* NULL is fine */

RMF_CHECKED rmf_status rmf_dnnl_conv(rmf_cpu *cpu, const struct rmf_conv_call *call);

#endif
