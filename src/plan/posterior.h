/* plan/posterior.h – exact draws of x0 given x(t) under the empirical distribution of a group. */
#ifndef RMF_PLAN_POSTERIOR_H
#define RMF_PLAN_POSTERIOR_H

#include "ramify/core.h"

/* The objects that the ideal sampler knows, grouped by class; places count through all of them. */
typedef struct rmf_pool {
    const float *x; /* [objects, features], borrowed */
    int64_t features;
    int n_classes;
    int64_t *start; /* [n_classes + 1] places of a class */
    int64_t *row;   /* [start[n_classes]] row of x at a place */
    double *square; /* [start[n_classes]] ‖x‖² */
} rmf_pool;

/* The group of classes and the noise level; every state has an address under the key. */
typedef struct rmf_posterior {
    const rmf_pool *pool;
    const int *classes;
    int n_classes;
    double alpha, sigma;
    rmf_key key;
} rmf_posterior;

/**
 * place[k] ~ p(x0 | x(t) = states[k]) for k < n, states [n, features]: object i of the group has
 * the weight exp(−‖x − α·x_i‖²/(2σ²)).  With σ = 0 the nearest object is taken.
 */
RMF_CHECKED rmf_status rmf_posterior_draw(const rmf_posterior *posterior, const float *states,
                                          int64_t n, int64_t *place);

#endif
