/* tests/nn/test_golden.c – operations against PyTorch (tools/golden/nn.py). */
#include "nn/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct net {
    rmf_tape *t;
    rmf_node *x, *w, *b, *s, *u; /* in the order of the script's numbers 1, 2, 3, 4, 5 */
};
enum { TENSORS = 5 };

static const rmf_init zero = {RMF_INIT_CONSTANT, 0, false};

static rmf_node *input(struct net *n, const char *name, int rank, const int64_t *shape)
{
    rmf_node *x = rmf_input(n->t, name, rank, shape);
    rmf_input_wants_gradient(x);
    return x;
}

static rmf_node *linear(struct net *n)
{
    n->x = input(n, "x", 2, (int64_t[]){3, 4});
    n->w = rmf_bank(n->t, "w", 2, (int64_t[]){4, 5}, zero);
    n->b = rmf_bank(n->t, "b", 1, (int64_t[]){5}, zero);
    return rmf_linear(n->t, n->x, n->w, n->b);
}

static void parameters(struct net *n, const int64_t *w, int64_t b)
{
    n->w = rmf_parameter(n->t, "w", 4, w, zero);
    n->b = b ? rmf_parameter(n->t, "b", 1, &b, zero) : NULL;
}

static rmf_node *conv(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 5, 4, 2});
    parameters(n, (int64_t[]){3, 3, 2, 3}, 3);
    return rmf_conv2d(n->t, n->x, n->w, n->b, (rmf_conv_options){.stride = 1, .pad = 1});
}

static rmf_node *conv_stride(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 6, 5, 2});
    parameters(n, (int64_t[]){3, 3, 2, 3}, 0);
    return rmf_conv2d(n->t, n->x, n->w, NULL, (rmf_conv_options){.stride = 2});
}

static rmf_node *conv_transposed(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 3, 2, 3});
    parameters(n, (int64_t[]){3, 3, 2, 3}, 2);
    return rmf_conv2d_transposed(n->t, n->x, n->w, n->b, (rmf_conv_options){2, 1, 1});
}

static rmf_node *norm(struct net *n, rmf_activation activation)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 3, 2, 4});
    n->w = rmf_parameter(n->t, "g", 1, (int64_t[]){4}, zero);
    n->b = rmf_parameter(n->t, "b", 1, (int64_t[]){4}, zero);
    return rmf_group_norm_act(n->t, n->x, n->w, n->b, 2, activation);
}

static rmf_node *norm_silu(struct net *n)
{
    return norm(n, RMF_SILU);
}

static rmf_node *norm_relu(struct net *n)
{
    return norm(n, RMF_RELU);
}

static rmf_node *norm_tanh(struct net *n)
{
    return norm(n, RMF_TANH);
}

static rmf_node *norm_film(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){3, 2, 2, 4});
    n->w = rmf_bank(n->t, "g", 1, (int64_t[]){4}, zero);
    n->b = rmf_bank(n->t, "b", 1, (int64_t[]){4}, zero);
    n->s = input(n, "scale", 2, (int64_t[]){3, 4});
    n->u = input(n, "shift", 2, (int64_t[]){3, 4});
    return rmf_group_norm_film(
        n->t, n->x, n->w, n->b,
        (rmf_norm_film){.groups = 2, .activation = RMF_SILU, .scale = n->s, .shift = n->u});
}

static rmf_node *attention(struct net *n)
{
    n->x = input(n, "x", 3, (int64_t[]){2, 3, 12});
    return rmf_attention(n->t, n->x, 2);
}

static rmf_node *modulate(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 2, 2, 3});
    n->w = input(n, "scale", 2, (int64_t[]){2, 3});
    n->b = input(n, "shift", 2, (int64_t[]){2, 3});
    return rmf_modulate(n->t, n->x, n->w, n->b);
}

static rmf_node *upsample(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){1, 2, 2, 3});
    return rmf_upsample2(n->t, n->x);
}

static rmf_node *mean(struct net *n)
{
    n->x = input(n, "x", 4, (int64_t[]){2, 3, 2, 3});
    return rmf_pixel_mean(n->t, n->x);
}

