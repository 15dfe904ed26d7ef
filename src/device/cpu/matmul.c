/* device/cpu/matmul.c – the matmul slots: one product on all threads, or a batch or group of small
 * ones, each on one thread. */
#include "device/check.h"
#include "device/cpu/cpu.h"
#include "device/cpu/gemm.h"
#include "device/cpu/kernel.h"
#include "device/cpu/sums.h"
#include "device/ref/ref.h"

static struct rmf_gemm product(const rmf_matmul *s, int64_t i)
{
    return (struct rmf_gemm){
        .m = s->m,
        .n = s->n,
        .k = s->k,
        .transpose_a = s->transpose_a,
        .transpose_b = s->transpose_b,
        .scale = s->scale,
        .beta = s->beta,
        .a = s->a + i * s->stride_a,
        .lda = s->transpose_a ? s->m : s->k,
        .b = s->b + i * s->stride_b,
        .ldb = s->transpose_b ? s->k : s->n,
        .c = s->c + i * s->stride_c,
        .ldc = s->n,
    };
}

/* aᵀ·b sums over rows, which the library may divide among threads. */
static bool multiply_one(const rmf_matmul *s)
{
    const struct rmf_gemm g = product(s, 0);
    if (!s->transpose_a) return rmf_gemm_fixed(&g, s->bias);
    if (!rmf_gemm(&g)) return false;
    if (s->bias) rmf_add_row(g.c, s->m, s->n, s->n, s->bias);
    return true;
}

/* On the calling thread. */
static bool multiply_alone(const rmf_matmul *s, int64_t i)
{
    const struct rmf_gemm g = product(s, i);
    const bool good = rmf_gemm_alone(&g);
    if (s->bias) rmf_add_row(g.c, s->m, s->n, s->n, s->bias);
    return good;
}

static bool multiply_batch(const rmf_matmul *s)
{
    /* a multiplication counts like an element: both are well below a nanosecond */
    const bool large = rmf_is_large(s->batch * s->m, s->n * s->k);
    bool good = true;
#pragma omp parallel for schedule(static) reduction(&& : good) if (large)
    for (int64_t i = 0; i < s->batch; i++)
        good = multiply_alone(s, i) && good;
    return good;
}

rmf_status rmf_cpu_matmul(rmf_device *dev, const rmf_matmul *args)
{
    RMF_TRY(rmf_check_matmul(dev->ops->name, args));
    const bool good = args->batch == 1 ? multiply_one(args) : multiply_batch(args);
    return good ? RMF_OK : rmf_gemm_failed();
}

/* Few products have all threads each, many a thread each; dynamically, as their rows differ. */
rmf_status rmf_cpu_matmul_group(rmf_device *dev, const rmf_matmul *products, int64_t count)
{
    enum { MANY = 16 };
    if (count < MANY) return rmf_ref_matmul_group(dev, products, count);
    int64_t work = 0;
    for (int64_t i = 0; i < count; i++) {
        RMF_TRY(rmf_check_matmul(dev->ops->name, &products[i]));
        work += products[i].batch * products[i].m * products[i].n * products[i].k;
    }
    bool good = true;
#pragma omp parallel for schedule(dynamic, 4) reduction(&& : good) if (rmf_is_large(1, work))
    for (int64_t i = 0; i < count; i++)
        for (int64_t b = 0; b < products[i].batch; b++)
            good = multiply_alone(&products[i], b) && good;
    return good ? RMF_OK : rmf_gemm_failed();
}
