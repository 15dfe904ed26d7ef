/* diffusion/sampler_heun.c – Heun's method on the probability-flow ODE (Karras et al. 2022,
 * algorithm 1), in the angle of flow.h.  In σ/α itself, which spans four decades, the same number
 * of steps gives Gaussian data several times the error in variance.  The last step, to time 0, is
 * Euler's: it returns the denoised estimate. */
#include "diffusion/flow.h"
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>
#include <string.h>

/* score → v = −tan θ·(x/r + r·score), in place, over the used rows. */
static void to_velocity(const rmf_step *step, const rmf_angle *at, const float *x, float *score)
{
    const int64_t n = step->used_rows * step->score->features;
    const float from_x = (float)(-at->tangent / at->radius);
    const float from_score = (float)(-at->tangent * at->radius);
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        score[i] = from_x * x[i] + from_score * score[i];
}

/* out = r_to·(x/r_from + h·(v + w)); w may be NULL. */
typedef struct move {
    const float *x, *v, *w;
    double from, to, h;
} move;

static void advance(const rmf_step *step, const move *m, float *out)
{
    const int64_t n = step->used_rows * step->score->features;
    const float scale = (float)(m->to / m->from), h = (float)(m->to * m->h);
    const float *x = m->x, *v = m->v, *w = m->w ? m->w : m->v;
    const float second = m->w ? 1 : 0;
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        out[i] = scale * x[i] + h * (v[i] + second * w[i]);
}

void rmf_step_finish(const rmf_step *step, const float *score, float *x)
{
    double alpha, sigma;
    step->sde->ops->kernel(step->sde, step->t, &alpha, &sigma);
    const int64_t n = step->used_rows * step->score->features;
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)((x[i] + sigma * sigma * score[i]) / alpha);
}

rmf_status rmf_heun_step(const rmf_step *step, float *x)
{
    const int64_t d = step->score->features, block = step->score->rows * d;
    float *here = step->work, *there = here + block, *guess = there + block;
    RMF_TRY(rmf_step_score(step, step->t, x, here));
    if (step->last) {
        rmf_step_finish(step, here, x);
        return RMF_OK;
    }
    const rmf_angle from = rmf_angle_at(step->sde, step->t), to = rmf_angle_at(step->sde, step->s);
    const double h = to.theta - from.theta;
    to_velocity(step, &from, x, here);
    /* The rows of padding go through the network too, so they must hold numbers. */
    memcpy(guess, x, (size_t)block * sizeof *guess);
    advance(step, &(move){x, here, NULL, from.radius, to.radius, h}, guess);
    RMF_TRY(rmf_step_score(step, step->s, guess, there));
    to_velocity(step, &to, guess, there);
    advance(step, &(move){x, here, there, from.radius, to.radius, 0.5 * h}, x);
    return RMF_OK;
}

const rmf_sampler_ops rmf_sampler_heun = {
    .name = "heun",
    .summary = "probability-flow ODE, second order, few steps",
    .source = "Karras et al. 2022, algorithm 1, in the angle of Salimans & Ho 2022",
    .order = 2,
    .nfe_per_step = 2,
    .stochastic = false,
    .grid = RMF_GRID_RHO,
    .default_steps = 18,
    .work_floats = 3,
    .step = rmf_heun_step,
};
