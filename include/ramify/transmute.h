/**
 * ramify/transmute.h – objects of one class made into another's, hybrids of classes, and what a
 * transmuted object keeps of the one it comes from.
 *
 * Objects and states are in normalised units.  All functions take an rmf_sampling for tree, sde,
 * score, sampler, steps, grid, t_start, shared and seed; its classes, count, t_from and t_until are
 * set here.  They return as rmf_sample(); sampling reports may be NULL and cover all passes.
 * Source: Tseng et al. 2024.
 */
#ifndef RAMIFY_TRANSMUTE_H
#define RAMIFY_TRANSMUTE_H

#include "ramify/core.h"
#include "ramify/diffusion.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Deepest branch that holds all of n ≥ 1 classes; *time (or NULL): its t_start, their common
 * branch point.  −1 if a class number is out of range. */
RMF_API int rmf_common_branch(const rmf_tree *tree, const int *classes, int n, double *time);

/* ---- transmutation ---- */

typedef struct rmf_transmutation {
    const rmf_sampling *sampling;
    int from, to;       /* class numbers, distinct */
    double time;        /* where `from` is left for `to`; 0 = their common branch point */
    bool deterministic; /* encode and decode by the probability-flow ODE, instead of noise */
} rmf_transmutation;
/**
 * before [n, features]: objects of `from`; after: the same shape, caller's, may be before.  Noise:
 * x(t) = α·before + σ·z, z addressed by (seed, from, object), then the sampler along the branches
 * of `to`.  Deterministic: rmf_encode() along `from`, then the sampler, which must not be
 * stochastic nor have correctors at branch points (RMF_ERR_USAGE): the map is smooth and, but for
 * the steps' error and the last, noise-free estimate, inverted by going back.  Object k does not
 * depend on n.  RMF_ERR_USAGE for a time outside (t_start, t_limit] and for from = to.
 */
RMF_API RMF_CHECKED rmf_status rmf_transmute(const rmf_transmutation *transmutation,
                                             const rmf_progress *progress, int64_t n,
                                             const float *before, float *after,
                                             rmf_sampling_report *report);

/* ---- hybrids ---- */

typedef struct rmf_hybrid {
    const rmf_sampling *sampling;
    const int *classes; /* [n_classes] class numbers, distinct, at least two */
    int n_classes;
    double time; /* of the states; 0 = the classes' common branch point.  Not below it: there they
                    have parted (RMF_ERR_USAGE) */
    int64_t count;
} rmf_hybrid;
/** states [count, features]: drawn along the common branches down to the time. */
RMF_API RMF_CHECKED rmf_status rmf_hybrid_states(const rmf_hybrid *hybrid,
                                                 const rmf_progress *progress, float *states,
                                                 rmf_sampling_report *report);
/** means [count, features], may be states: E[x0 | x(t)] = (x + σ²·score)/α, what the model knows of
 * the objects that a state can become, by the score of the branch that the classes share. */
RMF_API RMF_CHECKED rmf_status rmf_hybrid_means(const rmf_hybrid *hybrid, const float *states,
                                                float *means);
/** x [n_classes·count, features], class by class: every state goes on into every class. */
RMF_API RMF_CHECKED rmf_status rmf_hybrid_continue(const rmf_hybrid *hybrid,
                                                   const rmf_progress *progress,
                                                   const float *states, float *x,
                                                   rmf_sampling_report *report);
/** x [count, features], may be states: every state goes on to time 0 with the weighted mean of the
 * classes' scores; weights [n_classes] ≥ 0, not all 0 (RMF_ERR_USAGE); their sum does not matter.
 */
RMF_API RMF_CHECKED rmf_status rmf_hybrid_mix(const rmf_hybrid *hybrid, const double *weights,
                                              const rmf_progress *progress, const float *states,
                                              float *x, rmf_sampling_report *report);

/* ---- what is kept ---- */

/** Pearson correlation of one quantity before and after. */
typedef struct rmf_kept {
    double r; /* NAN: constant before or after */
    double p; /* of a random pairing having as large an r: (1 + exceeding)/(1 + permutations) */
    double baseline; /* mean r of random pairings */
} rmf_kept;
/**
 * before, after [n, features], pairs by row; n ≥ 3, permutations ≥ 1 (the same for all features).
 * kept [features]; *mean: of r over the features that have one, with p and baseline of that mean.
 */
RMF_API RMF_CHECKED rmf_status rmf_kept_features(const float *before, const float *after, int64_t n,
                                                 int64_t features, int permutations, uint64_t seed,
                                                 rmf_kept *kept, rmf_kept *mean);

/** Simple measures of a drawn stroke, from image moments. */
typedef struct rmf_stroke {
    double slant;     /* horizontal shift a row of the axis, to the right going up: μ11/μ02 */
    double thickness; /* 2·area / perimeter, in pixels */
    double area;      /* ink, in fully black pixels */
} rmf_stroke;
/** ink [height, width], 0 = paper … 1 = ink (clipped).  No ink: area 0, the others NAN.
 * perimeter: total variation, Σ‖∇ink‖ (Hu 1962 for the moments). */
RMF_API rmf_stroke rmf_stroke_measure(const float *ink, int64_t height, int64_t width);

#ifdef __cplusplus
}
#endif
#endif
