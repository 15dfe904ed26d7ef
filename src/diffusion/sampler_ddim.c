/* diffusion/sampler_ddim.c – the probability-flow ODE by an exponential integrator of first order:
 * the denoised estimate is held over the step and all else is exact,
 *     x_s = (σ_s/σ_t)·x_t + α_s·(1 − e^{−h})·D_t,   h = λ_s − λ_t, λ = log(α/σ)
 * (Song, Meng & Ermon 2021, DDIM with η = 0; Zhang & Chen 2023 derive it as an integrator). */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

static rmf_status ddim(const rmf_step *step, float *x)
{
    return rmf_multistep_step(step, 1, false, x);
}

const rmf_sampler_ops rmf_sampler_ddim = {
    .name = "ddim",
    .summary = "probability-flow ODE, first-order exponential integrator",
    .source = "Song, Meng & Ermon 2021, eta = 0",
    .order = 1,
    .nfe_per_step = 1,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 36,
    .work_floats = 1,
    .step = ddim,
};
