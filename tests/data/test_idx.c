/** tests/data/test_idx.c – IDX pairs of every element type, and damaged ones. */
#include "support.h"

#include <zlib.h>

static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0, 0, 2, 0,  0,
                                       0, 3, 0, 1, 2, 3, 4, 5, 255, 7, 8, 9, 10, 11};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 3};

static void put_pair(void)
{
    put_file("a-images-idx3-ubyte", images, sizeof images);
    put_file("a-labels-idx1-ubyte", labels, sizeof labels);
}

static void check_pair(const rmf_dataset *data)
{
    assert_int_equal(data->n, 2);
    assert_int_equal(data->rank, 3);
    assert_int_equal(data->shape[0], 2);
    assert_int_equal(data->shape[1], 3);
    assert_int_equal(data->shape[2], 1);
    assert_int_equal(data->features, 6);
    assert_true(data->x[6] == 255 && data->x[11] == 11);
    assert_int_equal(data->n_classes, 2);
    assert_string_equal(data->class_name[0], "3");
    assert_int_equal(data->label[0], 1);
    assert_int_equal(data->label[1], 0);
    assert_true(data->low == 0 && data->high == 255);
}

static void test_pair(void **state)
{
    (void)state;
    put_pair();
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_OK);
    check_pair(&data);
    rmf_dataset_free(&data);
}

static void test_zipped_images(void **state)
{
    (void)state;
    put_pair();
    gzFile file = gzopen("z-images-idx3-ubyte.gz", "wb");
    assert_int_equal(gzwrite(file, images, sizeof images), (int)sizeof images);
    gzclose(file);
    put_file("z-labels-idx1-ubyte", labels, sizeof labels); /* not zipped: found all the same */
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "z-images-idx3-ubyte.gz", NULL), RMF_OK);
    check_pair(&data);
    rmf_dataset_free(&data);
}

static void test_named_labels(void **state)
{
    (void)state;
    put_file("pictures", images, sizeof images); /* recognised by its first bytes */
    put_file("numbers", labels, sizeof labels);
    rmf_dataset data = {0};
    assert_int_equal(open_with(&data, "data.path", "pictures", "data.label", "numbers", NULL),
                     RMF_OK);
    check_pair(&data);
    rmf_dataset_free(&data);
    assert_refused(open_with(&data, "data.path", "pictures", NULL), RMF_ERR_USAGE,
                   "expected \"images-idx3\" in the name");
    assert_refused(open_with(&data, "data.path", "pictures", "data.label", "none", NULL),
                   RMF_ERR_IO, "test:1: data.label is \"none\"");
}

/** One table of two objects, two values each, in every element type. */
static void test_types(void **state)
{
    (void)state;
    static const struct {
        unsigned char type, size, bytes[32];
        float value[4];
    } cases[] = {
        {0x09, 1, {1, 0xFF, 0x80, 127}, {1, -1, -128, 127}},
        {0x0B, 2, {0, 1, 0xFF, 0xFF, 0x80, 0, 0x7F, 0xFF}, {1, -1, -32768, 32767}},
        {0x0C,
         4,
         {0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE, 0, 1, 0, 0, 0x80, 0, 0, 0},
         {1, -2, 65536, -2147483648.0f}},
        {0x0D,
         4,
         {0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0, 0, 0, 0, 0, 0x3F, 0, 0, 0},
         {1, -2.5f, 0, 0.5f}},
        {0x0E,
         8,
         {0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 4,    0, 0, 0, 0, 0, 0,
          0,    0,    0, 0, 0, 0, 0, 0, 0x3F, 0xE0, 0, 0, 0, 0, 0, 0},
         {1, -2.5f, 0, 0.5f}},
    };
    put_file("labels", labels, sizeof labels);
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char file[64] = {0, 0, cases[i].type, 2, 0, 0, 0, 2, 0, 0, 0, 2};
        memcpy(file + 12, cases[i].bytes, 4u * cases[i].size);
        put_file("table.idx", file, 12 + 4u * cases[i].size);
        rmf_dataset data = {0};
        assert_int_equal(open_with(&data, "data.path", "table.idx", "data.label", "labels", NULL),
                         RMF_OK);
        assert_int_equal(data.rank, 1);
        assert_int_equal(data.features, 2);
        assert_true(data.low == data.high);
        assert_memory_equal(data.x, cases[i].value, sizeof cases[i].value);
        rmf_dataset_free(&data);
    }
}

