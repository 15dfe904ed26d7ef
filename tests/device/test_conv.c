/* tests/device/test_conv.c – the three convolution slots of cpu against ref. */
#include "harness.h"

#include "device/cpu/conv.h"

#include <math.h>
#include <string.h>

/* size: n, h, w, cin, oh, ow, cout, kh, kw, stride, pad, rows_vary */
static rmf_conv conv_of(const int64_t *s)
{
    return (rmf_conv){.n = s[0],
                      .h = s[1],
                      .w = s[2],
                      .cin = s[3],
                      .oh = s[4],
                      .ow = s[5],
                      .cout = s[6],
                      .kh = s[7],
                      .kw = s[8],
                      .stride = (int)s[9],
                      .pad = (int)s[10],
                      .rows_vary = s[11] != 0,
                      .type = RMF_F32};
}

static int64_t count_x(const int64_t *s)
{
    return s[0] * s[1] * s[2] * s[3];
}
static int64_t count_y(const int64_t *s)
{
    return s[0] * s[4] * s[5] * s[6];
}
static int64_t count_w(const int64_t *s)
{
    return s[7] * s[8] * s[3] * s[6];
}

static void forward_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = count_x(s);
    in[1] = count_w(s);
    in[2] = s[6];
    out[0] = count_y(s);
}

static rmf_status forward(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                          float beta)
{
    const rmf_conv a = conv_of(s);
    return dev->ops->conv_forward(dev, &a, in[0], in[1], in[2], out[0], beta);
}

static rmf_status forward_unbiased(rmf_device *dev, const int64_t *s, float *const *in,
                                   float *const *out, float beta)
{
    const rmf_conv a = conv_of(s);
    return dev->ops->conv_forward(dev, &a, in[0], in[1], NULL, out[0], beta);
}

static void data_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = count_y(s);
    in[1] = count_w(s);
    in[2] = s[3];
    out[0] = count_x(s);
}

static rmf_status data(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                       float beta)
{
    const rmf_conv a = conv_of(s);
    return dev->ops->conv_backward_data(dev, &a, in[0], in[1], NULL, out[0], beta);
}

static rmf_status data_biased(rmf_device *dev, const int64_t *s, float *const *in,
                              float *const *out, float beta)
{
    const rmf_conv a = conv_of(s);
    return dev->ops->conv_backward_data(dev, &a, in[0], in[1], in[2], out[0], beta);
}

static void weight_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = count_x(s);
    in[1] = count_y(s);
    out[0] = count_w(s);
}

static rmf_status weights(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                          float beta)
{
    const rmf_conv a = conv_of(s);
    return dev->ops->conv_backward_weights(dev, &a, in[0], in[1], out[0], beta);
}

