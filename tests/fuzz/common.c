/** tests/fuzz/common.c – checks that several fuzz targets make. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/arrays.h"

void fuzz_check(bool condition, const char *text, const char *file, int line)
{
    if (condition) return;
    fprintf(stderr, "%s:%d: not so: %s (last message: %s)\n", file, line, text, rmf_message());
    abort();
}

bool fuzz_accepted(rmf_status status)
{
    if (status == RMF_OK) return true;
    FUZZ_CHECK(status != RMF_ERR_ARGUMENT); /* that would be our own mistake */
    FUZZ_CHECK(rmf_message()[0] != '\0');
    FUZZ_CHECK(strchr(rmf_message(), '\n') == NULL);
    return false;
}

static void same_array(const rmf_array *a, const rmf_array *b)
{
    size_t bytes;
    FUZZ_CHECK(a->type == b->type && a->rank == b->rank && a->item == b->item);
    FUZZ_CHECK(memcmp(a->shape, b->shape, sizeof a->shape) == 0);
    FUZZ_CHECK(rmf_shape_bytes(a->rank, a->shape, a->item, &bytes));
    FUZZ_CHECK(memcmp(a->data, b->data, bytes) == 0);
}

void fuzz_same_arrays(const rmf_arrays *a, const rmf_arrays *b)
{
    FUZZ_CHECK(a->count == b->count && a->meta_count == b->meta_count);
    for (size_t i = 0; i < a->count; i++) {
        const rmf_array *other = rmf_arrays_find(b, a->array[i].name);
        FUZZ_CHECK(other != NULL);
        same_array(&a->array[i], other);
    }
    for (size_t i = 0; i < a->meta_count; i++) {
        const char *other = rmf_arrays_meta(b, a->meta_key[i]);
        FUZZ_CHECK(other != NULL && strcmp(other, a->meta_value[i]) == 0);
    }
}
