/**
 * ramify/diffusion_sampler.h – scores, which are ∇ log p_t(x) in normalised units, and the methods
 * that take states from one time to another.
 */
#ifndef RAMIFY_DIFFUSION_SAMPLER_H
#define RAMIFY_DIFFUSION_SAMPLER_H

#include "ramify/diffusion_process.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A score for a block of `rows` samples that share branch and time.  eval must depend, row by row,
 * on that row's x only: then a sample's bytes do not depend on its neighbours. */
typedef struct rmf_score {
    rmf_status (*eval)(void *context, int branch, double t, const float *x, float *score);
    void *context;
    int64_t rows, features; /* block size */
} rmf_score;

/** A score and its vector–Jacobian products: product = vᵀ·∂score/∂x, row by row, at the x of the
 * last score.eval(); [rows, features] both.  `context` is the score's. */
typedef struct rmf_pullback_score {
    rmf_score score;
    rmf_status (*pullback)(void *context, const float *v, float *product);
} rmf_pullback_score;

/**
 * Guidance: the score s + w·(s − s_guide), where s_guide is that of the branch's guide at the same
 * x and t.  With a guide that knows no class this is classifier-free guidance (Ho & Salimans 2022);
 * the branch's parent may be one too.  As parametrisations are linear, the same holds of the
 * denoised means.
 */
typedef struct rmf_guidance {
    rmf_score score;  /* of branches and guides */
    double weight;    /* w; 0: the score itself, −1: the guide's */
    const int *guide; /* [branches]: the branch that guides each, or −1: it goes unguided */
    float *work;      /* rows·features floats */
} rmf_guidance;
/** The guided score; borrows `guidance`.  Evaluates guidance->score twice in a branch that has a
 * guide, and once in others; with weight 0 it is guidance->score. */
RMF_API rmf_score rmf_guided_score(rmf_guidance *guidance);

/**
 * The objects to expect: out = E[x0 | x(t)] = (x + σ²·score)/α of n states [n, features] at time t,
 * by the score of one branch; out may be x.  Source: Efron 2011, Tweedie's formula.
 */
RMF_API RMF_CHECKED rmf_status rmf_denoise(const rmf_sde *sde, const rmf_score *score, int branch,
                                           double t, int64_t n, const float *x, float *out);

/** How much noise the sampler heun-churn adds: S_churn, S_tmin, S_tmax and S_noise of Karras et al.
 * 2022, the bounds as ratios σ/α.  All 0: none. */
typedef struct rmf_churn {
    double amount, low, high, noise;
} rmf_churn;

/** Steps back that a multistep method may look. */
#define RMF_HISTORY 3

/** One step of one block from t down to s < t. */
typedef struct rmf_step {
    const rmf_sde *sde;
    const rmf_score *score;
    int branch;
    double t, s; /* heun's step also goes up, s > t: that is encoding */
    int index; /* steps that these rows have made with this branch's network; at the first of them,
                  0, work holds nothing of this branch */
    double before[RMF_HISTORY]; /* where they began, the last one first; index of them, or all */
    double top;                 /* t_end of the branch: its network knows no later time */
    int steps;                  /* of one class from t_limit to 0, as asked for */
    bool last;  /* s is the final time of the whole run: return a noise-free estimate.  s = 0 then,
                   or, on the published grid, one spacing below t_start, which may be negative */
    bool paper; /* batch-wide Langevin step size, as published */
    double snr; /* 0.1 */
    int corrector_steps; /* 1 */
    rmf_churn churn;
    double eta;             /* of ancestral, see there */
    rmf_key key;            /* noise address: (key, sample[r], counter) */
    const uint64_t *sample; /* [rows] */
    uint32_t counter;       /* first noise counter free for this step; a step uses < 64 */
    int64_t used_rows;      /* rows that are real; the rest is padding */
    float *work;            /* work_floats·rows·features floats */
} rmf_step;

/**
 * A stretch of a branch whose times an adaptive method chooses by its error control, on a block of
 * rows that stands for all: the pilot.  (A block's rows share their times, so that a step of its
 * own for each block would let a sample depend on its neighbours.)
 */
typedef struct rmf_stretch {
    const rmf_sde *sde;
    const rmf_score *score;
    int branch;
    double from, to; /* down, from > to */
    double rtol, atol;
    /** NULL, or: the error of each row's log density is controlled too (by one probe vector); what
     * `score` evaluates is what this pulls back. */
    const rmf_pullback_score *pull;
    float *x; /* [rows, features]: states at `from`; at `to` when done */
    int n_looks;
    const double *look; /* [n_looks] times within, falling, at which states are wanted too */
    float *const *seen; /* [n_looks], [rows, features] each */
    double *times;      /* set: [steps + 1] from `from` to `to`; the caller's, rmf_free() */
    int steps;
} rmf_stretch;

enum rmf_grid { RMF_GRID_UNIFORM, RMF_GRID_RHO, RMF_GRID_LOGSNR };
typedef struct rmf_sampler_ops {
    const char *name, *summary, *source;
    int order, nfe_per_step;
    bool stochastic;
    enum rmf_grid grid; /* default time grid: uniform in t, ρ-spaced in σ/α (Karras et al.), or
                           uniform in log(σ/α) */
    int default_steps;  /* 0: chosen by error control */
    int work_floats;    /* scratch per sample feature; kept between the steps of a branch */
    rmf_status (*step)(const rmf_step *step, float *x); /* x [rows, features] in place */
    rmf_status (*choose)(rmf_stretch *stretch);         /* NULL: the method has no error control */
} rmf_sampler_ops;
RMF_API const rmf_sampler_ops *const *rmf_sampler_registry(void);
RMF_API const rmf_sampler_ops *rmf_sampler_find(const char *name);
/** "sample.…" keys: sampler, steps, rtol, atol, grid, rho, t_start, final, snr, corrector_steps,
 * paper, branch_corrector_steps, churn, churn_min, churn_max, churn_noise, eta, count, shared,
 * guidance. */
RMF_API extern const rmf_option rmf_sampling_options[];

#ifdef __cplusplus
}
#endif
#endif
