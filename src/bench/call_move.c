/* bench/call_move.c – what moves values about, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

/* ---- copy_columns: rows, repeat, from_width, from_off, to_width, to_off, count; real: beta ----
 */

static rmf_status note_copy(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                            int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                            int64_t to_off, int64_t count, float beta)
{
    (void)from, (void)to;
    const rmf_call_args args = {
        .size = {rows, repeat, from_width, from_off, to_width, to_off, count}, .real = {beta}};
    return rmf_call_note(dev, &rmf_slot_copy_columns, &args, NULL, 0);
}

/* from, to */
static int copy_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size;
    t[0].count = (s[0] + s[1] - 1) / s[1] * s[2];
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, s[0] * s[4], 0};
    return 2;
}

static rmf_status run_copy(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    return dev->ops->copy_columns(dev, s[0], s[1], t[0], s[2], s[3], t[1], s[4], s[5], s[6],
                                  call->args.real[0]);
}

static void describe_copy(const rmf_call *call, char *text, size_t size)
{
    const int64_t *s = call->args.size;
    snprintf(text, size, "%lld rows, %lld of %lld at %lld to %lld at %lld, repeat %lld%s", (ll)s[0],
             (ll)s[6], (ll)s[2], (ll)s[3], (ll)s[4], (ll)s[5], (ll)s[1], rmf_call_adds(call));
}

const rmf_slot rmf_slot_copy_columns = {"copy_columns", 0,    copy_tensors,
                                        run_copy,       NULL, describe_copy};

/* ---- upsample: n, h, w, c; real: beta ---- */

static rmf_status note_upsample(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                const float *x, float *y)
{
    (void)x, (void)y;
    return rmf_call_note(dev, &rmf_slot_upsample, &(rmf_call_args){.size = {n, h, w, c}}, NULL, 0);
}

static rmf_status note_upsample_grad(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                     const float *dy, float *dx, float beta)
{
    (void)dy, (void)dx;
    return rmf_call_note(dev, &rmf_slot_upsample_grad,
                         &(rmf_call_args){.size = {n, h, w, c}, .real = {beta}}, NULL, 0);
}

static int64_t small_image(const rmf_call *call)
{
    const int64_t *s = call->args.size;
    return s[0] * s[1] * s[2] * s[3];
}

/* x, y */
static int upsample_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = small_image(call);
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, 4 * small_image(call), 0};
    return 2;
}

/* dy, dx */
static int upsample_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = 4 * small_image(call);
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, small_image(call), 0};
    return 2;
}

static rmf_status run_upsample(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    return dev->ops->upsample(dev, s[0], s[1], s[2], s[3], t[0], t[1]);
}

static rmf_status run_upsample_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    return dev->ops->upsample_grad(dev, s[0], s[1], s[2], s[3], t[0], t[1], call->args.real[0]);
}

static void describe_image(const rmf_call *call, char *text, size_t size)
{
    const int64_t *s = call->args.size;
    snprintf(text, size, "%lldx%lldx%lldx%lld%s", (ll)s[0], (ll)s[1], (ll)s[2], (ll)s[3],
             rmf_call_adds(call));
}

const rmf_slot rmf_slot_upsample = {"upsample",   0,    upsample_tensors,
                                    run_upsample, NULL, describe_image};
const rmf_slot rmf_slot_upsample_grad = {"upsample_grad",   0,    upsample_grad_tensors,
                                         run_upsample_grad, NULL, describe_image};

/* ---- gather: rows, c, rows of the table, which a call does not say: its indices do ---- */

static int64_t table_rows(const int32_t *index, int64_t rows)
{
    int64_t most = 0;
    for (int64_t r = 0; r < rows; r++)
        if (index[r] + 1 > most) most = index[r] + 1;
    return most;
}

static rmf_status note_gather(rmf_device *dev, int64_t rows, int64_t c, const float *table,
                              const int32_t *index, float *y)
{
    (void)table, (void)y;
    const rmf_call_args args = {.size = {rows, c, table_rows(index, rows)}};
    return rmf_call_note(dev, &rmf_slot_gather, &args, NULL, 0);
}

static rmf_status note_gather_grad(rmf_device *dev, int64_t rows, int64_t c, const float *dy,
                                   const int32_t *index, float *dtable)
{
    (void)dy, (void)dtable;
    const rmf_call_args args = {.size = {rows, c, table_rows(index, rows)}};
    return rmf_call_note(dev, &rmf_slot_gather_grad, &args, NULL, 0);
}

/* table, index, y */
static int gather_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size;
    t[0].count = s[2] * s[1];
    t[1] = (rmf_tensor){RMF_TENSOR_INDEX, s[0], s[2]};
    t[2] = (rmf_tensor){RMF_TENSOR_OUT, s[0] * s[1], 0};
    return 3;
}

/* dy, index, dtable */
static int gather_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size;
    t[0].count = s[0] * s[1];
    t[1] = (rmf_tensor){RMF_TENSOR_INDEX, s[0], s[2]};
    t[2] = (rmf_tensor){RMF_TENSOR_OUT, s[2] * s[1], 0};
    return 3;
}

static rmf_status run_gather(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->gather(dev, call->args.size[0], call->args.size[1], t[0],
                            (const int32_t *)t[1], t[2]);
}

static rmf_status run_gather_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->gather_grad(dev, call->args.size[0], call->args.size[1], t[0],
                                 (const int32_t *)t[1], t[2]);
}

static void describe_gather(const rmf_call *call, char *text, size_t size)
{
    const int64_t *s = call->args.size;
    snprintf(text, size, "%lldx%lld of %lld rows", (ll)s[0], (ll)s[1], (ll)s[2]);
}

const rmf_slot rmf_slot_gather = {"gather", 0, gather_tensors, run_gather, NULL, describe_gather};
const rmf_slot rmf_slot_gather_grad = {"gather_grad",   0,    gather_grad_tensors,
                                       run_gather_grad, NULL, describe_gather};

void rmf_call_hook_moves(rmf_device_ops *ops)
{
    ops->copy_columns = note_copy;
    ops->upsample = note_upsample;
    ops->upsample_grad = note_upsample_grad;
    ops->gather = note_gather;
    ops->gather_grad = note_gather_grad;
}
