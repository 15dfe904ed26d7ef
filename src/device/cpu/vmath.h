/* device/cpu/vmath.h – exp, sigmoid, tanh and the activations, as straight-line code that a
 * compiler turns into vector instructions.
 *
 * exp: x = k·ln 2 + r, |r| ≤ ½ ln 2; e^r = 1 + r + r²·q(r) with q a minimax polynomial (relative
 * error 3e-9 before rounding).  tanh: below 0.625 an odd minimax polynomial (4e-9), above
 * 1 − 2/(e^2x + 1).  Both end within 2e-7 of the true value, relative; tests/device/test_vmath.c.
 */
#ifndef DEVICE_CPU_VMATH_H
#define DEVICE_CPU_VMATH_H

#include "core/vector.h"
#include "ramify/device.h"

#include <math.h>
#include <string.h>

/* Arguments are clamped to ±87, where e^x is still a normal number; NaN stays NaN. */
RMF_INLINE float rmf_exp(float x)
{
    const float shift = 12582912.0f; /* 1.5·2^23: adding it rounds to a whole number, in its bits */
    x = fabsf(x) > 87.0f ? copysignf(87.0f, x) : x;
    const float shifted = x * 1.44269504f + shift;
    const float k = shifted - shift;
    const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f; /* ln 2 in two parts */
    float q = 0.00138143206f;
    q = q * r + 0.00836885162f;
    q = q * r + 0.0416684002f;
    q = q * r + 0.166665196f;
    q = q * r + 0.49999994f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127u) << 23; /* 2^k */
    float power;
    memcpy(&power, &bits, sizeof power);
    return (q * (r * r) + r + 1.0f) * power;
}

RMF_INLINE float rmf_sigmoid(float x)
{
    return 1.0f / (1.0f + rmf_exp(-x));
}

RMF_INLINE float rmf_tanh(float x)
{
    const float z = x * x, size = fabsf(x);
    float q = -0.00571704376f;
    q = q * z + 0.0206505861f;
    q = q * z - 0.0537434965f;
    q = q * z + 0.133314908f;
    q = q * z - 0.333332837f;
    const float small = x + x * (z * q);
    const float large = copysignf(1.0f - 2.0f / (rmf_exp(2.0f * size) + 1.0f), x);
    return size < 0.625f ? small : large;
}

/* `kind` is a constant wherever these are used, so nothing of the switch remains. */
RMF_INLINE float rmf_activate_one(rmf_activation kind, float x)
{
    switch (kind) {
    case RMF_RELU:
        return x > 0.0f ? x : 0.0f;
    case RMF_SILU:
        return x * rmf_sigmoid(x);
    case RMF_TANH:
        return rmf_tanh(x);
    case RMF_IDENTITY:
        break;
    }
    return x;
}

/* The derivative at x. */
RMF_INLINE float rmf_activation_slope(rmf_activation kind, float x)
{
    if (kind == RMF_RELU) return x > 0.0f ? 1.0f : 0.0f;
    if (kind == RMF_SILU) {
        const float power = rmf_exp(-x), sigma = 1.0f / (1.0f + power);
        return sigma * (1.0f + x * (power * sigma)); /* 1 − σ without cancellation */
    }
    if (kind == RMF_TANH) {
        const float value = rmf_tanh(x);
        return 1.0f - value * value;
    }
    return 1.0f;
}

/* Calls loop(KIND, …) with KIND a constant. */
#define RMF_SPECIALISE(kind, loop, ...)                                                            \
    switch (kind) {                                                                                \
    case RMF_IDENTITY:                                                                             \
        loop(RMF_IDENTITY, __VA_ARGS__);                                                           \
        break;                                                                                     \
    case RMF_RELU:                                                                                 \
        loop(RMF_RELU, __VA_ARGS__);                                                               \
        break;                                                                                     \
    case RMF_SILU:                                                                                 \
        loop(RMF_SILU, __VA_ARGS__);                                                               \
        break;                                                                                     \
    case RMF_TANH:                                                                                 \
        loop(RMF_TANH, __VA_ARGS__);                                                               \
        break;                                                                                     \
    }

#endif
