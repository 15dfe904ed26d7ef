/* train/extend_data.c – the objects of classes that are added to a run, and all the data of a model
 * that classes were added to. */
#include "train/extending.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* ---- the objects of some classes ---- */

static rmf_status fail_lacks(const rmf_dataset *data, const char *name)
{
    char known[400] = "";
    size_t used = 0;
    int shown = 0;
    for (; shown < data->n_classes && used + 80 < sizeof known; shown++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%.60s", shown ? ", " : "",
                                 data->class_name[shown]);
    return rmf_fail(RMF_ERR_USAGE, "%s: no class \"%.60s\"; expected of: %s%s", data->source, name,
                    known, shown < data->n_classes ? ", …" : "");
}

/* number[c]: which of the names class c of the data is, or −1. */
static rmf_status match_names(const rmf_dataset *data, int n, const char *const *names, int *number)
{
    for (int c = 0; c < data->n_classes; c++)
        number[c] = -1;
    if (n == 1 && data->n_classes == 1) {
        number[0] = 0;
        return RMF_OK;
    }
    for (int k = 0; k < n; k++) {
        int c = 0;
        while (c < data->n_classes && strcmp(data->class_name[c], names[k]) != 0)
            c++;
        if (c == data->n_classes) return fail_lacks(data, names[k]);
        number[c] = k;
    }
    return RMF_OK;
}

static rmf_status name_classes(rmf_dataset *data, int n, const char *const *names)
{
    char **copy = NULL;
    RMF_TRY(rmf_alloc((size_t)n, sizeof *copy, (void **)&copy));
    rmf_status s = RMF_OK;
    for (int k = 0; s == RMF_OK && k < n; k++)
        s = rmf_copy_text(names[k], &copy[k]);
    char **old = s == RMF_OK ? data->class_name : copy;
    const int count = s == RMF_OK ? data->n_classes : n;
    for (int c = 0; c < count; c++)
        rmf_free(old[c]);
    rmf_free(old);
    if (s != RMF_OK) return s;
    data->class_name = copy;
    data->n_classes = n;
    return RMF_OK;
}

static rmf_status keep_rows(rmf_dataset *data, const int *number, int64_t *rows)
{
    rmf_dataset kept = {0};
    int64_t n = 0;
    for (int64_t i = 0; i < data->n; i++)
        if (number[data->label[i]] >= 0) rows[n++] = i;
    RMF_TRY(rmf_dataset_take(data, rows, n, &kept));
    for (int64_t i = 0; i < kept.n; i++)
        kept.label[i] = number[kept.label[i]];
    rmf_dataset_free(data);
    *data = kept;
    return RMF_OK;
}

static rmf_status choose(rmf_dataset *data, int n, const char *const *names)
{
    int *number = NULL;
    int64_t *rows = NULL;
    rmf_status s = rmf_alloc((size_t)data->n_classes, sizeof *number, (void **)&number);
    if (s == RMF_OK) s = rmf_alloc((size_t)data->n, sizeof *rows, (void **)&rows);
    if (s == RMF_OK) s = match_names(data, n, names, number);
    if (s == RMF_OK) s = keep_rows(data, number, rows);
    if (s == RMF_OK) s = name_classes(data, n, names);
    rmf_free(rows);
    rmf_free(number);
    return s;
}

rmf_status rmf_class_objects(const rmf_settings *data, const char *base, int n,
                             const char *const *names, rmf_dataset *train, rmf_dataset *held_out)
{
    rmf_dataset kept = {0}, out = {0};
    RMF_TRY(rmf_recipe_split(data, base, &kept, &out));
    rmf_status s = choose(&kept, n, names);
    if (s == RMF_OK) s = choose(&out, n, names);
    if (s != RMF_OK) {
        rmf_dataset_free(&kept);
        rmf_dataset_free(&out);
        return s;
    }
    *train = kept;
    *held_out = out;
    return RMF_OK;
}

/* ---- all data of a model ---- */

