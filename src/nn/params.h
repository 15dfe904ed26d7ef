/* nn/params.h – inside of the parameter registry.
 *
 * Life: parameters are registered while the first tape is built; the first compile fixes the
 * registry (offsets, arena); from then on tapes may only name known parameters.
 *
 * A *span* is what the optimiser treats as one piece: a whole shared parameter or one row of a
 * bank. span_stamp[s] is the number of the backward pass that last wrote the gradient of span s: it
 * tells whether the next writer of the same pass overwrites or adds, and which spans the optimiser
 * may touch.  So gradients are never zeroed.
 */
#ifndef RMF_NN_PARAMS_H
#define RMF_NN_PARAMS_H

#include "ramify/nn.h"

typedef struct rmf_param_entry {
    rmf_param_info info;
    rmf_init init;
    int index;          /* in the registry */
    int64_t first_span; /* a bank has bank_rows spans, anything else one */
} rmf_param_entry;

struct rmf_params {
    rmf_device *dev;
    int64_t bank_rows;
    rmf_arena *arena; /* entries and names */
    rmf_param_entry **entries;
    int count, capacity;
    bool fixed;
    int64_t elements, spans;
    float *values, *gradients;
    bool shared_frozen, *row_frozen;
    int64_t stamp, *span_stamp;

    /* Of a replica (replica.c), which borrows everything above but gradients and stamps: */
    rmf_params *of;      /* whose values these are; NULL: not a replica */
    int64_t *own_offset; /* [count]: a shared parameter, or one row of a bank, in its gradients */
    int64_t own_elements, apart;
};

/** Finds or adds a parameter; `wanted` has name, rank, shape (without the bank dimension), bank. */
RMF_CHECKED rmf_status rmf_params_register(rmf_params *params, const rmf_param_info *wanted,
                                           rmf_init init, rmf_param_entry **out);
/** Fixes the layout and allocates the arena; later calls do nothing. */
RMF_CHECKED rmf_status rmf_params_fix(rmf_params *params);
/** Where the gradient of a parameter (of a bank: of this row) lives. */
float *rmf_params_gradient(const rmf_params *params, const rmf_param_entry *entry, int64_t row);
/** Whether training must leave this span alone (row is ignored for shared parameters). */
bool rmf_params_span_frozen(const rmf_params *params, const rmf_param_entry *entry, int64_t row);
int64_t rmf_params_span_count(const rmf_params *params, const rmf_param_entry *entry);

/** "[3, 3, 8, 16]" into text. */
#define RMF_SHAPE_TEXT 128
const char *rmf_shape_text(int rank, const int64_t *shape, char text[RMF_SHAPE_TEXT]);
/** Elements of a shape, or −1 if a dimension is below `low` or the product is out of reason. */
int64_t rmf_shape_count(int rank, const int64_t *shape, int64_t low);

#endif
