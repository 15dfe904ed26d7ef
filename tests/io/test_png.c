/**
 * tests/io/test_png.c – PNG images: every colour type and depth against values worked out here,
 * round trips, and damage.
 */
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/formats.h"
#include "io/scratch.h"

enum { WIDTH = 13, HEIGHT = 6, ROW = WIDTH * 8 };

/** How a test image is stored. */
typedef struct layout {
    int color, depth, channels; /* channels: of the image that reading gives */
    bool interlaced, transparent;
} layout;

/** Sample k of pixel (x, y), in the range of the depth. */
static unsigned sample(int x, int y, int k, int depth)
{
    unsigned largest = (1u << depth) - 1;
    return depth == 16 ? (unsigned)(x * 4999 + y * 257 + k * 31) & largest
                       : (unsigned)(x * 7 + y * 3 + k) & largest;
}

static int stored_channels(int color)
{
    return color == PNG_COLOR_TYPE_RGB          ? 3
           : color == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
           : color == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                : 1;
}

static void append(png_structp png, png_bytep data, size_t size)
{
    assert_int_equal(rmf_writer_put(png_get_io_ptr(png), data, size), RMF_OK);
}

static void no_flush(png_structp png)
{
    (void)png;
}

/** Palette entry i is (i, 255 − i, 3i). */
static void set_palette(png_structp png, png_infop info, const layout *l)
{
    png_color palette[256];
    png_byte alpha[256];
    int entries = 1 << l->depth;
    for (int i = 0; i < entries; i++) {
        palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i), (png_byte)(3 * i)};
        alpha[i] = (png_byte)(i == 1 ? 100 : 255);
    }
    png_set_PLTE(png, info, palette, entries);
    if (l->transparent) png_set_tRNS(png, info, alpha, 2, NULL);
}

static void fill_row(const layout *l, int y, png_byte *row)
{
    int channels = stored_channels(l->color);
    memset(row, 0, ROW);
    for (int x = 0; x < WIDTH; x++)
        for (int k = 0; k < channels; k++) {
            unsigned value = sample(x, y, k, l->depth);
            int bit = (x * channels + k) * l->depth;
            if (l->depth == 16) row[bit / 8] = (png_byte)(value >> 8);
            if (l->depth >= 8)
                row[bit / 8 + (l->depth == 16)] = (png_byte)value;
            else
                row[bit / 8] |= (png_byte)(value << (8 - l->depth - bit % 8));
        }
}

/** Writes an image with libpng directly. */
static char *make_png(const layout *l, size_t *size)
{
    rmf_writer *writer;
    char *data;
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, writer, append, no_flush);
    png_set_IHDR(png, info, WIDTH, HEIGHT, l->depth, l->color,
                 l->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (l->color == PNG_COLOR_TYPE_PALETTE)
        set_palette(png, info, l);
    else if (l->transparent)
        png_set_tRNS(png, info, NULL, 0,
                     &(png_color_16){.gray = (png_uint_16)sample(2, 1, 0, l->depth),
                                     .red = (png_uint_16)sample(2, 1, 0, l->depth),
                                     .green = (png_uint_16)sample(2, 1, 1, l->depth),
                                     .blue = (png_uint_16)sample(2, 1, 2, l->depth)});
    static png_byte rows[HEIGHT][ROW];
    png_bytep pointers[HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
        fill_row(l, y, rows[y]);
        pointers[y] = rows[y];
    }
    png_set_rows(png, info, pointers);
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(rmf_writer_take(writer, &data, size), RMF_OK);
    return data;
}

static unsigned to_8_bits(unsigned value, int depth)
{
    unsigned largest = (1u << depth) - 1;
    return (value * 255 + largest / 2) / largest;
}

/** Channel k of pixel (x, y) as reading must give it. */
static unsigned expected(const layout *l, int x, int y, int k)
{
    int stored = stored_channels(l->color);
    if (l->color == PNG_COLOR_TYPE_PALETTE) {
        unsigned i = sample(x, y, 0, l->depth);
        const unsigned entry[] = {i, 255 - i, 3 * i & 255, i == 1 ? 100 : 255};
        return entry[k];
    }
    if (k < stored) return to_8_bits(sample(x, y, k, l->depth), l->depth);
    for (int j = 0; j < stored; j++)
        if (sample(x, y, j, l->depth) != sample(2, 1, j, l->depth)) return 255;
    return 0; /* the transparent colour */
}

static const layout layouts[] = {{PNG_COLOR_TYPE_GRAY, 1, 1, false, false},
                                 {PNG_COLOR_TYPE_GRAY, 2, 1, false, false},
                                 {PNG_COLOR_TYPE_GRAY, 4, 1, true, false},
                                 {PNG_COLOR_TYPE_GRAY, 8, 1, false, false},
                                 {PNG_COLOR_TYPE_GRAY, 16, 1, false, false},
                                 {PNG_COLOR_TYPE_GRAY, 8, 2, false, true},
                                 {PNG_COLOR_TYPE_GRAY, 2, 2, true, true},
                                 {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 2, false, false},
                                 {PNG_COLOR_TYPE_GRAY_ALPHA, 16, 2, true, false},
                                 {PNG_COLOR_TYPE_RGB, 8, 3, true, false},
                                 {PNG_COLOR_TYPE_RGB, 16, 3, false, false},
                                 {PNG_COLOR_TYPE_RGB, 8, 4, false, true},
                                 {PNG_COLOR_TYPE_RGB_ALPHA, 8, 4, false, false},
                                 {PNG_COLOR_TYPE_RGB_ALPHA, 16, 4, true, false},
                                 {PNG_COLOR_TYPE_PALETTE, 1, 3, false, false},
                                 {PNG_COLOR_TYPE_PALETTE, 2, 4, false, true},
                                 {PNG_COLOR_TYPE_PALETTE, 4, 3, true, false},
                                 {PNG_COLOR_TYPE_PALETTE, 8, 4, true, true}};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

