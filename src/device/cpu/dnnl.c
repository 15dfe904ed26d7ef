/* device/cpu/dnnl.c – convolution primitives of oneDNN.
 *
 * A primitive is made once for (direction, shape, bias, beta, thread count) and kept in a table of
 * fixed size; when a bucket is full, its least recently used entry goes.  Activations are nhwc.
 * Weights arrive as hwio and change every training step, so each call reorders them to the layout
 * that the primitive prefers (and weight gradients back).  Working memory is the device's scratch,
 * handed in a call: a primitive holds none, and a known one is run without any allocation. */
#include "device/cpu/dnnl.h"

#include "device/cpu/signals.h"
#include "device/cpu/sums.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <string.h>

enum { BUCKETS = 32, BUCKET_SIZE = 8 };

/* Compared and hashed as bytes: zeroed before it is filled. */
struct key {
    int64_t n, h, w, cin, oh, ow, cout, kh, kw;
    int32_t direction, stride, pad, has_bias, threads;
    float beta; /* folded into the primitive (forward) or its reorder (weights); else 0 */
};

enum memory { INPUT, WEIGHTS, PLAIN_WEIGHTS, BIAS, RESULT, PAD, REORDER_PAD, MEMORIES };

struct entry {
    bool used;
    struct key key;
    uint64_t last_use;
    dnnl_primitive_t convolution, reorder; /* reorder is NULL if plain weights suit */
    dnnl_memory_t memory[MEMORIES];
    size_t weight_bytes, pad_bytes;
};

struct rmf_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    uint64_t clock;
    struct entry entries[BUCKETS][BUCKET_SIZE];
};

#define TRY_DNNL(call)                                                                             \
    do {                                                                                           \
        dnnl_status_t try_status = (call);                                                         \
        if (try_status != dnnl_success) return try_status;                                         \
    } while (0)

static rmf_status report(dnnl_status_t status, const struct rmf_conv_call *call)
{
    if (status == dnnl_success) return RMF_OK;
    const rmf_conv *a = call->args;
    const rmf_status kind = status == dnnl_out_of_memory   ? RMF_ERR_MEMORY
                            : status == dnnl_unimplemented ? RMF_ERR_UNSUPPORTED
                                                           : RMF_ERR_ARGUMENT;
    return rmf_fail(kind,
                    "device cpu: oneDNN answers %d to a convolution of %lld×%lldx%lld×%lld, kernel "
                    "%lld×%lld, stride %d, pad %d, to %lldx%lld×%lld channels; try device ref",
                    (int)status, (long long)a->n, (long long)a->h, (long long)a->w,
                    (long long)a->cin, (long long)a->kh, (long long)a->kw, a->stride, a->pad,
                    (long long)a->oh, (long long)a->ow, (long long)a->cout);
}

/* ---- making a primitive ------------------------------------------------------------------- */

/* oneDNN's view of a convolution. */
struct shapes {
    dnnl_memory_desc_t x, w, plain_w, bias, y;
    dnnl_dims_t strides, low, high; /* padding at top and left, at bottom and right */
};

/* A negative need means that the last inputs are not read; oneDNN rounds that away. */
static int64_t high_padding(int64_t in, int64_t out, int64_t kernel, const struct key *k)
{
    const int64_t need = (out - 1) * k->stride + kernel - in - k->pad;
    return need > 0 ? need : 0;
}

static dnnl_status_t describe(const struct key *k, struct shapes *s)
{
    const dnnl_dims_t x = {k->n, k->cin, k->h, k->w}, y = {k->n, k->cout, k->oh, k->ow};
    const dnnl_dims_t w = {k->cout, k->cin, k->kh, k->kw};
    const dnnl_dims_t bias = {k->direction == RMF_CONV_FORWARD ? k->cout : k->cin};
    s->strides[0] = s->strides[1] = k->stride;
    s->low[0] = s->low[1] = k->pad;
    s->high[0] = high_padding(k->h, k->oh, k->kh, k);
    s->high[1] = high_padding(k->w, k->ow, k->kw, k);
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->x, 4, x, dnnl_f32, dnnl_nhwc));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->y, 4, y, dnnl_f32, dnnl_nhwc));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->w, 4, w, dnnl_f32, dnnl_format_tag_any));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&s->plain_w, 4, w, dnnl_f32, dnnl_hwio));
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

static dnnl_status_t forward_desc(const struct key *k, const struct shapes *s, dnnl_engine_t engine,
                                  dnnl_primitive_desc_t *out)
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

