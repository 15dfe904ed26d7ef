/* device/ref/optimise.c – Adam and the gradient's norm. */
#include "device/ref/ref.h"

#include <math.h>

/* Kingma & Ba 2015, algorithm 1; weight decay decoupled as in Loshchilov & Hutter 2019. */
rmf_status rmf_ref_adam(rmf_device *dev, const rmf_adam *args, float *w, const float *g, float *m,
                        float *v, int64_t count)
{
    (void)dev;
    const double b1 = args->beta1, b2 = args->beta2;
    for (int64_t i = 0; i < count; i++) {
        const double gradient = (double)args->gradient_scale * g[i];
        m[i] = (float)(b1 * m[i] + (1 - b1) * gradient);
        v[i] = (float)(b2 * v[i] + (1 - b2) * gradient * gradient);
        const double step =
            m[i] / args->correction1 / (sqrt(v[i] / args->correction2) + args->epsilon);
        w[i] = (float)(w[i] - args->learning_rate * (step + args->weight_decay * (double)w[i]));
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
