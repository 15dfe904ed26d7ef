/* device/ref/norm.c – group normalisation (Wu & He 2018), forward and backward side by side.
 *
 * x̂ = (x + offset − mean)·rstd over the p pixels and c/groups channels of a group; u = γ·x̂ + β;
 * v = u·(1 + scale) + shift; y = act(v).  Backward: dv = dy·act′(v), dshift = Σ dv, dscale = Σ
 * dv·u, du = dv·(1 + scale), dγ = Σ du·x̂, dβ = Σ du, g = γ·du, dx = rstd·(g − ⟨g⟩ − x̂·⟨g·x̂⟩), ⟨ ⟩
 * the mean over the group; doffset = Σ dx over the pixels. */
#include "device/check.h"
#include "device/ref/ref.h"

#include <math.h>

/* Element (n, i, channel) of what is normalised. */
static double input_of(const rmf_group_norm *a, const float *x, int64_t n, int64_t i,
                       int64_t channel)
{
    const double offset = a->offset ? a->offset[n * a->c + channel] : 0;
    return x[(n * a->p + i) * a->c + channel] + offset;
}

static void group_moments(const float *x, const rmf_group_norm *a, int64_t n, int64_t g,
                          float *mean, float *rstd)
{
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    double sum = 0, square = 0;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = g * width; j < (g + 1) * width; j++)
            sum += input_of(a, x, n, i, j);
    const double centre = sum / count;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = g * width; j < (g + 1) * width; j++)
            square += pow(input_of(a, x, n, i, j) - centre, 2);
    *mean = (float)centre;
    *rstd = (float)(1 / sqrt(square / count + a->epsilon));
}

/* 1 + scale and shift of a sample's channel. */
static double factor_of(const rmf_group_norm *a, int64_t n, int64_t channel)
{
    return a->scale ? 1 + (double)a->scale[n * a->c + channel] : 1;
}

static double shift_of(const rmf_group_norm *a, int64_t n, int64_t channel)
{
    return a->shift ? a->shift[n * a->c + channel] : 0;
}

rmf_status rmf_ref_group_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                              const float *gamma, const float *beta, float *y, float *mean,
                              float *rstd)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const int64_t c = args->c, width = c / args->groups;
    for (int64_t n = 0; n < args->n; n++)
        for (int64_t g = 0; g < args->groups; g++) {
            const int64_t row = n * args->groups + g;
            group_moments(x, args, n, g, &mean[row], &rstd[row]);
            for (int64_t i = 0; i < args->p; i++)
                for (int64_t j = g * width; j < (g + 1) * width; j++) {
                    const double hat = (input_of(args, x, n, i, j) - mean[row]) * rstd[row];
                    const double u = gamma[j] * hat + beta[j];
                    const double v = u * factor_of(args, n, j) + shift_of(args, n, j);
                    y[(n * args->p + i) * c + j] = (float)rmf_ref_activate(args->activation, v);
                }
        }
    return RMF_OK;
}

struct norm_grad {
    const rmf_group_norm *args;
    const float *x, *gamma, *beta, *mean, *rstd, *dy;
    const rmf_group_norm_grad *to;
};

/* x̂ and dv of element (n, i, channel). */
static void element(const struct norm_grad *s, int64_t n, int64_t i, int64_t channel, double *hat,
                    double *dv)
{
    const rmf_group_norm *a = s->args;
    const int64_t at = (n * a->p + i) * a->c + channel;
    const int64_t row = n * a->groups + channel / (a->c / a->groups);
    *hat = (input_of(a, s->x, n, i, channel) - s->mean[row]) * s->rstd[row];
    const double u = s->gamma[channel] * *hat + s->beta[channel];
    const double v = u * factor_of(a, n, channel) + shift_of(a, n, channel);
    *dv = s->dy[at] * rmf_ref_activate_slope(a->activation, v);
}

static void add_to(float *out, float beta, int64_t at, double value)
{
    if (out) out[at] = rmf_blend(beta, &out[at], (float)value);
}

static void channel_gradients(const struct norm_grad *s, int64_t channel)
{
    const rmf_group_norm *a = s->args;
    const rmf_group_norm_grad *to = s->to;
    double hat, dv, sum_gamma = 0, sum_beta = 0;
    for (int64_t n = 0; n < a->n; n++) {
        double sum = 0, sum_hat = 0;
        for (int64_t i = 0; i < a->p; i++) {
            element(s, n, i, channel, &hat, &dv);
            sum += dv;
            sum_hat += dv * hat;
        }
        const int64_t at = n * a->c + channel;
        add_to(to->dshift, to->dshift_beta, at, sum);
        add_to(to->dscale, to->dscale_beta, at,
               s->gamma[channel] * sum_hat + s->beta[channel] * sum);
        sum_gamma += sum_hat * factor_of(a, n, channel);
        sum_beta += sum * factor_of(a, n, channel);
    }
    add_to(to->dgamma, to->dgamma_beta, channel, sum_gamma);
    add_to(to->dbeta, to->dbeta_beta, channel, sum_beta);
}

static void input_gradient(const struct norm_grad *s, int64_t n, int64_t g)
{
    const rmf_group_norm *a = s->args;
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    double hat, dv, mean_g = 0, mean_gx = 0;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = g * width; j < (g + 1) * width; j++) {
            element(s, n, i, j, &hat, &dv);
            mean_g += s->gamma[j] * dv * factor_of(a, n, j) / count;
            mean_gx += s->gamma[j] * dv * factor_of(a, n, j) * hat / count;
        }
    for (int64_t j = g * width; j < (g + 1) * width; j++) {
        double sum = 0;
        for (int64_t i = 0; i < a->p; i++) {
            element(s, n, i, j, &hat, &dv);
            const double g_here = s->gamma[j] * dv * factor_of(a, n, j);
            const double dx = s->rstd[n * a->groups + g] * (g_here - mean_g - hat * mean_gx);
            add_to(s->to->dx, s->to->dx_beta, (n * a->p + i) * a->c + j, dx);
            sum += dx;
        }
        add_to(s->to->doffset, s->to->doffset_beta, n * a->c + j, sum);
    }
}

rmf_status rmf_ref_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy,
                                   const rmf_group_norm_grad *to)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const struct norm_grad s = {args, x, gamma, beta, mean, rstd, dy, to};
    if (to->dgamma || to->dbeta || to->dscale || to->dshift)
        for (int64_t channel = 0; channel < args->c; channel++)
            channel_gradients(&s, channel);
    for (int64_t n = 0; (to->dx || to->doffset) && n < args->n; n++)
        for (int64_t g = 0; g < args->groups; g++)
            input_gradient(&s, n, g);
    return RMF_OK;
}
