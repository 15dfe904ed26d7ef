/* tests/nn/test_gradient.c – every operation's gradient against central differences.
 *
 * The loss is Σ r·y with fixed random r.  Each case runs on every host device, once alone and once
 * applied twice to the same inputs and parameters (so that the second writer adds), from memory
 * that was filled with NaN (so that nothing stale is read), and twice with equal bytes.  Rows of
 * banks that no segment uses must keep the NaN that was in their gradient.
 */
#include "nn/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 6
#define BANK_ROWS 5
#define STEP 1e-2f

/* Bank row 3 comes twice, row 1 has no rows, row 4 has one row, rows 0 and 2 are not there. */
static const rmf_segment segments[] = {{3, 0, 2}, {1, 2, 0}, {4, 2, 1}, {3, 3, 3}};

struct net {
    rmf_tape *t;
    rmf_node *in[3];
    bool bank;
};

typedef rmf_node *builder(struct net *n);

struct op_case {
    const char *name;
    builder *build;
    int inputs, rank[3];
    int64_t shape[3][RMF_MAX_RANK];
    bool bank;
    bool kinked; /* keep inputs away from 0 */
};

static rmf_node *weight(struct net *n, const char *name, int rank, const int64_t *shape)
{
    return n->bank ? rmf_bank(n->t, name, rank, shape, small_normal)
                   : rmf_parameter(n->t, name, rank, shape, small_normal);
}

static int64_t channels(const struct net *n)
{
    return rmf_node_channels(n->in[0]);
}

