/* tests/nn/gradient_cases.c – every operation, shared and banked. */
#include "nn/gradient_cases.h"

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
/* Two inputs, or one beside itself. */
static rmf_node *conv_transposed_beside(struct net *n)
{
    rmf_node *beside = n->in[1] ? n->in[1] : n->in[0];
    const int64_t both = channels(n) + rmf_node_channels(beside);
    return rmf_conv2d_transposed_beside(
        n->t, n->in[0], beside, weight(n, "w", 4, (int64_t[]){3, 3, 4, both}),
        weight(n, "b", 1, (int64_t[]){4}), (rmf_conv_options){2, 1, 1});
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
static rmf_node *film_of(struct net *n, rmf_activation activation, rmf_node *scale, rmf_node *shift)
{
    return rmf_group_norm_film(
        n->t, n->in[0], weight(n, "g", 1, (int64_t[]){channels(n)}),
        weight(n, "b", 1, (int64_t[]){channels(n)}),
        (rmf_norm_film){.groups = 2, .activation = activation, .scale = scale, .shift = shift});
}
static rmf_node *norm_film(struct net *n)
{
    return film_of(n, RMF_SILU, n->in[1], n->in[2]);
}
static rmf_node *norm_scale(struct net *n)
{
    return film_of(n, RMF_TANH, n->in[1], NULL);
}
static rmf_node *norm_shift(struct net *n)
{
    return film_of(n, RMF_SILU, NULL, n->in[1]);
}
static rmf_node *norm_offset(struct net *n)
{
    return rmf_group_norm_film(
        n->t, n->in[0], weight(n, "g", 1, (int64_t[]){channels(n)}),
        weight(n, "b", 1, (int64_t[]){channels(n)}),
        (rmf_norm_film){
            .groups = 2, .activation = RMF_SILU, .shift = n->in[2], .offset = n->in[1]});
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
static rmf_node *spread(struct net *n)
{
    return rmf_concat(n->t, n->in[0],
                      rmf_spread(n->t, n->in[0], weight(n, "b", 1, (int64_t[]){3})));
}
static rmf_node *affine(struct net *n)
{
    return rmf_affine(n->t, n->in[0], weight(n, "g", 1, (int64_t[]){channels(n)}),
                      weight(n, "b", 1, (int64_t[]){channels(n)}));
}
/* Pixels, pixels, and a vector at every pixel. */
static rmf_node *concat_beside(struct net *n)
{
    return rmf_concat_three(n->t, n->in[0], n->in[1], n->in[2]);
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

const struct op_case gradient_cases[] = {
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
    {"conv transposed beside",
     conv_transposed_beside,
     2,
     {4, 4},
     .shape = {{ROWS, 3, 2, 3}, {ROWS, 3, 2, 2}}},
    {"conv transposed beside bank",
     conv_transposed_beside,
     2,
     {4, 4},
     .shape = {{ROWS, 3, 2, 3}, {ROWS, 3, 2, 2}},
     .bank = true},
    {"conv transposed beside itself", conv_transposed_beside, 1, {4}, .shape = {{ROWS, 3, 2, 2}}},
    {"group norm silu", norm_silu, 1, {4}, .shape = {{ROWS, 3, 2, 4}}},
    {"group norm silu bank", norm_silu, 1, {4}, .shape = {{ROWS, 3, 2, 4}}, .bank = true},
    {"group norm tanh, layer norm", norm_tanh, 1, {2}, .shape = {{ROWS, 6}}, .bank = true},
    {"group norm plain", norm_plain, 1, {3}, .shape = {{ROWS, 5, 8}}},
    {"group norm film", norm_film, 3, {4, 2, 2}, .shape = {{ROWS, 3, 2, 4}, {ROWS, 4}, {ROWS, 4}}},
    {"group norm film bank",
     norm_film,
     3,
     {3, 2, 2},
     .shape = {{ROWS, 5, 4}, {ROWS, 4}, {ROWS, 4}},
     .bank = true},
    {"group norm scale", norm_scale, 2, {3, 2}, .shape = {{ROWS, 5, 4}, {ROWS, 4}}},
    {"group norm shift bank", norm_shift, 2, {2, 2}, .shape = {{ROWS, 6}, {ROWS, 6}}, .bank = true},
    {"group norm offset", norm_offset, 2, {4, 2}, .shape = {{ROWS, 3, 2, 4}, {ROWS, 4}}},
    {"group norm offset, shift, bank",
     norm_offset,
     3,
     {3, 2, 2},
     .shape = {{ROWS, 5, 6}, {ROWS, 6}, {ROWS, 6}},
     .bank = true},
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
    {"spread", spread, 1, {2}, .shape = {{ROWS, 2}}},
    {"spread bank", spread, 1, {2}, .shape = {{ROWS, 2}}, .bank = true},
    {"affine", affine, 1, {2}, .shape = {{ROWS, 4}}},
    {"affine bank", affine, 1, {3}, .shape = {{ROWS, 3, 4}}, .bank = true},
    {"concat", concat, 2, {4, 4}, .shape = {{ROWS, 2, 2, 3}, {ROWS, 2, 2, 5}}},
    {"concat beside",
     concat_beside,
     3,
     {4, 4, 2},
     .shape = {{ROWS, 2, 3, 3}, {ROWS, 2, 3, 5}, {ROWS, 4}}},
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

const int gradient_case_count = COUNT(gradient_cases);
