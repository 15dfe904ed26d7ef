/* tests/nn/test_tape.c – values, memory, gradients and empty batches of whole networks. */
#include "nn/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A small U-Net with every kind of crossing lifetime. */
static rmf_node *unet(rmf_tape *t, int64_t rows, rmf_node **x, rmf_node **time)
{
    *x = rmf_input(t, "x", 4, (int64_t[]){rows, 6, 6, 2});
    *time = rmf_input(t, "t", 1, &rows);
    rmf_node *w = rmf_parameter(t, "freq", 1, (int64_t[]){3}, (rmf_init){RMF_INIT_NORMAL, 1, true});
    rmf_node *e = rmf_linear(t, rmf_fourier(t, *time, w, 2), PARAMETER("e.w", 6, 8), NULL);
    e = rmf_activate(t, e, RMF_SILU);
    const rmf_conv_options same = {.stride = 1, .pad = 1}, half = {.stride = 2, .pad = 1};
    rmf_node *a = rmf_conv2d(t, *x, PARAMETER("a.w", 3, 3, 2, 4), PARAMETER("a.b", 4), same);
    rmf_node *h = rmf_group_norm_act(t, a, PARAMETER("n.g", 4), PARAMETER("n.b", 4), 2, RMF_SILU);
    h = rmf_modulate(t, h, rmf_slice(t, e, 0, 4), rmf_slice(t, e, 4, 4));
    h = rmf_add(t, a, rmf_conv2d(t, h, PARAMETER("b.w", 3, 3, 4, 4), NULL, same));
    rmf_node *d = rmf_conv2d(t, h, PARAMETER("d.w", 3, 3, 4, 4), NULL, half);
    rmf_node *flat = rmf_reshape(t, d, 3, (int64_t[]){rows, 9, 4});
    rmf_node *qkv = rmf_linear(t, flat, PARAMETER("qkv", 4, 12), NULL);
    rmf_node *mixed = rmf_reshape(t, rmf_attention(t, qkv, 2), 4, (int64_t[]){rows, 3, 3, 4});
    rmf_node *up = rmf_upsample2(t, rmf_add(t, d, mixed));
    h = rmf_concat(t, rmf_concat(t, up, h), rmf_tile(t, rmf_pixel_mean(t, a), 6, 6));
    h = rmf_conv2d(t, h, BANK("o.w", 3, 3, 12, 3), BANK("o.b", 3), same);
    h = rmf_group_norm_act(t, h, BANK("m.g", 3), BANK("m.b", 3), 1, RMF_TANH);
    h = rmf_add_bias(t, rmf_scale(t, h, 1.5f), BANK("shift", 3));
    return rmf_affine(t, h, BANK("gain", 3), PARAMETER("bias", 3));
}

struct unet {
    rmf_tape *t;
    rmf_node *x, *time, *y;
};

static struct unet open_unet(rmf_params *params, int64_t rows, bool training)
{
    struct unet u = {NULL, NULL, NULL, NULL};
    assert_ok(rmf_tape_create(params, training, &u.t));
    u.y = unet(u.t, rows, &u.x, &u.time);
    assert_ok(rmf_tape_compile(u.t, u.y));
    return u;
}

static void fill_unet(struct unet *u)
{
    for (int64_t i = 0; i < u->t->memory_count; i++)
        ((float *)u->t->memory)[i] = NAN;
    fill_normal(u->x->value, rmf_node_count(u->x), 3);
    fill_normal(u->time->value, rmf_node_count(u->time), 4);
}

static const rmf_segment unet_segments[] = {{2, 0, 1}, {0, 1, 3}, {1, 4, 1}};

/* Buffers are shared over time, more so without training, and that changes no byte. */
static void shared_memory(void **state)
{
    (void)state;
    struct fixture f = open_tape(4, true);
    struct unet train = open_unet(f.params, 5, true), sample = open_unet(f.params, 5, false);
    assert_ok(rmf_params_initialise(f.params, 3));
    int64_t sum = 0;
    for (int i = 0; i < sample.t->steps; i++)
        sum += rmf_node_count(sample.t->order[i]);
    assert_true(sample.t->memory_count < sum / 2);
    assert_true(sample.t->memory_count < train.t->memory_count);
    struct unet *both[] = {&train, &sample};
    for (int i = 0; i < 2; i++) {
        fill_unet(both[i]);
        assert_ok(rmf_tape_set_segments(both[i]->t, unet_segments, 3));
        assert_ok(rmf_tape_forward(both[i]->t));
    }
    const size_t bytes = (size_t)rmf_node_count(train.y) * sizeof(float);
    assert_memory_equal(train.y->value, sample.y->value, bytes);
    rmf_view view = rmf_node_view(sample.y);
    assert_true(view.data == sample.y->value && view.rank == 4 && view.shape[3] == 3);
    assert_int_equal(rmf_view_count(&view), rmf_node_count(sample.y));
    rmf_tape_free(train.t);
    rmf_tape_free(sample.t);
    close_tape(&f);
}

