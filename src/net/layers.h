/**
 * net/layers.h – the layers that networks are put together from: each a few tape operations with
 * their parameters named, initialised and made shared or banked in one place.
 *
 * Widths are passed in, not read from nodes, because a tape checks shapes as a whole when it is
 * compiled.  None of these functions returns NULL (see ramify/nn.h).
 */
#ifndef RMF_NET_LAYERS_H
#define RMF_NET_LAYERS_H

#include "ramify/net.h"

/** How weights start.  PYTORCH: weights and biases uniform in ±1/√fan_in, the defaults behind the
 * published figures.  SCALED: weights of variance 1/fan_in (LeCun et al. 1998), biases 0.  ZERO:
 * all 0, for the last layer of a residual branch or of a network. */
enum rmf_layer_init { RMF_LAYER_PYTORCH, RMF_LAYER_SCALED, RMF_LAYER_ZERO };

/** A named place in a network: its parameters are called NAME.weight, NAME.bias, … */
typedef struct rmf_stage {
    rmf_tape *tape;
    char name[96];
    bool bank; /* own parameters a branch */
    enum rmf_layer_init init;
} rmf_stage;

/** A stage inside `parent` (which may have the empty name of a network's root). */
rmf_stage rmf_stage_child(const rmf_stage *parent, const char *format, ...) RMF_PRINTF(2, 3);
/** The same stage with another bank flag or initialisation. */
rmf_stage rmf_stage_banked(rmf_stage stage, bool bank);
rmf_stage rmf_stage_zero(rmf_stage stage);

/** A weight that starts by the stage's rule; shape without the bank dimension. */
rmf_node *rmf_layer_weight(const rmf_stage *stage, const char *what, int rank, const int64_t *shape,
                           int64_t fan_in);
/** x[…, in] → […, out] with bias. */
rmf_node *rmf_layer_dense(const rmf_stage *stage, rmf_node *x, int64_t in, int64_t out);

typedef struct rmf_layer_kernel {
    int64_t height, width, in, out;
    bool transposed, no_bias;
    rmf_conv_options options;
    rmf_node *beside; /* transposed: input whose channels follow those of x, counted in `in` */
} rmf_layer_kernel;
rmf_node *rmf_layer_conv(const rmf_stage *stage, rmf_node *x, const rmf_layer_kernel *kernel);
/** 3×3, stride 1, same size. */
rmf_node *rmf_layer_conv3(const rmf_stage *stage, rmf_node *x, int64_t in, int64_t out);

/** Group norm with its gain (1) and bias (0), then the activation. */
rmf_node *rmf_layer_norm(const rmf_stage *stage, rmf_node *x, int64_t channels, int64_t groups,
                         rmf_activation activation);
/** Group norm with its gain and bias; offset, scale and shift of each sample's channels,
 * activation.
 */
rmf_node *rmf_layer_norm_film(const rmf_stage *stage, rmf_node *x, int64_t channels,
                              rmf_norm_film film);
/** Groups of about four channels, at most 32 of them, as Karras et al. 2022 use. */
int64_t rmf_layer_groups(int64_t channels);

/** A learnt vector a branch, its *label*: [n, width] with n the rows of `like`. */
rmf_node *rmf_layer_label(const rmf_stage *stage, rmf_node *like, int64_t width);

/** silu([sin(2π·t·w), cos(2π·t·w)]) with `count` fixed w: N(0, deviation²), or all 1 if deviation
 * is 0.  t [n] → [n, 2·count]. */
rmf_node *rmf_layer_fourier(const rmf_stage *stage, rmf_node *t, int64_t count, double deviation);

/** Options and sizes of the noise-level embedding that our own networks share. */
/* clang-format off */
#define RMF_EMBEDDING_OPTIONS                                                                      \
    {"embedding", RMF_OPTION_INT, "128", 4, 4096, NULL, "width of the noise-level embedding"},     \
    {"frequencies", RMF_OPTION_INT, "64", 1, 4096, NULL,                                           \
     "random frequencies of the noise-level embedding"},                                           \
    {"frequency_std", RMF_OPTION_REAL, "1", 0.01, 100, NULL,                                       \
     "their standard deviation, in cycles a unit of ln(sigma/alpha)/4"}
/* clang-format on */

/**
 * What residual blocks are conditioned on, [n, net.embedding]: a perceptron of Fourier features of
 * the noise level, plus (film) one learnt vector a branch.
 */
rmf_node *rmf_layer_condition(const rmf_stage *stage, const rmf_settings *settings, rmf_node *noise,
                              bool film);

/** Per-channel scale and shift of a block, both linear in the condition [n, embedding]. */
typedef struct rmf_modulation {
    rmf_node *scale, *shift;
} rmf_modulation;
rmf_modulation rmf_layer_modulation(const rmf_stage *stage, rmf_node *condition, int64_t embedding,
                                    int64_t channels);

/** [rows, shape…] as [rows, features], and back. */
rmf_node *rmf_layer_flatten(rmf_tape *tape, rmf_node *x, const rmf_net_shape *shape);
rmf_node *rmf_layer_unflatten(rmf_tape *tape, rmf_node *x, const rmf_net_shape *shape);
int64_t rmf_net_features(const rmf_net_shape *shape);

#endif
