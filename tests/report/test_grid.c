/** tests/report/test_grid.c – pixels of a grid, labels, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include "ramify/report.h"
#include "report/font.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static uint8_t at(const rmf_image *image, int64_t row, int64_t column)
{
    assert_in_range(row, 0, image->height - 1);
    assert_in_range(column, 0, image->width - 1);
    return image->pixel[(row * image->width + column) * image->channels];
}

static void test_pixels(void **state)
{
    (void)state;
    /* Two rows of two images 1×2, each value a square of 3×3 pixels, gaps of 2. */
    const float x[] = {0, 16, 8, -5, 99, 4, NAN, NAN};
    const rmf_grid_args args = {
        .x = x, .rows = 2, .columns = 2, .shape = {1, 2, 1}, .low = 0, .high = 16, .scale = 3};
    rmf_image image = {0};
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.height, 2 + 2 * (3 + 2));
    assert_int_equal(image.width, 2 + 2 * (6 + 2));
    assert_int_equal(image.channels, 1);
    assert_int_equal(at(&image, 0, 0), 255); /* paper */
    assert_int_equal(at(&image, 2, 2), 0);
    assert_int_equal(at(&image, 4, 4), 0);
    assert_int_equal(at(&image, 2, 5), 255);
    assert_int_equal(at(&image, 2, 10), 128);
    assert_int_equal(at(&image, 4, 15), 0);   /* −5, clipped */
    assert_int_equal(at(&image, 7, 2), 255);  /* 99, clipped */
    assert_int_equal(at(&image, 7, 5), 64);   /* 4 of 16 */
    assert_int_equal(at(&image, 7, 10), 232); /* nothing to show */
    assert_int_equal(at(&image, 5, 2), 255);  /* gap */
    rmf_free(image.pixel);
}

static void test_colour(void **state)
{
    (void)state;
    const float x[] = {1, 0, 0.5f};
    const rmf_grid_args args = {
        .x = x, .rows = 1, .columns = 1, .shape = {1, 1, 3}, .low = 0, .high = 1, .scale = 1};
    rmf_image image = {0};
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.channels, 3);
    const uint8_t expected[] = {255, 0, 128};
    assert_memory_equal(image.pixel + (2 * image.width + 2) * 3, expected, 3);
    rmf_free(image.pixel);
}

/** On clear paper there is no margin, and alpha tells images from what is between them. */
static void test_clear(void **state)
{
    (void)state;
    const float x[] = {1, 0, 0, 0, 1, 0};
    const rmf_grid_args args = {
        .x = x, .rows = 1, .columns = 2, .shape = {1, 1, 3}, .high = 1, .scale = 2, .clear = true};
    rmf_image image = {0};
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.channels, 4);
    assert_int_equal(image.height, 2);
    assert_int_equal(image.width, 2 + 2 + 2);
    const uint8_t red[] = {255, 0, 0, 255}, nothing[] = {0, 0, 0, 0}, green[] = {0, 255, 0, 255};
    const uint8_t *row[] = {red, red, nothing, nothing, green, green};
    for (int i = 0; i < 12; i++)
        assert_memory_equal(image.pixel + 4 * i, row[i % 6], 4);
    rmf_free(image.pixel);
}

/** Small images are magnified until they are seen; large ones are not. */
static void test_automatic_scale(void **state)
{
    (void)state;
    float *x = calloc(64 * 64, sizeof(float));
    rmf_grid_args args = {.x = x, .rows = 1, .columns = 1, .shape = {8, 8, 1}, .high = 1};
    rmf_image image = {0};
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.width, 4 + 8 * 6 + 4);
    rmf_free(image.pixel);
    args.shape[0] = args.shape[1] = 64;
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.width, 4 + 64 + 4);
    rmf_free(image.pixel);
    free(x);
}

static int64_t ink(const rmf_image *image, int64_t columns)
{
    int64_t count = 0;
    for (int64_t i = 0; i < image->height; i++)
        for (int64_t j = 0; j < columns; j++)
            count += at(image, i, j) == 0;
    return count;
}

