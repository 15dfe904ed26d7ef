/* nn/op/modulate.c – y[n, …, c] = x·(1 + scale[n, c]) + shift[n, c]: conditioning by scale and
 * shift (FiLM, Perez et al. 2018). */
#include "nn/tape.h"

rmf_status rmf_check_modulation(const rmf_node *y, int first, int last)
{
    const rmf_node *x = y->in[0];
    for (int k = first; k <= last; k++) {
        const rmf_node *s = y->in[k];
        if (!s) continue;
        if (s->rank != 2 || s->shape[0] != x->shape[0] || s->shape[1] != rmf_node_channels(x))
            return rmf_op_fail(y, "scale and shift [%lld, %lld]", (long long)x->shape[0],
                               (long long)rmf_node_channels(x));
        /* The device writes all gradients in one call, so they may not share a buffer. */
        bool apart = s->root != x->root;
        for (int j = first; j < k; j++)
            apart = apart && !(y->in[j] && y->in[j]->root == s->root);
        if (!apart) return rmf_op_fail(y, "input, scale and shift to be different nodes");
    }
    return RMF_OK;
}

static rmf_status modulate_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, channels]");
    RMF_TRY(rmf_check_modulation(y, 1, 2));
    rmf_shape_like(y, x);
    return RMF_OK;
}

static rmf_status modulate_forward(rmf_device *dev, rmf_node *y)
{
    const rmf_node *scale = y->in[1], *shift = y->in[2];
    return dev->ops->scale_shift(dev, y->shape[0], rmf_node_pixels(y), rmf_node_channels(y),
                                 y->in[0]->value, scale ? scale->value : NULL,
                                 shift ? shift->value : NULL, y->value);
}

static rmf_status modulate_backward(rmf_device *dev, rmf_node *y)
{
    const rmf_node *scale = y->in[1];
    return dev->ops->scale_shift_grad(dev, y->shape[0], rmf_node_pixels(y), rmf_node_channels(y),
                                      y->in[0]->value, scale ? scale->value : NULL, y->grad,
                                      y->dx[0], y->beta[0], y->dx[1], y->beta[1], y->dx[2],
                                      y->beta[2]);
}

static const struct rmf_op modulate = {.name = "modulate",
                                       .shape = modulate_shape,
                                       .forward = modulate_forward,
                                       .backward = modulate_backward,
                                       .optional = 1u << 1 | 1u << 2,
                                       .keeps = 1u << 0 | 1u << 1,
                                       .inplace = 1u << 0};

rmf_node *rmf_modulate(rmf_tape *tape, rmf_node *x, rmf_node *scale, rmf_node *shift)
{
    return rmf_tape_push(tape, &modulate, NULL, 3, (rmf_node *[]){x, scale, shift});
}
