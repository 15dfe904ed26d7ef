/** io/zip_write.c – zip archives of stored files, as numpy.savez makes them. */
#include "io/inflate.h"
#include "io/zip.h"

#include <string.h>

enum { MOST_ENTRIES = 65534, VERSION = 20, UTF8_NAME = 1 << 11, DATE_1980 = 33 };
#define MOST_BYTES 0xFFFFFFFEu /* all ones would mean zip64 */

typedef struct written {
    char *name;
    uint32_t crc, size, offset;
} written;

struct rmf_zip_writer {
    rmf_writer *writer;
    written *entry;
    size_t count, capacity;
    uint64_t at;
};

/** Little-endian fields, one after the other. */
typedef struct record {
    unsigned char byte[64];
    size_t size;
} record;

static void field(record *r, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        r->byte[r->size++] = (unsigned char)(value >> 8 * i);
}

static rmf_status put(rmf_zip_writer *zip, const void *data, size_t size)
{
    zip->at += size;
    return rmf_writer_put(zip->writer, data, size);
}

rmf_status rmf_zip_writer_open(rmf_writer *writer, rmf_zip_writer **out)
{
    void *zip;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_zip_writer), &zip));
    ((rmf_zip_writer *)zip)->writer = writer;
    *out = zip;
    return RMF_OK;
}

void rmf_zip_writer_free(rmf_zip_writer *zip)
{
    if (zip == NULL) return;
    for (size_t i = 0; i < zip->count; i++)
        rmf_free(zip->entry[i].name);
    rmf_free(zip->entry);
    rmf_free(zip);
}

static rmf_status reserve_one(rmf_zip_writer *zip)
{
    if (zip->count < zip->capacity) return RMF_OK;
    size_t capacity = zip->capacity > 0 ? 2 * zip->capacity : 8;
    void *grown;
    RMF_TRY(rmf_alloc(capacity, sizeof(written), &grown));
    if (zip->count > 0) memcpy(grown, zip->entry, zip->count * sizeof(written));
    rmf_free(zip->entry);
    zip->entry = grown;
    zip->capacity = capacity;
    return RMF_OK;
}

/** The fields that local and central headers share, from "version needed" to "extra length". */
static void common_fields(record *r, const written *entry)
{
    field(r, VERSION, 2);
    field(r, UTF8_NAME, 2);
    field(r, 0, 2); /* stored */
    field(r, 0, 2); /* midnight */
    field(r, DATE_1980, 2);
    field(r, entry->crc, 4);
    field(r, entry->size, 4);
    field(r, entry->size, 4);
    field(r, (uint32_t)strlen(entry->name), 2);
    field(r, 0, 2);
}

rmf_status rmf_zip_writer_add(rmf_zip_writer *zip, const char *name, const rmf_piece piece[2])
{
    size_t length = strlen(name);
    uint64_t size = (uint64_t)piece[0].size + piece[1].size;
    if (length > 65535 || zip->count >= MOST_ENTRIES || size > MOST_BYTES ||
        zip->at + size + length > MOST_BYTES - (1u << 20))
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "%s: more than 4 GiB or 65534 arrays; expected less in a .npz file; write "
                        "several files",
                        rmf_writer_place(zip->writer));
    RMF_TRY(reserve_one(zip));
    written *entry = &zip->entry[zip->count];
    *entry = (written){.size = (uint32_t)size, .offset = (uint32_t)zip->at};
    RMF_TRY(rmf_copy_text(name, &entry->name));
    zip->count++;
    for (int i = 0; i < 2; i++)
        entry->crc = rmf_crc32(entry->crc, piece[i].data, piece[i].size);
    record local = {.byte = "PK\3\4", .size = 4};
    common_fields(&local, entry);
    RMF_TRY(put(zip, local.byte, local.size));
    RMF_TRY(put(zip, name, length));
    RMF_TRY(put(zip, piece[0].data, piece[0].size));
    return put(zip, piece[1].data, piece[1].size);
}

rmf_status rmf_zip_writer_finish(rmf_zip_writer *zip)
{
    uint64_t start = zip->at;
    for (size_t i = 0; i < zip->count; i++) {
        const written *entry = &zip->entry[i];
        record central = {.byte = "PK\1\2", .size = 4};
        field(&central, VERSION, 2);
        common_fields(&central, entry);
        field(&central, 0, 2); /* no comment */
        field(&central, 0, 2); /* disk 0 */
        field(&central, 0, 2); /* binary */
        field(&central, 0, 4); /* no attributes */
        field(&central, entry->offset, 4);
        RMF_TRY(put(zip, central.byte, central.size));
        RMF_TRY(put(zip, entry->name, strlen(entry->name)));
    }
    if (zip->at > MOST_BYTES)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "%s: more than 4 GiB; expected less in a .npz file; write several files",
                        rmf_writer_place(zip->writer));
    record end = {.byte = "PK\5\6", .size = 4};
    field(&end, 0, 4); /* disk 0 of 0 */
    field(&end, (uint32_t)zip->count, 2);
    field(&end, (uint32_t)zip->count, 2);
    field(&end, (uint32_t)(zip->at - start), 4);
    field(&end, (uint32_t)start, 4);
    field(&end, 0, 2); /* no comment */
    return put(zip, end.byte, end.size);
}