static const op_case cases[] = {
    {"n3 7x5 c3-5 k3 p1", {3, 7, 5, 3, 7, 5, 5, 3, 3, 1, 1, 0}},
    {"n2 8x8 c16-16 k3 p1", {2, 8, 8, 16, 8, 8, 16, 3, 3, 1, 1, 0}},
    {"n2 7x7 c33-17 k3 p1", {2, 7, 7, 33, 7, 7, 17, 3, 3, 1, 1, 0}},
    {"n2 9x9 c8-16 k3 p0", {2, 9, 9, 8, 7, 7, 16, 3, 3, 1, 0, 0}},
    {"n2 6x6 c8-16 k5 p2", {2, 6, 6, 8, 6, 6, 16, 5, 5, 1, 2, 0}},
    {"n2 6x6 c8-16 k2x3 p1", {2, 6, 6, 8, 7, 6, 16, 2, 3, 1, 1, 0}},
    {"n2 7x7 c40-16 k3 p1", {2, 7, 7, 40, 7, 7, 16, 3, 3, 1, 1, 0}}, /* weights are mirrored */
    {"n2 9x9 c56-24 k3 p0", {2, 9, 9, 56, 7, 7, 24, 3, 3, 1, 0, 0}},
    {"n3 8x8 c1-32 k3 p1", {3, 8, 8, 1, 8, 8, 32, 3, 3, 1, 1, 0}},
    {"n3 8x8 c32-1 k3 p1", {3, 8, 8, 32, 8, 8, 1, 3, 3, 1, 1, 0}},
    {"n3 8x8 c32-3 k3 p0", {3, 8, 8, 32, 6, 6, 3, 3, 3, 1, 0, 0}},
    {"n3 10x10 c1-64 k3 p0", {3, 10, 10, 1, 8, 8, 64, 3, 3, 1, 0, 0}}, /* N1's last, transposed */
    {"n2 8x8 c16-24 k3 s2 p1", {2, 8, 8, 16, 4, 4, 24, 3, 3, 2, 1, 0}},
    {"n2 9x9 c16-24 k3 s2 p0", {2, 9, 9, 16, 4, 4, 24, 3, 3, 2, 0, 0}},
    {"n2 12x12 c8-16 k3 s2 p0", {2, 12, 12, 8, 5, 5, 16, 3, 3, 2, 0, 0}}, /* last row unread */
    {"n2 7x7 c8-16 k3 s3 p2", {2, 7, 7, 8, 4, 4, 16, 3, 3, 3, 2, 0}},     /* bottom padded more */
    {"n2 5x5 c1-8 k3 s2 p1", {2, 5, 5, 1, 3, 3, 8, 3, 3, 2, 1, 0}},
    {"n2 5x5 c24-2 k3 s2 p1", {2, 5, 5, 24, 3, 3, 2, 3, 3, 2, 1, 0}},
    {"n2 4x3 c8-8 k3 p4", {2, 4, 3, 8, 10, 9, 8, 3, 3, 1, 4, 0}}, /* outputs of padding alone */
    {"n2 3x3 c8-8 k2 p0 to 6x3", {2, 3, 3, 8, 6, 3, 8, 2, 2, 1, 0, 0}},
    {"n3 7x7 c17-9 k1", {3, 7, 7, 17, 7, 7, 9, 1, 1, 1, 0, 0}},
    {"n1 1x1 c7-3 k1", {1, 1, 1, 7, 1, 1, 3, 1, 1, 1, 0, 0}},
    {"n9 9x9 c16-16 k3 p1 bank", {9, 9, 9, 16, 9, 9, 16, 3, 3, 1, 1, 1}},
    {"n1 5x5 c64-32 k3 s2 p0 bank", {1, 5, 5, 64, 2, 2, 32, 3, 3, 2, 0, 1}},
    {"n5 12x12 c64-32 k3 s2 p0 bank", {5, 12, 12, 64, 5, 5, 32, 3, 3, 2, 0, 1}},
    {"n2 6x6 c9-2 k3 p1 bank", {2, 6, 6, 9, 6, 6, 2, 3, 3, 1, 1, 1}},
    {"n40 6x6 c8-8 k1 bank", {40, 6, 6, 8, 6, 6, 8, 1, 1, 1, 0, 1}},
    {"n0 7x7 c8-8 k3 p1", {0, 7, 7, 8, 7, 7, 8, 3, 3, 1, 1, 0}},
    {"n0 7x7 c8-1 k3 p1", {0, 7, 7, 8, 7, 7, 1, 3, 3, 1, 1, 0}},
    {"n0 7x7 c8-8 k1 bank", {0, 7, 7, 8, 7, 7, 8, 1, 1, 1, 0, 1}},
};

/* Products that one thread computes alone, in pieces cut by shape: thread counts may not matter. */
static const op_case bank_cases[] = {
    {"n30 8x8 c32-32 k3 p1 bank", {30, 8, 8, 32, 8, 8, 32, 3, 3, 1, 1, 1}},
    {"n5 12x12 c64-64 k3 s2 p0 bank", {5, 12, 12, 64, 5, 5, 64, 3, 3, 2, 0, 1}},
    {"n64 14x14 c16-32 k1 bank", {64, 14, 14, 16, 14, 14, 32, 1, 1, 1, 0, 1}},
};

static void test_forward(void **state)
{
    (void)state;
    op_test op = {"conv_forward", 3, 1, forward_counts, forward, 3e-6f, true, false, false};
    CHECK_OP(op, cases);
    op.thread_free = true;
    CHECK_OP(op, bank_cases);
    const op_test unbiased = {
        "conv_forward unbiased", 3, 1, forward_counts, forward_unbiased, 3e-6f, true, false, false};
    CHECK_OP(unbiased, cases);
}

static void test_data(void **state)
{
    (void)state;
    op_test op = {"conv_backward_data", 3, 1, data_counts, data, 3e-6f, true, false, false};
    CHECK_OP(op, cases);
    op.thread_free = true;
    CHECK_OP(op, bank_cases);
    const op_test biased = {
        "conv_backward_data biased", 3, 1, data_counts, data_biased, 3e-6f, true, false, false};
    CHECK_OP(biased, cases);
}