static void test_labels(void **state)
{
    (void)state;
    const float x[2] = {1, 1};
    const char *const labels[] = {"I", "versicolor \xC3\xA9 and much more of it"};
    const rmf_grid_args args = {.x = x,
                                .rows = 2,
                                .columns = 1,
                                .shape = {1, 1, 1},
                                .low = 0,
                                .high = 1,
                                .scale = 1,
                                .labels = labels};
    rmf_image image = {0};
    assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
    assert_int_equal(image.width, 2 + 24 * 6 + 2 + 1 + 2); /* cut to 24 characters */
    assert_int_equal(image.height, 2 + 2 * (7 + 2));       /* a line of text is higher */
    /* "I": a bar over five dots between two of three. */
    for (int row = 2; row < 9; row++)
        assert_int_equal(at(&image, row, 4), 0);
    assert_int_equal(at(&image, 2, 3), 0);
    assert_int_equal(at(&image, 3, 3), 255);
    assert_int_equal(at(&image, 2, 6), 255);
    rmf_free(image.pixel);
}

/** Every letter has dots, and no two are alike. */
static void test_font(void **state)
{
    (void)state;
    const float x[1] = {1};
    uint8_t *drawn[96] = {0};
    for (int c = ' '; c <= 127; c++) {
        const char text[] = {(char)c, '\0'};
        const char *const labels[] = {c == 127 ? "\xE2\x82\xAC" : text};
        const rmf_grid_args args = {.x = x,
                                    .rows = 1,
                                    .columns = 1,
                                    .shape = {1, 1, 1},
                                    .low = 0,
                                    .high = 1,
                                    .scale = 1,
                                    .labels = labels};
        rmf_image image = {0};
        assert_int_equal(rmf_grid_draw(&args, &image), RMF_OK);
        assert_int_equal(image.width, 2 + 6 + 2 + 1 + 2); /* the euro sign is one character too */
        if (c > ' ') assert_true(ink(&image, image.width) >= 2);
        for (int i = 0; i < c - ' '; i++)
            if (memcmp(drawn[i], image.pixel, (size_t)(image.height * image.width)) == 0)
                fail_msg("'%c' looks like '%c'", c, i + ' ');
        drawn[c - ' '] = image.pixel;
    }
    for (size_t i = 0; i < COUNT(drawn); i++)
        rmf_free(drawn[i]);
    assert_int_equal(rmf_font_length("a\xC3\xA9\xE2\x82\xAC"
                                     "b"),
                     4);
}

static void test_write(void **state)
{
    (void)state;
    char folder[] = "/tmp/rmf-grid-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/grid.png", folder);
    const float x[] = {0, 1};
    const rmf_grid_args args = {
        .x = x, .rows = 1, .columns = 2, .shape = {1, 1, 1}, .low = 0, .high = 1, .scale = 4};
    assert_int_equal(rmf_grid_write(path, false, &args), RMF_OK);
    rmf_image drawn = {0}, read = {0};
    assert_int_equal(rmf_grid_draw(&args, &drawn), RMF_OK);
    assert_int_equal(rmf_png_read(path, &read), RMF_OK);
    assert_int_equal(read.width, drawn.width);
    assert_int_equal(read.height, drawn.height);
    assert_memory_equal(read.pixel, drawn.pixel, (size_t)(read.width * read.height));
    assert_int_equal(rmf_grid_write(path, false, &args), RMF_ERR_EXISTS);
    assert_int_equal(rmf_grid_write(path, true, &args), RMF_OK);
    rmf_free(drawn.pixel);
    rmf_free(read.pixel);
    unlink(path);
    rmdir(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    const float x[1] = {0};
    const rmf_grid_args good = {.x = x, .rows = 1, .columns = 1, .shape = {1, 1, 1}, .high = 1};
    rmf_grid_args bad[] = {good, good, good, good, good, good, good, good, good, good, good};
    bad[0].rows = 0;
    bad[1].columns = -1;
    bad[2].shape[0] = 0;
    bad[3].shape[2] = 2;
    bad[4].high = 0;
    bad[5].low = NAN;
    bad[6].high = INFINITY;
    bad[7].scale = 65;
    bad[8].rows = bad[8].columns = 65536; /* too many pixels: refused before x is read */
    bad[9].shape[1] = INT64_MAX;
    bad[10].clear = true;
    bad[10].labels = (const char *const[]){"a"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        rmf_image image = {0};
        assert_int_equal(rmf_grid_draw(&bad[i], &image), RMF_ERR_ARGUMENT);
        assert_null(image.pixel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels), cmocka_unit_test(test_colour),
        cmocka_unit_test(test_clear),  cmocka_unit_test(test_automatic_scale),
        cmocka_unit_test(test_labels), cmocka_unit_test(test_font),
        cmocka_unit_test(test_write),  cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
