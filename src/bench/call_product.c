/* bench/call_product.c – matrix products and convolutions, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

/* ---- matrix products: a list of one or many ---- */

/* An rmf_matmul without pointers and without padding. */
typedef struct product {
    int64_t m, n, k, batch, stride_a, stride_b, stride_c, transpose_a, transpose_b, has_bias;
    float scale, beta;
} product;

static rmf_status note_products(rmf_device *dev, const rmf_slot *slot, const rmf_matmul *p,
                                int64_t count)
{
    product *list = NULL;
    RMF_TRY(rmf_alloc((size_t)count, sizeof *list, (void **)&list));
    for (int64_t i = 0; i < count; i++)
        list[i] = (product){
            p[i].m,        p[i].n,        p[i].k,           p[i].batch,       p[i].stride_a,
            p[i].stride_b, p[i].stride_c, p[i].transpose_a, p[i].transpose_b, p[i].bias != NULL,
            p[i].scale,    p[i].beta};
    const rmf_status s = rmf_call_note(dev, slot, &(rmf_call_args){0}, list, count);
    rmf_free(list);
    return s;
}

static rmf_status note_matmul(rmf_device *dev, const rmf_matmul *args)
{
    return note_products(dev, &rmf_slot_matmul, args, 1);
}

static rmf_status note_group(rmf_device *dev, const rmf_matmul *products, int64_t count)
{
    return note_products(dev, &rmf_slot_matmul_group, products, count);
}

/* Elements from the first matrix of a batch to the end of the last. */
static int64_t extent(int64_t batch, int64_t stride, int64_t size)
{
    return batch > 0 ? (batch - 1) * stride + size : 0;
}

/* Each product has a piece of its own of the tensors a, b, bias and c. */
static void extents(const product *p, int64_t count[4])
{
    count[0] = extent(p->batch, p->stride_a, p->m * p->k);
    count[1] = extent(p->batch, p->stride_b, p->k * p->n);
    count[2] = p->has_bias ? p->n : 0;
    count[3] = extent(p->batch, p->stride_c, p->m * p->n);
}

static int product_tensors(const rmf_call *call, rmf_tensor *t)
{
    for (int64_t i = 0; i < call->list_count; i++) {
        int64_t count[4];
        extents((const product *)call->list + i, count);
        for (int k = 0; k < 4; k++)
            t[k].count += count[k];
    }
    t[3].kind = RMF_TENSOR_OUT;
    return 4;
}

static rmf_status run_products(rmf_device *dev, const rmf_call *call, float *const *t)
{
    rmf_matmul *products = NULL;
    int64_t at[4] = {0};
    RMF_TRY(rmf_alloc((size_t)call->list_count, sizeof *products, (void **)&products));
    for (int64_t i = 0; i < call->list_count; i++) {
        const product *p = (const product *)call->list + i;
        int64_t count[4];
        extents(p, count);
        products[i] = (rmf_matmul){.m = p->m,
                                   .n = p->n,
                                   .k = p->k,
                                   .batch = p->batch,
                                   .transpose_a = p->transpose_a != 0,
                                   .transpose_b = p->transpose_b != 0,
                                   .scale = p->scale,
                                   .beta = p->beta,
                                   .stride_a = p->stride_a,
                                   .stride_b = p->stride_b,
                                   .stride_c = p->stride_c,
                                   .type = RMF_F32,
                                   .a = t[0] + at[0],
                                   .b = t[1] + at[1],
                                   .bias = p->has_bias ? t[2] + at[2] : NULL,
                                   .c = t[3] + at[3]};
        for (int k = 0; k < 4; k++)
            at[k] += count[k];
    }
    const rmf_status s = call->slot == &rmf_slot_matmul
                             ? dev->ops->matmul(dev, products)
                             : dev->ops->matmul_group(dev, products, call->list_count);
    rmf_free(products);
    return s;
}

static double product_flop(const rmf_call *call)
{
    double flop = 0;
    for (int64_t i = 0; i < call->list_count; i++) {
        const product *p = (const product *)call->list + i;
        flop += 2.0 * (double)(p->batch * p->m) * (double)(p->n * p->k);
    }
    return flop;
}

static void describe_products(const rmf_call *call, char *text, size_t size)
{
    const product *p = call->list;
    int used = 0;
    if (call->slot == &rmf_slot_matmul_group)
        used = snprintf(text, size, "%lld products, first ", (ll)call->list_count);
    if (call->list_count == 0) return;
    snprintf(text + used, size - (size_t)used, "%lldx%lldx%lld%s%s batch %lld beta %g", (ll)p->m,
             (ll)p->n, (ll)p->k, p->transpose_a ? " At" : "", p->transpose_b ? " Bt" : "",
             (ll)p->batch, (double)p->beta);
}

const rmf_slot rmf_slot_matmul = {"matmul",     sizeof(product), product_tensors,
                                  run_products, product_flop,    describe_products};
const rmf_slot rmf_slot_matmul_group = {"matmul_group", sizeof(product), product_tensors,
                                        run_products,   product_flop,    describe_products};

/* ---- convolutions: sizes as in rmf_conv, stride, pad, rows_vary ---- */

