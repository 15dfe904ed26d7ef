/** tests/fuzz/fuzz_json.c – JSON: parse, write, parse again. */
#include "fuzz/fuzz.h"

#include <jansson.h>

#include "io/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value, *back;
    rmf_writer *writer;
    char *written;
    size_t length;
    if (!fuzz_accepted(rmf_json_parse((const char *)data, size, "input", &value))) return 0;
    FUZZ_CHECK(rmf_writer_open_memory(&writer) == RMF_OK);
    FUZZ_CHECK(rmf_json_put(writer, value) == RMF_OK);
    FUZZ_CHECK(rmf_writer_take(writer, &written, &length) == RMF_OK);
    FUZZ_CHECK(rmf_json_parse(written, length, "written", &back) == RMF_OK);
    FUZZ_CHECK(json_equal(value, back));
    rmf_free(written);
    json_decref(value);
    json_decref(back);
    return 0;
}
