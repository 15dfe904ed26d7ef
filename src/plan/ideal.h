/* plan/ideal.h – what the files of this room share about the ideal sampler. */
#ifndef RMF_PLAN_IDEAL_H
#define RMF_PLAN_IDEAL_H

#include "plan/posterior.h"
#include "ramify/plan.h"

struct rmf_ideal {
    rmf_arena *arena;
    const rmf_labelled *data;
    const rmf_noise *noise;
    const rmf_metric_ops *metric;
    rmf_key key;
    rmf_pool pool;
    int64_t *first;    /* [n_names + 1] number of the first sample, and real object, of a class */
    int64_t *real_row; /* [first[n_names]] */
};

/* What the numbers of one draw are for: keys of different uses are independent. */
enum { RMF_IDEAL_SPLIT = 1, RMF_IDEAL_NOISE, RMF_IDEAL_PICK, RMF_IDEAL_FLOOR };
rmf_key rmf_ideal_key(const rmf_ideal *ideal, int use);

#endif