static void test_weights(void **state)
{
    (void)state;
    const op_test op = {
        "conv_backward_weights", 2, 1, weight_counts, weights, 5e-6f, true, false, false};
    CHECK_OP(op, cases);
    CHECK_OP(op, bank_cases);
}

/* More shapes than a bucket of the table of primitives holds: evicted ones are made again. */
static void test_many_shapes(void **state)
{
    (void)state;
    rmf_device *dev = open_device("cpu"), *ref = open_device("ref");
    float x[5 * 24], w[9 * 5 * 8], y[8 * 24], expected[8 * 24];
    fill_random(x, 5 * 24, 1);
    fill_random(w, 9 * 5 * 8, 2);
    for (int64_t shape = 0; shape < 2 * 4 * 6 * 4; shape++) { /* twice through all */
        const int64_t height = shape % 4 + 1, width = shape / 4 % 6 + 1, cout = shape / 24 % 4 + 5;
        const rmf_conv a = {1, height, width, 5, height, width,   cout,
                            3, 3,      1,     1, false,  RMF_F32, 0};
        for (int beta = 0; beta <= 1; beta++) {
            fill_random(y, height * width * cout, 3);
            fill_random(expected, height * width * cout, 3);
            assert_int_equal(dev->ops->conv_forward(dev, &a, x, w, NULL, y, (float)beta), RMF_OK);
            assert_int_equal(ref->ops->conv_forward(ref, &a, x, w, NULL, expected, (float)beta),
                             RMF_OK);
            assert_close("many shapes", y, expected, height * width * cout, 3e-6f);
        }
    }
    rmf_device_close(dev);
    rmf_device_close(ref);
}

/* A way that is chosen can be gone, and bf16 is chosen only where it is asked for and there. */
static void test_rule(void **state)
{
    (void)state;
    int rounded = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 12; k++) {
            rmf_conv a = conv_of(cases[i].size);
            const struct rmf_conv_cpu cpu = {.wide = k % 3 > 0, .bf16 = k % 3 > 1};
            const bool asked = k / 3 % 2 == 1;
            a.rows_vary = k / 6 == 1;
            if (asked) a.type = RMF_BF16;
            for (int d = RMF_CONV_FORWARD; d <= RMF_CONV_WEIGHTS; d++) {
                const enum rmf_conv_way way = rmf_conv_choose(&a, (enum rmf_conv_direction)d, cpu);
                assert_true(rmf_conv_can(&a, way, cpu));
                if (way == RMF_CONV_DNNL_BF16) assert_true(asked && cpu.bf16);
                rounded += way == RMF_CONV_DNNL_BF16;
            }
        }
    assert_true(rounded > 0);
}

/* ---- ways and types ---- */

/* Numbers that bf16 holds exactly: few bits. */
static void fill_short(float *x, int64_t count, uint64_t seed)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)rmf_random_below(rmf_key_make(seed, 9), (uint64_t)i, 0, 17) / 8 - 1;
}

enum { MOST = 9 * 12 * 12 * 64 };

struct blocks {
    float a[MOST], b[MOST], bias[128], to[MOST], expected[MOST];
};

static void go_by(rmf_device *dev, enum rmf_conv_way way, const rmf_conv *args,
                  enum rmf_conv_direction direction, float beta, struct blocks *s)
{
    rmf_device *ref = open_device("ref");
    const bool data = direction == RMF_CONV_DATA, weights = direction == RMF_CONV_WEIGHTS;
    const int64_t x = args->n * args->h * args->w * args->cin;
    const int64_t y = args->n * args->oh * args->ow * args->cout;
    const int64_t width = args->w_width ? args->w_width : args->cout;
    const int64_t w = args->kh * args->kw * args->cin * width;
    const int64_t count = data ? x : weights ? w : y;
    assert_true(x <= MOST && y <= MOST && w <= MOST && args->cin <= 128 && args->cout <= 128);
    fill_short(s->a, data ? y : x, 1);
    fill_short(s->b, weights ? y : w, 2);
    fill_random(s->bias, 128, 3); /* is added in f32 */
    fill_random(s->to, count, 4);
    memcpy(s->expected, s->to, (size_t)count * sizeof(float));
    const struct rmf_conv_call call = {direction, args, s->a, s->b, weights ? NULL : s->bias,
                                       s->to,     beta};
    assert_int_equal(rmf_cpu_conv_by(rmf_cpu_of(dev), way, &call), RMF_OK);
    if (data)
        (void)ref->ops->conv_backward_data(ref, args, s->a, s->b, s->bias, s->expected, beta);
    else if (weights)
        (void)ref->ops->conv_backward_weights(ref, args, s->a, s->b, s->expected, beta);
    else
        (void)ref->ops->conv_forward(ref, args, s->a, s->b, s->bias, s->expected, beta);
    assert_close("ways", s->to, s->expected, count, 5e-6f);
    rmf_device_close(ref);
}

