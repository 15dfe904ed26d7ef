/* diffusion/flow.c – times as angles. */
#include "diffusion/flow.h"

#include <math.h>

rmf_angle rmf_angle_at(const rmf_sde *sde, double t)
{
    double alpha, sigma;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    return (rmf_angle){t, atan2(sigma, alpha), hypot(alpha, sigma), sigma / alpha};
}

rmf_angle rmf_angle_between(const rmf_sde *sde, double theta, const rmf_angle *a,
                            const rmf_angle *b)
{
    const rmf_angle *low = a->theta < b->theta ? a : b, *high = low == a ? b : a;
    if (theta <= low->theta) return *low;
    if (theta >= high->theta) return *high;
    const double t = sde->ops->time_of_ratio(sde, tan(theta));
    rmf_angle at = rmf_angle_at(sde, fmin(fmax(t, low->t), high->t));
    at.theta = theta;
    at.tangent = tan(theta);
    return at;
}
