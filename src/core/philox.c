/** core/philox.c – Philox4x32-10: single blocks by Random123, groups of blocks by vectors. */
#include "core/philox.h"
#include "core/vector.h"

#include <Random123/philox.h>
#if RMF_HAVE_AVX2_COPY
#include <immintrin.h>
#endif

rmf_philox_block rmf_philox(rmf_key key, rmf_philox_block counter)
{
    philox4x32_key_t k = {{key.word[0], key.word[1]}};
    philox4x32_ctr_t c = {{counter.word[0], counter.word[1], counter.word[2], counter.word[3]}};
    philox4x32_ctr_t r = philox4x32(c, k);
    return (rmf_philox_block){{r.v[0], r.v[1], r.v[2], r.v[3]}};
}

rmf_address rmf_address_make(rmf_key key, enum rmf_random_kind kind, uint64_t sample, uint32_t step)
{
    /* Odd multiples of large odd constants: keys of two kinds differ in many bits of both words. */
    uint32_t n = (uint32_t)kind;
    return (rmf_address){
        {{key.word[0] ^ n * 0x85157AF5u, key.word[1] ^ n * 0xA2F9836Fu}}, sample, step};
}

rmf_philox_block rmf_philox_at(const rmf_address *address, uint32_t index)
{
    rmf_philox_block counter = {
        {index, address->step, (uint32_t)address->sample, (uint32_t)(address->sample >> 32)}};
    return rmf_philox(address->key, counter);
}

/** One group, block by block. */
static void group_plain(const rmf_address *address, uint32_t group, uint32_t *bits)
{
    for (uint32_t lane = 0; lane < RMF_GROUP_LANES; lane++) {
        rmf_philox_block block = rmf_philox_at(address, group * RMF_GROUP_LANES + lane);
        for (int w = 0; w < 4; w++)
            bits[w * RMF_GROUP_LANES + (int)lane] = block.word[w];
    }
}

#if RMF_HAVE_AVX2_COPY
/** High and low halves of the eight products x·multiplier. */
RMF_AVX2 RMF_INLINE void multiply(__m256i x, uint32_t multiplier, __m256i *high, __m256i *low)
{
    __m256i m = _mm256_set1_epi32((int)multiplier);
    __m256i even = _mm256_mul_epu32(x, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), m);
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

/** One group, eight lanes at once: compilers add many shuffles to the same loop in C. */
RMF_AVX2 static void group_avx2(const rmf_address *address, uint32_t group, uint32_t *bits)
{
    uint32_t key0 = address->key.word[0], key1 = address->key.word[1];
    __m256i v[4] = {_mm256_add_epi32(_mm256_set1_epi32((int)(group * RMF_GROUP_LANES)),
                                     _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
                    _mm256_set1_epi32((int)address->step),
                    _mm256_set1_epi32((int)(uint32_t)address->sample),
                    _mm256_set1_epi32((int)(uint32_t)(address->sample >> 32))};
    for (int round = 0; round < philox4x32_rounds; round++) {
        __m256i high0, low0, high1, low1;
        multiply(v[0], PHILOX_M4x32_0, &high0, &low0);
        multiply(v[2], PHILOX_M4x32_1, &high1, &low1);
        v[0] = _mm256_xor_si256(_mm256_xor_si256(high1, v[1]), _mm256_set1_epi32((int)key0));
        v[1] = low1;
        v[2] = _mm256_xor_si256(_mm256_xor_si256(high0, v[3]), _mm256_set1_epi32((int)key1));
        v[3] = low0;
        key0 += PHILOX_W32_0;
        key1 += PHILOX_W32_1;
    }
    for (int w = 0; w < 4; w++)
        _mm256_storeu_si256((__m256i *)(bits + w * RMF_GROUP_LANES), v[w]);
}
#endif

void rmf_philox_groups(const rmf_address *address, uint32_t first, size_t groups, uint32_t *bits)
{
    for (size_t g = 0; g < groups; g++)
        RMF_DISPATCH(group, address, first + (uint32_t)g, bits + g * RMF_GROUP_SIZE);
}
