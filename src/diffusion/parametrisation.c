/* diffusion/parametrisation.c – what a network's output F means, as linear coefficients.
 *
 * All obey, for x = α·x0 + σ·z and F = target_x0·x0 + target_noise·z:
 *     score_x·x + score_f·F = −z/σ,
 * so that a network that has learned E[F | x] gives the score.  n = √(α²σ_d² + σ²) is the standard
 * deviation of x(t) when that of the data is σ_d. */
#include "ramify/diffusion.h"

#include <math.h>
#include <string.h>

static double deviation(double alpha, double sigma, double sigma_data)
{
    return sqrt(alpha * alpha * sigma_data * sigma_data + sigma * sigma);
}

/* The published form: F is the score and sees x as it is.  Own weight σ²: every time counts alike.
 */
static void score(double alpha, double sigma, double sigma_data, rmf_coefficients *out)
{
    (void)alpha, (void)sigma_data;
    *out = (rmf_coefficients){
        .c_in = 1, .target_noise = -1 / sigma, .weight = sigma * sigma, .score_f = 1};
}

static void epsilon(double alpha, double sigma, double sigma_data, rmf_coefficients *out)
{
    *out = (rmf_coefficients){.c_in = 1 / deviation(alpha, sigma, sigma_data),
                              .target_noise = 1,
                              .weight = 1,
                              .score_f = -1 / sigma};
}

/* score = (α·F − x)/σ² (Tweedie).  Own weight max(α²/σ², 1): "truncated SNR", Salimans & Ho. */
static void x0(double alpha, double sigma, double sigma_data, rmf_coefficients *out)
{
    double variance = sigma * sigma;
    *out = (rmf_coefficients){.c_in = 1 / deviation(alpha, sigma, sigma_data),
                              .target_x0 = 1,
                              .weight = fmax(alpha * alpha / variance, 1),
                              .score_x = -1 / variance,
                              .score_f = alpha / variance};
}

/* v = cos φ·z − sin φ·x0 with tan φ = σ/α.  In a variance-preserving process n = 1 and this is the
 * familiar α·z − σ·x0; through the angle it is defined for every process. */
static void v(double alpha, double sigma, double sigma_data, rmf_coefficients *out)
{
    (void)sigma_data;
    double n = deviation(alpha, sigma, 1);
    *out = (rmf_coefficients){.c_in = 1 / n,
                              .target_x0 = -sigma / n,
                              .target_noise = alpha / n,
                              .weight = 1,
                              .score_x = -1 / (n * n),
                              .score_f = -alpha / (n * sigma)};
}

/* Karras et al., table 1, for any process through y = x/α and σ̃ = σ/α: D(y) = c_skip·y + c_out·F
 * and score = (α·D − x)/σ².  Multiplied out, α cancels where it could overflow. */
static void edm(double alpha, double sigma, double sigma_data, rmf_coefficients *out)
{
    double n = deviation(alpha, sigma, sigma_data);
    *out = (rmf_coefficients){.c_in = 1 / n,
                              .target_x0 = sigma / (sigma_data * n),
                              .target_noise = -alpha * sigma_data / n,
                              .weight = 1,
                              .score_x = -1 / (n * n),
                              .score_f = alpha * sigma_data / (sigma * n)};
}

static const rmf_parametrisation_ops score_ops = {"score", "the score itself, as published",
                                                  "Tseng et al. 2024; Song et al. 2021", score};
static const rmf_parametrisation_ops epsilon_ops = {"epsilon", "the noise z", "Ho et al. 2020",
                                                    epsilon};
static const rmf_parametrisation_ops x0_ops = {"x0", "the data", "Salimans & Ho 2022", x0};
static const rmf_parametrisation_ops v_ops = {"v", "the velocity on the circle of signal and noise",
                                              "Salimans & Ho 2022", v};
static const rmf_parametrisation_ops edm_ops = {
    "edm", "preconditioned so that input, target and error have unit variance",
    "Karras et al. 2022, table 1", edm};

static const rmf_parametrisation_ops *const registry[] = {&score_ops, &epsilon_ops, &x0_ops,
                                                          &v_ops,     &edm_ops,     NULL};

const rmf_parametrisation_ops *const *rmf_parametrisation_registry(void)
{
    return registry;
}

const rmf_parametrisation_ops *rmf_parametrisation_find(const char *name)
{
    for (size_t i = 0; registry[i]; i++)
        if (!strcmp(registry[i]->name, name)) return registry[i];
    return NULL;
}
