/* device/cpu/conv_gemm.h – convolutions by matrix products; nothing is kept for a shape. */
#ifndef DEVICE_CPU_CONV_GEMM_H
#define DEVICE_CPU_CONV_GEMM_H

#include "device/cpu/cpu.h"

RMF_CHECKED rmf_status rmf_conv_gemm_forward(rmf_cpu *cpu, const rmf_conv *a, const float *x,
                                             const float *w, const float *bias, float *y,
                                             float beta);
RMF_CHECKED rmf_status rmf_conv_gemm_data(rmf_cpu *cpu, const rmf_conv *a, const float *dy,
                                          const float *w, const float *bias_cin, float *dx,
                                          float beta);
RMF_CHECKED rmf_status rmf_conv_gemm_weights(rmf_cpu *cpu, const rmf_conv *a, const float *x,
                                             const float *dy, float *dw, float beta);

#endif
