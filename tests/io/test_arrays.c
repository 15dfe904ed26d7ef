/** tests/io/test_arrays.c – array sets, conversions, and round trips through npy, npz, safetensors.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/arrays.h"
#include "io/formats.h"
#include "io/scratch.h"
#include "io/text.h"

/* ---- sets --------------------------------------------------------------------------------- */

static void arrays_are_added_and_found(void **state)
{
    (void)state;
    rmf_arrays set = {0};
    const float x[6] = {1, 2, 3, 4, 5, 6};
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "a%d", i);
        assert_int_equal(rmf_arrays_add(&set, name, RMF_F32, 2, (const int64_t[]){2, 3}, x),
                         RMF_OK);
    }
    assert_int_equal(set.count, 100);
    const rmf_array *found = rmf_arrays_find(&set, "a57");
    assert_non_null(found);
    assert_int_equal(rmf_array_count(found), 6);
    assert_memory_equal(found->data, x, sizeof x);
    assert_null(rmf_arrays_find(&set, "b"));
    assert_int_equal(rmf_arrays_add(&set, "a57", RMF_F32, 0, NULL, x), RMF_ERR_FORMAT);
    assert_int_equal(rmf_arrays_add(&set, "b\xff", RMF_F32, 0, NULL, x), RMF_ERR_FORMAT);
    assert_int_equal(rmf_arrays_add(&set, NULL, RMF_F32, 0, NULL, x), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_arrays_add(&set, "b", RMF_TEXT, 0, NULL, x), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_arrays_add(&set, "b", RMF_F32, 1, (const int64_t[]){-1}, x),
                     RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_arrays_add(&set, "b", RMF_F32, 9, (const int64_t[9]){0}, x),
                     RMF_ERR_ARGUMENT);
    assert_int_equal(set.count, 100);
    rmf_arrays_free(&set);
    assert_int_equal(set.count, 0);
    rmf_arrays_free(&set);
    rmf_arrays_free(NULL);
}

static void metadata_is_kept(void **state)
{
    (void)state;
    rmf_arrays set = {0};
    assert_int_equal(rmf_arrays_add_meta(&set, "ramify.net", "{\"name\": \"unet\"}"), RMF_OK);
    assert_int_equal(rmf_arrays_add_meta(&set, "b", ""), RMF_OK);
    assert_int_equal(rmf_arrays_add_meta(&set, "c", "3"), RMF_OK);
    assert_int_equal(rmf_arrays_add_meta(&set, "b", "x"), RMF_ERR_FORMAT);
    assert_string_equal(rmf_arrays_meta(&set, "ramify.net"), "{\"name\": \"unet\"}");
    assert_string_equal(rmf_arrays_meta(&set, "b"), "");
    assert_null(rmf_arrays_meta(&set, "d"));
    rmf_arrays_free(&set);
}

static void shapes_are_checked(void **state)
{
    (void)state;
    size_t bytes = 7;
    const int64_t big = INT64_MAX;
    assert_true(rmf_shape_bytes(0, NULL, 4, &bytes) && bytes == 4);
    assert_true(rmf_shape_bytes(3, (const int64_t[]){2, 3, 5}, 8, &bytes) && bytes == 240);
    assert_true(rmf_shape_bytes(3, (const int64_t[]){big, big, 0}, 8, &bytes) && bytes == 0);
    assert_false(rmf_shape_bytes(2, (const int64_t[]){big, big}, 1, &bytes));
    assert_false(rmf_shape_bytes(1, (const int64_t[]){big}, 2, &bytes));
    assert_false(rmf_shape_bytes(2, (const int64_t[]){0, -1}, 1, &bytes));
    assert_false(rmf_shape_bytes(9, (const int64_t[9]){0}, 1, &bytes));
    assert_false(rmf_shape_bytes(-1, NULL, 1, &bytes));
    const rmf_array empty = {.rank = 3, .shape = {big, big, 0}};
    assert_int_equal(rmf_array_count(&empty), 0);
}

/* ---- texts -------------------------------------------------------------------------------- */

