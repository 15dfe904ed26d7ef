/* bench/call.h – calls of device slots written down, so that each can be done again alone.
 *
 * A network runs once on a device that computes nothing but notes every call with its sizes
 * (call_log.c).  A noted call knows what tensors it takes, and can be done on any device with
 * made-up tensors (replay.c).  What a slot's numbers mean is known to one table a slot, in
 * call_*.c. */
#ifndef RMF_BENCH_CALL_H
#define RMF_BENCH_CALL_H

#include "ramify/device.h"

enum { RMF_CALL_SIZES = 12, RMF_CALL_REALS = 7, RMF_CALL_TENSORS = 15 };

/* No padding: calls are compared byte by byte. */
typedef struct rmf_call_args {
    int64_t size[RMF_CALL_SIZES];
    int64_t given; /* bit k: the k-th optional tensor is there */
    float real[RMF_CALL_REALS];
} rmf_call_args;

/* What a tensor is, added up; 0: an input of normal numbers. */
enum {
    RMF_TENSOR_OUT = 1,      /* written or added to: what is compared */
    RMF_TENSOR_POSITIVE = 2, /* holds numbers ≥ 0 */
    RMF_TENSOR_INDEX = 4     /* int32_t below `limit` */
};
typedef struct rmf_tensor {
    int kind;
    int64_t count, limit;
} rmf_tensor;

typedef struct rmf_call {
    const struct rmf_slot *slot;
    rmf_call_args args;
    const void *list; /* products or spans; the log's */
    int64_t list_count;
    int64_t times; /* how often the network made this very call */
} rmf_call;

typedef struct rmf_slot {
    const char *name;
    size_t list_item; /* bytes of an item of `list`; 0: has none */
    /* Fills tensors (zeroed), returns how many.  A missing optional tensor has count 0. */
    int (*tensors)(const rmf_call *call, rmf_tensor *tensors);
    /* t[k] is NULL for a tensor without elements. */
    rmf_status (*run)(rmf_device *dev, const rmf_call *call, float *const *t);
    double (*flop)(const rmf_call *call); /* multiplications and additions; NULL: it moves bytes */
    void (*describe)(const rmf_call *call, char *text, size_t size); /* its sizes, in short */
} rmf_slot;

extern const rmf_slot rmf_slot_matmul, rmf_slot_matmul_group, rmf_slot_conv_forward,
    rmf_slot_conv_backward_data, rmf_slot_conv_backward_weights, rmf_slot_group_norm,
    rmf_slot_group_norm_grad, rmf_slot_fill, rmf_slot_activation, rmf_slot_activation_grad,
    rmf_slot_axpby, rmf_slot_scale_shift, rmf_slot_scale_shift_grad, rmf_slot_column_sum,
    rmf_slot_copy_columns, rmf_slot_pixel_sum, rmf_slot_upsample, rmf_slot_upsample_grad,
    rmf_slot_softmax, rmf_slot_softmax_grad, rmf_slot_gather, rmf_slot_gather_grad, rmf_slot_adam,
    rmf_slot_sum_squares;

/* ---- the log (call_log.c) ---- */

/* A device that computes nothing: results keep what was in their memory. */
typedef struct rmf_call_log {
    rmf_device base; /* first: slots get the log as their device */
    rmf_device_ops ops;
    bool listening;
    rmf_arena *arena;
    rmf_call *calls; /* each different call once */
    int64_t count, capacity;
} rmf_call_log;
RMF_CHECKED rmf_status rmf_call_log_open(rmf_call_log *log);
void rmf_call_log_close(rmf_call_log *log);
/* Notes one call; `list` is copied. */
RMF_CHECKED rmf_status rmf_call_note(rmf_device *log, const rmf_slot *slot,
                                     const rmf_call_args *args, const void *list, int64_t count);
/* Each file of slots puts its noting functions into the table. */
void rmf_call_hook_products(rmf_device_ops *ops);
void rmf_call_hook_norms(rmf_device_ops *ops);
void rmf_call_hook_pointwise(rmf_device_ops *ops);
void rmf_call_hook_moves(rmf_device_ops *ops);
void rmf_call_hook_optimiser(rmf_device_ops *ops);

/* " add" where a call adds to what is there, for slots whose first real is beta. */
static inline const char *rmf_call_adds(const rmf_call *call)
{
    return call->args.real[0] != 0 ? " add" : "";
}

/* The geometry of a noted convolution. */
rmf_conv rmf_call_conv(const rmf_call *call);

/* ---- doing a call again (replay.c) ---- */

typedef struct rmf_replay {
    rmf_device *dev;
    const rmf_call *call;
    int tensors;
    rmf_tensor tensor[RMF_CALL_TENSORS];
    float *data[RMF_CALL_TENSORS]; /* device memory; NULL: no elements */
} rmf_replay;
/* Made-up tensors, the same for the same seed on every device.  After a failure too: close. */
RMF_CHECKED rmf_status rmf_replay_open(rmf_device *dev, const rmf_call *call, uint64_t seed,
                                       rmf_replay *out);
void rmf_replay_close(rmf_replay *replay);
/* Through the slot; context: an rmf_replay. */
rmf_status rmf_replay_run(void *replay);
/* Bytes of all tensors: what one run reads and writes, if it touches each value once. */
double rmf_call_bytes(const rmf_call *call);
/* The largest error of any result of `run` (NULL: the slot) on dev against the slot on ref.  `run`
 * gets a replay of `call` on dev. */
RMF_CHECKED rmf_status rmf_replay_compare(
    rmf_device *dev, rmf_device *ref, const rmf_call *call, uint64_t seed,
    rmf_status (*run)(const rmf_replay *replay, void *context), void *context, double *error);

#endif
