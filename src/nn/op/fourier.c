/* nn/op/fourier.c – [sin(factor·t·w), cos(factor·t·w)], the time embedding (Tancik et al. 2020).
 *
 * Computed on the host in double: a batch has few times, arguments reach hundreds of radians, and
 * the bytes must not depend on a device's own sine.  No gradient: t is given, w is fixed. */
#include "nn/tape.h"

#include <math.h>

struct fourier_args {
    double factor;
};

static rmf_status fourier_shape(rmf_node *y)
{
    const rmf_node *t = y->in[0], *w = y->in[1];
    if (t->rank != 1 || w->rank != 1 || w->param->info.bank)
        return rmf_op_fail(y, "times [rows] and shared frequencies [count]");
    y->rank = 2;
    y->shape[0] = t->shape[0];
    y->shape[1] = 2 * w->shape[0];
    y->host_count = (size_t)(t->shape[0] + w->shape[0] + rmf_node_count(y)) * sizeof(float);
    return RMF_OK;
}

static rmf_status fourier_forward(rmf_device *dev, rmf_node *y)
{
    const double factor = ((const struct fourier_args *)y->args)->factor;
    const int64_t n = y->shape[0], k = y->in[1]->shape[0];
    float *t = y->host, *w = t + n, *out = w + k;
    RMF_TRY(dev->ops->download(dev, t, y->in[0]->value, (size_t)n * sizeof *t));
    RMF_TRY(dev->ops->download(dev, w, y->in[1]->value, (size_t)k * sizeof *w));
#pragma omp parallel for if (n * k > 4096)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < k; j++) {
            const double angle = factor * (double)t[i] * (double)w[j];
            out[i * 2 * k + j] = (float)sin(angle);
            out[i * 2 * k + k + j] = (float)cos(angle);
        }
    return dev->ops->upload(dev, y->value, out, (size_t)(n * 2 * k) * sizeof *out);
}

static const struct rmf_op fourier = {.name = "fourier",
                                      .shape = fourier_shape,
                                      .forward = fourier_forward,
                                      .args_size = sizeof(struct fourier_args),
                                      .parameters = 1u << 1};

rmf_node *rmf_fourier(rmf_tape *tape, rmf_node *t, rmf_node *w, double factor)
{
    return rmf_tape_push(tape, &fourier, &(struct fourier_args){factor}, 2, (rmf_node *[]){t, w});
}
