/* nn/op/attention.c – softmax self-attention over the pixels of a row (Vaswani et al. 2017).
 *
 * qkv [n, …, 3c] holds q, k and v side by side, each split into heads of d = c/heads channels.  A
 * head's attention is A = softmax(q·kᵀ/√d) over p pixels, its output A·v.
 *
 * Products want dense matrices, so q, k, v are packed to [3][heads][n][p, d] first.  Saved for
 * backward: the packed q, k, v and A [heads][n][p, p].
 * Backward: dv = Aᵀ·do, dA = do·vᵀ, dS = softmax′(A, dA), dq = dS·k/√d, dk = dSᵀ·q/√d. */
#include "nn/tape.h"

#include <math.h>

struct attention_args {
    int64_t heads;
};

struct sizes {
    int64_t n, p, c, heads, d;
    int64_t part; /* elements of packed q (or k, v): n·p·c */
    int64_t maps; /* elements of A */
    float scale;
};

static struct sizes sizes_of(const rmf_node *y)
{
    const struct attention_args *args = y->args;
    struct sizes s = {
        .n = y->shape[0], .p = rmf_node_pixels(y), .c = rmf_node_channels(y), .heads = args->heads};
    s.d = s.c / s.heads;
    s.part = s.n * s.p * s.c;
    s.maps = s.heads * s.n * s.p * s.p;
    s.scale = (float)(1 / sqrt((double)s.d));
    return s;
}

static rmf_status attention_shape(rmf_node *y)
{
    const rmf_node *x = y->in[0];
    const struct attention_args *args = y->args;
    if (x->rank < 3) return rmf_op_fail(y, "an input [rows, pixels…, 3·channels]");
    int64_t wide = rmf_node_channels(x);
    if (wide % 3 != 0 || args->heads < 1 || wide / 3 % args->heads != 0)
        return rmf_op_fail(y, "3·channels with channels divisible by %lld heads",
                           (long long)args->heads);
    rmf_shape_like(y, x);
    y->shape[y->rank - 1] = wide / 3;
    const int64_t map[4] = {args->heads, x->shape[0], rmf_node_pixels(x), rmf_node_pixels(x)};
    int64_t maps = rmf_shape_count(4, map, 0);
    if (maps < 0) return rmf_op_fail(y, "attention maps below 2^40 values; use fewer pixels");
    const struct sizes s = sizes_of(y);
    y->saved_count = 3 * s.part + maps;
    y->scratch_count[0] = s.part;
    y->scratch_count[1] = 4 * s.part + maps;
    return RMF_OK;
}

/* A batch of products over all heads and rows; A is m×k, B is k×n. */
static rmf_matmul product(const struct sizes *s, int64_t m, int64_t n, int64_t k)
{
    return (rmf_matmul){.m = m,
                        .n = n,
                        .k = k,
                        .batch = s->heads * s->n,
                        .scale = 1,
                        .stride_a = m * k,
                        .stride_b = k * n,
                        .stride_c = m * n};
}

/* packed[part][head][row·pixel, d] ← x[row·pixel, part·c + head·d …] for `parts` parts. */
static rmf_status pack(rmf_device *dev, const struct sizes *s, int parts, const float *x,
                       float *packed)
{
    for (int64_t i = 0; i < parts * s->heads; i++)
        RMF_TRY(dev->ops->copy_columns(dev, s->n * s->p, 1, x, parts * s->c, i * s->d,
                                       packed + i * s->n * s->p * s->d, s->d, 0, s->d, 0));
    return RMF_OK;
}

static rmf_status unpack(rmf_device *dev, const struct sizes *s, int parts, const float *packed,
                         float *x, float beta)
{
    for (int64_t i = 0; i < parts * s->heads; i++)
        RMF_TRY(dev->ops->copy_columns(dev, s->n * s->p, 1, packed + i * s->n * s->p * s->d, s->d,
                                       0, x, parts * s->c, i * s->d, s->d, beta));
    return RMF_OK;
}

static rmf_status attention_forward(rmf_device *dev, rmf_node *y)
{
    const struct sizes s = sizes_of(y);
    float *q = y->saved, *k = q + s.part, *v = k + s.part, *map = v + s.part;
    RMF_TRY(pack(dev, &s, 3, y->in[0]->value, y->saved));

    rmf_matmul scores = product(&s, s.p, s.p, s.d);
    scores.transpose_b = true;
    scores.scale = s.scale;
    scores.a = q;
    scores.b = k;
    scores.c = map;
    RMF_TRY(dev->ops->matmul(dev, &scores));
    RMF_TRY(dev->ops->softmax(dev, s.heads * s.n * s.p, s.p, map, map));

    rmf_matmul mix = product(&s, s.p, s.d, s.p);
    mix.a = map;
    mix.b = v;
    mix.c = y->scratch[0];
    RMF_TRY(dev->ops->matmul(dev, &mix));
    return unpack(dev, &s, 1, y->scratch[0], y->value, 0);
}

/* dv and dS, from the output's gradient `d_out`. */
static rmf_status map_gradient(rmf_device *dev, const rmf_node *y, const struct sizes *s, float *dv,
                               float *d_map)
{
    const float *v = y->saved + 2 * s->part, *map = v + s->part;
    float *d_out = y->scratch[1] + 3 * s->part;
    RMF_TRY(pack(dev, s, 1, y->grad, d_out));

    rmf_matmul values = product(s, s->p, s->d, s->p);
    values.transpose_a = true;
    values.a = map;
    values.b = d_out;
    values.c = dv;
    RMF_TRY(dev->ops->matmul(dev, &values));

    rmf_matmul maps = product(s, s->p, s->p, s->d);
    maps.transpose_b = true;
    maps.a = d_out;
    maps.b = v;
    maps.c = d_map;
    RMF_TRY(dev->ops->matmul(dev, &maps));
    return dev->ops->softmax_grad(dev, s->heads * s->n * s->p, s->p, map, d_map, d_map, 0);
}

static rmf_status attention_backward(rmf_device *dev, rmf_node *y)
{
    if (!y->dx[0]) return RMF_OK;
    const struct sizes s = sizes_of(y);
    const float *q = y->saved, *k = q + s.part;
    float *dq = y->scratch[1], *dk = dq + s.part, *dv = dk + s.part, *d_map = dv + 2 * s.part;
    RMF_TRY(map_gradient(dev, y, &s, dv, d_map));

    rmf_matmul queries = product(&s, s.p, s.d, s.p);
    queries.scale = s.scale;
    queries.a = d_map;
    queries.b = k;
    queries.c = dq;
    RMF_TRY(dev->ops->matmul(dev, &queries));

    rmf_matmul keys = product(&s, s.p, s.d, s.p);
    keys.transpose_a = true;
    keys.scale = s.scale;
    keys.a = d_map;
    keys.b = q;
    keys.c = dk;
    RMF_TRY(dev->ops->matmul(dev, &keys));
    return unpack(dev, &s, 3, y->scratch[1], y->dx[0], y->beta[0]);
}

static int64_t attention_work(const rmf_node *y)
{
    return 2 * rmf_node_count(y) * rmf_node_pixels(y);
}

static const struct rmf_op attention = {.name = "attention",
                                        .shape = attention_shape,
                                        .forward = attention_forward,
                                        .backward = attention_backward,
                                        .work = attention_work,
                                        .args_size = sizeof(struct attention_args)};

rmf_node *rmf_attention(rmf_tape *tape, rmf_node *qkv, int64_t heads)
{
    return rmf_tape_push(tape, &attention, &(struct attention_args){heads}, 1, &qkv);
}