static dnnl_status_t gradient_desc(const struct key *k, const struct shapes *s,
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
    TRY_DNNL(forward_desc(k, s, engine, &hint));
    dnnl_status_t status = attributes(0, &attr);
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(out, &desc, attr, engine, hint);
        dnnl_primitive_attr_destroy(attr);
    }
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static dnnl_status_t add_memory(struct entry *e, enum memory which, const dnnl_memory_desc_t *desc,
                                dnnl_engine_t engine)
{
    return dnnl_memory_create(&e->memory[which], desc, engine, DNNL_MEMORY_NONE);
}

static void need_pad(struct entry *e, const dnnl_memory_desc_t *pad)
{
    const size_t bytes = dnnl_memory_desc_get_size(pad);
    if (bytes > e->pad_bytes) e->pad_bytes = bytes;
}

/* hwio → the primitive's layout, or back for a weight gradient; none when they are the same. */
static dnnl_status_t make_reorder(struct entry *e, const struct shapes *s,
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

static dnnl_status_t fill_entry(struct entry *e, dnnl_engine_t engine, const struct shapes *s,
                                const_dnnl_primitive_desc_t desc)
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

static void clear_entry(struct entry *e)
{
    for (int i = 0; i < MEMORIES; i++)
        dnnl_memory_destroy(e->memory[i]);
    dnnl_primitive_destroy(e->convolution);
    dnnl_primitive_destroy(e->reorder);
    memset(e, 0, sizeof *e);
}

static dnnl_status_t make_entry(struct entry *e, const struct key *k, dnnl_engine_t engine)
{
    struct shapes s;
    dnnl_primitive_desc_t desc = NULL;
    TRY_DNNL(describe(k, &s));
    TRY_DNNL(k->direction == RMF_CONV_FORWARD ? forward_desc(k, &s, engine, &desc)
                                              : gradient_desc(k, &s, engine, &desc));
    e->key = *k;
    dnnl_status_t status = fill_entry(e, engine, &s, desc);
    dnnl_primitive_desc_destroy(desc);
    if (status != dnnl_success) clear_entry(e);
    e->used = status == dnnl_success;
    return status;
}

/* ---- the table --------------------------------------------------------------------------- */

static struct key key_of(const struct rmf_conv_call *call)
{
    const rmf_conv *a = call->args;
    struct key k;
    memset(&k, 0, sizeof k);
    k.n = a->n;
    k.h = a->h;
    k.w = a->w;
    k.cin = a->cin;
    k.oh = a->oh;
    k.ow = a->ow;
    k.cout = a->cout;
    k.kh = a->kh;
    k.kw = a->kw;
    k.direction = (int32_t)call->direction;
    k.stride = a->stride;
    k.pad = a->pad;
    k.has_bias = call->direction == RMF_CONV_FORWARD && call->bias != NULL;
    k.threads = omp_get_max_threads(); /* a primitive's work is divided when it is made */
    k.beta = call->direction == RMF_CONV_DATA || call->beta == 0 ? 0 : call->beta;
    return k;
}

/* FNV-1a */
static size_t bucket_of(const struct key *k)
{
    const unsigned char *byte = (const unsigned char *)k;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *k; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
    return (size_t)((hash >> 32) % BUCKETS);
}

static dnnl_status_t find_entry(rmf_cpu *cpu, const struct key *k, struct entry **out)
{
    struct rmf_dnnl *dnnl = cpu->dnnl;
    struct entry *bucket = dnnl->entries[bucket_of(k)], *oldest = &bucket[0];
    for (int i = 0; i < BUCKET_SIZE; i++) {
        if (bucket[i].used && memcmp(&bucket[i].key, k, sizeof *k) == 0) {
            *out = &bucket[i];
            (*out)->last_use = ++dnnl->clock;
            return dnnl_success;
        }
        if (bucket[i].last_use < oldest->last_use) oldest = &bucket[i]; /* unused: 0 */
    }
    clear_entry(oldest);
    cpu->primitives_made++;
    TRY_DNNL(make_entry(oldest, k, dnnl->engine));
    oldest->last_use = ++dnnl->clock;
    *out = oldest;
    return dnnl_success;
}

rmf_status rmf_dnnl_create(struct rmf_dnnl **out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(struct rmf_dnnl), &block));
    struct rmf_dnnl *dnnl = block;
    dnnl_status_t status = dnnl_engine_create(&dnnl->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&dnnl->stream, dnnl->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        rmf_dnnl_free(dnnl);
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "device cpu: oneDNN does not start on this processor (status %d); use "
                        "device ref",
                        (int)status);
    }
    *out = dnnl;
    return RMF_OK;
}

