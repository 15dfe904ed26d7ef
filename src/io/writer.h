/** io/writer.h – writing to memory instead of a file. */
#ifndef RMF_IO_WRITER_H
#define RMF_IO_WRITER_H

#include "ramify/io.h"

/** A writer whose content rmf_writer_take() gives; for tests that write and read back. */
RMF_CHECKED rmf_status rmf_writer_open_memory(rmf_writer **out);
/** Ends a memory writer.  Free *data with rmf_free(). */
RMF_CHECKED rmf_status rmf_writer_take(rmf_writer *writer, char **data, size_t *size);
/** The same when `status` is RMF_OK, else discards and returns `status`. */
RMF_CHECKED rmf_status rmf_writer_take_end(rmf_writer *writer, rmf_status status, char **data,
                                           size_t *size);
/** The path, for messages. */
const char *rmf_writer_place(const rmf_writer *writer);

#endif
