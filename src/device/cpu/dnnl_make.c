/* device/cpu/dnnl_make.c – a convolution primitive of oneDNN, with the memory objects around it. */
#include "device/cpu/dnnl_entry.h"

#include "device/cpu/conv_rule.h"

#include <string.h>

/* oneDNN's view of a convolution. */
struct shapes {
    dnnl_memory_desc_t x, w, plain_w, bias, y;
    dnnl_dims_t strides, low, high; /* padding at top and left, at bottom and right */
};

/* A negative need means that the last inputs are not read; oneDNN rounds that away. */
static int64_t high_padding(int64_t in, int64_t out, int64_t kernel, const struct rmf_dnnl_key *k)
{
    const int64_t need = (out - 1) * k->stride + kernel - in - k->pad;
    return need > 0 ? need : 0;
}

/* Operands are rounded where they enter a product; what comes out is f32.  A hint is of one type.
 */
static dnnl_data_type_t type_of(const struct rmf_dnnl_key *k, int result_of, bool hint)
{
    return k->bf16 && (hint || k->direction != result_of) ? dnnl_bf16 : dnnl_f32;
}

static dnnl_status_t describe(const struct rmf_dnnl_key *k, bool hint, struct shapes *s)
{
    const dnnl_dims_t x = {k->n, k->cin, k->h, k->w}, y = {k->n, k->cout, k->oh, k->ow};
    const dnnl_dims_t w = {k->cout, k->cin, k->kh, k->kw};
    const dnnl_dims_t hwio = {1, k->w_width, k->kw * k->cin * k->w_width, k->cin * k->w_width};
    const dnnl_dims_t bias = {k->direction == RMF_CONV_FORWARD ? k->cout : k->cin};
    s->strides[0] = s->strides[1] = k->stride;
    s->low[0] = s->low[1] = k->pad;
    s->high[0] = high_padding(k->h, k->oh, k->kh, k);
    s->high[1] = high_padding(k->w, k->ow, k->kw, k);
    const dnnl_data_type_t x_type = type_of(k, RMF_CONV_DATA, hint);
    const dnnl_data_type_t y_type = type_of(k, RMF_CONV_FORWARD, hint);
    const dnnl_data_type_t w_type = type_of(k, RMF_CONV_WEIGHTS, hint);
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->x, 4, x, x_type, dnnl_nhwc));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->y, 4, y, y_type, dnnl_nhwc));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->w, 4, w, w_type, dnnl_format_tag_any));
    TRY_DNNL(dnnl_memory_desc_init_by_strides(&s->plain_w, 4, w, dnnl_f32, hwio));
    return dnnl_memory_desc_init_by_tag(&s->bias, 1, bias, dnnl_f32, dnnl_x);
}

/* Working memory is handed in; with beta the result is added to what is there. */
static dnnl_status_t attributes(float beta, dnnl_primitive_attr_t *out)
{
    dnnl_post_ops_t sum = NULL;
    TRY_DNNL(dnnl_primitive_attr_create(out));
    dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && beta != 0) status = dnnl_post_ops_create(&sum);
    if (status == dnnl_success && beta != 0) status = dnnl_post_ops_append_sum(sum, beta);
    if (status == dnnl_success && beta != 0) status = dnnl_primitive_attr_set_post_ops(*out, sum);
    dnnl_post_ops_destroy(sum);
    if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
    return status;
}

static dnnl_status_t forward_desc(const struct rmf_dnnl_key *k, const struct shapes *s,
                                  dnnl_engine_t engine, dnnl_primitive_desc_t *out)
{
    const bool forward = k->direction == RMF_CONV_FORWARD; /* else: the hint of a gradient */
    dnnl_convolution_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    TRY_DNNL(dnnl_convolution_forward_desc_init(
        &desc, forward ? dnnl_forward_inference : dnnl_forward_training, dnnl_convolution_direct,
        &s->x, &s->w, forward && k->has_bias ? &s->bias : NULL, &s->y, s->strides, s->low,
        s->high));
    TRY_DNNL(attributes(forward ? k->beta : 0, &attr));
    dnnl_status_t status = dnnl_primitive_desc_create(out, &desc, attr, engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    return status;
}

static dnnl_status_t gradient_desc(const struct rmf_dnnl_key *k, const struct shapes *s,
                                   dnnl_engine_t engine, dnnl_primitive_desc_t *out)
{
    dnnl_convolution_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t hint = NULL;
    if (k->direction == RMF_CONV_DATA)
        TRY_DNNL(dnnl_convolution_backward_data_desc_init(
            &desc, dnnl_convolution_direct, &s->x, &s->w, &s->y, s->strides, s->low, s->high));
    else
        TRY_DNNL(dnnl_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct, &s->x,
                                                             &s->w, NULL, &s->y, s->strides, s->low,
                                                             s->high));
    struct shapes of_hint;
    TRY_DNNL(describe(k, true, &of_hint));
    TRY_DNNL(forward_desc(k, &of_hint, engine, &hint));
    dnnl_status_t status = attributes(0, &attr);
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(out, &desc, attr, engine, hint);
        dnnl_primitive_attr_destroy(attr);
    }
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static dnnl_status_t add_memory(struct rmf_dnnl_entry *e, enum rmf_dnnl_memory which,
                                const dnnl_memory_desc_t *desc, dnnl_engine_t engine)
{
    return dnnl_memory_create(&e->memory[which], desc, engine, DNNL_MEMORY_NONE);
}

