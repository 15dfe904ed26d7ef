/**
 * io/png.c – PNG by libpng.  Every colour type and depth becomes 8 bits a channel: palettes become
 * colours, transparent colours an alpha channel, 16 bits the nearest 8.
 *
 * libpng reports errors by longjmp.  What must survive one lives in a struct of the caller, never
 * in a local variable of the function that calls setjmp.
 */
#include "io/formats.h"

#include <png.h>
#include <string.h>

enum { LONGEST_SIDE = 65535 };
#define PNG_FILE_LIMIT ((size_t)1 << 30)
#define PIXEL_LIMIT ((size_t)1 << 30)
#define MOST_EXPANSION 1032 /* of deflate; libpng's own zlib is not ours to ask */

typedef struct reader {
    png_structp png;
    png_infop info;
    const char *data;
    size_t size, at;
    rmf_image image;
    char message[128];
} reader;

static void keep_message(png_structp png, png_const_charp text)
{
    char *message = png_get_error_ptr(png);
    size_t length = strnlen(text, 127);
    memcpy(message, text, length);
    message[length] = '\0';
    png_longjmp(png, 1);
}

/** Warnings concern parts that we do not use. */
static void ignore_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t size)
{
    reader *r = png_get_io_ptr(png);
    if (size > r->size - r->at) png_error(png, "it is cut short");
    memcpy(out, r->data + r->at, size);
    r->at += size;
}

/** Reads the header and sets the conversions; false when the size is impossible. */
static bool read_header(reader *r)
{
    png_set_read_fn(r->png, r, read_bytes);
    png_set_user_limits(r->png, LONGEST_SIDE, LONGEST_SIDE);
    png_set_chunk_malloc_max(r->png, 1 << 26);
    png_read_info(r->png, r->info);
    size_t row = png_get_rowbytes(r->png, r->info); /* as stored: tells what a file can hold */
    r->image.height = png_get_image_height(r->png, r->info);
    r->image.width = png_get_image_width(r->png, r->info);
    if (row * (size_t)r->image.height / MOST_EXPANSION > r->size) return false;
    png_set_expand(r->png);
    png_set_scale_16(r->png);
    (void)png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->image.channels = png_get_channels(r->png, r->info);
    return true;
}

/** The part of reading that may be left by longjmp.  Everything it changes is in *r. */
static rmf_status decode(reader *r)
{
    if (setjmp(png_jmpbuf(r->png)) != 0) return RMF_ERR_FORMAT;
    if (!read_header(r)) {
        strcpy(r->message, "its size does not fit its length");
        return RMF_ERR_FORMAT;
    }
    size_t row = (size_t)r->image.width * (size_t)r->image.channels;
    if (row > PIXEL_LIMIT / (size_t)r->image.height) {
        strcpy(r->message, "more than 1 GiB of pixels");
        return RMF_ERR_FORMAT;
    }
    void *pixel;
    RMF_TRY(rmf_alloc((size_t)r->image.height, row, &pixel));
    r->image.pixel = pixel;
    int passes = png_get_interlace_type(r->png, r->info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < r->image.height; y++)
            png_read_row(r->png, r->image.pixel + (size_t)y * row, NULL);
    png_read_end(r->png, NULL);
    return RMF_OK;
}

rmf_status rmf_png_parse(const char *data, size_t size, const char *place, rmf_image *out)
{
    reader r = {.data = data, .size = size, .message = "no PNG signature"};
    if (size < 8 || png_sig_cmp((png_const_bytep)data, 0, 8) != 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: not a PNG image (%s); expected a PNG file; convert the image", place,
                        r.message);
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r.message, keep_message, ignore_warning);
    r.info = r.png != NULL ? png_create_info_struct(r.png) : NULL;
    rmf_status status =
        r.info != NULL ? decode(&r) : rmf_fail(RMF_ERR_MEMORY, "%s: no memory to read it", place);
    png_destroy_read_struct(&r.png, &r.info, NULL);
    if (status == RMF_ERR_FORMAT)
        (void)rmf_fail(status,
                       "%s: damaged PNG image (%s); expected a complete file; fetch it again",
                       place, r.message);
    if (status == RMF_OK)
        *out = r.image;
    else
        rmf_free(r.image.pixel);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------ */

typedef struct sink {
    png_structp png;
    png_infop info;
    rmf_writer *writer;
    const rmf_image *image;
    rmf_status status; /* of the first write that failed */
    char message[128];
} sink;

static void write_bytes(png_structp png, png_bytep data, size_t size)
{
    sink *s = png_get_io_ptr(png);
    s->status = rmf_writer_put(s->writer, data, size);
    if (s->status != RMF_OK) png_error(png, "a write failed");
}

static void flush_nothing(png_structp png)
{
    (void)png;
} /* the writer does that at the end */

/** The part of writing that may be left by longjmp. */
static rmf_status encode(sink *s)
{
    static const int color[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    const rmf_image *image = s->image;
    if (setjmp(png_jmpbuf(s->png)) != 0)
        return s->status != RMF_OK ? s->status
                                   : rmf_fail(RMF_ERR_IO, "%s: cannot make a PNG image: %s",
                                              rmf_writer_place(s->writer), s->message);
    png_set_write_fn(s->png, s, write_bytes, flush_nothing);
    png_set_IHDR(s->png, s->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 color[image->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(s->png, s->info);
    size_t row = (size_t)image->width * (size_t)image->channels;
    for (int64_t y = 0; y < image->height; y++)
        png_write_row(s->png, image->pixel + (size_t)y * row);
    png_write_end(s->png, s->info);
    return RMF_OK;
}

rmf_status rmf_png_put(rmf_writer *writer, const rmf_image *image)
{
    if (image->channels < 1 || image->channels > 4 || image->width < 1 || image->height < 1 ||
        image->width > LONGEST_SIDE || image->height > LONGEST_SIDE)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "%s: an image of %lld × %lld pixels and %d channels; expected 1 to %d "
                        "pixels a side and 1 to 4 channels",
                        rmf_writer_place(writer), (long long)image->width, (long long)image->height,
                        image->channels, LONGEST_SIDE);
    sink s = {.writer = writer, .image = image};
    s.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, s.message, keep_message, ignore_warning);
    s.info = s.png != NULL ? png_create_info_struct(s.png) : NULL;
    rmf_status status = s.info != NULL ? encode(&s)
                                       : rmf_fail(RMF_ERR_MEMORY, "%s: no memory to write it",
                                                  rmf_writer_place(writer));
    png_destroy_write_struct(&s.png, &s.info);
    return status;
}

rmf_status rmf_png_read(const char *path, rmf_image *out)
{
    char *data;
    size_t size;
    RMF_TRY(rmf_file_read(path, PNG_FILE_LIMIT, &data, &size));
    rmf_status status = rmf_png_parse(data, size, path, out);
    rmf_free(data);
    return status;
}

rmf_status rmf_png_write(const char *path, bool replace, const rmf_image *image)
{
    rmf_writer *writer;
    RMF_TRY(rmf_writer_open(path, replace, &writer));
    return rmf_writer_end(writer, rmf_png_put(writer, image));
}
