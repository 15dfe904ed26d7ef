/* bench/call_optimiser.c – Adam and the norm of a gradient, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

/* ---- adam: a list of spans; given: an average; real: the rate, β1, β2, ε, decay, and the
 * gradient's scale ---- */

static rmf_status note_adam(rmf_device *dev, const rmf_adam *a, const rmf_adam_span *spans,
                            int64_t count)
{
    const rmf_call_args args = {.given = a->ema != NULL,
                                .real = {a->learning_rate, a->beta1, a->beta2, a->epsilon,
                                         a->weight_decay, a->gradient_scale}};
    return rmf_call_note(dev, &rmf_slot_adam, &args, spans, count);
}

/* w, m, v, ema, g: all as long as the spans reach */
static int adam_tensors(const rmf_call *call, rmf_tensor *t)
{
    int64_t end = 0;
    for (int64_t i = 0; i < call->list_count; i++) {
        const rmf_adam_span *span = (const rmf_adam_span *)call->list + i;
        if (span->offset + span->count > end) end = span->offset + span->count;
    }
    for (int k = 0; k < 5; k++) {
        t[k].count = k == 3 && !call->args.given ? 0 : end;
        t[k].kind = k < 4 ? RMF_TENSOR_OUT : 0;
    }
    t[2].kind |= RMF_TENSOR_POSITIVE; /* squares */
    return 5;
}

static rmf_status run_adam(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const float *real = call->args.real;
    const rmf_adam adam = {.learning_rate = real[0],
                           .beta1 = real[1],
                           .beta2 = real[2],
                           .epsilon = real[3],
                           .weight_decay = real[4],
                           .gradient_scale = real[5],
                           .w = t[0],
                           .m = t[1],
                           .v = t[2],
                           .ema = t[3],
                           .g = t[4]};
    return dev->ops->adam(dev, &adam, call->list, call->list_count);
}

static void describe_adam(const rmf_call *call, char *text, size_t size)
{
    int64_t elements = 0;
    for (int64_t i = 0; i < call->list_count; i++)
        elements += ((const rmf_adam_span *)call->list)[i].count;
    snprintf(text, size, "%lld spans, %lld elements", (ll)call->list_count, (ll)elements);
}

const rmf_slot rmf_slot_adam = {"adam", sizeof(rmf_adam_span), adam_tensors, run_adam,
                                NULL,   describe_adam};

/* ---- sum_squares: count ---- */

static rmf_status note_sum_squares(rmf_device *dev, const float *x, int64_t count, double *out)
{
    (void)x;
    *out = 1; /* a gradient that the optimiser believes in */
    return rmf_call_note(dev, &rmf_slot_sum_squares, &(rmf_call_args){.size = {count}}, NULL, 0);
}

/* x, and the sum as one float */
static int sum_squares_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = call->args.size[0];
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, 1, 0};
    return 2;
}

static rmf_status run_sum_squares(rmf_device *dev, const rmf_call *call, float *const *t)
{
    double sum = 0;
    RMF_TRY(dev->ops->sum_squares(dev, t[0], call->args.size[0], &sum));
    const float rounded = (float)sum;
    return dev->ops->upload(dev, t[1], &rounded, sizeof rounded);
}

static void describe_sum_squares(const rmf_call *call, char *text, size_t size)
{
    snprintf(text, size, "%lld", (ll)call->args.size[0]);
}

const rmf_slot rmf_slot_sum_squares = {"sum_squares",   0,    sum_squares_tensors,
                                       run_sum_squares, NULL, describe_sum_squares};

void rmf_call_hook_optimiser(rmf_device_ops *ops)
{
    ops->adam = note_adam;
    ops->sum_squares = note_sum_squares;
}
