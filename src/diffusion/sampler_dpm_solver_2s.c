/* diffusion/sampler_dpm_solver_2s.c – the probability-flow ODE by a second-order singlestep method
 * (Lu et al. 2022, "DPM-Solver++", algorithm 1, with r = ½): half a step in λ with the estimate of
 * the start, then the whole step with the estimate found there.  It needs no history, so branch
 * points cost it nothing. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <string.h>

/* x_to from x with one estimate held. */
static void hold(const rmf_step *step, double to, const float *estimate, const float *x, float *out)
{
    rmf_exponential move = {.from = rmf_level_at(step->sde, step->t),
                            .to = rmf_level_at(step->sde, to),
                            .n = 1,
                            .estimate = {estimate}};
    move.weight[0] = -expm1(move.from.lambda - move.to.lambda);
    rmf_exponential_move(step, &move, x, out);
}

static rmf_status dpm_solver_2s(const rmf_step *step, float *x)
{
    const int64_t d = step->score->features, block = step->score->rows * d;
    float *estimate = step->work, *middle = estimate + block;
    RMF_TRY(rmf_step_denoise(step, step->t, x, estimate));
    if (step->last) {
        memcpy(x, estimate, (size_t)(step->used_rows * d) * sizeof *x);
        return RMF_OK;
    }
    const double mean =
        0.5 * (rmf_level_at(step->sde, step->t).lambda + rmf_level_at(step->sde, step->s).lambda);
    const double half = step->sde->ops->time_of_ratio(step->sde, exp(-mean));
    /* The rows of padding go through the network too, so they must hold numbers. */
    memcpy(middle, x, (size_t)block * sizeof *middle);
    hold(step, half, estimate, x, middle);
    RMF_TRY(rmf_step_denoise(step, half, middle, estimate));
    hold(step, step->s, estimate, x, x);
    return RMF_OK;
}

const rmf_sampler_ops rmf_sampler_dpm_solver_2s = {
    .name = "dpm-solver++2s",
    .summary = "probability-flow ODE, second-order singlestep, few steps",
    .source = "Lu et al. 2022, DPM-Solver++, algorithm 1",
    .order = 2,
    .nfe_per_step = 2,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 18,
    .work_floats = 2,
    .step = dpm_solver_2s,
};
