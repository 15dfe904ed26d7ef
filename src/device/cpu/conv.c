/* device/cpu/conv.c – the convolution slots: check, choose the way, go it. */
#include "device/cpu/conv.h"

#include "device/check.h"
#include "device/cpu/conv_gemm.h"
#include "device/cpu/cpu.h"
#include "device/cpu/dnnl.h"
#include "device/cpu/kernel.h"

/* With stride 1, y = x ⋆ w is the data gradient of the mirrored convolution, and the other way
 * round: kernel rotated by half a turn, input and output exchanged, padding kh − 1 − pad. */
static rmf_conv mirrored(const rmf_conv *a)
{
    rmf_conv m = *a;
    m.h = a->oh;
    m.w = a->ow;
    m.cin = a->cout;
    m.oh = a->h;
    m.ow = a->w;
    m.cout = a->cin;
    m.pad = (int)a->kh - 1 - a->pad;
    m.w_width = 0;
    return m;
}

/* to[kh−1−ky, kw−1−kx, j, i] = beta·to + from[ky, kx, i, j]; from is [kh, kw, rows, columns]. */
static void rotate_kernel(const rmf_conv *a, int64_t rows, int64_t columns, const float *from,
                          float *to, float beta)
{
    const int64_t count = a->kh * a->kw, size = rows * columns;
    for (int64_t tap = 0; tap < count; tap++)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++) {
                float *at = to + (count - 1 - tap) * size + j * rows + i;
                *at = rmf_blend(beta, at, from[tap * size + i * columns + j]);
            }
}

static rmf_status room_for_weights(rmf_cpu *cpu, const rmf_conv *a, float **out)
{
    const int64_t count = a->kh * a->kw * a->cin * a->cout;
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_WEIGHTS, (size_t)count * sizeof(float), &block));
    *out = block;
    return RMF_OK;
}

/* The weights of the mirrored convolution. */
static rmf_status rotated_weights(rmf_cpu *cpu, const rmf_conv *a, const float *w, float **out)
{
    RMF_TRY(room_for_weights(cpu, a, out));
    rotate_kernel(a, a->cin, a->cout, w, *out, 0);
    return RMF_OK;
}

static rmf_status run_gemm(rmf_cpu *cpu, const struct rmf_conv_call *c)
{
    if (c->direction == RMF_CONV_FORWARD)
        return rmf_conv_gemm_forward(cpu, c->args, c->a, c->b, c->bias, c->to, c->beta);
    if (c->direction == RMF_CONV_DATA)
        return rmf_conv_gemm_data(cpu, c->args, c->a, c->b, c->bias, c->to, c->beta);
    return rmf_conv_gemm_weights(cpu, c->args, c->a, c->b, c->to, c->beta);
}

static rmf_status run_mirrored(rmf_cpu *cpu, const struct rmf_conv_call *c)
{
    float *rotated = NULL;
    const rmf_conv m = mirrored(c->args);
    if (c->direction == RMF_CONV_WEIGHTS) {
        RMF_TRY(room_for_weights(cpu, c->args, &rotated));
        RMF_TRY(rmf_conv_gemm_weights(cpu, &m, c->b, c->a, rotated, 0));
        rotate_kernel(c->args, c->args->cout, c->args->cin, rotated, c->to, c->beta);
        return RMF_OK;
    }
    RMF_TRY(rotated_weights(cpu, c->args, c->b, &rotated));
    return c->direction == RMF_CONV_FORWARD
               ? rmf_conv_gemm_data(cpu, &m, c->a, rotated, c->bias, c->to, c->beta)
               : rmf_conv_gemm_forward(cpu, &m, c->a, rotated, c->bias, c->to, c->beta);
}

rmf_status rmf_cpu_conv_by(rmf_cpu *cpu, enum rmf_conv_way way, const struct rmf_conv_call *call)
{
    const bool empty = call->args->n == 0;
    if (empty && call->direction != RMF_CONV_WEIGHTS) return RMF_OK;
    if (way == RMF_CONV_MIRRORED) return run_mirrored(cpu, call);
    /* the weight gradient of no rows is zeros, which oneDNN does not write */
    if (way == RMF_CONV_GEMM || empty) return run_gemm(cpu, call);
    return rmf_dnnl_conv(cpu, call, way == RMF_CONV_DNNL_BF16);
}

static rmf_status run(rmf_device *dev, const struct rmf_conv_call *call)
{
    RMF_TRY(rmf_check_conv(dev->ops->name, call->args));
    rmf_cpu *cpu = rmf_cpu_of(dev);
    return rmf_cpu_conv_by(cpu, rmf_conv_choose(call->args, call->direction, cpu->conv), call);
}

rmf_status rmf_cpu_conv_forward(rmf_device *dev, const rmf_conv *args, const float *x,
                                const float *w, const float *bias, float *y, float beta)
{
    return run(dev, &(struct rmf_conv_call){RMF_CONV_FORWARD, args, x, w, bias, y, beta});
}

rmf_status rmf_cpu_conv_backward_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                      const float *w, const float *bias_cin, float *dx, float beta)
{
    return run(dev, &(struct rmf_conv_call){RMF_CONV_DATA, args, dy, w, bias_cin, dx, beta});
}

rmf_status rmf_cpu_conv_backward_weights(rmf_device *dev, const rmf_conv *args, const float *x,
                                         const float *dy, float *dw, float beta)
{
    return run(dev, &(struct rmf_conv_call){RMF_CONV_WEIGHTS, args, x, dy, NULL, dw, beta});
}