static rmf_node *affine(struct net *n)
{
    n->x = input(n, "x", 2, (int64_t[]){3, 4});
    n->w = rmf_parameter(n->t, "g", 1, (int64_t[]){4}, zero);
    n->b = rmf_parameter(n->t, "b", 1, (int64_t[]){4}, zero);
    return rmf_affine(n->t, n->x, n->w, n->b);
}

static rmf_node *gather(struct net *n)
{
    n->w = rmf_parameter(n->t, "table", 2, (int64_t[]){4, 3}, zero);
    return rmf_gather(n->t, n->w, rmf_index_input(n->t, "label", 3));
}

static rmf_node *fourier(struct net *n)
{
    n->x = rmf_input(n->t, "t", 1, (int64_t[]){3});
    n->w = rmf_parameter(n->t, "w", 1, (int64_t[]){4}, (rmf_init){RMF_INIT_CONSTANT, 0, true});
    return rmf_fourier(n->t, n->x, n->w, 2 * 3.14159265358979323846 * 30);
}

static const struct {
    const char *name;
    rmf_node *(*build)(struct net *n);
} cases[] = {{"linear", linear},           {"conv", conv},
             {"conv_stride", conv_stride}, {"conv_transposed", conv_transposed},
             {"norm_silu", norm_silu},     {"norm_relu", norm_relu},
             {"norm_tanh", norm_tanh},     {"norm_film", norm_film},
             {"attention", attention},     {"modulate", modulate},
             {"upsample", upsample},       {"mean", mean},
             {"affine", affine},           {"gather", gather},
             {"fourier", fourier}};

static int64_t stored(const rmf_node *node)
{
    return node->param ? node->param->info.count : rmf_node_count(node);
}

static void set_inputs(struct net *n)
{
    rmf_node *nodes[TENSORS] = {n->x, n->w, n->b, n->s, n->u};
    for (int i = 0; i < TENSORS; i++)
        if (nodes[i]) fill_value(nodes[i]->value, stored(nodes[i]), i + 1);
    const int32_t labels[] = {3, 0, 3};
    for (int i = 0; i < n->t->count; i++)
        if (n->t->nodes[i]->kind == RMF_NODE_INDEX)
            memcpy(rmf_node_index(n->t->nodes[i]), labels, sizeof labels);
    /* Rows 0 and 1 use bank row 2, row 2 uses bank row 0. */
    const rmf_segment segments[] = {{2, 0, 2}, {0, 2, 1}};
    const bool three = n->t->rows == 3;
    assert_ok(rmf_tape_set_segments(n->t, three ? segments : NULL, three ? 2 : 0));
}

static void compare_gradients(const char *golden, const char *name, const struct net *n)
{
    const rmf_node *nodes[TENSORS] = {n->x, n->w, n->b, n->s, n->u};
    char key[64];
    for (int i = 0; i < TENSORS; i++) {
        if (!nodes[i]) continue;
        snprintf(key, sizeof key, "%s.d%c", name, "xwbst"[i]);
        golden_compare(golden, key, nodes[i]->grad, stored(nodes[i]));
    }
}

static void run_case(rmf_device *dev, const char *golden, int index)
{
    const char *name = cases[index].name;
    char key[64];
    rmf_params *params = NULL;
    struct net n = {0};
    assert_ok(rmf_params_create(dev, 3, &params));
    assert_ok(rmf_tape_create(params, true, &n.t));
    rmf_node *y = cases[index].build(&n);
    assert_ok(rmf_tape_compile(n.t, y));
    set_inputs(&n);
    assert_ok(rmf_tape_forward(n.t));
    snprintf(key, sizeof key, "%s.y", name);
    golden_compare(golden, key, rmf_node_value(y), rmf_node_count(y));
    if (rmf_node_gradient(y)) {
        fill_value(rmf_node_gradient(y), rmf_node_count(y), 9);
        assert_ok(rmf_tape_backward(n.t));
        compare_gradients(golden, name, &n);
    }
    rmf_tape_free(n.t);
    rmf_params_free(params);
}

static void operations(void **state)
{
    (void)state;
    char *golden = golden_read();
    const char *name = NULL;
    rmf_device *dev = NULL;
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        for (int i = 0; i < COUNT(cases); i++)
            run_case(dev, golden, i);
        rmf_device_close(dev);
    }
    free(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