static void every_layout_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i++) {
        const layout *l = &layouts[i];
        size_t size;
        rmf_image image;
        char *data = make_png(l, &size);
        if (rmf_png_parse(data, size, "image", &image) != RMF_OK)
            fail_msg("layout %zu: %s", i, rmf_message());
        assert_int_equal(image.width, WIDTH);
        assert_int_equal(image.height, HEIGHT);
        assert_int_equal(image.channels, l->channels);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                for (int k = 0; k < l->channels; k++) {
                    unsigned got = image.pixel[(y * WIDTH + x) * l->channels + k];
                    if (got != expected(l, x, y, k))
                        fail_msg("layout %zu at %d %d channel %d: %u, expected %u", i, x, y, k, got,
                                 expected(l, x, y, k));
                }
        rmf_free(image.pixel);
        rmf_free(data);
    }
}

static void images_round_trip(void **state)
{
    const char *path = scratch_path(*state, "image.png");
    for (int channels = 1; channels <= 4; channels++) {
        uint8_t pixel[5 * 7 * 4];
        for (size_t i = 0; i < sizeof pixel; i++)
            pixel[i] = (uint8_t)(i * 37);
        rmf_image image = {.height = 5, .width = 7, .channels = channels, .pixel = pixel}, back;
        assert_int_equal(rmf_png_write(path, true, &image), RMF_OK);
        assert_int_equal(rmf_png_read(path, &back), RMF_OK);
        assert_int_equal(back.height, 5);
        assert_int_equal(back.width, 7);
        assert_int_equal(back.channels, channels);
        assert_memory_equal(back.pixel, pixel, (size_t)(5 * 7 * channels));
        rmf_free(back.pixel);
        assert_int_equal(rmf_png_write(path, false, &image), RMF_ERR_EXISTS);
    }
}

static void impossible_images_are_not_written(void **state)
{
    const char *path = scratch_path(*state, "impossible.png");
    uint8_t pixel[4] = {0};
    static const rmf_image bad[] = {
        {.height = 0, .width = 1, .channels = 1},     {.height = 1, .width = 0, .channels = 1},
        {.height = 1, .width = 70000, .channels = 1}, {.height = 1, .width = 1, .channels = 0},
        {.height = 1, .width = 1, .channels = 5},     {.height = -1, .width = 1, .channels = 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rmf_image image = bad[i];
        image.pixel = pixel;
        assert_int_equal(rmf_png_write(path, true, &image), RMF_ERR_ARGUMENT);
        assert_false(rmf_file_exists(path));
    }
}

static rmf_status parse_copy(const char *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    rmf_image image = {0};
    rmf_status status = rmf_png_parse(copy, size, "image", &image);
    free(copy);
    if (status == RMF_OK)
        rmf_free(image.pixel);
    else
        assert_true(image.pixel == NULL && strncmp(rmf_message(), "image: ", 7) == 0);
    return status;
}

static void damaged_images_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYOUTS; i += 3) {
        size_t size;
        char *data = make_png(&layouts[i], &size);
        for (size_t length = 0; length < size; length++)
            assert_int_equal(parse_copy(data, length), RMF_ERR_FORMAT);
        for (size_t at = 0; at < size; at++) { /* checksums guard every chunk */
            data[at] ^= 0x20;
            (void)parse_copy(data, size);
            data[at] ^= 0x20;
        }
        char *pixels = memmem(data, size, "IDAT", 4);
        assert_non_null(pixels);
        pixels[6] ^= 1;
        assert_int_equal(parse_copy(data, size), RMF_ERR_FORMAT);
        rmf_free(data);
    }
    assert_int_equal(parse_copy("GIF89a..........", 16), RMF_ERR_FORMAT);
}

/** A header that promises far more pixels than the file can hold is refused before any memory. */
static void huge_promises_are_refused(void **state)
{
    (void)state;
    size_t size;
    char *data = make_png(&layouts[3], &size);
    static const unsigned char sides[][4] = {
        {0, 0, 0xff, 0xff}, {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        memcpy(data + 16, sides[i], 4);
        memcpy(data + 20, sides[i], 4);
        unsigned long crc = 0xFFFFFFFFu; /* the checksum of the changed header */
        for (int at = 12; at < 29; at++) {
            crc ^= (unsigned char)data[at];
            for (int bit = 0; bit < 8; bit++)
                crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
        crc ^= 0xFFFFFFFFu;
        for (int byte = 0; byte < 4; byte++)
            data[29 + byte] = (char)(crc >> (24 - 8 * byte));
        assert_int_equal(parse_copy(data, size), RMF_ERR_FORMAT);
        if (i == 0) assert_non_null(strstr(rmf_message(), "its size does not fit its length"));
    }
    rmf_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_read),
        cmocka_unit_test(images_round_trip),
        cmocka_unit_test(impossible_images_are_not_written),
        cmocka_unit_test(damaged_images_are_refused),
        cmocka_unit_test(huge_promises_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
