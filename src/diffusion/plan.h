/* diffusion/plan.h – what sampling does in one branch. */
#ifndef RMF_DIFFUSION_PLAN_H
#define RMF_DIFFUSION_PLAN_H

#include "ramify/diffusion.h"

typedef struct rmf_plan {
    double *times; /* [steps + 1]; rmf_free */
    int steps;
    int whole;     /* steps of the whole branch: noise of later ones is counted from there */
    bool finishes; /* the last step is the last one of the branch's classes, to time 0 */
    bool inside;   /* it begins between the branch's ends, at t_from */
    bool enters; /* its first step is the parent's: it leaves between two steps of a split branch */
} rmf_plan;

/** Times that a sampler's error control chose; see pilot.c. */
typedef struct rmf_pilot {
    int branches;
    double **times; /* [branches] [steps + 1], of the first piece of a branch that was split; NULL:
                       not needed */
    int *steps;     /* [branches] */
} rmf_pilot;
/** Does the sampling choose its times by error control? */
bool rmf_is_adaptive(const rmf_sampling *sampling);
/** Who flies, and where: the score of the walk; pull NULL, or for log densities (see rmf_stretch);
 * wanted [branches], with a branch its parents. */
typedef struct rmf_pilot_orders {
    const rmf_score *score;
    const rmf_pullback_score *pull;
    const bool *wanted;
} rmf_pilot_orders;
/** Chooses the times of all branches that are wanted. */
rmf_status rmf_pilot_fly(const rmf_sampling *sampling, const rmf_pilot_orders *orders,
                         rmf_pilot *out);
void rmf_pilot_free(rmf_pilot *pilot);

/** pilot: NULL where the times are not chosen so. */
rmf_status rmf_plan_make(const rmf_sampling *sampling, const rmf_pilot *pilot, int branch,
                         rmf_plan *out);
/** Turns a plan round, for encoding: times rise, and the step to time 0 is left out. */
void rmf_plan_mirror(rmf_plan *plan);

/** Refuses what no sampling can do; see sampling.c. */
rmf_status rmf_sampling_check(const rmf_sampling *sampling);

#endif
