/**
 * core/normal.c – fills of normal and uniform numbers.
 *
 * Normal numbers are Box and Muller's (1958): with u in (0, 1] and an angle φ,
 * √(−2 ln u)·(cos φ, sin φ).  Logarithm and sine are short series written as loops the compiler
 * turns into vector code; their error is below 2e-7, and no input gives an infinity or NaN.
 */
#include "core/philox.h"
#include "core/vector.h"

#include <math.h>
#include <string.h>

/** ln(u), u in [2^-31, 1]: exponent and mantissa m in [√½, √2), then ln m = 2·artanh(s). */
RMF_INLINE float log_unit(float u)
{
    int32_t bits;
    memcpy(&bits, &u, sizeof bits);
    int32_t sqrt_half = 0x3f3504f3; /* bits of √½ */
    int32_t exponent = (bits - sqrt_half) >> 23;
    bits -= exponent * (1 << 23);
    float m;
    memcpy(&m, &bits, sizeof m);
    float s = (m - 1.0f) / (m + 1.0f), z = s * s; /* |s| ≤ 0.172: the next term is 4e-9·s */
    float series = 1.0f + z * (1.0f / 3 + z * (1.0f / 5 + z * (1.0f / 7 + z * (1.0f / 9))));
    return (float)exponent * 0.693147181f + 2.0f * s * series;
}

/** Cosine and sine of 2π·word/2^32: nearest quarter turn, then Taylor series on [−π/4, π/4]. */
RMF_INLINE void cos_sin(uint32_t word, float *cosine, float *sine)
{
    uint32_t quarter = (word + 0x20000000u) >> 30;
    int32_t rest = (int32_t)(word - (quarter << 30));
    float x = (float)rest * 1.46291807927e-9f, z = x * x; /* 2π/2^32 */
    float s =
        x * (1.0f + z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040 + z * (1.0f / 362880)))));
    float c =
        1.0f + z * (-0.5f + z * (1.0f / 24 + z * (-1.0f / 720 + z * (1.0f / 40320 - z / 3628800))));
    float even = quarter & 1 ? s : c, odd = quarter & 1 ? c : s;
    *cosine = (quarter + 1) & 2 ? -even : even;
    *sine = quarter & 2 ? -odd : odd;
}

/** One group: words 0 and 1 of a block give elements of lanes 0 and 1, words 2 and 3 the others. */
RMF_INLINE void normal_body(const uint32_t *restrict bits, size_t groups, float *restrict out)
{
    for (size_t g = 0; g < 2 * groups; g++) {
        const uint32_t *radius_bits = bits + g * 2 * RMF_GROUP_LANES;
        const uint32_t *angle_bits = radius_bits + RMF_GROUP_LANES;
        float *first = out + g * 2 * RMF_GROUP_LANES, *second = first + RMF_GROUP_LANES;
        for (int lane = 0; lane < RMF_GROUP_LANES; lane++) {
            /* (0, 1] with 31 bits near 0, so that tails reach 6.5 standard deviations. */
            float u = ((float)(int32_t)(radius_bits[lane] >> 1) + 1.0f) * 0x1p-31f;
            float radius = sqrtf(-2.0f * log_unit(u));
            float cosine, sine;
            cos_sin(angle_bits[lane], &cosine, &sine);
            first[lane] = radius * cosine;
            second[lane] = radius * sine;
        }
    }
}

RMF_INLINE void uniform_body(const uint32_t *restrict bits, size_t groups, float *restrict out)
{
    for (size_t i = 0; i < groups * RMF_GROUP_SIZE; i++)
        out[i] = (float)(int32_t)(bits[i] >> 8) * 0x1p-24f;
}

static void normal_plain(const uint32_t *bits, size_t groups, float *out)
{
    normal_body(bits, groups, out);
}

#if RMF_HAVE_AVX2_COPY
RMF_AVX2 static void normal_avx2(const uint32_t *bits, size_t groups, float *out)
{
    normal_body(bits, groups, out);
}
#endif

void rmf_normal_groups(const uint32_t *bits, size_t groups, float *out)
{
    RMF_DISPATCH(normal, bits, groups, out);
}

void rmf_uniform_groups(const uint32_t *bits, size_t groups, float *out)
{
    uniform_body(bits, groups, out);
}

enum { CHUNK_GROUPS = 8, CHUNK = CHUNK_GROUPS * RMF_GROUP_SIZE };

typedef void fill_groups(const uint32_t *bits, size_t groups, float *out);

/** Whole chunks go straight to out, the last one through a buffer. */
static void fill(const rmf_address *address, fill_groups *convert, float *out, size_t n)
{
    uint32_t bits[CHUNK];
    float last[CHUNK];
    for (size_t done = 0; done < n; done += CHUNK) {
        size_t left = n - done;
        size_t groups = left >= CHUNK ? CHUNK_GROUPS : (left + RMF_GROUP_SIZE - 1) / RMF_GROUP_SIZE;
        rmf_philox_groups(address, (uint32_t)(done / RMF_GROUP_SIZE), groups, bits);
        convert(bits, groups, left >= CHUNK ? out + done : last);
        if (left < CHUNK) memcpy(out + done, last, left * sizeof *out);
    }
}

void rmf_random_normal(rmf_key key, uint64_t sample, uint32_t step, float *out, size_t n)
{
    rmf_address address = rmf_address_make(key, RMF_KIND_NORMAL, sample, step);
    fill(&address, rmf_normal_groups, out, n);
}

void rmf_random_uniform(rmf_key key, uint64_t sample, uint32_t step, float *out, size_t n)
{
    rmf_address address = rmf_address_make(key, RMF_KIND_UNIFORM, sample, step);
    fill(&address, rmf_uniform_groups, out, n);
}
