/** tests/fuzz/fuzz_npy.c – single arrays: parse, write, parse again. */
#include "fuzz/fuzz.h"

#include "io/arrays.h"
#include "io/formats.h"

/** Parses one array into a set, which can be compared and freed. */
static rmf_status parse(const char *data, size_t size, rmf_arrays *out)
{
    rmf_array array;
    RMF_TRY(rmf_npy_parse(data, size, "input", &array));
    rmf_status status = rmf_arrays_take(out, "", &array);
    if (status != RMF_OK) rmf_free(array.data);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rmf_arrays set = {0}, back = {0};
    rmf_writer *writer;
    char *written;
    size_t length;
    if (!fuzz_accepted(parse((const char *)data, size, &set))) return 0;
    FUZZ_CHECK(rmf_writer_open_memory(&writer) == RMF_OK);
    FUZZ_CHECK(rmf_npy_put(writer, &set.array[0]) == RMF_OK);
    FUZZ_CHECK(rmf_writer_take(writer, &written, &length) == RMF_OK);
    FUZZ_CHECK(parse(written, length, &back) == RMF_OK);
    fuzz_same_arrays(&set, &back);
    rmf_free(written);
    rmf_arrays_free(&set);
    rmf_arrays_free(&back);
    return 0;
}
