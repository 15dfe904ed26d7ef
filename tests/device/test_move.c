/* tests/device/test_move.c – copies between layouts, their adjoint sums, gather and softmax. */
#include "harness.h"

/* size: rows, c */
static void column_sum_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = s[0] * s[1];
    out[0] = s[1];
}

static rmf_status column_sum(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                             float beta)
{
    return dev->ops->column_sum(dev, s[0], s[1], in[0], out[0], beta);
}

static const op_case row_cases[] = {
    {"0x5", {0, 5}},   {"1x1", {1, 1}},       {"1x33", {1, 33}},       {"9x7", {9, 7}},
    {"17x3", {17, 3}}, {"5000x1", {5000, 1}}, {"3001x33", {3001, 33}}, {"100x1000", {100, 1000}},
};

static void test_column_sum(void **state)
{
    (void)state;
    const op_test op = {"column_sum", 1,     1,   column_sum_counts, column_sum, 3e-6f,
                        true,         false, true};
    CHECK_OP(op, row_cases);
}

/* size: rows, repeat, from_width, from_off, to_width, to_off, count */
static void copy_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = (s[0] + s[1] - 1) / s[1] * s[2];
    out[0] = s[0] * s[4];
}

static rmf_status copy_columns(rmf_device *dev, const int64_t *s, float *const *in,
                               float *const *out, float beta)
{
    return dev->ops->copy_columns(dev, s[0], s[1], in[0], s[2], s[3], out[0], s[4], s[5], s[6],
                                  beta);
}

/* Other columns of `to` stay: outputs hold values at beta 0 too. */
static const op_case copy_cases[] = {
    {"0 rows", {0, 1, 3, 0, 5, 1, 3}},       {"1 row", {1, 1, 3, 1, 5, 4, 1}},
    {"concat", {6, 1, 7, 0, 40, 33, 7}},     {"split", {6, 1, 40, 7, 33, 0, 33}},
    {"tile 4", {12, 4, 5, 1, 9, 2, 3}},      {"tile 784", {3136, 784, 32, 0, 33, 1, 32}},
    {"rows 9000", {9000, 1, 2, 0, 3, 1, 2}}, {"no columns", {4, 1, 3, 0, 3, 3, 0}},
};

static void test_copy_columns(void **state)
{
    (void)state;
    const op_test op = {"copy_columns", 1, 1, copy_counts, copy_columns, 0, true, true, true};
    CHECK_OP(op, copy_cases);
}

/* size: n, p, width, off, count */
static void pixel_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = s[0] * s[1] * s[2];
    out[0] = s[0] * s[4];
}

static rmf_status pixel_sum(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                            float beta)
{
    return dev->ops->pixel_sum(dev, s[0], s[1], in[0], s[2], s[3], s[4], out[0], beta);
}

static const op_case pixel_cases[] = {
    {"n0", {0, 4, 3, 0, 3}},
    {"n1 p1 c1", {1, 1, 1, 0, 1}},
    {"n3 p9 w7 3+3", {3, 9, 7, 3, 3}},
    {"n5 p17 w33", {5, 17, 33, 0, 33}},
    {"n40 p49 w64 32+32", {40, 49, 64, 32, 32}},
};

static void test_pixel_sum(void **state)
{
    (void)state;
    const op_test op = {"pixel_sum", 1, 1, pixel_counts, pixel_sum, 2e-6f, true, false, true};
    CHECK_OP(op, pixel_cases);
}

/* size: n, h, w, c */
static void upsample_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = s[0] * s[1] * s[2] * s[3];
    out[0] = 4 * in[0];
}

static void upsample_grad_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    upsample_counts(s, out, in);
}

static rmf_status upsample(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                           float beta)
{
    (void)beta;
    return dev->ops->upsample(dev, s[0], s[1], s[2], s[3], in[0], out[0]);
}