static rmf_node *linear(struct net *n)
{
    return rmf_linear(n->t, n->in[0], weight(n, "w", 2, (int64_t[]){channels(n), 5}),
                      weight(n, "b", 1, (int64_t[]){5}));
}
static rmf_node *linear_plain(struct net *n)
{
    return rmf_linear(n->t, n->in[0], weight(n, "w", 2, (int64_t[]){channels(n), 5}), NULL);
}
static rmf_node *linear_mixed(struct net *n) /* shared weights, bias a bank */
{
    rmf_node *w = rmf_parameter(n->t, "w", 2, (int64_t[]){channels(n), 4}, small_normal);
    return rmf_linear(n->t, n->in[0], w, rmf_bank(n->t, "b", 1, (int64_t[]){4}, small_normal));
}
static rmf_node *conv(struct net *n)
{
    return rmf_conv2d(n->t, n->in[0], weight(n, "w", 4, (int64_t[]){3, 3, channels(n), 4}),
                      weight(n, "b", 1, (int64_t[]){4}), (rmf_conv_options){.stride = 1, .pad = 1});
}
static rmf_node *conv_stride(struct net *n)
{
    return rmf_conv2d(n->t, n->in[0], weight(n, "w", 4, (int64_t[]){3, 2, channels(n), 3}), NULL,
                      (rmf_conv_options){.stride = 2});
}
static rmf_node *conv_transposed(struct net *n)
{
    return rmf_conv2d_transposed(n->t, n->in[0],
                                 weight(n, "w", 4, (int64_t[]){3, 3, 4, channels(n)}),
                                 weight(n, "b", 1, (int64_t[]){4}), (rmf_conv_options){2, 1, 1});
}
static rmf_node *conv_transposed_plain(struct net *n)
{
    return rmf_conv2d_transposed(n->t, n->in[0],
                                 weight(n, "w", 4, (int64_t[]){3, 3, 2, channels(n)}), NULL,
                                 (rmf_conv_options){.stride = 1});
}
static rmf_node *norm_of(struct net *n, int64_t groups, rmf_activation activation)
{
    return rmf_group_norm_act(n->t, n->in[0], weight(n, "g", 1, (int64_t[]){channels(n)}),
                              weight(n, "b", 1, (int64_t[]){channels(n)}), groups, activation);
}
static rmf_node *norm_silu(struct net *n)
{
    return norm_of(n, 2, RMF_SILU);
}
static rmf_node *norm_tanh(struct net *n)
{
    return norm_of(n, 1, RMF_TANH);
}
static rmf_node *norm_plain(struct net *n)
{
    return norm_of(n, 4, RMF_IDENTITY);
}
static rmf_node *relu(struct net *n)
{
    return rmf_activate(n->t, n->in[0], RMF_RELU);
}
static rmf_node *silu(struct net *n)
{
    return rmf_activate(n->t, n->in[0], RMF_SILU);
}
static rmf_node *hyperbolic(struct net *n)
{
    return rmf_activate(n->t, n->in[0], RMF_TANH);
}
static rmf_node *identity(struct net *n)
{
    return rmf_activate(n->t, n->in[0], RMF_IDENTITY);
}
static rmf_node *add(struct net *n)
{
    return rmf_add(n->t, n->in[0], n->in[1]);
}
static rmf_node *add_self(struct net *n)
{
    return rmf_add(n->t, n->in[0], n->in[0]);
}
static rmf_node *scale(struct net *n)
{
    return rmf_scale(n->t, n->in[0], -0.75f);
}
static rmf_node *modulate(struct net *n)
{
    return rmf_modulate(n->t, n->in[0], n->in[1], n->in[2]);
}
static rmf_node *modulate_scale(struct net *n)
{
    return rmf_modulate(n->t, n->in[0], n->in[1], NULL);
}
static rmf_node *modulate_shift(struct net *n)
{
    return rmf_modulate(n->t, n->in[0], NULL, n->in[1]);
}
static rmf_node *add_bias(struct net *n)
{
    return rmf_add_bias(n->t, n->in[0], weight(n, "b", 1, (int64_t[]){channels(n)}));
}
static rmf_node *affine(struct net *n)
{
    return rmf_affine(n->t, n->in[0], weight(n, "g", 1, (int64_t[]){channels(n)}),
                      weight(n, "b", 1, (int64_t[]){channels(n)}));
}
static rmf_node *concat(struct net *n)
{
    return rmf_concat(n->t, n->in[0], n->in[1]);
}
static rmf_node *slice(struct net *n)
{
    return rmf_slice(n->t, n->in[0], 1, 2);
}
static rmf_node *slices(struct net *n) /* two cuts that overlap and leave one channel out */
{
    return rmf_concat(n->t, rmf_slice(n->t, n->in[0], 0, 2), rmf_slice(n->t, n->in[0], 1, 2));
}
static rmf_node *tile(struct net *n)
{
    return rmf_tile(n->t, n->in[0], 2, 3);
}
static rmf_node *reshape(struct net *n) /* an alias between two operations, used twice */
{
    rmf_node *a = rmf_scale(n->t, n->in[0], 2);
    rmf_node *b = rmf_reshape(n->t, a, 3, (int64_t[]){ROWS, 6, 2});
    rmf_node *c = rmf_reshape(n->t, rmf_activate(n->t, b, RMF_TANH), 2, (int64_t[]){ROWS, 12});
    rmf_node *d = rmf_reshape(n->t, a, 2, (int64_t[]){ROWS, 12});
    return rmf_add(n->t, c, rmf_add(n->t, d, rmf_reshape(n->t, b, 2, (int64_t[]){ROWS, 12})));
}
static rmf_node *upsample(struct net *n)
{
    return rmf_upsample2(n->t, n->in[0]);
}
static rmf_node *mean(struct net *n)
{
    return rmf_pixel_mean(n->t, n->in[0]);
}
static rmf_node *attention1(struct net *n)
{
    return rmf_attention(n->t, n->in[0], 1);
}
static rmf_node *attention2(struct net *n)
{
    return rmf_attention(n->t, n->in[0], 2);
}
static rmf_node *gather(struct net *n) /* rows 0, 1, 2, 0, 1, 2 of 4: one is never used */
{
    rmf_node *index = rmf_index_input(n->t, "label", ROWS);
    rmf_node *table = rmf_parameter(n->t, "table", 2, (int64_t[]){4, 3}, small_normal);
    return rmf_add(n->t, n->in[0], rmf_gather(n->t, table, index));
}
static rmf_node *fourier(struct net *n) /* no gradient passes, but none is lost beside it */
{
    rmf_node *w = rmf_parameter(n->t, "w", 1, (int64_t[]){2}, (rmf_init){RMF_INIT_NORMAL, 1, true});
    rmf_node *t = rmf_input(n->t, "t", 1, (int64_t[]){ROWS});
    return rmf_add(n->t, n->in[0], rmf_fourier(n->t, t, w, 2));
}
static rmf_node *mlp(struct net *n) /* banked head on a shared trunk with a residual */
{
    const int64_t c = channels(n);
    rmf_node *w = rmf_parameter(n->t, "trunk", 2, (int64_t[]){c, c}, small_normal);
    rmf_node *h = rmf_activate(n->t, rmf_linear(n->t, n->in[0], w, NULL), RMF_SILU);
    h = rmf_add(n->t, h, rmf_linear(n->t, h, w, NULL));
    return rmf_linear(n->t, h, rmf_bank(n->t, "head", 2, (int64_t[]){c, 3}, small_normal), NULL);
}

