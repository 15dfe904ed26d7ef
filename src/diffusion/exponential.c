/* diffusion/exponential.c – see exponential.h. */
#include "diffusion/exponential.h"
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>
#include <string.h>

rmf_level rmf_level_at(const rmf_sde *sde, double t)
{
    rmf_level at;
    sde->ops->kernel(sde, t, &at.alpha, &at.sigma);
    at.lambda = log(at.alpha / at.sigma);
    return at;
}

rmf_status rmf_step_denoise(const rmf_step *step, double t, const float *x, float *out)
{
    const int64_t n = step->used_rows * step->score->features;
    double alpha, sigma;
    step->sde->ops->kernel(step->sde, t, &alpha, &sigma);
    const float from_x = (float)(1 / alpha), from_score = (float)(sigma * sigma / alpha);
    RMF_TRY(rmf_step_score(step, t, x, out));
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        out[i] = from_x * x[i] + from_score * out[i];
    return RMF_OK;
}

/* ∫₀¹ k·e^{−k(1−τ)}·τ^m dτ: by parts, or by its series where that would cancel. */
static double moment(double k, int m)
{
    if (k >= 1) {
        double value = -expm1(-k);
        for (int i = 1; i <= m; i++)
            value = 1 - i / k * value;
        return value;
    }
    double term = k / (m + 1), sum = 0;
    for (int j = 0; j < 20; j++) {
        sum += term;
        term *= -k / (m + j + 2);
    }
    return sum;
}

void rmf_exponential_weights(double k, int n, const double *node, double *weight)
{
    for (int j = 0; j < n; j++) {
        double polynomial[RMF_MAX_ESTIMATES] = {1}; /* coefficients of l_j, constant first */
        int degree = 0;
        for (int i = 0; i < n; i++) {
            if (i == j) continue;
            const double scale = 1 / (node[j] - node[i]);
            degree++;
            for (int m = degree; m >= 0; m--)
                polynomial[m] = scale * ((m > 0 ? polynomial[m - 1] : 0) -
                                         (m < degree ? node[i] * polynomial[m] : 0));
        }
        weight[j] = 0;
        for (int m = 0; m <= degree; m++)
            weight[j] += polynomial[m] * moment(k, m);
    }
}

void rmf_exponential_move(const rmf_step *step, const rmf_exponential *move, const float *x,
                          float *to)
{
    enum { CHUNK = 64 }; /* numbers that stay in the cache while all terms are added */
    const int64_t n = step->used_rows * step->score->features;
    const float keep = (float)(move->to.sigma / move->from.sigma * sqrt(1 - move->fresh));
    float factor[RMF_MAX_ESTIMATES];
    for (int j = 0; j < move->n; j++)
        factor[j] = (float)(move->to.alpha * move->weight[j]);
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t first = 0; first < n; first += CHUNK) {
        const int64_t count = n - first < CHUNK ? n - first : CHUNK;
        float sum[CHUNK];
        for (int64_t i = 0; i < count; i++)
            sum[i] = keep * x[first + i];
        for (int j = 0; j < move->n; j++)
            for (int64_t i = 0; i < count; i++)
                sum[i] += factor[j] * move->estimate[j][first + i];
        memcpy(to + first, sum, (size_t)count * sizeof *sum);
    }
}

void rmf_step_noise(const rmf_step *step, double gain, double spread, float *scratch, float *x)
{
    const int64_t d = step->score->features;
    const float keep = (float)gain, factor = (float)spread;
#pragma omp parallel for schedule(static) if (step->used_rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < step->used_rows; r++) {
        float *row = x + r * d, *z = scratch + r * d;
        rmf_random_normal(step->key, step->sample[r], step->counter, z, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            row[i] = keep * row[i] + factor * z[i];
    }
}

float *rmf_step_estimate(const rmf_step *step, int kept, int back)
{
    const int place = (step->index - back + kept) % kept; /* back ≤ kept */
    return step->work + place * step->score->rows * step->score->features;
}

void rmf_multistep(const rmf_step *step, int order, int kept, bool stochastic, float *x)
{
    rmf_exponential move = {.from = rmf_level_at(step->sde, step->t),
                            .to = rmf_level_at(step->sde, step->s),
                            .n = order <= step->index ? order : step->index + 1};
    const double h = move.to.lambda - move.from.lambda, k = stochastic ? 2 * h : h;
    double node[RMF_MAX_ESTIMATES] = {0};
    move.fresh = stochastic ? -expm1(-k) : 0;
    for (int j = 0; j < move.n; j++) {
        const double t = j > 0 ? step->before[j - 1] : step->t;
        node[j] = (rmf_level_at(step->sde, t).lambda - move.from.lambda) / h;
        move.estimate[j] = rmf_step_estimate(step, kept, j);
    }
    rmf_exponential_weights(k, move.n, node, move.weight);
    if (order == 2 && move.n == 2) {
        const double whole = -expm1(-k), extra = -0.5 / node[1];
        move.weight[0] = whole * (1 + extra);
        move.weight[1] = -whole * extra;
    }
    rmf_exponential_move(step, &move, x, x);
    if (stochastic)
        rmf_step_noise(step, 1, move.to.sigma * sqrt(move.fresh),
                       rmf_step_estimate(step, kept, order - 1), x);
}

rmf_status rmf_multistep_step(const rmf_step *step, int order, bool stochastic, float *x)
{
    float *estimate = rmf_step_estimate(step, order, 0);
    RMF_TRY(rmf_step_denoise(step, step->t, x, estimate));
    if (step->last)
        memcpy(x, estimate, (size_t)(step->used_rows * step->score->features) * sizeof *x);
    else
        rmf_multistep(step, order, order, stochastic, x);
    return RMF_OK;
}
