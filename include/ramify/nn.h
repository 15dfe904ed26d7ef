/**
 * ramify/nn.h – parameters and parameter banks, the tape of differentiable operations, optimiser.
 *
 * A *bank* is a parameter [bank_rows, …] of which each sample uses the row of its branch.  The rows
 * of a batch are sorted by bank row once (rmf_tape_set_segments) and every operation that gets a
 * bank parameter runs each segment with its own row: one head a sample, so a step's cost does not
 * grow with the number of branches.
 */
#ifndef RAMIFY_NN_H
#define RAMIFY_NN_H

#include "ramify/core.h"
#include "ramify/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- parameters ------------------------------------------------------------------------------ */

enum rmf_init_kind { RMF_INIT_CONSTANT, RMF_INIT_UNIFORM, RMF_INIT_NORMAL };
/** CONSTANT value; UNIFORM in ±value; NORMAL with standard deviation value.  Frozen parameters
 * (fixed frequencies) are stored but never trained. */
typedef struct rmf_init {
    enum rmf_init_kind kind;
    double value;
    bool frozen;
} rmf_init;

typedef struct rmf_param_info {
    const char *name; /* "up2.weight": <stage>.<parameter> */
    int rank;         /* with the leading bank dimension, if it is a bank */
    int64_t shape[RMF_MAX_RANK + 1];
    bool bank, frozen;
    int64_t row;    /* elements of one bank row; of the whole parameter if it is none */
    int64_t count;  /* all elements */
    int64_t offset; /* of the first element in the arena */
} rmf_param_info;

typedef struct rmf_params rmf_params;
/** bank_rows ≥ 1: leading dimension of every bank.  Borrows the device. */
RMF_API RMF_CHECKED rmf_status rmf_params_create(rmf_device *dev, int64_t bank_rows,
                                                 rmf_params **out);
RMF_API void rmf_params_free(rmf_params *params);
RMF_API rmf_device *rmf_params_device(const rmf_params *params);
RMF_API int64_t rmf_params_bank_rows(const rmf_params *params);
RMF_API int rmf_params_count(const rmf_params *params);
RMF_API const rmf_param_info *rmf_params_info(const rmf_params *params, int index);
RMF_API int rmf_params_find(const rmf_params *params, const char *name); /* −1 if unknown */
/** Length of the arenas, padding between parameters included (for a model's size add up
 * rmf_param_info.count); 0 before the first compile. */
RMF_API int64_t rmf_params_elements(const rmf_params *params);
/** The arenas (device memory; plain memory on cpu and ref), 64-byte aligned, same offsets. */
RMF_API float *rmf_params_values(rmf_params *params);
RMF_API float *rmf_params_gradients(rmf_params *params); /* NULL before rmf_params_train() */
/** Fills every parameter from its init rule; each value's address is (seed, name, row, element), so
 * it depends on no other parameter. */
RMF_API RMF_CHECKED rmf_status rmf_params_initialise(rmf_params *params, uint64_t seed);
/** Allocates the gradient arena; compiling a training tape does it too. */
RMF_API RMF_CHECKED rmf_status rmf_params_train(rmf_params *params);
/** Freezes (or frees) one bank row of all banks, or with row −1 all shared parameters. */
RMF_API void rmf_params_freeze(rmf_params *params, int64_t row, bool frozen);
RMF_API bool rmf_params_row_frozen(const rmf_params *params, int64_t row);

/* ---- the tape ---------------------------------------------------------------------------------
 */

typedef struct rmf_tape rmf_tape;
typedef struct rmf_node rmf_node;

/** A run of consecutive batch rows that use one bank row.  Segments are in order and cover all
 * rows. */
typedef struct rmf_segment {
    int64_t bank_row, first, count;
} rmf_segment;

/** `training`: keep what backward needs and allocate gradients. */
RMF_API RMF_CHECKED rmf_status rmf_tape_create(rmf_params *params, bool training, rmf_tape **out);
RMF_API void rmf_tape_free(rmf_tape *tape);
/**
 * Checks all shapes, plans memory, allocates once.  The first compile of a parameter set also fixes
 * and allocates the parameter arena.  Returns the first error of any builder call, naming op and
 * shapes.
 */
