/* diffusion/times.c – stratified training times: one from each equal slice of the density, which
 * takes most of the variance between batches out of the loss (Kingma et al. 2021, section I.1). */
#include "ramify/diffusion.h"

#include <math.h>

double rmf_time_at(const rmf_time_law *law, const rmf_sde *sde, double quantile)
{
    double t = sde->t_limit - (sde->t_limit - law->t_min) * quantile;
    if (law->density == RMF_TIME_LOGNORMAL) {
        double q = fmin(fmax(quantile, 1e-12), 1 - 1e-12);
        t = sde->ops->time_of_ratio(sde, exp(law->mean + law->std * rmf_normal_quantile(q)));
    }
    return fmin(fmax(t, law->t_min), sde->t_limit);
}

double rmf_time_quantile(const rmf_time_law *law, const rmf_sde *sde, double t)
{
    const bool uniform = law->density == RMF_TIME_UNIFORM;
    if (t <= law->t_min) return uniform ? 1 : 0;
    if (t >= sde->t_limit) return uniform ? 0 : 1;
    if (uniform) return (sde->t_limit - t) / (sde->t_limit - law->t_min);
    double alpha, sigma;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    return 0.5 * erfc((law->mean - log(sigma / alpha)) / (law->std * sqrt(2)));
}

void rmf_training_times(const rmf_time_law *law, const rmf_sde *sde, rmf_key key, uint32_t step,
                        int64_t rows, double *t)
{
    const rmf_key order = rmf_key_fold(key, 1);
    for (int64_t r = 0; r < rows; r++) {
        double slice = (double)r + rmf_random_unit(key, (uint64_t)r, step);
        t[r] = rmf_time_at(law, sde, slice / (double)rows);
    }
    /* Fisher–Yates, each draw at its own address. */
    for (int64_t r = rows - 1; r > 0; r--) {
        uint64_t other = rmf_random_below(order, (uint64_t)r, step, (uint64_t)r + 1);
        double kept = t[r];
        t[r] = t[other];
        t[other] = kept;
    }
}
