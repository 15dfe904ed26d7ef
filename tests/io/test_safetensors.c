/** tests/io/test_safetensors.c – safetensors headers, good and damaged, and the layout we write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/damage.h"

static size_t make_safetensors(const char *header, size_t elements, char *out)
{
    uint64_t length = strlen(header);
    memcpy(out, &length, 8);
    memcpy(out + 8, header, length);
    memset(out + 8 + length, 0, elements);
    return 8 + length + elements;
}

static const struct {
    const char *header;
    size_t elements;
    bool good;
} header_cases[] = {
    {"{}", 0, true},
    {"{}   ", 0, true},
    {"{\"__metadata__\":{\"a\":\"b\"}}", 0, true},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, true},
    {"{\"x\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}", 2, true},
    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
     "\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"c\":{\"dtype\":\"F64\",\"shape\":[0,5],\"data_offsets\":[1,1]}}",
     2, true},
    {"", 0, false},
    {"[]", 0, false},
    {"{}", 1, false},
    {"{\"x\":1}", 0, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}", 9, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0.0,8.0]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
     false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,8]}}", 8,
     false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,8]}}", 8,
     false},
    {"{\"x\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, false},
    {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"z\":1}}", 8, false},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
     2, false},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
     3, false},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
     2, false},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
     3, false},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1, false},
    {"{\"__metadata__\":{\"a\":1}}", 0, false},
    {"{\"__metadata__\":[]}", 0, false},
    {"{\"x\\u0000\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, false}};

static void safetensors_headers_are_checked(void **state)
{
    (void)state;
    char file[1024];
    for (size_t i = 0; i < sizeof header_cases / sizeof *header_cases; i++) {
        size_t size = make_safetensors(header_cases[i].header, header_cases[i].elements, file);
        rmf_status status = parse_copy(rmf_safetensors_parse, file, size);
        if (status != (header_cases[i].good ? RMF_OK : RMF_ERR_FORMAT))
            fail_msg("%s + %zu: status %d", header_cases[i].header, header_cases[i].elements,
                     status);
    }
}

static void safetensors_lengths_are_checked(void **state)
{
    (void)state;
    size_t size;
    char *data = valid_file(rmf_safetensors_put, false, &size);
    check_truncations(rmf_safetensors_parse, data, size);
    for (int byte = 0; byte < 8; byte++) {
        char old = data[byte];
        data[byte] = (char)0xFF;
        check_refused(rmf_safetensors_parse, data, size, "length");
        data[byte] = old;
    }
    for (size_t i = 0; i < size; i++) { /* none may crash */
        data[i] ^= 0x15;
        (void)parse_copy(rmf_safetensors_parse, data, size);
        data[i] ^= 0x15;
    }
    rmf_free(data);
}

/** Tensors start at multiples of their element's size, whatever the order they were added in. */
static void safetensors_are_aligned(void **state)
{
    (void)state;
    rmf_arrays set = {0}, back = {0};
    const int64_t three = 3;
    assert_int_equal(rmf_arrays_add(&set, "a", RMF_U8, 1, &three, "xyz"), RMF_OK);
    assert_int_equal(rmf_arrays_add(&set, "b", RMF_F64, 1, &three, (const double[]){1, 2, 3}),
                     RMF_OK);
    rmf_writer *writer;
    char *data;
    size_t size;
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(rmf_safetensors_put(writer, &set), RMF_OK);
    assert_int_equal(rmf_writer_take(writer, &data, &size), RMF_OK);
    uint64_t header;
    memcpy(&header, data, sizeof header);
    assert_int_equal(header % 8, 0);
    assert_int_equal(size, 8 + header + 27);
    assert_memory_equal(data + size - 3, "xyz", 3);
    assert_int_equal(rmf_safetensors_parse(data, size, "memory", &back), RMF_OK);
    assert_string_equal(back.array[0].name, "b");
    rmf_free(data);
    rmf_arrays_free(&back);
    rmf_arrays_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safetensors_headers_are_checked),
        cmocka_unit_test(safetensors_lengths_are_checked),
        cmocka_unit_test(safetensors_are_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
