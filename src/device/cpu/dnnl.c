/* device/cpu/dnnl.c – convolution primitives of oneDNN.
 *
 * A primitive is made once for (direction, shape, bias, beta, thread count) and kept in a table of
 * fixed size; when a bucket is full, its least recently used entry goes.  Activations are nhwc.
 * Weights arrive as hwio and change every training step, so each call reorders them to the layout
 * that the primitive prefers (and weight gradients back).  Working memory is the device's scratch,
 * handed in a call: a primitive holds none, and a known one is run without any allocation.
 *
 * Where the number of rows changes from call to call, they are taken 8, 4, 2 and 1 at a time, and
 * the primitives of all four are made when the first is.  One row runs as fast as many (Zen 4, one
 * thread: 110 GFLOP/s with 1 and with 8 rows, f32; 207 with both, bf16), and 8 leave the cache
 * less. */
#include "device/cpu/dnnl.h"

#include "device/check.h"
#include "device/cpu/bf16.h"
#include "device/cpu/dnnl_entry.h"
#include "device/cpu/kernel.h"
#include "device/cpu/signals.h"
#include "device/cpu/sums.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <string.h>

enum { BUCKETS = 128, BUCKET_SIZE = 8, MOST_ROWS = 8 };

struct rmf_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    uint64_t clock;
    struct rmf_dnnl_entry entries[BUCKETS][BUCKET_SIZE];
};

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

/* ---- the table --------------------------------------------------------------------------- */

static struct rmf_dnnl_key key_of(const struct rmf_conv_call *call, bool bf16)
{
    const rmf_conv *a = call->args;
    struct rmf_dnnl_key k;
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
    k.w_width = rmf_conv_width(a);
    k.direction = (int32_t)call->direction;
    k.stride = a->stride;
    k.pad = a->pad;
    k.has_bias = call->direction == RMF_CONV_FORWARD && call->bias != NULL;
    k.threads = omp_get_max_threads(); /* a primitive's work is divided when it is made */
    k.bf16 = bf16;
    k.beta = call->direction == RMF_CONV_DATA || call->beta == 0 ? 0 : call->beta;
    return k;
}

/* FNV-1a */
static size_t bucket_of(const struct rmf_dnnl_key *k)
{
    const unsigned char *byte = (const unsigned char *)k;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *k; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
    return (size_t)((hash >> 32) % BUCKETS);
}

static struct rmf_dnnl_entry *look_up(struct rmf_dnnl *dnnl, const struct rmf_dnnl_key *k,
                                      struct rmf_dnnl_entry **oldest)
{
    struct rmf_dnnl_entry *bucket = dnnl->entries[bucket_of(k)];
    *oldest = &bucket[0];
    for (int i = 0; i < BUCKET_SIZE; i++) {
        if (bucket[i].used && memcmp(&bucket[i].key, k, sizeof *k) == 0) {
            bucket[i].last_use = ++dnnl->clock;
            return &bucket[i];
        }
        if (bucket[i].last_use < (*oldest)->last_use) *oldest = &bucket[i]; /* unused: 0 */
    }
    return NULL;
}

static dnnl_status_t find_entry(rmf_cpu *cpu, const struct rmf_dnnl_key *k,
                                struct rmf_dnnl_entry **out)
{
    struct rmf_dnnl_entry *oldest;
    *out = look_up(cpu->dnnl, k, &oldest);
    if (*out) return dnnl_success;
    rmf_dnnl_entry_clear(oldest);
    cpu->primitives_made++;
    TRY_DNNL(rmf_dnnl_entry_make(k, cpu->dnnl->engine, oldest));
    oldest->last_use = ++cpu->dnnl->clock;
    *out = oldest;
    return dnnl_success;
}

/* All numbers of rows, and for weights, whose second piece is added to the first, both betas. */
static dnnl_status_t make_pieces(rmf_cpu *cpu, struct rmf_dnnl_key k)
{
    struct rmf_dnnl_entry *made;
    const bool adds = k.direction == RMF_CONV_WEIGHTS && k.beta == 0;
    for (k.n = MOST_ROWS; k.n >= 1; k.n /= 2) {
        TRY_DNNL(find_entry(cpu, &k, &made));
        if (!adds) continue;
        k.beta = 1;
        TRY_DNNL(find_entry(cpu, &k, &made));
        k.beta = 0;
    }
    return dnnl_success;
}