RMF_API RMF_CHECKED rmf_status rmf_tape_compile(rmf_tape *tape, rmf_node *output);
/** count = 0: all rows use bank row 0.  Must be called before forward when banks exist. */
RMF_API RMF_CHECKED rmf_status rmf_tape_set_segments(rmf_tape *tape, const rmf_segment *segments,
                                                     int64_t count);
RMF_API RMF_CHECKED rmf_status rmf_tape_forward(rmf_tape *tape);
/** Needs the output's gradient filled by the caller.  Zeroes and fills the gradients of every
 * parameter that the segments touch (others are not written: see rmf_optimizer_step). */
RMF_API RMF_CHECKED rmf_status rmf_tape_backward(rmf_tape *tape);
/** f32 buffers of a node, [shape]; valid after compile; device memory.  Values of inputs and of the
 * output stay; others share memory over time.  Gradients: of the output (the caller's), of
 * parameters (in the arena) and of inputs that asked for one. */
RMF_API float *rmf_node_value(rmf_node *node);
RMF_API float *rmf_node_gradient(rmf_node *node);
RMF_API rmf_view rmf_node_view(const rmf_node *node);
/** The tape's error so far (a network may look before expensive work). */
RMF_API rmf_status rmf_tape_status(const rmf_tape *tape);
/** One line an op: name, output shape, parameters, multiply-adds.  Free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_tape_describe(const rmf_tape *tape, char **out);

/* Builders never return NULL: after an error the tape keeps the first message and hands out a dead
 * node that later builders pass through.  Leading dimension = batch rows. */

RMF_API rmf_node *rmf_input(rmf_tape *tape, const char *name, int rank, const int64_t *shape);
/** Asks for the input's gradient (default: not computed).  Before compile, on a training tape. */
RMF_API void rmf_input_wants_gradient(rmf_node *input);
/** Lets backward be called more than once after one forward, which keeps more memory: for several
 * vector–Jacobian products.  Before compile, on a training tape. */
RMF_API void rmf_tape_repeats(rmf_tape *tape);
/** An input of whole numbers (labels) for rmf_gather. */
RMF_API rmf_node *rmf_index_input(rmf_tape *tape, const char *name, int64_t rows);
RMF_API int32_t *rmf_node_index(rmf_node *node);
RMF_API rmf_node *rmf_parameter(rmf_tape *tape, const char *name, int rank, const int64_t *shape,
                                rmf_init init);
/** shape without the leading bank dimension. */
RMF_API rmf_node *rmf_bank(rmf_tape *tape, const char *name, int rank, const int64_t *shape,
                           rmf_init init);

/** y[…, out] = x[…, in]·w[in, out] + b[out].  w, b shared or banks; b may be NULL. */
RMF_API rmf_node *rmf_linear(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b);
typedef struct rmf_conv_options {
    int stride, pad;
    int output_padding; /* transposed only */
} rmf_conv_options;
/** x [n, h, w, cin], w [kh, kw, cin, cout], b [cout] or NULL. */
RMF_API rmf_node *rmf_conv2d(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b,
                             rmf_conv_options options);
/** x [n, h, w, cin], w [kh, kw, cout, cin]; output (h−1)·stride − 2·pad + kh + output_padding. */
RMF_API rmf_node *rmf_conv2d_transposed(rmf_tape *tape, rmf_node *x, rmf_node *w, rmf_node *b,
                                        rmf_conv_options options);
/** The same of rmf_concat(x, beside), both [n, h, w, …], which is never written out; beside may be
 * NULL. */
RMF_API rmf_node *rmf_conv2d_transposed_beside(rmf_tape *tape, rmf_node *x, rmf_node *beside,
                                               rmf_node *w, rmf_node *b, rmf_conv_options options);
