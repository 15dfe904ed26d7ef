/* diffusion/sde.c – finding, reading and printing forward processes. */
#include "diffusion/sde.h"
#include "diffusion/names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMETERS ((int)(sizeof(((rmf_sde *)0)->parameter) / sizeof(double)))

#define ENTRY(name) &rmf_sde_##name,
static const rmf_sde_ops *const registry[] = {RMF_SDES(ENTRY) NULL};
#define NAME(name) #name,
static const char *const names[] = {RMF_SDES(NAME) NULL};

const rmf_option rmf_sde_options[] = {
    {"name", RMF_OPTION_TEXT, "vp", 0, 0, NULL, "forward process (see: ramify list sdes)"},
    {0},
};

const rmf_sde_ops *const *rmf_sde_registry(void)
{
    return registry;
}

static int parameter_count(const rmf_sde_ops *ops)
{
    int n = 0;
    while (n < MAX_PARAMETERS && ops->options[n].name)
        n++;
    return n;
}

static rmf_status find(const char *name, size_t length, const char *place, const rmf_sde_ops **out)
{
    for (size_t i = 0; registry[i]; i++)
        if (strlen(registry[i]->name) == length && !memcmp(registry[i]->name, name, length)) {
            *out = registry[i];
            return RMF_OK;
        }
    char word[32];
    snprintf(word, sizeof word, "%.*s", (int)(length < 31 ? length : 31), name);
    return rmf_unknown_name(place, "the forward process", word, names);
}

/* Ranges of the table, then what no table can say: noise must grow from 0 to t_limit. */
static rmf_status check(const rmf_sde *sde, const char *place)
{
    const rmf_sde_ops *ops = sde->ops;
    for (int i = 0; i < parameter_count(ops); i++) {
        const rmf_option *option = &ops->options[i];
        const double value = sde->parameter[i];
        const bool whole = option->type == RMF_OPTION_INT;
        if (!(value >= option->low && value <= option->high) || (whole && value != floor(value)))
            return rmf_fail(RMF_ERR_USAGE, "%s: %s of %s is %g; expected a %snumber from %g to %g",
                            place, option->name, ops->name, value, whole ? "whole " : "",
                            option->low, option->high);
    }
    double alpha[2], sigma[2];
    ops->kernel(sde, 0, &alpha[0], &sigma[0]);
    ops->kernel(sde, sde->t_limit, &alpha[1], &sigma[1]);
    if (!(sigma[1] / alpha[1] > sigma[0] / alpha[0]) || !isfinite(sigma[1] / alpha[1])) {
        char text[128];
        rmf_sde_print(sde, text, sizeof text);
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: the noise of %s goes from %g to %g times the signal; expected it to "
                        "grow and stay finite: choose other parameters",
                        place, text, sigma[0] / alpha[0], sigma[1] / alpha[1]);
    }
    return RMF_OK;
}

/* The initial values of the table, which are ours and therefore numbers. */
static void initialise(const rmf_sde_ops *ops, rmf_sde *out)
{
    *out = (rmf_sde){.ops = ops, .t_limit = 1};
    for (int i = 0; i < parameter_count(ops); i++)
        out->parameter[i] = strtod(ops->options[i].initial, NULL);
}

rmf_status rmf_sde_parse(const char *text, const char *place, rmf_sde *out)
{
    rmf_sde sde;
    const rmf_sde_ops *ops = NULL;
    size_t length = strcspn(text, ":");
    RMF_TRY(find(text, length, place, &ops));
    initialise(ops, &sde);
    if (text[length]) {
        const char *at = text + length + 1;
        int expected = parameter_count(ops);
        for (int i = 0; i < expected; i++) {
            char *end;
            sde.parameter[i] = strtod(at, &end);
            if (end == at || *end != (i + 1 < expected ? ',' : '\0'))
                return rmf_fail(RMF_ERR_USAGE,
                                "%s: the forward process is \"%.60s\"; expected %d number%s after "
                                "\"%s:\", separated by commas",
                                place, text, expected, expected == 1 ? "" : "s", ops->name);
            at = end + 1;
        }
    }
    RMF_TRY(check(&sde, place));
    *out = sde;
    return RMF_OK;
}

rmf_status rmf_sde_from_settings(const rmf_settings *settings, rmf_sde *out)
{
    const char *name = rmf_settings_text(settings, "sde.name");
    const char *place = name ? rmf_settings_place(settings, "sde.name") : "default";
    const rmf_sde_ops *ops = NULL;
    rmf_sde sde;
    if (!name) name = registry[0]->name;
    RMF_TRY(find(name, strlen(name), place, &ops));
    initialise(ops, &sde);
    for (int i = 0; i < parameter_count(ops); i++) {
        char key[64];
        snprintf(key, sizeof key, "sde.%s", ops->options[i].name);
        sde.parameter[i] = rmf_settings_real(settings, key, sde.parameter[i]);
    }
    RMF_TRY(check(&sde, place));
    *out = sde;
    return RMF_OK;
}

/* The shortest of two forms that reads back as the same number. */
static int print_number(double value, char *text, size_t size)
{
    char form[32];
    snprintf(form, sizeof form, "%.15g", value);
    if (strtod(form, NULL) != value) snprintf(form, sizeof form, "%.17g", value);
    return snprintf(text, size, "%s", form);
}

void rmf_sde_print(const rmf_sde *sde, char *text, size_t size)
{
    char full[32 * (MAX_PARAMETERS + 1)];
    size_t used = (size_t)snprintf(full, 32, "%.30s", sde->ops->name);
    for (int i = 0; i < parameter_count(sde->ops); i++) {
        full[used++] = i ? ',' : ':';
        used += (size_t)print_number(sde->parameter[i], full + used, sizeof full - used);
    }
    snprintf(text, size, "%s", full);
}

static void noise_kernel(const void *context, double t, double *alpha, double *sigma)
{
    const rmf_sde *sde = context;
    sde->ops->kernel(sde, t, alpha, sigma);
}

rmf_noise rmf_sde_noise(const rmf_sde *sde)
{
    rmf_noise noise = {.kernel = noise_kernel, .context = sde, .steps = rmf_sde_steps(sde)};
    rmf_sde_print(sde, noise.name, sizeof noise.name);
    return noise;
}

double rmf_sde_prior(const rmf_sde *sde)
{
    return sde->ops->prior(sde);
}
