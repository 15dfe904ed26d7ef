/* diffusion/override.c – the sampling of a recipe with other keys on top: options of a command,
 * arguments of a call. */
#include "ramify/diffusion.h"

static rmf_status put_over(rmf_settings *merged, const rmf_settings *over)
{
    const char *sampler = rmf_settings_place(over, "sample.sampler");
    if (sampler) { /* another method's step count and grid would not fit */
        RMF_TRY(rmf_settings_put(merged, "sample.steps", "0", sampler));
        RMF_TRY(rmf_settings_put(merged, "sample.grid", "auto", sampler));
    }
    for (size_t i = 0; i < rmf_settings_count(over); i++) {
        const char *key = rmf_settings_key(over, i);
        RMF_TRY(rmf_settings_put(merged, key, rmf_settings_text(over, key),
                                 rmf_settings_place(over, key)));
    }
    return RMF_OK;
}

rmf_status rmf_sampling_over(const rmf_settings *recipe, const rmf_settings *over,
                             rmf_sampling *out)
{
    rmf_settings *merged = NULL;
    RMF_TRY(rmf_settings_copy(recipe, &merged));
    rmf_status s = put_over(merged, over);
    if (s == RMF_OK && rmf_settings_count(over) > 0)
        s = rmf_settings_check(merged, "sample.", rmf_sampling_options, NULL);
    if (s == RMF_OK) s = rmf_sampling_from_settings(merged, out);
    rmf_settings_free(merged);
    return s;
}
