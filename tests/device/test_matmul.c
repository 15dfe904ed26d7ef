/* tests/device/test_matmul.c – the matmul slot: tiny and large, all four transposes, batches. */
#include "harness.h"

/* size: m, n, k, batch, transpose_a, transpose_b, bias */
static rmf_matmul matmul_of(const int64_t *s)
{
    return (rmf_matmul){.m = s[0],
                        .n = s[1],
                        .k = s[2],
                        .batch = s[3],
                        .transpose_a = s[4] != 0,
                        .transpose_b = s[5] != 0,
                        .scale = 0.75f,
                        .stride_a = s[0] * s[2],
                        .stride_b = s[1] * s[2],
                        .stride_c = s[0] * s[1],
                        .type = RMF_F32};
}

static void counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = s[3] * s[0] * s[2];
    in[1] = s[3] * s[1] * s[2];
    in[2] = s[1];
    out[0] = s[3] * s[0] * s[1];
}

static rmf_status run(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                      float beta)
{
    rmf_matmul a = matmul_of(s);
    a.beta = beta;
    a.a = in[0];
    a.b = in[1];
    a.bias = s[6] ? in[2] : NULL;
    a.c = out[0];
    return dev->ops->matmul(dev, &a);
}

static const op_case cases[] = {
    {"1x1x1", {1, 1, 1, 1, 0, 0, 1}},
    {"1x7x3", {1, 7, 3, 1, 0, 0, 1}},
    {"1x256x256 nn", {1, 256, 256, 1, 0, 0, 1}}, /* one row with a branch's own weights */
    {"1x256x256 nt", {1, 256, 256, 1, 0, 1, 0}},
    {"3x33x17 nn", {3, 33, 17, 1, 0, 0, 0}},
    {"33x3x17 nt", {33, 3, 17, 1, 0, 1, 1}},
    {"130x300x70 nn", {130, 300, 70, 1, 0, 0, 1}},   /* columns are cut */
    {"500x9x40 nt", {500, 9, 40, 1, 0, 1, 1}},       /* rows are cut */
    {"32x1024x160 nn", {32, 1024, 160, 1, 0, 0, 0}}, /* rows of b share cache sets */
    {"5x4x3 b6 nn", {5, 4, 3, 6, 0, 0, 1}},
    {"49x49x16 b12 nt", {49, 49, 16, 12, 0, 1, 0}}, /* attention */
    {"49x16x49 b12 nn", {49, 16, 49, 12, 0, 0, 1}},
    {"4x5x0 nn", {4, 5, 0, 1, 0, 0, 1}},
    {"4x5x0 b3 nn", {4, 5, 0, 3, 0, 0, 0}},
    {"0x5x3 nn", {0, 5, 3, 1, 0, 0, 1}},
    {"2x2x2 b0", {2, 2, 2, 0, 0, 0, 1}},
};

/* Sums over rows: the library divides these. */
static const op_case weight_cases[] = {
    {"256x256x1 tn", {256, 256, 1, 1, 1, 0, 0}},
    {"33x17x130 tn", {33, 17, 130, 1, 1, 0, 0}},
    {"17x33x5 tt", {17, 33, 5, 1, 1, 1, 1}},
    {"256x512x200 tn", {256, 512, 200, 1, 1, 0, 0}},
    {"16x49x49 b5 tn", {16, 49, 49, 5, 1, 0, 0}},
    {"7x5x0 tn", {7, 5, 0, 1, 1, 0, 0}}, /* a gradient over no rows is 0 */
};

static void test_matmul(void **state)
{
    (void)state;
    op_test op = {"matmul", 3, 1, counts, run, 3e-6f, true, false, true};
    CHECK_OP(op, cases);
    op.thread_free = false;
    CHECK_OP(op, weight_cases);
}

/* size: products, n, k; product i has i mod 4 rows of a, its own b and a common bias. */
static int64_t group_rows(const int64_t *s)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < s[0]; i++)
        rows += i % 4;
    return rows;
}

static void group_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = group_rows(s) * s[2];
    in[1] = s[0] * s[1] * s[2];
    in[2] = s[1];
    out[0] = group_rows(s) * s[1];
}

static rmf_status run_group(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                            float beta)
{
    rmf_matmul products[64];
    int64_t row = 0;
    for (int64_t i = 0; i < s[0]; i++) {
        products[i] = (rmf_matmul){.m = i % 4,
                                   .n = s[1],
                                   .k = s[2],
                                   .batch = 1,
                                   .scale = 0.75f,
                                   .beta = beta,
                                   .a = in[0] + row * s[2],
                                   .b = in[1] + i * s[1] * s[2],
                                   .bias = in[2],
                                   .c = out[0] + row * s[1]};
        row += i % 4;
    }
    return dev->ops->matmul_group(dev, products, s[0]);
}

static void test_group(void **state)
{
    (void)state;
    static const op_case group_cases[] = {{"none", {0, 5, 3}},
                                          {"3 of 7x5", {3, 7, 5}},
                                          {"60 of 33x17", {60, 33, 17}},
                                          {"64 of 256x128", {64, 256, 128}}};
    const op_test op = {"matmul_group", 3, 1, group_counts, run_group, 3e-6f, true, false, true};
    CHECK_OP(op, group_cases);
}

/* Triples may overlap or lie apart: one shared b, c with gaps. */
static void test_strides(void **state)
{
    (void)state;
    static const char *const names[] = {"ref", "cpu"};
    const float a[4] = {1, 2, 3, 4}, b[4] = {1, 10, 100, 1000};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        float c[6] = {-1, -1, -1, -1, -1, -1};
        const rmf_matmul s = {.m = 1,
                              .n = 2,
                              .k = 2,
                              .batch = 2,
                              .scale = 1,
                              .stride_a = 2,
                              .stride_b = 0,
                              .stride_c = 4,
                              .a = a,
                              .b = b,
                              .c = c};
        assert_int_equal(dev->ops->matmul(dev, &s), RMF_OK);
        const float expected[6] = {201, 2010, -1, -1, 403, 4030};
        assert_memory_equal(c, expected, sizeof c);
        rmf_device_close(dev);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const names[] = {"ref", "cpu"};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        rmf_matmul a = {.m = 1, .n = 1, .k = 1, .batch = 1, .type = RMF_BF16};
        assert_int_equal(dev->ops->matmul(dev, &a), RMF_ERR_UNSUPPORTED);
        a.type = RMF_F32;
        a.m = -1;
        assert_int_equal(dev->ops->matmul(dev, &a), RMF_ERR_ARGUMENT);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_strides),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
