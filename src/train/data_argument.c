/* train/data_argument.c – what a word like "digits", "mine.yaml", "mine.csv" or "folder" names: a
 * recipe, or a file or folder that is described by the keys of data. alone. */
#include "ramify/train.h"

#include <string.h>

bool rmf_names_recipe(const char *data)
{
    if (rmf_ends_with(data, ".yaml") || rmf_ends_with(data, ".yml")) return true;
    if (rmf_file_exists(data)) return false;
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(recipe[i].name, data) == 0) return true;
    return false;
}

static rmf_status put(rmf_settings *settings, const char *key, const char *value, const char *place)
{
    return value ? rmf_settings_put(settings, key, value, place) : RMF_OK;
}

static rmf_status put_given(const rmf_data_argument *a, rmf_settings *settings)
{
    RMF_TRY(put(settings, "data.label", a->label, "--label"));
    RMF_TRY(put(settings, "data.normalise", a->normalise, "--normalise"));
    RMF_TRY(put(settings, "data.format", a->format, "--format"));
    return put(settings, "data.classes", a->classes, "--classes");
}

/* A file or folder: the keys of data. alone, nothing held out. */
static rmf_status describe_file(const rmf_data_argument *a, rmf_settings *settings)
{
    RMF_TRY(rmf_settings_put(settings, "data.path", a->data, a->data));
    RMF_TRY(rmf_settings_put(settings, "data.held_out", "0", "default"));
    if (rmf_ends_with(a->data, ".npz"))
        RMF_TRY(rmf_settings_put(settings, "data.normalise", "none", "default"));
    RMF_TRY(put_given(a, settings));
    for (size_t i = 0; i < a->n_set; i++) {
        RMF_TRY(rmf_settings_assign(settings, a->set[i], "--set"));
        if (strncmp(a->set[i], "data.", 5) != 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "--set: unknown key in \"%s\"; of a file or folder only keys of data. "
                            "can be set",
                            a->set[i]);
    }
    static const rmf_option sections[] = {
        {"data.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: what is read"}, {0}};
    RMF_TRY(rmf_settings_check(settings, "", sections, NULL));
    return rmf_settings_check(settings, "data.", rmf_data_options, NULL);
}

static rmf_status file_settings(const rmf_data_argument *a, rmf_settings **settings, char **base)
{
    RMF_TRY(rmf_settings_create(settings));
    RMF_TRY(rmf_copy_text(".", base));
    return describe_file(a, *settings);
}

/* What is given beside a recipe goes before what it says of its data. */
static rmf_status recipe_settings(const rmf_data_argument *a, rmf_settings **settings, char **base)
{
    RMF_TRY(rmf_recipe_load(a->data, a->set, a->n_set, settings, base));
    RMF_TRY(put_given(a, *settings));
    return rmf_settings_check(*settings, "data.", rmf_data_options, NULL);
}

rmf_status rmf_data_argument_settings(const rmf_data_argument *argument, rmf_settings **settings,
                                      char **base)
{
    rmf_settings *made = NULL;
    char *folder = NULL;
    rmf_status s = rmf_names_recipe(argument->data) ? recipe_settings(argument, &made, &folder)
                                                    : file_settings(argument, &made, &folder);
    if (s != RMF_OK) {
        rmf_settings_free(made);
        rmf_free(folder);
        return s;
    }
    *settings = made;
    *base = folder;
    return RMF_OK;
}
