/**
 * ramify/net.h – score networks behind one table.  A network is a short function that composes tape
 * operations; one file and one registry line each (docs/adding-a-network.md).
 */
#ifndef RAMIFY_NET_H
#define RAMIFY_NET_H

#include "ramify/core.h"
#include "ramify/nn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rmf_net_shape {
    int64_t rows;     /* batch rows of this tape */
    int rank;         /* 1 or 3 */
    int64_t shape[3]; /* features, or height, width, channels */
    int64_t bank_rows;
    bool pulls; /* a training net that rmf_team_pullback() is for: gradients by x */
} rmf_net_shape;

/** What a network gets: x [rows, shape…] (already scaled by the parametrisation), t [rows]
 * diffusion time in [0, 1], noise [rows] = ¼·ln(σ/α), the noise level in Karras et al.'s unit. */
typedef struct rmf_net_inputs {
    rmf_node *x, *t, *noise;
} rmf_net_inputs;

typedef struct rmf_net_ops {
    const char *name, *summary, *source;
    const rmf_option *options; /* keys "net.…" */
    /** Optional: settings or shapes this network cannot serve, as a status with a message. */
    rmf_status (*check)(const rmf_settings *settings, const rmf_net_shape *shape);
    /** Returns the output node [rows, shape…], or NULL after rmf_fail() when settings that `check`
     * would refuse get here. */
    rmf_node *(*build)(rmf_tape *tape, const rmf_settings *settings, const rmf_net_shape *shape,
                       const rmf_net_inputs *inputs);
} rmf_net_ops;
RMF_API const rmf_net_ops *const *rmf_net_registry(void);  /* NULL-ended */
RMF_API const rmf_net_ops *rmf_net_find(const char *name); /* NULL if unknown */
/** Keys "net.…" that every network has: its name. */
RMF_API extern const rmf_option rmf_net_options[];
/** Checks all keys "net.…" against the options of the network that net.name names, and fills in
 * defaults (see rmf_settings_check). */
RMF_API RMF_CHECKED rmf_status rmf_net_settings_check(rmf_settings *settings);

/** A network on a compiled tape. */
typedef struct rmf_net {
    rmf_tape *tape;
    rmf_node *x, *t, *noise, *output;
    int64_t rows, features;
} rmf_net;
/** Builds and compiles `settings["net.name"]`, from settings that rmf_net_settings_check() has
 * filled in.  Free with rmf_net_free().  The same params may serve several nets (a training and a
 * sampling one). */
RMF_API RMF_CHECKED rmf_status rmf_net_build(rmf_params *params, const rmf_settings *settings,
                                             const rmf_net_shape *shape, bool training,
                                             rmf_net *out);
RMF_API void rmf_net_free(rmf_net *net);

/**
 * A network whose batch is cut into parts, one a thread: every part goes through a tape and a
 * device of its own, so that threads meet once a pass and not in every operation.  Devices serve
 * one thread, tapes share the parameters' values.
 */
typedef struct rmf_team rmf_team;
/** As rmf_net_build(), with as many parts as there are threads and at least four rows in each; the
 * first runs on the parameters' own device.  Borrows `params`; the number of threads is that at the
 * call. */
RMF_API RMF_CHECKED rmf_status rmf_team_create(rmf_params *params, const rmf_settings *settings,
                                               const rmf_net_shape *shape, bool training,
                                               rmf_team **out);
RMF_API void rmf_team_free(rmf_team *team);
RMF_API int rmf_team_parts(const rmf_team *team);
/** A batch in host memory: x [rows, features], t [rows], noise [rows]; segments as for
 * rmf_tape_set_segments(), bank rows strictly ascending. */
typedef struct rmf_team_batch {
    const float *x, *t, *noise;
    const rmf_segment *segments;
    int64_t n_segments;
} rmf_team_batch;
/** output: host memory [rows, features]. */
RMF_API RMF_CHECKED rmf_status rmf_team_forward(rmf_team *team, const rmf_team_batch *batch,
                                                float *output);
/** From the gradient by the output (host memory, of the last forward's batch) to those of the
 * parameters, all of them known to rmf_team_tape() afterwards. */
RMF_API RMF_CHECKED rmf_status rmf_team_backward(rmf_team *team, const float *gradient);
/**
 * Vector–Jacobian product at the last forward's batch: from v, by the output, to vᵀ·∂output/∂x
 * (host memory, [rows, features] both).  May be called more than once after a forward.  For teams
 * of a shape with `pulls`; parameters get gradients only where they are not frozen, and nobody
 * joins them.
 */
RMF_API RMF_CHECKED rmf_status rmf_team_pullback(rmf_team *team, const float *v, float *product);
/** The tape to give to rmf_optimizer_step(). */
RMF_API const rmf_tape *rmf_team_tape(const rmf_team *team);

#ifdef __cplusplus
}
#endif
#endif