static rmf_status grow(void **block, size_t old, size_t more, size_t size)
{
    void *grown = NULL;
    RMF_TRY(rmf_alloc(old + more, size, &grown));
    if (old > 0) memcpy(grown, *block, old * size);
    rmf_free(*block);
    *block = grown;
    return RMF_OK;
}

/* Puts the objects and classes of `from` behind those of `into`. */
static rmf_status append(rmf_dataset *into, const rmf_dataset *from)
{
    if (into->features != from->features)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: objects of %" PRId64 " features; expected %" PRId64
                        ", as when their class was added",
                        from->source, from->features, into->features);
    const size_t d = (size_t)into->features;
    RMF_TRY(grow((void **)&into->x, (size_t)into->n * d, (size_t)from->n * d, sizeof *into->x));
    RMF_TRY(grow((void **)&into->label, (size_t)into->n, (size_t)from->n, sizeof *into->label));
    RMF_TRY(grow((void **)&into->class_name, (size_t)into->n_classes, (size_t)from->n_classes,
                 sizeof *into->class_name));
    const int classes = into->n_classes;
    for (int c = 0; c < from->n_classes; c++, into->n_classes++)
        RMF_TRY(rmf_copy_text(from->class_name[c], &into->class_name[into->n_classes]));
    memcpy(into->x + into->n * into->features, from->x, (size_t)from->n * d * sizeof *into->x);
    for (int64_t i = 0; i < from->n; i++)
        into->label[into->n + i] = classes + from->label[i];
    into->n += from->n;
    return RMF_OK;
}

static rmf_status append_classes(const rmf_settings *data, const json_t *classes,
                                 rmf_dataset *train, rmf_dataset *held_out)
{
    const int n = (int)json_array_size(classes);
    const char **names = NULL;
    rmf_dataset more = {0}, more_held_out = {0};
    RMF_TRY(rmf_alloc((size_t)n, sizeof *names, (void **)&names));
    for (int k = 0; k < n; k++) {
        const json_t *one = json_array_get(classes, (size_t)k);
        names[k] = json_string_value(json_object_get(one, "name"));
        if (!names[k]) names[k] = "";
    }
    rmf_status s = rmf_class_objects(data, ".", n, names, &more, &more_held_out);
    if (s == RMF_OK) s = append(train, &more);
    if (s == RMF_OK) s = append(held_out, &more_held_out);
    rmf_dataset_free(&more);
    rmf_dataset_free(&more_held_out);
    rmf_free(names);
    return s;
}

static rmf_status append_addition(const json_t *addition, rmf_dataset *train, rmf_dataset *held_out)
{
    rmf_settings *data = NULL;
    RMF_TRY(rmf_settings_create(&data));
    rmf_status s = rmf_settings_from_json(json_object_get(addition, "data"), "added classes", data);
    if (s == RMF_OK)
        s = append_classes(data, json_object_get(addition, "classes"), train, held_out);
    rmf_settings_free(data);
    return s;
}

static rmf_status append_additions(const char *text, rmf_dataset *train, rmf_dataset *held_out)
{
    json_t *list = json_loads(text, 0, NULL);
    rmf_status s = json_is_array(list)
                       ? RMF_OK
                       : rmf_fail(RMF_ERR_FORMAT, "metadata \"ramify.extensions\" is no JSON list; "
                                                  "expected a model written by ramify");
    for (size_t i = 0; s == RMF_OK && i < json_array_size(list); i++)
        s = append_addition(json_array_get(list, i), train, held_out);
    json_decref(list);
    return s;
}

rmf_status rmf_model_data(const rmf_model *model, const char *base, rmf_dataset *train,
                          rmf_dataset *held_out, rmf_normalisation *map)
{
    rmf_dataset kept = {0}, out = {0};
    RMF_TRY(rmf_recipe_split(model->settings, base, &kept, &out));
    rmf_status s = model->extensions ? append_additions(model->extensions, &kept, &out) : RMF_OK;
    if (s == RMF_OK) s = rmf_normalisation_copy(&model->normalisation, map);
    if (s != RMF_OK) {
        rmf_dataset_free(&kept);
        rmf_dataset_free(&out);
        return s;
    }
    *train = kept;
    *held_out = out;
    return RMF_OK;
}
