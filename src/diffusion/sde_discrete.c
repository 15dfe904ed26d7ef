/* diffusion/sde_discrete.c – the Gaussian process in T steps (Sohl-Dickstein et al. 2015, Ho et al.
 * 2020) with noise rates linear in the step, β_k = β_1 + δ·(k − 1):
 *     x_k = √(1 − β_k)·x_{k−1} + √β_k·z,   ᾱ_k = Π_{i ≤ k} (1 − β_i),   α = √ᾱ, σ² = 1 − ᾱ.
 *
 * Step k stands at time k/T, so that trees, grids and networks know one time axis, from 0 to 1.
 * ᾱ_0 = 1: there is no noise at time 0.  Between steps log ᾱ is linear, as DPM-Solver takes it (Lu
 * et al. 2022, appendix D).  This makes the process the variance preserving one whose rate is
 * constant on each step, −T·log(1 − β_k): its moves over whole steps are exactly those above. */
#include "diffusion/sde.h"

#include <math.h>

enum { MOST_STEPS = 10000 }; /* ᾱ is a product of so many factors, taken anew at each call */

static int step_count(const rmf_sde *sde)
{
    return (int)sde->parameter[2];
}

static double beta(const rmf_sde *sde, int k)
{
    return sde->parameter[0] + sde->parameter[1] * (k - 1);
}

/* Where t stands: after `whole` steps and a part of the next one. */
static int split(const rmf_sde *sde, double t, double *part)
{
    const double at = fmin(fmax(t / sde->t_limit, 0), 1) * step_count(sde), near = round(at);
    const bool settled = fabs(at - near) < RMF_STEP_TOLERANCE;
    *part = settled ? 0 : at - floor(at);
    return (int)(settled ? near : floor(at));
}

/* ᾱ and 1 − ᾱ side by side: neither cancels where the other is small. */
static void kernel(const rmf_sde *sde, double t, double *alpha, double *sigma)
{
    double part, signal = 1, noise = 0;
    const int whole = split(sde, t, &part);
    for (int k = 1; k <= whole; k++) {
        const double b = fmin(beta(sde, k), 1);
        signal *= 1 - b;
        noise += b * (1 - noise);
    }
    if (part > 0) {
        const double log_keep = part * log1p(-beta(sde, whole + 1));
        signal *= exp(log_keep);
        noise += -expm1(log_keep) * (1 - noise);
    }
    *alpha = sqrt(signal);
    *sigma = sqrt(noise);
}

/* The rate of the step that ends at t, or within which t lies: the one a sampler is to undo. */
static double rate(const rmf_sde *sde, double t)
{
    double part;
    const int whole = split(sde, t, &part), k = part > 0 ? whole + 1 : whole > 0 ? whole : 1;
    return -step_count(sde) / sde->t_limit * log1p(-beta(sde, k));
}

static double drift(const rmf_sde *sde, double t)
{
    return -0.5 * rate(sde, t);
}

static double diffusion(const rmf_sde *sde, double t)
{
    return sqrt(rate(sde, t));
}

/* (σ/α)² + 1 = 1/ᾱ, and log(1/ᾱ) rises from step to step. */
static double time_of_ratio(const rmf_sde *sde, double ratio)
{
    const int steps = step_count(sde);
    double left = log1p(ratio * ratio);
    if (!(ratio > 0)) return 0;
    for (int k = 1; k <= steps; k++) {
        const double length = -log1p(-beta(sde, k));
        if (left <= length) return (k - 1 + left / length) / steps * sde->t_limit;
        left -= length;
    }
    return sde->t_limit;
}

static double prior(const rmf_sde *sde)
{
    (void)sde;
    return 1;
}

static const rmf_option options[] = {
    {"beta_1", RMF_OPTION_REAL, "1e-4", 1e-9, 0.999, NULL, "variance β that the first step adds"},
    {"delta", RMF_OPTION_REAL, "1e-5", 0, 0.999, NULL, "what each further step adds more"},
    {"steps", RMF_OPTION_INT, "1000", 2, MOST_STEPS, NULL, "steps T; step k is time k/T"},
    {0},
};

const rmf_sde_ops rmf_sde_discrete = {
    .name = "discrete",
    .summary = "Gaussian noise in T steps, noise rate linear in the step",
    .source = "Ho et al. 2020, section 2; settings of Tseng et al. 2024",
    .options = options,
    .kernel = kernel,
    .drift = drift,
    .diffusion = diffusion,
    .time_of_ratio = time_of_ratio,
    .prior = prior,
    .steps = step_count,
};
