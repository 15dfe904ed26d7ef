/** tests/io/test_files.c – whole files, gzip, folders, and the atomic writer. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#include "io/scratch.h"
#include "io/writer.h"

static void check_content(const char *path, const char *expected)
{
    char *data;
    size_t size;
    assert_int_equal(rmf_file_read(path, 0, &data, &size), RMF_OK);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(data, expected); /* also: a 0 byte follows */
    rmf_free(data);
}

static void files_are_read(void **state)
{
    const char *path = scratch_path(*state, "plain");
    char *data = NULL;
    size_t size = 0;
    assert_true(scratch_write(path, "content", 7));
    check_content(path, "content");
    assert_true(scratch_write(path, "", 0));
    check_content(path, "");
    assert_true(scratch_write(path, "\x1f", 1)); /* half a gzip magic is no gzip */
    check_content(path, "\x1f");
    assert_int_equal(rmf_file_read(scratch_path(*state, "none"), 0, &data, &size), RMF_ERR_IO);
    assert_non_null(strstr(rmf_message(), "none: cannot open: No such file or directory"));
    assert_int_equal(rmf_file_read(((scratch *)*state)->folder, 0, &data, &size), RMF_ERR_IO);
    assert_null(data);
    check_content("/dev/null", "");
}

static void limits_hold(void **state)
{
    const char *path = scratch_path(*state, "hundred");
    char content[100], *data = NULL;
    size_t size;
    memset(content, 'x', sizeof content);
    assert_true(scratch_write(path, content, sizeof content));
    assert_int_equal(rmf_file_read(path, 99, &data, &size), RMF_ERR_FORMAT);
    assert_null(data);
    assert_int_equal(rmf_file_read(path, 100, &data, &size), RMF_OK);
    assert_int_equal(size, 100);
    rmf_free(data);
    /* A device without end: only the limit stops it. */
    assert_int_equal(rmf_file_read("/dev/zero", 100000, &data, &size), RMF_ERR_FORMAT);
}

/** Compresses text into a gzip file in memory. */
static size_t gzip(const char *text, size_t size, unsigned char *out, size_t capacity)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)capacity;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t written = capacity - z.avail_out;
    deflateEnd(&z);
    return written;
}

static void gzip_is_seen_through(void **state)
{
    const char *path = scratch_path(*state, "text.gz");
    unsigned char packed[4096];
    size_t first = gzip("hello ", 6, packed, sizeof packed);
    size_t both = first + gzip("world", 5, packed + first, sizeof packed - first);
    assert_true(scratch_write(path, packed, first));
    check_content(path, "hello ");
    assert_true(scratch_write(path, packed, both)); /* two members, as `cat a.gz b.gz` makes */
    check_content(path, "hello world");
    size_t empty = gzip("", 0, packed, sizeof packed);
    assert_true(scratch_write(path, packed, empty));
    check_content(path, "");
}

static void damaged_gzip_is_refused(void **state)
{
    const char *path = scratch_path(*state, "bad.gz");
    unsigned char packed[4096];
    size_t size = gzip("some text, some text, some text", 31, packed, sizeof packed), got;
    char *data = NULL;
    for (size_t length = 2; length < size; length++) {
        assert_true(scratch_write(path, packed, length));
        assert_int_equal(rmf_file_read(path, 0, &data, &got), RMF_ERR_FORMAT);
        assert_non_null(strstr(rmf_message(), "bad.gz: damaged compressed data"));
    }
    packed[size - 8] ^= 1; /* the checksum */
    assert_true(scratch_write(path, packed, size));
    assert_int_equal(rmf_file_read(path, 0, &data, &got), RMF_ERR_FORMAT);
    packed[size - 8] ^= 1;
    packed[size] = 'x'; /* something behind the end */
    assert_true(scratch_write(path, packed, size + 1));
    assert_int_equal(rmf_file_read(path, 0, &data, &got), RMF_ERR_FORMAT);
    assert_null(data);
}

