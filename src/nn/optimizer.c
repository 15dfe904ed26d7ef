/* nn/optimizer.c – Adam(W) on the spans that a batch touched. */
#include "nn/optimizer.h"
#include "nn/tape.h"

#include <math.h>
#include <string.h>

void rmf_optimizer_options_init(rmf_optimizer_options *options)
{
    *options = (rmf_optimizer_options){.beta1 = 0.9,
                                       .beta2 = 0.999,
                                       .epsilon = 1e-8,
                                       .weight_decay = 0,
                                       .clip = 1,
                                       .ema = 0.999,
                                       .ema_warmup = 10};
}

/* NaN fails each of these. */
static rmf_status check_options(const rmf_optimizer_options *o)
{
    bool good = o->beta1 >= 0 && o->beta1 < 1 && o->beta2 >= 0 && o->beta2 < 1 && o->epsilon > 0 &&
                o->weight_decay >= 0 && o->clip >= 0 && o->ema >= 0 && o->ema < 1 &&
                o->ema_warmup >= 0;
    if (good) return RMF_OK;
    return rmf_fail(RMF_ERR_ARGUMENT,
                    "optimizer: beta1 %g, beta2 %g, epsilon %g, weight_decay %g, clip %g, ema %g, "
                    "ema_warmup %g; expected betas and ema in [0, 1), epsilon above 0, the rest 0 "
                    "or more",
                    o->beta1, o->beta2, o->epsilon, o->weight_decay, o->clip, o->ema,
                    o->ema_warmup);
}

static rmf_status make_arena(rmf_optimizer *optimizer, float **out)
{
    const rmf_device_ops *ops = optimizer->dev->ops;
    int64_t count = optimizer->params->elements;
    void *block = NULL;
    RMF_TRY(ops->alloc(optimizer->dev, (size_t)(count + 1) * sizeof(float), &block));
    *out = block;
    return ops->fill(optimizer->dev, *out, 0, count);
}

static rmf_status make_state(rmf_optimizer *optimizer)
{
    void *block = NULL;
    size_t spans = (size_t)optimizer->params->spans;
    RMF_TRY(make_arena(optimizer, &optimizer->moment[0]));
    RMF_TRY(make_arena(optimizer, &optimizer->moment[1]));
    RMF_TRY(rmf_alloc(RMF_COUNTER_FIXED + 2 * spans, sizeof(double), &block));
    optimizer->counters = block;
    optimizer->span_steps = optimizer->counters + RMF_COUNTER_FIXED;
    optimizer->span_clock = optimizer->span_steps + spans;
    RMF_TRY(rmf_alloc(spans, sizeof(rmf_span), &block));
    optimizer->touched = block;
    RMF_TRY(rmf_alloc(spans, sizeof(rmf_adam_span), &block));
    optimizer->updates = block;
    if (optimizer->options.ema == 0) return RMF_OK;
    RMF_TRY(make_arena(optimizer, &optimizer->ema));
    return optimizer->dev->ops->axpby(optimizer->dev, 1, optimizer->params->values, 0,
                                      optimizer->ema, optimizer->params->elements);
}

rmf_status rmf_optimizer_create(rmf_params *params, const rmf_optimizer_options *options,
                                rmf_optimizer **out)
{
    RMF_TRY(check_options(options));
    if (!params->fixed)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "optimizer: no tape was compiled yet; compile one before training");
    void *block = NULL;
    RMF_TRY(rmf_alloc(1, sizeof(rmf_optimizer), &block));
    rmf_optimizer *optimizer = block;
    optimizer->params = params;
    optimizer->dev = params->dev;
    optimizer->options = *options;
    rmf_status status = make_state(optimizer);
    if (status != RMF_OK) {
        rmf_optimizer_free(optimizer);
        return status;
    }
    *out = optimizer;
    return RMF_OK;
}

void rmf_optimizer_free(rmf_optimizer *optimizer)
{
    if (!optimizer) return;
    float *arenas[] = {optimizer->moment[0], optimizer->moment[1], optimizer->ema};
    for (int i = 0; i < 3; i++)
        if (arenas[i]) optimizer->dev->ops->release(optimizer->dev, arenas[i]);
    rmf_free(optimizer->counters);
    rmf_free(optimizer->touched);
    rmf_free(optimizer->updates);
    rmf_free(optimizer);
}

float *rmf_optimizer_ema(rmf_optimizer *optimizer)
{
    return optimizer->ema;
}

float *rmf_optimizer_moment(rmf_optimizer *optimizer, int which)
{
    return which == 0 || which == 1 ? optimizer->moment[which] : NULL;
}

int64_t rmf_optimizer_counter_count(const rmf_optimizer *optimizer)
{
    return RMF_COUNTER_FIXED + 2 * optimizer->params->spans;
}

double *rmf_optimizer_counters(rmf_optimizer *optimizer)
{
    return optimizer->counters;
}

int64_t rmf_optimizer_skipped(const rmf_optimizer *optimizer)
{
    return (int64_t)optimizer->counters[RMF_COUNTER_SKIPPED];
}

