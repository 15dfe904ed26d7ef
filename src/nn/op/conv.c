/* nn/op/conv.c – convolution and transposed convolution over pixels, channels last.
 *
 * Both are the same linear map w[kh, kw, wide, narrow] between a *wide* tensor (the input of the
 * convolution, the output of the transposed one) and a *narrow* one; rmf_conv is always named from
 * wide to narrow.  Forward of one is the gradient by data of the other; the gradient by weights is
 * the same call for both.
 *
 * The narrow tensor of a transposed one may be two, side by side: each meets its columns of the
 * weights where they are, so that nobody joins what is as large as an image. */
#include "nn/tape.h"

#define MAX_STRIDE 64
#define MAX_PAD 1024

enum { X, WEIGHTS, BIAS, BESIDE, INPUTS };

struct conv_args {
    rmf_conv_options options;
};

static rmf_status check_beside(const rmf_node *y, int64_t *channels)
{
    const rmf_node *x = y->in[X], *beside = y->in[BESIDE];
    bool fits = beside->rank == 4;
    for (int i = 0; fits && i < 3; i++)
        fits = beside->shape[i] == x->shape[i];
    if (!fits) return rmf_op_fail(y, "two inputs that differ in their channels only");
    *channels += rmf_node_channels(beside);
    return RMF_OK;
}

static rmf_status check_conv(const rmf_node *y, int weight_dimension)
{
    const rmf_node *x = y->in[X], *w = y->in[WEIGHTS], *b = y->in[BIAS];
    const rmf_conv_options o = ((const struct conv_args *)y->args)->options;
    if (x->rank != 4) return rmf_op_fail(y, "an input [rows, height, width, channels]");
    int64_t channels = rmf_node_channels(x);
    if (y->in[BESIDE]) RMF_TRY(check_beside(y, &channels));
    if (w->rank != 4 || w->shape[weight_dimension] != channels)
        return rmf_op_fail(y, "weights of rank 4 with dimension %d = %lld", weight_dimension,
                           (long long)channels);
    int64_t out = w->shape[5 - weight_dimension];
    if (b && (b->rank != 1 || b->shape[0] != out))
        return rmf_op_fail(y, "a bias [%lld]", (long long)out);
    if (o.stride < 1 || o.stride > MAX_STRIDE || o.pad < 0 || o.pad > MAX_PAD ||
        o.output_padding < 0 || o.output_padding >= o.stride)
        return rmf_op_fail(y,
                           "stride 1 to %d, padding 0 to %d, output padding below the stride; got "
                           "%d, %d, %d",
                           MAX_STRIDE, MAX_PAD, o.stride, o.pad, o.output_padding);
    return RMF_OK;
}

static rmf_status set_size(rmf_node *y, int64_t h, int64_t w, int64_t channels)
{
    if (h < 1 || w < 1)
        return rmf_op_fail(y, "a result of at least 1×1 pixels; it would be %lld×%lld",
                           (long long)h, (long long)w);
    y->rank = 4;
    y->shape[0] = y->in[0]->shape[0];
    y->shape[1] = h;
    y->shape[2] = w;
    y->shape[3] = channels;
    return RMF_OK;
}

static rmf_status conv_shape(rmf_node *y)
{
    RMF_TRY(check_conv(y, 2));
    const rmf_node *x = y->in[0], *w = y->in[1];
    const rmf_conv_options o = ((const struct conv_args *)y->args)->options;
    int64_t high = x->shape[1] + 2 * o.pad - w->shape[0];
    int64_t wide = x->shape[2] + 2 * o.pad - w->shape[1];
    if (high < 0 || wide < 0) return set_size(y, 0, 0, 0);
    return set_size(y, high / o.stride + 1, wide / o.stride + 1, w->shape[3]);
}

static rmf_status transposed_shape(rmf_node *y)
{
    RMF_TRY(check_conv(y, 3));
    const rmf_node *x = y->in[0], *w = y->in[1];
    const rmf_conv_options o = ((const struct conv_args *)y->args)->options;
    int64_t more = o.output_padding - 2 * (int64_t)o.pad;
    return set_size(y, (x->shape[1] - 1) * o.stride + w->shape[0] + more,
                    (x->shape[2] - 1) * o.stride + w->shape[1] + more, w->shape[2]);
}

/* The device's description of one input's segment, seen from wide to narrow. */
static rmf_conv describe(const rmf_device *dev, const rmf_node *y, int input, bool transposed,
                         int64_t rows)
{
    const rmf_node *x = y->in[input], *wide = transposed ? y : x, *narrow = transposed ? x : y;
    const rmf_node *w = y->in[WEIGHTS];
    const rmf_conv_options o = ((const struct conv_args *)y->args)->options;
    return (rmf_conv){.n = rows,
                      .h = wide->shape[1],
                      .w = wide->shape[2],
                      .cin = wide->shape[3],
                      .oh = narrow->shape[1],
                      .ow = narrow->shape[2],
                      .cout = narrow->shape[3],
                      .kh = w->shape[0],
                      .kw = w->shape[1],
                      .stride = o.stride,
                      .pad = o.pad,
                      .rows_vary = y->banked,
                      .type = dev->type,
                      .w_width = w->shape[3]};
}

/* Where an input's columns of the weights begin. */
static int64_t first_column(const rmf_node *y, int input)
{
    return input == BESIDE ? rmf_node_channels(y->in[X]) : 0;
}