static rmf_status upsample_grad(rmf_device *dev, const int64_t *s, float *const *in,
                                float *const *out, float beta)
{
    return dev->ops->upsample_grad(dev, s[0], s[1], s[2], s[3], in[0], out[0], beta);
}

static const op_case image_cases[] = {
    {"n0", {0, 2, 3, 4}},        {"1x1x1x1", {1, 1, 1, 1}},     {"2x3x2x7", {2, 3, 2, 7}},
    {"1x2x5x33", {1, 2, 5, 33}}, {"20x7x7x33", {20, 7, 7, 33}},
};

static void test_upsample(void **state)
{
    (void)state;
    const op_test forward = {"upsample", 1, 1, upsample_counts, upsample, 0, false, false, true};
    const op_test grad = {"upsample_grad", 1,   1, upsample_grad_counts, upsample_grad, 3e-7f, true,
                          false,           true};
    CHECK_OP(forward, image_cases);
    CHECK_OP(grad, image_cases);
}

static void softmax_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = in[1] = out[0] = s[0] * s[1];
}

static rmf_status softmax(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                          float beta)
{
    (void)beta;
    return dev->ops->softmax(dev, s[0], s[1], in[0], out[0]);
}

static rmf_status softmax_grad(rmf_device *dev, const int64_t *s, float *const *in,
                               float *const *out, float beta)
{
    return dev->ops->softmax_grad(dev, s[0], s[1], in[0], in[1], out[0], beta);
}

static void test_softmax(void **state)
{
    (void)state;
    const op_test forward = {"softmax", 1, 1, softmax_counts, softmax, 3e-7f, false, false, true};
    const op_test grad = {"softmax_grad", 2,     1,   softmax_counts, softmax_grad, 3e-6f,
                          true,           false, true};
    CHECK_OP(forward, row_cases);
    CHECK_OP(grad, row_cases);
}

/* Large values: only differences matter. */
static void test_softmax_range(void **state)
{
    (void)state;
    static const char *const names[] = {"ref", "cpu"};
    const float x[2][3] = {{1e4f, 1e4f, 1e4f}, {-1e30f, 0, -1e30f}};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        float y[2][3];
        assert_int_equal(dev->ops->softmax(dev, 2, 3, x[0], y[0]), RMF_OK);
        const float expected[6] = {1.0f / 3, 1.0f / 3, 1.0f / 3, 0, 1, 0};
        assert_close("softmax range", y[0], expected, 6, 1e-7f);
        rmf_device_close(dev);
    }
}

static void test_gather(void **state)
{
    (void)state;
    static const char *const names[] = {"ref", "cpu"};
    static const float table[3][2] = {{1, 2}, {3, 4}, {5, 6}},
                       dy[4][2] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
    static const int32_t index[4] = {2, 0, 2, 2};
    static const float expected[4][2] = {{5, 6}, {1, 2}, {5, 6}, {5, 6}};
    static const float sums[3][2] = {{13, 14}, {10, 10}, {23, 26}};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        float y[4][2], dtable[3][2] = {{10, 10}, {10, 10}, {10, 10}};
        assert_int_equal(dev->ops->gather(dev, 4, 2, table[0], index, y[0]), RMF_OK);
        assert_memory_equal(y, expected, sizeof y);
        assert_int_equal(dev->ops->gather_grad(dev, 4, 2, dy[0], index, dtable[0]), RMF_OK);
        assert_memory_equal(dtable, sums, sizeof sums);
        assert_int_equal(dev->ops->gather_grad(dev, 0, 2, dy[0], index, dtable[0]), RMF_OK);
        assert_memory_equal(dtable, sums, sizeof sums);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column_sum), cmocka_unit_test(test_copy_columns),
        cmocka_unit_test(test_pixel_sum),  cmocka_unit_test(test_upsample),
        cmocka_unit_test(test_softmax),    cmocka_unit_test(test_softmax_range),
        cmocka_unit_test(test_gather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
