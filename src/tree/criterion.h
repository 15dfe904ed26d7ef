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

/* Tables of pairs beyond this are refused. */
#define RMF_CRITERION_BYTES ((size_t)2 << 30)
RMF_CHECKED rmf_status rmf_criterion_room(const char *name, double numbers);

#endif
