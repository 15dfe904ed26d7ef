/**
 * ramify/diffusion.h – forward processes, parametrisations with their losses, samplers, and
 * sampling along a tree.  Time 0 = data, t_limit = noise.  Scores are ∇ log p_t(x) in normalised
 * units.
 */
#ifndef RAMIFY_DIFFUSION_H
#define RAMIFY_DIFFUSION_H

#include "ramify/core.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- forward processes
 * --------------------------------------------------------------------------- */

typedef struct rmf_sde rmf_sde;
/** x(t) = α(t)·x0 + σ(t)·z;  dx = drift(t)·x dt + diffusion(t) dw. */
typedef struct rmf_sde_ops {
    const char *name, *summary, *source;
    const rmf_option *options; /* keys "sde.…", in the order of the short form "vp:0.1,20" */
    void (*kernel)(const rmf_sde *sde, double t, double *alpha, double *sigma);
    double (*drift)(const rmf_sde *sde, double t);
    double (*diffusion)(const rmf_sde *sde, double t);
    /** t with σ(t)/α(t) = ratio, clamped to [0, t_limit]; the ratio grows with t. */
    double (*time_of_ratio)(const rmf_sde *sde, double ratio);
    double (*prior)(const rmf_sde *sde); /* see rmf_sde_prior() */
    /** T of a process that is defined at the times k·t_limit/T, k = 0 … T; NULL: at every time. */
    int (*steps)(const rmf_sde *sde);
} rmf_sde_ops;
struct rmf_sde {
    const rmf_sde_ops *ops;
    double parameter[4];
    double t_limit; /* 1 */
};
RMF_API const rmf_sde_ops *const *rmf_sde_registry(void);
/** The key that all processes share, "sde.name"; the chosen process's own options come beside it.
 */
RMF_API extern const rmf_option rmf_sde_options[];
/** "vp:0.1,20", "ve:25", "vegeo:0.01,50", "discrete:1e-4,1e-5,1000", or a name alone for defaults.
 * `place` names the origin.  */
RMF_API RMF_CHECKED rmf_status rmf_sde_parse(const char *text, const char *place, rmf_sde *out);
/** From "sde.name" and the options of that process; absent keys give the process's defaults. */
RMF_API RMF_CHECKED rmf_status rmf_sde_from_settings(const rmf_settings *settings, rmf_sde *out);
/** The short form, into text[size]. */
RMF_API void rmf_sde_print(const rmf_sde *sde, char *text, size_t size);
/** For discovery; borrows sde. */
RMF_API rmf_noise rmf_sde_noise(const rmf_sde *sde);
/** Standard deviation of the prior: √(α²σ_data² + σ²) is close to σ(t_limit); VP: 1. */
RMF_API double rmf_sde_prior(const rmf_sde *sde);

/* ---- discrete time ---- */

/** T of a process in steps; 0: continuous. */
RMF_API int rmf_sde_steps(const rmf_sde *sde);
/** t at the nearest whole step, itself if the process is continuous. */
RMF_API double rmf_sde_settle(const rmf_sde *sde, double t);
/** RMF_OK if t is a time of the process: any of a continuous one, a whole step of a discrete one.
 * Else RMF_ERR_USAGE with "`what` is …" and the step it would be. */
RMF_API RMF_CHECKED rmf_status rmf_sde_check_time(const rmf_sde *sde, const char *what, double t);
/**
 * The branch that is trained at (class, t).  Of a continuous process it is the one that answers
 * there, rmf_tree_find().  Step k of a discrete one leads from time k/T to (k − 1)/T and belongs to
 * the branch on that way, so at a branch point it is the child's: a branch is trained at the steps
 * above its t_start, up to its t_end, which are those that a sampler makes in it.
 */
RMF_API int rmf_sde_branch(const rmf_sde *sde, const rmf_tree *tree, int class_index, double t);

/* ---- parametrisations and losses
 * ------------------------------------------------------------------ */

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

/* ---- score and samplers
 * ----------------------------------------------------------------------------- */

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

/* ---- sampling along a tree
 * --------------------------------------------------------------------------- */

