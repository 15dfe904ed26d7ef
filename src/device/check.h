/* device/check.h – what every back end asks of its arguments before it touches memory. */
#ifndef DEVICE_CHECK_H
#define DEVICE_CHECK_H

#include "ramify/device.h"

RMF_CHECKED rmf_status rmf_check_matmul(const char *device, const rmf_matmul *args);
RMF_CHECKED rmf_status rmf_check_conv(const char *device, const rmf_conv *args);
RMF_CHECKED rmf_status rmf_check_group_norm(const char *device, const rmf_group_norm *args);

static inline int64_t rmf_conv_width(const rmf_conv *a)
{
    return a->w_width > 0 ? a->w_width : a->cout;
}

/* beta·old + value; with beta 0 the old value, which may be uninitialised, is not read. */
static inline float rmf_blend(float beta, const float *old, float value)
{
    return beta == 0 ? value : beta * *old + value;
}

#endif