/** Group norm over [n, …, c] with an activation fused; gamma, beta [c], shared or banks. */
RMF_API rmf_node *rmf_group_norm_act(rmf_tape *tape, rmf_node *x, rmf_node *gamma, rmf_node *beta,
                                     int64_t groups, rmf_activation activation);
typedef struct rmf_norm_film {
    int64_t groups;
    rmf_activation activation;
    rmf_node *scale, *shift; /* [n, c]; NULL: none */
    rmf_node *offset;        /* the same, added to x before the norm */
} rmf_norm_film;
/** Offset, group norm, rmf_modulate() and activation as one operation, with one pass over x. */
RMF_API rmf_node *rmf_group_norm_film(rmf_tape *tape, rmf_node *x, rmf_node *gamma, rmf_node *beta,
                                      rmf_norm_film film);
RMF_API rmf_node *rmf_activate(rmf_tape *tape, rmf_node *x, rmf_activation activation);
RMF_API rmf_node *rmf_add(rmf_tape *tape, rmf_node *a, rmf_node *b);
RMF_API rmf_node *rmf_scale(rmf_tape *tape, rmf_node *x, float factor);
/** x[n, …, c]·(1 + scale[n, c]) + shift[n, c]; scale or shift may be NULL. */
RMF_API rmf_node *rmf_modulate(rmf_tape *tape, rmf_node *x, rmf_node *scale, rmf_node *shift);
/** Adds the bank row itself: x[n, …, c] + b[row(n), c] (b shared or bank). */
RMF_API rmf_node *rmf_add_bias(rmf_tape *tape, rmf_node *x, rmf_node *b);
/** The bank row itself: [n, c] with b[row(n), c] (b shared or bank); n is the rows of `like`. */
RMF_API rmf_node *rmf_spread(rmf_tape *tape, rmf_node *like, rmf_node *b);
/** y[…, c] = x·gain[c] + bias[c] a feature, shared or bank. */
RMF_API rmf_node *rmf_affine(rmf_tape *tape, rmf_node *x, rmf_node *gain, rmf_node *bias);
/** Along the last dimension; b (and c) [n, channels] beside pixels stand at every one of them, so
 * that a tile is never written out. */
RMF_API rmf_node *rmf_concat(rmf_tape *tape, rmf_node *a, rmf_node *b);
RMF_API rmf_node *rmf_concat_three(rmf_tape *tape, rmf_node *a, rmf_node *b, rmf_node *c);
RMF_API rmf_node *rmf_slice(rmf_tape *tape, rmf_node *x, int64_t first, int64_t count);
/** [n, c] → [n, h, w, c]. */
RMF_API rmf_node *rmf_tile(rmf_tape *tape, rmf_node *x, int64_t h, int64_t w);
RMF_API rmf_node *rmf_reshape(rmf_tape *tape, rmf_node *x, int rank, const int64_t *shape);
RMF_API rmf_node *rmf_upsample2(rmf_tape *tape, rmf_node *x);
/** Mean over all pixels: [n, h, w, c] → [n, c]. */
RMF_API rmf_node *rmf_pixel_mean(rmf_tape *tape, rmf_node *x);
/** Softmax self-attention over pixels: qkv [n, …, 3c] → [n, …, c], c divisible by heads. */
RMF_API rmf_node *rmf_attention(rmf_tape *tape, rmf_node *qkv, int64_t heads);
/** [sin(factor·t·w), cos(factor·t·w)]: t [n] input, w [k] (frozen) parameter → [n, 2k].  No
 * gradient. */
RMF_API rmf_node *rmf_fourier(rmf_tape *tape, rmf_node *t, rmf_node *w, double factor);
/** table [count, c] shared, index [n] → [n, c]. */
RMF_API rmf_node *rmf_gather(rmf_tape *tape, rmf_node *table, rmf_node *index);

/* ---- several threads on one batch ------------------------------------------------------------ */

