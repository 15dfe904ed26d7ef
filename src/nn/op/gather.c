/* nn/op/gather.c – y[n] = table[index[n]]: embeddings of labels. */
#include "nn/tape.h"

static rmf_status gather_shape(rmf_node *y)
{
    const rmf_node *table = y->in[0], *index = y->in[1];
    if (table->rank != 2 || table->param->info.bank)
        return rmf_op_fail(y, "a shared table [count, channels] and an index [rows]");
    y->rank = 2;
    y->shape[0] = index->shape[0];
    y->shape[1] = table->shape[1];
    y->host_count = (size_t)index->shape[0] * sizeof(int32_t);
    return RMF_OK;
}

/* Labels come from outside; one beyond the table would read other memory. */
static rmf_status check_index(rmf_device *dev, rmf_node *y)
{
    int32_t *index = y->host;
    RMF_TRY(dev->ops->download(dev, index, y->in[1]->value, y->host_count));
    for (int64_t i = 0; i < y->shape[0]; i++)
        if (index[i] < 0 || index[i] >= y->in[0]->shape[0])
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "gather: %s[%lld] is %d; expected 0 to %lld, a row of %s",
                            y->in[1]->name, (long long)i, index[i],
                            (long long)y->in[0]->shape[0] - 1, y->in[0]->name);
    return RMF_OK;
}

static rmf_status gather_forward(rmf_device *dev, rmf_node *y)
{
    RMF_TRY(check_index(dev, y));
    return dev->ops->gather(dev, y->shape[0], y->shape[1], y->in[0]->value,
                            rmf_node_index(y->in[1]), y->value);
}

static rmf_status gather_backward(rmf_device *dev, rmf_node *y)
{
    const rmf_param_target table = rmf_param_gradient(y, 0, 0);
    if (!table.at) return RMF_OK;
    if (table.beta == 0) RMF_TRY(dev->ops->fill(dev, table.at, 0, rmf_node_count(y->in[0])));
    return dev->ops->gather_grad(dev, y->shape[0], y->shape[1], y->grad, rmf_node_index(y->in[1]),
                                 table.at);
}

static const struct rmf_op gather = {.name = "gather",
                                     .shape = gather_shape,
                                     .forward = gather_forward,
                                     .backward = gather_backward,
                                     .parameters = 1u << 0,
                                     .indices = 1u << 1};

rmf_node *rmf_gather(rmf_tape *tape, rmf_node *table, rmf_node *index)
{
    return rmf_tape_push(tape, &gather, NULL, 2, (rmf_node *[]){table, index});
}
