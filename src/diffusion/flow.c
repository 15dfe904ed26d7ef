/* diffusion/flow.c – times as angles, the flow and its divergence. */
#include "diffusion/flow.h"
#include "diffusion/vector.h"

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

void rmf_flow_state(const rmf_angle *at, const double *u, int64_t n, float *x)
{
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(at->radius * u[i]);
}

void rmf_flow_velocity(const rmf_angle *at, const float *x, const float *score, int64_t n,
                       double *du)
{
#pragma omp parallel for schedule(static) if (n >= RMF_PARALLEL_FROM)
    for (int64_t i = 0; i < n; i++)
        du[i] = -at->tangent * (x[i] / at->radius + at->radius * score[i]);
}

double rmf_flow_divergence(const rmf_angle *at, int64_t features, double trace)
{
    return -at->tangent * ((double)features + at->radius * at->radius * trace);
}

void rmf_probe_draw(rmf_key key, uint64_t sample, uint32_t step, int64_t n, float *v)
{
    rmf_random_uniform(key, sample, step, v, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        v[i] = v[i] < 0.5f ? -1 : 1;
}

void rmf_probe_traces(const rmf_probe *probe, double *trace)
{
    const int64_t d = probe->features;
    for (int64_t r = 0; r < probe->rows; r++) {
        double sum = 0;
        for (int64_t i = r * d; i < (r + 1) * d; i++)
            sum += (double)probe->v[i] * probe->product[i];
        trace[r * probe->stride] = sum;
    }
}