static dnnl_status_t prepare(rmf_cpu *cpu, const struct rmf_conv_call *call,
                             const struct rmf_dnnl_key *k, struct rmf_dnnl_entry **out)
{
    struct rmf_dnnl_entry *oldest;
    if (call->args->rows_vary && !look_up(cpu->dnnl, k, &oldest)) TRY_DNNL(make_pieces(cpu, *k));
    return find_entry(cpu, k, out);
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
            rmf_dnnl_entry_clear(&dnnl->entries[b][i]);
    dnnl_stream_destroy(dnnl->stream);
    dnnl_engine_destroy(dnnl->engine);
    rmf_free(dnnl);
}

/* ---- running ----------------------------------------------------------------------------- */

/* Where the operands and the result of one piece are. */
struct buffers {
    const void *input, *output_gradient; /* the latter of a weight gradient */
    void *result;
    bool weights_ready; /* in scratch, from the piece before */
};

/* oneDNN's handles are not const; inputs are only read. */
static dnnl_status_t point(const struct rmf_dnnl_entry *e, enum rmf_dnnl_memory which,
                           const void *data)
{
    return dnnl_memory_set_data_handle(e->memory[which], (void *)data);
}

static dnnl_status_t run_reorder(struct rmf_dnnl *dnnl, const struct rmf_dnnl_entry *e)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, e->memory[back ? WEIGHTS : PLAIN_WEIGHTS]},
        {DNNL_ARG_TO, e->memory[back ? PLAIN_WEIGHTS : WEIGHTS]},
        {DNNL_ARG_SCRATCHPAD, e->memory[REORDER_PAD]},
    };
    return dnnl_primitive_execute(e->reorder, dnnl->stream, 3, args);
}

static dnnl_status_t run_convolution(struct rmf_dnnl *dnnl, const struct rmf_dnnl_entry *e)
{
    static const int names[3][3] = {
        [RMF_CONV_FORWARD] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        [RMF_CONV_DATA] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
        [RMF_CONV_WEIGHTS] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
    };
    const int *name = names[e->key.direction];
    const enum rmf_dnnl_memory weights =
        e->reorder || e->key.direction == RMF_CONV_WEIGHTS ? WEIGHTS : PLAIN_WEIGHTS;
    const dnnl_exec_arg_t args[] = {
        {name[0], e->memory[INPUT]},      {name[1], e->memory[weights]},
        {name[2], e->memory[RESULT]},     {DNNL_ARG_SCRATCHPAD, e->memory[PAD]},
        {DNNL_ARG_BIAS, e->memory[BIAS]},
    };
    return dnnl_primitive_execute(e->convolution, dnnl->stream, e->key.has_bias ? 5 : 4, args);
}

static dnnl_status_t run(struct rmf_dnnl *dnnl, const struct rmf_dnnl_entry *e,
                         const struct rmf_conv_call *call, const struct buffers *at)
{
    const bool back = e->key.direction == RMF_CONV_WEIGHTS;
    TRY_DNNL(point(e, INPUT, at->input));
    TRY_DNNL(point(e, RESULT, back ? at->output_gradient : at->result));
    TRY_DNNL(point(e, PLAIN_WEIGHTS, back ? at->result : call->b));
    if (e->key.has_bias) TRY_DNNL(point(e, BIAS, call->bias));
    if (e->reorder && !back && !at->weights_ready) TRY_DNNL(run_reorder(dnnl, e));
    TRY_DNNL(run_convolution(dnnl, e));
    if (back) TRY_DNNL(run_reorder(dnnl, e));
    return dnnl_stream_wait(dnnl->stream);
}

static rmf_status give_scratch(rmf_cpu *cpu, const struct rmf_dnnl_entry *e, dnnl_status_t *status)
{
    void *pad = NULL, *weights = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_PRIVATE, e->pad_bytes, &pad));
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_WEIGHTS, e->weight_bytes, &weights));
    *status = point(e, PAD, pad);
    if (*status == dnnl_success && e->reorder) *status = point(e, REORDER_PAD, pad);
    if (*status == dnnl_success) *status = point(e, WEIGHTS, weights);
    return RMF_OK;
}

/* Whether the weights that the last piece reordered are those that `e` wants. */
static bool has_weights_of(const struct rmf_dnnl_entry *e, const struct rmf_dnnl_entry *before)
{
    const dnnl_memory_desc_t *a = NULL, *b = NULL;
    void *x = NULL, *y = NULL;
    return before && e->key.direction != RMF_CONV_WEIGHTS && before->used &&
           dnnl_memory_get_memory_desc(e->memory[WEIGHTS], &a) == dnnl_success &&
           dnnl_memory_get_memory_desc(before->memory[WEIGHTS], &b) == dnnl_success &&
           dnnl_memory_get_data_handle(e->memory[WEIGHTS], &x) == dnnl_success &&
           dnnl_memory_get_data_handle(before->memory[WEIGHTS], &y) == dnnl_success && x == y &&
           dnnl_memory_desc_equal(a, b);
}