static void texts_survive(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "", "héron", "日本語", "🦆!"};
    rmf_arrays set = {0};
    assert_int_equal(rmf_arrays_add_texts(&set, "classes", texts, 5), RMF_OK);
    assert_int_equal(set.array[0].item, 4 * 5);
    for (int64_t i = 0; i < 5; i++) {
        char *text;
        assert_int_equal(rmf_array_text(&set.array[0], i, &text), RMF_OK);
        assert_string_equal(text, texts[i]);
        rmf_free(text);
    }
    char *text = NULL;
    assert_int_equal(rmf_array_text(&set.array[0], 5, &text), RMF_ERR_ARGUMENT);
    assert_int_equal(rmf_array_text(&set.array[0], -1, &text), RMF_ERR_ARGUMENT);
    ((uint32_t *)set.array[0].data)[0] = 0xD800;
    assert_int_equal(rmf_array_text(&set.array[0], 0, &text), RMF_ERR_FORMAT);
    assert_null(text);
    static const char *const bad[] = {"ok", "\xc0\x80"};
    assert_int_equal(rmf_arrays_add_texts(&set, "bad", bad, 2), RMF_ERR_FORMAT);
    assert_int_equal(rmf_arrays_add_texts(&set, "none", NULL, 0), RMF_OK);
    assert_int_equal(rmf_array_count(&set.array[1]), 0);
    float *value;
    assert_int_equal(rmf_array_floats(&set.array[0], &value), RMF_ERR_FORMAT);
    rmf_arrays_free(&set);
}

static void utf8_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t code; /* 0: not well-formed */
    } cases[] = {{"A", 'A'},
                 {"\x7f", 0x7f},
                 {"\xc2\x80", 0x80},
                 {"\xdf\xbf", 0x7ff},
                 {"\xe0\xa0\x80", 0x800},
                 {"\xef\xbf\xbf", 0xffff},
                 {"\xf0\x90\x80\x80", 0x10000},
                 {"\xf4\x8f\xbf\xbf", 0x10ffff},
                 {"\x80", 0},
                 {"\xc1\xbf", 0},
                 {"\xc2", 0},
                 {"\xc2 ", 0},
                 {"\xe0\x9f\xbf", 0},
                 {"\xed\xa0\x80", 0},
                 {"\xf0\x8f\xbf\xbf", 0},
                 {"\xf4\x90\x80\x80", 0},
                 {"\xf8\x88\x80\x80\x80", 0},
                 {"\xff", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t position = 0, size = strlen(cases[i].text);
        uint32_t code;
        bool good = rmf_utf8_next(cases[i].text, size, &position, &code);
        assert_int_equal(good, cases[i].code != 0);
        if (!good) continue;
        char back[4];
        assert_int_equal(code, cases[i].code);
        assert_int_equal(position, size);
        assert_int_equal(rmf_utf8_put(code, back), size);
        assert_memory_equal(back, cases[i].text, size);
    }
}

/* ---- conversions -------------------------------------------------------------------------- */

static void numbers_become_floats(void **state)
{
    (void)state;
    rmf_arrays set = {0};
    const int64_t two = 2;
    const uint16_t bf16[] = {0x3f80, 0xc040};
    assert_int_equal(rmf_arrays_add(&set, "i8", RMF_I8, 1, &two, (const int8_t[]){-7, 5}), RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "u64", RMF_U64, 1, &two, (const uint64_t[]){9, 3}),
                     RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "bf", RMF_BF16, 1, &two, bf16), RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "d", RMF_F64, 1, &two, (const double[]){0.5, NAN}),
                     RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "inf", RMF_F64, 1, &two, (const double[]){1, -INFINITY}),
                     RMF_OK);
    static const float expected[][2] = {{-7, 5}, {9, 3}, {1, -3}, {0.5f, NAN}, {1, -INFINITY}};
    for (size_t i = 0; i < 5; i++) {
        float *value;
        assert_int_equal(rmf_array_floats(&set.array[i], &value), RMF_OK);
        for (int k = 0; k < 2; k++)
            assert_true(value[k] == expected[i][k] || (isnan(value[k]) && isnan(expected[i][k])));
        rmf_free(value);
    }
    assert_int_equal(rmf_arrays_add(&set, "big", RMF_F64, 1, &two, (const double[]){1, 1e300}),
                     RMF_OK);
    float *value = NULL;
    assert_int_equal(rmf_array_floats(&set.array[5], &value), RMF_ERR_NUMERIC);
    assert_string_equal(rmf_message(), "array \"big\": element 1 is 1e+300; expected at most "
                                       "3.40282e+38; rescale the data");
    assert_null(value);
    rmf_arrays_free(&set);
}

