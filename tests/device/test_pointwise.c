/* tests/device/test_pointwise.c – slots that work element by element, and the optimiser's. */
#include "harness.h"

#include <math.h>

/* size: count, activation */
static void one_to_one(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = in[1] = out[0] = s[0];
}

static rmf_status activation(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                             float beta)
{
    (void)beta;
    return dev->ops->activation(dev, (rmf_activation)s[1], in[0], out[0], s[0]);
}

static rmf_status activation_grad(rmf_device *dev, const int64_t *s, float *const *in,
                                  float *const *out, float beta)
{
    return dev->ops->activation_grad(dev, (rmf_activation)s[1], in[0], in[1], out[0], beta, s[0]);
}

static rmf_status fill(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                       float beta)
{
    (void)in;
    (void)beta;
    return dev->ops->fill(dev, out[0], 0.3f, s[0]);
}

static rmf_status axpby(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                        float beta)
{
    return dev->ops->axpby(dev, 0.7f, in[0], 0.3f * beta, out[0], s[0]);
}

static const op_case counts[] = {
    {"0", {0}}, {"1", {1}}, {"7", {7}}, {"33", {33}}, {"8192", {8192}}, {"50001", {50001}},
};

static const op_case kinds[] = {
    {"relu 0", {0, RMF_RELU}},         {"identity 33", {33, RMF_IDENTITY}},
    {"relu 33", {33, RMF_RELU}},       {"silu 1", {1, RMF_SILU}},
    {"silu 7", {7, RMF_SILU}},         {"silu 50001", {50001, RMF_SILU}},
    {"tanh 50001", {50001, RMF_TANH}}, {"relu 50001", {50001, RMF_RELU}},
};

static void test_pointwise(void **state)
{
    (void)state;
    const op_test grad = {
        "activation_grad", 2, 1, one_to_one, activation_grad, 5e-7f, true, false, true};
    const op_test filled = {"fill", 0, 1, one_to_one, fill, 0, false, false, true};
    const op_test sums = {"axpby", 1, 1, one_to_one, axpby, 2e-7f, true, false, true};
    CHECK_OP(grad, kinds);
    CHECK_OP(filled, counts);
    CHECK_OP(sums, counts);
}

/* In place, as networks without backward use it. */
static rmf_status activation_in_place(rmf_device *dev, const int64_t *s, float *const *in,
                                      float *const *out, float beta)
{
    (void)in;
    (void)beta;
    return dev->ops->activation(dev, (rmf_activation)s[1], out[0], out[0], s[0]);
}

static void test_activation(void **state)
{
    (void)state;
    const op_test apart = {"activation", 1, 1, one_to_one, activation, 3e-7f, false, false, true};
    const op_test in_place = {
        "activation in place", 0, 1, one_to_one, activation_in_place, 3e-7f, false, true, true};
    CHECK_OP(in_place, kinds);
    CHECK_OP(apart, kinds);
}

/* size: n, p, c, scale, shift */
static void scale_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = in[3] = out[0] = s[0] * s[1] * s[2];
    in[1] = in[2] = out[1] = out[2] = s[0] * s[2];
}

static rmf_status scale_shift(rmf_device *dev, const int64_t *s, float *const *in,
                              float *const *out, float beta)
{
    (void)beta;
    return dev->ops->scale_shift(dev, s[0], s[1], s[2], in[0], s[3] ? in[1] : NULL,
                                 s[4] ? in[2] : NULL, out[0]);
}

static rmf_status scale_shift_grad(rmf_device *dev, const int64_t *s, float *const *in,
                                   float *const *out, float beta)
{
    return dev->ops->scale_shift_grad(dev, s[0], s[1], s[2], in[0], s[3] ? in[1] : NULL, in[3],
                                      out[0], beta, out[1], beta, out[2], beta);
}

