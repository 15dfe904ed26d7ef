/* device/cpu/norm.h – a sample's statistics spread over its channels, for forward and backward. */
#ifndef DEVICE_CPU_NORM_H
#define DEVICE_CPU_NORM_H

#include "ramify/device.h"

/* to[j] = group_value[j / width]: a value a group becomes a value a channel. */
static inline void rmf_spread_groups(const rmf_group_norm *a, const float *group_value, float *to)
{
    const int64_t width = a->c / a->groups;
    for (int64_t g = 0; g < a->groups; g++)
        for (int64_t j = 0; j < width; j++)
            to[g * width + j] = group_value[g];
}

#endif