/* All gradients of the U-Net along one random direction of all its trainable values. */
static void whole_network_gradient(void **state)
{
    (void)state;
    struct fixture f = open_tape(4, true);
    struct unet u = open_unet(f.params, 5, true);
    assert_ok(rmf_params_initialise(f.params, 3));
    fill_unet(&u);
    assert_ok(rmf_tape_set_segments(u.t, unet_segments, 3));
    const int64_t elements = rmf_params_elements(f.params), outputs = rmf_node_count(u.y);
    float *r = malloc((size_t)outputs * sizeof *r), *v = malloc((size_t)elements * sizeof *v);
    float *keep = malloc((size_t)elements * sizeof *keep), *w = rmf_params_values(f.params);
    fill_normal(r, outputs, 5);
    assert_ok(rmf_tape_forward(u.t));
    memcpy(u.y->grad, r, (size_t)outputs * sizeof *r);
    assert_ok(rmf_tape_backward(u.t));
    memcpy(keep, w, (size_t)elements * sizeof *keep);
    /* Frozen frequencies and padding have gradient 0, as has bank row 3, which no row uses; only
     * the frequencies must stay where they are. */
    const rmf_param_info *frozen = rmf_params_info(f.params, rmf_params_find(f.params, "freq"));
    for (int direction = 0; direction < 4; direction++) {
        fill_normal(v, elements, 6 + (uint64_t)direction);
        memset(v + frozen->offset, 0, (size_t)frozen->count * sizeof *v);
        const double expected = dot(v, rmf_params_gradients(f.params), elements);
        double side[2];
        for (int s = 0; s < 2; s++) {
            for (int64_t i = 0; i < elements; i++)
                w[i] = keep[i] + (s ? 1e-3f : -1e-3f) * v[i];
            assert_ok(rmf_tape_forward(u.t));
            side[s] = dot(r, u.y->value, outputs);
        }
        const double measured = (side[1] - side[0]) / 2e-3;
        if (fabs(measured - expected) > 5e-3 * fabs(expected) + 0.05)
            fail_msg("direction %d: %g; differences give %g", direction, expected, measured);
    }
    free(keep);
    free(v);
    free(r);
    rmf_tape_free(u.t);
    close_tape(&f);
}

/* No rows at all: shared parameters get a gradient of zeros; banks, and what stands beside a bank
 * in one operation, get none. */
static void empty_batch(void **state)
{
    (void)state;
    struct fixture f = open_tape(4, true);
    struct unet u = open_unet(f.params, 0, true);
    assert_ok(rmf_params_initialise(f.params, 3));
    float *gradients = rmf_params_gradients(f.params);
    for (int64_t i = 0; i < rmf_params_elements(f.params); i++)
        gradients[i] = NAN;
    assert_ok(rmf_tape_set_segments(u.t, NULL, 0));
    assert_ok(rmf_tape_forward(u.t));
    assert_ok(rmf_tape_backward(u.t));
    for (int i = 0; i < rmf_params_count(f.params); i++) {
        const rmf_param_info *info = rmf_params_info(f.params, i);
        const bool none = info->bank || info->frozen || strcmp(info->name, "bias") == 0;
        for (int64_t j = info->offset; j < info->offset + info->count; j++)
            assert_true(none ? isnan(gradients[j]) : gradients[j] == 0);
    }
    rmf_tape_free(u.t);
    close_tape(&f);
}

/* A second tape with other rows uses the same parameters. */
static void two_sizes(void **state)
{
    (void)state;
    struct fixture f = open_tape(4, true);
    struct unet five = open_unet(f.params, 5, true), one = open_unet(f.params, 1, false);
    assert_ok(rmf_params_initialise(f.params, 3));
    fill_unet(&five);
    fill_unet(&one);
    assert_ok(rmf_tape_set_segments(five.t, unet_segments, 3));
    assert_ok(rmf_tape_set_segments(one.t, &(rmf_segment){2, 0, 1}, 1));
    five.time->value[0] = one.time->value[0];
    assert_ok(rmf_tape_forward(five.t));
    assert_ok(rmf_tape_forward(one.t));
    assert_memory_equal(five.y->value, one.y->value, (size_t)rmf_node_count(one.y) * sizeof(float));
    rmf_tape_free(five.t);
    rmf_tape_free(one.t);
    close_tape(&f);
}

