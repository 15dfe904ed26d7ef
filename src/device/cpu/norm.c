/* device/cpu/norm.c – group norm with its activation, forward (formulas: device/ref/norm.c).
 *
 * A sample is one task: its p·c values stay in the second-level cache for the three passes (mean,
 * squares about the mean, apply).  Sums run a channel at a time, in vectors of channels, and are
 * joined to groups in double. */
#include "device/cpu/norm.h"

#include "device/check.h"
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"
#include "device/cpu/sums.h"
#include "device/cpu/vmath.h"

#include <omp.h>

/* sums[j] = Σ_i (x[i, j] − mean[j])² */
RMF_INLINE void square_sums_body(const float *restrict x, int64_t p, int64_t c,
                                 const float *restrict mean, float *restrict sums)
{
    for (int64_t j = 0; j < c; j++)
        sums[j] = 0;
    int64_t i = 0;
    for (; i + 4 <= p; i += 4) {
        const float *x0 = x + i * c, *x1 = x0 + c, *x2 = x1 + c, *x3 = x2 + c;
#pragma omp simd
        for (int64_t j = 0; j < c; j++) {
            const float d0 = x0[j] - mean[j], d1 = x1[j] - mean[j];
            const float d2 = x2[j] - mean[j], d3 = x3[j] - mean[j];
            sums[j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
        }
    }
    for (; i < p; i++)
#pragma omp simd
        for (int64_t j = 0; j < c; j++) {
            const float d = x[i * c + j] - mean[j];
            sums[j] += d * d;
        }
}
RMF_KERNEL(square_sums, (const float *x, int64_t p, int64_t c, const float *mean, float *sums),
           (x, p, c, mean, sums))

/* y = act((x − mean)·factor + shift), factor = gain·rstd, all a channel */
RMF_INLINE void apply_loop(rmf_activation kind, const float *x, int64_t p, int64_t c,
                           const float *restrict mean, const float *restrict factor,
                           const float *restrict shift, float *y)
{
    for (int64_t i = 0; i < p; i++)
#pragma omp simd
        for (int64_t j = 0; j < c; j++)
            y[i * c + j] = rmf_activate_one(kind, (x[i * c + j] - mean[j]) * factor[j] + shift[j]);
}

RMF_INLINE void apply_body(rmf_activation kind, const float *x, int64_t p, int64_t c,
                           const float *mean, const float *factor, const float *shift, float *y){
    RMF_SPECIALISE(kind, apply_loop, x, p, c, mean, factor, shift,
                   y)} RMF_KERNEL(apply,
                                  (rmf_activation kind, const float *x, int64_t p, int64_t c,
                                   const float *mean, const float *factor, const float *shift,
                                   float *y),
                                  (kind, x, p, c, mean, factor, shift, y))

    /* Mean of each group from sums over its channels. */
    static void group_means(const rmf_group_norm *a, const float *sums, float *means)
{
    const int64_t width = a->c / a->groups;
    for (int64_t g = 0; g < a->groups; g++) {
        double sum = 0;
        for (int64_t j = 0; j < width; j++)
            sum += sums[g * width + j];
        means[g] = (float)(sum / (double)(a->p * width));
    }
}

/* Of sample n; x is its own.  scratch: sums and centres, a row of c each. */
static void moments(const rmf_group_norm *a, int64_t n, const float *x, float *mean, float *rstd,
                    float *scratch)
{
    float *sums = scratch, *channel_mean = scratch + a->c;
    rmf_sum_rows(x, a->p, a->c, a->c, sums, 0);
    for (int64_t j = 0; a->offset && j < a->c; j++)
        sums[j] += (float)a->p * a->offset[n * a->c + j];
    group_means(a, sums, mean);
    rmf_norm_centres(a, n, mean, channel_mean);
    square_sums(x, a->p, a->c, channel_mean, sums);
    group_means(a, sums, rstd);
    for (int64_t g = 0; g < a->groups; g++)
        rstd[g] = 1.0f / sqrtf(rstd[g] + a->epsilon);
}

enum { ROWS = 5 }; /* of c values: sums, mean, factor, then gain and bias with scale and shift */

rmf_status rmf_cpu_group_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                              const float *gamma, const float *beta, float *y, float *mean,
                              float *rstd)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const int64_t c = args->c, p = args->p, groups = args->groups;
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(rmf_cpu_of(dev), RMF_SCRATCH_PRIVATE,
                            (size_t)(omp_get_max_threads() * ROWS * c) * sizeof(float), &block));
#pragma omp parallel for schedule(static) if (rmf_is_large(args->n, p * c))
    for (int64_t n = 0; n < args->n; n++) {
        float *scratch = (float *)block + omp_get_thread_num() * ROWS * c;
        float *channel_mean = scratch + c, *factor = scratch + 2 * c;
        moments(args, n, x + n * p * c, mean + n * groups, rstd + n * groups, scratch);
        const struct rmf_norm_gain g = rmf_norm_fold(args, n, gamma, beta, scratch + 3 * c);
        rmf_spread_groups(args, rstd + n * groups, factor);
        for (int64_t j = 0; j < c; j++)
            factor[j] *= g.gain[j];
        apply(args->activation, x + n * p * c, p, c, channel_mean, factor, g.bias, y + n * p * c);
    }
    return RMF_OK;
}
