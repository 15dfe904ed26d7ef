/** data/idx.h – a pair of IDX files in memory to a data set. */
#ifndef RMF_DATA_IDX_H
#define RMF_DATA_IDX_H

#include "ramify/data.h"

/** Content of a file, inflated, and its name for messages; borrowed. */
typedef struct rmf_idx_bytes {
    const char *name, *data;
    size_t size;
} rmf_idx_bytes;

RMF_CHECKED rmf_status rmf_idx_parse(const rmf_idx_bytes *objects, const rmf_idx_bytes *labels,
                                     rmf_dataset *out);

#endif