static void test_not_finite(void **state)
{
    (void)state;
    static const unsigned char nan_table[] = {0, 0, 0x0D, 2, 0, 0, 0,    2,    0, 0,
                                              0, 1, 0,    0, 0, 0, 0x7F, 0xC0, 0, 0};
    put_file("t.idx", nan_table, sizeof nan_table);
    put_file("labels", labels, sizeof labels);
    rmf_dataset data = {0};
    assert_refused(open_with(&data, "data.path", "t.idx", "data.label", "labels", NULL),
                   RMF_ERR_FORMAT, "value 0 of object 1 (counted from 0) is nan");
    assert_null(data.x);
}

/** Cuts the images file after every byte: refused each time, with the file's name. */
static void test_every_cut(void **state)
{
    (void)state;
    put_pair();
    for (size_t size = 0; size < sizeof images; size++) {
        put_file("a-images-idx3-ubyte", images, size);
        rmf_dataset data = {0};
        assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_FORMAT,
                       "a-images-idx3-ubyte: ");
        assert_null(data.x);
    }
    for (size_t size = 0; size < sizeof labels; size++) {
        put_pair();
        put_file("a-labels-idx1-ubyte", labels, size);
        rmf_dataset data = {0};
        assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_FORMAT,
                       "a-labels-idx1-ubyte: ");
        assert_null(data.x);
    }
}

static void test_lying_headers(void **state)
{
    (void)state;
    static const struct {
        size_t place;
        unsigned char bytes[4];
        const char *message;
    } cases[] = {
        {0, {0x1f, 0x8b, 8, 3}, "a-images-idx3-ubyte"},
        {0, {0, 1, 8, 3}, "starts with other bytes"},
        {0, {0, 0, 0x0A, 3}, "starts with other bytes"},
        {0, {0, 0, 8, 0}, "0 dimensions; expected 1 to 3"},
        {0, {0, 0, 8, 4}, "4 dimensions; expected 1 to 3"},
        {4, {0xFF, 0xFF, 0xFF, 0xFF}, "promises 4294967295 items of 6 bytes, but 12 bytes follow"},
        {4, {0, 0, 0, 1}, "promises 1 items of 6 bytes, but 12 bytes follow"},
        {4, {0, 0, 0, 0}, "promises 0 items"},
        {8, {0xFF, 0xFF, 0xFF, 0xFF}, "dimension 2 is 4294967295, but 12 bytes follow"},
        {8, {0, 0, 0, 0}, "dimension 2 is 0"},
        {12, {0x80, 0, 0, 0}, "dimension 3 is 2147483648"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        put_pair();
        unsigned char copy[sizeof images];
        memcpy(copy, images, sizeof copy);
        memcpy(copy + cases[i].place, cases[i].bytes, 4);
        put_file("a-images-idx3-ubyte", copy, sizeof copy);
        rmf_dataset data = {0};
        assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_FORMAT,
                       cases[i].message);
    }
}

static void test_wrong_labels(void **state)
{
    (void)state;
    rmf_dataset data = {0};
    static const unsigned char three[] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3};
    put_pair();
    put_file("a-labels-idx1-ubyte", three, sizeof three);
    assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_FORMAT,
                   "3 labels; expected 2");
    put_file("a-labels-idx1-ubyte", images, sizeof images);
    assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_FORMAT,
                   "expected one dimension of whole numbers");
    unlink("a-labels-idx1-ubyte");
    assert_refused(open_with(&data, "data.path", "a-images-idx3-ubyte", NULL), RMF_ERR_IO,
                   "a-labels-idx1-ubyte");
}

static void test_no_objects(void **state)
{
    (void)state;
    static const unsigned char none[] = {0, 0, 8, 1, 0, 0, 0, 0};
    put_file("e.idx", none, sizeof none);
    put_file("labels", none, sizeof none);
    rmf_dataset data = {0};
    assert_refused(open_with(&data, "data.path", "e.idx", "data.label", "labels", NULL),
                   RMF_ERR_FORMAT, "0 objects");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair),          cmocka_unit_test(test_zipped_images),
        cmocka_unit_test(test_named_labels),  cmocka_unit_test(test_types),
        cmocka_unit_test(test_not_finite),    cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_lying_headers), cmocka_unit_test(test_wrong_labels),
        cmocka_unit_test(test_no_objects),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
