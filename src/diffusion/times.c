/* diffusion/times.c – stratified training times: one from each equal slice of the density, which
 * takes most of the variance between batches out of the loss (Kingma et al. 2021, section I.1). */
#include "ramify/diffusion.h"

#include <math.h>

static double time_of_quantile(const rmf_sde *sde, double mean, double std, double quantile)
{
    double q = fmin(fmax(quantile, 1e-12), 1 - 1e-12);
    return sde->ops->time_of_ratio(sde, exp(mean + std * rmf_normal_quantile(q)));
}

void rmf_training_times(const rmf_sde *sde, enum rmf_time_density density, double mean, double std,
                        double t_min, rmf_key key, uint32_t step, int64_t rows, double *t)
{
    const double limit = sde->t_limit;
    const rmf_key order = rmf_key_fold(key, 1);
    for (int64_t r = 0; r < rows; r++) {
        double q = ((double)r + rmf_random_unit(key, (uint64_t)r, step)) / (double)rows;
        double time = density == RMF_TIME_LOGNORMAL ? time_of_quantile(sde, mean, std, q)
                                                    : limit - (limit - t_min) * q;
        t[r] = fmin(fmax(time, t_min), limit);
    }
    /* Fisher–Yates, each draw at its own address. */
    for (int64_t r = rows - 1; r > 0; r--) {
        uint64_t other = rmf_random_below(order, (uint64_t)r, step, (uint64_t)r + 1);
        double kept = t[r];
        t[r] = t[other];
        t[other] = kept;
    }
}
