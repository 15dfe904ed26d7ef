/** tests/fuzz/fuzz_yaml.c – recipes: parse, write, parse again. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "io/formats.h"

static void same_settings(const rmf_settings *a, const rmf_settings *b)
{
    FUZZ_CHECK(rmf_settings_count(a) == rmf_settings_count(b));
    for (size_t i = 0; i < rmf_settings_count(a); i++) {
        const char *key = rmf_settings_key(a, i), *text = rmf_settings_text(b, key);
        FUZZ_CHECK(text != NULL && strcmp(text, rmf_settings_text(a, key)) == 0);
    }
}

static void write_and_parse(const rmf_settings *settings)
{
    rmf_settings *back;
    rmf_writer *writer;
    char *written;
    size_t length;
    FUZZ_CHECK(rmf_settings_create(&back) == RMF_OK);
    FUZZ_CHECK(rmf_writer_open_memory(&writer) == RMF_OK);
    FUZZ_CHECK(rmf_yaml_put(writer, settings) == RMF_OK);
    FUZZ_CHECK(rmf_writer_take(writer, &written, &length) == RMF_OK);
    FUZZ_CHECK(rmf_yaml_parse(written, length, "written", back) == RMF_OK);
    same_settings(settings, back);
    rmf_free(written);
    rmf_settings_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rmf_settings *settings;
    FUZZ_CHECK(rmf_settings_create(&settings) == RMF_OK);
    if (fuzz_accepted(rmf_yaml_parse((const char *)data, size, "input", settings)))
        write_and_parse(settings);
    else
        FUZZ_CHECK(rmf_settings_count(settings) == 0); /* all or nothing */
    rmf_settings_free(settings);
    return 0;
}
