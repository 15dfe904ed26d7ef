/* device/cpu/cpu.h – the fast back end of host processors: its state and its slots.
 *
 * A device serves one calling thread at a time; inside a slot it uses all OpenMP threads.
 * Scratch memory grows to the largest need and is kept, so a steady step allocates nothing. */
#ifndef DEVICE_CPU_CPU_H
#define DEVICE_CPU_CPU_H

#include "ramify/device.h"

#include "device/cpu/conv_rule.h"

/* What a scratch block is for; blocks of different names may be in use at once. */
enum rmf_scratch {
    RMF_SCRATCH_COLUMNS, /* im2col matrices */
    RMF_SCRATCH_WEIGHTS, /* weights in another layout */
    RMF_SCRATCH_PRIVATE, /* what oneDNN or each thread needs for itself */
    RMF_SCRATCH_ROUNDED, /* operands in bf16 */
    RMF_SCRATCH_PARTIAL, /* partial sums and results that are still to be added */
    RMF_SCRATCH_COUNT
};

typedef struct rmf_cpu {
    rmf_device base;
    rmf_device_ops ops; /* ref's table first, then this back end's own slots */
    struct {
        void *block;
        size_t bytes;
    } scratch[RMF_SCRATCH_COUNT];
    struct rmf_dnnl *dnnl;
    struct rmf_conv_cpu conv;
    int64_t primitives_made; /* by oneDNN, so far: a steady step makes none */
} rmf_cpu;

extern const rmf_device_kind rmf_cpu_kind;

static inline rmf_cpu *rmf_cpu_of(rmf_device *dev)
{
    return (rmf_cpu *)dev;
}

/* At least `bytes` (≥ 0) of uninitialised memory, valid until the next call with the same name. */
RMF_CHECKED rmf_status rmf_cpu_scratch(rmf_cpu *cpu, enum rmf_scratch which, size_t bytes,
                                       void **out);

/* matmul.c */
rmf_status rmf_cpu_matmul(rmf_device *dev, const rmf_matmul *args);
rmf_status rmf_cpu_matmul_group(rmf_device *dev, const rmf_matmul *products, int64_t count);
/* conv.c */
rmf_status rmf_cpu_conv_forward(rmf_device *dev, const rmf_conv *args, const float *x,
                                const float *w, const float *bias, float *y, float beta);
rmf_status rmf_cpu_conv_backward_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                      const float *w, const float *bias_cin, float *dx, float beta);
rmf_status rmf_cpu_conv_backward_weights(rmf_device *dev, const rmf_conv *args, const float *x,
                                         const float *dy, float *dw, float beta);
/* norm.c */
rmf_status rmf_cpu_group_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                              const float *gamma, const float *beta, float *y, float *mean,
                              float *rstd);
/* norm_grad.c */
rmf_status rmf_cpu_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy,
                                   const rmf_group_norm_grad *to);
/* pointwise.c */
rmf_status rmf_cpu_fill(rmf_device *dev, float *x, float value, int64_t count);
rmf_status rmf_cpu_activation(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                              int64_t count);
rmf_status rmf_cpu_activation_grad(rmf_device *dev, rmf_activation kind, const float *x,
                                   const float *dy, float *dx, float beta, int64_t count);
rmf_status rmf_cpu_axpby(rmf_device *dev, float a, const float *x, float b, float *y,
                         int64_t count);
/* modulate.c */
rmf_status rmf_cpu_scale_shift(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                               const float *scale, const float *shift, float *y);
rmf_status rmf_cpu_scale_shift_grad(rmf_device *dev, int64_t n, int64_t p, int64_t c,
                                    const float *x, const float *scale, const float *dy, float *dx,
                                    float dx_beta, float *dscale, float dscale_beta, float *dshift,
                                    float dshift_beta);
/* sums.c */
rmf_status rmf_cpu_column_sum(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *out,
                              float beta);
rmf_status rmf_cpu_pixel_sum(rmf_device *dev, int64_t n, int64_t p, const float *x, int64_t width,
                             int64_t off, int64_t count, float *out, float beta);
rmf_status rmf_cpu_sum_squares(rmf_device *dev, const float *x, int64_t count, double *out);
/* move.c */
rmf_status rmf_cpu_copy_columns(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                                int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                                int64_t to_off, int64_t count, float beta);
rmf_status rmf_cpu_upsample(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                            const float *x, float *y);
rmf_status rmf_cpu_upsample_grad(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                 const float *dy, float *dx, float beta);
/* softmax.c */
rmf_status rmf_cpu_softmax(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y);
rmf_status rmf_cpu_softmax_grad(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                                const float *dy, float *dx, float beta);
/* adam.c */
rmf_status rmf_cpu_adam(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                        int64_t count);

#endif
