/**
 * ramify/diffusion_loss.h – parametrisations, loss weights, the arithmetic of a training batch and
 * the times that it is trained at.
 */
#ifndef RAMIFY_DIFFUSION_LOSS_H
#define RAMIFY_DIFFUSION_LOSS_H

#include "ramify/diffusion_process.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What the network's output F means.  Network input = c_in·x(t); training target of F =
 * target_x0·x0 + target_noise·z; loss = weight·Σ_features (F − target)²;
 * score = score_x·x(t) + score_f·F.
 */
typedef struct rmf_coefficients {
    double c_in, target_x0, target_noise, weight, score_x, score_f;
} rmf_coefficients;
typedef struct rmf_parametrisation_ops {
    const char *name, *summary, *source; /* score | epsilon | x0 | v | edm */
    void (*coefficients)(double alpha, double sigma, double sigma_data, rmf_coefficients *out);
} rmf_parametrisation_ops;
RMF_API const rmf_parametrisation_ops *const *rmf_parametrisation_registry(void);
RMF_API const rmf_parametrisation_ops *rmf_parametrisation_find(const char *name);

/** Loss weights beside the parametrisation's own ("own"): the published ones and min-SNR. */
typedef struct rmf_weight_ops {
    const char *name, *summary,
        *source; /* own | empirical | expected | likelihood | none | min-snr */
    /** Factor on the *score-space* squared error, or NULL for "own"; z_square = mean_features z².
     */
    double (*score_weight)(const rmf_sde *sde, double t, double alpha, double sigma,
                           double z_square);
} rmf_weight_ops;
RMF_API const rmf_weight_ops *const *rmf_weight_registry(void);
RMF_API const rmf_weight_ops *rmf_weight_find(const char *name);

/** One training batch's arithmetic.  rows in any order; all arrays [rows] or [rows, features]. */
typedef struct rmf_loss {
    const rmf_sde *sde;
    const rmf_parametrisation_ops *parametrisation;
    const rmf_weight_ops *weight;
    double sigma_data;
    int64_t rows, features;
    rmf_key key; /* noise of row r: address (key, sample[r], step) */
    uint32_t step;
} rmf_loss;
/**
 * Fills net input (c_in·x(t)), target and per-row weight from x0 and t.  `sample[r]` addresses
 * noise.  net_x may be x0.  RMF_ERR_ARGUMENT, with nothing written, for a time outside
 * [0, t_limit] or without noise (t = 0 of VP); finite for t ≥ 1e-5.
 */
RMF_API RMF_CHECKED rmf_status rmf_loss_prepare(const rmf_loss *loss, const float *x0,
                                                const double *t, const uint64_t *sample,
                                                float *net_x, float *target, float *weight);
/** Mean over rows of weight·Σ(F − target)²; writes its gradient by F.  gradient [rows, features]
 * and row_loss [rows] may be NULL.  The same bytes at every thread count. */
RMF_API double rmf_loss_value(const rmf_loss *loss, const float *output, const float *target,
                              const float *weight, float *gradient, double *row_loss);

enum rmf_time_density { RMF_TIME_UNIFORM, RMF_TIME_LOGNORMAL };
/** How training times are spread: UNIFORM on (t_min, t_limit], or LOGNORMAL: ln(σ/α) ~ N(mean,
 * std²), clamped to [t_min, t_limit]. */
typedef struct rmf_time_law {
    enum rmf_time_density density;
    double mean, std, t_min;
} rmf_time_law;
/** The law's time at a quantile in [0, 1] (uniform: falling in it, lognormal: rising).  Times of a
 * discrete process are its whole steps, each with the law's share of the time since the one before:
 * uniform, all steps from 1 to T (or above t_min) alike. */
RMF_API double rmf_time_at(const rmf_time_law *law, const rmf_sde *sde, double quantile);
/** The same, kept among the times that a branch [t_start, t_end] is trained at. */
RMF_API double rmf_time_within(const rmf_time_law *law, const rmf_sde *sde, double quantile,
                               double t_start, double t_end);
/** The inverse of the law before times are whole steps, so that a branch's steps lie between the
 * quantiles of its ends; times at or beyond the clamps give 0 or 1. */
RMF_API double rmf_time_quantile(const rmf_time_law *law, const rmf_sde *sde, double t);
/** Stratified training times: t[r] from equal slices of the law's quantiles, in random order. */
RMF_API void rmf_training_times(const rmf_time_law *law, const rmf_sde *sde, rmf_key key,
                                uint32_t step, int64_t rows, double *t);

#ifdef __cplusplus
}
#endif
#endif
