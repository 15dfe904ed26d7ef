/* train/extend_plan.c – what an extension is asked to do, and extension.json, which keeps it: with
 * this file and the old run an extension that was killed goes on. */
#include "train/extending.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "ramify-extension"
enum { VERSION = 1 };

static const char *const start_name[] = {"nearest", "parent"}, *const tune_name[] = {"rows", "all"};

/* ---- settings as JSON ---- */

rmf_status rmf_settings_to_json(const rmf_settings *settings, const char *prefix, json_t *object)
{
    int bad = 0;
    for (size_t i = 0; i < rmf_settings_count(settings); i++) {
        const char *key = rmf_settings_key(settings, i);
        if (strncmp(key, prefix, strlen(prefix)) == 0)
            bad |= json_object_set_new(object, key, json_string(rmf_settings_text(settings, key)));
    }
    return bad ? rmf_fail(RMF_ERR_MEMORY, "settings: no memory left for their JSON") : RMF_OK;
}

rmf_status rmf_settings_from_json(const json_t *object, const char *place, rmf_settings *settings)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return rmf_fail(RMF_ERR_FORMAT, "%s: no list of settings; expected one; make it anew",
                        place);
    json_object_foreach((json_t *)object, key, value)
    {
        if (!json_is_string(value))
            return rmf_fail(RMF_ERR_FORMAT, "%s: \"%s\" is not a text; expected one", place, key);
        RMF_TRY(rmf_settings_put(settings, key, json_string_value(value), place));
    }
    return RMF_OK;
}

/* ---- from arguments ---- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static rmf_status put_given(rmf_extending *e, const char *text)
{
    const bool known =
        starts_with(text, "train.") || starts_with(text, "tree.") || starts_with(text, "seed=");
    if (!strchr(text, '=') || !known)
        return rmf_fail(
            RMF_ERR_USAGE,
            "--set: \"%s\"; expected KEY=VALUE with a key of train., tree. or data., or "
            "seed: the rest is the run's",
            text);
    return rmf_settings_assign(e->given, text, "--set");
}

static rmf_status real_path(const char *path, char **out)
{
    char *real = realpath(path, NULL);
    rmf_status s = rmf_copy_text(real ? real : path, out);
    free(real);
    return s;
}

static rmf_status copy_texts(int n, const char *const *texts, char ***out)
{
    char **copy = NULL;
    RMF_TRY(rmf_alloc((size_t)n, sizeof *copy, (void **)&copy));
    *out = copy;
    for (int i = 0; i < n; i++)
        RMF_TRY(rmf_copy_text(texts[i], &copy[i]));
    return RMF_OK;
}

static rmf_status check_arguments(const rmf_extension *x)
{
    if (!x->run || !x->data || x->n_classes < 1)
        return rmf_fail(RMF_ERR_IO,
                        "%s: no " RMF_EXTENSION_FILE
                        " in it; expected an extension to resume, or a "
                        "run, data and classes",
                        x->out);
    if (x->n_from > 0 && x->n_classes > 1)
        return rmf_fail(RMF_ERR_USAGE,
                        "the branch is given for %d classes; expected one class, or "
                        "branches that are found",
                        x->n_classes);
    for (int k = 0; k < x->n_classes; k++)
        for (int i = 0; i < k; i++)
            if (strcmp(x->classes[i], x->classes[k]) == 0)
                return rmf_fail(RMF_ERR_USAGE, "class \"%.60s\": it is named twice", x->classes[k]);
    return RMF_OK;
}

static rmf_status from_arguments(rmf_extending *e, const rmf_extension *x)
{
    RMF_TRY(check_arguments(x));
    RMF_TRY(real_path(x->run, &e->run));
    RMF_TRY(rmf_settings_copy(x->data, &e->data));
    RMF_TRY(rmf_copy_text(x->base, &e->base));
    RMF_TRY(rmf_recipe_absolute(e->data, e->base));
    e->start = x->start;
    e->tune = x->tune;
    RMF_TRY(rmf_alloc((size_t)x->n_classes, sizeof *e->added, (void **)&e->added));
    e->n = x->n_classes;
    for (int k = 0; k < e->n; k++) {
        rmf_new_class *c = &e->added[k];
        c->told.time = x->time;
        RMF_TRY(rmf_copy_text(x->classes[k], &c->told.name));
        c->n_from = x->n_from;
        RMF_TRY(copy_texts(x->n_from, x->from, &c->from));
    }
    for (size_t i = 0; i < x->n_set; i++)
        RMF_TRY(put_given(e, x->set[i]));
    return RMF_OK;
}

/* ---- from the file ---- */

static rmf_status damaged(const char *path, const char *what)
{
    return rmf_fail(RMF_ERR_FORMAT, "%s: %s; expected the file of an extension; make it anew", path,
                    what);
}

static rmf_status read_class(const json_t *json, const char *path, rmf_new_class *c)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    const json_t *from = json_object_get(json, "from"), *time = json_object_get(json, "time");
    const size_t n = json_array_size(from);
    if (!name || n < 1 || !json_is_number(time)) return damaged(path, "a class lacks a key");
    RMF_TRY(rmf_copy_text(name, &c->told.name));
    RMF_TRY(rmf_alloc(n, sizeof *c->from, (void **)&c->from));
    c->told.time = json_number_value(time);
    for (size_t i = 0; i < n; i++, c->n_from++) {
        const char *text = json_string_value(json_array_get(from, i));
        RMF_TRY(rmf_copy_text(text ? text : "", &c->from[i]));
    }
    return RMF_OK;
}

