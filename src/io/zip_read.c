/**
 * io/zip_read.c – listing and extracting zip archives.
 *
 * The central directory at the archive's end is what counts; local headers only tell where the
 * bytes start.  Large archives put sizes into "zip64" fields, which are followed.  The compressed
 * sizes of all entries must fit into the file once, so that a small file cannot unfold without
 * bound.
 */
#include "io/inflate.h"
#include "io/text.h"
#include "io/zip.h"

#include <string.h>

enum {
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    CENTRAL_SIZE = 46,
    LOCAL_SIZE = 30,
    COMMENT_MOST = 65535
};

#define CONTENT_MOST (8ull << 30) /* as rmf_file_read() */

/** The archive, and where its central directory is. */
typedef struct archive {
    const unsigned char *data;
    size_t size;
    const char *place;
    uint64_t entries, directory, directory_size;
    uint64_t budget;  /* bytes of the file that no entry has claimed yet */
    uint64_t content; /* bytes that entries may still inflate to */
} archive;

static uint64_t number(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static rmf_status fail_zip(const archive *a, const char *found)
{
    (void)rmf_fail(RMF_ERR_FORMAT,
                   "%s: damaged zip archive (%s); expected a complete .npz file; fetch or write it "
                   "again",
                   a->place, found);
    return RMF_ERR_FORMAT;
}

/** Finds the end record: the last one whose comment reaches exactly to the end of the file. */
static const unsigned char *find_end(const archive *a)
{
    if (a->size < END_SIZE) return NULL;
    size_t last = a->size - END_SIZE, first = last > COMMENT_MOST ? last - COMMENT_MOST : 0;
    for (size_t at = last + 1; at-- > first;) {
        const unsigned char *end = a->data + at;
        if (memcmp(end, "PK\5\6", 4) == 0 && number(end + 20, 2) == last - at) return end;
    }
    return NULL;
}

/** The zip64 end record in front of `end`, if there is one. */
static const unsigned char *find_end64(const archive *a, const unsigned char *end)
{
    if (end - a->data < LOCATOR_SIZE + END64_SIZE) return NULL;
    const unsigned char *locator = end - LOCATOR_SIZE;
    if (memcmp(locator, "PK\6\7", 4) != 0) return NULL;
    uint64_t at = number(locator + 8, 8);
    if (at > (uint64_t)(locator - a->data) - END64_SIZE) return NULL;
    return memcmp(a->data + at, "PK\6\6", 4) == 0 ? a->data + at : NULL;
}

static rmf_status read_end(archive *a)
{
    const unsigned char *end = find_end(a);
    if (end == NULL)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: not a zip archive, or cut short; expected a .npz file; fetch or write "
                        "it again",
                        a->place);
    a->entries = number(end + 10, 2);
    a->directory_size = number(end + 12, 4);
    a->directory = number(end + 16, 4);
    if (a->entries == 0xFFFF || a->directory_size == 0xFFFFFFFF || a->directory == 0xFFFFFFFF) {
        const unsigned char *end64 = find_end64(a, end);
        if (end64 == NULL) return fail_zip(a, "its zip64 end record is missing");
        a->entries = number(end64 + 32, 8);
        a->directory_size = number(end64 + 40, 8);
        a->directory = number(end64 + 48, 8);
    } else if (number(end + 4, 2) != 0 || number(end + 6, 2) != 0) {
        return fail_zip(a, "one part of several");
    }
    uint64_t before_end = (uint64_t)(end - a->data);
    if (a->directory > before_end || a->directory_size > before_end - a->directory ||
        a->entries > a->directory_size / CENTRAL_SIZE)
        return fail_zip(a, "its directory lies outside the file");
    return RMF_OK;
}

/** Sizes and offset of one entry, before they are checked. */
typedef struct raw_entry {
    uint64_t stored, size, offset;
} raw_entry;

/** Replaces the 32-bit fields that are all ones by those of the zip64 extra field. */
static bool apply_zip64(const unsigned char *extra, size_t length, raw_entry *raw)
{
    uint64_t *const field[] = {&raw->size, &raw->stored, &raw->offset};
    bool wanted = raw->size == 0xFFFFFFFF || raw->stored == 0xFFFFFFFF || raw->offset == 0xFFFFFFFF;
    while (wanted && length >= 4) {
        size_t size = (size_t)number(extra + 2, 2);
        if (size > length - 4) return false;
        if (number(extra, 2) == 1) {
            const unsigned char *next = extra + 4, *end = next + size;
            for (int i = 0; i < 3; i++) {
                if (*field[i] != 0xFFFFFFFF) continue;
                if (end - next < 8) return false;
                *field[i] = number(next, 8);
                next += 8;
            }
            return true;
        }
        extra += 4 + size;
        length -= 4 + size;
    }
    return !wanted;
}