static const struct op_case cases[] = {
    {"linear", linear, 1, {2}, .shape = {{ROWS, 4}}},
    {"linear bank", linear, 1, {2}, .shape = {{ROWS, 4}}, .bank = true},
    {"linear no bias", linear_plain, 1, {2}, .shape = {{ROWS, 3}}, .bank = true},
    {"linear rank 4 bank", linear, 1, {4}, .shape = {{ROWS, 2, 3, 4}}, .bank = true},
    {"linear rank 3", linear, 1, {3}, .shape = {{ROWS, 3, 2}}},
    {"linear mixed", linear_mixed, 1, {3}, .shape = {{ROWS, 2, 3}}},
    {"conv", conv, 1, {4}, .shape = {{ROWS, 5, 4, 2}}},
    {"conv bank", conv, 1, {4}, .shape = {{ROWS, 4, 5, 3}}, .bank = true},
    {"conv stride", conv_stride, 1, {4}, .shape = {{ROWS, 6, 5, 2}}},
    {"conv stride bank", conv_stride, 1, {4}, .shape = {{ROWS, 6, 5, 2}}, .bank = true},
    {"conv transposed", conv_transposed, 1, {4}, .shape = {{ROWS, 3, 2, 3}}},
    {"conv transposed bank", conv_transposed, 1, {4}, .shape = {{ROWS, 3, 2, 3}}, .bank = true},
    {"conv transposed plain",
     conv_transposed_plain,
     1,
     {4},
     .shape = {{ROWS, 3, 2, 3}},
     .bank = true},
    {"group norm silu", norm_silu, 1, {4}, .shape = {{ROWS, 3, 2, 4}}},
    {"group norm silu bank", norm_silu, 1, {4}, .shape = {{ROWS, 3, 2, 4}}, .bank = true},
    {"group norm tanh, layer norm", norm_tanh, 1, {2}, .shape = {{ROWS, 6}}, .bank = true},
    {"group norm plain", norm_plain, 1, {3}, .shape = {{ROWS, 5, 8}}},
    {"relu", relu, 1, {2}, .shape = {{ROWS, 7}}, .kinked = true},
    {"silu", silu, 1, {4}, .shape = {{ROWS, 2, 2, 3}}},
    {"tanh", hyperbolic, 1, {3}, .shape = {{ROWS, 2, 3}}},
    {"identity", identity, 1, {1}, .shape = {{ROWS}}},
    {"add", add, 2, {3, 3}, .shape = {{ROWS, 2, 3}, {ROWS, 2, 3}}},
    {"add to itself", add_self, 1, {2}, .shape = {{ROWS, 3}}},
    {"scale", scale, 1, {2}, .shape = {{ROWS, 3}}},
    {"modulate", modulate, 3, {4, 2, 2}, .shape = {{ROWS, 2, 3, 4}, {ROWS, 4}, {ROWS, 4}}},
    {"modulate scale", modulate_scale, 2, {2, 2}, .shape = {{ROWS, 4}, {ROWS, 4}}},
    {"modulate shift", modulate_shift, 2, {3, 2}, .shape = {{ROWS, 5, 4}, {ROWS, 4}}},
    {"add bias", add_bias, 1, {4}, .shape = {{ROWS, 2, 3, 4}}},
    {"add bias bank", add_bias, 1, {3}, .shape = {{ROWS, 5, 3}}, .bank = true},
    {"affine", affine, 1, {2}, .shape = {{ROWS, 4}}},
    {"affine bank", affine, 1, {3}, .shape = {{ROWS, 3, 4}}, .bank = true},
    {"concat", concat, 2, {4, 4}, .shape = {{ROWS, 2, 2, 3}, {ROWS, 2, 2, 5}}},
    {"slice", slice, 1, {3}, .shape = {{ROWS, 2, 4}}},
    {"slices", slices, 1, {2}, .shape = {{ROWS, 4}}},
    {"tile", tile, 1, {2}, .shape = {{ROWS, 3}}},
    {"reshape", reshape, 1, {4}, .shape = {{ROWS, 2, 3, 2}}},
    {"upsample2", upsample, 1, {4}, .shape = {{ROWS, 2, 3, 2}}},
    {"pixel mean", mean, 1, {4}, .shape = {{ROWS, 3, 2, 3}}},
    {"attention", attention1, 1, {3}, .shape = {{ROWS, 5, 9}}},
    {"attention two heads", attention2, 1, {4}, .shape = {{ROWS, 2, 3, 12}}},
    {"gather", gather, 1, {2}, .shape = {{ROWS, 3}}},
    {"fourier", fourier, 1, {2}, .shape = {{ROWS, 4}}},
    {"shared trunk, banked head", mlp, 1, {2}, .shape = {{ROWS, 4}}},
};