/**
 * Called after every step of every block when a trajectory is wanted: rows first … first + count of
 * the output are x [count, features] at time t.  In shared mode a state that several classes share
 * is reported once for each, so that in both modes every output row gets its whole trajectory,
 * times descending.  Returning another status than RMF_OK ends the sampling with it.
 */
typedef struct rmf_recorder {
    rmf_status (*record)(void *context, int branch, double t, int64_t first, int64_t count,
                         const float *x);
    void *context;
} rmf_recorder;

typedef struct rmf_sampling {
    const rmf_tree *tree;
    const rmf_sde *sde;
    const rmf_score *score;
    const rmf_sampler_ops *sampler;
    int steps; /* of one class from t_limit to 0; the last one, from t_start to 0, is noise-free.
                  0: chosen by the error control of a sampler that has it */
    double rtol, atol; /* for that: of u = x/√(α² + σ²), which is of the order of the data */
    enum rmf_grid grid;
    double rho, t_start, snr;
    bool noisy_end; /* stop at t_start, without the last step: samples keep its noise */
    int corrector_steps;
    int branch_corrector_steps; /* of every sampler, where a branch takes over from its parent */
    rmf_churn churn;
    double eta; /* ancestral: 1 all noise of the reverse process, 0 none, which is ddim */
    bool paper; /* of stochastic samplers: the published step size, and grid where it is uniform
                   (that of a discrete process is all its steps, without asking) */
    bool shared;
    uint64_t seed;
    const int *classes; /* [n_classes] class numbers, distinct */
    int n_classes;
    int64_t count;                /* samples a class */
    double guidance;              /* w of rmf_guidance; 0: off, `guide` may be NULL then */
    const int *guide;             /* [branches], see rmf_guidance */
    const rmf_recorder *recorder; /* or NULL */
    double t_from;                /* start at this time from states that x holds; 0 = from the
                                     prior at t_limit */
    double t_until;               /* stop there, with states in x; 0 = go on to the data */
    int64_t *evaluations;         /* NULL, or [branches]: gets how often a sample's way along each
                                     branch evaluates the network */
} rmf_sampling;
/** All but tree, sde, score, classes, guide, recorder, t_from, t_until and evaluations, from
 * checked settings; the seed from "seed". */
RMF_API RMF_CHECKED rmf_status rmf_sampling_from_settings(const rmf_settings *settings,
                                                          rmf_sampling *out);
/** The same with the keys of `over` ("sample.…", checked here; may be empty) before those of a
 * recipe.  Where they name a sampler, the recipe's steps and grid, made for another, are left
 * aside.
 */
RMF_API RMF_CHECKED rmf_status rmf_sampling_over(const rmf_settings *recipe,
                                                 const rmf_settings *over, rmf_sampling *out);

typedef struct rmf_sampling_report {
    int64_t evaluated_rows; /* rows the network really worked for (guides too), padding left out */
    int64_t independent_rows; /* what flat sampling of the same classes would take */
    int64_t calls;            /* block evaluations, the pilot's too */
    int64_t pilot_calls;      /* those that chose the times; each is a whole block's */
    double nfe; /* network calls a sample along its own path, mean over classes, without the
                   pilot, which runs once however many samples there are */
    double seconds;
} rmf_sampling_report;

/**
 * Times of one branch: t_end = times[0] > … > times[steps], one number a step and one more.  The
 * last is the branch's t_start; the branch that holds sampling->t_start goes on to that time and
 * then, unless noisy_end, in one step to 0.  The global grid gives the density; a branch gets its
 * share of the steps, rounded, at least 1, evenly spread on the grid's own scale, so its times
 * depend on nothing but the branch. Where the tree was extended, the pieces of a split branch share
 * the steps that it had, so a piece begins at the last of these times that is not below its t_end,
 * and a branch that leaves between two of them begins with a step from the time before. Branches of
 * length 0 or below t_start: 0 steps.  With `paper` (uniform grid, stochastic sampler) the
 * published grid is cut instead: linspace(t_limit, t_start, steps) with one step from *every*
 * point; a branch has the points with t_start ≤ t < t_end and ends at the first point below. t_from
 * and t_until cut the branches that hold them and leave the grids of others as they are; such a run
 * never takes the published grid, and takes the pieces of a split branch for branches.  Times of a
 * discrete process are whole steps, each at most once; t_start, t_from and t_until must be some.
 * 0 a pilot of score->rows samples, the same for every seed and request, chooses the times from
 * t_limit down to the branch, so `score` must be there, and time is spent.  Free with rmf_free.
 */
