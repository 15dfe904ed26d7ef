/* app/recipe.c – recipes as commands see them: checked whole, and as JSON. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rmf_status fail_metric(const char *place, const char *name)
{
    const char *names[32] = {0};
    for (size_t i = 0; i < 31 && rmf_metric_registry()[i]; i++)
        names[i] = rmf_metric_registry()[i]->name;
    const char *near = rmf_nearest(name, names);
    if (near)
        return rmf_fail(RMF_ERR_USAGE, "%s: unknown metric \"%s\"; did you mean \"%s\"?", place,
                        name, near);
    return rmf_fail(
        RMF_ERR_USAGE,
        "%s: unknown metric \"%s\"; expected all or names that ramify list metric shows", place,
        name);
}

rmf_status rmf_check_metrics(const char *place, const char *text)
{
    char *list = NULL, *rest = NULL;
    RMF_TRY(rmf_copy_text(text, &list));
    rmf_status s = RMF_OK;
    for (char *name = strtok_r(list, ", ", &rest); name && s == RMF_OK;
         name = strtok_r(NULL, ", ", &rest))
        if (strcmp(name, "all") != 0 && !rmf_metric_find(name)) s = fail_metric(place, name);
    rmf_free(list);
    return s;
}

rmf_status rmf_put_training(const rmf_training_options *options, char text[4][64], rmf_texts *set)
{
    size_t n = 0;
    if (options->steps > 0) snprintf(text[n++], 64, "train.steps=%lld", (long long)options->steps);
    if (options->minutes > 0) snprintf(text[n++], 64, "train.minutes=%.9g", options->minutes);
    if (options->precision) snprintf(text[n++], 64, "train.precision=%s", options->precision);
    if (options->seed >= 0) snprintf(text[n++], 64, "seed=%lld", (long long)options->seed);
    for (size_t i = 0; i < n; i++)
        if (rmf_arg_append("--set", text[i], set) != 0) return RMF_ERR_USAGE;
    return RMF_OK;
}

rmf_status rmf_load_recipe(const char *path, const rmf_texts *set, rmf_settings **settings,
                           char **base)
{
    rmf_settings *loaded = NULL;
    char *folder = NULL;
    RMF_TRY(rmf_recipe_load(path, set->text, set->count, &loaded, &folder));
    rmf_status s = rmf_check_metrics(rmf_settings_place(loaded, "eval.metrics"),
                                     rmf_settings_text(loaded, "eval.metrics"));
    if (s != RMF_OK) {
        rmf_settings_free(loaded);
        rmf_free(folder);
        return s;
    }
    *settings = loaded;
    *base = folder;
    return RMF_OK;
}

/* ---- as JSON ---- */

static const rmf_option *find_in(const rmf_option *table, const char *name)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, name) == 0) return table;
    return NULL;
}

/* The options of the network or process that the recipe names, where the key is of its section. */
static const rmf_option *chosen_options(const rmf_settings *settings, const char *key)
{
    const char *net = rmf_settings_text(settings, "net.name");
    const rmf_net_ops *ops = net ? rmf_net_find(net) : NULL;
    rmf_sde sde;
    if (strncmp(key, "net.", 4) == 0) return ops ? ops->options : NULL;
    if (strncmp(key, "sde.", 4) != 0 || rmf_sde_from_settings(settings, &sde) != RMF_OK)
        return NULL;
    return sde.ops->options;
}

const rmf_option *rmf_recipe_option(const rmf_settings *settings, const char *key)
{
    static const struct {
        const char *prefix;
        const rmf_option *options;
    } sections[] = {{"data.", rmf_data_options},       {"tree.", rmf_tree_options},
                    {"train.", rmf_train_options},     {"sample.", rmf_sampling_options},
                    {"eval.", rmf_evaluation_options}, {"net.", rmf_net_options},
                    {"sde.", rmf_sde_options},         {"", rmf_recipe_options}};
    const rmf_option *own = find_in(chosen_options(settings, key), key + 4);
    if (own) return own;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        size_t length = strlen(sections[i].prefix);
        if (strncmp(key, sections[i].prefix, length) == 0)
            return find_in(sections[i].options, key + length);
    }
    return NULL;
}

static json_t *number(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end) return json_string(text);
    return json_real(value);
}

/* Whole numbers may be written as "1e5". */
static json_t *whole(const char *text)
{
    char *end;
    long long value = strtoll(text, &end, 10);
    return json_integer(*end ? (json_int_t)strtod(text, NULL) : value);
}

/* Items of numbers where the table gives them a range, else of texts. */
static json_t *list(const rmf_settings *settings, const char *key, const rmf_option *o)
{
    char **items = NULL;
    size_t count = 0;
    json_t *array = json_array();
    if (rmf_settings_list(settings, key, &items, &count) != RMF_OK) return array;
    for (size_t i = 0; i < count; i++) {
        bool numbers = o->low != 0 || o->high != 0;
        char *end = NULL;
        long long value = strtoll(items[i], &end, 10);
        json_array_append_new(array, !numbers ? json_string(items[i])
                                     : *end   ? number(items[i])
                                              : json_integer(value));
    }
    rmf_free(items);
    return array;
}

static json_t *typed(const rmf_settings *settings, const char *key)
{
    const rmf_option *o = rmf_recipe_option(settings, key);
    const char *text = rmf_settings_text(settings, key);
    switch (o ? o->type : RMF_OPTION_TEXT) {
    case RMF_OPTION_INT:
        return whole(text);
    case RMF_OPTION_REAL:
        return number(text);
    case RMF_OPTION_BOOL:
        return json_boolean(rmf_settings_bool(settings, key, false));
    case RMF_OPTION_LIST:
        return list(settings, key, o);
    default:
        return json_string(text);
    }
}

json_t *rmf_recipe_json(const rmf_settings *settings)
{
    json_t *all = json_object();
    for (size_t i = 0; i < rmf_settings_count(settings); i++) {
        const char *key = rmf_settings_key(settings, i), *dot = strchr(key, '.');
        json_t *into = all;
        if (dot) {
            char section[64];
            snprintf(section, sizeof section, "%.*s", (int)(dot - key), key);
            into = json_object_get(all, section);
            if (!into) {
                into = json_object();
                json_object_set_new(all, section, into);
            }
        }
        json_object_set_new(into, dot ? dot + 1 : key, typed(settings, key));
    }
    return all;
}
