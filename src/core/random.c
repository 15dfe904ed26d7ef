/** core/random.c – keys, single numbers and permutations. */
#include "core/philox.h"

/* Any fixed key would do: it only has to be the same for ever. */
static const rmf_key root_key = {{0x52616D69u, 0x66792031u}};

static rmf_key key_of_words(rmf_key key, uint64_t first, uint64_t second)
{
    rmf_philox_block counter = {
        {(uint32_t)first, (uint32_t)(first >> 32), (uint32_t)second, (uint32_t)(second >> 32)}};
    rmf_philox_block block = rmf_philox(key, counter);
    return (rmf_key){{block.word[0], block.word[1]}};
}

rmf_key rmf_key_make(uint64_t seed, uint64_t stream)
{
    return key_of_words(root_key, seed, stream);
}

rmf_key rmf_key_fold(rmf_key key, uint64_t value)
{
    return key_of_words(rmf_address_make(key, RMF_KIND_FOLD, 0, 0).key, value, 0);
}

static uint64_t bits_64(const rmf_address *address, uint32_t index)
{
    rmf_philox_block block = rmf_philox_at(address, index);
    return (uint64_t)block.word[1] << 32 | block.word[0];
}

double rmf_random_unit(rmf_key key, uint64_t sample, uint32_t step)
{
    rmf_address address = rmf_address_make(key, RMF_KIND_UNIT, sample, step);
    return (double)(bits_64(&address, 0) >> 11) * 0x1p-53;
}

/** Lemire, "Fast random integer generation in an interval", 2019: reject the few biased draws. */
uint64_t rmf_random_below(rmf_key key, uint64_t sample, uint32_t step, uint64_t bound)
{
    if (bound <= 1) return 0;
    rmf_address address = rmf_address_make(key, RMF_KIND_BELOW, sample, step);
    uint64_t biased = (0 - bound) % bound; /* 2^64 mod bound */
    for (uint32_t index = 0;; index++) {
        unsigned __int128 product = (unsigned __int128)bits_64(&address, index) * bound;
        if ((uint64_t)product >= biased) return (uint64_t)(product >> 64);
    }
}

/** Fisher and Yates, from the top. */
void rmf_random_permutation(rmf_key key, int64_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)rmf_random_below(key, (uint64_t)i, 0, (uint64_t)i + 1);
        int64_t taken = order[i];
        order[i] = order[j];
        order[j] = taken;
    }
}
