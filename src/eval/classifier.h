/**
 * eval/classifier.h – a small classifier on our own tape: convolutions for images, dense layers for
 * tables.
 */
#ifndef RMF_EVAL_CLASSIFIER_H
#define RMF_EVAL_CLASSIFIER_H

#include "ramify/eval.h"

typedef struct rmf_classifier rmf_classifier;

/** Rows row[0…n) of a labelled set; borrowed. */
typedef struct rmf_examples {
    const rmf_eval_set *set;
    const int64_t *row;
    int64_t n;
} rmf_examples;

/**
 * Trains on the examples (at least one), deterministic by options->seed.  Uses features, rank,
 * shape, n_classes, seed and device of the options; rank 0 counts as a table.  Free with
 * rmf_classifier_free().
 */
RMF_CHECKED rmf_status rmf_classifier_train(const rmf_eval_options *options,
                                            const rmf_examples *examples,
                                            const rmf_progress *progress, rmf_classifier **out);
void rmf_classifier_free(rmf_classifier *classifier); /* NULL is fine */
/** label[0…set->n): the most likely class of every object of a set. */
RMF_CHECKED rmf_status rmf_classifier_predict(rmf_classifier *classifier, const rmf_eval_set *set,
                                              int32_t *label);

#endif
