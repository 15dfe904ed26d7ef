/* likelihood/path.h – the way of an object from the data to the noise, branch by branch. */
#ifndef RMF_LIKELIHOOD_PATH_H
#define RMF_LIKELIHOOD_PATH_H

#include "diffusion/flow.h"
#include "ramify/diffusion.h"

/** One branch upwards: θ rises. */
typedef struct rmf_stage_up {
    rmf_angle from, to;
    int steps;     /* 0: the branch lies below t_start, or has no length */
    double *theta; /* [steps + 1] */
} rmf_stage_up;

typedef struct rmf_ways {
    int branches;
    rmf_stage_up *stage; /* [branches]; of those that no class needs, nothing is set */
    int64_t pilot_calls, pilot_products;
} rmf_ways;
/** The steps that sampling would take down the branches of sampling->classes, turned round, without
 * the last one to time 0.  Where error control chooses them, it controls log densities too. */
RMF_CHECKED rmf_status rmf_ways_make(const rmf_sampling *sampling, const rmf_pullback_score *score,
                                     rmf_ways *out);
void rmf_ways_free(rmf_ways *ways);

#endif
