/** tests/io/test_npz.c – damaged .npz archives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/damage.h"
#include "io/inflate.h"
#include "io/zip.h"

static void npz_is_checked_at_every_byte(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_npz_put, true, &size);
    check_truncations(rmf_npz_parse, data, size);
    size_t accepted = 0;
    for (size_t i = 0; i < size; i++) { /* most flips are caught; none may crash */
        data[i] ^= 0x55;
        accepted += parse_copy(rmf_npz_parse, data, size) == RMF_OK;
        data[i] ^= 0x55;
    }
    assert_true(accepted < size / 2);
    /* Contents are guarded by the checksum: the first element of "x" lies behind its header. */
    const char *header = memmem(data, size, "NUMPY", 5);
    assert_non_null(header);
    data[(header - data) - 1 + 128] ^= 1;
    check_refused(rmf_npz_parse, data, size, "content");
    assert_non_null(strstr(rmf_message(), "file: x.npy: damaged content"));
    rmf_free(data);
}

/** A set of bytes at an offset of the last central directory entry or the end record. */
static void npz_sizes_are_checked(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_npz_put, false, &size);
    char *end = data + size - 22, *central = memmem(data, size, "PK\1\2", 4);
    assert_non_null(central);
    const struct {
        char *at;
        size_t bytes;
        const char *what;
    } changes[] = {{central + 20, 4, "stored size"},  {central + 24, 4, "size"},
                   {central + 42, 4, "offset"},       {central + 28, 2, "name length"},
                   {central + 30, 2, "extra length"}, {central + 10, 2, "method"},
                   {central + 16, 4, "checksum"},     {end + 10, 2, "entries"},
                   {end + 12, 4, "directory size"},   {end + 16, 4, "directory offset"},
                   {end + 20, 2, "comment length"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        static const unsigned char fills[] = {0xFF, 0xFE, 0x7F};
        char old[4];
        memcpy(old, changes[i].at, changes[i].bytes);
        for (size_t f = 0; f < sizeof fills; f++) {
            memset(changes[i].at, fills[f], changes[i].bytes);
            check_refused(rmf_npz_parse, data, size, changes[i].what);
        }
        memcpy(changes[i].at, old, changes[i].bytes);
    }
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    central[8] |= 1; /* encrypted */
    check_refused(rmf_npz_parse, data, size, "encrypted");
    central[8] &= ~1;
    end[10] = 1; /* fewer entries than there are: the rest is not looked at */
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    rmf_free(data);
}

/** Two names for the same bytes: the sizes of all entries must fit into the file once. */
static void overlapping_members_are_refused(void **state)
{
    (void)state;
    rmf_writer *writer;
    rmf_zip_writer *zip;
    static const char block[5000];
    char *data;
    size_t size;
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(rmf_zip_writer_open(writer, &zip), RMF_OK);
    for (int i = 0; i < 2; i++) /* the second is smaller, and then claims the first one's bytes */
        assert_int_equal(
            rmf_zip_writer_add(zip, i == 0 ? "a.txt" : "b.txt",
                               (const rmf_piece[]){{block, i == 0 ? 5000 : 1}, {"", 0}}),
            RMF_OK);
    assert_int_equal(rmf_zip_writer_finish(zip), RMF_OK);
    rmf_zip_writer_free(zip);
    assert_int_equal(rmf_writer_take(writer, &data, &size), RMF_OK);
    assert_int_equal(parse_copy(rmf_npz_parse, data, size), RMF_OK);
    char *first = memmem(data, size, "PK\1\2", 4), *second = first + 46 + 5;
    memcpy(second + 16, first + 16, 12); /* checksum and sizes */
    memcpy(second + 42, first + 42, 4);  /* offset */
    check_refused(rmf_npz_parse, data, size, "overlap");
    rmf_free(data);
}

/** Extracts the single deflated entry that `stream` holds. */
static rmf_status inflate_entry(const char *stream, size_t stored, size_t size, uint32_t crc)
{
    rmf_zip_entry entry = {
        .data = stream, .stored = stored, .size = size, .crc = crc, .deflated = true};
    char *content;
    RMF_TRY(rmf_zip_extract(&entry, "file", &content));
    rmf_free(content);
    return RMF_OK;
}

static void deflated_members_must_fill_their_size(void **state)
{
    (void)state;
    /* "aaaaaaaaaa" and the empty text, deflated with fixed codes. */
    static const char ten[] = "\x4b\x84\x03\x00", none[] = "\x03\x00";
    uint32_t crc = rmf_crc32(0, "aaaaaaaaaa", 10);
    assert_int_equal(inflate_entry(ten, 4, 10, crc), RMF_OK);
    assert_int_equal(inflate_entry(ten, 4, 9, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 4, 11, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 3, 10, crc), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(ten, 4, 10, crc + 1), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(none, 2, 0, 0), RMF_OK);
    assert_int_equal(inflate_entry(none, 2, 1, 0), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry(none, 0, 0, 0), RMF_ERR_FORMAT);
    assert_int_equal(inflate_entry("\xff\xff", 2, 10, 0), RMF_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npz_is_checked_at_every_byte),
        cmocka_unit_test(npz_sizes_are_checked),
        cmocka_unit_test(overlapping_members_are_refused),
        cmocka_unit_test(deflated_members_must_fill_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
