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
rmf_status rmf_plan_make(const rmf_sampling *sampling, int branch, rmf_plan *out);
/** Turns a plan round, for encoding: times rise, and the step to time 0 is left out. */
void rmf_plan_mirror(rmf_plan *plan);

/** Refuses what no sampling can do; see sampling.c. */
rmf_status rmf_sampling_check(const rmf_sampling *sampling);

#endif
