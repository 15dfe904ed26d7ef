/* tests/device/test_golden.c – every back end against PyTorch (tools/golden/device.py). */
#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 512 }; /* elements of the largest output */
static const float TOLERANCE = 1e-6f;

static float *get(const golden *g, const char *group, const char *part, int64_t count)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", group, part);
    return golden_block(g, name, count);
}

static void convolution(rmf_device *dev, const golden *g, const char *name, rmf_conv a)
{
    const int64_t count_x = a.n * a.h * a.w * a.cin, count_y = a.n * a.oh * a.ow * a.cout;
    const int64_t count_w = a.kh * a.kw * a.cin * a.cout;
    const float *x = get(g, name, "x", count_x), *w = get(g, name, "w", count_w);
    const float *dy = get(g, name, "dy", count_y);
    float out[MOST];
    assert_int_equal(dev->ops->conv_forward(dev, &a, x, w, get(g, name, "b", a.cout), out, 0),
                     RMF_OK);
    assert_close(name, out, get(g, name, "y", count_y), count_y, TOLERANCE);
    assert_int_equal(dev->ops->conv_backward_data(dev, &a, dy, w, NULL, out, 0), RMF_OK);
    assert_close(name, out, get(g, name, "dx", count_x), count_x, TOLERANCE);
    assert_int_equal(dev->ops->conv_backward_weights(dev, &a, x, dy, out, 0), RMF_OK);
    assert_close(name, out, get(g, name, "dw", count_w), count_w, TOLERANCE);
}

/* A transposed convolution is the data gradient used forward; its gradients are the other two. */
static void transposed(rmf_device *dev, const golden *g, const char *name, rmf_conv a)
{
    const int64_t count_y = a.n * a.h * a.w * a.cin, count_x = a.n * a.oh * a.ow * a.cout;
    const int64_t count_w = a.kh * a.kw * a.cin * a.cout;
    const float *x = get(g, name, "x", count_x), *w = get(g, name, "w", count_w);
    const float *dy = get(g, name, "dy", count_y);
    float out[MOST];
    assert_int_equal(dev->ops->conv_backward_data(dev, &a, x, w, get(g, name, "b", a.cin), out, 0),
                     RMF_OK);
    assert_close(name, out, get(g, name, "y", count_y), count_y, TOLERANCE);
    assert_int_equal(dev->ops->conv_forward(dev, &a, dy, w, NULL, out, 0), RMF_OK);
    assert_close(name, out, get(g, name, "dx", count_x), count_x, TOLERANCE);
    assert_int_equal(dev->ops->conv_backward_weights(dev, &a, dy, x, out, 0), RMF_OK);
    assert_close(name, out, get(g, name, "dw", count_w), count_w, TOLERANCE);
}

static void group_norm(rmf_device *dev, const golden *g, const char *name, rmf_group_norm a)
{
    const int64_t count = a.n * a.p * a.c;
    a.epsilon = 1e-5f;
    const float *x = get(g, name, "x", count), *gamma = get(g, name, "gamma", a.c);
    const float *beta = get(g, name, "beta", a.c);
    float y[MOST], mean[16], rstd[16], dx[MOST], dgamma[16], dbeta[16];
    const rmf_group_norm_grad to = {.dx = dx, .dgamma = dgamma, .dbeta = dbeta};
    assert_int_equal(dev->ops->group_norm(dev, &a, x, gamma, beta, y, mean, rstd), RMF_OK);
    assert_close(name, y, get(g, name, "y", count), count, TOLERANCE);
    assert_int_equal(dev->ops->group_norm_grad(dev, &a, x, gamma, beta, mean, rstd,
                                               get(g, name, "dy", count), &to),
                     RMF_OK);
    assert_close(name, dx, get(g, name, "dx", count), count, 3 * TOLERANCE);
    assert_close(name, dgamma, get(g, name, "dgamma", a.c), a.c, TOLERANCE);
    assert_close(name, dbeta, get(g, name, "dbeta", a.c), a.c, TOLERANCE);
}

static void activation(rmf_device *dev, const golden *g, const char *name, rmf_activation kind)
{
    const float *x = get(g, name, "x", 40);
    float out[40];
    assert_int_equal(dev->ops->activation(dev, kind, x, out, 40), RMF_OK);
    assert_close(name, out, get(g, name, "y", 40), 40, TOLERANCE);
    assert_int_equal(dev->ops->activation_grad(dev, kind, x, get(g, name, "dy", 40), out, 0, 40),
                     RMF_OK);
    assert_close(name, out, get(g, name, "dx", 40), 40, TOLERANCE);
}

