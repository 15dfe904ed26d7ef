/* device/cpu/norm.h – what a sample's channels are multiplied by, for forward and backward. */
#ifndef DEVICE_CPU_NORM_H
#define DEVICE_CPU_NORM_H

#include "ramify/device.h"

#include <stddef.h>

/* to[j] = group_value[j / width]: a value a group becomes a value a channel. */
static inline void rmf_spread_groups(const rmf_group_norm *a, const float *group_value, float *to)
{
    const int64_t width = a->c / a->groups;
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t j = 0; j < width; j++)
            to[g * width + j] = group_value[g];
}

/* What is subtracted from each channel of sample n, whose groups have these means. */
static inline void rmf_norm_centres(const rmf_group_norm *a, int64_t n, const float *mean,
                                    float *to)
{
    rmf_spread_groups(a, mean, to);
    for (int64_t j = 0; a->offset && j < a->c; j++)
        to[j] -= a->offset[n * a->c + j];
}

/* Gain and bias of one sample's channels. */
struct rmf_norm_gain {
    const float *gain, *bias;
};

/* With scale and shift they are the sample's own, (γ·(1 + scale), β·(1 + scale) + shift), and are
 * written to rows[2c]; so scale and shift cost a pass over c numbers, not over p·c. */
static inline struct rmf_norm_gain rmf_norm_fold(const rmf_group_norm *a, int64_t n,
                                                 const float *gamma, const float *beta, float *rows)
{
    const float *scale = a->scale ? a->scale + n * a->c : NULL;
    const float *shift = a->shift ? a->shift + n * a->c : NULL;
    if (!scale && !shift) return (struct rmf_norm_gain){gamma, beta};
    for (int64_t j = 0; j < a->c; j++) {
        const float factor = scale ? 1.0f + scale[j] : 1.0f;
        rows[j] = gamma[j] * factor;
        rows[a->c + j] = beta[j] * factor + (shift ? shift[j] : 0.0f);
    }
    return (struct rmf_norm_gain){rows, rows + a->c};
}

#endif
