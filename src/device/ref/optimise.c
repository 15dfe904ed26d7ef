/* device/ref/optimise.c – Adam and the gradient's norm. */
#include "device/ref/ref.h"

#include <math.h>

/* Kingma & Ba 2015, algorithm 1; weight decay decoupled as in Loshchilov & Hutter 2019. */
static void step(const rmf_adam *a, const rmf_adam_span *span, int64_t i)
{
    const double b1 = a->beta1, b2 = a->beta2, gradient = (double)a->gradient_scale * a->g[i];
    a->m[i] = (float)(b1 * a->m[i] + (1 - b1) * gradient);
    a->v[i] = (float)(b2 * a->v[i] + (1 - b2) * gradient * gradient);
    const double move =
        a->m[i] / span->correction1 / (sqrt(a->v[i] / span->correction2) + a->epsilon);
    a->w[i] = (float)(a->w[i] - a->learning_rate * (move + a->weight_decay * (double)a->w[i]));
}

/* With factor 1 the average keeps its bytes. */
static void average(const rmf_adam *a, int64_t i, float factor)
{
    if (a->ema && factor != 1) a->ema[i] = a->w[i] + factor * (a->ema[i] - a->w[i]);
}

rmf_status rmf_ref_adam(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                        int64_t count)
{
    (void)dev;
    for (const rmf_adam_span *span = spans; span < spans + count; span++)
        for (int64_t i = span->offset; i < span->offset + span->count; i++) {
            average(args, i, span->before);
            step(args, span, i);
            average(args, i, span->after);
        }
    return RMF_OK;
}

rmf_status rmf_ref_sum_squares(rmf_device *dev, const float *x, int64_t count, double *out)
{
    (void)dev;
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i] * x[i];
    *out = sum;
    return RMF_OK;
}
