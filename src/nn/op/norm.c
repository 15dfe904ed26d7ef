/* nn/op/norm.c – group normalisation (Wu & He 2018) with conditioning by scale and shift (FiLM,
 * Perez et al. 2018) and an activation fused.
 *
 * y = act((γ·(x + offset − mean)·rstd + β)·(1 + scale) + shift), mean and rstd of x + offset over
 * the pixels and channels of a group.  Saves mean and rstd, [n, groups] each. */
#include "nn/tape.h"

#define NORM_EPSILON 1e-5f

struct norm_args {
    int64_t groups;
    rmf_activation activation;
};

enum { X, GAMMA, BETA, SCALE, SHIFT, OFFSET, INPUTS };

static rmf_status norm_shape(rmf_node *y)
{
    const rmf_node *x = y->in[X];
    const struct norm_args *args = y->args;
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, channels]");
    int64_t channels = rmf_node_channels(x);
    for (int k = GAMMA; k <= BETA; k++)
        if (y->in[k]->rank != 1 || y->in[k]->shape[0] != channels)
            return rmf_op_fail(y, "gamma and beta [%lld]", (long long)channels);
    if (y->in[GAMMA] == y->in[BETA]) return rmf_op_fail(y, "gamma and beta to be two parameters");
    if (args->groups < 1 || channels % args->groups != 0)
        return rmf_op_fail(y, "a number of groups that divides %lld channels; got %lld",
                           (long long)channels, (long long)args->groups);
    RMF_TRY(rmf_check_modulation(y, SCALE, OFFSET));
    rmf_shape_like(y, x);
    y->saved_count = 2 * x->shape[0] * args->groups;
    return RMF_OK;
}

/* One segment, with the places of its moments. */
struct piece {
    rmf_group_norm norm;
    int64_t first, at, bank_row;
    float *mean, *rstd;
};

static const float *row_of(const rmf_node *node, int64_t row)
{
    return node ? node->value + row * rmf_node_row(node) : NULL;
}

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
                                   .activation = args->activation,
                                   .scale = row_of(y->in[SCALE], part.first),
                                   .shift = row_of(y->in[SHIFT], part.first),
                                   .offset = row_of(y->in[OFFSET], part.first)},
                          .first = part.first,
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
            dev, &p.norm, y->in[X]->value + p.at, rmf_param_value(y->in[GAMMA], p.bank_row),
            rmf_param_value(y->in[BETA], p.bank_row), y->value + p.at, p.mean, p.rstd));
    }
    return RMF_OK;
}

/* Where input k's gradient for the rows from `row` on goes. */
static float *gradient_row(const rmf_node *y, int k, int64_t row)
{
    return y->dx[k] ? y->dx[k] + row * rmf_node_row(y->in[k]) : NULL;
}

static rmf_status norm_backward(rmf_device *dev, rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        const rmf_param_target dgamma = rmf_param_gradient(y, GAMMA, p.bank_row);
        const rmf_param_target dbeta = rmf_param_gradient(y, BETA, p.bank_row);
        const rmf_group_norm_grad to = {.dx = gradient_row(y, X, p.first),
                                        .dx_beta = y->beta[X],
                                        .dgamma = dgamma.at,
                                        .dgamma_beta = dgamma.beta,
                                        .dbeta = dbeta.at,
                                        .dbeta_beta = dbeta.beta,
                                        .dscale = gradient_row(y, SCALE, p.first),
                                        .dscale_beta = y->beta[SCALE],
                                        .dshift = gradient_row(y, SHIFT, p.first),
                                        .dshift_beta = y->beta[SHIFT],
                                        .doffset = gradient_row(y, OFFSET, p.first),
                                        .doffset_beta = y->beta[OFFSET]};
        RMF_TRY(dev->ops->group_norm_grad(
            dev, &p.norm, y->in[X]->value + p.at, rmf_param_value(y->in[GAMMA], p.bank_row),
            rmf_param_value(y->in[BETA], p.bank_row), p.mean, p.rstd, y->grad + p.at, &to));
    }
    return RMF_OK;
}

static const struct rmf_op group_norm_act = {.name = "group_norm_act",
                                             .shape = norm_shape,
                                             .forward = norm_forward,
                                             .backward = norm_backward,
                                             .args_size = sizeof(struct norm_args),
                                             .parameters = 1u << GAMMA | 1u << BETA,
                                             .optional = 1u << SCALE | 1u << SHIFT | 1u << OFFSET,
                                             .keeps = 1u << X | 1u << SCALE | 1u << SHIFT |
                                                      1u << OFFSET};

rmf_node *rmf_group_norm_act(rmf_tape *tape, rmf_node *x, rmf_node *gamma, rmf_node *beta,
                             int64_t groups, rmf_activation activation)
{
    return rmf_group_norm_film(tape, x, gamma, beta,
                               (rmf_norm_film){.groups = groups, .activation = activation});
}

rmf_node *rmf_group_norm_film(rmf_tape *tape, rmf_node *x, rmf_node *gamma, rmf_node *beta,
                              rmf_norm_film film)
{
    return rmf_tape_push(tape, &group_norm_act, &(struct norm_args){film.groups, film.activation},
                         INPUTS,
                         (rmf_node *[]){x, gamma, beta, film.scale, film.shift, film.offset});
}