static void gzip_bombs_stop_at_the_limit(void **state)
{
    const char *path = scratch_path(*state, "bomb.gz");
    enum { LENGTH = 1 << 20 };
    char *zeros = calloc(1, LENGTH), *data = NULL;
    unsigned char packed[4096];
    size_t size = gzip(zeros, LENGTH, packed, sizeof packed), got;
    free(zeros);
    assert_true(scratch_write(path, packed, size));
    assert_int_equal(rmf_file_read(path, LENGTH - 1, &data, &got), RMF_ERR_FORMAT);
    assert_null(data);
    assert_int_equal(rmf_file_read(path, LENGTH, &data, &got), RMF_OK);
    assert_int_equal(got, LENGTH);
    rmf_free(data);
    /* A wrong length at the end is only a wrong guess of the buffer; zlib refuses the file. */
    memset(packed + size - 4, 0xFF, 4);
    assert_true(scratch_write(path, packed, size));
    assert_int_equal(rmf_file_read(path, 0, &data, &got), RMF_ERR_FORMAT);
}

static void folders_are_made(void **state)
{
    const char *deep = scratch_path(*state, "a/b//c/"), *file = scratch_path(*state, "file");
    assert_int_equal(rmf_make_folder(deep), RMF_OK);
    assert_int_equal(rmf_make_folder(deep), RMF_OK);
    assert_true(rmf_is_folder(deep));
    assert_true(rmf_file_exists(deep));
    assert_int_equal(rmf_make_folder("/"), RMF_OK);
    assert_true(scratch_write(file, "", 0));
    assert_true(rmf_file_exists(file) && !rmf_is_folder(file));
    assert_int_equal(rmf_make_folder(file), RMF_ERR_IO);
    assert_int_equal(rmf_make_folder(scratch_path(*state, "file/below")), RMF_ERR_IO);
    assert_int_equal(rmf_make_folder(""), RMF_ERR_IO);
    assert_false(rmf_file_exists(scratch_path(*state, "nothing")));
}

static void paths_are_joined(void **state)
{
    (void)state;
    static const char *const cases[][3] = {{"a/b", "c", "a/b/c"}, {"a/", "c", "a/c"},
                                           {"a", "/c", "/c"},     {"", "c", "c"},
                                           {"/", "c", "/c"},      {".", "c/d", "c/d"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path;
        assert_int_equal(rmf_path_join(cases[i][0], cases[i][1], &path), RMF_OK);
        assert_string_equal(path, cases[i][2]);
        rmf_free(path);
    }
}

static void writers_commit_whole_files(void **state)
{
    const char *path = scratch_path(*state, "new/out.txt"), *folder = scratch_path(*state, "new");
    rmf_writer *writer;
    assert_int_equal(rmf_make_folder(folder), RMF_OK);
    assert_int_equal(rmf_writer_open(path, false, &writer), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "one ", 4), RMF_OK);
    assert_int_equal(rmf_writer_print(writer, "%s %d", "two", 3), RMF_OK);
    assert_false(rmf_file_exists(path)); /* nothing is there before commit */
    assert_int_equal(rmf_writer_commit(writer), RMF_OK);
    check_content(path, "one two 3");
    assert_int_equal(scratch_count(folder), 1);
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
}

static void discarded_writes_change_nothing(void **state)
{
    const char *path = scratch_path(*state, "kept/out.txt"), *folder = scratch_path(*state, "kept");
    rmf_writer *writer;
    assert_int_equal(rmf_make_folder(folder), RMF_OK);
    assert_true(scratch_write(path, "old", 3));
    assert_int_equal(rmf_writer_open(path, true, &writer), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "new", 3), RMF_OK);
    check_content(path, "old");
    rmf_writer_discard(writer);
    check_content(path, "old");
    assert_int_equal(scratch_count(folder), 1);
    assert_int_equal(rmf_writer_open(path, true, &writer), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "new", 3), RMF_OK);
    assert_int_equal(rmf_writer_end(writer, RMF_ERR_FORMAT), RMF_ERR_FORMAT);
    check_content(path, "old");
    assert_int_equal(scratch_count(folder), 1);
    rmf_writer_discard(NULL);
}

