/** tests/data/test_png.c – folders of PNG files. */
#include "support.h"

static void put_png(const char *path, int64_t height, int64_t width, int channels, uint8_t value)
{
    uint8_t pixel[64];
    memset(pixel, value, sizeof pixel);
    if (channels == 2 || channels == 4)
        for (int64_t i = 0; i < height * width; i++)
            pixel[i * channels + channels - 1] = 255;
    const rmf_image image = {
        .height = height, .width = width, .channels = channels, .pixel = pixel};
    assert_int_equal(rmf_png_write(path, true, &image), RMF_OK);
}

static void make(const char *folder)
{
    assert_int_equal(rmf_make_folder(folder), RMF_OK);
}

static void test_nested(void **state)
{
    (void)state;
    make("n/pet/cat");
    make("n/pet/dog");
    make("n/bird");
    put_png("n/pet/cat/2.png", 2, 3, 1, 20);
    put_png("n/pet/cat/1.PNG", 2, 3, 1, 10);
    put_png("n/pet/dog/1.png", 2, 3, 2, 30); /* opaque alpha is dropped */
    put_png("n/bird/1.png", 2, 3, 1, 40);
    put_text("n/bird/notes.txt", "not an image");
    put_text("n/.hidden.png", "not an image");
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "n", NULL), RMF_OK);
    assert_int_equal(data.n, 4);
    assert_int_equal(data.n_classes, 3);
    assert_string_equal(data.class_name[0], "bird");
    assert_string_equal(data.class_name[1], "pet/cat");
    assert_string_equal(data.class_name[2], "pet/dog");
    assert_int_equal(data.shape[0], 2);
    assert_int_equal(data.shape[1], 3);
    assert_int_equal(data.shape[2], 1);
    assert_true(data.x[0] == 40 && data.x[6] == 10 && data.x[12] == 20 && data.x[18] == 30);
    assert_true(data.low == 0 && data.high == 255);
    rmf_dataset_free(&data);
}

static void test_colour(void **state)
{
    (void)state;
    make("c/a");
    make("c/b");
    put_png("c/a/1.png", 1, 2, 3, 9);
    put_png("c/b/1.png", 1, 2, 4, 8);
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "c", NULL), RMF_OK);
    assert_int_equal(data.features, 6);
    assert_true(data.x[5] == 9 && data.x[11] == 8);
    rmf_dataset_free(&data);
}

static void refuse(const char *folder, const char *message)
{
    rmf_dataset data = {0};
    assert_refused(open_with(&data, "data.path", folder, NULL), RMF_ERR_FORMAT, message);
    assert_null(data.x);
}

static void test_refusals(void **state)
{
    (void)state;
    make("size/a");
    put_png("size/a/1.png", 2, 2, 1, 0);
    put_png("size/a/2.png", 2, 3, 1, 0);
    refuse("size", "size/a/2.png: 2×3 pixels of 1 channels; expected 2×2 of 1 as in "
                   "size/a/1.png");
    make("depth/a");
    put_png("depth/a/1.png", 2, 2, 1, 0);
    put_png("depth/a/2.png", 2, 2, 3, 0);
    refuse("depth", "of 3 channels");
    make("root/a");
    put_png("root/a/1.png", 2, 2, 1, 0);
    put_png("root/1.png", 2, 2, 1, 0);
    refuse("root", "a PNG file outside any class");
    make("both/a/b");
    put_png("both/a/1.png", 2, 2, 1, 0);
    put_png("both/a/b/1.png", 2, 2, 1, 0);
    refuse("both", "both/a: holds both PNG files and folders");
    make("none");
    refuse("none", "none: no PNG files in it");
    make("hollow/a");
    make("hollow/b/c");
    put_png("hollow/a/1.png", 2, 2, 1, 0);
    refuse("hollow", "hollow/b/c: no PNG files in this class folder");
    make("text/a");
    put_text("text/a/1.png", "this is no PNG");
    refuse("text", "text/a/1.png");
    make("glass/a");
    put_png("glass/a/1.png", 1, 2, 2, 100);
    const uint8_t clear[] = {1, 255, 1, 254};
    const rmf_image image = {.height = 1, .width = 2, .channels = 2, .pixel = (uint8_t *)clear};
    assert_int_equal(rmf_png_write("glass/a/2.png", true, &image), RMF_OK);
    refuse("glass", "glass/a/2.png: pixel (0, 1) is transparent");
    make("loop/a");
    assert_int_equal(symlink("..", "loop/a/up"), 0);
    refuse("loop", "folders nested deeper than 16");
}

static bool stop_at_the_tenth(void *context, const rmf_progress_event *event)
{
    *(int64_t *)context = event->done;
    return event->done < 10;
}

/* Whoever stops the writing finds no folder, and no part of one under another name. */
static void test_interrupted_folder(void **state)
{
    (void)state;
    rmf_dataset digits = {0};
    int64_t done = 0;
    const rmf_progress progress = {stop_at_the_tenth, &done};
    assert_int_equal(rmf_dataset_digits(&digits), RMF_OK);
    assert_int_equal(rmf_make_folder("halfway"), RMF_OK);
    assert_int_equal(rmf_dataset_write_folder(&digits, "halfway/out", &progress),
                     RMF_ERR_INTERRUPTED);
    assert_int_equal(done, 10);
    assert_int_equal(remove("halfway"), 0); /* so it is empty */
    rmf_dataset_free(&digits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_interrupted_folder),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
