/** tests/fuzz/check_dataset.h – what holds for every data set that a reader accepts. */
#ifndef RMF_TESTS_FUZZ_CHECK_DATASET_H
#define RMF_TESTS_FUZZ_CHECK_DATASET_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ramify/data.h"

/** Ends the process, as fuzzers report it, when something does not hold. */
static inline void must(bool holds)
{
    if (!holds) abort();
}

static inline void check_dataset(const rmf_dataset *data)
{
    must(data->n > 0 && data->features > 0 && data->n_classes > 0 && data->n_classes <= data->n);
    must(data->shape[0] * data->shape[1] * data->shape[2] == data->features);
    for (int64_t i = 0; i < data->n * data->features; i++)
        must(isfinite(data->x[i]));
    char *present = calloc((size_t)data->n_classes, 1);
    must(present != NULL);
    for (int64_t i = 0; i < data->n; i++) {
        must(data->label[i] >= 0 && data->label[i] < data->n_classes);
        present[data->label[i]] = 1;
    }
    must(memchr(present, 0, (size_t)data->n_classes) == NULL);
    free(present);
    for (int c = 0; c < data->n_classes; c++) {
        must(data->class_name[c][0] != '\0');
        must(c == 0 || strcmp(data->class_name[c - 1], data->class_name[c]) != 0);
    }
}

/** A refusal says where it happened, in one line, and leaves nothing behind. */
static inline void check_refusal(rmf_status status, const char *place, const rmf_dataset *data)
{
    must(status != RMF_OK && data->x == NULL && data->label == NULL && data->class_name == NULL);
    must(strncmp(rmf_message(), place, strlen(place)) == 0 && strchr(rmf_message(), '\n') == NULL);
}

#endif
