/* diffusion/sampler_euler_maruyama.c – the reverse SDE dx = (f − g²·score) dt + g dw̄, one step
 * each: x ← x − (f(t)·x − g(t)²·score)·Δ + g(t)·√Δ·z  (Song et al. 2021, algorithm 2's predictor).
 */
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>

rmf_status rmf_step_score(const rmf_step *step, double t, const float *x, float *score)
{
    return step->score->eval(step->score->context, step->branch, t, x, score);
}

rmf_status rmf_reverse_step(const rmf_step *step, uint32_t counter, float *x)
{
    const int64_t d = step->score->features;
    const double dt = step->t - step->s;
    const double g = step->sde->ops->diffusion(step->sde, step->t);
    const float keep = (float)(1 - step->sde->ops->drift(step->sde, step->t) * dt);
    const float push = (float)(g * g * dt), noise = step->last ? 0.0f : (float)(g * sqrt(dt));
    float *score = step->work;
    RMF_TRY(rmf_step_score(step, step->t, x, score));
#pragma omp parallel for schedule(static) if (step->used_rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < step->used_rows; r++) {
        float *row = x + r * d, *z = score + r * d;
        for (int64_t i = 0; i < d; i++)
            row[i] = keep * row[i] + push * z[i];
        if (step->last) continue;
        rmf_random_normal(step->key, step->sample[r], counter, z, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            row[i] += noise * z[i];
    }
    return RMF_OK;
}

static rmf_status euler_maruyama(const rmf_step *step, float *x)
{
    return rmf_reverse_step(step, step->counter, x);
}

const rmf_sampler_ops rmf_sampler_euler_maruyama = {
    .name = "euler-maruyama",
    .summary = "reverse SDE, first order",
    .source = "Song et al. 2021, section 4.1",
    .order = 1,
    .nfe_per_step = 1,
    .stochastic = true,
    .grid = RMF_GRID_UNIFORM,
    .default_steps = 500,
    .work_floats = 1,
    .step = euler_maruyama,
};
