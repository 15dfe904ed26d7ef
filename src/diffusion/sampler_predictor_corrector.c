/* diffusion/sampler_predictor_corrector.c – Langevin steps at the noise level of t, then one step
 * of the reverse SDE (Song et al. 2021, section 4.2): x ← x + ½·a·score + √a·z,   a =
 * snr·d/‖score‖². The published form enters snr linearly and takes the batch's mean norm; then a
 * sample depends on its neighbours.  By default each sample has its own norm.  A single sample's
 * norm may be tiny by chance, above all with few features, and a step much larger than the noise
 * level σ² would throw it off; E‖score‖² ≥ d/(σ² + α²·var) makes a ≈ snr·σ² the usual size, so a is
 * held below 4·snr·σ². */
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>

static double published_step_size(const rmf_step *step, const float *score)
{
    const int64_t d = step->score->features;
    double sum = 0;
    for (int64_t r = 0; r < step->used_rows; r++)
        sum += sqrt(rmf_square_sum(score + r * d, d));
    double mean = sum / (double)step->used_rows;
    return mean > 0 ? step->snr * (double)d / (mean * mean) : 0;
}

static double own_step_size(const rmf_step *step, double largest, const float *score)
{
    const int64_t d = step->score->features;
    return fmin(step->snr * (double)d / rmf_square_sum(score, d), largest);
}

static rmf_status correct(const rmf_step *step, uint32_t counter, float *x)
{
    const int64_t d = step->score->features;
    float *score = step->work, *noise = step->work + step->score->rows * d;
    double alpha, sigma;
    RMF_TRY(rmf_step_score(step, step->t, x, score));
    step->sde->ops->kernel(step->sde, step->t, &alpha, &sigma);
    const double largest = fmin(4 * step->snr, 1) * sigma * sigma;
    const double published = step->paper ? published_step_size(step, score) : 0;
#pragma omp parallel for schedule(static) if (step->used_rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < step->used_rows; r++) {
        float *row = x + r * d, *z = noise + r * d;
        const float *s = score + r * d;
        double a = step->paper ? published : own_step_size(step, largest, s);
        const float push = (float)(0.5 * a), spread = (float)sqrt(a);
        rmf_random_normal(step->key, step->sample[r], counter, z, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            row[i] += push * s[i] + spread * z[i];
    }
    return RMF_OK;
}

static rmf_status predictor_corrector(const rmf_step *step, float *x)
{
    for (int k = 0; k < step->corrector_steps; k++)
        RMF_TRY(correct(step, step->counter + 1 + (uint32_t)k, x));
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
    .work_floats = 2,
    .step = predictor_corrector,
};
