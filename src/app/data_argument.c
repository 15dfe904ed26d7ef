/* app/data_argument.c – DATA arguments: a recipe, or a file or folder with options of its own. */
#include "app/app.h"

#include <string.h>

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), k = strlen(ending);
    return n >= k && strcmp(text + n - k, ending) == 0;
}

bool rmf_names_recipe(const char *data)
{
    if (ends_with(data, ".yaml") || ends_with(data, ".yml")) return true;
    if (rmf_file_exists(data)) return false;
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(recipe[i].name, data) == 0) return true;
    return false;
}

rmf_status rmf_put_option(rmf_settings *settings, const char *key, const char *value,
                          const char *place)
{
    return value ? rmf_settings_put(settings, key, value, place) : RMF_OK;
}

static rmf_status from_options(const rmf_data_args *args, rmf_settings *settings)
{
    RMF_TRY(rmf_put_option(settings, "data.label", args->label, "--label"));
    RMF_TRY(rmf_put_option(settings, "data.normalise", args->normalise, "--normalise"));
    RMF_TRY(rmf_put_option(settings, "data.format", args->format, "--format"));
    return rmf_put_option(settings, "data.classes", args->classes, "--classes");
}

/* A file or folder: the keys of data. alone, nothing held out. */
static rmf_status plain_settings(const rmf_data_args *args, rmf_settings *settings)
{
    RMF_TRY(rmf_settings_put(settings, "data.path", args->data, args->data));
    RMF_TRY(rmf_settings_put(settings, "data.held_out", "0", "default"));
    if (ends_with(args->data, ".npz"))
        RMF_TRY(rmf_settings_put(settings, "data.normalise", "none", "default"));
    RMF_TRY(from_options(args, settings));
    for (size_t i = 0; i < args->set.count; i++) {
        const char *text = args->set.text[i];
        RMF_TRY(rmf_settings_assign(settings, text, "--set"));
        if (strncmp(text, "data.", 5) != 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "--set: unknown key in \"%s\"; of a file or folder only keys of data. "
                            "can be set",
                            text);
    }
    static const rmf_option sections[] = {
        {"data.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: what is read"}, {0}};
    RMF_TRY(rmf_settings_check(settings, "", sections, NULL));
    return rmf_settings_check(settings, "data.", rmf_data_options, NULL);
}

/* A recipe; options of the command go before what it says of its data. */
static rmf_status recipe_settings(const rmf_data_args *args, rmf_settings **settings, char **base)
{
    rmf_settings *made = NULL;
    char *folder = NULL;
    RMF_TRY(rmf_load_recipe(args->data, &args->set, &made, &folder));
    rmf_status s = from_options(args, made);
    if (s == RMF_OK) s = rmf_settings_check(made, "data.", rmf_data_options, NULL);
    if (s != RMF_OK) {
        rmf_settings_free(made);
        rmf_free(folder);
        return s;
    }
    *settings = made;
    *base = folder;
    return RMF_OK;
}

rmf_status rmf_data_settings(const rmf_data_args *args, rmf_settings **settings, char **base)
{
    if (rmf_names_recipe(args->data)) return recipe_settings(args, settings, base);
    rmf_settings *made = NULL;
    char *folder = NULL;
    RMF_TRY(rmf_settings_create(&made));
    rmf_status s = rmf_copy_text(".", &folder);
    if (s == RMF_OK) s = plain_settings(args, made);
    if (s != RMF_OK) {
        rmf_settings_free(made);
        rmf_free(folder);
        return s;
    }
    *settings = made;
    *base = folder;
    return RMF_OK;
}

error_t rmf_parse_data(int key, char *arg, rmf_data_args *data)
{
    switch (key) {
    case RMF_KEY_NORMALISE:
        data->normalise = arg;
        return rmf_arg_choice("--normalise", arg, "none|range|standard");
    case RMF_KEY_LABEL:
        data->label = arg;
        return 0;
    case RMF_KEY_FORMAT:
        data->format = arg;
        return 0;
    case RMF_KEY_CLASSES:
        data->classes = arg;
        return 0;
    case RMF_KEY_SET:
        return rmf_arg_append("--set", arg, &data->set);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

rmf_status rmf_data_read(const rmf_data_args *args, rmf_dataset *out)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    RMF_TRY(rmf_data_settings(args, &settings, &base));
    rmf_status s = rmf_dataset_open(settings, base, out);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

rmf_status rmf_task_open(const rmf_settings *settings, const char *base, const char *sde,
                         rmf_task *out)
{
    rmf_task objects = {.held_out = {0}};
    if (sde || !rmf_settings_text(settings, "sde.name"))
        RMF_TRY(rmf_sde_parse(sde ? sde : "vp:0.1,20", "--sde", &objects.sde));
    else
        RMF_TRY(rmf_sde_from_settings(settings, &objects.sde));
    RMF_TRY(rmf_recipe_data(settings, base, &objects.train, &objects.held_out, &objects.map));
    rmf_normalisation_apply(&objects.map, objects.train.x, objects.train.n, objects.train.features);
    *out = objects;
    return RMF_OK;
}

void rmf_task_free(rmf_task *objects)
{
    rmf_dataset_free(&objects->train);
    rmf_dataset_free(&objects->held_out);
    rmf_normalisation_free(&objects->map);
}