static void numbers_become_whole(void **state)
{
    (void)state;
    static const struct {
        rmf_type type;
        union {
            float f32;
            double f64;
            int8_t i8;
            uint8_t u8;
            int16_t i16;
            uint16_t u16;
            int32_t i32;
            uint32_t u32;
            int64_t i64;
            uint64_t u64;
        } in;
        bool good;
        int64_t out;
    } cases[] = {{RMF_F32, {.f32 = -3}, true, -3},
                 {RMF_F32, {.f32 = 0.5f}, false, 0},
                 {RMF_F64, {.f64 = 0x1p62}, true, (int64_t)1 << 62},
                 {RMF_F64, {.f64 = 0x1p63}, false, 0},
                 {RMF_F64, {.f64 = NAN}, false, 0},
                 {RMF_F64, {.f64 = -INFINITY}, false, 0},
                 {RMF_BF16, {.u16 = 0x4040}, true, 3},
                 {RMF_I8, {.i8 = -128}, true, -128},
                 {RMF_U8, {.u8 = 255}, true, 255},
                 {RMF_BOOL, {.u8 = 1}, true, 1},
                 {RMF_I16, {.i16 = -300}, true, -300},
                 {RMF_U16, {.u16 = 65535}, true, 65535},
                 {RMF_I32, {.i32 = INT32_MIN}, true, INT32_MIN},
                 {RMF_U32, {.u32 = UINT32_MAX}, true, UINT32_MAX},
                 {RMF_I64, {.i64 = INT64_MIN}, true, INT64_MIN},
                 {RMF_U64, {.u64 = INT64_MAX}, true, INT64_MAX},
                 {RMF_U64, {.u64 = UINT64_MAX}, false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rmf_arrays set = {0};
        int64_t *value = NULL;
        assert_int_equal(rmf_arrays_add(&set, "x", cases[i].type, 0, NULL, &cases[i].in), RMF_OK);
        assert_int_equal(rmf_array_ints(&set.array[0], &value),
                         cases[i].good ? RMF_OK : RMF_ERR_NUMERIC);
        assert_int_equal(value != NULL, cases[i].good);
        if (value != NULL) assert_int_equal(value[0], cases[i].out);
        rmf_free(value);
        rmf_arrays_free(&set);
    }
}

static void halves_become_floats(void **state)
{
    (void)state;
    static const struct {
        uint16_t half;
        float value;
    } cases[] = {{0x0000, 0},        {0x3c00, 1},           {0xc000, -2},
                 {0x7bff, 65504},    {0x0001, 0x1p-24f},    {0x03ff, 0x1.ff8p-15f},
                 {0x0400, 0x1p-14f}, {0x3555, 0x1.554p-2f}, {0x7c00, INFINITY},
                 {0xfc00, -INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(rmf_half_to_float(cases[i].half) == cases[i].value);
    assert_true(signbit(rmf_half_to_float(0x8000)) && rmf_half_to_float(0x8000) == 0);
    assert_true(isnan(rmf_half_to_float(0x7e00)));
}

/* ---- round trips -------------------------------------------------------------------------- */

static void check_equal(const rmf_array *a, const rmf_array *b)
{
    size_t bytes;
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->rank, b->rank);
    assert_int_equal(a->item, b->item);
    assert_memory_equal(a->shape, b->shape, sizeof a->shape);
    assert_true(rmf_shape_bytes(a->rank, a->shape, a->item, &bytes));
    assert_memory_equal(a->data, b->data, bytes);
}

static const struct {
    int rank;
    int64_t shape[RMF_ARRAY_RANK];
} shapes[] = {{0, {0}},       {1, {0}},          {1, {1}},
              {1, {7}},       {2, {3, 5}},       {2, {0, 4}},
              {3, {2, 1, 3}}, {4, {2, 3, 2, 2}}, {8, {1, 2, 1, 2, 1, 2, 1, 3}}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/** One array of every type but text, of every shape, filled with small bytes (valid in each type).
 */
static void fill_set(rmf_arrays *set)
{
    static unsigned char bytes[8 * 64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 % 2); /* booleans stay booleans */
    for (int type = RMF_F32; type < RMF_TEXT; type++)
        for (int s = 0; s < SHAPES; s++) {
            char name[32];
            if (type == RMF_BF16) continue;
            snprintf(name, sizeof name, "t%d/s%d", type, s);
            assert_int_equal(
                rmf_arrays_add(set, name, (rmf_type)type, shapes[s].rank, shapes[s].shape, bytes),
                RMF_OK);
        }
}

static void npz_round_trip(void **state)
{
    const char *path = scratch_path(*state, "all.npz");
    static const char *const texts[] = {"zero", "eins", "δύο"};
    rmf_arrays set = {0}, back = {0};
    fill_set(&set);
    assert_int_equal(rmf_arrays_add_texts(&set, "größe", texts, 3), RMF_OK);
    assert_int_equal(rmf_npz_write(path, false, &set), RMF_OK);
    assert_int_equal(rmf_npz_read(path, &back), RMF_OK);
    assert_int_equal(back.count, set.count);
    for (size_t i = 0; i < set.count; i++) {
        assert_string_equal(back.array[i].name, set.array[i].name);
        check_equal(&set.array[i], &back.array[i]);
    }
    assert_int_equal(rmf_npz_write(path, false, &set), RMF_ERR_EXISTS);
    rmf_arrays_free(&back);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_npz_write(path, true, &set), RMF_OK); /* an empty set */
    assert_int_equal(rmf_npz_read(path, &back), RMF_OK);
    assert_int_equal(back.count, 0);
}

static void npy_round_trip(void **state)
{
    const char *path = scratch_path(*state, "one.npy");
    rmf_arrays set = {0};
    fill_set(&set);
    for (size_t i = 0; i < set.count; i += 5) {
        rmf_arrays back = {0};
        assert_int_equal(rmf_npy_write(path, true, &set.array[i]), RMF_OK);
        assert_int_equal(rmf_npy_read(path, &back), RMF_OK);
        assert_int_equal(back.count, 1);
        assert_string_equal(back.array[0].name, "");
        check_equal(&set.array[i], &back.array[0]);
        rmf_arrays_free(&back);
    }
    rmf_arrays_free(&set);
}

static void safetensors_round_trip(void **state)
{
    const char *path = scratch_path(*state, "all.safetensors");
    rmf_arrays set = {0}, back = {0};
    fill_set(&set);
    const uint16_t bf16[] = {0x3f80, 0xc040, 1};
    assert_int_equal(rmf_arrays_add(&set, "bf", RMF_BF16, 1, (const int64_t[]){3}, bf16), RMF_OK);
    assert_int_equal(rmf_arrays_add_meta(&set, "ramify.tree", "{\"a\": [1]}\n\"ü\""), RMF_OK);
    assert_int_equal(rmf_safetensors_write(path, false, &set), RMF_OK);
    assert_int_equal(rmf_safetensors_read(path, &back), RMF_OK);
    assert_int_equal(back.count, set.count);
    for (size_t i = 0; i < set.count; i++) {
        const rmf_array *found = rmf_arrays_find(&back, set.array[i].name);
        assert_non_null(found);
        check_equal(&set.array[i], found);
    }
    assert_string_equal(rmf_arrays_meta(&back, "ramify.tree"), "{\"a\": [1]}\n\"ü\"");
    rmf_arrays_free(&back);
    rmf_arrays_free(&set);
}

static void types_without_a_place_are_refused(void **state)
{
    const char *path = scratch_path(*state, "refused");
    static const char *const texts[] = {"a"};
    rmf_arrays set = {0};
    const uint16_t bf16 = 1;
    assert_int_equal(rmf_arrays_add_texts(&set, "words", texts, 1), RMF_OK);
    assert_int_equal(rmf_safetensors_write(path, true, &set), RMF_ERR_UNSUPPORTED);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_arrays_add(&set, "bf", RMF_BF16, 0, NULL, &bf16), RMF_OK);
    assert_int_equal(rmf_npz_write(path, true, &set), RMF_ERR_UNSUPPORTED);
    assert_int_equal(rmf_npy_write(path, true, &set.array[0]), RMF_ERR_UNSUPPORTED);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_arrays_add(&set, "__metadata__", RMF_U16, 0, NULL, &bf16), RMF_OK);
    assert_int_equal(rmf_safetensors_write(path, true, &set), RMF_ERR_ARGUMENT);
    rmf_arrays_free(&set);
    assert_int_equal(rmf_arrays_add_meta(&set, "key", "\xff"), RMF_OK);
    assert_int_equal(rmf_safetensors_write(path, true, &set), RMF_ERR_FORMAT);
    rmf_arrays_free(&set);
    assert_false(rmf_file_exists(path)); /* nothing half-written */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_added_and_found),
        cmocka_unit_test(metadata_is_kept),
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(texts_survive),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(numbers_become_floats),
        cmocka_unit_test(numbers_become_whole),
        cmocka_unit_test(halves_become_floats),
        cmocka_unit_test(npz_round_trip),
        cmocka_unit_test(npy_round_trip),
        cmocka_unit_test(safetensors_round_trip),
        cmocka_unit_test(types_without_a_place_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
