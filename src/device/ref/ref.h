/* device/ref/ref.h – the plain back end: every slot as loops that read like the formula, sums in
 * double.  It is the oracle of the tests and the first filling of every other back end's table. */
#ifndef DEVICE_REF_REF_H
#define DEVICE_REF_REF_H

#include "ramify/device.h"

extern const rmf_device_kind rmf_ref_kind;
extern const rmf_device_ops rmf_ref_ops;

/* memory.c */
rmf_status rmf_ref_alloc(rmf_device *dev, size_t bytes, void **out);
void rmf_ref_release(rmf_device *dev, void *block);
rmf_status rmf_ref_upload(rmf_device *dev, void *to, const void *from_host, size_t bytes);
rmf_status rmf_ref_download(rmf_device *dev, void *to_host, const void *from, size_t bytes);
rmf_status rmf_ref_fill(rmf_device *dev, float *x, float value, int64_t count);

/* product.c */
rmf_status rmf_ref_matmul(rmf_device *dev, const rmf_matmul *args);
rmf_status rmf_ref_matmul_group(rmf_device *dev, const rmf_matmul *products, int64_t count);
rmf_status rmf_ref_conv_forward(rmf_device *dev, const rmf_conv *args, const float *x,
                                const float *w, const float *bias, float *y, float beta);
rmf_status rmf_ref_conv_backward_data(rmf_device *dev, const rmf_conv *args, const float *dy,
                                      const float *w, const float *bias_cin, float *dx, float beta);
rmf_status rmf_ref_conv_backward_weights(rmf_device *dev, const rmf_conv *args, const float *x,
                                         const float *dy, float *dw, float beta);

/* norm.c */
rmf_status rmf_ref_group_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                              const float *gamma, const float *beta, float *y, float *mean,
                              float *rstd);
rmf_status rmf_ref_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy,
                                   const rmf_group_norm_grad *to);

/* pointwise.c */
rmf_status rmf_ref_activation(rmf_device *dev, rmf_activation kind, const float *x, float *y,
                              int64_t count);
rmf_status rmf_ref_activation_grad(rmf_device *dev, rmf_activation kind, const float *x,
                                   const float *dy, float *dx, float beta, int64_t count);
rmf_status rmf_ref_axpby(rmf_device *dev, float a, const float *x, float b, float *y,
                         int64_t count);
rmf_status rmf_ref_scale_shift(rmf_device *dev, int64_t n, int64_t p, int64_t c, const float *x,
                               const float *scale, const float *shift, float *y);
rmf_status rmf_ref_scale_shift_grad(rmf_device *dev, int64_t n, int64_t p, int64_t c,
                                    const float *x, const float *scale, const float *dy, float *dx,
                                    float dx_beta, float *dscale, float dscale_beta, float *dshift,
                                    float dshift_beta);
rmf_status rmf_ref_softmax(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *y);
rmf_status rmf_ref_softmax_grad(rmf_device *dev, int64_t rows, int64_t c, const float *y,
                                const float *dy, float *dx, float beta);
double rmf_ref_activate(rmf_activation kind, double x);
double rmf_ref_activate_slope(rmf_activation kind, double x);

/* move.c */
rmf_status rmf_ref_column_sum(rmf_device *dev, int64_t rows, int64_t c, const float *x, float *out,
                              float beta);
rmf_status rmf_ref_copy_columns(rmf_device *dev, int64_t rows, int64_t repeat, const float *from,
                                int64_t from_width, int64_t from_off, float *to, int64_t to_width,
                                int64_t to_off, int64_t count, float beta);
rmf_status rmf_ref_pixel_sum(rmf_device *dev, int64_t n, int64_t p, const float *x, int64_t width,
                             int64_t off, int64_t count, float *out, float beta);
rmf_status rmf_ref_upsample(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                            const float *x, float *y);
rmf_status rmf_ref_upsample_grad(rmf_device *dev, int64_t n, int64_t h, int64_t w, int64_t c,
                                 const float *dy, float *dx, float beta);
rmf_status rmf_ref_gather(rmf_device *dev, int64_t rows, int64_t c, const float *table,
                          const int32_t *index, float *y);
rmf_status rmf_ref_gather_grad(rmf_device *dev, int64_t rows, int64_t c, const float *dy,
                               const int32_t *index, float *dtable);

/* optimise.c */
rmf_status rmf_ref_adam(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                        int64_t count);
rmf_status rmf_ref_sum_squares(rmf_device *dev, const float *x, int64_t count, double *out);

#endif
