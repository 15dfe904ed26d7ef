/**
 * eval/neighbours.h – Euclidean distances between all objects of two sets, a row at a time.
 */
#ifndef RMF_EVAL_NEIGHBOURS_H
#define RMF_EVAL_NEIGHBOURS_H

#include "ramify/eval.h"

/** Gets the squared distances of one query to every object of the base; called once a row, in any
 * order and from several threads. */
typedef void rmf_distance_visitor(void *context, int64_t row, const float *square, int64_t n);

/** Differences are squared and summed as they are (no ‖a‖² + ‖b‖² − 2ab), so a copy is at distance
 * exactly 0 and equal distances stay equal. */
RMF_CHECKED rmf_status rmf_distances(const rmf_sample_set *query, const rmf_sample_set *base,
                                     rmf_distance_visitor *visit, void *context);

/** square[i] = squared distance of object i to its k-th nearest *other* object of the set; k is at
 * most set->n − 1 and RMF_NEIGHBOURS_MOST. */
#define RMF_NEIGHBOURS_MOST 32
RMF_CHECKED rmf_status rmf_neighbour_radii(const rmf_sample_set *set, int k, float *square);

#endif