rmf_span rmf_span_of(const rmf_param_entry *entry, int64_t row)
{
    return (rmf_span){entry->first_span + row, entry->info.offset + row * entry->info.row,
                      entry->info.row};
}

/* ---- a step ---------------------------------------------------------------- */

/* Spans whose gradient the last backward pass wrote; frozen ones it left out, and spans frozen
 * since then are left out here. */
static void list_touched(rmf_optimizer *optimizer, const rmf_tape *tape)
{
    const rmf_params *params = optimizer->params;
    optimizer->touched_count = 0;
    for (int i = 0; i < params->count; i++) {
        const rmf_param_entry *entry = params->entries[i];
        int64_t rows = entry->info.bank ? tape->touched_count : 1;
        for (int64_t j = 0; j < rows; j++) {
            int64_t row = entry->info.bank ? tape->touched[j] : 0;
            if (rmf_params_span_frozen(params, entry, row)) continue;
            const rmf_span span = rmf_span_of(entry, row);
            if (params->span_stamp[span.index] != tape->stamp) continue;
            optimizer->touched[optimizer->touched_count++] = span;
        }
    }
}

static rmf_status gradient_norm(rmf_optimizer *optimizer, double *out)
{
    double total = 0;
    for (int64_t i = 0; i < optimizer->touched_count; i++) {
        const rmf_span *span = &optimizer->touched[i];
        double part = 0;
        RMF_TRY(optimizer->dev->ops->sum_squares(
            optimizer->dev, optimizer->params->gradients + span->offset, span->count, &part));
        total += part;
    }
    *out = sqrt(total);
    return RMF_OK;
}

/* What the device needs to know of a touched span; brings its counters up to now. */
static rmf_adam_span advance_span(rmf_optimizer *optimizer, const rmf_span *span, double clock,
                                  double log_decay)
{
    const rmf_optimizer_options *o = &optimizer->options;
    const double steps = ++optimizer->span_steps[span->index];
    const double behind = clock - optimizer->span_clock[span->index];
    optimizer->span_clock[span->index] = clock + log_decay;
    return (rmf_adam_span){.offset = span->offset,
                           .count = span->count,
                           .correction1 = 1 - pow(o->beta1, steps),
                           .correction2 = 1 - pow(o->beta2, steps),
                           .before = (float)exp(behind),
                           .after = (float)exp(log_decay)};
}

static rmf_status update(rmf_optimizer *optimizer, double learning_rate, double norm)
{
    const rmf_optimizer_options *o = &optimizer->options;
    double *counters = optimizer->counters;
    const rmf_adam adam = {.learning_rate = (float)learning_rate,
                           .beta1 = (float)o->beta1,
                           .beta2 = (float)o->beta2,
                           .epsilon = (float)o->epsilon,
                           .weight_decay = (float)o->weight_decay,
                           .gradient_scale =
                               (float)(o->clip > 0 && norm > o->clip ? o->clip / norm : 1),
                           .w = optimizer->params->values,
                           .m = optimizer->moment[0],
                           .v = optimizer->moment[1],
                           .ema = optimizer->ema,
                           .g = optimizer->params->gradients};
    const double clock = counters[RMF_COUNTER_CLOCK];
    const double log_decay = rmf_ema_log_decay(o, counters[RMF_COUNTER_STEPS]);
    for (int64_t i = 0; i < optimizer->touched_count; i++)
        optimizer->updates[i] = advance_span(optimizer, &optimizer->touched[i], clock, log_decay);
    counters[RMF_COUNTER_CLOCK] = clock + log_decay;
    counters[RMF_COUNTER_STEPS]++;
    return optimizer->dev->ops->adam(optimizer->dev, &adam, optimizer->updates,
                                     optimizer->touched_count);
}

static rmf_status check_step(const rmf_optimizer *optimizer, const rmf_tape *tape,
                             double learning_rate)
{
    if (tape->params != optimizer->params)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "optimizer: the tape has other parameters; expected its own ones");
    if (tape->stamp == 0 || tape->stamp != tape->params->stamp)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "optimizer: the last backward pass was not this tape's; run its backward "
                        "before the step");
    if (!(learning_rate >= 0) || !isfinite(learning_rate))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "optimizer: learning rate %g; expected a number of 0 or more",
                        learning_rate);
    return RMF_OK;
}

rmf_status rmf_optimizer_step(rmf_optimizer *optimizer, const rmf_tape *tape, double learning_rate,
                              rmf_step_report *report)
{
    RMF_TRY(check_step(optimizer, tape, learning_rate));
    list_touched(optimizer, tape);
    double norm = 0, *counters = optimizer->counters;
    RMF_TRY(gradient_norm(optimizer, &norm));
    bool skipped = !isfinite(norm);
    if (skipped)
        counters[RMF_COUNTER_SKIPPED]++;
    else
        RMF_TRY(update(optimizer, learning_rate, norm));
    if (report) *report = (rmf_step_report){.gradient_norm = norm, .skipped = skipped};
    return RMF_OK;
}
