/**
 * core/philox.h – blocks of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1,
 * 2, 3", 2011).  A block of 128 random bits is a function of a key and a counter.
 *
 * Every kind of number has its own key, derived from the caller's, so that a normal and a uniform
 * number of one address are independent.
 */
#ifndef RMF_CORE_PHILOX_H
#define RMF_CORE_PHILOX_H

#include "ramify/core.h"

enum rmf_random_kind {
    RMF_KIND_FOLD = 1,
    RMF_KIND_NORMAL,
    RMF_KIND_UNIFORM,
    RMF_KIND_UNIT,
    RMF_KIND_BELOW
};

typedef struct rmf_philox_block {
    uint32_t word[4];
} rmf_philox_block;

/** A key, and the part of the counter that all blocks of a fill share. */
typedef struct rmf_address {
    rmf_key key;
    uint64_t sample;
    uint32_t step;
} rmf_address;

/** The address under which numbers of `kind` are drawn. */
rmf_address rmf_address_make(rmf_key key, enum rmf_random_kind kind, uint64_t sample,
                             uint32_t step);

/** Philox4x32-10 itself, for known-answer tests and keys. */
rmf_philox_block rmf_philox(rmf_key key, rmf_philox_block counter);

/** Block `index` of an address: counter {index, step, low word of sample, high word}. */
rmf_philox_block rmf_philox_at(const rmf_address *address, uint32_t index);

/**
 * Fills are made in groups: RMF_GROUP_LANES blocks side by side, one a vector lane.  Element i of a
 * fill is word (i / LANES) % 4 of block LANES·(i / RMF_GROUP_SIZE) + i % LANES: so the first k of n
 * elements are those of a fill of k, and every store is contiguous.
 */
enum { RMF_GROUP_LANES = 8, RMF_GROUP_SIZE = 4 * RMF_GROUP_LANES };

/** bits[0…groups·RMF_GROUP_SIZE): the groups first, first + 1, … of a fill. */
void rmf_philox_groups(const rmf_address *address, uint32_t first, size_t groups, uint32_t *bits);

/** The numbers that groups of random bits stand for; out[groups·RMF_GROUP_SIZE]. */
void rmf_normal_groups(const uint32_t *bits, size_t groups, float *out);
void rmf_uniform_groups(const uint32_t *bits, size_t groups, float *out);

#endif
