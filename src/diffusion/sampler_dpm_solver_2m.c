/* diffusion/sampler_dpm_solver_2m.c – the probability-flow ODE by a second-order multistep method,
 * one network evaluation a step (Lu et al. 2022, "DPM-Solver++", algorithm 2):
 *     x_s = (σ_s/σ_t)·x_t + α_s·(1 − e^{−h})·D̂,   D̂ = D_t + (h/2h')·(D_t − D_before)
 * with h' the step before.  A branch's first step has no D_before of its own network: D̂ = D_t. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

static rmf_status dpm_solver_2m(const rmf_step *step, float *x)
{
    return rmf_multistep_step(step, 2, false, x);
}

const rmf_sampler_ops rmf_sampler_dpm_solver_2m = {
    .name = "dpm-solver++2m",
    .summary = "probability-flow ODE, second-order multistep, few steps",
    .source = "Lu et al. 2022, DPM-Solver++, algorithm 2",
    .order = 2,
    .nfe_per_step = 1,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 20,
    .work_floats = 2,
    .step = dpm_solver_2m,
};
