/* net/layers.c – layers as tape operations with their parameters; see layers.h. */
#include "net/layers.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TWO_PI 6.283185307179586

/* ---- stages and parameters --------------------------------------------------------------- */

rmf_stage rmf_stage_child(const rmf_stage *parent, const char *format, ...)
{
    rmf_stage child = *parent;
    size_t used = strlen(child.name);
    if (used > 0 && used + 1 < sizeof child.name) child.name[used++] = '.';
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(child.name + used, sizeof child.name - used, format, arguments);
    va_end(arguments);
    return child;
}

rmf_stage rmf_stage_banked(rmf_stage stage, bool bank)
{
    stage.bank = bank;
    return stage;
}

rmf_stage rmf_stage_zero(rmf_stage stage)
{
    stage.init = RMF_LAYER_ZERO;
    return stage;
}

static rmf_node *parameter(const rmf_stage *stage, const char *what, int rank, const int64_t *shape,
                           rmf_init init)
{
    char name[sizeof stage->name + 32];
    snprintf(name, sizeof name, "%s.%s", stage->name, what);
    return stage->bank ? rmf_bank(stage->tape, name, rank, shape, init)
                       : rmf_parameter(stage->tape, name, rank, shape, init);
}

static rmf_node *constant(const rmf_stage *stage, const char *what, int64_t count, double value)
{
    return parameter(stage, what, 1, &count, (rmf_init){.kind = RMF_INIT_CONSTANT, .value = value});
}

rmf_node *rmf_layer_weight(const rmf_stage *stage, const char *what, int rank, const int64_t *shape,
                           int64_t fan_in)
{
    rmf_init init = {.kind = RMF_INIT_UNIFORM};
    double bound = 1.0 / sqrt((double)fan_in);
    switch (stage->init) {
    case RMF_LAYER_PYTORCH:
        init.value = bound;
        break;
    case RMF_LAYER_SCALED:
        init.value = sqrt(3.0) * bound; /* uniform in ±√3·s has standard deviation s */
        break;
    case RMF_LAYER_ZERO:
        init.kind = RMF_INIT_CONSTANT;
        break;
    }
    return parameter(stage, what, rank, shape, init);
}

static rmf_node *bias(const rmf_stage *stage, int64_t count, int64_t fan_in)
{
    return stage->init == RMF_LAYER_PYTORCH ? rmf_layer_weight(stage, "bias", 1, &count, fan_in)
                                            : constant(stage, "bias", count, 0);
}

/* ---- layers ------------------------------------------------------------------------------ */

rmf_node *rmf_layer_dense(const rmf_stage *stage, rmf_node *x, int64_t in, int64_t out)
{
    rmf_node *w = rmf_layer_weight(stage, "weight", 2, (int64_t[]){in, out}, in);
    return rmf_linear(stage->tape, x, w, bias(stage, out, in));
}

rmf_node *rmf_layer_conv(const rmf_stage *stage, rmf_node *x, const rmf_layer_kernel *k)
{
    /* PyTorch counts the fan-in of a transposed convolution from its output channels. */
    int64_t third = k->transposed ? k->out : k->in, fourth = k->transposed ? k->in : k->out;
    int64_t fan_in = k->height * k->width * third;
    rmf_node *w = rmf_layer_weight(stage, "weight", 4,
                                   (int64_t[]){k->height, k->width, third, fourth}, fan_in);
    rmf_node *b = k->no_bias ? NULL : bias(stage, k->out, fan_in);
    return k->transposed ? rmf_conv2d_transposed_beside(stage->tape, x, k->beside, w, b, k->options)
                         : rmf_conv2d(stage->tape, x, w, b, k->options);
}

rmf_node *rmf_layer_conv3(const rmf_stage *stage, rmf_node *x, int64_t in, int64_t out)
{
    return rmf_layer_conv(
        stage, x,
        &(rmf_layer_kernel){
            .height = 3, .width = 3, .in = in, .out = out, .options = {.stride = 1, .pad = 1}});
}

rmf_node *rmf_layer_norm(const rmf_stage *stage, rmf_node *x, int64_t channels, int64_t groups,
                         rmf_activation activation)
{
    return rmf_layer_norm_film(stage, x, channels,
                               (rmf_norm_film){.groups = groups, .activation = activation});
}