/* Rounded copies of what the primitive reads in bf16; the room is for the largest piece. */
static rmf_status round_operands(rmf_cpu *cpu, const struct rmf_conv_call *call, struct buffers *at)
{
    const rmf_conv *a = call->args;
    const int64_t rows = a->rows_vary ? MOST_ROWS : a->n;
    const int64_t x = a->h * a->w * a->cin, y = a->oh * a->ow * a->cout;
    const bool data = call->direction == RMF_CONV_DATA, back = call->direction == RMF_CONV_WEIGHTS;
    const int64_t first = data ? y : x, second = back ? y : 0;
    void *block = NULL;
    RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_ROUNDED,
                            (size_t)(rows * (first + second)) * sizeof(uint16_t), &block));
    uint16_t *to = block;
    rmf_to_bf16(call->a, to, a->n * first);
    at->input = to;
    if (!back) return RMF_OK;
    rmf_to_bf16(call->b, to + rows * first, a->n * second);
    at->output_gradient = to + rows * first;
    return RMF_OK;
}

/* `before`: of the piece before, or NULL; becomes this one's. */
static rmf_status run_piece(rmf_cpu *cpu, const struct rmf_conv_call *call, bool bf16,
                            const struct rmf_dnnl_entry **before)
{
    const struct rmf_dnnl_key k = key_of(call, bf16);
    const bool data = call->direction == RMF_CONV_DATA, aside = data && call->beta != 0;
    const int64_t pixels = k.n * k.h * k.w;
    struct rmf_dnnl_entry *e = NULL;
    struct buffers at = {.input = call->a, .output_gradient = call->b, .result = call->to};
    dnnl_status_t status = prepare(cpu, call, &k, &e);
    RMF_TRY(report(status, call));
    RMF_TRY(give_scratch(cpu, e, &status));
    RMF_TRY(report(status, call));
    if (aside) /* backward data cannot add to its result */
        RMF_TRY(rmf_cpu_scratch(cpu, RMF_SCRATCH_PARTIAL, (size_t)(pixels * k.cin) * sizeof(float),
                                &at.result));
    if (bf16) RMF_TRY(round_operands(cpu, call, &at));
    at.weights_ready = has_weights_of(e, *before);
    *before = e;
    sigset_t mask;
    rmf_signals_hold(&mask); /* some convolutions are matrix products inside */
    status = run(cpu->dnnl, e, call, &at);
    rmf_signals_release(&mask);
    RMF_TRY(report(status, call));
    if (aside)
        RMF_TRY(rmf_cpu_axpby(&cpu->base, 1, at.result, call->beta, call->to, pixels * k.cin));
    if (data && call->bias) rmf_add_row(call->to, pixels, k.cin, k.cin, call->bias);
    return RMF_OK;
}

rmf_status rmf_dnnl_conv(rmf_cpu *cpu, const struct rmf_conv_call *call, bool bf16)
{
    const struct rmf_dnnl_entry *before = NULL;
    if (!call->args->rows_vary) return run_piece(cpu, call, bf16, &before);
    rmf_conv args = *call->args;
    struct rmf_conv_call part = *call;
    const int64_t x = args.h * args.w * args.cin, y = args.oh * args.ow * args.cout;
    const bool back = call->direction == RMF_CONV_WEIGHTS, data = call->direction == RMF_CONV_DATA;
    part.args = &args;
    for (int64_t left = call->args->n; left > 0; left -= args.n) {
        for (args.n = MOST_ROWS; args.n > left;)
            args.n /= 2;
        RMF_TRY(run_piece(cpu, &part, bf16, &before));
        part.a += args.n * (data ? y : x);
        if (back) {
            part.b += args.n * y;
            part.beta = 1;
        } else {
            part.to += args.n * (data ? x : y);
        }
    }
    return RMF_OK;
}

/* ---- the processor ------------------------------------------------------------------------ */

static bool has(dnnl_cpu_isa_t wanted)
{
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
    return (isa & (unsigned)wanted) == (unsigned)wanted;
}

bool rmf_dnnl_is_wide(void)
{
    return has(dnnl_cpu_isa_avx512_core);
}

bool rmf_dnnl_has_bf16(void)
{
    return has(dnnl_cpu_isa_avx512_core_bf16);
}
