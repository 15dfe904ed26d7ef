/**
 * eval/pairs.h – which objects of a class are compared with which: the value's pair and the
 * floor's pair, for each kind of metric.
 */
#ifndef RMF_EVAL_PAIRS_H
#define RMF_EVAL_PAIRS_H

#include "eval/classes.h"
#include "eval/hits.h"
#include "eval/metric.h"

/** A comparison and where its objects come from. */
typedef struct rmf_comparison {
    rmf_pair pair;
    const char *kind; /* of a floor: "train against real", "halves of real", … */
} rmf_comparison;

/** Everything that one evaluation looks at. */
typedef struct rmf_eval_data {
    const rmf_eval_options *options;
    rmf_classes generated, real, train;
    bool train_apart; /* the training objects are others than the real ones */
    bool train_known; /* their features come from a classifier that learned from them */
    rmf_judge judge;  /* trained when it is first asked for */
} rmf_eval_data;

/**
 * Generated against real: n of each, n the smaller number.  The floor is what a perfect generator
 * would score: training objects against the same real ones, as many as there are up to n; where
 * they are not apart from the real ones (or less than 2), two disjoint halves of the real ones, at
 * most n each.  A floor is finite-n bias: it grows as n falls, so floors of smaller n than the
 * value's are too high.  Sets are owned by the arena; a set may come out empty.
 */
RMF_CHECKED rmf_status rmf_comparison_value(const rmf_eval_data *data, int class,
                                            enum rmf_metric_needs needs, rmf_arena *arena,
                                            rmf_comparison *out);
RMF_CHECKED rmf_status rmf_comparison_floor(const rmf_eval_data *data, int class,
                                            enum rmf_metric_needs needs, rmf_arena *arena,
                                            rmf_comparison *out);

/** The tested objects of a class, as pair.a.n and pair.hit. */
RMF_CHECKED rmf_status rmf_comparison_hits(const rmf_hits *hits, int class, const char *kind,
                                           rmf_arena *arena, rmf_comparison *out);
/** Trains data->judge unless it is there. */
RMF_CHECKED rmf_status rmf_eval_judge(rmf_eval_data *data, const rmf_progress *progress);

#endif