/* ---- the checker ------------------------------------------------------------------------------
 */

struct check {
    const char *label;
    rmf_params *params;
    rmf_tape *tape;
    rmf_node *out;
    float *r; /* the loss is Σ r·out */
};

static void fill_inputs(struct check *c, bool kinked)
{
    for (int i = 0; i < c->tape->count; i++) {
        rmf_node *x = c->tape->nodes[i];
        const int64_t count = rmf_node_count(x);
        if (x->kind == RMF_NODE_INPUT) fill_normal(x->value, count, 100 + (uint64_t)i);
        for (int64_t j = 0; x->kind == RMF_NODE_INPUT && kinked && j < count; j++)
            x->value[j] += x->value[j] < 0 ? -0.1f : 0.1f;
        for (int64_t j = 0; x->kind == RMF_NODE_INDEX && j < count; j++)
            rmf_node_index(x)[j] = (int32_t)(j % 3);
    }
}

static double loss(struct check *c)
{
    assert_ok(rmf_tape_forward(c->tape));
    return dot(c->r, c->out->value, rmf_node_count(c->out));
}

static void run_backward(struct check *c)
{
    memcpy(c->out->grad, c->r, (size_t)rmf_node_count(c->out) * sizeof(float));
    assert_ok(rmf_tape_backward(c->tape));
}

static double slope(struct check *c, float *at)
{
    const float keep = *at;
    *at = keep + STEP;
    const double high_x = *at, high = loss(c);
    *at = keep - STEP;
    const double low_x = *at, low = loss(c);
    *at = keep;
    return (high - low) / (high_x - low_x);
}

static void compare(struct check *c, const char *what, float *values, const float *gradient,
                    int64_t count)
{
    double norm = sqrt(dot(gradient, gradient, count) / (double)(count ? count : 1));
    for (int64_t i = 0; i < count; i++) {
        const double expected = slope(c, &values[i]);
        if (fabs(expected - gradient[i]) <= 2e-3 * (1 + norm)) continue;
        fail_msg("%s: d loss / d %s[%d] is %g; differences give %g", c->label, what, (int)i,
                 (double)gradient[i], expected);
    }
}

