/* net/build.c – a network on a compiled tape. */
#include "ramify/net.h"

#include "net/layers.h"

#include <inttypes.h>
#include <stdio.h>

/* A dimension this large in an untrusted model file would overflow products of sizes later. */
#define LARGEST_DIMENSION ((int64_t)1 << 24)

static rmf_status check_shape(const rmf_net_shape *shape)
{
    if (shape->rank != 1 && shape->rank != 3)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "network: objects have %d dimensions; expected 1 (features) or 3 (height, "
                        "width, channels)",
                        shape->rank);
    int64_t features = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->shape[i] < 1 || shape->shape[i] > LARGEST_DIMENSION / features)
            return rmf_fail(RMF_ERR_UNSUPPORTED,
                            "network: dimension %d of an object is %" PRId64
                            "; expected at least 1, and at most %" PRId64 " values an object",
                            i + 1, shape->shape[i], LARGEST_DIMENSION);
        features *= shape->shape[i];
    }
    if (shape->rows < 1 || shape->rows > LARGEST_DIMENSION || shape->bank_rows < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "network: %" PRId64 " rows, %" PRId64 " bank rows; expected at least 1",
                        shape->rows, shape->bank_rows);
    return RMF_OK;
}

/* Builders read settings without defaults of their own, so all must be there. */
static rmf_status check_settings(const rmf_net_ops *ops, const rmf_settings *settings)
{
    for (const rmf_option *o = ops->options; o->name; o++) {
        char key[96];
        snprintf(key, sizeof key, "net.%s", o->name);
        if (o->initial && !rmf_settings_text(settings, key))
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "%s is not set; expected settings that rmf_net_settings_check() has "
                            "filled in",
                            key);
    }
    return RMF_OK;
}

static rmf_status build_on(rmf_net *net, const rmf_net_ops *ops, const rmf_settings *settings,
                           const rmf_net_shape *shape)
{
    const int64_t *s = shape->shape;
    const int64_t x_shape[] = {shape->rows, s[0], s[1], s[2]};
    net->x = rmf_input(net->tape, "x", shape->rank + 1, x_shape);
    if (shape->pulls) {
        rmf_input_wants_gradient(net->x);
        rmf_tape_repeats(net->tape);
    }
    net->t = rmf_input(net->tape, "t", 1, x_shape);
    net->noise = rmf_input(net->tape, "noise", 1, x_shape);
    rmf_net_inputs inputs = {.x = net->x, .t = net->t, .noise = net->noise};
    net->output = ops->build(net->tape, settings, shape, &inputs);
    return net->output ? rmf_tape_compile(net->tape, net->output) : RMF_ERR_USAGE;
}

rmf_status rmf_net_build(rmf_params *params, const rmf_settings *settings,
                         const rmf_net_shape *shape, bool training, rmf_net *out)
{
    const char *name = rmf_settings_text(settings, "net.name");
    const rmf_net_ops *ops = rmf_net_find(name);
    if (!ops)
        return rmf_fail(RMF_ERR_USAGE, "net.name is \"%s\"; no such network (see `ramify list`)",
                        name ? name : "");
    RMF_TRY(check_shape(shape));
    if (shape->bank_rows != rmf_params_bank_rows(params))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "network: %" PRId64 " bank rows asked for, the parameters have %" PRId64,
                        shape->bank_rows, rmf_params_bank_rows(params));
    RMF_TRY(check_settings(ops, settings));
    if (ops->check) RMF_TRY(ops->check(settings, shape));

    rmf_net net = {.rows = shape->rows, .features = rmf_net_features(shape)};
    RMF_TRY(rmf_tape_create(params, training, &net.tape));
    rmf_status status = build_on(&net, ops, settings, shape);
    if (status != RMF_OK) {
        rmf_net_free(&net);
        return status;
    }
    *out = net;
    return RMF_OK;
}

void rmf_net_free(rmf_net *net)
{
    if (!net) return;
    rmf_tape_free(net->tape);
    *net = (rmf_net){0};
}
