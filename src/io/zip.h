/** io/zip.h – as much of the zip format (PKWARE APPNOTE 6.3) as .npz files need. */
#ifndef RMF_IO_ZIP_H
#define RMF_IO_ZIP_H

#include "io/writer.h"

/** One file of an archive: where its bytes are, and what they should become. */
typedef struct rmf_zip_entry {
    char *name; /* owned by the archive */
    const char *data;
    size_t stored, size; /* bytes in the archive, and inflated */
    uint32_t crc;
    bool deflated;
} rmf_zip_entry;

typedef struct rmf_zip {
    rmf_zip_entry *entry;
    size_t count;
} rmf_zip;

/** Lists an archive in memory, which must outlive *out.  All sizes are checked. */
RMF_CHECKED rmf_status rmf_zip_open(const char *data, size_t size, const char *place, rmf_zip *out);
void rmf_zip_free(rmf_zip *zip);
/** The content of an entry, its CRC checked; free with rmf_free(). */
RMF_CHECKED rmf_status rmf_zip_extract(const rmf_zip_entry *entry, const char *place, char **out);

/** Writing: stored entries of up to 4 GiB in all, dated 1980-01-01 so that equal content gives
 * equal bytes. */
typedef struct rmf_zip_writer rmf_zip_writer;
RMF_CHECKED rmf_status rmf_zip_writer_open(rmf_writer *writer, rmf_zip_writer **out);
/** Adds a file that consists of two pieces (a header and its data). */
typedef struct rmf_piece {
    const void *data;
    size_t size;
} rmf_piece;
RMF_CHECKED rmf_status rmf_zip_writer_add(rmf_zip_writer *zip, const char *name,
                                          const rmf_piece piece[2]);
/** Writes the directory of the archive.  Ends neither writer. */
RMF_CHECKED rmf_status rmf_zip_writer_finish(rmf_zip_writer *zip);
void rmf_zip_writer_free(rmf_zip_writer *zip);

#endif
