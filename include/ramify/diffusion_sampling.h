/**
 * ramify/diffusion_sampling.h – sampling along a tree, encoding, and routing at branch points.
 */
#ifndef RAMIFY_DIFFUSION_SAMPLING_H
#define RAMIFY_DIFFUSION_SAMPLING_H

#include "ramify/diffusion_sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

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
