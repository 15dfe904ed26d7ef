/* nn/optimizer.h – inside of the optimiser.
 *
 * Counters are doubles in one block, so that a checkpoint is a copy:
 *   [0] steps done  [1] steps skipped  [2] EMA clock now  [3 …) steps of each span  […) clock of
 * each span. The EMA clock is the sum of ln(decay) over all steps done.  A span that was left alone
 * since its own clock c has kept its weights w, so its average obeys in closed form ema(now) = w +
 * exp(now − c)·(ema(c) − w).
 */
#ifndef RMF_NN_OPTIMIZER_H
#define RMF_NN_OPTIMIZER_H

#include "nn/params.h"

enum { RMF_COUNTER_STEPS, RMF_COUNTER_SKIPPED, RMF_COUNTER_CLOCK, RMF_COUNTER_FIXED };

/** Values [offset, offset + count) of the arenas, trained as one piece. */
typedef struct rmf_span {
    int64_t index, offset, count;
} rmf_span;

struct rmf_optimizer {
    rmf_params *params;
    rmf_device *dev;
    rmf_optimizer_options options;
    float *moment[2], *ema;
    double *counters, *span_steps, *span_clock;
    rmf_span *touched;      /* [spans]: of the current step */
    rmf_adam_span *updates; /* [spans]: the same for the device */
    int64_t touched_count;
};

rmf_span rmf_span_of(const rmf_param_entry *entry, int64_t row);
/** ln(decay) of the step that follows `steps` steps. */
double rmf_ema_log_decay(const rmf_optimizer_options *options, double steps);

#endif
