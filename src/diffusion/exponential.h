/* diffusion/exponential.h – what exponential integrators share.
 *
 * With λ = log(α/σ) and the denoised estimate D = (x + σ²·score)/α the reverse process is linear in
 * x but for D, and the linear part is solved exactly (Lu et al. 2022, DPM-Solver++, propositions
 * 4.1 and 5.1).  Over a step from λ_t to λ_s = λ_t + h, with D at λ_t + τ·h,
 *     ODE  x_s = (σ_s/σ_t)·x_t           + α_s·∫₀¹ k·e^{−k(1−τ)}·D(τ) dτ,              k = h
 *     SDE  x_s = (σ_s/σ_t)·e^{−h}·x_t    + the same with k = 2h                        + noise
 * so a method is a choice of a polynomial for D. */
#ifndef RMF_DIFFUSION_EXPONENTIAL_H
#define RMF_DIFFUSION_EXPONENTIAL_H

#include "ramify/diffusion.h"

/** Estimates that one step may use: four, of a polynomial of degree 3. */
#define RMF_MAX_ESTIMATES 4

/** A time in these variables. */
typedef struct rmf_level {
    double alpha, sigma, lambda;
} rmf_level;
rmf_level rmf_level_at(const rmf_sde *sde, double t);

/** The denoised estimate of x [rows, features] at time t, into the used rows of `out`; one network
 * call.  out must not be x. */
rmf_status rmf_step_denoise(const rmf_step *step, double t, const float *x, float *out);

/**
 * weight[j] = ∫₀¹ k·e^{−k(1−τ)}·l_j(τ) dτ for the Lagrange polynomials l_j of the nodes: with them
 * Σ weight·D is the integral above, exact for D of degree n − 1.  node[n] distinct, in units of the
 * step: 0 its start, 1 its end, negative before; 1 ≤ n ≤ RMF_MAX_ESTIMATES, k > 0.
 */
void rmf_exponential_weights(double k, int n, const double *node, double *weight);

/** x_to = (σ_to/σ_from)·√(1 − fresh)·x + α_to·Σ weight·estimate over the used rows. */
typedef struct rmf_exponential {
    rmf_level from, to;
    double fresh; /* share of x's noise, as a variance, that the caller draws anew with deviation
                     σ_to·√fresh: 0 of the ODE, 1 − e^{−2h} of the SDE */
    int n;
    double weight[RMF_MAX_ESTIMATES];
    const float *estimate[RMF_MAX_ESTIMATES];
} rmf_exponential;
/** `to` may be x. */
void rmf_exponential_move(const rmf_step *step, const rmf_exponential *move, const float *x,
                          float *to);

/** x = gain·x + spread·z over the used rows, with the noise of the step; scratch as large as x. */
void rmf_step_noise(const rmf_step *step, double gain, double spread, float *scratch, float *x);

/** Where the estimate of `back` steps ago stands in the scratch memory of a method that keeps
 * `kept` of them, its first kept·rows·features floats; 0 is this step's.  They go round: nothing is
 * ever copied. */
float *rmf_step_estimate(const rmf_step *step, int kept, int back);

/**
 * x_s from x_t by the polynomial through this step's estimate and those before, as many as the
 * branch has and at most `order`: a branch's network is not its parent's, so the history starts
 * anew.  Of order 2, the published rule takes D in the middle of the step for its mean.  The
 * estimates are rmf_step_estimate(step, kept, …), kept ≥ order; the oldest of `order` is lost.
 */
void rmf_multistep(const rmf_step *step, int order, int kept, bool stochastic, float *x);
/** A whole step: estimate, then rmf_multistep(), or the estimate itself at the end. */
rmf_status rmf_multistep_step(const rmf_step *step, int order, bool stochastic, float *x);

#endif