static void existing_files_need_replace(void **state)
{
    const char *path = scratch_path(*state, "there"), *late = scratch_path(*state, "late");
    rmf_writer *writer = NULL;
    assert_true(scratch_write(path, "old", 3));
    assert_int_equal(rmf_writer_open(path, false, &writer), RMF_ERR_EXISTS);
    assert_null(writer);
    assert_non_null(strstr(rmf_message(), "; --force replaces it"));
    assert_int_equal(rmf_can_write(path, false), RMF_ERR_EXISTS);
    assert_int_equal(rmf_can_write(path, true), RMF_OK);
    assert_int_equal(rmf_writer_open(path, true, &writer), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "new", 3), RMF_OK);
    assert_int_equal(rmf_writer_commit(writer), RMF_OK);
    check_content(path, "new");
    /* Somebody else makes the file between open and commit. */
    assert_int_equal(rmf_writer_open(late, false, &writer), RMF_OK);
    assert_true(scratch_write(late, "theirs", 6));
    assert_int_equal(rmf_writer_commit(writer), RMF_ERR_EXISTS);
    check_content(late, "theirs");
}

static void links_stay_links(void **state)
{
    const char *target = scratch_path(*state, "target"), *link = scratch_path(*state, "link");
    rmf_writer *writer;
    assert_true(scratch_write(target, "old", 3));
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(rmf_can_write(link, false), RMF_ERR_EXISTS);
    assert_int_equal(rmf_writer_open(link, true, &writer), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "new", 3), RMF_OK);
    assert_int_equal(rmf_writer_commit(writer), RMF_OK);
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    check_content(target, "new");
}

static void impossible_places_are_refused(void **state)
{
    scratch *s = *state;
    rmf_writer *writer = NULL;
    const char *paths[] = {"/dev/null",
                           "/dev/full",
                           s->folder,
                           "",
                           scratch_path(s, "no/where"),
                           scratch_path(s, "slash/"),
                           "/proc/none"};
    assert_true(scratch_write(scratch_path(s, "plainfile"), "", 0));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        rmf_status status = rmf_can_write(paths[i], true);
        assert_true(status == RMF_ERR_IO || status == RMF_ERR_USAGE);
        assert_int_equal(rmf_writer_open(paths[i], true, &writer), status);
        assert_null(writer);
    }
    assert_int_equal(rmf_can_write(scratch_path(s, "plainfile/x"), true), RMF_ERR_IO);
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode)); /* still a device */
}

/** A full disk, played by a limit on the size of files. */
static void failed_writes_leave_nothing(void **state)
{
    const char *path = scratch_path(*state, "full/out"), *folder = scratch_path(*state, "full");
    static char block[100000];
    struct rlimit old, small;
    rmf_writer *writer;
    assert_int_equal(rmf_make_folder(folder), RMF_OK);
    assert_int_equal(rmf_writer_open(path, false, &writer), RMF_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 50000, .rlim_max = old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rmf_status put = rmf_writer_put(writer, block, sizeof block);
    rmf_status later = rmf_writer_commit(writer);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(put, RMF_ERR_IO);
    assert_int_equal(later, RMF_ERR_IO); /* even if the caller overlooked the first failure */
    assert_non_null(strstr(rmf_message(), "full/out: cannot write: File too large"));
    assert_int_equal(scratch_count(folder), 0);
}

static void writers_can_write_to_memory(void **state)
{
    (void)state;
    rmf_writer *writer;
    char *data;
    size_t size;
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_string_equal(rmf_writer_place(writer), "memory");
    assert_int_equal(rmf_writer_print(writer, "%d", 12), RMF_OK);
    assert_int_equal(rmf_writer_put(writer, "\0x", 2), RMF_OK);
    assert_int_equal(rmf_writer_take(writer, &data, &size), RMF_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(data, "12\0x", 4);
    rmf_free(data);
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    rmf_writer_discard(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(gzip_is_seen_through),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(gzip_bombs_stop_at_the_limit),
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(paths_are_joined),
        cmocka_unit_test(writers_commit_whole_files),
        cmocka_unit_test(discarded_writes_change_nothing),
        cmocka_unit_test(existing_files_need_replace),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(impossible_places_are_refused),
        cmocka_unit_test(failed_writes_leave_nothing),
        cmocka_unit_test(writers_can_write_to_memory),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