static rmf_status forward_of(rmf_device *dev, const rmf_node *y, int input, bool transposed,
                             const rmf_segment *part)
{
    const rmf_conv conv = describe(dev, y, input, transposed, part->count);
    const float *x = y->in[input]->value + part->first * rmf_node_row(y->in[input]);
    const float *w = rmf_param_value(y->in[WEIGHTS], part->bank_row) + first_column(y, input);
    const float *b = input == X ? rmf_param_value(y->in[BIAS], part->bank_row) : NULL;
    const float beta = input == X ? 0 : 1;
    float *to = y->value + part->first * rmf_node_row(y);
    return transposed ? dev->ops->conv_backward_data(dev, &conv, x, w, b, to, beta)
                      : dev->ops->conv_forward(dev, &conv, x, w, b, to, beta);
}

static rmf_status run_forward(rmf_device *dev, rmf_node *y, bool transposed)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const rmf_segment part = rmf_part(y, i);
        RMF_TRY(forward_of(dev, y, X, transposed, &part));
        if (y->in[BESIDE]) RMF_TRY(forward_of(dev, y, BESIDE, transposed, &part));
    }
    return RMF_OK;
}

/* The weights' gradient in this input's columns, and the input's own. */
static rmf_status backward_of(rmf_device *dev, const rmf_node *y, int input, bool transposed,
                              const rmf_segment *part, rmf_param_target dw)
{
    const rmf_conv conv = describe(dev, y, input, transposed, part->count);
    const int64_t at = part->first * rmf_node_row(y->in[input]), column = first_column(y, input);
    const float *x = y->in[input]->value + at, *dy = y->grad + part->first * rmf_node_row(y);
    if (dw.at)
        RMF_TRY(dev->ops->conv_backward_weights(dev, &conv, transposed ? dy : x,
                                                transposed ? x : dy, dw.at + column, dw.beta));
    if (!y->dx[input]) return RMF_OK;
    const float *w = rmf_param_value(y->in[WEIGHTS], part->bank_row) + column;
    float *dx = y->dx[input] + at, beta = y->beta[input];
    return transposed ? dev->ops->conv_forward(dev, &conv, dy, w, NULL, dx, beta)
                      : dev->ops->conv_backward_data(dev, &conv, dy, w, NULL, dx, beta);
}

static rmf_status bias_gradient(rmf_device *dev, const rmf_node *y, const rmf_segment *part)
{
    const rmf_param_target db = rmf_param_gradient(y, BIAS, part->bank_row);
    if (!db.at) return RMF_OK;
    return dev->ops->column_sum(dev, part->count * rmf_node_pixels(y), rmf_node_channels(y),
                                y->grad + part->first * rmf_node_row(y), db.at, db.beta);
}

static rmf_status run_backward(rmf_device *dev, rmf_node *y, bool transposed)
{
    for (int64_t i = 0; i < rmf_part_count(y); i++) {
        const rmf_segment part = rmf_part(y, i);
        const rmf_param_target dw = rmf_param_gradient(y, WEIGHTS, part.bank_row);
        RMF_TRY(bias_gradient(dev, y, &part));
        RMF_TRY(backward_of(dev, y, X, transposed, &part, dw));
        if (y->in[BESIDE]) RMF_TRY(backward_of(dev, y, BESIDE, transposed, &part, dw));
    }
    return RMF_OK;
}

static rmf_status conv_forward(rmf_device *dev, rmf_node *y)
{
    return run_forward(dev, y, false);
}

static rmf_status conv_backward(rmf_device *dev, rmf_node *y)
{
    return run_backward(dev, y, false);
}

static rmf_status transposed_forward(rmf_device *dev, rmf_node *y)
{
    return run_forward(dev, y, true);
}

static rmf_status transposed_backward(rmf_device *dev, rmf_node *y)
{
    return run_backward(dev, y, true);
}

static int64_t conv_work(const rmf_node *y)
{
    const rmf_node *w = y->in[1];
    return rmf_node_count(y) * w->shape[0] * w->shape[1] * w->shape[2];
}

static int64_t transposed_work(const rmf_node *y)
{
    const rmf_node *w = y->in[1];
    const rmf_node *x = y->in[X];
    return x->shape[0] * rmf_node_pixels(x) * rmf_node_count(w);
}

static const struct rmf_op conv2d = {.name = "conv2d",
                                     .shape = conv_shape,
                                     .forward = conv_forward,
                                     .backward = conv_backward,
                                     .work = conv_work,
                                     .args_size = sizeof(struct conv_args),
                                     .parameters = 1u << WEIGHTS | 1u << BIAS,
                                     .optional = 1u << BIAS | 1u << BESIDE,
                                     .keeps = 1u << X | 1u << BESIDE};

static const struct rmf_op conv2d_transposed = {.name = "conv2d_transposed",
                                                .shape = transposed_shape,
                                                .forward = transposed_forward,
                                                .backward = transposed_backward,
                                                .work = transposed_work,
                                                .args_size = sizeof(struct conv_args),
                                                .parameters = 1u << WEIGHTS | 1u << BIAS,
                                                .optional = 1u << BIAS | 1u << BESIDE,
                                                .keeps = 1u << X | 1u << BESIDE};

rmf_node *rmf_conv2d(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b,
                     rmf_conv_options options)
{
    return rmf_tape_push(tape, &conv2d, &(struct conv_args){options}, INPUTS,
                         (rmf_node *[]){x, w, b, NULL});
}

rmf_node *rmf_conv2d_transposed(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b,
                                rmf_conv_options options)
{
    return rmf_conv2d_transposed_beside(tape, x, NULL, w, b, options);
}

rmf_node *rmf_conv2d_transposed_beside(rmf_tape *tape, rmf_node *x, rmf_node *beside, rmf_node *w,
                                       rmf_node *b, rmf_conv_options options)
{
    return rmf_tape_push(tape, &conv2d_transposed, &(struct conv_args){options}, INPUTS,
                         (rmf_node *[]){x, w, b, beside});
}
