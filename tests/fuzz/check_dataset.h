/** tests/fuzz/check_dataset.h – what holds for every data set that a reader accepts. */
#ifndef RMF_TESTS_FUZZ_CHECK_DATASET_H
#define RMF_TESTS_FUZZ_CHECK_DATASET_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "ramify/data.h"

static inline void check_dataset(const rmf_dataset *data)
{
    FUZZ_CHECK(data->n > 0 && data->features > 0 && data->n_classes > 0 &&
               data->n_classes <= data->n);
    FUZZ_CHECK(data->shape[0] * data->shape[1] * data->shape[2] == data->features);
    for (int64_t i = 0; i < data->n * data->features; i++)
        FUZZ_CHECK(isfinite(data->x[i]));
    char *present = calloc((size_t)data->n_classes, 1);
    FUZZ_CHECK(present != NULL);
    for (int64_t i = 0; i < data->n; i++) {
        FUZZ_CHECK(data->label[i] >= 0 && data->label[i] < data->n_classes);
        present[data->label[i]] = 1;
    }
    FUZZ_CHECK(memchr(present, 0, (size_t)data->n_classes) == NULL);
    free(present);
    for (int c = 0; c < data->n_classes; c++) {
        FUZZ_CHECK(data->class_name[c][0] != '\0');
        FUZZ_CHECK(c == 0 || strcmp(data->class_name[c - 1], data->class_name[c]) != 0);
    }
}

/** True for a good data set; a refusal must have left *data empty. */
static inline bool accepted_dataset(rmf_status status, const rmf_dataset *data)
{
    if (fuzz_accepted(status)) {
        check_dataset(data);
        return true;
    }
    FUZZ_CHECK(data->x == NULL && data->label == NULL && data->class_name == NULL);
    return false;
}

#endif
