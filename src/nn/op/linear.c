/* nn/op/linear.c – y[…, out] = x[…, in]·w[in, out] + b[out].
 *
 * dx = dy·wᵀ, dw = xᵀ·dy, db = Σ_rows dy.  With a bank each segment has products of its
 * own, which go to the device as one group. */
#include "nn/tape.h"

static rmf_status linear_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0], *w = y->in[1], *b = y->in[2];
    if (x->rank < 2) return rmf_op_fail(y, "an input [rows, …, in]");
    if (w->rank != 2 || w->shape[0] != rmf_node_channels(x))
        return rmf_op_fail(y, "weights [%lld, out]", (long long)rmf_node_channels(x));
    if (b && (b->rank != 1 || b->shape[0] != w->shape[1]))
        return rmf_op_fail(y, "a bias [%lld]", (long long)w->shape[1]);
    rmf_shape_like(y, x);
    y->shape[y->rank - 1] = w->shape[1];
    const bool banked = w->param->info.bank || (b && b->param->info.bank);
    y->host_count = (size_t)(banked ? y->shape[0] : 1) * sizeof(rmf_matmul); /* one a segment */
    return RMF_OK;
}

/* One segment: rows that use the same weights. */
struct piece {
    int64_t rows, in, out, x_at, y_at, bank_row;
};

static struct piece piece_of_part(const rmf_node *y, rmf_segment part)
{
    const rmf_node *x = y->in[0];
    return (struct piece){.rows = part.count * rmf_node_pixels(x),
                          .in = rmf_node_channels(x),
                          .out = rmf_node_channels(y),
                          .x_at = part.first * rmf_node_row(x),
                          .y_at = part.first * rmf_node_row(y),
                          .bank_row = part.bank_row};
}

static struct piece piece_of(const rmf_node *y, int64_t index)
{
    return piece_of_part(y, rmf_part(y, index));
}

static rmf_status linear_forward(rmf_device *dev, rmf_node *y)
{
    const int64_t parts = rmf_part_count(y);
    rmf_matmul *products = y->host;
    for (int64_t i = 0; i < parts; i++) {
        const struct piece p = piece_of(y, i);
        products[i] = (rmf_matmul){.m = p.rows,
                                   .n = p.out,
                                   .k = p.in,
                                   .batch = 1,
                                   .scale = 1,
                                   .a = y->in[0]->value + p.x_at,
                                   .b = rmf_param_value(y->in[1], p.bank_row),
                                   .bias = rmf_param_value(y->in[2], p.bank_row),
                                   .c = y->value + p.y_at};
    }
    return dev->ops->matmul_group(dev, products, parts);
}

static rmf_status input_gradient(rmf_device *dev, const rmf_node *y)
{
    const int64_t parts = rmf_part_count(y);
    rmf_matmul *products = y->host;
    if (!y->dx[0]) return RMF_OK;
    for (int64_t i = 0; i < parts; i++) {
        const struct piece p = piece_of(y, i);
        products[i] = (rmf_matmul){.m = p.rows,
                                   .n = p.in,
                                   .k = p.out,
                                   .batch = 1,
                                   .transpose_b = true,
                                   .scale = 1,
                                   .beta = y->beta[0],
                                   .a = y->grad + p.y_at,
                                   .b = rmf_param_value(y->in[1], p.bank_row),
                                   .c = y->dx[0] + p.x_at};
    }
    return dev->ops->matmul_group(dev, products, parts);
}

/* Where only the bias is a bank, all rows share the weights and their gradient is one product. */
static rmf_status weight_gradient(rmf_device *dev, const rmf_node *y)
{
    const bool bank = y->in[1]->param->info.bank;
    const rmf_segment all = {0, 0, y->shape[0]};
    rmf_matmul *products = y->host;
    int64_t count = 0;
    for (int64_t i = 0; i < (bank ? rmf_part_count(y) : 1); i++) {
        const struct piece p = bank ? piece_of(y, i) : piece_of_part(y, all);
        const rmf_param_target dw = rmf_param_gradient(y, 1, p.bank_row);
        if (!dw.at) continue;
        products[count++] = (rmf_matmul){.m = p.in,
                                         .n = p.out,
                                         .k = p.rows,
                                         .batch = 1,
                                         .transpose_a = true,
                                         .scale = 1,
                                         .beta = dw.beta,
                                         .a = y->in[0]->value + p.x_at,
                                         .b = y->grad + p.y_at,
                                         .c = dw.at};
    }
    return dev->ops->matmul_group(dev, products, count);
}

static rmf_status bias_gradient(rmf_device *dev, const rmf_node *y)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const struct piece p = piece_of(y, i);
        const rmf_param_target db = rmf_param_gradient(y, 2, p.bank_row);
        if (db.at)
            RMF_TRY(dev->ops->column_sum(dev, p.rows, p.out, y->grad + p.y_at, db.at, db.beta));
    }
    return RMF_OK;
}

static rmf_status linear_backward(rmf_device *dev, rmf_node *y)
{
    RMF_TRY(input_gradient(dev, y));
    RMF_TRY(weight_gradient(dev, y));
    return bias_gradient(dev, y);
}

static int64_t linear_work(const rmf_node *y)
{
    return rmf_node_count(y) * rmf_node_channels(y->in[0]);
}

static const struct rmf_op linear = {.name = "linear",
                                     .shape = linear_shape,
                                     .forward = linear_forward,
                                     .backward = linear_backward,
                                     .work = linear_work,
                                     .parameters = 1u << 1 | 1u << 2,
                                     .optional = 1u << 2,
                                     .keeps = 1u << 0};

rmf_node *rmf_linear(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b)
{
    return rmf_tape_push(tape, &linear, NULL, 3, (rmf_node *[]){x, w, b});
}