RMF_API RMF_CHECKED rmf_status rmf_branch_grid(const rmf_sampling *sampling, int branch,
                                               double **times, int *steps);
/**
 * Samples: x [n_classes·count, features] class by class in the order of `classes`, normalised
 * units, caller's; undefined after a failure.  shared: classes share their trajectory until their
 * branches part; otherwise each (class, sample) has its own noise.  Guarantees, byte for byte at
 * one thread count: a class alone = the same class among others; the first k of n samples = a run
 * of k (the second not with predictor-corrector in `paper` mode, whose step size depends on the
 * block); a run that stops at a branch point and one that goes on from there = an unbroken one.
 *
 * branch_corrector_steps: Langevin steps with the branch's score at its first time, of the size
 * that snr and each sample's own norm give: what a branch gets are states of its parent's whole
 * group, and these lead them towards its own marginal.  None in the root, in branches that nothing
 * was run above, in the lower piece of a split branch, which has the same network, nor where a run
 * begins inside a branch.
 *
 * t_from: x holds a state for every row.  In shared mode rows that share a branch at that time need
 * the same states; those of the first class below it count.
 * t_until: from sampling->t_start up to t_from (or t_limit, which gives back the starting states).
 * RMF_ERR_INTERRUPTED when progress says stop; RMF_ERR_NUMERIC when a state is not finite.
 */
RMF_API RMF_CHECKED rmf_status rmf_sample(const rmf_sampling *sampling,
                                          const rmf_progress *progress, float *x,
                                          rmf_sampling_report *report);
/**
 * The way back, for deterministic maps between classes: x [n_classes·count, features] holds objects
 * in normalised units, class by class, and gets their states at time t_from (0: t_limit) by the
 * probability-flow ODE along each class's own branches.  Heun's steps on the times that
 * rmf_sample() would take, backwards, whatever the sampler; from sampling->t_start on, where an
 * object x0 stands at α·x0.  Rows do not depend on each other.  With t_until x holds states at that
 * time instead. Returns as rmf_sample(). Source: Song et al. 2021, section 4.3.
 */
RMF_API RMF_CHECKED rmf_status rmf_encode(const rmf_sampling *sampling,
                                          const rmf_progress *progress, float *x,
                                          rmf_sampling_report *report);

/** Where states go at branch points. */
typedef struct rmf_router {
    /** p [rows, children]: for each row of x [rows, features] the probability of each child of
     * `branch`, in their order, given that the state is x at the branch's t_start; they add up
     * to 1. rows is that of the score's blocks.  Must depend, row by row, on that row's x only. */
    rmf_status (*posterior)(void *context, int branch, const float *x, int64_t rows, double *p);
    void *context;
} rmf_router;
/**
 * Samples of all classes together: each starts at the root and goes, at every branch point, into
 * one child, drawn with its posterior given the state.  With exact scores and posteriors the
 * samples of a class have the class's distribution wherever branches part, and classes come as
 * often as in the mixture that the root stands for.  x [count, features], `count` samples
 * altogether; class_index [count]: the class that each arrived at.  Of the sampling, classes,
 * n_classes, shared and paper are not looked at, t_from and t_until must be 0.
 *
 * Sample k takes the way that sample k of its class takes in shared mode, with the same noise (the
 * pieces of a split branch, though, are branches of their own here), so the first k of n samples
 * are a run of k.  Nothing is shared: a sample costs its own path.  RMF_ERR_NUMERIC for
 * probabilities that are none; else returns as rmf_sample().
 */
RMF_API RMF_CHECKED rmf_status rmf_sample_routed(const rmf_sampling *sampling,
                                                 const rmf_router *router,
                                                 const rmf_progress *progress, float *x,
                                                 int *class_index, rmf_sampling_report *report);

#ifdef __cplusplus
}
#endif
#endif
