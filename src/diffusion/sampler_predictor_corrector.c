/* diffusion/sampler_predictor_corrector.c – Langevin steps at the noise level of t, then one step
 * of the reverse SDE (Song et al. 2021, section 4.2). */
#include "diffusion/langevin.h"
#include "diffusion/sampler.h"

static rmf_status predictor_corrector(const rmf_step *step, float *x)
{
    for (int k = 0; k < step->corrector_steps; k++)
        RMF_TRY(rmf_langevin_step(step, step->counter + 1 + (uint32_t)k, x));
    return rmf_reverse_step(step, step->counter, x);
}

const rmf_sampler_ops rmf_sampler_predictor_corrector = {
    .name = "predictor-corrector",
    .summary = "reverse SDE with Langevin steps at every noise level",
    .source = "Song et al. 2021, section 4.2; step size of Tseng et al. 2024",
    .order = 1,
    .nfe_per_step = 2,
    .stochastic = true,
    .grid = RMF_GRID_UNIFORM,
    .default_steps = 500,
    .work_floats = RMF_LANGEVIN_FLOATS,
    .step = predictor_corrector,
};