rmf_node *rmf_layer_norm_film(const rmf_stage *stage, rmf_node *x, int64_t channels,
                              rmf_norm_film film)
{
    rmf_node *gain = constant(stage, "gain", channels, 1);
    return rmf_group_norm_film(stage->tape, x, gain, constant(stage, "bias", channels, 0), film);
}

int64_t rmf_layer_groups(int64_t channels)
{
    int64_t groups = channels / 4 < 32 ? channels / 4 : 32;
    while (groups > 1 && channels % groups != 0)
        groups--;
    return groups > 1 ? groups : 1;
}

rmf_node *rmf_layer_fourier(const rmf_stage *stage, rmf_node *t, int64_t count, double deviation)
{
    rmf_stage shared = rmf_stage_banked(*stage, false);
    rmf_init init = {.kind = RMF_INIT_NORMAL, .value = deviation, .frozen = true};
    if (deviation == 0) init = (rmf_init){.kind = RMF_INIT_CONSTANT, .value = 1, .frozen = true};
    rmf_node *w = parameter(&shared, "frequency", 1, &count, init);
    return rmf_activate(stage->tape, rmf_fourier(stage->tape, t, w, TWO_PI), RMF_SILU);
}

/* A vector a branch that starts as PyTorch's embeddings do. */
static rmf_node *embedding(const rmf_stage *stage, int64_t width)
{
    const rmf_stage bank = rmf_stage_banked(*stage, true);
    const rmf_init init = {.kind = RMF_INIT_NORMAL, .value = 1};
    return parameter(&bank, "embedding", 1, &width, init);
}

rmf_node *rmf_layer_label(const rmf_stage *stage, rmf_node *like, int64_t width)
{
    return rmf_spread(stage->tape, like, embedding(stage, width));
}

rmf_node *rmf_layer_condition(const rmf_stage *stage, const rmf_settings *settings, rmf_node *noise,
                              bool film)
{
    int64_t width = rmf_settings_int(settings, "net.embedding", 0);
    int64_t count = rmf_settings_int(settings, "net.frequencies", 0);
    double deviation = rmf_settings_real(settings, "net.frequency_std", 0);
    rmf_stage first = rmf_stage_child(stage, "noise1"), second = rmf_stage_child(stage, "noise2");
    rmf_node *h = rmf_layer_fourier(stage, noise, count, deviation);
    h = rmf_activate(stage->tape, rmf_layer_dense(&first, h, 2 * count, width), RMF_SILU);
    h = rmf_layer_dense(&second, h, width, width);
    if (film) {
        rmf_stage branch = rmf_stage_child(stage, "branch");
        h = rmf_add_bias(stage->tape, h, embedding(&branch, width));
    }
    return rmf_activate(stage->tape, h, RMF_SILU);
}

rmf_modulation rmf_layer_modulation(const rmf_stage *stage, rmf_node *condition, int64_t embedding,
                                    int64_t channels)
{
    rmf_node *both = rmf_layer_dense(stage, condition, embedding, 2 * channels);
    return (rmf_modulation){.scale = rmf_slice(stage->tape, both, 0, channels),
                            .shift = rmf_slice(stage->tape, both, channels, channels)};
}

/* ---- shapes ------------------------------------------------------------------------------ */

int64_t rmf_net_features(const rmf_net_shape *shape)
{
    int64_t features = 1;
    for (int i = 0; i < shape->rank; i++)
        features *= shape->shape[i];
    return features;
}

rmf_node *rmf_layer_flatten(rmf_tape *tape, rmf_node *x, const rmf_net_shape *shape)
{
    if (shape->rank == 1) return x;
    return rmf_reshape(tape, x, 2, (int64_t[]){shape->rows, rmf_net_features(shape)});
}

rmf_node *rmf_layer_unflatten(rmf_tape *tape, rmf_node *x, const rmf_net_shape *shape)
{
    if (shape->rank == 1) return x;
    const int64_t *s = shape->shape;
    return rmf_reshape(tape, x, 4, (int64_t[]){shape->rows, s[0], s[1], s[2]});
}
