/**
 * eval/classes.h – a labelled set seen class by class, in a random order that the seed fixes.
 */
#ifndef RMF_EVAL_CLASSES_H
#define RMF_EVAL_CLASSES_H

#include "ramify/eval.h"

typedef struct rmf_classes {
    const rmf_eval_set *set;
    int64_t features;
    int count;
    int64_t *first; /* [count + 1] where a class starts in row */
    int64_t *row;   /* [set->n] objects, by class, shuffled within it */
} rmf_classes;

/** `what` names the set in messages ("generated").  Checks labels (RMF_ERR_ARGUMENT) and values
 * (RMF_ERR_NUMERIC naming class and row).  A NULL set has no objects.  Free with
 * rmf_classes_free(). */
RMF_CHECKED rmf_status rmf_classes_create(const rmf_eval_options *options, const rmf_eval_set *set,
                                          const char *what, rmf_key key, rmf_classes *out);
void rmf_classes_free(rmf_classes *classes);
int64_t rmf_classes_size(const rmf_classes *classes, int class);
/** A copy of objects first … first + n of a class in shuffled order, owned by the arena. */
RMF_CHECKED rmf_status rmf_classes_take(const rmf_classes *classes, int class, int64_t first,
                                        int64_t n, rmf_arena *arena, rmf_sample_set *out);

#endif
