/** tests/fuzz/fuzz_safetensors.c – safetensors files: parse, write, parse again. */
#include "fuzz/fuzz.h"

#include "io/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rmf_arrays set = {0}, back = {0};
    rmf_writer *writer;
    char *written;
    size_t length;
    if (!fuzz_accepted(rmf_safetensors_parse((const char *)data, size, "input", &set))) return 0;
    FUZZ_CHECK(rmf_writer_open_memory(&writer) == RMF_OK);
    FUZZ_CHECK(rmf_safetensors_put(writer, &set) == RMF_OK);
    FUZZ_CHECK(rmf_writer_take(writer, &written, &length) == RMF_OK);
    FUZZ_CHECK(rmf_safetensors_parse(written, length, "written", &back) == RMF_OK);
    fuzz_same_arrays(&set, &back);
    rmf_free(written);
    rmf_arrays_free(&set);
    rmf_arrays_free(&back);
    return 0;
}
