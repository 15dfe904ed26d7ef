/* diffusion/times.c – stratified training times: one from each equal slice of the density, which
 * takes most of the variance between batches out of the loss (Kingma et al. 2021, section I.1). */
#include "ramify/diffusion.h"

#include <math.h>

/* The law's earliest time; of a discrete process a whole step, so that all above it weigh alike. */
static double earliest(const rmf_time_law *law, const rmf_sde *sde)
{
    const int steps = rmf_sde_steps(sde);
    return steps > 0 ? floor(law->t_min / sde->t_limit * steps + RMF_STEP_TOLERANCE) / steps
                     : law->t_min;
}

double rmf_time_at(const rmf_time_law *law, const rmf_sde *sde, double quantile)
{
    return rmf_time_within(law, sde, quantile, earliest(law, sde), sde->t_limit);
}

/* Rounding may carry a time over a branch's end, which is the parent's in continuous time and the
 * branch's own in discrete time. */
double rmf_time_within(const rmf_time_law *law, const rmf_sde *sde, double quantile, double t_start,
                       double t_end)
{
    const int steps = rmf_sde_steps(sde);
    const double limit = sde->t_limit, first = earliest(law, sde);
    double t = limit - (limit - first) * quantile;
    if (law->density == RMF_TIME_LOGNORMAL) {
        double q = fmin(fmax(quantile, 1e-12), 1 - 1e-12);
        t = sde->ops->time_of_ratio(sde, exp(law->mean + law->std * rmf_normal_quantile(q)));
    }
    t = fmin(fmax(t, first), limit);
    if (steps > 0) {
        const double low = round(t_start / limit * steps) + 1, high = round(t_end / limit * steps);
        return fmin(fmax(ceil(t / limit * steps), low), high) / steps * limit;
    }
    if (t >= t_end && t_end < limit) t = t_end * (1 - 1e-9);
    return fmax(t, t_start);
}

double rmf_time_quantile(const rmf_time_law *law, const rmf_sde *sde, double t)
{
    const bool uniform = law->density == RMF_TIME_UNIFORM;
    const double first = earliest(law, sde);
    if (t <= first) return uniform ? 1 : 0;
    if (t >= sde->t_limit) return uniform ? 0 : 1;
    if (uniform) return (sde->t_limit - t) / (sde->t_limit - first);
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