static void need_pad(struct rmf_dnnl_entry *e, const dnnl_memory_desc_t *pad)
{
    const size_t bytes = dnnl_memory_desc_get_size(pad);
    if (bytes > e->pad_bytes) e->pad_bytes = bytes;
}

/* hwio → the primitive's layout, or back for a weight gradient; none when they are the same. */
static dnnl_status_t make_reorder(struct rmf_dnnl_entry *e, const struct shapes *s,
                                  const dnnl_memory_desc_t *own, dnnl_engine_t engine)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    e->weight_bytes = dnnl_memory_desc_get_size(own);
    TRY_DNNL(add_memory(e, WEIGHTS, own, engine));
    TRY_DNNL(add_memory(e, PLAIN_WEIGHTS, &s->plain_w, engine));
    if (!back && dnnl_memory_desc_equal(own, &s->plain_w)) return dnnl_success;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    TRY_DNNL(attributes(back ? e->key.beta : 0, &attr));
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(
        &desc, back ? own : &s->plain_w, engine, back ? &s->plain_w : own, engine, attr);
    dnnl_primitive_attr_destroy(attr);
    TRY_DNNL(status);
    status = dnnl_primitive_create(&e->reorder, desc);
    const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    need_pad(e, pad);
    if (status == dnnl_success) status = add_memory(e, REORDER_PAD, pad, engine);
    dnnl_primitive_desc_destroy(desc);
    return status;
}

static dnnl_status_t fill_entry(struct rmf_dnnl_entry *e, dnnl_engine_t engine,
                                const struct shapes *s, const_dnnl_primitive_desc_t desc)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    const bool data = e->key.direction == RMF_CONV_DATA;
    const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    const dnnl_memory_desc_t *own = dnnl_primitive_desc_query_md(
        desc, back ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    TRY_DNNL(dnnl_primitive_create(&e->convolution, desc));
    need_pad(e, pad);
    TRY_DNNL(add_memory(e, PAD, pad, engine));
    TRY_DNNL(add_memory(e, INPUT, data ? &s->y : &s->x, engine));
    TRY_DNNL(add_memory(e, RESULT, data ? &s->x : &s->y, engine)); /* weights: dy, an input too */
    TRY_DNNL(add_memory(e, BIAS, &s->bias, engine));
    return make_reorder(e, s, own, engine);
}

void rmf_dnnl_entry_clear(struct rmf_dnnl_entry *e)
{
    for (int i = 0; i < MEMORIES; i++)
        dnnl_memory_destroy(e->memory[i]);
    dnnl_primitive_destroy(e->convolution);
    dnnl_primitive_destroy(e->reorder);
    memset(e, 0, sizeof *e);
}

dnnl_status_t rmf_dnnl_entry_make(const struct rmf_dnnl_key *k, dnnl_engine_t engine,
                                  struct rmf_dnnl_entry *e)
{
    struct shapes s;
    dnnl_primitive_desc_t desc = NULL;
    TRY_DNNL(describe(k, false, &s));
    TRY_DNNL(k->direction == RMF_CONV_FORWARD ? forward_desc(k, &s, engine, &desc)
                                              : gradient_desc(k, &s, engine, &desc));
    e->key = *k;
    dnnl_status_t status = fill_entry(e, engine, &s, desc);
    dnnl_primitive_desc_destroy(desc);
    if (status != dnnl_success) rmf_dnnl_entry_clear(e);
    e->used = status == dnnl_success;
    return status;
}