static rmf_status read_addition(rmf_extending *e, const json_t *json, const char *path)
{
    const char *run = json_string_value(json_object_get(json, "run"));
    const char *start = json_string_value(json_object_get(json, "start"));
    const char *tune = json_string_value(json_object_get(json, "tune")); /* absent once: rows */
    const json_t *classes = json_object_get(json, "classes");
    const size_t n = json_array_size(classes);
    if (!run || !start || n < 1) return damaged(path, "its last addition lacks a key");
    RMF_TRY(rmf_copy_text(run, &e->run));
    RMF_TRY(rmf_copy_text(".", &e->base));
    RMF_TRY(rmf_settings_create(&e->data));
    RMF_TRY(rmf_settings_from_json(json_object_get(json, "data"), path, e->data));
    RMF_TRY(rmf_settings_from_json(json_object_get(json, "settings"), path, e->given));
    e->start =
        strcmp(start, start_name[RMF_START_PARENT]) == 0 ? RMF_START_PARENT : RMF_START_NEAREST;
    e->tune = tune && strcmp(tune, tune_name[RMF_TUNE_ALL]) == 0 ? RMF_TUNE_ALL : RMF_TUNE_ROWS;
    RMF_TRY(rmf_alloc(n, sizeof *e->added, (void **)&e->added));
    e->n = (int)n;
    for (size_t k = 0; k < n; k++)
        RMF_TRY(read_class(json_array_get(classes, k), path, &e->added[k]));
    return RMF_OK;
}

static rmf_status from_file(rmf_extending *e, const char *path)
{
    json_t *json = NULL;
    RMF_TRY(rmf_json_read(path, &json));
    const char *format = json_string_value(json_object_get(json, "format"));
    const json_t *list = json_object_get(json, "extensions");
    const size_t n = json_array_size(list);
    rmf_status s;
    if (!format || strcmp(format, FORMAT) != 0 || n < 1)
        s = damaged(path, "no format \"" FORMAT "\" with a list");
    else if (json_integer_value(json_object_get(json, "version")) != VERSION)
        s = rmf_fail(RMF_ERR_FORMAT,
                     "%s: another version; expected %d; use the ramify that made it", path,
                     VERSION);
    else
        s = read_addition(e, json_array_get(list, n - 1), path);
    json_decref(json);
    return s;
}

rmf_status rmf_extending_plan(trainer *tr, const rmf_extension *extension)
{
    rmf_extending *e = tr->extending;
    char *path = NULL;
    RMF_TRY(rmf_settings_create(&e->given));
    RMF_TRY(rmf_trainer_path(tr, RMF_EXTENSION_FILE, &path));
    rmf_status s;
    if (extension->resume && rmf_file_exists(path)) {
        s = from_file(e, path);
        if (s == RMF_OK && extension->run)
            rmf_trainer_tell(tr, "the run's own " RMF_EXTENSION_FILE
                                 " is used, not the run, data and classes given");
    } else {
        s = from_arguments(e, extension);
    }
    rmf_free(path);
    return s;
}

/* ---- to the file ---- */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *class_json(const rmf_new_class *c)
{
    json_t *from = json_array();
    for (int i = 0; i < c->n_from; i++)
        json_array_append_new(from, json_string(c->from[i]));
    return json_pack("{s:s, s:I, s:f, s:o, s:I, s:I, s:s, s:o, s:o}", "name", c->told.name,
                     "objects", (json_int_t)c->told.objects, "time", c->told.time, "from", from,
                     "row", (json_int_t)c->row, "start_row", (json_int_t)c->source, "started_as",
                     c->told.start, "distance", number(c->told.distance), "epsilon",
                     number(c->told.epsilon));
}

static rmf_status addition_json(const trainer *tr, json_t **out)
{
    const rmf_extending *e = tr->extending;
    json_t *classes = json_array(), *data = json_object(), *settings = json_object();
    for (int k = 0; k < e->n; k++)
        json_array_append_new(classes, class_json(&e->added[k]));
    rmf_status s = rmf_settings_to_json(e->data, "data.", data);
    if (s == RMF_OK) s = rmf_settings_to_json(e->data, "seed", data);
    if (s == RMF_OK) s = rmf_settings_to_json(tr->settings, "train.", settings);
    if (s == RMF_OK) s = rmf_settings_to_json(tr->settings, "tree.", settings);
    if (s == RMF_OK) s = rmf_settings_to_json(tr->settings, "seed", settings);
    *out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "run", e->run, "start", start_name[e->start],
                     "tune", tune_name[e->tune], "classes", classes, "data", data, "settings",
                     settings);
    if (s == RMF_OK && !*out) s = rmf_fail(RMF_ERR_MEMORY, "extension: no memory for its JSON");
    return s;
}

rmf_status rmf_extending_list(const trainer *tr, char **out)
{
    json_t *addition = NULL, *list = NULL;
    const char *before = tr->extending->old->extensions;
    RMF_TRY(addition_json(tr, &addition));
    list = before ? json_loads(before, 0, NULL) : json_array();
    json_array_append_new(list, addition);
    char *text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);
    rmf_status s =
        text ? rmf_copy_text(text, out) : rmf_fail(RMF_ERR_MEMORY, "extension: no memory left");
    free(text);
    json_decref(list);
    return s;
}

rmf_status rmf_extending_write(const trainer *tr)
{
    char *path = NULL;
    json_t *list = json_loads(tr->extending->list, 0, NULL);
    json_t *json =
        json_pack("{s:s, s:i, s:o}", "format", FORMAT, "version", VERSION, "extensions", list);
    rmf_status s = rmf_trainer_path(tr, RMF_EXTENSION_FILE, &path);
    if (s == RMF_OK && !rmf_file_exists(path))
        s = json ? rmf_json_write(path, true, json)
                 : rmf_fail(RMF_ERR_MEMORY, "%s: no memory left", path);
    json_decref(json);
    rmf_free(path);
    return s;
}
