/* device/cpu/bf16.c – rounding to bf16. */
#include "device/cpu/bf16.h"

#include "device/cpu/kernel.h"

RMF_INLINE void round_block_body(const float *restrict from, uint16_t *restrict to, int64_t count)
{
    const uint32_t *restrict bits = (const uint32_t *)(const void *)from;
    enum { EXPONENT = 0x7f800000, QUIET = 0x7fc0 };
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        const uint32_t u = bits[i], nearest = (u + 0x7fff + (u >> 16 & 1)) >> 16;
        /* Rounding up would carry a NaN's last bits into infinity, or past it. */
        to[i] = (uint16_t)((u & 0x7fffffff) > EXPONENT ? QUIET : nearest);
    }
}
RMF_KERNEL(round_block, (const float *from, uint16_t *to, int64_t count), (from, to, count))

void rmf_to_bf16(const float *from, uint16_t *to, int64_t count)
{
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (rmf_is_large(1, count))
    for (int64_t i = 0; i < pieces; i++)
        round_block(from + i * RMF_BLOCK, to + i * RMF_BLOCK, rmf_piece(i, RMF_BLOCK, count));
}
