/* tree/dendrogram.h – from joins to a tree. */
#ifndef RMF_TREE_DENDROGRAM_H
#define RMF_TREE_DENDROGRAM_H

#include "tree/sweep.h"

typedef struct rmf_dendrogram {
    int n_names;
    const char *const *names;
    const rmf_join *joins; /* [n_names − 1], in order of time */
    const rmf_discovery *options;
    int steps; /* of rmf_noise */
} rmf_dendrogram;

/* The tree with its merges; branch times obey the minima of the options. */
RMF_CHECKED rmf_status rmf_dendrogram_tree(const rmf_dendrogram *from, rmf_tree **out);

/* Support of each clade and an interval for each merge, from resampled objects. */
typedef struct rmf_bootstrap {
    const rmf_labelled *data;
    const rmf_picks *picks;
    const rmf_basis *basis;
    const rmf_discovery *options;
    const rmf_sweeping *how;
} rmf_bootstrap;
RMF_CHECKED rmf_status rmf_bootstrap_tree(const rmf_bootstrap *from, rmf_tree *tree);
/* count[pick]: how often the resample of this number, from 0 on, has it. */
void rmf_resample(const rmf_picks *picks, int n_names, uint64_t seed, int resample, int32_t *count);

/* The reference's discovery: simulated noise (montecarlo.c). */
RMF_CHECKED rmf_status rmf_montecarlo(const rmf_labelled *data, const rmf_picks *picks,
                                      const rmf_discovery *options, const rmf_sweeping *how,
                                      rmf_join *joins);
/* S [n_names, n_names] at t, the step-th time, as Monte Carlo estimates it; upper part. */
typedef struct rmf_simulation {
    const rmf_labelled *data;
    const rmf_picks *picks;
    const rmf_noise *noise;
    rmf_key key;
    float *noised; /* [objects, features] work space */
} rmf_simulation;
RMF_CHECKED rmf_status rmf_simulate(const rmf_simulation *simulation, double t, uint32_t step,
                                    double *out);

#endif
