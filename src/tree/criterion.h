/* tree/criterion.h – criteria of separation inside the room; the table is in ramify/tree.h. */
#ifndef RMF_TREE_CRITERION_H
#define RMF_TREE_CRITERION_H

#include "tree/sweep.h"

extern const rmf_criterion_ops rmf_criterion_cosine, rmf_criterion_linear, rmf_criterion_mmd;

/* Objects a class to pick: the caller's limit, else the criterion's. */
int64_t rmf_criterion_most(const rmf_criterion_ops *criterion, int64_t max_per_class);

/* joins [n_names − 1] of any criterion; RMF_ERR_NUMERIC if classes are apart at t_limit. */
RMF_CHECKED rmf_status rmf_criterion_joins(const rmf_criterion_ops *criterion,
                                           const rmf_labelled *data, const rmf_picks *picks,
                                           const rmf_sweeping *how, rmf_join *joins);

/* ---- when two classes meet ----------------------------------------------------------------- */

#define RMF_COARSE 128 /* steps of the grid that brackets a crossing; halving finds it */

/* A criterion at work on objects. */
typedef struct rmf_crossings {
    const rmf_criterion_ops *ops;
    void *state;
    const rmf_sweeping *how;
    double limit; /* of d'² */
    double alpha[RMF_COARSE + 1], sigma[RMF_COARSE + 1];
} rmf_crossings;
RMF_CHECKED rmf_status rmf_crossings_open(const rmf_criterion_ops *criterion,
                                          const rmf_labelled *data, const rmf_picks *picks,
                                          const rmf_sweeping *how, rmf_crossings *out);
void rmf_crossings_close(rmf_crossings *crossings);
/* The first time at which they are alike; INFINITY = never. */
double rmf_crossing_first(const rmf_crossings *crossings, int a, int b);
/* The time from which on they stay alike, or `floor` if that is later; INFINITY = never. */
double rmf_crossing_last(const rmf_crossings *crossings, int a, int b, double floor);
/* RMF_ERR_NUMERIC: these two are apart at t_limit. */
rmf_status rmf_crossings_fail(const rmf_crossings *crossings, const rmf_labelled *data,
                              const int apart[2]);

/* Tables of pairs beyond this are refused. */
#define RMF_CRITERION_BYTES ((size_t)2 << 30)
RMF_CHECKED rmf_status rmf_criterion_room(const char *name, double numbers);

#endif
