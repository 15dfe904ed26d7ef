/** data/dataset.h – what readers share: allocation, texts, file names, the table of readers. */
#ifndef RMF_DATA_DATASET_H
#define RMF_DATA_DATASET_H

#include "ramify/data.h"

/** One line a format; the order is that in which readers are asked whether they accept a path. */
#define RMF_DATASETS(X)                                                                            \
    X(digits)                                                                                      \
    X(png)                                                                                         \
    X(npz)                                                                                         \
    X(idx)                                                                                         \
    X(csv)
#define RMF_DATASET_DECLARE(name) extern const rmf_dataset_ops rmf_dataset_##name##_ops;
RMF_DATASETS(RMF_DATASET_DECLARE)
#undef RMF_DATASET_DECLARE

/** Sets the sizes and allocates x and label.  `out` must be empty; on failure it stays so. */
RMF_CHECKED rmf_status rmf_dataset_allocate(int64_t n, int rank, const int64_t shape[3],
                                            rmf_dataset *out);

void rmf_texts_free(char **texts, int64_t count);

/** True if a file name ends so, or so and ".gz"; upper and lower case are the same. */
bool rmf_has_ending(const char *path, const char *ending);

#endif
