/* diffusion/sampler_unipc.c – UniPC of order 2 on the probability-flow ODE, predicting data, with
 * B₂(h) = e^{−h} − 1 (Zhao et al. 2023, algorithms 5 and 6): each step's network evaluation first
 * corrects the state that it was made at, then predicts the next one.
 *
 * Predictor: DPM-Solver++(2M).  Corrector, of the step that led here: D is the parabola through the
 * new estimate and the two before; after a branch's first step the mean of both estimates.  (For
 * these orders the paper's linear systems have these solutions, whatever B is.)  The state that a
 * branch hands down stays uncorrected, since a correction would cost an evaluation of its own. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <string.h>

enum { ORDER = 2, KEPT = ORDER + 1 };

/* x, where the last step arrived, from `start`, where it began. */
static void correct(const rmf_step *step, const float *start, float *x)
{
    const int steps = step->index < ORDER ? step->index : ORDER;
    rmf_exponential move = {.from = rmf_level_at(step->sde, step->before[0]),
                            .to = rmf_level_at(step->sde, step->t),
                            .n = steps + 1};
    const double h = move.to.lambda - move.from.lambda;
    double node[KEPT];
    for (int j = 0; j < move.n; j++) {
        const double t = j > 0 ? step->before[j - 1] : step->t;
        node[j] = (rmf_level_at(step->sde, t).lambda - move.from.lambda) / h;
        move.estimate[j] = rmf_step_estimate(step, KEPT, j);
    }
    if (steps == 1)
        move.weight[0] = move.weight[1] = -0.5 * expm1(-h);
    else
        rmf_exponential_weights(h, move.n, node, move.weight);
    rmf_exponential_move(step, &move, start, x);
}

static rmf_status unipc(const rmf_step *step, float *x)
{
    const int64_t d = step->score->features, block = step->score->rows * d;
    const size_t bytes = (size_t)(step->used_rows * d) * sizeof *x;
    float *start = step->work + KEPT * block, *estimate = rmf_step_estimate(step, KEPT, 0);
    RMF_TRY(rmf_step_denoise(step, step->t, x, estimate));
    if (step->last) {
        memcpy(x, estimate, bytes);
        return RMF_OK;
    }
    if (step->index > 0) correct(step, start, x);
    memcpy(start, x, bytes);
    rmf_multistep(step, ORDER, KEPT, false, x);
    return RMF_OK;
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
    .work_floats = KEPT + 1,
    .step = unipc,
};
