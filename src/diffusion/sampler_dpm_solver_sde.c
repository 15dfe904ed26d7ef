/* diffusion/sampler_dpm_solver_sde.c – the reverse SDE by a second-order multistep method, one
 * network evaluation a step (Lu et al. 2022, "DPM-Solver++", SDE-DPM-Solver++(2M)).
 *
 * With λ = log(α/σ), h = λ_s − λ_t and the denoised estimate D = (x + σ²·score)/α, the part of the
 * SDE that is linear in x is solved exactly:
 *     x_s = (σ_s/σ_t)·e^{−h}·x_t + α_s·(1 − e^{−2h})·D̂ + σ_s·√(1 − e^{−2h})·z
 * D̂ extrapolates D to the middle of the step, D̂ = D_t + (h/2h')·(D_t − D_before), with h' the step
 * before.  At the first step of a branch, whose network is another one, D̂ = D_t. */
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>

static double log_ratio(const rmf_step *step, double t, double *alpha, double *sigma)
{
    step->sde->ops->kernel(step->sde, t, alpha, sigma);
    return log(*alpha / *sigma);
}

/* The factors of x, D_t, D_before and z. */
typedef struct factors {
    float keep, now, before, noise;
} factors;

static factors factors_of(const rmf_step *step)
{
    double alpha_t, sigma_t, alpha, sigma;
    const double from = log_ratio(step, step->t, &alpha_t, &sigma_t);
    const double h = log_ratio(step, step->s, &alpha, &sigma) - from;
    const double gain = -expm1(-2 * h);
    double extra = 0;
    if (step->before > step->t) {
        double a, s;
        extra = 0.5 * h / (from - log_ratio(step, step->before, &a, &s));
    }
    return (factors){.keep = (float)(sigma / sigma_t * exp(-h)),
                     .now = (float)(alpha * gain * (1 + extra)),
                     .before = (float)(-alpha * gain * extra),
                     .noise = (float)(sigma * sqrt(gain))};
}

static rmf_status dpm_solver_sde(const rmf_step *step, float *x)
{
    const int64_t d = step->score->features;
    float *estimate = step->work, *last = estimate + step->score->rows * d;
    double alpha, sigma;
    step->sde->ops->kernel(step->sde, step->t, &alpha, &sigma);
    const float from_x = (float)(1 / alpha), from_score = (float)(sigma * sigma / alpha);
    const factors f = step->last ? (factors){.now = 1} : factors_of(step);
    RMF_TRY(rmf_step_score(step, step->t, x, estimate));
#pragma omp parallel for schedule(static) if (step->used_rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < step->used_rows; r++) {
        float *row = x + r * d, *z = estimate + r * d, *past = last + r * d;
        for (int64_t i = 0; i < d; i++) {
            const float now = from_x * row[i] + from_score * z[i];
            row[i] = f.keep * row[i] + f.now * now + (f.before != 0 ? f.before * past[i] : 0);
            past[i] = now;
        }
        if (step->last) continue;
        rmf_random_normal(step->key, step->sample[r], step->counter, z, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            row[i] += f.noise * z[i];
    }
    return RMF_OK;
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
