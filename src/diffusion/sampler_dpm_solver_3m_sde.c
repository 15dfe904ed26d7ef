/* diffusion/sampler_dpm_solver_3m_sde.c – the reverse SDE by a third-order multistep method, one
 * network evaluation a step: as dpm-solver-sde, but D is the parabola through this step's estimate
 * and the two before, integrated exactly; a branch's first two steps do with fewer.
 *
 * This is the method known as DPM-Solver++(3M) SDE (k-diffusion, 2023) with one repair.  There the
 * divided difference D[t, t', t''], which is half a second derivative, is used as if it were a
 * whole one, and what is left is of second order; the exact weights are those of SA-Solver's
 * predictor (Xue et al. 2023, τ = 1). */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

static rmf_status dpm_solver_3m_sde(const rmf_step *step, float *x)
{
    return rmf_multistep_step(step, 3, true, x);
}

const rmf_sampler_ops rmf_sampler_dpm_solver_3m_sde = {
    .name = "dpm-solver++3m-sde",
    .summary = "reverse SDE, third-order multistep, 20 steps and more",
    .source = "Lu et al. 2022, DPM-Solver++; weights of Xue et al. 2023",
    .order = 3,
    .nfe_per_step = 1,
    .stochastic = true,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 36,
    .work_floats = 3,
    .step = dpm_solver_3m_sde,
};
