/**
 * eval/rank.h – objects in the order of a value, so that a resample is a walk along it.
 */
#ifndef RMF_EVAL_RANK_H
#define RMF_EVAL_RANK_H

#include "ramify/eval.h"

typedef struct rmf_ranked {
    float value;
    int64_t object;
} rmf_ranked;

/** out[0…n): objects 0…n−1 by ascending value, equal ones by their number.  No value is NaN. */
void rmf_rank(const float *value, int64_t n, rmf_ranked *out);

#endif
