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

#ifdef __cplusplus
}
#endif
#endif
