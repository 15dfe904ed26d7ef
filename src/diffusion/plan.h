/* diffusion/plan.h – what sampling does in one branch. */
#ifndef RMF_DIFFUSION_PLAN_H
#define RMF_DIFFUSION_PLAN_H

#include "ramify/diffusion.h"

typedef struct rmf_plan {
    double *times; /* [steps + 1]; rmf_free */
    int steps;
    bool finishes; /* the branch holds t_start: its last step is the last one of its classes */
    bool enters; /* its first step is the parent's: it leaves between two steps of a split branch */
} rmf_plan;
rmf_status rmf_plan_make(const rmf_sampling *sampling, int branch, rmf_plan *out);

/** Refuses what no sampling can do; see sampling.c. */
rmf_status rmf_sampling_check(const rmf_sampling *sampling);

#endif
