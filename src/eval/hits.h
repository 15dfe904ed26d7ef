/**
 * eval/hits.h – what the metrics share that ask a classifier: training one, testing it, and the
 * share of its hits.
 */
#ifndef RMF_EVAL_HITS_H
#define RMF_EVAL_HITS_H

#include "eval/classes.h"
#include "eval/metric.h"

/** Tested objects: the class each counts for, and 1 where the classifier was right, else 0. */
typedef struct rmf_hits {
    int64_t n;
    int32_t *class;
    float *hit;
} rmf_hits;
void rmf_hits_free(rmf_hits *hits);

/** The outcome of one metric's question, for all classes at once. */
typedef struct rmf_trial {
    rmf_hits value, floor;
    const char *source, *floor_kind; /* what the value's classifier learned from; static texts */
    int64_t trained, tested;         /* objects it learned from; objects of the floor */
} rmf_trial;
void rmf_trial_free(rmf_trial *trial);

/** A classifier of real objects, and the real ones that it has not seen. */
typedef struct rmf_judge {
    rmf_classifier *classifier; /* NULL: not trained yet */
    const char *source;         /* "train" or "real": which set it was trained on */
    int64_t trained;
    int64_t unseen, *row; /* [unseen] rows of the real set */
} rmf_judge;

/**
 * Trains on `train`, or with NULL on four fifths of each class of `real`.  RMF_ERR_NUMERIC where
 * fewer than two classes have objects to learn from.  Free with rmf_judge_free().
 */
RMF_CHECKED rmf_status rmf_judge_train(const rmf_eval_options *options, const rmf_classes *real,
                                       const rmf_classes *train, const rmf_progress *progress,
                                       rmf_judge *out);
void rmf_judge_free(rmf_judge *judge);

/** A classifier of all objects of a set.  RMF_ERR_NUMERIC as above. */
RMF_CHECKED rmf_status rmf_hits_learn(const rmf_eval_options *options, const rmf_classes *from,
                                      const rmf_progress *progress, rmf_classifier **out);
/** Which of rows row[0…n) of a set it puts into their own class. */
RMF_CHECKED rmf_status rmf_hits_test(rmf_classifier *classifier, const rmf_classes *of,
                                     const int64_t *row, int64_t n, rmf_hits *out);

/** prepare() and evaluate() of a metric that is the mean of pair->hit. */
RMF_CHECKED rmf_status rmf_hits_prepare(const rmf_pair *pair, rmf_arena *arena, void **state);
RMF_CHECKED rmf_status rmf_hits_evaluate(const void *state, const rmf_weights *weights,
                                         double *value);

#endif
