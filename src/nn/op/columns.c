/* nn/op/columns.c – joining and cutting along the last dimension. */
#include "nn/tape.h"

/* Rows and pixels together. */
static int64_t lines(const rmf_node *node)
{
    return node->shape[0] * rmf_node_pixels(node);
}

/* ---- y = [a, b] ------------------------------------------------------------ */

static rmf_status concat_shape(rmf_node *y)
{
    const rmf_node *a = y->in[0], *b = y->in[1];
    bool same = a->rank == b->rank && a->rank >= 2;
    for (int i = 0; same && i < a->rank - 1; i++)
        same = a->shape[i] == b->shape[i];
    if (!same) return rmf_op_fail(y, "two inputs that differ in the last dimension only");
    rmf_shape_like(y, a);
    y->shape[y->rank - 1] = rmf_node_channels(a) + rmf_node_channels(b);
    return RMF_OK;
}

static rmf_status concat_forward(rmf_device *dev, rmf_node *y)
{
    int64_t at = 0;
    for (int k = 0; k < 2; k++) {
        const int64_t c = rmf_node_channels(y->in[k]);
        RMF_TRY(dev->ops->copy_columns(dev, lines(y), 1, y->in[k]->value, c, 0, y->value,
                                       rmf_node_channels(y), at, c, 0));
        at += c;
    }
    return RMF_OK;
}

static rmf_status concat_backward(rmf_device *dev, rmf_node *y)
{
    int64_t at = 0;
    for (int k = 0; k < 2; k++) {
        const int64_t c = rmf_node_channels(y->in[k]);
        if (y->dx[k])
            RMF_TRY(dev->ops->copy_columns(dev, lines(y), 1, y->grad, rmf_node_channels(y), at,
                                           y->dx[k], c, 0, c, y->beta[k]));
        at += c;
    }
    return RMF_OK;
}

static const struct rmf_op concat = {.name = "concat",
                                     .shape = concat_shape,
                                     .forward = concat_forward,
                                     .backward = concat_backward};

rmf_node *rmf_concat(rmf_tape *tape, rmf_node *a, rmf_node *b)
{
    return rmf_tape_push(tape, &concat, NULL, 2, (rmf_node *[]){a, b});
}

/* ---- y = x[…, first … first + count) --------------------------------------- */

struct slice_args {
    int64_t first, count;
};

static rmf_status slice_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    const struct slice_args *args = y->args;
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, channels]");
    int64_t c = rmf_node_channels(x);
    if (args->first < 0 || args->count < 1 || args->first > c || args->count > c - args->first)
        return rmf_op_fail(y, "channels within 0 … %lld; got %lld from %lld on", (long long)c,
                           (long long)args->count, (long long)args->first);
    rmf_shape_like(y, x);
    y->shape[y->rank - 1] = args->count;
    return RMF_OK;
}

static rmf_status slice_forward(rmf_device *dev, rmf_node *y)
{
    const struct slice_args *args = y->args;
    return dev->ops->copy_columns(dev, lines(y), 1, y->in[0]->value, rmf_node_channels(y->in[0]),
                                  args->first, y->value, args->count, 0, args->count, 0);
}

static rmf_status slice_backward(rmf_device *dev, rmf_node *y)
{
    const struct slice_args *args = y->args;
    if (!y->dx[0]) return RMF_OK;
    /* The other channels get nothing from here: if nobody wrote them yet they are zero. */
    if (y->beta[0] == 0) RMF_TRY(dev->ops->fill(dev, y->dx[0], 0, rmf_node_count(y->in[0])));
    return dev->ops->copy_columns(dev, lines(y), 1, y->grad, args->count, 0, y->dx[0],
                                  rmf_node_channels(y->in[0]), args->first, args->count, 1);
}

static const struct rmf_op slice = {.name = "slice",
                                    .shape = slice_shape,
                                    .forward = slice_forward,
                                    .backward = slice_backward,
                                    .args_size = sizeof(struct slice_args)};

rmf_node *rmf_slice(rmf_tape *tape, rmf_node *x, int64_t first, int64_t count)
{
    return rmf_tape_push(tape, &slice, &(struct slice_args){first, count}, 1, &x);
}
