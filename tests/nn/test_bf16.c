/* tests/nn/test_bf16.c – gradients with convolutions of rounded operands, against those of f32. */
#include "nn/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 11, SIDE = 8, WIDTH = 32 };

/* Output, gradient of the input, gradients of the parameters. */
struct results {
    float *part[3];
    int64_t count[3];
};

static float *copy(const float *from, int64_t count)
{
    float *to = malloc((size_t)count * sizeof *to);
    assert_non_null(to);
    memcpy(to, from, (size_t)count * sizeof *to);
    return to;
}

/* Convolutions with a bank and without, down and up, with norms between as networks have them. */
static rmf_node *build(rmf_tape *t, rmf_node *x)
{
    const rmf_conv_options down = {2, 1, 0}, up = {2, 1, 1}, same = {1, 1, 0};
    rmf_node *gain = PARAMETER("gain", WIDTH), *shift = PARAMETER("shift", WIDTH);
    rmf_node *y = rmf_conv2d(t, x, PARAMETER("same", 3, 3, WIDTH, WIDTH), NULL, same);
    y = rmf_group_norm_act(t, y, gain, shift, 4, RMF_SILU);
    y = rmf_conv2d(t, y, PARAMETER("down", 3, 3, WIDTH, WIDTH), PARAMETER("bias", WIDTH), down);
    y = rmf_group_norm_act(t, y, gain, shift, 4, RMF_SILU);
    return rmf_conv2d_transposed(t, y, BANK("up", 3, 3, WIDTH, WIDTH), BANK("last", WIDTH), up);
}

static struct results run(rmf_device *dev)
{
    static const rmf_segment segments[] = {{1, 0, 7}, {0, 7, 1}, {2, 8, 3}};
    rmf_params *params = NULL;
    rmf_tape *t = NULL;
    assert_ok(rmf_params_create(dev, 3, &params));
    assert_ok(rmf_tape_create(params, true, &t));
    rmf_node *x = INPUT(ROWS, SIDE, SIDE, WIDTH);
    rmf_input_wants_gradient(x);
    rmf_node *y = build(t, x);
    assert_ok(rmf_tape_compile(t, y));
    assert_ok(rmf_params_initialise(params, 1));
    assert_ok(rmf_tape_set_segments(t, segments, COUNT(segments)));
    fill_normal(rmf_node_value(x), rmf_node_count(x), 1);
    assert_ok(rmf_tape_forward(t));
    fill_normal(rmf_node_gradient(y), rmf_node_count(y), 2);
    assert_ok(rmf_tape_backward(t));
    struct results r = {
        .count = {rmf_node_count(y), rmf_node_count(x), rmf_params_elements(params)}};
    r.part[0] = copy(rmf_node_value(y), r.count[0]);
    r.part[1] = copy(rmf_node_gradient(x), r.count[1]);
    r.part[2] = copy(rmf_params_gradients(params), r.count[2]);
    rmf_tape_free(t);
    rmf_params_free(params);
    return r;
}

static void gradients_are_those_of_f32_but_for_rounding(void **state)
{
    (void)state;
    rmf_device *dev = NULL;
    assert_ok(rmf_device_open("cpu", &dev));
    if (!dev->bf16) {
        rmf_device_close(dev);
        skip();
    }
    struct results exact = run(dev);
    assert_ok(rmf_device_set_type(dev, "bf16"));
    struct results rounded = run(dev);
    for (int k = 0; k < 3; k++) {
        double error = 0, size = 0;
        for (int64_t i = 0; i < exact.count[k]; i++) {
            error += pow(exact.part[k][i] - rounded.part[k][i], 2);
            size += pow(exact.part[k][i], 2);
        }
        /* 8 bits an operand, one to three products deep. */
        assert_true(sqrt(error / size) < 0.02);
        assert_true(sqrt(error / size) > 5e-4);
        free(exact.part[k]);
        free(rounded.part[k]);
    }
    rmf_device_close(dev);
}

/* ref rounds nothing; what is asked for by name is checked. */
static void types_are_checked(void **state)
{
    (void)state;
    rmf_device *dev = NULL;
    assert_ok(rmf_device_open("ref", &dev));
    assert_ok(rmf_device_set_type(dev, "auto"));
    assert_int_equal(dev->type, RMF_F32);
    assert_int_equal(rmf_device_set_type(dev, "bf16"), RMF_ERR_UNSUPPORTED);
    assert_message("does not multiply bf16");
    assert_int_equal(rmf_device_set_type(dev, "f64"), RMF_ERR_USAGE);
    assert_message("expected auto, f32 or bf16");
    rmf_device_close(dev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_f32_but_for_rounding),
        cmocka_unit_test(types_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
