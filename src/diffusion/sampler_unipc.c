/* diffusion/sampler_unipc.c – UniPC of orders 2 and 3 on the probability-flow ODE, predicting data,
 * with B₂(h) = e^{−h} − 1 (Zhao et al. 2023, algorithms 5 and 6): each step's network evaluation
 * first corrects the state that it was made at, then predicts the next one.
 *
 * Predictor of order p: the polynomial through this step's estimate and the p − 1 before; with two
 * of them the rule of DPM-Solver++(2M).  Corrector, of the step that led here: the polynomial
 * through the new estimate and the p before; after a branch's first step the mean of both
 * estimates. (For these orders the paper's linear systems have these solutions, whatever B is.)  In
 * a branch's first steps the order is what its estimates allow: alone, UniPC-3 is of fourth order,
 * but the first step of a branch that begins at moderate noise leaves an error of the third.  The
 * state that a branch hands down stays uncorrected, since a correction would cost an evaluation of
 * its own. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <string.h>

/* x, where the last step arrived, from `start`, where it began. */
static void correct(const rmf_step *step, int order, const float *start, float *x)
{
    const int steps = step->index < order ? step->index : order;
    rmf_exponential move = {.from = rmf_level_at(step->sde, step->before[0]),
                            .to = rmf_level_at(step->sde, step->t),
                            .n = steps + 1};
    const double h = move.to.lambda - move.from.lambda;
    double node[RMF_MAX_ESTIMATES];
    for (int j = 0; j < move.n; j++) {
        const double t = j > 0 ? step->before[j - 1] : step->t;
        node[j] = (rmf_level_at(step->sde, t).lambda - move.from.lambda) / h;
        move.estimate[j] = rmf_step_estimate(step, order + 1, j);
    }
    if (steps == 1)
        move.weight[0] = move.weight[1] = -0.5 * expm1(-h);
    else
        rmf_exponential_weights(h, move.n, node, move.weight);
    rmf_exponential_move(step, &move, start, x);
}

static rmf_status unipc(const rmf_step *step, int order, float *x)
{
    const int64_t d = step->score->features, block = step->score->rows * d;
    const size_t bytes = (size_t)(step->used_rows * d) * sizeof *x;
    const int kept = order + 1;
    float *start = step->work + kept * block, *estimate = rmf_step_estimate(step, kept, 0);
    RMF_TRY(rmf_step_denoise(step, step->t, x, estimate));
    if (step->last) {
        memcpy(x, estimate, bytes);
        return RMF_OK;
    }
    if (step->index > 0) correct(step, order, start, x);
    memcpy(start, x, bytes);
    rmf_multistep(step, order < step->index + 1 ? order : step->index + 1, kept, false, x);
    return RMF_OK;
}

static rmf_status unipc_2(const rmf_step *step, float *x)
{
    return unipc(step, 2, x);
}

static rmf_status unipc_3(const rmf_step *step, float *x)
{
    return unipc(step, 3, x);
}

const rmf_sampler_ops rmf_sampler_unipc = {
    .name = "unipc",
    .summary = "probability-flow ODE, multistep predictor and corrector, few steps",
    .source = "Zhao et al. 2023, UniPC-2 with B2",
    .order = 3,
    .nfe_per_step = 1,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 20,
    .work_floats = 4,
    .step = unipc_2,
};

const rmf_sampler_ops rmf_sampler_unipc_3 = {
    .name = "unipc-3",
    .summary = "probability-flow ODE, the same through one estimate more",
    .source = "Zhao et al. 2023, UniPC-3 with B2",
    .order = 3,
    .nfe_per_step = 1,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 20,
    .work_floats = 5,
    .step = unipc_3,
};
