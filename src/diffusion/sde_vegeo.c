/* diffusion/sde_vegeo.c – variance exploding with geometric noise: α = 1, σ = s0·(s1/s0)^t,
 * so that σ(0) = s0 and not 0  (Song et al. 2021, appendix C). */
#include "diffusion/sde.h"

#include <math.h>

static double sigma_at(const rmf_sde *sde, double t)
{
    return sde->parameter[0] * pow(sde->parameter[1] / sde->parameter[0], t);
}

static void kernel(const rmf_sde *sde, double t, double *alpha, double *sigma)
{
    *alpha = 1;
    *sigma = sigma_at(sde, t);
}

static double drift(const rmf_sde *sde, double t)
{
    (void)sde, (void)t;
    return 0;
}

static double diffusion(const rmf_sde *sde, double t)
{
    return sigma_at(sde, t) * sqrt(2 * log(sde->parameter[1] / sde->parameter[0]));
}

static double time_of_ratio(const rmf_sde *sde, double ratio)
{
    if (!(ratio > sde->parameter[0])) return 0;
    double t = log(ratio / sde->parameter[0]) / log(sde->parameter[1] / sde->parameter[0]);
    return fmin(t, sde->t_limit);
}

static double prior(const rmf_sde *sde)
{
    return sigma_at(sde, sde->t_limit);
}

static const rmf_option options[] = {
    {"sigma_min", RMF_OPTION_REAL, "0.01", 1e-6, 1e3, NULL, "noise at time 0"},
    {"sigma_max", RMF_OPTION_REAL, "50", 1e-5, 1e5, NULL, "noise at time 1"},
    {0},
};

const rmf_sde_ops rmf_sde_vegeo = {
    .name = "vegeo",
    .summary = "variance exploding, noise geometric in time",
    .source = "Song et al. 2021, appendix C",
    .options = options,
    .kernel = kernel,
    .drift = drift,
    .diffusion = diffusion,
    .time_of_ratio = time_of_ratio,
    .prior = prior,
};
