/* nn/op/norm.c – group normalisation (Wu & He 2018) with an activation fused.
 *
 * y = act(γ·(x − mean)·rstd + β), mean and rstd over the pixels and channels of a group.  Saves
 * mean and rstd, [n, groups] each. */
#include "nn/tape.h"

#define NORM_EPSILON 1e-5f

struct norm_args {
    int64_t groups;
    rmf_activation activation;
};

static rmf_status norm_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    const struct norm_args *args = y->args;
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, channels]");
    int64_t channels = rmf_node_channels(x);
    for (int k = 1; k <= 2; k++)
        if (y->in[k]->rank != 1 || y->in[k]->shape[0] != channels)
            return rmf_op_fail(y, "gamma and beta [%lld]", (long long)channels);
    if (y->in[1] == y->in[2]) return rmf_op_fail(y, "gamma and beta to be two parameters");
    if (args->groups < 1 || channels % args->groups != 0)
        return rmf_op_fail(y, "a number of groups that divides %lld channels; got %lld",
                           (long long)channels, (long long)args->groups);
    rmf_shape_like(y, x);
    y->saved_count = 2 * x->shape[0] * args->groups;
    return RMF_OK;
}

/* One segment, with the places of its moments. */
struct piece {
    rmf_group_norm norm;
    int64_t at, bank_row;
    float *mean, *rstd;
};

static struct piece piece_of(const rmf_node *y, int64_t index)
{
    const struct norm_args *args = y->args;
    const rmf_segment part = rmf_part(y, index);
    float *mean = y->saved + part.first * args->groups;
    return (struct piece){.norm = {.n = part.count,
                                   .p = rmf_node_pixels(y),
                                   .c = rmf_node_channels(y),
                                   .groups = args->groups,
                                   .epsilon = NORM_EPSILON,
                                   .activation = args->activation},
                          .at = part.first * rmf_node_row(y),
                          .bank_row = part.bank_row,
                          .mean = mean,
                          .rstd = mean + y->shape[0] * args->groups};
}

static rmf_status norm_forward(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        RMF_TRY(dev->ops->group_norm(
            dev, &p.norm, y->in[0]->value + p.at, rmf_param_value(y->in[1], p.bank_row),
            rmf_param_value(y->in[2], p.bank_row), y->value + p.at, p.mean, p.rstd));
    }
    return RMF_OK;
}

/* The device takes one factor for both parameters; if one was written before and the other not, the
 * fresh one starts from zero. */
static rmf_status common_beta(rmf_device *dev, const rmf_param_target *a, const rmf_param_target *b,
                              int64_t channels, float *out)
{
    *out = a->at ? a->beta : b->beta;
    if (!a->at || !b->at || a->beta == b->beta) return RMF_OK;
    *out = 1;
    return dev->ops->fill(dev, a->beta == 0 ? a->at : b->at, 0, channels);
}

static rmf_status norm_backward(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        const rmf_param_target dgamma = rmf_param_gradient(y, 1, p.bank_row);
        const rmf_param_target dbeta = rmf_param_gradient(y, 2, p.bank_row);
        float beta = 0;
        RMF_TRY(common_beta(dev, &dgamma, &dbeta, p.norm.c, &beta));
        RMF_TRY(dev->ops->group_norm_grad(
            dev, &p.norm, y->in[0]->value + p.at, rmf_param_value(y->in[1], p.bank_row),
            rmf_param_value(y->in[2], p.bank_row), p.mean, p.rstd, y->grad + p.at,
            y->dx[0] ? y->dx[0] + p.at : NULL, y->beta[0], dgamma.at, dbeta.at, beta));
    }
    return RMF_OK;
}

static const struct rmf_op group_norm_act = {.name = "group_norm_act",
                                             .shape = norm_shape,
                                             .forward = norm_forward,
                                             .backward = norm_backward,
                                             .args_size = sizeof(struct norm_args),
                                             .parameters = 1u << 1 | 1u << 2,
                                             .keeps = 1u << 0};

rmf_node *rmf_group_norm_act(rmf_tape *tape, rmf_node *x, rmf_node *gamma, rmf_node *beta,
                             int64_t groups, rmf_activation activation)
{
    return rmf_tape_push(tape, &group_norm_act, &(struct norm_args){groups, activation}, 3,
                         (rmf_node *[]){x, gamma, beta});
}
