/** data/labels.h – collects label texts while a reader runs and numbers the classes at its end. */
#ifndef RMF_DATA_LABELS_H
#define RMF_DATA_LABELS_H

#include "ramify/data.h"

/** Distinct texts in order of appearance, found by a hash table.  Start with {0}. */
typedef struct rmf_labels {
    char **text;
    uint32_t *hash; /* [count] */
    int32_t count, room;
    int32_t *slot; /* [slots] number + 1 of a text, 0 = free; slots is a power of two */
    size_t slots;
} rmf_labels;

void rmf_labels_free(rmf_labels *labels);

/**
 * Number of a label text, in order of appearance.  Whole numbers written as fractions become plain
 * ("3.0" and "3" are one class).  text[length] must be readable.
 */
RMF_CHECKED rmf_status rmf_labels_add(rmf_labels *labels, const char *text, size_t length,
                                      int32_t *number);

/**
 * Sorts the classes (by value if all are numbers, else by bytes), renumbers out->label[0…out->n) to
 * that order and hands the names to *out.  Empties `labels`.
 */
RMF_CHECKED rmf_status rmf_labels_finish(rmf_labels *labels, rmf_dataset *out);

#endif
