/* diffusion/sde_ve.c – variance exploding with g(t) = s^t:
 * α = 1, σ² = (s^{2t} − 1)/(2 ln s)  (the exponential form of Tseng et al. 2024). */
#include "diffusion/sde.h"

#include <math.h>

static void kernel(const rmf_sde *sde, double t, double *alpha, double *sigma)
{
    double twice = 2 * log(sde->parameter[0]);
    *alpha = 1;
    *sigma = sqrt(expm1(twice * t) / twice);
}

static double drift(const rmf_sde *sde, double t)
{
    (void)sde, (void)t;
    return 0;
}

static double diffusion(const rmf_sde *sde, double t)
{
    return pow(sde->parameter[0], t);
}

static double time_of_ratio(const rmf_sde *sde, double ratio)
{
    double twice = 2 * log(sde->parameter[0]);
    if (!(ratio > 0)) return 0;
    return fmin(log1p(twice * ratio * ratio) / twice, sde->t_limit);
}

static double prior(const rmf_sde *sde)
{
    double alpha, sigma;
    kernel(sde, sde->t_limit, &alpha, &sigma);
    return sigma;
}

static const rmf_option options[] = {
    {"sigma", RMF_OPTION_REAL, "25", 1.01, 1e4, NULL, "base s of the noise rate g(t) = s^t"},
    {0},
};

const rmf_sde_ops rmf_sde_ve = {
    .name = "ve",
    .summary = "variance exploding, noise rate exponential in time",
    .source = "Song et al. 2021; form of Tseng et al. 2024",
    .options = options,
    .kernel = kernel,
    .drift = drift,
    .diffusion = diffusion,
    .time_of_ratio = time_of_ratio,
    .prior = prior,
};
