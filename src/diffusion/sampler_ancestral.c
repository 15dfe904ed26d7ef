/* diffusion/sampler_ancestral.c – the reverse of Gaussian steps with the denoised estimate D in the
 * place of x0 (Ho et al. 2020, algorithm 2; over several steps at once Song, Meng & Ermon 2021,
 * equation 12).  From t down to s, h = λ_s − λ_t, a state's noise given x0 is (σ_s/σ_t) times that
 * of x_t but for the share 1 − e^{−2h} of its variance, which is drawn anew; with η² of that share
 *     fresh = η²·(1 − e^{−2h}),  x_s = α_s·D + σ_s·√(1 − fresh)·(x_t − α_t·D)/σ_t + σ_s·√fresh·z.
 * η = 1 over single steps of a discrete process is the published sampler, with the reverse variance
 * β_t·(1 − ᾱ_{t−1})/(1 − ᾱ_t) and no noise in the last step; η = 0 is DDIM. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <string.h>

static rmf_status ancestral(const rmf_step *step, float *x)
{
    float *estimate = step->work;
    RMF_TRY(rmf_step_denoise(step, step->t, x, estimate));
    if (step->last) {
        memcpy(x, estimate, (size_t)(step->used_rows * step->score->features) * sizeof *x);
        return RMF_OK;
    }
    rmf_exponential move = {.from = rmf_level_at(step->sde, step->t),
                            .to = rmf_level_at(step->sde, step->s),
                            .n = 1,
                            .estimate = {estimate}};
    const double h = move.to.lambda - move.from.lambda;
    move.fresh = step->eta * step->eta * -expm1(-2 * h);
    move.weight[0] = 1 - sqrt(1 - move.fresh) * exp(-h);
    rmf_exponential_move(step, &move, x, x);
    if (move.fresh > 0) rmf_step_noise(step, 1, move.to.sigma * sqrt(move.fresh), estimate, x);
    return RMF_OK;
}

const rmf_sampler_ops rmf_sampler_ancestral = {
    .name = "ancestral",
    .summary = "reverse of the Gaussian steps, all of them or some, with noise (DDPM)",
    .source = "Ho et al. 2020, algorithm 2; Song, Meng & Ermon 2021, equation 12",
    .order = 1,
    .nfe_per_step = 1,
    .stochastic = true,
    .grid = RMF_GRID_UNIFORM,
    .default_steps = 1000,
    .work_floats = 1,
    .step = ancestral,
};
