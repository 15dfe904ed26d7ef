/* diffusion/sampler_heun_churn.c – Heun's method with churn (Karras et al. 2022, algorithm 2): a
 * step first adds noise, from the ratio ρ = σ/α up to ρ·(1 + γ), γ = min(churn/steps, √2 − 1), and
 * then goes down from there.  In y = x/α, which every process moves by noise alone, their formula
 * is ŷ = y + S_noise·√(ρ̂² − ρ²)·z and it holds for all of ours.  The way up ends where the branch
 * begins, since its network was not trained above: a branch's first step adds nothing. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

#include <math.h>

static double ratio_at(const rmf_step *step, double t)
{
    double alpha, sigma;
    step->sde->ops->kernel(step->sde, t, &alpha, &sigma);
    return sigma / alpha;
}

static double churned_time(const rmf_step *step)
{
    const double ratio = ratio_at(step, step->t);
    const double gain = 1 + fmin(step->churn.amount / step->steps, sqrt(2) - 1);
    if (!(ratio >= step->churn.low && ratio <= step->churn.high)) return step->t;
    const double t = step->sde->ops->time_of_ratio(step->sde, gain * ratio);
    return fmin(fmax(t, step->t), step->top);
}

static rmf_status heun_churn(const rmf_step *step, float *x)
{
    rmf_step down = *step;
    down.t = churned_time(step);
    if (down.t > step->t) {
        const double from = ratio_at(step, step->t), to = ratio_at(step, down.t);
        const double alpha = rmf_level_at(step->sde, down.t).alpha;
        rmf_step_noise(step, alpha / rmf_level_at(step->sde, step->t).alpha,
                       alpha * step->churn.noise * sqrt(to * to - from * from), step->work, x);
    }
    return rmf_heun_step(&down, x);
}

const rmf_sampler_ops rmf_sampler_heun_churn = {
    .name = "heun-churn",
    .summary = "Heun's method, noise added before every step, many steps",
    .source = "Karras et al. 2022, algorithm 2, in the angle of Salimans & Ho 2022",
    .order = 2,
    .nfe_per_step = 2,
    .stochastic = true,
    .grid = RMF_GRID_RHO,
    .default_steps = 100,
    .work_floats = 3,
    .step = heun_churn,
};
