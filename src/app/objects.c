/* app/objects.c – real objects of one class, from a run's own data or from a file. */
#include "app/transmute.h"

#include <stdio.h>
#include <string.h>

static int class_of(const rmf_dataset *data, const char *name)
{
    for (int c = 0; c < data->n_classes; c++)
        if (strcmp(data->class_name[c], name) == 0) return c;
    return -1;
}

static int64_t count_class(const rmf_dataset *data, const char *name)
{
    const int class = class_of(data, name);
    int64_t n = 0;
    for (int64_t i = 0; class >= 0 && i < data->n; i++)
        n += data->label[i] == class;
    return n;
}

/* Appends objects of the class until there are `count`. */
static void append(const rmf_dataset *data, const char *name, int64_t count, rmf_objects *out)
{
    const int class = class_of(data, name);
    for (int64_t i = 0; class >= 0 && i < data->n && out->n < count; i++)
        if (data->label[i] == class)
            memcpy(out->x + out->n++ * data->features, data->x + i * data->features,
                   (size_t)data->features * sizeof *out->x);
}

static rmf_status take(const rmf_model *model, const rmf_dataset *const parts[2], const char *name,
                       int64_t count, rmf_objects *out)
{
    const int64_t features = rmf_model_features(model);
    int64_t there = 0;
    for (int k = 0; k < 2 && parts[k]; k++) {
        if (parts[k]->n > 0 && parts[k]->features != features)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: objects have %lld features but those of the model %lld; expected "
                            "the same",
                            parts[k]->source, (long long)parts[k]->features, (long long)features);
        there += count_class(parts[k], name);
        if (count == 0 && there > 0 && k == 0) count = there;
    }
    if (there == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: no object of class \"%s\"; expected some: check their "
                        "labels",
                        parts[0]->source[0] ? parts[0]->source : parts[1]->source, name);
    if (count == 0) count = there;
    if (count > there)
        return rmf_fail(RMF_ERR_USAGE,
                        "--count is %lld; expected at most %lld, the objects of class \"%s\"",
                        (long long)count, (long long)there, name);
    RMF_TRY(rmf_alloc((size_t)count, (size_t)features * sizeof *out->x, (void **)&out->x));
    for (int k = 0; k < 2 && parts[k]; k++)
        append(parts[k], name, count, out);
    rmf_normalisation_apply(rmf_model_normalisation(model), out->x, out->n, features);
    return RMF_OK;
}

rmf_status rmf_objects_of_run(const rmf_model *model, const rmf_real *real, const char *name,
                              int64_t count, rmf_objects *out)
{
    *out = (rmf_objects){0};
    const rmf_dataset *const parts[2] = {&real->held_out, &real->train};
    return take(model, parts, name, count, out);
}

rmf_status rmf_objects_of_file(const rmf_model *model, const char *path, const char *label,
                               const char *name, int64_t count, rmf_objects *out)
{
    *out = (rmf_objects){0};
    rmf_data_args args = {.data = path, .label = label};
    rmf_dataset data = {0};
    RMF_TRY(rmf_data_read(&args, &data));
    const rmf_dataset *const parts[2] = {&data, NULL};
    rmf_status s = take(model, parts, name, count, out);
    rmf_dataset_free(&data);
    return s;
}
