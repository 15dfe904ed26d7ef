/* bench/call_pointwise.c – activations, scaling and sums, noted and done again. */
#include "bench/call.h"

#include <stdio.h>

typedef long long ll;

static void describe_count(const rmf_call *call, char *text, size_t size)
{
    snprintf(text, size, "%lld", (ll)call->args.size[0]);
}

/* ---- fill: count; real: value.  axpby: count; real: a, b ---- */

static rmf_status note_fill(rmf_device *dev, float *x, float value, int64_t count)
{
    (void)x;
    return rmf_call_note(dev, &rmf_slot_fill, &(rmf_call_args){.size = {count}, .real = {value}},
                         NULL, 0);
}

static rmf_status note_axpby(rmf_device *dev, float a, const float *x, float b, float *y,
                             int64_t count)
{
    (void)x, (void)y;
    return rmf_call_note(dev, &rmf_slot_axpby, &(rmf_call_args){.size = {count}, .real = {a, b}},
                         NULL, 0);
}

static int fill_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0] = (rmf_tensor){RMF_TENSOR_OUT, call->args.size[0], 0};
    return 1;
}

/* x, y */
static int pair_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = t[1].count = call->args.size[0];
    t[1].kind = RMF_TENSOR_OUT;
    return 2;
}

static rmf_status run_fill(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->fill(dev, t[0], call->args.real[0], call->args.size[0]);
}

static rmf_status run_axpby(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->axpby(dev, call->args.real[0], t[0], call->args.real[1], t[1],
                           call->args.size[0]);
}

const rmf_slot rmf_slot_fill = {"fill", 0, fill_tensors, run_fill, NULL, describe_count};
static void describe_axpby(const rmf_call *call, char *text, size_t size)
{
    snprintf(text, size, "%lld, %g x + %g y", (ll)call->args.size[0], (double)call->args.real[0],
             (double)call->args.real[1]);
}

const rmf_slot rmf_slot_axpby = {"axpby", 0, pair_tensors, run_axpby, NULL, describe_axpby};

/* ---- activation: count, kind; real: beta ---- */

static rmf_status note_activation(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                                  int64_t count)
{
    (void)x, (void)y;
    return rmf_call_note(dev, &rmf_slot_activation,
                         &(rmf_call_args){.size = {count, (int64_t)kind}}, NULL, 0);
}

static rmf_status note_activation_grad(rmf_device *dev, rmf_activation kind, const float *x,
                                       const float *dy, float *dx, float beta, int64_t count)
{
    (void)x, (void)dy, (void)dx;
    return rmf_call_note(dev, &rmf_slot_activation_grad,
                         &(rmf_call_args){.size = {count, (int64_t)kind}, .real = {beta}}, NULL, 0);
}

/* x, dy, dx */
static int activation_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    for (int k = 0; k < 3; k++)
        t[k].count = call->args.size[0];
    t[2].kind = RMF_TENSOR_OUT;
    return 3;
}

static rmf_status run_activation(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->activation(dev, (rmf_activation)call->args.size[1], t[0], t[1],
                                call->args.size[0]);
}

static rmf_status run_activation_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->activation_grad(dev, (rmf_activation)call->args.size[1], t[0], t[1], t[2],
                                     call->args.real[0], call->args.size[0]);
}

static void describe_activation(const rmf_call *call, char *text, size_t size)
{
    static const char *const names[] = {"identity", "relu", "silu", "tanh"};
    snprintf(text, size, "%lld %s%s", (ll)call->args.size[0], names[call->args.size[1]],
             rmf_call_adds(call));
}

const rmf_slot rmf_slot_activation = {"activation",   0,    pair_tensors,
                                      run_activation, NULL, describe_activation};
const rmf_slot rmf_slot_activation_grad = {"activation_grad",   0,    activation_grad_tensors,
                                           run_activation_grad, NULL, describe_activation};

/* ---- scale_shift: n, p, c; real: the betas of dx, dscale, dshift ---- */

enum { GIVEN_SCALE = 1, GIVEN_SHIFT = 2, GIVEN_DX = 4, GIVEN_DSCALE = 8, GIVEN_DSHIFT = 16 };

static rmf_status note_scale_shift(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                                   const float *scale, const float *shift, float *y)
{
    (void)x, (void)y;
    const rmf_call_args args = {.size = {n, p, c},
                                .given = (scale ? GIVEN_SCALE : 0) | (shift ? GIVEN_SHIFT : 0)};
    return rmf_call_note(dev, &rmf_slot_scale_shift, &args, NULL, 0);
}

static rmf_status note_scale_shift_grad(rmf_device *dev, int64_t n, int64_t p, int64_t c,
                                        const float *x, const float *scale, const float *dy,
                                        float *dx, float dx_beta, float *dscale, float dscale_beta,
                                        float *dshift, float dshift_beta)
{
    (void)x, (void)dy;
    const rmf_call_args args = {.size = {n, p, c},
                                .given = (scale ? GIVEN_SCALE : 0) | (dx ? GIVEN_DX : 0) |
                                         (dscale ? GIVEN_DSCALE : 0) | (dshift ? GIVEN_DSHIFT : 0),
                                .real = {dx_beta, dscale_beta, dshift_beta}};
    return rmf_call_note(dev, &rmf_slot_scale_shift_grad, &args, NULL, 0);
}

