/* nn/op/pixels.c – from one vector a row to pixels and back: tile, mean, upsampling by two. */
#include "nn/tape.h"

/* ---- y[n, i, j, c] = x[n, c] ----------------------------------------------- */

struct tile_args {
    int64_t h, w;
};

static rmf_status tile_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    const struct tile_args *args = y->args;
    if (x->rank != 2) return rmf_op_fail(y, "an input [rows, channels]");
    if (args->h < 1 || args->w < 1)
        return rmf_op_fail(y, "at least 1×1 pixels; got %lld×%lld", (long long)args->h,
                           (long long)args->w);
    y->rank = 4;
    y->shape[0] = x->shape[0];
    y->shape[1] = args->h;
    y->shape[2] = args->w;
    y->shape[3] = x->shape[1];
    return RMF_OK;
}

static rmf_status tile_forward(rmf_device *dev, rmf_node *y)
{
    const int64_t p = rmf_node_pixels(y), c = rmf_node_channels(y);
    return dev->ops->copy_columns(dev, y->shape[0] * p, p, y->in[0]->value, c, 0, y->value, c, 0, c,
                                  0);
}

static rmf_status tile_backward(rmf_device *dev, rmf_node *y)
{
    const int64_t c = rmf_node_channels(y);
    if (!y->dx[0]) return RMF_OK;
    return dev->ops->pixel_sum(dev, y->shape[0], rmf_node_pixels(y), y->grad, c, 0, c, y->dx[0],
                               y->beta[0]);
}

static const struct rmf_op tile = {.name = "tile",
                                   .shape = tile_shape,
                                   .forward = tile_forward,
                                   .backward = tile_backward,
                                   .args_size = sizeof(struct tile_args)};

rmf_node *rmf_tile(rmf_tape *tape, rmf_node *x, int64_t h, int64_t w)
{
    return rmf_tape_push(tape, &tile, &(struct tile_args){h, w}, 1, &x);
}

/* ---- y[n, c] = mean of x over the pixels ----------------------------------- */

static rmf_status mean_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    if (x->rank < 3 || rmf_node_pixels(x) < 1)
        return rmf_op_fail(y, "an input [rows, …, channels] with pixels");
    y->rank = 2;
    y->shape[0] = x->shape[0];
    y->shape[1] = rmf_node_channels(x);
    y->scratch_count[0] = y->scratch_count[1] = y->shape[0] * y->shape[1];
    return RMF_OK;
}

static rmf_status mean_forward(rmf_device *dev, rmf_node *y)
{
    const rmf_node *x = y->in[0];
    const int64_t p = rmf_node_pixels(x), c = y->shape[1];
    RMF_TRY(dev->ops->pixel_sum(dev, y->shape[0], p, x->value, c, 0, c, y->scratch[0], 0));
    return dev->ops->axpby(dev, 1.0f / (float)p, y->scratch[0], 0, y->value, rmf_node_count(y));
}

static rmf_status mean_backward(rmf_device *dev, rmf_node *y)
{
    const int64_t p = rmf_node_pixels(y->in[0]), c = y->shape[1];
    if (!y->dx[0]) return RMF_OK;
    RMF_TRY(dev->ops->axpby(dev, 1.0f / (float)p, y->grad, 0, y->scratch[1], rmf_node_count(y)));
    return dev->ops->copy_columns(dev, y->shape[0] * p, p, y->scratch[1], c, 0, y->dx[0], c, 0, c,
                                  y->beta[0]);
}

static const struct rmf_op pixel_mean = {
    .name = "pixel_mean", .shape = mean_shape, .forward = mean_forward, .backward = mean_backward};

rmf_node *rmf_pixel_mean(rmf_tape *tape, rmf_node *x)
{
    return rmf_tape_push(tape, &pixel_mean, NULL, 1, &x);
}

/* ---- y[n, 2i + a, 2j + b, c] = x[n, i, j, c] ------------------------------- */

static rmf_status upsample_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    if (x->rank != 4) return rmf_op_fail(y, "an input [rows, height, width, channels]");
    rmf_shape_like(y, x);
    y->shape[1] *= 2;
    y->shape[2] *= 2;
    return RMF_OK;
}

static rmf_status upsample_forward(rmf_device *dev, rmf_node *y)
{
    const int64_t *s = y->in[0]->shape;
    return dev->ops->upsample(dev, s[0], s[1], s[2], s[3], y->in[0]->value, y->value);
}

static rmf_status upsample_backward(rmf_device *dev, rmf_node *y)
{
    const int64_t *s = y->in[0]->shape;
    if (!y->dx[0]) return RMF_OK;
    return dev->ops->upsample_grad(dev, s[0], s[1], s[2], s[3], y->grad, y->dx[0], y->beta[0]);
}

static const struct rmf_op upsample2 = {.name = "upsample2",
                                        .shape = upsample_shape,
                                        .forward = upsample_forward,
                                        .backward = upsample_backward};

rmf_node *rmf_upsample2(rmf_tape *tape, rmf_node *x)
{
    return rmf_tape_push(tape, &upsample2, NULL, 1, &x);
}
