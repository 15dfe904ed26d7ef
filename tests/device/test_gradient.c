/* tests/device/test_gradient.c – gradient slots against central differences of the forward slots.
 *
 * For L(x) = Σ r·y(x) with fixed r, ⟨dL/dx, d⟩ must be (L(x + h·d) − L(x − h·d))/2h along a random
 * direction d.  ref sums in double and rounds y once, so the difference carries about
 * 6e-8·|y|/h ≈ 1e-5, and the third derivative h² ≈ 1e-4. */
#include "harness.h"

#include <math.h>
#include <string.h>

enum { MOST = 2048, INPUTS = 5 };
static const float STEP = 1e-2f;

/* A forward slot and its gradient, as functions of its inputs (the rest are constants). */
typedef struct gradient_case {
    const char *name;
    int64_t inputs[INPUTS], output;
    void (*forward)(rmf_device *dev, float in[INPUTS][MOST], float *y);
    void (*backward)(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                     float grad[INPUTS][MOST]);
} gradient_case;

static const rmf_conv conv = {2, 6, 5, 3, 3, 3, 4, 3, 3, 2, 1, false, RMF_F32, 0};

static void conv_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->conv_forward(dev, &conv, in[0], in[1], in[2], y, 0), RMF_OK);
}

static void conv_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                          float grad[INPUTS][MOST])
{
    const rmf_device_ops *ops = dev->ops;
    assert_int_equal(ops->conv_backward_data(dev, &conv, dy, in[1], NULL, grad[0], 0), RMF_OK);
    assert_int_equal(ops->conv_backward_weights(dev, &conv, in[0], dy, grad[1], 0), RMF_OK);
    assert_int_equal(ops->column_sum(dev, conv.n * conv.oh * conv.ow, conv.cout, dy, grad[2], 0),
                     RMF_OK);
}

/* With scale and shift. */
static rmf_group_norm norm_of(float in[INPUTS][MOST])
{
    return (rmf_group_norm){.n = 3,
                            .p = 8,
                            .c = 6,
                            .groups = 2,
                            .epsilon = 1e-5f,
                            .activation = RMF_SILU,
                            .scale = in[3],
                            .shift = in[4]};
}

static void norm_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    float mean[6], rstd[6];
    const rmf_group_norm norm = norm_of(in);
    assert_int_equal(dev->ops->group_norm(dev, &norm, in[0], in[1], in[2], y, mean, rstd), RMF_OK);
}

static void norm_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                          float grad[INPUTS][MOST])
{
    float y[MOST], mean[6], rstd[6];
    const rmf_group_norm norm = norm_of(in);
    const rmf_group_norm_grad to = {
        .dx = grad[0], .dgamma = grad[1], .dbeta = grad[2], .dscale = grad[3], .dshift = grad[4]};
    assert_int_equal(dev->ops->group_norm(dev, &norm, in[0], in[1], in[2], y, mean, rstd), RMF_OK);
    assert_int_equal(
        dev->ops->group_norm_grad(dev, &norm, in[0], in[1], in[2], mean, rstd, dy, &to), RMF_OK);
}

static void silu_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->activation(dev, RMF_SILU, in[0], y, 50), RMF_OK);
}

static void silu_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                          float grad[INPUTS][MOST])
{
    assert_int_equal(dev->ops->activation_grad(dev, RMF_SILU, in[0], dy, grad[0], 0, 50), RMF_OK);
}

static void tanh_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->activation(dev, RMF_TANH, in[0], y, 50), RMF_OK);
}

static void tanh_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                          float grad[INPUTS][MOST])
{
    assert_int_equal(dev->ops->activation_grad(dev, RMF_TANH, in[0], dy, grad[0], 0, 50), RMF_OK);
}

static void modulate_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->scale_shift(dev, 3, 4, 5, in[0], in[1], in[2], y), RMF_OK);
}

static void modulate_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                              float grad[INPUTS][MOST])
{
    assert_int_equal(dev->ops->scale_shift_grad(dev, 3, 4, 5, in[0], in[1], dy, grad[0], 0, grad[1],
                                                0, grad[2], 0),
                     RMF_OK);
}

static void softmax_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->softmax(dev, 4, 9, in[0], y), RMF_OK);
}

