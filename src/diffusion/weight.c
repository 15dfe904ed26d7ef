/* diffusion/weight.c – loss weights, written as a factor on the squared error of the *score*, so
 * that each means the same under every parametrisation. */
#include "ramify/diffusion.h"

#include <math.h>
#include <string.h>

/* 1/(mean squared true score of this very object): a zero score then costs exactly the number of
 * features.  All-zero noise has probability 0; the floor keeps the weight finite all the same. */
static double empirical(const rmf_sde *sde, double t, double alpha, double sigma, double z_square)
{
    (void)sde, (void)t, (void)alpha;
    return sigma * sigma / fmax(z_square, 1e-12);
}

static double expected(const rmf_sde *sde, double t, double alpha, double sigma, double z_square)
{
    (void)sde, (void)t, (void)alpha, (void)z_square;
    return sigma * sigma;
}

static double likelihood(const rmf_sde *sde, double t, double alpha, double sigma, double z_square)
{
    (void)alpha, (void)sigma, (void)z_square;
    double g = sde->ops->diffusion(sde, t);
    return g * g;
}

static double none(const rmf_sde *sde, double t, double alpha, double sigma, double z_square)
{
    (void)sde, (void)t, (void)alpha, (void)sigma, (void)z_square;
    return 1;
}

/* min(SNR, 5) on the error of x0, and that error is σ²/α times the score's; SNR = α²/σ². */
static double min_snr(const rmf_sde *sde, double t, double alpha, double sigma, double z_square)
{
    (void)sde, (void)t, (void)z_square;
    double ratio = sigma / alpha;
    return sigma * sigma * fmin(1, 5 * ratio * ratio);
}

static const rmf_weight_ops own_ops = {"own", "the parametrisation's own weight", "each its paper",
                                       NULL};
static const rmf_weight_ops empirical_ops = {
    "empirical", "1/(mean squared true score of the object), as published", "Tseng et al. 2024",
    empirical};
static const rmf_weight_ops expected_ops = {"expected", "1/(expected squared true score) = σ²",
                                            "Song et al. 2021", expected};
static const rmf_weight_ops likelihood_ops = {"likelihood", "g²: a bound on the likelihood",
                                              "Song, Durkan, Murray & Ermon 2021", likelihood};
static const rmf_weight_ops none_ops = {"none", "1 on the score's squared error",
                                        "Tseng et al. 2024", none};
static const rmf_weight_ops min_snr_ops = {
    "min-snr", "min(signal-to-noise ratio, 5) on the error of x0", "Hang et al. 2023", min_snr};

static const rmf_weight_ops *const registry[] = {
    &own_ops, &empirical_ops, &expected_ops, &likelihood_ops, &none_ops, &min_snr_ops, NULL};

const rmf_weight_ops *const *rmf_weight_registry(void)
{
    return registry;
}

const rmf_weight_ops *rmf_weight_find(const char *name)
{
    for (size_t i = 0; registry[i]; i++)
        if (!strcmp(registry[i]->name, name)) return registry[i];
    return NULL;
}