static bool used_row(int64_t row)
{
    return row == 3 || row == 4;
}

/* Gradients were copied, because evaluating differences may not disturb them but could. */
static void compare_parameters(struct check *c, const float *gradients)
{
    for (int i = 0; i < rmf_params_count(c->params); i++) {
        const rmf_param_info *info = rmf_params_info(c->params, i);
        for (int64_t row = 0; row < info->count / info->row; row++) {
            const int64_t at = info->offset + row * info->row;
            if (info->frozen || (info->bank && !used_row(row))) {
                for (int64_t j = 0; j < info->row; j++)
                    assert_true(isnan(gradients[at + j]));
                continue;
            }
            compare(c, info->name, rmf_params_values(c->params) + at, gradients + at, info->row);
        }
    }
}

static float *copy_of(const float *from, int64_t count)
{
    float *copy = malloc((size_t)(count + 1) * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, from, (size_t)count * sizeof *copy);
    return copy;
}

static void poison(float *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = NAN;
}

static void check_gradients(struct check *c, rmf_node *const *in, const struct op_case *k)
{
    const int64_t elements = rmf_params_elements(c->params);
    float *first[3], *gradients = NULL;
    for (int pass = 0; pass < 2; pass++) {
        poison(c->tape->memory, c->tape->memory_count);
        poison(rmf_params_gradients(c->params), elements);
        fill_inputs(c, k->kinked);
        assert_true(isfinite(loss(c)));
        run_backward(c);
        for (int i = 0; i < k->inputs; i++) {
            const int64_t count = rmf_node_count(in[i]);
            if (pass == 0)
                first[i] = copy_of(rmf_node_gradient(in[i]), count);
            else
                assert_memory_equal(first[i], in[i]->grad, (size_t)count * sizeof(float));
        }
        if (pass == 0)
            gradients = copy_of(rmf_params_gradients(c->params), elements);
        else
            assert_memory_equal(gradients, rmf_params_gradients(c->params),
                                (size_t)elements * sizeof(float));
    }
    compare_parameters(c, gradients);
    for (int i = 0; i < k->inputs; i++) {
        compare(c, in[i]->name, in[i]->value, first[i], rmf_node_count(in[i]));
        free(first[i]);
    }
    free(gradients);
}

static void run_case(rmf_device *dev, const char *device, const struct op_case *k, bool twice)
{
    char label[128];
    snprintf(label, sizeof label, "%s on %s%s", k->name, device, twice ? ", twice" : "");
    struct check c = {.label = label};
    assert_ok(rmf_params_create(dev, BANK_ROWS, &c.params));
    assert_ok(rmf_tape_create(c.params, true, &c.tape));
    struct net n = {.t = c.tape, .bank = k->bank};
    for (int i = 0; i < k->inputs; i++) {
        n.in[i] = rmf_input(c.tape, (const char *[]){"x0", "x1", "x2"}[i], k->rank[i], k->shape[i]);
        rmf_input_wants_gradient(n.in[i]);
    }
    c.out = k->build(&n);
    if (twice) c.out = rmf_add(c.tape, c.out, rmf_scale(c.tape, k->build(&n), 0.5f));
    rmf_status status = rmf_tape_compile(c.tape, c.out);
    if (status != RMF_OK) fail_msg("%s: %s", label, rmf_message());
    assert_ok(rmf_params_initialise(c.params, 5));
    assert_ok(rmf_tape_set_segments(c.tape, segments, COUNT(segments)));
    c.r = malloc((size_t)rmf_node_count(c.out) * sizeof(float));
    fill_normal(c.r, rmf_node_count(c.out), 1);
    check_gradients(&c, n.in, k);
    free(c.r);
    rmf_tape_free(c.tape);
    rmf_params_free(c.params);
}

static void every_operation(void **state)
{
    (void)state;
    const char *name = NULL;
    rmf_device *dev = NULL;
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        for (int i = 0; i < COUNT(cases); i++)
            for (int twice = 0; twice < 2; twice++)
                run_case(dev, name, &cases[i], twice);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
