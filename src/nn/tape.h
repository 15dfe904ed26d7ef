/* nn/tape.h – inside of the tape: what an operation is and what it may use.
 *
 * An operation is one const struct rmf_op in one file of nn/op/: shape rule, forward and backward
 * side by side.  Nothing else knows it.  Rules for the three functions:
 *
 *   shape     checks the inputs (rmf_op_fail) and sets y->rank and y->shape, y->saved_count (kept
 *             from forward to backward), y->scratch_count[0 forward, 1 backward].
 *   forward   reads y->in[k]->value, writes all of y->value.
 *             With op->inplace bit k, y->value may be y->in[k]->value.
 *   backward  reads y->grad; for each k with y->dx[k] not NULL it writes (y->beta[k] = 0) or adds
 *             (1) all of y->dx[k], in the order of k; parameters come from rmf_param_gradient().
 *
 * Invariants of a compiled tape:
 *   1. order[] holds the operations that the output depends on, inputs before users.
 *   2. A buffer belongs to a root: reshapes share value and gradient of their input.  Roots may
 * hold their values or gradients in one buffer where that saves a copy (share.c).
 *   3. A buffer's lifetime covers every read of it (plan.c); `keeps` says what backward reads.
 *   4. A step allocates nothing.
 */
#ifndef RMF_NN_TAPE_H
#define RMF_NN_TAPE_H

#include "nn/params.h"

#define RMF_MAX_INPUTS 6
#define RMF_KEEPS_OUTPUT (1u << 31)

typedef struct rmf_op {
    const char *name;
    rmf_status (*shape)(rmf_node *y);
    rmf_status (*forward)(rmf_device *dev, rmf_node *y);
    rmf_status (*backward)(rmf_device *dev, rmf_node *y); /* NULL: passes no gradient on */
    int64_t (*work)(const rmf_node *y);                   /* multiply-adds; NULL: next to none */
    size_t args_size;
    unsigned parameters; /* bit k: input k is a parameter, the others are not */
    unsigned indices;    /* bit k: input k is an index input, the others are not */
    unsigned optional;   /* bit k: input k may be missing */
    unsigned keeps;      /* bit k: backward reads input k's value; RMF_KEEPS_OUTPUT: its own */
    unsigned inplace;    /* bit k: forward reads of input k only what it writes next, or nothing */
    unsigned passes;     /* bit k: input k's gradient is the result's, unchanged */
    bool alias;          /* shares its input's buffers; forward and backward are not called */
} rmf_op;

enum rmf_node_kind { RMF_NODE_INPUT, RMF_NODE_INDEX, RMF_NODE_PARAMETER, RMF_NODE_OP };

struct rmf_node {
    rmf_tape *tape;
    enum rmf_node_kind kind;
    const char *name; /* of an input or parameter */
    const rmf_op *op;
    const void *args; /* op->args_size bytes */
    int inputs;
    rmf_node *in[RMF_MAX_INPUTS], *root;
    int rank;
    int64_t shape[RMF_MAX_RANK]; /* of a bank: of one row */
    rmf_param_entry *param;
    bool banked;  /* an operation with a bank among its inputs */
    bool asked;   /* an input whose gradient somebody wants */
    bool used;    /* the output depends on it */
    bool trains;  /* some trainable parameter or asked input lies behind it */
    bool wants;   /* the same in this backward pass: frozen ones left out */
    bool written; /* of a root: its gradient holds something in this pass */

    int at;                       /* of an operation: its place in order[] */
    rmf_node *value_of, *grad_of; /* of a root: in whose block its value or gradient lies */
    rmf_node *giver;              /* of a root: whose gradient it takes over; NULL: none */

    float *value, *grad, *saved, *scratch[2];
    int64_t saved_count, scratch_count[2];
    float *dx[RMF_MAX_INPUTS];
    float beta[RMF_MAX_INPUTS];
    void *host; /* host memory for operations that need it: host_count bytes */
    size_t host_count;
};

struct rmf_tape {
    rmf_params *params;
    rmf_device *dev;
    bool training, repeats, compiled, segments_set, any_bank;
    rmf_status status;
    char message[512];
    rmf_arena *arena; /* nodes, arguments, plans */
    rmf_node dead, **nodes, **order, *output;
    int count, capacity, steps;
    int64_t rows; /* of the batch; −1 before the first input */
    void *memory;
    int64_t memory_count; /* floats */

    rmf_segment *segments;
    int64_t segment_count;
    int64_t *touched, touched_count; /* different bank rows of the segments */
    int64_t *row_mark, mark;         /* row_mark[r] == mark: r is in touched */
    int64_t stamp;                   /* of this tape's last backward pass; 0 = none */
};

/** Adds an operation; dead in, dead out.  `args` (op->args_size bytes) are copied. */
rmf_node *rmf_tape_push(rmf_tape *tape, const rmf_op *op, const void *args, int inputs,
                        rmf_node *const *in);
/** "OP: x [2, 3], stem.weight [4, 5]; expected …": for shape rules. */
rmf_status rmf_op_fail(const rmf_node *y, const char *format, ...) RMF_PRINTF(2, 3);

/** For shape rules: inputs `first` to `last` are missing or [rows, channels] of input 0, and no two
 * are the same. */
rmf_status rmf_check_modulation(const rmf_node *y, int first, int last);
/** For shape rules: y gets the shape of x. */
void rmf_shape_like(rmf_node *y, const rmf_node *x);
int64_t rmf_node_count(const rmf_node *node);
/** Elements of one batch row; pixels of one (1 for [rows, channels]); the last dimension. */
int64_t rmf_node_row(const rmf_node *node);
int64_t rmf_node_pixels(const rmf_node *node);
int64_t rmf_node_channels(const rmf_node *node);

/** The pieces of a batch that a (possibly banked) operation treats one by one. */
int64_t rmf_part_count(const rmf_node *y);
rmf_segment rmf_part(const rmf_node *y, int64_t index);
/** The parameter's values for a piece; NULL for a missing input. */
const float *rmf_param_value(const rmf_node *param, int64_t bank_row);

/** Where a piece's gradient goes: `at` NULL if it is frozen (or the input is missing). */
typedef struct rmf_param_target {
    float *at, beta;
} rmf_param_target;
rmf_param_target rmf_param_gradient(const rmf_node *y, int input, int64_t bank_row);

/** Decides which operations hand their buffers on; order[] is there. */
void rmf_tape_share(rmf_tape *tape);
/** Plans lifetimes, allocates once, sets all pointers. */
RMF_CHECKED rmf_status rmf_tape_plan(rmf_tape *tape);
/** Decides for this pass who gets a gradient and who writes first. */
void rmf_tape_plan_gradients(rmf_tape *tape);
RMF_CHECKED rmf_status rmf_tape_prepare_segments(rmf_tape *tape);
/** Adds a bank row to those that the optimiser steps. */
void rmf_tape_touch(rmf_tape *tape, int64_t bank_row);

#endif
