/* nn/op/reshape.c – the same values under another shape.  Shares its input's buffers: nothing runs.
 */
#include "nn/tape.h"

#include <string.h>

struct reshape_args {
    int rank;
    int64_t shape[RMF_MAX_RANK];
};

static rmf_status reshape_shape(rmf_node *y)
{
    const struct reshape_args *args = y->args;
    char text[RMF_SHAPE_TEXT];
    if (args->rank < 1 || args->rank > RMF_MAX_RANK)
        return rmf_op_fail(y, "a new rank from 1 to %d; got %d", RMF_MAX_RANK, args->rank);
    if (rmf_shape_count(args->rank, args->shape, 0) != rmf_node_count(y->in[0]))
        return rmf_op_fail(y, "a new shape of as many values; got %s",
                           rmf_shape_text(args->rank, args->shape, text));
    y->rank = args->rank;
    memcpy(y->shape, args->shape, sizeof y->shape);
    return RMF_OK;
}

static const struct rmf_op reshape = {.name = "reshape",
                                      .shape = reshape_shape,
                                      .args_size = sizeof(struct reshape_args),
                                      .alias = true};

rmf_node *rmf_reshape(rmf_tape *tape, rmf_node *x, int rank, const int64_t *shape)
{
    struct reshape_args args = {.rank = rank};
    for (int i = 0; i < rank && i < RMF_MAX_RANK; i++)
        args.shape[i] = shape[i];
    return rmf_tape_push(tape, &reshape, &args, 1, &x);
}
