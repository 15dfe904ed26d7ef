/* nn/op/pointwise.c – activation, sum, and product with a number. */
#include "nn/tape.h"

static rmf_status same_shape(rmf_node *y)
{
    rmf_shape_like(y, y->in[0]);
    return RMF_OK;
}

/* ---- y = act(x) ------------------------------------------------------------ */

struct activate_args {
    rmf_activation kind;
};

static rmf_status activate_forward(rmf_device *dev, rmf_node *y)
{
    const struct activate_args *args = y->args;
    return dev->ops->activation(dev, args->kind, y->in[0]->value, y->value, rmf_node_count(y));
}

static rmf_status activate_backward(rmf_device *dev, rmf_node *y)
{
    const struct activate_args *args = y->args;
    if (!y->dx[0]) return RMF_OK;
    return dev->ops->activation_grad(dev, args->kind, y->in[0]->value, y->grad, y->dx[0],
                                     y->beta[0], rmf_node_count(y));
}

static const struct rmf_op activate = {.name = "activate",
                                       .shape = same_shape,
                                       .forward = activate_forward,
                                       .backward = activate_backward,
                                       .args_size = sizeof(struct activate_args),
                                       .keeps = 1u << 0,
                                       .inplace = 1u << 0};

rmf_node *rmf_activate(rmf_tape *tape, rmf_node *x, rmf_activation activation)
{
    return rmf_tape_push(tape, &activate, &(struct activate_args){activation}, 1, &x);
}

/* ---- y = a + b ------------------------------------------------------------- */

static rmf_status add_shape(rmf_node *y)
{
    const rmf_node *a = y->in[0], *b = y->in[1];
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->shape[i] == b->shape[i];
    return same ? same_shape(y) : rmf_op_fail(y, "two inputs of one shape");
}

static rmf_status add_forward(rmf_device *dev, rmf_node *y)
{
    const int64_t count = rmf_node_count(y);
    const float *a = y->in[0]->value, *b = y->in[1]->value;
    if (y->value == b) return dev->ops->axpby(dev, 1, a, 1, y->value, count);
    if (y->value != a) RMF_TRY(dev->ops->axpby(dev, 1, a, 0, y->value, count));
    return dev->ops->axpby(dev, 1, b, 1, y->value, count);
}

static rmf_status add_backward(rmf_device *dev, rmf_node *y)
{
    for (int k = 0; k < 2; k++)
        if (y->dx[k])
            RMF_TRY(dev->ops->axpby(dev, 1, y->grad, y->beta[k], y->dx[k], rmf_node_count(y)));
    return RMF_OK;
}

static const struct rmf_op add = {.name = "add",
                                  .shape = add_shape,
                                  .forward = add_forward,
                                  .backward = add_backward,
                                  .inplace = 1u << 0 | 1u << 1,
                                  .passes = 1u << 0 | 1u << 1};

rmf_node *rmf_add(rmf_tape *tape, rmf_node *a, rmf_node *b)
{
    return rmf_tape_push(tape, &add, NULL, 2, (rmf_node *[]){a, b});
}

/* ---- y = factor·x ---------------------------------------------------------- */

struct scale_args {
    float factor;
};

static rmf_status scale_forward(rmf_device *dev, rmf_node *y)
{
    const struct scale_args *args = y->args;
    return dev->ops->axpby(dev, args->factor, y->in[0]->value, 0, y->value, rmf_node_count(y));
}

static rmf_status scale_backward(rmf_device *dev, rmf_node *y)
{
    const struct scale_args *args = y->args;
    if (!y->dx[0]) return RMF_OK;
    return dev->ops->axpby(dev, args->factor, y->grad, y->beta[0], y->dx[0], rmf_node_count(y));
}

static const struct rmf_op scale = {.name = "scale",
                                    .shape = same_shape,
                                    .forward = scale_forward,
                                    .backward = scale_backward,
                                    .args_size = sizeof(struct scale_args),
                                    .inplace = 1u << 0};

rmf_node *rmf_scale(rmf_tape *tape, rmf_node *x, float factor)
{
    return rmf_tape_push(tape, &scale, &(struct scale_args){factor}, 1, &x);
}
