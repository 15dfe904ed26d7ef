/**
 * tests/io/damage.h – feeding damaged bytes to a parser.  Every case is parsed from a block that
 * ends where the bytes end, so that a sanitizer sees any read beyond it; every refusal must leave a
 * one-line message that starts with the place, and no output.  Include cmocka.h first.
 */
#ifndef RMF_TESTS_IO_DAMAGE_H
#define RMF_TESTS_IO_DAMAGE_H

#include <stdlib.h>
#include <string.h>

#include "io/formats.h"

typedef rmf_status parse_set(const char *data, size_t size, const char *place, rmf_arrays *out);

/** Parses a copy that ends exactly at size. */
static inline rmf_status parse_copy(parse_set *parse, const char *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    rmf_arrays set = {0};
    (void)rmf_fail(RMF_OK, "no message");
    rmf_status status = parse(copy, size, "file", &set);
    free(copy);
    if (status == RMF_OK) {
        rmf_arrays_free(&set);
        return status;
    }
    assert_int_equal(set.count, 0);
    assert_null(set.array);
    assert_int_equal(strncmp(rmf_message(), "file", 4), 0);
    return status;
}

static inline void check_refused(parse_set *parse, const char *data, size_t size, const char *why)
{
    rmf_status status = parse_copy(parse, data, size);
    if (status != RMF_ERR_FORMAT) fail_msg("%s: status %d", why, status);
}

static inline void check_truncations(parse_set *parse, const char *data, size_t size)
{
    assert_int_equal(parse_copy(parse, data, size), RMF_OK);
    for (size_t length = 0; length < size; length++)
        check_refused(parse, data, length, "truncated");
}

typedef rmf_status put_set(rmf_writer *writer, const rmf_arrays *arrays);

/** A small set, written by the library. */
static inline char *valid_file(put_set *put, bool texts, size_t *size)
{
    static const char *const words[] = {"eins", "zwei"};
    rmf_arrays set = {0};
    rmf_writer *writer;
    char *data;
    assert_int_equal(
        rmf_arrays_add(&set, "x", RMF_F32, 2, (const int64_t[]){2, 2}, (const float[]){1, 2, 3, 4}),
        RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "n", RMF_I16, 0, NULL, (const int16_t[]){7}), RMF_OK);
    if (texts) assert_int_equal(rmf_arrays_add_texts(&set, "words", words, 2), RMF_OK);
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(put(writer, &set), RMF_OK);
    assert_int_equal(rmf_writer_take(writer, &data, size), RMF_OK);
    rmf_arrays_free(&set);
    return data;
}

#endif
