/* nn/node.c – questions to a node. */
#include "nn/tape.h"

int64_t rmf_node_count(const rmf_node *node)
{
    return rmf_shape_count(node->rank, node->shape, 0);
}

int64_t rmf_node_row(const rmf_node *node)
{
    return rmf_shape_count(node->rank - 1, node->shape + 1, 0);
}

int64_t rmf_node_channels(const rmf_node *node)
{
    return node->shape[node->rank - 1];
}

int64_t rmf_node_pixels(const rmf_node *node)
{
    return node->rank > 2 ? rmf_shape_count(node->rank - 2, node->shape + 1, 0) : 1;
}

void rmf_shape_like(rmf_node *y, const rmf_node *x)
{
    y->rank = x->rank;
    for (int i = 0; i < x->rank; i++)
        y->shape[i] = x->shape[i];
}

float *rmf_node_value(rmf_node *node)
{
    return node->value;
}

float *rmf_node_gradient(rmf_node *node)
{
    return node->grad;
}

int32_t *rmf_node_index(rmf_node *node)
{
    return node->kind == RMF_NODE_INDEX ? (int32_t *)(void *)node->value : NULL;
}

rmf_view rmf_node_view(const rmf_node *node)
{
    rmf_view view = {.data = node->value, .type = RMF_F32, .rank = node->rank};
    if (node->kind == RMF_NODE_INDEX) view.type = RMF_I32;
    for (int i = 0; i < RMF_MAX_RANK; i++)
        view.shape[i] = i < node->rank ? node->shape[i] : 1;
    return view;
}

const float *rmf_param_value(const rmf_node *param, int64_t bank_row)
{
    if (!param) return NULL;
    return param->value + (param->param->info.bank ? bank_row * param->param->info.row : 0);
}

rmf_param_target rmf_param_gradient(const rmf_node *y, int input, int64_t bank_row)
{
    const rmf_node *param = y->in[input];
    rmf_params *params = y->tape->params;
    if (!param || rmf_params_span_frozen(params, param->param, bank_row))
        return (rmf_param_target){NULL, 0};
    int64_t row = param->param->info.bank ? bank_row : 0;
    int64_t span = param->param->first_span + row;
    bool again = params->span_stamp[span] == params->stamp;
    params->span_stamp[span] = params->stamp;
    return (rmf_param_target){rmf_params_gradient(params, param->param, row), again ? 1.0f : 0.0f};
}
