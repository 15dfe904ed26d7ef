/* device/cpu/cpu.c – the cpu back end: ref's table with faster slots. */
#include "device/cpu/cpu.h"

#include "device/cpu/dnnl.h"
#include "device/cpu/signals.h"
#include "device/ref/ref.h"

/* A bank's pieces have few samples now and many later: what they need is mostly below this. */
#define LEAST_SCRATCH ((size_t)1 << 18)

rmf_status rmf_cpu_scratch(rmf_cpu *cpu, enum rmf_scratch which, size_t bytes, void **out)
{
    if (bytes > cpu->scratch[which].bytes) {
        if (bytes < LEAST_SCRATCH) bytes = LEAST_SCRATCH;
        rmf_free(cpu->scratch[which].block);
        cpu->scratch[which].block = NULL;
        cpu->scratch[which].bytes = 0;
        RMF_TRY(rmf_alloc(bytes, 1, &cpu->scratch[which].block));
        cpu->scratch[which].bytes = bytes;
    }
    *out = cpu->scratch[which].block;
    return RMF_OK;
}

static void fill_table(rmf_device_ops *ops)
{
    *ops = rmf_ref_ops; /* memory and gather stay: they are copies already */
    ops->name = rmf_cpu_kind.name;
    ops->summary = rmf_cpu_kind.summary;
    ops->fill = rmf_cpu_fill;
    ops->matmul = rmf_cpu_matmul;
    ops->matmul_group = rmf_cpu_matmul_group;
    ops->conv_forward = rmf_cpu_conv_forward;
    ops->conv_backward_data = rmf_cpu_conv_backward_data;
    ops->conv_backward_weights = rmf_cpu_conv_backward_weights;
    ops->group_norm = rmf_cpu_group_norm;
    ops->group_norm_grad = rmf_cpu_group_norm_grad;
    ops->activation = rmf_cpu_activation;
    ops->activation_grad = rmf_cpu_activation_grad;
    ops->axpby = rmf_cpu_axpby;
    ops->scale_shift = rmf_cpu_scale_shift;
    ops->scale_shift_grad = rmf_cpu_scale_shift_grad;
    ops->column_sum = rmf_cpu_column_sum;
    ops->copy_columns = rmf_cpu_copy_columns;
    ops->pixel_sum = rmf_cpu_pixel_sum;
    ops->upsample = rmf_cpu_upsample;
    ops->upsample_grad = rmf_cpu_upsample_grad;
    ops->softmax = rmf_cpu_softmax;
    ops->softmax_grad = rmf_cpu_softmax_grad;
    ops->adam = rmf_cpu_adam;
    ops->sum_squares = rmf_cpu_sum_squares;
}

static void close_cpu(rmf_device *dev)
{
    rmf_cpu *cpu = rmf_cpu_of(dev);
    rmf_dnnl_free(cpu->dnnl);
    for (int i = 0; i < RMF_SCRATCH_COUNT; i++)
        rmf_free(cpu->scratch[i].block);
    rmf_free(cpu);
}

static rmf_status open_cpu(rmf_device **out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_cpu), &block));
    rmf_cpu *cpu = block;
    fill_table(&cpu->ops);
    cpu->base.ops = &cpu->ops;
    cpu->base.side_by_side = true;
    cpu->conv = (struct rmf_conv_cpu){.wide = rmf_dnnl_is_wide(), .bf16 = rmf_dnnl_has_bf16()};
    cpu->base.bf16 = cpu->conv.bf16;
    rmf_status status = rmf_dnnl_create(&cpu->dnnl);
    if (status != RMF_OK) {
        close_cpu(&cpu->base);
        return status;
    }
    rmf_signals_spare_workers();
    *out = &cpu->base;
    return RMF_OK;
}

static bool available(char *why_not, size_t size)
{
    (void)why_not;
    (void)size;
    return true;
}

const rmf_device_kind rmf_cpu_kind = {
    .name = "cpu",
    .summary = "all cores of this machine: oneDNN, BLAS and vector kernels",
    .available = available,
    .open = open_cpu,
    .close = close_cpu,
};