void rmf_dnnl_free(struct rmf_dnnl *dnnl)
{
    if (!dnnl) return;
    for (int b = 0; b < BUCKETS; b++)
        for (int i = 0; i < BUCKET_SIZE; i++)
            clear_entry(&dnnl->entries[b][i]);
    dnnl_stream_destroy(dnnl->stream);
    dnnl_engine_destroy(dnnl->engine);
    rmf_free(dnnl);
}

/* ---- running ----------------------------------------------------------------------------- */

/* oneDNN's handles are not const; inputs are only read. */
static dnnl_status_t point(const struct entry *e, enum memory which, const void *data)
{
    return dnnl_memory_set_data_handle(e->memory[which], (void *)data);
}

static dnnl_status_t run_reorder(struct rmf_dnnl *dnnl, const struct entry *e)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, e->memory[back ? WEIGHTS : PLAIN_WEIGHTS]},
        {DNNL_ARG_TO, e->memory[back ? PLAIN_WEIGHTS : WEIGHTS]},
        {DNNL_ARG_SCRATCHPAD, e->memory[REORDER_PAD]},
    };
    return dnnl_primitive_execute(e->reorder, dnnl->stream, 3, args);
}

static dnnl_status_t run_convolution(struct rmf_dnnl *dnnl, const struct entry *e)
{
    static const int names[3][3] = {
        [RMF_CONV_FORWARD] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [RMF_CONV_DATA] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
        [RMF_CONV_WEIGHTS] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
    };
    const int *name = names[e->key.direction];
    const enum memory weights =
        e->reorder || e->key.direction == RMF_CONV_WEIGHTS ? WEIGHTS : PLAIN_WEIGHTS;
    const dnnl_exec_arg_t args[] = {
        {name[0], e->memory[INPUT]},      {name[1], e->memory[weights]},
        {name[2], e->memory[RESULT]},     {DNNL_ARG_SCRATCHPAD, e->memory[PAD]},
        {DNNL_ARG_BIAS, e->memory[BIAS]},
    };
    return dnnl_primitive_execute(e->convolution, dnnl->stream, e->key.has_bias ? 5 : 4, args);
}

/* `result`: y, dx, or for weights dy; `weights`: plain, in or out. */
static dnnl_status_t run(struct rmf_dnnl *dnnl, const struct entry *e, const float *result,
                         const struct rmf_conv_call *call)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    TRY_DNNL(point(e, INPUT, call->a));
    TRY_DNNL(point(e, RESULT, back ? call->b : result));
    TRY_DNNL(point(e, PLAIN_WEIGHTS, back ? result : call->b));
    if (e->key.has_bias) TRY_DNNL(point(e, BIAS, call->bias));
    if (e->reorder && !back) TRY_DNNL(run_reorder(dnnl, e));
    TRY_DNNL(run_convolution(dnnl, e));
    if (back) TRY_DNNL(run_reorder(dnnl, e));
    return dnnl_stream_wait(dnnl->stream);
}

static rmf_status give_scratch(rmf_cpu *cpu, const struct entry *e, dnnl_status_t *status)
{
    void *pad = NULL, *weights = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_PRIVATE, e->pad_bytes, &pad));
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_WEIGHTS, e->weight_bytes, &weights));
    *status = point(e, PAD, pad);
    if (*status == dnnl_success && e->reorder) *status = point(e, REORDER_PAD, pad);
    if (*status == dnnl_success) *status = point(e, WEIGHTS, weights);
    return RMF_OK;
}

rmf_status rmf_dnnl_conv(rmf_cpu *cpu, const struct rmf_conv_call *call)
{
    const struct key k = key_of(call);
    const bool data = call->direction == RMF_CONV_DATA, aside = data && call->beta != 0;
    const int64_t pixels = k.n * k.h * k.w;
    struct entry *e = NULL;
    void *result = call->to;
    dnnl_status_t status = find_entry(cpu, &k, &e);
    RMF_TRY(report(status, call));
    RMF_TRY(give_scratch(cpu, e, &status));
    RMF_TRY(report(status, call));
    if (aside) /* backward data cannot add to its result */
        RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_PARTIAL, (size_t)(pixels * k.cin) * sizeof(float),
                                &result));
    sigset_t before;
    rmf_signals_hold(&before); /* some convolutions are matrix products inside */
    status = run(cpu->dnnl, e, result, call);
    rmf_signals_release(&before);
    RMF_TRY(report(status, call));
    if (aside) RMF_TRY(rmf_cpu_axpby(&cpu->base, 1, result, call->beta, call->to, pixels * k.cin));
    if (data && call->bias) rmf_add_row(call->to, pixels, k.cin, k.cin, call->bias);
    return RMF_OK;
}
