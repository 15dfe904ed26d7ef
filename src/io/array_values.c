/** io/array_values.c – the elements of an array as one type that a caller wants. */
#include "io/arrays.h"
#include "io/text.h"

#include <float.h>
#include <math.h>
#include <string.h>

float rmf_bf16_to_float(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

float rmf_half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31,
             mantissa = half & 1023;
    if (exponent == 0) {
        float value = (float)mantissa * 0x1p-24f; /* zero and subnormal halves are exact floats */
        return sign != 0 ? -value : value;
    }
    /* Infinity and NaN keep their all-ones exponent; others move from bias 15 to bias 127. */
    uint32_t bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | mantissa << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** Every element type that has numbers, with its C type. */
#define NUMBER_TYPES(X)                                                                            \
    X(RMF_F32, float)                                                                              \
    X(RMF_F64, double)                                                                             \
    X(RMF_I8, int8_t)                                                                              \
    X(RMF_U8, uint8_t)                                                                             \
    X(RMF_I16, int16_t)                                                                            \
    X(RMF_U16, uint16_t)                                                                           \
    X(RMF_I32, int32_t)                                                                            \
    X(RMF_U32, uint32_t)                                                                           \
    X(RMF_I64, int64_t)                                                                            \
    X(RMF_U64, uint64_t)                                                                           \
    X(RMF_BOOL, uint8_t)

static rmf_status fail_text(const rmf_array *array, const char *wanted)
{
    return rmf_fail(RMF_ERR_FORMAT, "array \"%s\": holds text; expected %s", array->name, wanted);
}

rmf_status rmf_array_floats(const rmf_array *array, float **out)
{
    int64_t count = rmf_array_count(array), beyond = -1;
    if (array->type == RMF_TEXT) return fail_text(array, "numbers");
    void *block;
    RMF_TRY(rmf_alloc((size_t)count, sizeof(float), &block));
    float *value = block;
    const void *data = array->data;
    switch (array->type) {
#define COPY_CASE(id, type)                                                                        \
    case id:                                                                                       \
        for (int64_t i = 0; i < count; i++)                                                        \
            value[i] = (float)((const type *)data)[i];                                             \
        break;
        NUMBER_TYPES(COPY_CASE)
#undef COPY_CASE
    case RMF_BF16:
        for (int64_t i = 0; i < count; i++)
            value[i] = rmf_bf16_to_float(((const uint16_t *)data)[i]);
        break;
    case RMF_TEXT:
        break;
    }
    if (array->type == RMF_F64) /* only doubles can leave the range of floats */
        for (int64_t i = 0; i < count && beyond < 0; i++)
            if (isinf(value[i]) && isfinite(((const double *)data)[i])) beyond = i;
    if (beyond >= 0) {
        rmf_free(block);
        return rmf_fail(RMF_ERR_NUMERIC,
                        "array \"%s\": element %lld is %g; expected at most %g; rescale the data",
                        array->name, (long long)beyond, ((const double *)data)[beyond],
                        (double)FLT_MAX);
    }
    *out = value;
    return RMF_OK;
}

/** A number as a whole number; false when it has a fraction or is out of range. */
static bool whole_of_real(double real, int64_t *out)
{
    if (!(real >= -0x1p63 && real < 0x1p63) || real != floor(real)) return false;
    *out = (int64_t)real;
    return true;
}

/** Element i as a whole number. */
static bool whole_at(const rmf_array *array, int64_t i, int64_t *out)
{
    const void *data = array->data;
    switch (array->type) {
    case RMF_F32:
        return whole_of_real((double)((const float *)data)[i], out);
    case RMF_F64:
        return whole_of_real(((const double *)data)[i], out);
    case RMF_BF16:
        return whole_of_real((double)rmf_bf16_to_float(((const uint16_t *)data)[i]), out);
    case RMF_I8:
        *out = ((const int8_t *)data)[i];
        return true;
    case RMF_BOOL:
    case RMF_U8:
        *out = ((const uint8_t *)data)[i];
        return true;
    case RMF_I16:
        *out = ((const int16_t *)data)[i];
        return true;
    case RMF_U16:
        *out = ((const uint16_t *)data)[i];
        return true;
    case RMF_I32:
        *out = ((const int32_t *)data)[i];
        return true;
    case RMF_U32:
        *out = ((const uint32_t *)data)[i];
        return true;
    case RMF_I64:
        *out = ((const int64_t *)data)[i];
        return true;
    case RMF_U64:
        *out = (int64_t)((const uint64_t *)data)[i];
        return *out >= 0;
    case RMF_TEXT:
        return false;
    }
    return false;
}

rmf_status rmf_array_ints(const rmf_array *array, int64_t **out)
{
    int64_t count = rmf_array_count(array);
    if (array->type == RMF_TEXT) return fail_text(array, "whole numbers");
    void *block;
    RMF_TRY(rmf_alloc((size_t)count, sizeof(int64_t), &block));
    int64_t *value = block;
    for (int64_t i = 0; i < count; i++) {
        if (whole_at(array, i, &value[i])) continue;
        rmf_free(block);
        return rmf_fail(RMF_ERR_NUMERIC,
                        "array \"%s\": element %lld is not a whole number of 64 bits; expected "
                        "whole numbers",
                        array->name, (long long)i);
    }
    *out = value;
    return RMF_OK;
}

rmf_status rmf_array_text(const rmf_array *array, int64_t index, char **out)
{
    if (array->type != RMF_TEXT)
        return rmf_fail(RMF_ERR_FORMAT, "array \"%s\": holds numbers; expected text", array->name);
    if (index < 0 || index >= rmf_array_count(array))
        return rmf_fail(RMF_ERR_ARGUMENT, "array \"%s\": there is no element %lld", array->name,
                        (long long)index);
    size_t width = array->item / 4;
    const uint32_t *code = (const uint32_t *)array->data + (size_t)index * width;
    void *block;
    RMF_TRY(rmf_alloc(4 * width + 1, 1, &block));
    char *text = block;
    size_t used = 0;
    for (size_t i = 0; i < width && code[i] != 0; i++) {
        if (!rmf_is_code_point(code[i])) {
            rmf_free(block);
            return rmf_fail(RMF_ERR_FORMAT,
                            "array \"%s\": text %lld has a character outside Unicode; expected "
                            "text",
                            array->name, (long long)index);
        }
        used += rmf_utf8_put(code[i], text + used);
    }
    *out = text;
    return RMF_OK;
}
