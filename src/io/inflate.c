/** io/inflate.c – inflating by zlib, with every size bounded.  The only file that sees zlib. */
#include "io/inflate.h"

#include <string.h>
#include <zlib.h>

/* zlib counts bytes in 32 bits: longer buffers are handed over in pieces. */
static uInt piece(size_t left)
{
    const size_t most = (size_t)1 << 30;
    return (uInt)(left < most ? left : most);
}

/** A stream with what is left of its two buffers. */
typedef struct inflater {
    z_stream stream;
    size_t in_left, out_left; /* beyond what the stream has been handed */
} inflater;

/** Runs zlib until an end, an error or a full output; hands over pieces as they run out. */
static int run(inflater *z)
{
    int result = Z_OK;
    while (result == Z_OK) {
        if (z->stream.avail_in == 0 && z->in_left > 0) {
            z->stream.avail_in = piece(z->in_left);
            z->in_left -= z->stream.avail_in;
        }
        if (z->stream.avail_out == 0 && z->out_left > 0) {
            z->stream.avail_out = piece(z->out_left);
            z->out_left -= z->stream.avail_out;
        }
        result = inflate(&z->stream, Z_NO_FLUSH);
        if (result == Z_OK && z->stream.avail_out == 0 && z->out_left == 0) return Z_BUF_ERROR;
    }
    return result;
}

static rmf_status fail_stream(const char *place, int result, const char *detail)
{
    if (result == Z_MEM_ERROR) return rmf_fail(RMF_ERR_MEMORY, "%s: out of memory", place);
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: damaged compressed data (%s); expected a complete file; fetch it again",
                    place, detail != NULL ? detail : "it ends too early");
}

rmf_status rmf_inflate_raw(const char *data, size_t size, const char *place, char *out,
                           size_t out_size)
{
    /* One byte of room beyond the content lets zlib reach the end of an empty or full stream. */
    char spare;
    inflater z = {.in_left = size, .out_left = out_size};
    z.stream.next_in = (Bytef *)(uintptr_t)data;
    z.stream.next_out = (Bytef *)(out_size > 0 ? out : &spare);
    int result = inflateInit2(&z.stream, -MAX_WBITS);
    if (result != Z_OK) return fail_stream(place, result, "zlib");
    result = run(&z);
    if (result == Z_BUF_ERROR && z.stream.avail_out == 0 && z.out_left == 0) {
        z.stream.next_out = (Bytef *)&spare;
        z.stream.avail_out = 1;
        result = run(&z);
        if (result == Z_STREAM_END && z.stream.avail_out == 0) result = Z_DATA_ERROR;
        z.stream.avail_out = 0;
    }
    bool whole = result == Z_STREAM_END && z.stream.avail_out + z.out_left == 0 &&
                 z.stream.avail_in + z.in_left == 0;
    rmf_status status = whole ? RMF_OK : fail_stream(place, result, z.stream.msg);
    inflateEnd(&z.stream);
    return status;
}

/* ---- gzip --------------------------------------------------------------------------------- */

/**
 * The content's length modulo 2^32 stands at a gzip file's end: a first guess, never trusted.  One
 * byte more lets zlib see the end of the stream before the buffer is full.
 */
static size_t guess_size(const char *data, size_t size, size_t limit)
{
    if (size < 18) return 1024;
    const unsigned char *end = (const unsigned char *)data + size - 4;
    size_t guess =
        (size_t)end[0] | (size_t)end[1] << 8 | (size_t)end[2] << 16 | (size_t)end[3] << 24;
    size_t most = size < limit / RMF_DEFLATE_MOST ? size * RMF_DEFLATE_MOST : limit;
    return (guess < most ? guess : most) + 1;
}

static rmf_status fail_too_long(const char *place, size_t limit)
{
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: its content is longer than %zu bytes; expected at most that; use smaller "
                    "files",
                    place, limit);
}

/** Makes room for more output: twice the size, at most limit + 1. */
static rmf_status grow(char **out, size_t *capacity, size_t used, size_t limit, const char *place)
{
    if (*capacity > limit) return fail_too_long(place, limit);
    size_t larger = *capacity < limit / 2 ? 2 * *capacity : limit + 1;
    void *grown;
    RMF_TRY(rmf_alloc(larger + 1, 1, &grown));
    memcpy(grown, *out, used);
    rmf_free(*out);
    *out = grown;
    *capacity = larger;
    return RMF_OK;
}

/** Inflates all members into *out, which the caller frees whatever happens. */
static rmf_status inflate_members(inflater *z, size_t limit, const char *place, char **out,
                                  size_t *used)
{
    size_t capacity = z->out_left;
    for (;;) {
        int result = run(z);
        *used = capacity - z->out_left - z->stream.avail_out;
        if (result == Z_STREAM_END) {
            if (*used > limit) return fail_too_long(place, limit);
            if (z->stream.avail_in + z->in_left == 0) return RMF_OK;
            result = inflateReset(&z->stream); /* another member follows */
            if (result == Z_OK) continue;
        }
        bool full = z->stream.avail_out == 0 && z->out_left == 0;
        if (result != Z_BUF_ERROR || !full) return fail_stream(place, result, z->stream.msg);
        RMF_TRY(grow(out, &capacity, *used, limit, place));
        z->stream.next_out = (Bytef *)*out + *used;
        z->out_left = capacity - *used;
    }
}

rmf_status rmf_gunzip(const char *data, size_t size, size_t limit, const char *place, char **out,
                      size_t *out_size)
{
    size_t capacity = guess_size(data, size, limit), used = 0;
    void *buffer;
    RMF_TRY(rmf_alloc(capacity + 1, 1, &buffer));
    char *content = buffer;
    inflater z = {.in_left = size, .out_left = capacity};
    z.stream.next_in = (Bytef *)(uintptr_t)data;
    z.stream.next_out = (Bytef *)content;
    int result = inflateInit2(&z.stream, MAX_WBITS + 16);
    rmf_status status = result == Z_OK ? inflate_members(&z, limit, place, &content, &used)
                                       : fail_stream(place, result, "zlib");
    inflateEnd(&z.stream);
    if (status != RMF_OK) {
        rmf_free(content);
        return status;
    }
    content[used] = '\0';
    *out = content;
    *out_size = used;
    return RMF_OK;
}

uint32_t rmf_crc32(uint32_t crc, const void *data, size_t size)
{
    return size > 0 ? (uint32_t)crc32_z(crc, data, size) : crc;
}