static void scale_shift(rmf_device *dev, const golden *g)
{
    const float *x = golden_block(g, "scale.x", 30), *scale = golden_block(g, "scale.scale", 10);
    float y[30], dx[30], dscale[10], dshift[10];
    assert_int_equal(
        dev->ops->scale_shift(dev, 2, 3, 5, x, scale, golden_block(g, "scale.shift", 10), y),
        RMF_OK);
    assert_close("scale_shift", y, golden_block(g, "scale.y", 30), 30, TOLERANCE);
    assert_int_equal(dev->ops->scale_shift_grad(dev, 2, 3, 5, x, scale,
                                                golden_block(g, "scale.dy", 30), dx, 0, dscale, 0,
                                                dshift, 0),
                     RMF_OK);
    assert_close("scale_shift dx", dx, golden_block(g, "scale.dx", 30), 30, TOLERANCE);
    assert_close("dscale", dscale, golden_block(g, "scale.dscale", 10), 10, TOLERANCE);
    assert_close("dshift", dshift, golden_block(g, "scale.dshift", 10), 10, TOLERANCE);
}

static void softmax(rmf_device *dev, const golden *g)
{
    float y[33], dx[33];
    assert_int_equal(dev->ops->softmax(dev, 3, 11, golden_block(g, "softmax.x", 33), y), RMF_OK);
    assert_close("softmax", y, golden_block(g, "softmax.y", 33), 33, TOLERANCE);
    assert_int_equal(
        dev->ops->softmax_grad(dev, 3, 11, y, golden_block(g, "softmax.dy", 33), dx, 0), RMF_OK);
    assert_close("softmax dx", dx, golden_block(g, "softmax.dx", 33), 33, TOLERANCE);
}

static void upsample(rmf_device *dev, const golden *g)
{
    float y[144], dx[36];
    assert_int_equal(dev->ops->upsample(dev, 2, 2, 3, 3, golden_block(g, "upsample.x", 36), y),
                     RMF_OK);
    assert_close("upsample", y, golden_block(g, "upsample.y", 144), 144, 0);
    assert_int_equal(
        dev->ops->upsample_grad(dev, 2, 2, 3, 3, golden_block(g, "upsample.dy", 144), dx, 0),
        RMF_OK);
    assert_close("upsample dx", dx, golden_block(g, "upsample.dx", 36), 36, TOLERANCE);
}

static void adam(rmf_device *dev, const golden *g)
{
    enum { COUNT = 9, STEPS = 4 };
    const float *gradients = golden_block(g, "adam.g", COUNT * STEPS);
    float w[COUNT], m[COUNT] = {0}, v[COUNT] = {0};
    memcpy(w, golden_block(g, "adam.w0", COUNT), sizeof w);
    for (int step = 0; step < STEPS; step++) {
        const rmf_adam a = {.learning_rate = 0.01f,
                            .beta1 = 0.9f,
                            .beta2 = 0.99f,
                            .epsilon = 1e-8f,
                            .weight_decay = 0.1f,
                            .gradient_scale = 1,
                            .w = w,
                            .m = m,
                            .v = v,
                            .g = gradients + step * COUNT};
        const rmf_adam_span span = {0, COUNT, 1 - pow(0.9, step + 1), 1 - pow(0.99, step + 1),
                                    1, 1};
        assert_int_equal(dev->ops->adam(dev, &a, &span, 1), RMF_OK);
    }
    assert_close("adam", w, golden_block(g, "adam.w", COUNT), COUNT, TOLERANCE);
}

static void matmul(rmf_device *dev, const golden *g)
{
    float c[15];
    const rmf_matmul a = {.m = 3,
                          .n = 5,
                          .k = 4,
                          .batch = 1,
                          .scale = 1,
                          .a = golden_block(g, "matmul.a", 12),
                          .b = golden_block(g, "matmul.b", 20),
                          .c = c};
    assert_int_equal(dev->ops->matmul(dev, &a), RMF_OK);
    assert_close("matmul", c, golden_block(g, "matmul.c", 15), 15, TOLERANCE);
}

static void test_against_pytorch(void **state)
{
    (void)state;
    golden g;
    golden_read(&g);
    for (const rmf_device_kind *const *kind = rmf_device_registry(); *kind; kind++) {
        rmf_device *dev = open_device((*kind)->name);
        for (int vary = 0; vary < 2; vary++) { /* both ways of a convolution */
            const bool v = vary == 1;
            convolution(dev, &g, "conv",
                        (rmf_conv){2, 5, 4, 3, 5, 4, 5, 3, 3, 1, 1, v, RMF_F32, 0});
            convolution(dev, &g, "strided",
                        (rmf_conv){2, 6, 6, 4, 2, 2, 5, 3, 3, 2, 0, v, RMF_F32, 0});
            transposed(dev, &g, "transposed",
                       (rmf_conv){2, 8, 6, 5, 3, 2, 6, 3, 3, 2, 0, v, RMF_F32, 0});
        }
        group_norm(dev, &g, "norm",
                   (rmf_group_norm){.n = 2, .p = 6, .c = 8, .groups = 4, .activation = RMF_SILU});
        group_norm(dev, &g, "instance",
                   (rmf_group_norm){.n = 2, .p = 5, .c = 3, .groups = 3, .activation = RMF_TANH});
        activation(dev, &g, "silu", RMF_SILU);
        activation(dev, &g, "tanh", RMF_TANH);
        scale_shift(dev, &g);
        softmax(dev, &g);
        upsample(dev, &g);
        adam(dev, &g);
        matmul(dev, &g);
        rmf_device_close(dev);
    }
    golden_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
