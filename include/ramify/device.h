/**
 * ramify/device.h – the table of primitive operations and its back ends.
 *
 * `ref` fills every slot with plain loops that read like the formula; `cpu` overrides slots with
 * oneDNN and vector kernels.  All tensors are contiguous, row-major, channels last (nhwc).
 * `beta` 0 writes the result, 1 adds to what is there.  Counts of 0 rows are legal and do nothing
 * (with beta 0 a reduction over no rows writes zeros).  In activation, axpby and scale_shift
 * y may be x itself; elsewhere results overlap no input.  A slot that cannot serve a type or shape
 * returns RMF_ERR_UNSUPPORTED with the reason.
 */
#ifndef RAMIFY_DEVICE_H
#define RAMIFY_DEVICE_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rmf_device rmf_device;

typedef enum rmf_activation { RMF_IDENTITY, RMF_RELU, RMF_SILU, RMF_TANH } rmf_activation;

/** C[b] = beta·C[b] + scale·op(A[b])·op(B[b]) (+ bias along columns); op transposes on request.
 * A is m×k (k×m if transposed), B is k×n (n×k), C is m×n, all dense; `batch` such triples lie
 * stride_a, stride_b, stride_c elements apart. */
typedef struct rmf_matmul {
    int64_t m, n, k, batch;
    bool transpose_a, transpose_b;
    float scale, beta;
    int64_t stride_a, stride_b, stride_c;
    rmf_type type; /* of A and B as computed: RMF_F32; C and sums are f32 */
    const float *a, *b;
    const float *bias; /* [n] or NULL */
    float *c;
} rmf_matmul;

/** A convolution, named by its forward direction.  A transposed convolution is conv_backward_data
 * used forward (bias_cin is then its bias), conv_forward is its gradient by data, and
 * conv_backward_weights with x and dy swapped its gradient by weights.
 * y[n, oh, ow, cout] = x[n, h, w, cin] ⋆ w[kh, kw, cin, cout] (+ bias[cout]), zero padding `pad` at
 * top and left; bottom and right are padded as far as the given output size needs. */
typedef struct rmf_conv {
    int64_t n, h, w, cin, oh, ow, cout, kh, kw;
    int stride, pad;
    bool rows_vary; /* n changes from call to call (bank segments): don't build anything a count */
    rmf_type type; /* RMF_BF16: operands may be rounded to it where that is faster; sums and results
                      are f32 */
    int64_t w_width; /* numbers from row to row of w, of which cout are used; 0: cout */
} rmf_conv;

/** Group normalisation of x (+ an offset of each sample's channels) over (pixels, channels of a
 * group), then scale and shift of each sample's channels if there are any, then an activation:
 * y = act((γ·x̂ + β)·(1 + scale) + shift).
 * x, y [n, p, c]; gamma, beta [c]; mean, rstd [n, groups] are saved for backward. */
typedef struct rmf_group_norm {
    int64_t n, p, c, groups;
    float epsilon;
    rmf_activation activation;
    const float *scale, *shift, *offset; /* [n, c] or NULL: 0 */
} rmf_group_norm;

/** Where the gradients of a group norm go; NULL: not wanted.  Each takes its own beta. */
typedef struct rmf_group_norm_grad {
    float *dx, *dgamma, *dbeta, *dscale, *dshift, *doffset;
    float dx_beta, dgamma_beta, dbeta_beta, dscale_beta, dshift_beta, doffset_beta;
} rmf_group_norm_grad;

/** Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019) and a moving
 * average of the weights, in one pass: ema ← w + before·(ema − w), w ← step, ema ← w + after·(ema −
 * w). */
typedef struct rmf_adam {
    float learning_rate, beta1, beta2, epsilon, weight_decay;
    float gradient_scale;   /* clipping */
    float *w, *m, *v, *ema; /* arenas; ema may be NULL */
    const float *g;
} rmf_adam;
/** Elements [offset, offset + count) of the arenas. */
typedef struct rmf_adam_span {
    int64_t offset, count;
    double correction1, correction2; /* 1 − β1^t, 1 − β2^t */
    float before, after;
} rmf_adam_span;

