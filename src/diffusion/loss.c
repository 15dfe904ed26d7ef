/* diffusion/loss.c – one batch of denoising score matching (Vincent 2011): noise in, weighted
 * squared error and its gradient out.  All sums have a fixed order at every thread count. */
#include "diffusion/vector.h"
#include "ramify/diffusion.h"

#include <math.h>

static rmf_status check_row(const rmf_loss *loss, int64_t row, double t)
{
    double alpha, sigma;
    if (!(t >= 0 && t <= loss->sde->t_limit))
        return rmf_fail(RMF_ERR_ARGUMENT, "loss: time %g of row %lld; expected 0 to %g", t,
                        (long long)row, loss->sde->t_limit);
    loss->sde->ops->kernel(loss->sde, t, &alpha, &sigma);
    if (!(sigma > 0))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "loss: there is no noise at time %g of row %lld; expected a time above 0",
                        t, (long long)row);
    return RMF_OK;
}

/* The noise is drawn into the target's place and turned into the target there: no scratch. */
static float prepare_row(const rmf_loss *loss, double t, uint64_t sample, const float *x0,
                         float *net_x, float *target)
{
    double alpha, sigma;
    rmf_coefficients c;
    loss->sde->ops->kernel(loss->sde, t, &alpha, &sigma);
    loss->parametrisation->coefficients(alpha, sigma, loss->sigma_data, &c);
    rmf_random_normal(loss->key, sample, loss->step, target, (size_t)loss->features);
    double weight = c.weight;
    if (loss->weight->score_weight) {
        double z_square = rmf_square_sum(target, loss->features) / (double)loss->features;
        weight = loss->weight->score_weight(loss->sde, t, alpha, sigma, z_square) * c.score_f *
                 c.score_f;
    }
    const float signal = (float)(c.c_in * alpha), noise = (float)(c.c_in * sigma);
    const float target_x0 = (float)c.target_x0, target_noise = (float)c.target_noise;
    for (int64_t i = 0; i < loss->features; i++) {
        float data = x0[i], z = target[i];
        net_x[i] = signal * data + noise * z;
        target[i] = target_x0 * data + target_noise * z;
    }
    return (float)weight;
}

rmf_status rmf_loss_prepare(const rmf_loss *loss, const float *x0, const double *t,
                            const uint64_t *sample, float *net_x, float *target, float *weight)
{
    if (!(loss->sigma_data > 0) || loss->features < 1 || loss->rows < 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "loss: data deviation %g, %lld rows of %lld features; expected positive "
                        "numbers",
                        loss->sigma_data, (long long)loss->rows, (long long)loss->features);
    for (int64_t r = 0; r < loss->rows; r++)
        RMF_TRY(check_row(loss, r, t[r]));
    const int64_t d = loss->features;
#pragma omp parallel for schedule(static) if (loss->rows * d >= RMF_PARALLEL_FROM)
    for (int64_t r = 0; r < loss->rows; r++)
        weight[r] = prepare_row(loss, t[r], sample[r], x0 + r * d, net_x + r * d, target + r * d);
    return RMF_OK;
}

/* Σ(F − target)² of one row; gradient row = scale·(F − target), or NULL. */
static double value_row(const float *output, const float *target, float scale, int64_t d,
                        float *gradient)
{
    double sum = 0;
    for (int64_t i = 0, n; i < d; i += n) {
        float error[64];
        n = d - i < 64 ? d - i : 64;
        for (int64_t k = 0; k < n; k++)
            error[k] = output[i + k] - target[i + k];
        sum += rmf_square_sum(error, n);
        for (int64_t k = 0; gradient && k < n; k++)
            gradient[i + k] = scale * error[k];
    }
    return sum;
}

double rmf_loss_value(const rmf_loss *loss, const float *output, const float *target,
                      const float *weight, float *gradient, double *row_loss)
{
    enum { PARTS = 64 }; /* fixed, so that the sum does not depend on the number of threads */
    const int64_t rows = loss->rows, d = loss->features;
    double part[PARTS] = {0}, sum = 0;
    if (rows < 1) return 0;
#pragma omp parallel for schedule(static) if (rows * d >= RMF_PARALLEL_FROM)
    for (int p = 0; p < PARTS; p++)
        for (int64_t r = rows * p / PARTS; r < rows * (p + 1) / PARTS; r++) {
            double value = weight[r] * value_row(output + r * d, target + r * d,
                                                 (float)(2.0 * weight[r] / (double)rows), d,
                                                 gradient ? gradient + r * d : NULL);
            if (row_loss) row_loss[r] = value;
            part[p] += value;
        }
    for (int p = 0; p < PARTS; p++)
        sum += part[p];
    return sum / (double)rows;
}
