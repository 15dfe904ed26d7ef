/** tests/fuzz/fuzz_png.c – images: parse, write, parse again. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "io/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rmf_image image, back;
    rmf_writer *writer;
    char *written;
    size_t length;
    if (!fuzz_accepted(rmf_png_parse((const char *)data, size, "input", &image))) return 0;
    FUZZ_CHECK(rmf_writer_open_memory(&writer) == RMF_OK);
    FUZZ_CHECK(rmf_png_put(writer, &image) == RMF_OK);
    FUZZ_CHECK(rmf_writer_take(writer, &written, &length) == RMF_OK);
    FUZZ_CHECK(rmf_png_parse(written, length, "written", &back) == RMF_OK);
    FUZZ_CHECK(image.height == back.height && image.width == back.width);
    FUZZ_CHECK(image.channels == back.channels);
    FUZZ_CHECK(memcmp(image.pixel, back.pixel,
                      (size_t)(image.height * image.width * image.channels)) == 0);
    rmf_free(written);
    rmf_free(image.pixel);
    rmf_free(back.pixel);
    return 0;
}