typedef struct rmf_device_ops {
    const char *name, *summary;
    /* memory */
    rmf_status (*alloc)(rmf_device *dev, size_t bytes, void **out);
    void (*release)(rmf_device *dev, void *block);
    rmf_status (*upload)(rmf_device *dev, void *to, const void *from_host, size_t bytes);
    rmf_status (*download)(rmf_device *dev, void *to_host, const void *from, size_t bytes);
    rmf_status (*fill)(rmf_device *dev, float *x, float value, int64_t count);
    /* products */
    rmf_status (*matmul)(rmf_device *dev, const rmf_matmul *args);
    /** `count` products whose results do not overlap, as those of a bank's rows: many and small. */
    rmf_status (*matmul_group)(rmf_device *dev, const rmf_matmul *products, int64_t count);
    rmf_status (*conv_forward)(rmf_device *dev, const rmf_conv *args, const float *x,
                               const float *w, const float *bias, float *y, float beta);
    rmf_status (*conv_backward_data)(rmf_device *dev, const rmf_conv *args, const float *dy,
                                     const float *w, const float *bias_cin, float *dx, float beta);
    rmf_status (*conv_backward_weights)(rmf_device *dev, const rmf_conv *args, const float *x,
                                        const float *dy, float *dw, float beta);
    /* normalisation and pointwise */
    rmf_status (*group_norm)(rmf_device *dev, const rmf_group_norm *args, const float *x,
                             const float *gamma, const float *beta, float *y, float *mean,
                             float *rstd);
    rmf_status (*group_norm_grad)(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                  const float *gamma, const float *beta, const float *mean,
                                  const float *rstd, const float *dy,
                                  const rmf_group_norm_grad *to);
    rmf_status (*activation)(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                             int64_t count);
    rmf_status (*activation_grad)(rmf_device *dev, rmf_activation kind, const float *x,
                                  const float *dy, float *dx, float beta, int64_t count);
    /** y = a·x + b·y */
    rmf_status (*axpby)(rmf_device *dev, float a, const float *x, float b, float *y, int64_t count);
    /** y[n, p, c] = x·(1 + scale[n, c]) + shift[n, c]; scale or shift may be NULL. */
    rmf_status (*scale_shift)(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                              const float *scale, const float *shift, float *y);
    /** dx, dscale, dshift may be NULL; all take their own beta. */
    rmf_status (*scale_shift_grad)(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                                   const float *scale, const float *dy, float *dx, float dx_beta,
                                   float *dscale, float dscale_beta, float *dshift,
                                   float dshift_beta);
    /** out[c] = beta·out + Σ_rows x[rows, c] */
    rmf_status (*column_sum)(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *out,
                             float beta);
    /** to[r, to_off+j] = beta·to + from[r / repeat, from_off+j] for r < rows, j < count: concat and
     * split of channels (repeat 1), tiling [n, c] over p pixels (repeat p). */
    rmf_status (*copy_columns)(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                               int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                               int64_t to_off, int64_t count, float beta);
    /** out[n, j] = beta·out + Σ_p x[n, p, off+j], j < count: the adjoint of tiling. */
    rmf_status (*pixel_sum)(rmf_device *dev, int64_t n, int64_t p, const float *x, int64_t width,
                            int64_t off, int64_t count, float *out, float beta);
    /** Nearest-neighbour ×2: y[n, 2h, 2w, c]; its adjoint sums 2×2 blocks. */
    rmf_status (*upsample)(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                           const float *x, float *y);
    rmf_status (*upsample_grad)(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                const float *dy, float *dx, float beta);
    /** y = softmax over the last dimension; backward from y. */
    rmf_status (*softmax)(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y);
    rmf_status (*softmax_grad)(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                               const float *dy, float *dx, float beta);
    /** y[r] = table[index[r]], width c; backward adds rows into the table's gradient. */
    rmf_status (*gather)(rmf_device *dev, int64_t rows, int64_t c, const float *table,
                         const int32_t *index, float *y);
    rmf_status (*gather_grad)(rmf_device *dev, int64_t rows, int64_t c, const float *dy,
                              const int32_t *index, float *dtable);
    /* optimiser */
    rmf_status (*adam)(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                       int64_t count);
    /** Σ x² in double, fixed order: the same at every thread count. */
    rmf_status (*sum_squares)(rmf_device *dev, const float *x, int64_t count, double *out);
} rmf_device_ops;

/** First member of every back end's own state.  A device serves one calling thread at a time. */
struct rmf_device {
    const rmf_device_ops *ops;
    bool side_by_side; /* several may work at once, one a thread, on parts of a batch */
    bool bf16;         /* convolutions of that type are faster than those of f32 */
    rmf_type type;     /* of the convolutions of networks: RMF_F32, or by rmf_device_set_type() */
};

/** A registry row: the name and how to open the back end. */
typedef struct rmf_device_kind {
    const char *name, *summary;
    bool (*available)(char *why_not, size_t size);
    rmf_status (*open)(rmf_device **out);
    void (*close)(rmf_device *dev);
} rmf_device_kind;
RMF_API const rmf_device_kind *const *rmf_device_registry(void); /* NULL-ended, best first */

/** name: "auto" (the first available), "cpu", "ref", …  Close with rmf_device_close(). */
RMF_API RMF_CHECKED rmf_status rmf_device_open(const char *name, rmf_device **out);
RMF_API void rmf_device_close(rmf_device *dev); /* NULL is fine */
/** Before a network runs: "f32", "bf16" (RMF_ERR_UNSUPPORTED where that is not faster), or "auto":
 * bf16 where it is. */
RMF_API RMF_CHECKED rmf_status rmf_device_set_type(rmf_device *dev, const char *type);

#ifdef __cplusplus
}
#endif
#endif