static const op_case scale_cases[] = {
    {"n1 p1 c1", {1, 1, 1, 1, 1}},         {"n3 p4 c7", {3, 4, 7, 1, 1}},
    {"n2 p9 c33 scale", {2, 9, 33, 1, 0}}, {"n2 p9 c3 shift", {2, 9, 3, 0, 1}},
    {"n40 p49 c32", {40, 49, 32, 1, 1}},   {"n0 p4 c8", {0, 4, 8, 1, 1}},
};

static void test_scale_shift(void **state)
{
    (void)state;
    const op_test forward = {"scale_shift", 3,     1,     scale_counts, scale_shift,
                             3e-7f,         false, false, true};
    const op_test grad = {
        "scale_shift_grad", 4, 3, scale_counts, scale_shift_grad, 2e-6f, true, false, true};
    CHECK_OP(forward, scale_cases);
    CHECK_OP(grad, scale_cases);
}

/* outputs: w, m, v, ema; in three spans with a gap */
static void adam_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = out[0] = out[1] = out[2] = out[3] = s[0];
}

static rmf_status adam(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                       float beta)
{
    (void)beta;
    const rmf_adam a = {.learning_rate = 0.01f,
                        .beta1 = 0.9f,
                        .beta2 = 0.99f,
                        .epsilon = 1e-8f,
                        .weight_decay = 0.1f,
                        .gradient_scale = 0.5f,
                        .w = out[0],
                        .m = out[1],
                        .v = out[2],
                        .ema = out[3],
                        .g = in[0]};
    const int64_t third = s[0] / 3;
    const rmf_adam_span spans[] = {
        {0, third, 1 - pow(0.9, 3), 1 - pow(0.99, 3), 0.7f, 0.9f},
        {third, third / 2, 1 - pow(0.9, 7), 1 - pow(0.99, 7), 1, 0.9f},
        {2 * third, s[0] - 2 * third, 1 - pow(0.9, 2), 1 - pow(0.99, 2), 0.8f, 1}};
    for (int64_t i = 0; i < s[0]; i++)
        out[2][i] = fabsf(out[2][i]); /* a second moment */
    return dev->ops->adam(dev, &a, spans, 3);
}

static void test_adam(void **state)
{
    (void)state;
    const op_test op = {"adam", 1, 4, adam_counts, adam, 1e-6f, false, true, true};
    CHECK_OP(op, counts);
}

/* Σ x² to the last bit at every thread count; whole numbers make the sum exact. */
static void test_sum_squares(void **state)
{
    (void)state;
    enum { COUNT = 100003 };
    void *block = NULL;
    assert_int_equal(rmf_alloc(COUNT, sizeof(float), &block), RMF_OK);
    float *x = block;
    fill_random(x, COUNT, 1);
    rmf_device *ref = open_device("ref"), *cpu = open_device("cpu");
    double expected = 0, first = 0, sum = 0;
    assert_int_equal(ref->ops->sum_squares(ref, x, COUNT, &expected), RMF_OK);
    assert_int_equal(cpu->ops->sum_squares(cpu, x, COUNT, &first), RMF_OK);
    assert_true(fabs(first - expected) <= 1e-12 * expected);
    const int threads = rmf_threads();
    for (int count = 1; count <= 4; count++) {
        rmf_threads_set(count);
        assert_int_equal(cpu->ops->sum_squares(cpu, x, COUNT, &sum), RMF_OK);
        assert_memory_equal(&sum, &first, sizeof sum);
    }
    rmf_threads_set(threads);
    for (int64_t count = 0; count <= 19; count++) {
        double exact = 0;
        for (int64_t i = 0; i < count; i++) {
            x[i] = (float)(i - 9);
            exact += (double)((i - 9) * (i - 9));
        }
        assert_int_equal(cpu->ops->sum_squares(cpu, x, count, &sum), RMF_OK);
        assert_memory_equal(&sum, &exact, sizeof sum);
    }
    rmf_free(block);
    rmf_device_close(ref);
    rmf_device_close(cpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointwise),   cmocka_unit_test(test_activation),
        cmocka_unit_test(test_scale_shift), cmocka_unit_test(test_adam),
        cmocka_unit_test(test_sum_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
