/* device/cpu/norm_grad.c – group norm with its activation, backward (formulas: device/ref/norm.c).
 *
 * A sample is one task.  Its first pass works out du = dy·act′(u) into scratch and sums du and
 * du·x̂ a channel; the second turns du into dx.  dγ and dβ add the samples' sums in order of the
 * samples, so they are the same bits at every thread count. */
#include "device/check.h"
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"
#include "device/cpu/norm.h"
#include "device/cpu/sums.h"
#include "device/cpu/vmath.h"

#include <omp.h>
#include <stddef.h>

/* One sample; every pointer but x, dy, du is a row of c values. */
struct sample {
    const float *x, *dy, *gamma, *beta;
    float *mean, *rstd;             /* a channel */
    float *du;                      /* [p, c] */
    float *sum_gamma, *sum_beta;    /* Σ du·x̂, Σ du */
    float *factor, *offset, *slope; /* dx = factor·du − offset − slope·x̂ */
    int64_t p, c;
};

RMF_INLINE void first_loop(rmf_activation kind, const struct sample *s)
{
    const int64_t c = s->c;
    const float *restrict mean = s->mean, *restrict rstd = s->rstd;
    const float *restrict gamma = s->gamma, *restrict beta = s->beta;
    float *restrict sum_gamma = s->sum_gamma, *restrict sum_beta = s->sum_beta;
    for (int64_t i = 0; i < s->p; i++) {
        const float *restrict x = s->x + i * c, *restrict dy = s->dy + i * c;
        float *restrict du = s->du + i * c;
#pragma omp simd
        for (int64_t j = 0; j < c; j++) {
            const float hat = (x[j] - mean[j]) * rstd[j];
            const float d = dy[j] * rmf_activation_slope(kind, hat * gamma[j] + beta[j]);
            du[j] = d;
            sum_beta[j] += d;
            sum_gamma[j] += d * hat;
        }
    }
}

RMF_INLINE void first_pass_body(rmf_activation kind, const struct sample *s)
{
    for (int64_t j = 0; j < s->c; j++)
        s->sum_gamma[j] = s->sum_beta[j] = 0;
    RMF_SPECIALISE(kind, first_loop, s)
}
RMF_KERNEL(first_pass, (rmf_activation kind, const struct sample *s), (kind, s))

RMF_INLINE void second_pass_body(const struct sample *s, float *dx, float beta)
{
    const int64_t c = s->c;
    const float *restrict mean = s->mean, *restrict rstd = s->rstd;
    const float *restrict factor = s->factor, *restrict offset = s->offset;
    const float *restrict slope = s->slope;
    for (int64_t i = 0; i < s->p; i++) {
        const float *x = s->x + i * c, *du = s->du + i * c;
        float *to = dx + i * c;
        if (beta == 0) {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = factor[j] * du[j] - offset[j] - slope[j] * ((x[j] - mean[j]) * rstd[j]);
        } else {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = beta * to[j] +
                        (factor[j] * du[j] - offset[j] - slope[j] * ((x[j] - mean[j]) * rstd[j]));
        }
    }
}
RMF_KERNEL(second_pass, (const struct sample *s, float *dx, float beta), (s, dx, beta))

/* factor = rstd·γ, offset = rstd·⟨γ·du⟩, slope = rstd·⟨γ·du·x̂⟩ */
static void coefficients(const rmf_group_norm *a, const struct sample *s)
{
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    for (int64_t first = 0; first < a->c; first += width) {
        double mean_g = 0, mean_gx = 0;
        for (int64_t j = first; j < first + width; j++) {
            mean_g += (double)s->gamma[j] * s->sum_beta[j] / count;
            mean_gx += (double)s->gamma[j] * s->sum_gamma[j] / count;
        }
        for (int64_t j = first; j < first + width; j++) {
            s->factor[j] = s->rstd[j] * s->gamma[j];
            s->offset[j] = (float)(s->rstd[j] * mean_g);
            s->slope[j] = (float)(s->rstd[j] * mean_gx);
        }
    }
}

enum { ROWS = 5 }; /* of c values: mean, rstd, factor, offset, slope; du follows them */

static void lay_out(struct sample *s, float *scratch)
{
    s->mean = scratch;
    s->rstd = scratch + s->c;
    s->factor = scratch + 2 * s->c;
    s->offset = scratch + 3 * s->c;
    s->slope = scratch + 4 * s->c;
    s->du = scratch + ROWS * s->c;
}

rmf_status rmf_cpu_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy, float *dx, float dx_beta,
                                   float *dgamma, float *dbeta, float param_beta)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const int64_t c = args->c, size = args->p * c, per_thread = size + ROWS * c;
    void *block = NULL, *partial_block = NULL;
    RMF_TRY(rmf_cpu_scratch(rmf_cpu_of(dev), RMF_SCRATCH_PRIVATE,
                            (size_t)(omp_get_max_threads() * per_thread) * sizeof(float), &block));
    RMF_TRY(rmf_cpu_scratch(rmf_cpu_of(dev), RMF_SCRATCH_PARTIAL,
                            (size_t)(args->n * 2 * c) * sizeof(float), &partial_block));
    float *partial = partial_block;
#pragma omp parallel for schedule(static) if (rmf_is_large(args->n, size))
    for (int64_t n = 0; n < args->n; n++) {
        struct sample s = {.x = x + n * size,
                           .dy = dy + n * size,
                           .gamma = gamma,
                           .beta = beta,
                           .sum_gamma = partial + n * 2 * c,
                           .sum_beta = partial + (n * 2 + 1) * c,
                           .p = args->p,
                           .c = c};
        lay_out(&s, (float *)block + omp_get_thread_num() * per_thread);
        rmf_spread_groups(args, mean + n * args->groups, s.mean);
        rmf_spread_groups(args, rstd + n * args->groups, s.rstd);
        first_pass(args->activation, &s);
        if (!dx) continue;
        coefficients(args, &s);
        second_pass(&s, dx + n * size, dx_beta);
    }
    if (dgamma) rmf_sum_rows(partial, args->n, 2 * c, c, dgamma, param_beta);
    if (dbeta) rmf_sum_rows(partial + c, args->n, 2 * c, c, dbeta, param_beta);
    return RMF_OK;
}
