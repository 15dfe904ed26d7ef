/* diffusion/sampler_heun.c – Heun's method on the probability-flow ODE in the variables of Karras
 * et al. 2022, y = x/α over σ̃ = σ/α (algorithm 1): dy/dσ̃ = (y − D)/σ̃ = −σ·score,   D = (x +
 * σ²·score)/α. Written in x.  The last step, to time 0, is Euler's: it returns the denoised
 * estimate D. */
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

/* out = scale·x + a·p + b·q over the used rows; q may be NULL. */
typedef struct sum {
    const float *x, *p, *q;
    double scale, a, b;
} sum;

static void combine(const rmf_step *step, const sum *s, float *out)
{
    const int64_t n = step->used_rows * step->score->features;
    const float scale = (float)s->scale, a = (float)s->a, b = (float)s->b;
    const float *x = s->x, *p = s->p, *q = s->q;
    if (!q) {
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
        for (int64_t i = 0; i < n; i++)
            out[i] = scale * x[i] + a * p[i];
        return;
    }
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        out[i] = scale * x[i] + (a * p[i] + b * q[i]);
}

static rmf_status heun(const rmf_step *step, float *x)
{
    const int64_t d = step->score->features, block = step->score->rows * d;
    float *here = step->work, *there = here + block, *guess = there + block;
    double alpha, sigma, alpha_s, sigma_s;
    step->sde->ops->kernel(step->sde, step->t, &alpha, &sigma);
    RMF_TRY(rmf_step_score(step, step->t, x, here));
    if (step->last) {
        combine(step, &(sum){x, here, NULL, 1 / alpha, sigma * sigma / alpha, 0}, x);
        return RMF_OK;
    }
    step->sde->ops->kernel(step->sde, step->s, &alpha_s, &sigma_s);
    const double scale = alpha_s / alpha, change = sigma_s - scale * sigma; /* α_s·(σ̃_s − σ̃) */
    /* The rows of padding go through the network too, so they must hold numbers. */
    for (int64_t i = step->used_rows * d; i < block; i++)
        guess[i] = x[i];
    combine(step, &(sum){x, here, NULL, scale, -change * sigma, 0}, guess);
    RMF_TRY(rmf_step_score(step, step->s, guess, there));
    combine(step, &(sum){x, here, there, scale, -0.5 * change * sigma, -0.5 * change * sigma_s}, x);
    return RMF_OK;
}

const rmf_sampler_ops rmf_sampler_heun = {
    .name = "heun",
    .summary = "probability-flow ODE, second order, few steps",
    .source = "Karras et al. 2022, algorithm 1",
    .order = 2,
    .nfe_per_step = 2,
    .stochastic = false,
    .grid = RMF_GRID_RHO,
    .default_steps = 18,
    .work_floats = 3,
    .step = heun,
};
