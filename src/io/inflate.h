/** io/inflate.h – zlib behind two functions: gzip files and raw deflate streams of zip files. */
#ifndef RMF_IO_INFLATE_H
#define RMF_IO_INFLATE_H

#include "ramify/core.h"

/**
 * Inflates a gzip file (any number of members) of at most `limit` bytes of content.  *out gets a 0
 * byte behind its content; free with rmf_free().
 */
RMF_CHECKED rmf_status rmf_gunzip(const char *data, size_t size, size_t limit, const char *place,
                                  char **out, size_t *out_size);
/** Inflates a raw stream that must fill out[out_size] exactly and use all of data[size]. */
RMF_CHECKED rmf_status rmf_inflate_raw(const char *data, size_t size, const char *place, char *out,
                                       size_t out_size);
/** CRC-32 of zip files; start with 0, feed pieces. */
uint32_t rmf_crc32(uint32_t crc, const void *data, size_t size);

/** No deflate stream grows by more than this factor: a bound to check sizes by, before memory. */
#define RMF_DEFLATE_MOST 1032

#endif
