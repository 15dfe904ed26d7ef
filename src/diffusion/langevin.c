/* diffusion/langevin.c – Langevin steps at a noise level (Song et al. 2021, section 4.2):
 *     x ← x + ½·a·score + √a·z,   a = snr·d/‖score‖².
 * The published form enters snr linearly and takes the batch's mean norm; then a sample depends on
 * its neighbours.  By default each sample has its own norm, with two repairs:
 *  - Where the step size a(x) varies with x, Langevin dynamics keep the marginal only with the
 *    extra drift ½·∇a.  Here ∇a = −2a·H·score/‖score‖² with H the score's Jacobian, and Stein's
 *    identity E‖score‖² = −E tr H makes H ≈ −(‖score‖²/d)·I, so ½·∇a ≈ (a/d)·score: the drift
 *    grows by the factor 1 + 2/d.  Without it Gaussian data get (d + 2)/d of their variance.
 *  - One norm may be tiny by chance, and a step much larger than the noise level would throw the
 *    sample off.  E‖score‖² is at most d/σ², so a ≥ snr·σ² is the usual size; it is held below
 *    4·snr·σ², where it is a constant and needs no extra drift. */
#include "diffusion/langevin.h"

#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>

/* Both factors of a Langevin step: x ← x + push·score + spread·z. */
typedef struct langevin {
    float push, spread;
} langevin;

static langevin published_size(const rmf_step *step, const float *score)
{
    const int64_t d = step->score->features;
    double sum = 0;
    for (int64_t r = 0; r < step->used_rows; r++)
        sum += sqrt(rmf_square_sum(score + r * d, d));
    const double mean = sum / (double)step->used_rows;
    const double a = mean > 0 ? step->snr * (double)d / (mean * mean) : 0;
    return (langevin){(float)(0.5 * a), (float)sqrt(a)};
}

static langevin own_size(const rmf_step *step, double largest, const float *score)
{
    const double d = (double)step->score->features;
    const double a = step->snr * d / rmf_square_sum(score, step->score->features);
    if (a < largest) return (langevin){(float)(0.5 * a * (1 + 2 / d)), (float)sqrt(a)};
    return (langevin){(float)(0.5 * largest), (float)sqrt(largest)};
}

rmf_status rmf_langevin_step(const rmf_step *step, uint32_t counter, float *x)
{
    const int64_t d = step->score->features;
    float *score = step->work, *noise = step->work + step->score->rows * d;
    double alpha, sigma;
    RMF_TRY(rmf_step_score(step, step->t, x, score));
    step->sde->ops->kernel(step->sde, step->t, &alpha, &sigma);
    const double largest = fmin(4 * step->snr, 1) * sigma * sigma;
    langevin published = {0};
    if (step->paper) published = published_size(step, score);
#pragma omp parallel for schedule(static) if (step->used_rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < step->used_rows; r++) {
        float *row = x + r * d, *z = noise + r * d;
        const float *s = score + r * d;
        const langevin size = step->paper ? published : own_size(step, largest, s);
        rmf_random_normal(step->key, step->sample[r], counter, z, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            row[i] += size.push * s[i] + size.spread * z[i];
    }
    return RMF_OK;
}
