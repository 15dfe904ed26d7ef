/* diffusion/sde_vp.c – variance preserving with a linear β(t) = b0 + (b1 − b0)·t:
 * α = exp(−B/2), σ² = 1 − exp(−B), B(t) = b0·t + (b1 − b0)·t²/2  (Song et al. 2021, appendix B). */
#include "diffusion/sde.h"

#include <math.h>

static double beta(const rmf_sde *sde, double t)
{
    return sde->parameter[0] + (sde->parameter[1] - sde->parameter[0]) * t;
}

static double integral(const rmf_sde *sde, double t)
{
    return t * (sde->parameter[0] + 0.5 * (sde->parameter[1] - sde->parameter[0]) * t);
}

static void kernel(const rmf_sde *sde, double t, double *alpha, double *sigma)
{
    double b = integral(sde, t);
    *alpha = exp(-0.5 * b);
    *sigma = sqrt(-expm1(-b));
}

static double drift(const rmf_sde *sde, double t)
{
    return -0.5 * beta(sde, t);
}

static double diffusion(const rmf_sde *sde, double t)
{
    return sqrt(beta(sde, t));
}

/* (σ/α)² = exp(B) − 1, then the quadratic in t in the form that does not cancel. */
static double time_of_ratio(const rmf_sde *sde, double ratio)
{
    double b = log1p(ratio * ratio), b0 = sde->parameter[0];
    if (!(ratio > 0)) return 0;
    if (b >= integral(sde, sde->t_limit)) return sde->t_limit;
    double beta_square = b0 * b0 + 2 * (sde->parameter[1] - b0) * b;
    return fmin(2 * b / (b0 + sqrt(fmax(beta_square, 0))), sde->t_limit);
}

/* As published: N(0, I), however large α(t_limit) still is. */
static double prior(const rmf_sde *sde)
{
    (void)sde;
    return 1;
}

static const rmf_option options[] = {
    {"beta_min", RMF_OPTION_REAL, "0.1", 0, 1000, NULL, "noise rate β at time 0"},
    {"beta_max", RMF_OPTION_REAL, "20", 0, 1000, NULL, "noise rate β at time 1"},
    {0},
};

const rmf_sde_ops rmf_sde_vp = {
    .name = "vp",
    .summary = "variance preserving, noise rate linear in time",
    .source = "Song et al. 2021, appendix B",
    .options = options,
    .kernel = kernel,
    .drift = drift,
    .diffusion = diffusion,
    .time_of_ratio = time_of_ratio,
    .prior = prior,
};
