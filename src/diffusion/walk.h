/* diffusion/walk.h – one sampling on its way along a tree: sample.c leads it, block.c takes a block
 * of rows through the steps. */
#ifndef RMF_DIFFUSION_WALK_H
#define RMF_DIFFUSION_WALK_H

#include "diffusion/plan.h"

typedef struct rmf_branch_run {
    rmf_plan plan;
    int owner;           /* position in the request of the first class below; −1 = not needed */
    int64_t evaluations; /* network calls of one block */
    uint32_t first_counter; /* of the branch's first step */
} rmf_branch_run;

typedef struct rmf_walk {
    const rmf_sampling *s;
    const rmf_progress *progress;
    rmf_guidance guidance; /* of the caller's score, its calls counted */
    rmf_score score;       /* what samplers get: the same, guided */
    int64_t features, rows;
    float *x;             /* the caller's output */
    rmf_pilot pilot;      /* where the sampler chooses its times */
    rmf_branch_run *runs; /* [branches] */
    int *position;        /* [classes of the tree]: place in the request, or −1 */
    int *group;           /* [n_classes]: places of the classes below a branch */
    float *block, *work;  /* one block's state and the sampler's scratch */
    int64_t *row;         /* [rows]: output row of each block row */
    uint64_t *address;    /* [rows]: its noise address */
    int64_t calls, pilot_calls, evaluated_rows, done, total;
    double started;
    bool encodes;             /* upwards: children before parents */
    const rmf_router *router; /* each row goes into one child; NULL: into all that are asked for */
    int *at;                  /* routed: [count] the branch that each sample is in */
    double *probability;      /* routed: [rows, children] */
} rmf_walk;

/** Rows w->row[0 … used) of the class at this place of the request, whose states are in w->x:
 * through a branch and the pieces that it was split into, back to w->x. */
rmf_status rmf_walk_block(rmf_walk *w, int branch, int place, int64_t used);
/** Routed: all samples that are in this branch, in blocks, and each on into one of its children. */
rmf_status rmf_walk_routed(rmf_walk *w, int branch);
/** Routed: the block's rows, their branch done, back to w->x, and the child that each goes into. */
rmf_status rmf_route_block(rmf_walk *w, int branch, int64_t used);

#endif
