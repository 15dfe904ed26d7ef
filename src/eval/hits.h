/**
 * eval/hits.h – which generated and real objects a classifier trained on real objects puts into
 * their own class.
 */
#ifndef RMF_EVAL_HITS_H
#define RMF_EVAL_HITS_H

#include "eval/classes.h"

typedef struct rmf_hits {
    float *generated; /* [generated n] 1 or 0 */
    float *real;      /* [real n] 1 or 0; NAN for objects that the classifier was trained on */
    int64_t trained, tested;
    const char *source; /* "train" or "real": which set it was trained on */
} rmf_hits;

/**
 * Trains on `train`, or with NULL on four fifths of each class of `real`.  RMF_ERR_NUMERIC when
 * there are fewer than two classes with objects to learn from or nothing is left to test.  Free
 * with rmf_hits_free().
 */
RMF_CHECKED rmf_status rmf_hits_find(const rmf_eval_options *options, const rmf_classes *generated,
                                     const rmf_classes *real, const rmf_classes *train,
                                     const rmf_progress *progress, rmf_hits *out);
void rmf_hits_free(rmf_hits *hits);

#endif
