/* nn/op/affine.c – adding a bias, gain and bias a channel, and a parameter for each row.  All take
 * shared parameters or banks. */
#include "nn/tape.h"

static rmf_status channel_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, channels]");
    for (int k = 1; k < y->inputs; k++)
        if (y->in[k]->rank != 1 || y->in[k]->shape[0] != rmf_node_channels(x))
            return rmf_op_fail(y, "a parameter [%lld]", (long long)rmf_node_channels(x));
    rmf_shape_like(y, x);
    return RMF_OK;
}

/* One segment, all its rows and pixels together. */
struct piece {
    int64_t rows, c, at, bank_row;
};

static struct piece piece_of(const rmf_node *y, int64_t index)
{
    const rmf_segment part = rmf_part(y, index);
    return (struct piece){part.count * rmf_node_pixels(y), rmf_node_channels(y),
                          part.first * rmf_node_row(y), part.bank_row};
}

/* ---- y = x + b[c] ---------------------------------------------------------- */

/* y[n, …, c] = beta·y + b[c]. */
static rmf_status put_bias(rmf_device *dev, rmf_node *y, float beta)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        if (p.rows == 0) continue;
        RMF_TRY(dev->ops->copy_columns(dev, p.rows, p.rows, rmf_param_value(y->in[1], p.bank_row),
                                       p.c, 0, y->value + p.at, p.c, 0, p.c, beta));
    }
    return RMF_OK;
}

static rmf_status bias_gradient(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        const rmf_param_target db = rmf_param_gradient(y, 1, p.bank_row);
        if (db.at) RMF_TRY(dev->ops->column_sum(dev, p.rows, p.c, y->grad + p.at, db.at, db.beta));
    }
    return RMF_OK;
}

static rmf_status add_bias_forward(rmf_device *dev, rmf_node *y)
{
    const float *x = y->in[0]->value;
    if (y->value != x) RMF_TRY(dev->ops->axpby(dev, 1, x, 0, y->value, rmf_node_count(y)));
    return put_bias(dev, y, 1);
}

static rmf_status add_bias_backward(rmf_device *dev, rmf_node *y)
{
    if (y->dx[0])
        RMF_TRY(dev->ops->axpby(dev, 1, y->grad, y->beta[0], y->dx[0], rmf_node_count(y)));
    return bias_gradient(dev, y);
}

static const struct rmf_op add_bias = {.name = "add_bias",
                                       .shape = channel_shape,
                                       .forward = add_bias_forward,
                                       .backward = add_bias_backward,
                                       .parameters = 1u << 1,
                                       .inplace = 1u << 0,
                                       .passes = 1u << 0};

rmf_node *rmf_add_bias(rmf_tape *tape, rmf_node *x, rmf_node *b)
{
    return rmf_tape_push(tape, &add_bias, NULL, 2, (rmf_node *[]){x, b});
}

/* ---- y = x·gain[c] + bias[c] ----------------------------------------------- */

static rmf_status affine_shape(rmf_node *y)
{
    RMF_TRY(channel_shape(y));
    if (y->in[1] == y->in[2]) return rmf_op_fail(y, "gain and bias to be two parameters");
    y->scratch_count[0] = y->scratch_count[1] = rmf_node_channels(y);
    return RMF_OK;
}

/* The device's primitive multiplies by 1 + scale: a segment is one row of `rows` pixels with
 * scale = gain − 1. */
static rmf_status gain_less_one(rmf_device *dev, const float *gain, float *scale, int64_t c)
{
    RMF_TRY(dev->ops->fill(dev, scale, -1, c));
    return dev->ops->axpby(dev, 1, gain, 1, scale, c);
}

static rmf_status affine_forward(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        RMF_TRY(gain_less_one(dev, rmf_param_value(y->in[1], p.bank_row), y->scratch[0], p.c));
        RMF_TRY(dev->ops->scale_shift(dev, 1, p.rows, p.c, y->in[0]->value + p.at, y->scratch[0],
                                      rmf_param_value(y->in[2], p.bank_row), y->value + p.at));
    }
    return RMF_OK;
}

static rmf_status affine_backward(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        const rmf_param_target dgain = rmf_param_gradient(y, 1, p.bank_row);
        const rmf_param_target dbias = rmf_param_gradient(y, 2, p.bank_row);
        RMF_TRY(gain_less_one(dev, rmf_param_value(y->in[1], p.bank_row), y->scratch[1], p.c));
        RMF_TRY(dev->ops->scale_shift_grad(dev, 1, p.rows, p.c, y->in[0]->value + p.at,
                                           y->scratch[1], y->grad + p.at,
                                           y->dx[0] ? y->dx[0] + p.at : NULL, y->beta[0], dgain.at,
                                           dgain.beta, dbias.at, dbias.beta));
    }
    return RMF_OK;
}

static const struct rmf_op affine = {.name = "affine",
                                     .shape = affine_shape,
                                     .forward = affine_forward,
                                     .backward = affine_backward,
                                     .parameters = 1u << 1 | 1u << 2,
                                     .keeps = 1u << 0};

rmf_node *rmf_affine(rmf_tape *tape, rmf_node *x, rmf_node *gain, rmf_node *bias)
{
    return rmf_tape_push(tape, &affine, NULL, 3, (rmf_node *[]){x, gain, bias});
}

/* ---- y[n, c] = b[c] -------------------------------------------------------- */

static rmf_status spread_shape(rmf_node *y)
{
    if (y->in[1]->rank != 1) return rmf_op_fail(y, "a parameter [channels]");
    y->rank = 2;
    y->shape[0] = y->in[0]->shape[0];
    y->shape[1] = y->in[1]->shape[0];
    return RMF_OK;
}

static rmf_status spread_forward(rmf_device *dev, rmf_node *y)
{
    return put_bias(dev, y, 0);
}

static rmf_status spread_backward(rmf_device *dev, rmf_node *y)
{
    /* Of `like` only the number of rows counts. */
    if (y->dx[0] && y->beta[0] == 0)
        RMF_TRY(dev->ops->fill(dev, y->dx[0], 0, rmf_node_count(y->in[0])));
    return bias_gradient(dev, y);
}

static const struct rmf_op spread = {.name = "spread",
                                     .shape = spread_shape,
                                     .forward = spread_forward,
                                     .backward = spread_backward,
                                     .parameters = 1u << 1};

rmf_node *rmf_spread(rmf_tape *tape, rmf_node *like, rmf_node *b)
{
    return rmf_tape_push(tape, &spread, NULL, 2, (rmf_node *[]){like, b});
}
