/* diffusion/sampler_dpm_solver_sde.c – the reverse SDE by a second-order multistep method, one
 * network evaluation a step (Lu et al. 2022, "DPM-Solver++", SDE-DPM-Solver++(2M)).
 *
 * With λ = log(α/σ), h = λ_s − λ_t and the denoised estimate D, the part of the SDE that is linear
 * in x is solved exactly:
 *     x_s = (σ_s/σ_t)·e^{−h}·x_t + α_s·(1 − e^{−2h})·D̂ + σ_s·√(1 − e^{−2h})·z
 * D̂ extrapolates D to the middle of the step, D̂ = D_t + (h/2h')·(D_t − D_before), with h' the step
 * before.  At the first step of a branch, whose network is another one, D̂ = D_t. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

static rmf_status dpm_solver_sde(const rmf_step *step, float *x)
{
    return rmf_multistep_step(step, 2, true, x);
}

const rmf_sampler_ops rmf_sampler_dpm_solver_sde = {
    .name = "dpm-solver-sde",
    .summary = "reverse SDE, second-order multistep, few steps",
    .source = "Lu et al. 2022, DPM-Solver++(2M) SDE",
    .order = 2,
    .nfe_per_step = 1,
    .stochastic = true,
    .grid = RMF_GRID_RHO,
    .default_steps = 36,
    .work_floats = 2,
    .step = dpm_solver_sde,
};
