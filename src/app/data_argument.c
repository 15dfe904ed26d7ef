/* app/data_argument.c – DATA arguments and their options. */
#include "app/app.h"

#include <string.h>

rmf_status rmf_data_settings(const rmf_data_args *args, rmf_settings **settings, char **base)
{
    const rmf_data_argument argument = {.data = args->data,
                                        .label = args->label,
                                        .normalise = args->normalise,
                                        .format = args->format,
                                        .classes = args->classes,
                                        .set = args->set.text,
                                        .n_set = args->set.count};
    rmf_settings *made = NULL;
    char *folder = NULL;
    RMF_TRY(rmf_data_argument_settings(&argument, &made, &folder));
    const char *metrics = rmf_settings_text(made, "eval.metrics"); /* of a recipe */
    rmf_status s =
        metrics ? rmf_check_metrics(rmf_settings_place(made, "eval.metrics"), metrics) : RMF_OK;
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

void rmf_samples_of(rmf_dataset *data, rmf_samples *out)
{
    *out = (rmf_samples){.n = data->n,
                         .features = data->features,
                         .rank = data->rank,
                         .x = data->x,
                         .label = data->label,
                         .n_classes = data->n_classes,
                         .class_name = data->class_name,
                         .feature_name = data->feature_name,
                         .low = data->low,
                         .high = data->high};
    memcpy(out->shape, data->shape, sizeof out->shape);
    data->x = NULL; /* now the samples' */
    data->label = NULL;
    data->class_name = NULL;
    data->feature_name = NULL;
    data->n_classes = 0;
    rmf_dataset_free(data);
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