/**
 * The same parameters for a tape on another device: values and freezing are those of `params`,
 * which must be fixed (a tape was compiled) and outlive the replica.  Tapes of a replica may run
 * while those of `params` and of other replicas do, each on a device of its own; their gradients
 * are joined by rmf_tape_gather_gradients().  Free with rmf_params_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_params_replica(rmf_params *params, rmf_device *dev,
                                                  rmf_params **out);
/**
 * Before a backward pass: gradients of bank rows go straight to the owner's arena, but those of
 * `bank_row` are kept apart, since a tape that runs at the same time writes that row too (−1: none
 * does).  No other row may be shared between tapes that run at the same time.
 */
RMF_API void rmf_replica_apart(rmf_params *replica, int64_t bank_row);
/** Adds what `from`, a tape of a replica, left in its last backward pass to the gradients of
 * `into`'s last one; rmf_optimizer_step(…, into, …) then knows both. */
RMF_API RMF_CHECKED rmf_status rmf_tape_gather_gradients(rmf_tape *into, const rmf_tape *from);

/* ---- optimiser --------------------------------------------------------------------------------
 */

typedef struct rmf_optimizer_options {
    double beta1, beta2, epsilon, weight_decay;
    double clip;       /* largest gradient norm; 0 = none */
    double ema;        /* decay a step; 0 = no average */
    double ema_warmup; /* decay = min(ema, (1 + step)/(ema_warmup + step)); 0 = none */
} rmf_optimizer_options;
RMF_API void rmf_optimizer_options_init(rmf_optimizer_options *options);

typedef struct rmf_step_report {
    double gradient_norm;
    bool skipped; /* the gradient was not finite: nothing changed but the counter of such steps */
} rmf_step_report;

/**
 * Adam(W) with one step count a bank row.  A bank row that no sample of the batch used is left
 * alone (its moments do not decay and it does not move), so a step's cost does not grow with the
 * number of branches; its EMA is caught up in closed form when it is next used or read.
 */
typedef struct rmf_optimizer rmf_optimizer;
/** After the parameters got their values, from which the averages start. */
RMF_API RMF_CHECKED rmf_status rmf_optimizer_create(rmf_params *params,
                                                    const rmf_optimizer_options *options,
                                                    rmf_optimizer **out);
RMF_API void rmf_optimizer_free(rmf_optimizer *optimizer);
/** Uses the gradients of the last rmf_tape_backward() of `tape` (its segments say what was
 * touched). */
RMF_API RMF_CHECKED rmf_status rmf_optimizer_step(rmf_optimizer *optimizer, const rmf_tape *tape,
                                                  double learning_rate, rmf_step_report *report);
/** Brings the EMA of every row up to date; then values are in rmf_optimizer_ema(). */
RMF_API RMF_CHECKED rmf_status rmf_optimizer_settle(rmf_optimizer *optimizer);
RMF_API float *rmf_optimizer_ema(rmf_optimizer *optimizer); /* NULL without EMA */
/** The up-to-date averages in host memory, out[rmf_params_elements()], without touching the state:
 * training goes on to the same bytes as if nobody had looked.  Frozen spans keep their average. */
RMF_API RMF_CHECKED rmf_status rmf_optimizer_read_ema(rmf_optimizer *optimizer, float *out);
/** The state beside the values, for checkpoints: arenas m and v, and counters
 * [rmf_optimizer_counter_count()] as doubles (steps a row, EMA clocks, skipped steps). */
RMF_API float *rmf_optimizer_moment(rmf_optimizer *optimizer, int which); /* 0: m, 1: v */
RMF_API int64_t rmf_optimizer_counter_count(const rmf_optimizer *optimizer);
RMF_API double *rmf_optimizer_counters(rmf_optimizer *optimizer);
RMF_API int64_t rmf_optimizer_skipped(const rmf_optimizer *optimizer);

/** Learning-rate factor in [0, 1] at `step` (from 0) of `total`: name "constant" | "cosine"; linear
 * warm-up over `warmup` steps first.  Any other name is "constant": check it in the recipe. */
RMF_API double rmf_schedule(const char *name, int64_t step, int64_t total, int64_t warmup);

#ifdef __cplusplus
}
#endif
#endif