/* x, scale, shift, y */
static int scale_shift_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size, row = s[0] * s[2];
    t[0].count = t[3].count = row * s[1];
    t[1].count = call->args.given & GIVEN_SCALE ? row : 0;
    t[2].count = call->args.given & GIVEN_SHIFT ? row : 0;
    t[3].kind = RMF_TENSOR_OUT;
    return 4;
}

/* x, scale, dy, dx, dscale, dshift */
static int scale_shift_grad_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size, row = s[0] * s[2], given = call->args.given;
    t[0].count = t[2].count = row * s[1];
    t[1].count = given & GIVEN_SCALE ? row : 0;
    t[3].count = given & GIVEN_DX ? row * s[1] : 0;
    t[4].count = given & GIVEN_DSCALE ? row : 0;
    t[5].count = given & GIVEN_DSHIFT ? row : 0;
    t[3].kind = t[4].kind = t[5].kind = RMF_TENSOR_OUT;
    return 6;
}

static rmf_status run_scale_shift(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    return dev->ops->scale_shift(dev, s[0], s[1], s[2], t[0], t[1], t[2], t[3]);
}

static rmf_status run_scale_shift_grad(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    const float *beta = call->args.real;
    return dev->ops->scale_shift_grad(dev, s[0], s[1], s[2], t[0], t[1], t[2], t[3], beta[0], t[4],
                                      beta[1], t[5], beta[2]);
}

static void describe_scale_shift(const rmf_call *call, char *text, size_t size)
{
    const int64_t *s = call->args.size, given = call->args.given;
    snprintf(text, size, "%lldx%lldx%lld%s%s%s%s", (ll)s[0], (ll)s[1], (ll)s[2],
             given & GIVEN_SCALE ? " scale" : "", given & GIVEN_SHIFT ? " shift" : "",
             given & GIVEN_DSCALE ? " dscale" : "", given & GIVEN_DSHIFT ? " dshift" : "");
}

const rmf_slot rmf_slot_scale_shift = {"scale_shift",   0,    scale_shift_tensors,
                                       run_scale_shift, NULL, describe_scale_shift};
const rmf_slot rmf_slot_scale_shift_grad = {"scale_shift_grad",   0,    scale_shift_grad_tensors,
                                            run_scale_shift_grad, NULL, describe_scale_shift};

/* ---- column_sum: rows, c; real: beta.  pixel_sum: n, p, width, off, count; real: beta ---- */

static rmf_status note_column_sum(rmf_device *dev, int64_t rows, int64_t c, const float *x,
                                  float *out, float beta)
{
    (void)x, (void)out;
    return rmf_call_note(dev, &rmf_slot_column_sum,
                         &(rmf_call_args){.size = {rows, c}, .real = {beta}}, NULL, 0);
}

static rmf_status note_pixel_sum(rmf_device *dev, int64_t n, int64_t p, const float *x,
                                 int64_t width, int64_t off, int64_t count, float *out, float beta)
{
    (void)x, (void)out;
    return rmf_call_note(dev, &rmf_slot_pixel_sum,
                         &(rmf_call_args){.size = {n, p, width, off, count}, .real = {beta}}, NULL,
                         0);
}

/* x, out */
static int column_sum_tensors(const rmf_call *call, rmf_tensor *t)
{
    t[0].count = call->args.size[0] * call->args.size[1];
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, call->args.size[1], 0};
    return 2;
}

static int pixel_sum_tensors(const rmf_call *call, rmf_tensor *t)
{
    const int64_t *s = call->args.size;
    t[0].count = s[0] * s[1] * s[2];
    t[1] = (rmf_tensor){RMF_TENSOR_OUT, s[0] * s[4], 0};
    return 2;
}

static rmf_status run_column_sum(rmf_device *dev, const rmf_call *call, float *const *t)
{
    return dev->ops->column_sum(dev, call->args.size[0], call->args.size[1], t[0], t[1],
                                call->args.real[0]);
}

static rmf_status run_pixel_sum(rmf_device *dev, const rmf_call *call, float *const *t)
{
    const int64_t *s = call->args.size;
    return dev->ops->pixel_sum(dev, s[0], s[1], t[0], s[2], s[3], s[4], t[1], call->args.real[0]);
}

static void describe_column_sum(const rmf_call *call, char *text, size_t size)
{
    snprintf(text, size, "%lldx%lld%s", (ll)call->args.size[0], (ll)call->args.size[1],
             rmf_call_adds(call));
}

static void describe_pixel_sum(const rmf_call *call, char *text, size_t size)
{
    const int64_t *s = call->args.size;
    snprintf(text, size, "%lldx%lldx%lld columns %lld+%lld", (ll)s[0], (ll)s[1], (ll)s[2], (ll)s[3],
             (ll)s[4]);
}

const rmf_slot rmf_slot_column_sum = {"column_sum",   0,    column_sum_tensors,
                                      run_column_sum, NULL, describe_column_sum};
const rmf_slot rmf_slot_pixel_sum = {"pixel_sum",   0,    pixel_sum_tensors,
                                     run_pixel_sum, NULL, describe_pixel_sum};

void rmf_call_hook_pointwise(rmf_device_ops *ops)
{
    ops->fill = note_fill;
    ops->axpby = note_axpby;
    ops->activation = note_activation;
    ops->activation_grad = note_activation_grad;
    ops->scale_shift = note_scale_shift;
    ops->scale_shift_grad = note_scale_shift_grad;
    ops->column_sum = note_column_sum;
    ops->pixel_sum = note_pixel_sum;
}