static void softmax_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                             float grad[INPUTS][MOST])
{
    float y[36];
    softmax_forward(dev, in, y);
    assert_int_equal(dev->ops->softmax_grad(dev, 4, 9, y, dy, grad[0], 0), RMF_OK);
}

static void upsample_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    assert_int_equal(dev->ops->upsample(dev, 2, 3, 2, 5, in[0], y), RMF_OK);
}

static void upsample_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                              float grad[INPUTS][MOST])
{
    (void)in;
    assert_int_equal(dev->ops->upsample_grad(dev, 2, 3, 2, 5, dy, grad[0], 0), RMF_OK);
}

/* Tiling [3, 4] over 5 pixels into columns 1…4 of 6. */
static void tile_forward(rmf_device *dev, float in[INPUTS][MOST], float *y)
{
    memset(y, 0, 90 * sizeof *y);
    assert_int_equal(dev->ops->copy_columns(dev, 15, 5, in[0], 4, 0, y, 6, 1, 4, 0), RMF_OK);
}

static void tile_backward(rmf_device *dev, float in[INPUTS][MOST], const float *dy,
                          float grad[INPUTS][MOST])
{
    (void)in;
    assert_int_equal(dev->ops->pixel_sum(dev, 3, 5, dy, 6, 1, 4, grad[0], 0), RMF_OK);
}

static const gradient_case cases[] = {
    {"conv", {2 * 6 * 5 * 3, 9 * 3 * 4, 4}, 2 * 3 * 3 * 4, conv_forward, conv_backward},
    {"group_norm", {3 * 8 * 6, 6, 6, 3 * 6, 3 * 6}, 3 * 8 * 6, norm_forward, norm_backward},
    {"silu", {50}, 50, silu_forward, silu_backward},
    {"tanh", {50}, 50, tanh_forward, tanh_backward},
    {"scale_shift", {60, 15, 15}, 60, modulate_forward, modulate_backward},
    {"softmax", {36}, 36, softmax_forward, softmax_backward},
    {"upsample", {60}, 240, upsample_forward, upsample_backward},
    {"tile", {12}, 90, tile_forward, tile_backward},
};

static double loss_at(rmf_device *dev, const gradient_case *c, float in[INPUTS][MOST],
                      const float *r)
{
    float y[MOST];
    double loss = 0;
    c->forward(dev, in, y);
    for (int64_t i = 0; i < c->output; i++)
        loss += (double)r[i] * y[i];
    return loss;
}

static void check_input(rmf_device *dev, const gradient_case *c, int which, float in[INPUTS][MOST],
                        const float *r, const float *grad)
{
    float base[MOST], direction[MOST];
    double expected = 0, size = 0, ends[2];
    memcpy(base, in[which], sizeof base);
    fill_random(direction, c->inputs[which], 50 + (uint64_t)which);
    for (int64_t i = 0; i < c->inputs[which]; i++) {
        expected += (double)grad[i] * direction[i];
        size += fabs((double)grad[i] * direction[i]);
    }
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < c->inputs[which]; i++)
            in[which][i] = base[i] + (side == 0 ? -STEP : STEP) * direction[i];
        ends[side] = loss_at(dev, c, in, r);
    }
    memcpy(in[which], base, sizeof base);
    const double found = (ends[1] - ends[0]) / (2 * STEP);
    if (!(fabs(found - expected) <= 1e-3 * size))
        fail_msg("%s %s, input %d: slope %.7g; the gradient says %.7g", dev->ops->name, c->name,
                 which, found, expected);
}

static void test_gradients(void **state)
{
    (void)state;
    static float in[INPUTS][MOST], grad[INPUTS][MOST], r[MOST];
    for (const rmf_device_kind *const *kind = rmf_device_registry(); *kind; kind++) {
        rmf_device *dev = open_device((*kind)->name);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const gradient_case *c = &cases[i];
            for (int which = 0; which < INPUTS; which++)
                fill_random(in[which], c->inputs[which], (uint64_t)which);
            fill_random(r, c->output, 9);
            c->backward(dev, in, r, grad);
            for (int which = 0; which < INPUTS; which++)
                if (c->inputs[which] > 0) check_input(dev, c, which, in, r, grad[which]);
        }
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