/** Where the bytes of an entry start: behind its local header. */
static rmf_status locate(archive *a, const raw_entry *raw, rmf_zip_entry *entry)
{
    if (raw->offset > a->directory || a->directory - raw->offset < LOCAL_SIZE ||
        memcmp(a->data + raw->offset, "PK\3\4", 4) != 0)
        return fail_zip(a, "an entry lies outside the file");
    const unsigned char *local = a->data + raw->offset;
    uint64_t start = raw->offset + LOCAL_SIZE + number(local + 26, 2) + number(local + 28, 2);
    if (start > a->directory || raw->stored > a->directory - start || raw->stored > a->budget)
        return fail_zip(a, "an entry is longer than the file");
    a->budget -= raw->stored;
    if (entry->deflated ? raw->size / RMF_DEFLATE_MOST > raw->stored : raw->size != raw->stored)
        return fail_zip(a, "an entry's two sizes do not fit together");
    if (raw->size > a->content)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: more than %llu bytes of content; expected at most that; use smaller "
                        "files",
                        a->place, CONTENT_MOST);
    a->content -= raw->size;
    entry->data = (const char *)a->data + start;
    entry->stored = (size_t)raw->stored;
    entry->size = (size_t)raw->size;
    return RMF_OK;
}

static rmf_status copy_name(const archive *a, const unsigned char *name, size_t length, char **out)
{
    if (!rmf_utf8_valid((const char *)name, length))
        return fail_zip(a, "an entry's name is not UTF-8");
    void *copy;
    RMF_TRY(rmf_alloc(length + 1, 1, &copy));
    memcpy(copy, name, length);
    *out = copy;
    return RMF_OK;
}

/** Reads the directory entry at *at, which moves on.  A name that was copied is in *entry. */
static rmf_status read_entry(archive *a, uint64_t *at, rmf_zip_entry *entry)
{
    uint64_t end = a->directory + a->directory_size;
    const unsigned char *central = a->data + *at;
    if (end - *at < CENTRAL_SIZE || memcmp(central, "PK\1\2", 4) != 0)
        return fail_zip(a, "its directory is cut short");
    size_t name = (size_t)number(central + 28, 2), extra = (size_t)number(central + 30, 2);
    uint64_t length = CENTRAL_SIZE + name + extra + number(central + 32, 2);
    if (length > end - *at) return fail_zip(a, "its directory is cut short");
    uint64_t method = number(central + 10, 2);
    if ((number(central + 8, 2) & 1) != 0) return fail_zip(a, "an entry is encrypted");
    if (method != 0 && method != 8) return fail_zip(a, "an unknown compression method");
    entry->deflated = method == 8;
    entry->crc = (uint32_t)number(central + 16, 4);
    raw_entry raw = {number(central + 20, 4), number(central + 24, 4), number(central + 42, 4)};
    if (!apply_zip64(central + CENTRAL_SIZE + name, extra, &raw))
        return fail_zip(a, "an entry's zip64 sizes are missing");
    RMF_TRY(locate(a, &raw, entry));
    *at += length;
    return copy_name(a, central + CENTRAL_SIZE, name, &entry->name);
}

rmf_status rmf_zip_open(const char *data, size_t size, const char *place, rmf_zip *out)
{
    archive a = {.data = (const unsigned char *)data,
                 .size = size,
                 .place = place,
                 .budget = size,
                 .content = CONTENT_MOST};
    RMF_TRY(read_end(&a));
    void *entries;
    RMF_TRY(rmf_alloc((size_t)a.entries, sizeof(rmf_zip_entry), &entries));
    rmf_zip zip = {.entry = entries, .count = (size_t)a.entries};
    uint64_t at = a.directory;
    rmf_status status = RMF_OK;
    for (size_t i = 0; i < zip.count && status == RMF_OK; i++)
        status = read_entry(&a, &at, &zip.entry[i]);
    if (status == RMF_OK)
        *out = zip;
    else
        rmf_zip_free(&zip);
    return status;
}

void rmf_zip_free(rmf_zip *zip)
{
    for (size_t i = 0; i < zip->count; i++)
        rmf_free(zip->entry[i].name);
    rmf_free(zip->entry);
    *zip = (rmf_zip){0};
}

rmf_status rmf_zip_extract(const rmf_zip_entry *entry, const char *place, char **out)
{
    void *content;
    RMF_TRY(rmf_alloc(entry->size, 1, &content));
    rmf_status status = RMF_OK;
    if (entry->deflated)
        status = rmf_inflate_raw(entry->data, entry->stored, place, content, entry->size);
    else if (entry->size > 0)
        memcpy(content, entry->data, entry->size);
    if (status == RMF_OK && rmf_crc32(0, content, entry->size) != entry->crc)
        status = rmf_fail(RMF_ERR_FORMAT,
                          "%s: damaged content (its checksum differs); expected the bytes that "
                          "were written; fetch or write it again",
                          place);
    if (status != RMF_OK) {
        rmf_free(content);
        return status;
    }
    *out = content;
    return RMF_OK;
}