/* Every way that this processor can go, whether or not the rule would, with operands that rounding
 * leaves as they are: then bf16 differs from f32 no more than f32 from f32. */
static void test_ways(void **state)
{
    (void)state;
    static struct blocks s;
    rmf_device *dev = open_device("cpu");
    const struct rmf_conv_cpu cpu = rmf_cpu_of(dev)->conv;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rmf_conv a = conv_of(cases[i].size);
        if (a.n == 0) continue;
        for (int k = 0; k < 4 * 3 * 8; k++) {
            const enum rmf_conv_way way = (enum rmf_conv_way)(k / 24);
            const enum rmf_conv_direction direction = (enum rmf_conv_direction)(k / 8 % 3);
            a.rows_vary = k % 2 == 1;
            /* what lies between rows is left alone */
            a.w_width = k / 4 % 2 ? a.cout + 5 : a.cout;
            if (rmf_conv_can(&a, way, cpu)) go_by(dev, way, &a, direction, k / 2 % 2, &s);
        }
    }
    rmf_device_close(dev);
}

/* Rounded operands: as far from f32 as their 8 bits say, and not nearer, or nothing was rounded. */
static void test_bf16_rounds(void **state)
{
    (void)state;
    rmf_device *dev = open_device("cpu");
    if (rmf_device_set_type(dev, "bf16") != RMF_OK) {
        assert_int_equal(rmf_device_set_type(dev, "auto"), RMF_OK);
        assert_int_equal(dev->type, RMF_F32);
        rmf_device_close(dev);
        skip();
    }
    assert_int_equal(dev->type, RMF_BF16);
    enum { X = 2 * 8 * 8 * 32, W = 9 * 32 * 32 };
    static float x[X], w[W], y[2][X];
    const rmf_conv a = {2, 8, 8, 32, 8, 8, 32, 3, 3, 1, 1, false, RMF_F32, 0};
    rmf_conv rounded = a;
    rounded.type = RMF_BF16;
    fill_random(x, X, 1);
    fill_random(w, W, 2);
    assert_int_equal(dev->ops->conv_forward(dev, &a, x, w, NULL, y[0], 0), RMF_OK);
    assert_int_equal(dev->ops->conv_forward(dev, &rounded, x, w, NULL, y[1], 0), RMF_OK);
    double error = 0, size = 0;
    for (int i = 0; i < X; i++) {
        error += (y[0][i] - y[1][i]) * (y[0][i] - y[1][i]);
        size += y[0][i] * y[0][i];
    }
    /* Two operands, each with a uniform error of 2^-9 at most relative to its binade. */
    assert_true(sqrt(error / size) < 4e-3 && sqrt(error / size) > 4e-4);
    x[5] = NAN; /* stays one */
    assert_int_equal(dev->ops->conv_forward(dev, &rounded, x, w, NULL, y[1], 0), RMF_OK);
    assert_true(isnan(y[1][0]));
    rmf_device_close(dev);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const names[] = {"ref", "cpu"};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        float x[9] = {0}, w[9] = {0}, y[9] = {0};
        rmf_conv a = {1, 3, 3, 1, 3, 3, 1, 3, 3, 1, 1, false, RMF_F64, 0};
        assert_int_equal(dev->ops->conv_forward(dev, &a, x, w, NULL, y, 0), RMF_ERR_UNSUPPORTED);
        assert_non_null(strstr(rmf_message(), "f32"));
        a.type = RMF_F32;
        a.stride = 0;
        assert_int_equal(dev->ops->conv_backward_data(dev, &a, y, w, NULL, x, 0), RMF_ERR_ARGUMENT);
        a.stride = 1;
        a.cout = -1;
        assert_int_equal(dev->ops->conv_backward_weights(dev, &a, x, y, w, 0), RMF_ERR_ARGUMENT);
        a.cout = 2;
        a.w_width = 1;
        assert_int_equal(dev->ops->conv_forward(dev, &a, x, w, NULL, y, 0), RMF_ERR_ARGUMENT);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward), cmocka_unit_test(test_data),
        cmocka_unit_test(test_weights), cmocka_unit_test(test_many_shapes),
        cmocka_unit_test(test_ways),    cmocka_unit_test(test_bf16_rounds),
        cmocka_unit_test(test_rule),    cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
