/* device/cpu/norm_grad.c – group norm with its activation, backward (formulas: device/ref/norm.c).
 *
 * A sample is one task.  Its first pass works out dv = dy·act′(v) into scratch and sums dv and
 * dv·x̂ a channel; the second turns dv into dx.  Scale and shift are folded into the sample's gain
 * and bias, an offset into its means, and their gradients follow from the same sums.  dγ and dβ add
 * the samples' sums in order of the samples, so they are the same bits at every thread count. */
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
    const float *x, *dy, *gain, *bias; /* v = gain·x̂ + bias */
    float *mean, *rstd;                /* a channel */
    float *dv;                         /* [p, c] */
    float *sum_hat, *sum;              /* Σ dv·x̂, Σ dv */
    float *factor, *offset, *slope;    /* dx = factor·dv − offset − slope·x̂ */
    float *sum_x;
    int64_t p, c;
};

RMF_INLINE void first_loop(rmf_activation kind, const struct sample *s)
{
    const int64_t c = s->c;
    const float *restrict mean = s->mean, *restrict rstd = s->rstd;
    const float *restrict gain = s->gain, *restrict bias = s->bias;
    float *restrict sum_hat = s->sum_hat, *restrict sum = s->sum;
    for (int64_t i = 0; i < s->p; i++) {
        const float *restrict x = s->x + i * c, *restrict dy = s->dy + i * c;
        float *restrict dv = s->dv + i * c;
#pragma omp simd
        for (int64_t j = 0; j < c; j++) {
            const float hat = (x[j] - mean[j]) * rstd[j];
            const float d = dy[j] * rmf_activation_slope(kind, hat * gain[j] + bias[j]);
            dv[j] = d;
            sum[j] += d;
            sum_hat[j] += d * hat;
        }
    }
}

RMF_INLINE void first_pass_body(rmf_activation kind, const struct sample *s)
{
    for (int64_t j = 0; j < s->c; j++)
        s->sum_hat[j] = s->sum[j] = 0;
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
        const float *x = s->x + i * c, *dv = s->dv + i * c;
        float *to = dx + i * c;
        if (beta == 0) {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = factor[j] * dv[j] - offset[j] - slope[j] * ((x[j] - mean[j]) * rstd[j]);
        } else {
#pragma omp simd
            for (int64_t j = 0; j < c; j++)
                to[j] = beta * to[j] +
                        (factor[j] * dv[j] - offset[j] - slope[j] * ((x[j] - mean[j]) * rstd[j]));
        }
    }
}
RMF_KERNEL(second_pass, (const struct sample *s, float *dx, float beta), (s, dx, beta))

/* factor = rstd·gain, offset = rstd·⟨gain·dv⟩, slope = rstd·⟨gain·dv·x̂⟩ */
static void coefficients(const rmf_group_norm *a, const struct sample *s)
{
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    for (int64_t first = 0; first < a->c; first += width) {
        double mean_g = 0, mean_gx = 0;
        for (int64_t j = first; j < first + width; j++) {
            mean_g += (double)s->gain[j] * s->sum[j] / count;
            mean_gx += (double)s->gain[j] * s->sum_hat[j] / count;
        }
        for (int64_t j = first; j < first + width; j++) {
            s->factor[j] = s->rstd[j] * s->gain[j];
            s->offset[j] = (float)(s->rstd[j] * mean_g);
            s->slope[j] = (float)(s->rstd[j] * mean_gx);
        }
    }
}

enum { ROWS = 8 }; /* of c values: mean, rstd, factor, offset, slope, Σ x, gain, bias; then dv */

static void lay_out(struct sample *s, float *scratch)
{
    s->mean = scratch;
    s->rstd = scratch + s->c;
    s->factor = scratch + 2 * s->c;
    s->offset = scratch + 3 * s->c;
    s->slope = scratch + 4 * s->c;
    s->sum_x = scratch + 5 * s->c;
    s->dv = scratch + ROWS * s->c;
}

/* A group norm's gradient and the parameters it is taken at. */
struct call {
    const rmf_group_norm *args;
    const float *gamma, *beta, *mean, *rstd;
    const rmf_group_norm_grad *to;
};

/* doffset: dx summed over the pixels, without making it. */
static void offset_gradient(const struct call *call, int64_t n, const struct sample *s)
{
    const rmf_group_norm_grad *to = call->to;
    const double p = (double)s->p;
    rmf_sum_rows(s->x, s->p, s->c, s->c, s->sum_x, 0);
    for (int64_t j = 0; j < s->c; j++) {
        const int64_t at = n * s->c + j;
        const double hats = (s->sum_x[j] - p * s->mean[j]) * s->rstd[j];
        const double sum = (double)s->factor[j] * s->sum[j] - p * s->offset[j] - s->slope[j] * hats;
        to->doffset[at] = rmf_blend(to->doffset_beta, &to->doffset[at], (float)sum);
    }
}

static void sample_gradient(const struct call *call, int64_t n, struct sample *s, float *scratch)
{
    const rmf_group_norm *a = call->args;
    lay_out(s, scratch);
    const struct rmf_norm_gain g =
        rmf_norm_fold(a, n, call->gamma, call->beta, scratch + (ROWS - 2) * s->c);
    s->gain = g.gain;
    s->bias = g.bias;
    rmf_norm_centres(a, n, call->mean + n * a->groups, s->mean);
    rmf_spread_groups(a, call->rstd + n * a->groups, s->rstd);
    first_pass(a->activation, s);
    if (!call->to->dx && !call->to->doffset) return;
    coefficients(a, s);
    if (call->to->doffset) offset_gradient(call, n, s);
    if (!call->to->dx) return;
    second_pass(s, call->to->dx + n * s->p * s->c, call->to->dx_beta);
}

/* dshift and dscale from the sample's sums, which then become its part of dβ and dγ. */
static void modulation_gradient(const struct call *call, int64_t n, const struct sample *s)
{
    const rmf_group_norm_grad *to = call->to;
    for (int64_t j = 0; j < s->c; j++) {
        const int64_t at = n * s->c + j;
        const float factor = call->args->scale ? 1.0f + call->args->scale[at] : 1.0f;
        const float dscale = call->gamma[j] * s->sum_hat[j] + call->beta[j] * s->sum[j];
        if (to->dshift) to->dshift[at] = rmf_blend(to->dshift_beta, &to->dshift[at], s->sum[j]);
        if (to->dscale) to->dscale[at] = rmf_blend(to->dscale_beta, &to->dscale[at], dscale);
        s->sum[j] *= factor;
        s->sum_hat[j] *= factor;
    }
}

rmf_status rmf_cpu_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy,
                                   const rmf_group_norm_grad *to)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const struct call call = {args, gamma, beta, mean, rstd, to};
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
                           .sum_hat = partial + n * 2 * c,
                           .sum = partial + (n * 2 + 1) * c,
                           .p = args->p,
                           .c = c};
        sample_gradient(&call, n, &s, (float *)block + omp_get_thread_num() * per_thread);
        if (args->scale || args->shift) modulation_gradient(&call, n, &s);
    }
    if (to->dgamma) rmf_sum_rows(partial, args->n, 2 * c, c, to->dgamma, to->dgamma_beta);
    if (to->dbeta) rmf_sum_rows(partial + c, args->n, 2 * c, c, to->dbeta, to->dbeta_beta);
    return RMF_OK;
}
