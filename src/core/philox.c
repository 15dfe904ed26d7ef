/** core/philox.c – Philox4x32-10: single blocks by Random123, groups of blocks by vector loops. */
#include "core/philox.h"
#include "core/vector.h"

#include <Random123/philox.h>

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

/** The ten rounds on RMF_GROUP_LANES counters at once; word w of lane l is at [w][l]. */
RMF_INLINE void group_body(const rmf_address *address, uint32_t group, uint32_t *restrict bits)
{
    uint32_t word[4][RMF_GROUP_LANES];
    for (uint32_t lane = 0; lane < RMF_GROUP_LANES; lane++) {
        word[0][lane] = group * RMF_GROUP_LANES + lane;
        word[1][lane] = address->step;
        word[2][lane] = (uint32_t)address->sample;
        word[3][lane] = (uint32_t)(address->sample >> 32);
    }
    uint32_t key0 = address->key.word[0], key1 = address->key.word[1];
    for (int round = 0; round < philox4x32_rounds; round++) {
        for (int lane = 0; lane < RMF_GROUP_LANES; lane++) {
            uint64_t a = (uint64_t)PHILOX_M4x32_0 * word[0][lane];
            uint64_t b = (uint64_t)PHILOX_M4x32_1 * word[2][lane];
            word[0][lane] = (uint32_t)(b >> 32) ^ word[1][lane] ^ key0;
            word[1][lane] = (uint32_t)b;
            word[2][lane] = (uint32_t)(a >> 32) ^ word[3][lane] ^ key1;
            word[3][lane] = (uint32_t)a;
        }
        key0 += PHILOX_W32_0;
        key1 += PHILOX_W32_1;
    }
    for (int w = 0; w < 4; w++)
        for (int lane = 0; lane < RMF_GROUP_LANES; lane++)
            bits[w * RMF_GROUP_LANES + lane] = word[w][lane];
}

RMF_INLINE void groups_body(const rmf_address *address, uint32_t first, size_t groups,
                            uint32_t *bits)
{
    for (size_t g = 0; g < groups; g++)
        group_body(address, first + (uint32_t)g, bits + g * RMF_GROUP_SIZE);
}

static void groups_plain(const rmf_address *address, uint32_t first, size_t groups, uint32_t *bits)
{
    groups_body(address, first, groups, bits);
}

#if RMF_HAVE_AVX2_COPY
RMF_AVX2 static void groups_avx2(const rmf_address *address, uint32_t first, size_t groups,
                                 uint32_t *bits)
{
    groups_body(address, first, groups, bits);
}
#endif

void rmf_philox_groups(const rmf_address *address, uint32_t first, size_t groups, uint32_t *bits)
{
    RMF_DISPATCH(groups, address, first, groups, bits);
}