rmf_conv rmf_call_conv(const rmf_call *call)
{
    const int64_t *s = call->args.size;
    return (rmf_conv){.n = s[0],
                      .h = s[1],
                      .w = s[2],
                      .cin = s[3],
                      .oh = s[4],
                      .ow = s[5],
                      .cout = s[6],
                      .kh = s[7],
                      .kw = s[8],
                      .stride = (int)s[9],
                      .pad = (int)s[10],
                      .rows_vary = s[11] != 0,
                      .type = RMF_F32};
}

static rmf_status note_conv(rmf_device *dev, const rmf_slot *slot, const rmf_conv *a,
                            const float *bias, float beta)
{
    return rmf_call_note(dev, slot,
                         &(rmf_call_args){.size = {a->n, a->h, a->w, a->cin, a->oh, a->ow, a->cout,
                                                   a->kh, a->kw, a->stride, a->pad, a->rows_vary},
                                          .given = bias != NULL,
                                          .real = {beta}},
                         NULL, 0);
}

static rmf_status note_conv_forward(rmf_device *dev, const rmf_conv *args, const float *x,
                                    const float *w, const float *bias, float *y, float beta)
{
    (void)x, (void)w, (void)y;
    return note_conv(dev, &rmf_slot_conv_forward, args, bias, beta);
}

static rmf_status note_conv_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                 const float *w, const float *bias, float *dx, float beta)
{
    (void)dy, (void)w, (void)dx;
    return note_conv(dev, &rmf_slot_conv_backward_data, args, bias, beta);
}

static rmf_status note_conv_weights(rmf_device *dev, const rmf_conv *args, const float *x,
                                    const float *dy, float *dw, float beta)
{
    (void)x, (void)dy, (void)dw;
    return note_conv(dev, &rmf_slot_conv_backward_weights, args, NULL, beta);
}

/* Elements of the wide tensor, of the weights, and of the narrow tensor. */
static void conv_counts(const rmf_call *call, int64_t *wide, int64_t *weights, int64_t *narrow)
{
    const rmf_conv a = rmf_call_conv(call);
    *wide = a.n * a.h * a.w * a.cin;
    *weights = a.kh * a.kw * a.cin * a.cout;
    *narrow = a.n * a.oh * a.ow * a.cout;
}

/* x, w, bias, y */
static int forward_tensors(const rmf_call *call, rmf_tensor *t)
{
    conv_counts(call, &t[0].count, &t[1].count, &t[3].count);
    t[2].count = call->args.given ? call->args.size[6] : 0;
    t[3].kind = RMF_TENSOR_OUT;
    return 4;
}

/* dy, w, bias, dx */
static int data_tensors(const rmf_call *call, rmf_tensor *t)
{
    conv_counts(call, &t[3].count, &t[1].count, &t[0].count);
    t[2].count = call->args.given ? call->args.size[3] : 0;
    t[3].kind = RMF_TENSOR_OUT;
    return 4;
}

/* x, dy, (none), dw */
static int weights_tensors(const rmf_call *call, rmf_tensor *t)
{
    conv_counts(call, &t[0].count, &t[3].count, &t[1].count);
    t[3].kind = RMF_TENSOR_OUT;
    return 4;
}

static rmf_status run_forward(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const rmf_conv a = rmf_call_conv(call);
    return dev->ops->conv_forward(dev, &a, t[0], t[1], t[2], t[3], call->args.real[0]);
}

static rmf_status run_data(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const rmf_conv a = rmf_call_conv(call);
    return dev->ops->conv_backward_data(dev, &a, t[0], t[1], t[2], t[3], call->args.real[0]);
}

static rmf_status run_weights(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const rmf_conv a = rmf_call_conv(call);
    return dev->ops->conv_backward_weights(dev, &a, t[0], t[1], t[3], call->args.real[0]);
}

/* Padding is counted as if it were multiplied. */
static double conv_flop(const rmf_call *call)
{
    const rmf_conv a = rmf_call_conv(call);
    return 2.0 * (double)(a.n * a.oh * a.ow * a.cout) * (double)(a.kh * a.kw * a.cin);
}

static void describe_conv(const rmf_call *call, char *text, size_t size)
{
    const rmf_conv a = rmf_call_conv(call);
    snprintf(text, size, "%lldx%lldx%lldx%lld to %lldx%lldx%lld k%lldx%lld s%d p%d%s%s", (ll)a.n,
             (ll)a.h, (ll)a.w, (ll)a.cin, (ll)a.oh, (ll)a.ow, (ll)a.cout, (ll)a.kh, (ll)a.kw,
             a.stride, a.pad, a.rows_vary ? " bank" : "", rmf_call_adds(call));
}

const rmf_slot rmf_slot_conv_forward = {"conv_forward", 0,         forward_tensors,
                                        run_forward,    conv_flop, describe_conv};
const rmf_slot rmf_slot_conv_backward_data = {
    "conv_backward_data", 0, data_tensors, run_data, conv_flop, describe_conv};
const rmf_slot rmf_slot_conv_backward_weights = {
    "conv_backward_weights", 0, weights_tensors, run_weights, conv_flop, describe_conv};

void rmf_call_hook_products(rmf_device_ops *ops)
{
    ops->matmul = note_matmul;
    ops->matmul_group = note_group;
    ops->conv_forward = note_conv_forward;
    ops->conv_backward_data = note_conv_data;
    ops->conv_backward_weights = note_conv_weights;
}
