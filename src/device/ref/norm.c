/* device/ref/norm.c – group normalisation (Wu & He 2018), forward and backward side by side.
 *
 * x̂ = (x − mean)·rstd over the p pixels and c/groups channels of a group; u = γ·x̂ + β; y = act(u).
 * Backward: du = dy·act′(u), dγ = Σ du·x̂, dβ = Σ du, g = γ·du,
 * dx = rstd·(g − ⟨g⟩ − x̂·⟨g·x̂⟩), ⟨ ⟩ the mean over the group. */
#include "device/check.h"
#include "device/ref/ref.h"

#include <math.h>

/* The elements of group (n, group) start at `x` and lie `c` apart a pixel, `width` in a row. */
static void group_moments(const float *x, const rmf_group_norm *a, float *mean, float *rstd)
{
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    double sum = 0, square = 0;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = 0; j < width; j++)
            sum += x[i * a->c + j];
    const double centre = sum / count;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = 0; j < width; j++)
            square += (x[i * a->c + j] - centre) * (x[i * a->c + j] - centre);
    *mean = (float)centre;
    *rstd = (float)(1 / sqrt(square / count + a->epsilon));
}

rmf_status rmf_ref_group_norm(rmf_device *dev, const rmf_group_norm *args, const float *x,
                              const float *gamma, const float *beta, float *y, float *mean,
                              float *rstd)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const int64_t c = args->c, width = c / args->groups;
    for (int64_t n = 0; n < args->n; n++)
        for (int64_t g = 0; g < args->groups; g++) {
            const int64_t start = n * args->p * c + g * width, row = n * args->groups + g;
            group_moments(x + start, args, &mean[row], &rstd[row]);
            for (int64_t i = 0; i < args->p; i++)
                for (int64_t j = 0; j < width; j++) {
                    const double hat = ((double)x[start + i * c + j] - mean[row]) * rstd[row];
                    const double u = gamma[g * width + j] * hat + beta[g * width + j];
                    y[start + i * c + j] = (float)rmf_ref_activate(args->activation, u);
                }
        }
    return RMF_OK;
}

struct norm_grad {
    const rmf_group_norm *args;
    const float *x, *gamma, *beta, *mean, *rstd, *dy;
};

/* x̂ and du of element (n, i, channel). */
static void element(const struct norm_grad *s, int64_t n, int64_t i, int64_t channel, double *hat,
                    double *du)
{
    const rmf_group_norm *a = s->args;
    const int64_t at = (n * a->p + i) * a->c + channel;
    const int64_t row = n * a->groups + channel / (a->c / a->groups);
    *hat = ((double)s->x[at] - s->mean[row]) * s->rstd[row];
    *du = s->dy[at] *
          rmf_ref_activate_slope(a->activation, s->gamma[channel] * *hat + s->beta[channel]);
}

static void parameter_gradients(const struct norm_grad *s, float *dgamma, float *dbeta, float beta)
{
    for (int64_t channel = 0; channel < s->args->c; channel++) {
        double hat, du, sum_gamma = 0, sum_beta = 0;
        for (int64_t n = 0; n < s->args->n; n++)
            for (int64_t i = 0; i < s->args->p; i++) {
                element(s, n, i, channel, &hat, &du);
                sum_gamma += du * hat;
                sum_beta += du;
            }
        if (dgamma) dgamma[channel] = rmf_blend(beta, &dgamma[channel], (float)sum_gamma);
        if (dbeta) dbeta[channel] = rmf_blend(beta, &dbeta[channel], (float)sum_beta);
    }
}

static void input_gradient(const struct norm_grad *s, int64_t n, int64_t g, float *dx, float beta)
{
    const rmf_group_norm *a = s->args;
    const int64_t width = a->c / a->groups;
    const double count = (double)(a->p * width);
    double hat, du, mean_g = 0, mean_gx = 0;
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = g * width; j < (g + 1) * width; j++) {
            element(s, n, i, j, &hat, &du);
            mean_g += s->gamma[j] * du / count;
            mean_gx += s->gamma[j] * du * hat / count;
        }
    for (int64_t i = 0; i < a->p; i++)
        for (int64_t j = g * width; j < (g + 1) * width; j++) {
            element(s, n, i, j, &hat, &du);
            float *to = dx + (n * a->p + i) * a->c + j;
            const double value =
                s->rstd[n * a->groups + g] * (s->gamma[j] * du - mean_g - hat * mean_gx);
            *to = rmf_blend(beta, to, (float)value);
        }
}

rmf_status rmf_ref_group_norm_grad(rmf_device *dev, const rmf_group_norm *args, const float *x,
                                   const float *gamma, const float *beta, const float *mean,
                                   const float *rstd, const float *dy, float *dx, float dx_beta,
                                   float *dgamma, float *dbeta, float param_beta)
{
    RMF_TRY(rmf_check_group_norm(dev->ops->name, args));
    const struct norm_grad s = {args, x, gamma, beta, mean, rstd, dy};
    if (dgamma || dbeta) parameter_gradients(&s, dgamma, dbeta, param_beta);
    for (int64_t n = 0; dx && n < args->n; n++)
        for (int64_t g = 0; g < args->groups; g++)
            input_gradient(&s, n, g, dx, dx_beta);
    return RMF_OK;
}
