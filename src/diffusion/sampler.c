/* diffusion/sampler.c – finding samplers, and their settings. */
#include "diffusion/sampler.h"
#include "diffusion/names.h"

#include <math.h>
#include <string.h>

#define ENTRY(name) &rmf_sampler_##name,
static const rmf_sampler_ops *const registry[] = {RMF_SAMPLERS(ENTRY) NULL};

const rmf_option rmf_sampling_options[] = {
    {"sampler", RMF_OPTION_TEXT, "heun", 0, 0, NULL, "method (see: ramify list sampler)"},
    {"steps", RMF_OPTION_INT, "0", 0, 1e6, NULL,
     "steps of one class over its whole way; 0 = the sampler's own number (18 to 36; "
     "heun-churn 100, predictor-corrector and euler-maruyama 500, ancestral 1000; rk23 and rk45 as "
     "many as the tolerances need)"},
    {"rtol", RMF_OPTION_REAL, "1e-3", 1e-8, 1, NULL,
     "rk23 and rk45 with steps 0: error of a step, relative"},
    {"atol", RMF_OPTION_REAL, "1e-3", 1e-8, 1, NULL,
     "and absolute, where data and noise have size 1"},
    {"grid", RMF_OPTION_CHOICE, "auto", 0, 0, "auto|uniform|rho|logsnr",
     "times: uniform, spaced by the power 1/rho of the noise-to-signal ratio, or by its logarithm; "
     "auto = the sampler's"},
    {"rho", RMF_OPTION_REAL, "7", 0.1, 100, NULL, "power of the rho grid"},
    {"t_start", RMF_OPTION_REAL, "0.001", 1e-6, 0.999, NULL,
     "time of the last, noise-free estimate; in discrete time the next whole step"},
    {"final", RMF_OPTION_CHOICE, "denoise", 0, 0, "denoise|none",
     "what is done at t_start: that estimate, or nothing: samples keep the noise of that time"},
    {"snr", RMF_OPTION_REAL, "0.1", 0, 10, NULL, "size of a corrector step"},
    {"corrector_steps", RMF_OPTION_INT, "1", 0, RMF_MAX_CORRECTOR_STEPS, NULL,
     "corrector steps for each predictor step"},
    {"branch_corrector_steps", RMF_OPTION_INT, "0", 0, RMF_MAX_CORRECTOR_STEPS, NULL,
     "corrector steps of any sampler where a branch takes over from its parent"},
    {"paper", RMF_OPTION_BOOL, "false", 0, 0, NULL,
     "time grid and batch-wide corrector step exactly as published"},
    {"churn", RMF_OPTION_REAL, "40", 0, 1e6, NULL,
     "heun-churn: noise added over all steps, in units of the noise level"},
    {"churn_min", RMF_OPTION_REAL, "0.05", 0, 1e6, NULL,
     "heun-churn: lowest noise-to-signal ratio with added noise"},
    {"churn_max", RMF_OPTION_REAL, "50", 0, 1e6, NULL,
     "heun-churn: highest noise-to-signal ratio with added noise"},
    {"churn_noise", RMF_OPTION_REAL, "1.003", 0, 10, NULL, "heun-churn: factor on the added noise"},
    {"eta", RMF_OPTION_REAL, "1", 0, 1, NULL,
     "ancestral: share of each step's noise; 1 = as published, 0 = none, which is ddim"},
    {"count", RMF_OPTION_INT, "100", 1, 1e9, NULL, "samples a class"},
    {"shared", RMF_OPTION_BOOL, "true", 0, 0, NULL,
     "classes share their trajectory until their branches part"},
    {"guidance", RMF_OPTION_REAL, "0", -1, 100, NULL,
     "w of score + w*(score - guide's); 0 = off; others need a model trained with train.guide"},
    {0},
};

const rmf_sampler_ops *const *rmf_sampler_registry(void)
{
    return registry;
}

const rmf_sampler_ops *rmf_sampler_find(const char *name)
{
    for (size_t i = 0; registry[i]; i++)
        if (!strcmp(registry[i]->name, name)) return registry[i];
    return NULL;
}

static rmf_status unknown_sampler(const char *name, const char *place)
{
    const char *names[sizeof registry / sizeof registry[0]] = {NULL};
    for (size_t i = 0; registry[i]; i++)
        names[i] = registry[i]->name;
    return rmf_unknown_name(place, "sample.sampler", name, names);
}

/* The next step from t on: the default is a time between two where there are few. */
static double whole_start(const rmf_sde *sde, double t)
{
    const int steps = rmf_sde_steps(sde);
    return steps > 0 ? ceil(t / sde->t_limit * steps - RMF_STEP_TOLERANCE) / steps * sde->t_limit
                     : t;
}

rmf_status rmf_sampling_from_settings(const rmf_settings *settings, rmf_sampling *out)
{
    const char *name = rmf_settings_text(settings, "sample.sampler");
    const char *grid = rmf_settings_text(settings, "sample.grid");
    const char *final = rmf_settings_text(settings, "sample.final");
    const rmf_sampler_ops *sampler = rmf_sampler_find(name ? name : registry[0]->name);
    if (!sampler) return unknown_sampler(name, rmf_settings_place(settings, "sample.sampler"));
    int64_t steps = rmf_settings_int(settings, "sample.steps", 0);
    rmf_sde sde;
    RMF_TRY(rmf_sde_from_settings(settings, &sde));
    *out = (rmf_sampling){
        .sampler = sampler,
        .steps = steps > 0 ? (int)steps : sampler->default_steps,
        .rtol = rmf_settings_real(settings, "sample.rtol", 1e-3),
        .atol = rmf_settings_real(settings, "sample.atol", 1e-3),
        .grid = sampler->grid,
        .rho = rmf_settings_real(settings, "sample.rho", 7),
        .t_start = whole_start(&sde, rmf_settings_real(settings, "sample.t_start", 1e-3)),
        .snr = rmf_settings_real(settings, "sample.snr", 0.1),
        .corrector_steps = (int)rmf_settings_int(settings, "sample.corrector_steps", 1),
        .branch_corrector_steps =
            (int)rmf_settings_int(settings, "sample.branch_corrector_steps", 0),
        .churn = {.amount = rmf_settings_real(settings, "sample.churn", 40),
                  .low = rmf_settings_real(settings, "sample.churn_min", 0.05),
                  .high = rmf_settings_real(settings, "sample.churn_max", 50),
                  .noise = rmf_settings_real(settings, "sample.churn_noise", 1.003)},
        .eta = rmf_settings_real(settings, "sample.eta", 1),
        .paper = rmf_settings_bool(settings, "sample.paper", false),
        .shared = rmf_settings_bool(settings, "sample.shared", true),
        .count = rmf_settings_int(settings, "sample.count", 100),
        .guidance = rmf_settings_real(settings, "sample.guidance", 0),
        .seed = (uint64_t)rmf_settings_int(settings, "seed", 0),
    };
    if (grid && !strcmp(grid, "uniform")) out->grid = RMF_GRID_UNIFORM;
    if (grid && !strcmp(grid, "rho")) out->grid = RMF_GRID_RHO;
    if (grid && !strcmp(grid, "logsnr")) out->grid = RMF_GRID_LOGSNR;
    out->noisy_end = final && !strcmp(final, "none");
    return RMF_OK;
}
