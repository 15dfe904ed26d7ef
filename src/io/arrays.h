/** io/arrays.h – building array sets from files. */
#ifndef RMF_IO_ARRAYS_H
#define RMF_IO_ARRAYS_H

#include "ramify/io.h"

/** Bytes of shape[rank] elements of `item` bytes; false when negative, too many axes, or too large.
 */
bool rmf_shape_bytes(int rank, const int64_t *shape, size_t item, size_t *bytes);
/**
 * Adds an array that owns its data already (name is copied).  Takes array->data over on success
 * only.
 */
RMF_CHECKED rmf_status rmf_arrays_take(rmf_arrays *arrays, const char *name,
                                       const rmf_array *array);
/** The bits of an IEEE half or bfloat16 number as a float. */
float rmf_half_to_float(uint16_t half);
float rmf_bf16_to_float(uint16_t bits);

#endif