/* ---- who gets a gradient --------------------------------------------------- */

static int backward_calls;
static const rmf_device_ops *real_ops;

static rmf_status count_backward_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                      const float *w, const float *bias_cin, float *dx, float beta)
{
    backward_calls++;
    return real_ops->conv_backward_data(dev, args, dy, w, bias_cin, dx, beta);
}

/* Nobody asked for the input's gradient, so it is not computed; with all shared layers frozen the
 * backward pass stops at the banks; frozen spans keep what was in their gradient. */
static void only_what_is_needed(void **state)
{
    (void)state;
    struct fixture f = open_tape(4, true);
    struct unet u = open_unet(f.params, 5, true);
    assert_null(rmf_node_gradient(u.x));
    assert_ok(rmf_params_initialise(f.params, 3));
    fill_unet(&u);
    assert_ok(rmf_tape_set_segments(u.t, unet_segments, 3));
    rmf_device_ops counted = *f.dev->ops;
    real_ops = f.dev->ops;
    counted.conv_backward_data = count_backward_data;
    f.dev->ops = &counted;
    assert_ok(rmf_tape_forward(u.t));
    fill_normal(u.y->grad, rmf_node_count(u.y), 5);
    backward_calls = 0;
    assert_ok(rmf_tape_backward(u.t));
    assert_int_equal(backward_calls, 2 + 3); /* b.w, d.w, and o.w for three segments; not a.w */

    rmf_params_freeze(f.params, -1, true);
    rmf_params_freeze(f.params, 0, true);
    float *gradients = rmf_params_gradients(f.params);
    for (int64_t i = 0; i < rmf_params_elements(f.params); i++)
        gradients[i] = NAN;
    fill_normal(u.y->grad, rmf_node_count(u.y), 5);
    backward_calls = 0;
    assert_ok(rmf_tape_backward(u.t));
    assert_int_equal(backward_calls, 0);
    for (int i = 0; i < rmf_params_count(f.params); i++) {
        const rmf_param_info *info = rmf_params_info(f.params, i);
        for (int64_t j = 0; j < info->count; j++) {
            const bool trained = info->bank && (j / info->row == 1 || j / info->row == 2);
            assert_true(isnan(gradients[info->offset + j]) == !trained);
        }
    }
    f.dev->ops = real_ops;
    rmf_tape_free(u.t);
    close_tape(&f);
}

/* An asked input behind which nothing runs backward gets zeros. */
static void asked_input(void **state)
{
    (void)state;
    struct fixture f = open_tape(1, true);
    rmf_tape *t = f.t;
    rmf_node *x = INPUT(2, 3), *time = rmf_input(t, "t", 1, (int64_t[]){2});
    rmf_input_wants_gradient(x);
    rmf_input_wants_gradient(time);
    rmf_node *w = rmf_parameter(t, "f", 1, (int64_t[]){2}, (rmf_init){RMF_INIT_NORMAL, 1, true});
    rmf_node *y = rmf_concat(t, x, rmf_fourier(t, time, w, 1));
    assert_ok(rmf_tape_compile(t, y));
    assert_ok(rmf_tape_forward(t));
    time->grad[0] = time->grad[1] = NAN;
    for (int i = 0; i < 14; i++)
        y->grad[i] = (float)i;
    assert_ok(rmf_tape_backward(t));
    assert_true(time->grad[0] == 0 && time->grad[1] == 0);
    assert_true(x->grad[0] == 0 && x->grad[2] == 2 && x->grad[3] == 7);
    close_tape(&f);
}

static void description(void **state)
{
    (void)state;
    struct fixture f = open_tape(3, false);
    rmf_tape *t = f.t;
    rmf_node *y = rmf_linear(t, INPUT(2, 3), PARAMETER("in", 3, 4), NULL);
    y = rmf_linear(t, rmf_activate(t, y, RMF_RELU), BANK("head", 4, 5), BANK("bias", 5));
    assert_ok(rmf_tape_compile(t, y));
    char *text = NULL;
    assert_ok(rmf_tape_describe(t, &text));
    assert_non_null(
        strstr(text, "linear             [2, 4]                         24  in [3, 4]\n"));
    assert_non_null(strstr(text, "activate           [2, 4] "));
    assert_non_null(strstr(text, " 40  head bank [4, 5]  bias bank [5]\n"));
    assert_non_null(strstr(text, " 64  "));
    rmf_free(text);
    close_tape(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_memory),       cmocka_unit_test(whole_network_gradient),
        cmocka_unit_test(empty_batch),         cmocka_unit_test(two_sizes),
        cmocka_unit_test(only_what_is_needed), cmocka_unit_test(asked_input),
        cmocka_unit_test(description)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
