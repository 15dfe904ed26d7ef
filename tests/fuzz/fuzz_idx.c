/**
 * tests/fuzz/fuzz_idx.c – pairs of IDX files.  The first two bytes are the length of the objects
 * file (big-endian); the labels file is what follows it.
 */
#include "data/idx.h"
#include "fuzz/check_dataset.h"

/** A copy exactly as long as the part, so that sanitizers see a read behind its end. */
static rmf_idx_bytes copy_part(const char *name, const uint8_t *bytes, size_t size)
{
    char *data = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(data != NULL);
    memcpy(data, bytes, size);
    return (rmf_idx_bytes){.name = name, .data = data, .size = size};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2) return 0;
    size_t split = (size_t)bytes[0] << 8 | bytes[1];
    if (split > size - 2) split = size - 2;
    rmf_idx_bytes objects = copy_part("objects", bytes + 2, split);
    rmf_idx_bytes labels = copy_part("labels", bytes + 2 + split, size - 2 - split);
    rmf_dataset data = {0};
    accepted_dataset(rmf_idx_parse(&objects, &labels, &data), &data);
    rmf_dataset_free(&data);
    free((void *)objects.data);
    free((void *)labels.data);
    return 0;
}
