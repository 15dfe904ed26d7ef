/* nn/op/columns.c – joining and cutting along the last dimension. */
#include "nn/tape.h"

/* Rows and pixels together. */
static int64_t lines(const rmf_node *node)
{
    return node->shape[0] * rmf_node_pixels(node);
}

/* ---- y = [a, b, …], where vectors stand beside all pixels ----------------- */

/* How often a line of `part` is repeated: a vector stands at every pixel. */
static int64_t repeats(const rmf_node *y, const rmf_node *part)
{
    return part->rank == 2 ? rmf_node_pixels(y) : 1;
}

static bool fits(const rmf_node *y, const rmf_node *part)
{
    if (part->rank == 2) return part->shape[0] == y->shape[0];
    bool same = part->rank == y->rank;
    for (int i = 0; same && i < y->rank - 1; i++)
        same = part->shape[i] == y->shape[i];
    return same;
}

static rmf_status concat_shape(rmf_node *y)
{
    const rmf_node *first = y->in[0];
    int64_t channels = 0;
    rmf_shape_like(y, first);
    for (int k = 0; k < y->inputs; k++) {
        if (first->rank < 2 || !fits(y, y->in[k]))
            return rmf_op_fail(y, "inputs that differ in the last dimension only, or vectors");
        channels += rmf_node_channels(y->in[k]);
    }
    y->shape[y->rank - 1] = channels;
    return RMF_OK;
}

static rmf_status concat_forward(rmf_device *dev, rmf_node *y)
{
    int64_t at = 0;
    for (int k = 0; k < y->inputs; k++) {
        const int64_t c = rmf_node_channels(y->in[k]);
        RMF_TRY(dev->ops->copy_columns(dev, lines(y), repeats(y, y->in[k]), y->in[k]->value, c, 0,
                                       y->value, rmf_node_channels(y), at, c, 0));
        at += c;
    }
    return RMF_OK;
}

static rmf_status concat_backward(rmf_device *dev, rmf_node *y)
{
    const int64_t width = rmf_node_channels(y);
    int64_t at = 0;
    for (int k = 0; k < y->inputs; k++) {
        const int64_t c = rmf_node_channels(y->in[k]), p = repeats(y, y->in[k]);
        if (y->dx[k] && p > 1)
            RMF_TRY(dev->ops->pixel_sum(dev, y->shape[0], p, y->grad, width, at, c, y->dx[k],
                                        y->beta[k]));
        else if (y->dx[k])
            RMF_TRY(dev->ops->copy_columns(dev, lines(y), 1, y->grad, width, at, y->dx[k], c, 0, c,
                                           y->beta[k]));
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

rmf_node *rmf_concat_three(rmf_tape *tape, rmf_node *a, rmf_node *b, rmf_node *c)
{
    return rmf_tape_push(tape, &concat, NULL, 3, (rmf_node *[]){a, b, c});
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
