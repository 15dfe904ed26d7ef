/* nn/ema.c – exponential moving average of the weights, brought up to date lazily.
 *
 * Differences are formed first, ema ← w + f·(ema − w): where nothing ever moved, ema and w are the
 * same bytes and stay so. */
#include "nn/optimizer.h"

#include <math.h>

double rmf_ema_log_decay(const rmf_optimizer_options *options, double steps)
{
    double decay = options->ema;
    if (decay == 0) return 0; /* no average: the clock stands still */
    if (options->ema_warmup > 0) decay = fmin(decay, (1 + steps) / (options->ema_warmup + steps));
    return log(decay);
}

/* ema ← values + factor·(ema − values) on one span; leaves its clock to the caller. */
static rmf_status move(rmf_optimizer *optimizer, const rmf_span *span, double factor)
{
    if (factor == 1) return RMF_OK;
    const rmf_device_ops *ops = optimizer->dev->ops;
    const float *values = optimizer->params->values + span->offset;
    float *ema = optimizer->ema + span->offset;
    RMF_TRY(ops->axpby(optimizer->dev, -1, values, 1, ema, span->count));
    return ops->axpby(optimizer->dev, 1, values, (float)factor, ema, span->count);
}

typedef rmf_status span_visitor(rmf_optimizer *optimizer, const rmf_span *span, void *context);

/* Visits every span that may be trained, in the order of the arena. */
static rmf_status for_each_span(rmf_optimizer *optimizer, span_visitor *visit, void *context)
{
    const rmf_params *params = optimizer->params;
    for (int i = 0; i < params->count; i++) {
        const rmf_param_entry *entry = params->entries[i];
        for (int64_t row = 0; row < rmf_params_span_count(params, entry); row++) {
            if (rmf_params_span_frozen(params, entry, row)) continue;
            const rmf_span span = rmf_span_of(entry, row);
            RMF_TRY(visit(optimizer, &span, context));
        }
    }
    return RMF_OK;
}

static rmf_status settle_span(rmf_optimizer *optimizer, const rmf_span *span, void *context)
{
    (void)context;
    double *own = &optimizer->span_clock[span->index], now = optimizer->counters[RMF_COUNTER_CLOCK];
    RMF_TRY(move(optimizer, span, exp(now - *own)));
    *own = now;
    return RMF_OK;
}

rmf_status rmf_optimizer_settle(rmf_optimizer *optimizer)
{
    return optimizer->ema ? for_each_span(optimizer, settle_span, NULL) : RMF_OK;
}

/* Host copies of the averages and the weights. */
struct copies {
    float *ema, *values;
};

static rmf_status settle_copy(rmf_optimizer *optimizer, const rmf_span *span, void *context)
{
    const struct copies *copies = context;
    double behind = optimizer->counters[RMF_COUNTER_CLOCK] - optimizer->span_clock[span->index];
    const float factor = (float)exp(behind);
    for (int64_t i = span->offset; behind != 0 && i < span->offset + span->count; i++)
        copies->ema[i] = factor * (copies->ema[i] - copies->values[i]) + copies->values[i];
    return RMF_OK;
}

static rmf_status read_ema(rmf_optimizer *optimizer, struct copies copies)
{
    const rmf_device_ops *ops = optimizer->dev->ops;
    size_t bytes = (size_t)optimizer->params->elements * sizeof(float);
    RMF_TRY(ops->download(optimizer->dev, copies.ema, optimizer->ema, bytes));
    RMF_TRY(ops->download(optimizer->dev, copies.values, optimizer->params->values, bytes));
    return for_each_span(optimizer, settle_copy, &copies);
}

rmf_status rmf_optimizer_read_ema(rmf_optimizer *optimizer, float *out)
{
    if (!optimizer->ema)
        return rmf_fail(RMF_ERR_ARGUMENT, "optimizer: made without an average; set ema above 0");
    void *values = NULL;
    RMF_TRY(rmf_alloc((size_t)optimizer->params->elements, sizeof(float), &values));
    rmf_status status = read_ema(optimizer, (struct copies){out, values});
    rmf_free(values);
    return status;
}
