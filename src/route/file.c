/* route/file.c – heads as one safetensors file.
 *
 * A head is right for what it was trained with: the tree, the forward process and the units of the
 * data.  The file says them as a model file does, and reading compares the words.  Of the model's
 * weights heads know nothing. */
#include "route/heads.h"
#include "train/train_private.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const facts[] = {"ramify.tree", "ramify.sde", "ramify.normalisation"};

static rmf_status add_facts(const rmf_model *m, rmf_arrays *arrays)
{
    char sde[128];
    json_t *json = NULL;
    rmf_sde_print(&m->sde, sde, sizeof sde);
    RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.sde", sde));
    RMF_TRY(rmf_tree_to_json(m->tree, &json));
    RMF_TRY(rmf_arrays_add_json(arrays, "ramify.tree", json));
    RMF_TRY(rmf_normalisation_to_json(&m->normalisation, &json));
    return rmf_arrays_add_json(arrays, "ramify.normalisation", json);
}

rmf_status rmf_heads_path(const char *run, char **path)
{
    const char *slash = strrchr(run, '/');
    if (rmf_is_folder(run) || !slash)
        return rmf_path_join(rmf_is_folder(run) ? run : ".", RMF_ROUTER_FILE, path);
    char *folder = NULL;
    RMF_TRY(rmf_copy_text(run, &folder));
    folder[slash == run ? 1 : slash - run] = '\0';
    rmf_status s = rmf_path_join(folder, RMF_ROUTER_FILE, path);
    rmf_free(folder);
    return s;
}

/* ---- writing ---- */

static rmf_status add_head(const rmf_heads *h, int head, rmf_arrays *arrays)
{
    const rmf_classifier_parts parts = rmf_classifier_inside(h->head[head]);
    const int64_t features = rmf_model_features(h->model);
    char prefix[32], name[64];
    snprintf(prefix, sizeof prefix, "branch%d.", h->report[head].branch);
    RMF_TRY(rmf_params_pack(parts.params, rmf_params_values(parts.params), prefix, arrays));
    snprintf(name, sizeof name, "%sinput.mean", prefix);
    RMF_TRY(rmf_arrays_add(arrays, name, RMF_F32, 1, &features, parts.mean));
    snprintf(name, sizeof name, "%sinput.gain", prefix);
    return rmf_arrays_add(arrays, name, RMF_F32, 1, &features, parts.gain);
}

rmf_status rmf_heads_write(const rmf_heads *heads, const char *path, bool replace)
{
    rmf_arrays arrays = {0};
    json_t *report = NULL;
    rmf_status s = rmf_heads_to_json(heads, &report);
    if (s == RMF_OK) s = rmf_arrays_add_json(&arrays, "ramify.router", report);
    if (s == RMF_OK) s = rmf_arrays_add_meta(&arrays, "ramify.version", rmf_version());
    if (s == RMF_OK) s = add_facts(heads->model, &arrays);
    for (int i = 0; s == RMF_OK && i < heads->n; i++)
        s = add_head(heads, i, &arrays);
    if (s == RMF_OK) s = rmf_safetensors_write(path, replace, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

/* ---- reading ---- */

static rmf_status check_facts(const rmf_arrays *arrays, const rmf_model *model, const char *path)
{
    rmf_arrays own = {0};
    rmf_status s = add_facts(model, &own);
    for (size_t i = 0; s == RMF_OK && i < sizeof facts / sizeof *facts; i++) {
        const char *text = rmf_arrays_meta(arrays, facts[i]);
        if (!text || strcmp(text, rmf_arrays_meta(&own, facts[i])) != 0)
            s = rmf_fail(RMF_ERR_FORMAT,
                         "%s: metadata \"%s\" is %s; expected heads trained for this run (ramify "
                         "router RUN --force)",
                         path, facts[i], text ? "not that of the model" : "missing");
    }
    rmf_arrays_free(&own);
    return s;
}

static rmf_status read_input(const rmf_arrays *arrays, const char *path, const char *name,
                             int64_t features, float *out)
{
    const rmf_array *a = rmf_arrays_find(arrays, name);
    if (!a || a->type != RMF_F32 || a->rank != 1 || a->shape[0] != features)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: tensor \"%s\" is missing or not [%lld] of f32; expected it; make the "
                        "file anew",
                        path, name, (long long)features);
    memcpy(out, a->data, (size_t)features * sizeof *out);
    return RMF_OK;
}

static rmf_status read_head(rmf_heads *h, int head, const rmf_arrays *arrays, const char *path)
{
    const rmf_eval_options options = rmf_head_options(h, head);
    char prefix[32], name[64];
    RMF_TRY(rmf_classifier_create(&options, RMF_HEAD_ROWS, false, &h->head[head]));
    const rmf_classifier_parts parts = rmf_classifier_inside(h->head[head]);
    snprintf(prefix, sizeof prefix, "branch%d.", h->report[head].branch);
    RMF_TRY(rmf_params_unpack(parts.params, arrays, prefix, path, rmf_params_values(parts.params)));
    snprintf(name, sizeof name, "%sinput.mean", prefix);
    RMF_TRY(read_input(arrays, path, name, options.features, parts.mean));
    snprintf(name, sizeof name, "%sinput.gain", prefix);
    return read_input(arrays, path, name, options.features, parts.gain);
}

static double real_of(const json_t *entry, const char *key)
{
    const json_t *value = json_object_get(entry, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* The figures are for people: where they are missing they are not known. */
static rmf_status read_report(rmf_heads *h, const rmf_arrays *arrays, const char *path)
{
    json_t *json = NULL;
    RMF_TRY(rmf_arrays_json(arrays, "ramify.router", path, &json));
    const json_t *list = json_object_get(json, "heads");
    const bool known = json_integer_value(json_object_get(json, "version")) == 1;
    h->seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
    h->steps = json_integer_value(json_object_get(json, "steps"));
    for (int i = 0; i < h->n; i++) {
        const json_t *entry = json_array_get(list, (size_t)i);
        rmf_head_report *r = &h->report[i];
        r->trained = json_integer_value(json_object_get(entry, "trained"));
        r->tested = json_integer_value(json_object_get(entry, "tested"));
        r->log_loss = real_of(entry, "log_loss");
        r->chance = real_of(entry, "chance");
        r->accuracy = real_of(entry, "accuracy");
        r->calibration_error = real_of(entry, "calibration_error");
    }
    json_decref(json);
    return known ? RMF_OK
                 : rmf_fail(RMF_ERR_FORMAT,
                            "%s: another version of the format; expected 1; use the ramify that "
                            "made it, or make it anew",
                            path);
}

static rmf_status take_up(rmf_heads *h, const rmf_arrays *arrays, const char *path)
{
    RMF_TRY(read_report(h, arrays, path));
    RMF_TRY(check_facts(arrays, h->model, path));
    for (int i = 0; i < h->n; i++)
        RMF_TRY(read_head(h, i, arrays, path));
    return RMF_OK;
}

rmf_status rmf_heads_read(const char *path, const rmf_model *model, rmf_heads **out)
{
    rmf_arrays arrays = {0};
    rmf_heads *h = NULL;
    if (!rmf_file_exists(path))
        return rmf_fail(RMF_ERR_IO, "%s: no such file; expected the heads that ramify router makes",
                        path);
    RMF_TRY(rmf_safetensors_read(path, &arrays));
    rmf_status s = rmf_heads_create(model, &h);
    if (s == RMF_OK) s = take_up(h, &arrays, path);
    rmf_arrays_free(&arrays);
    if (s == RMF_OK)
        *out = h;
    else
        rmf_heads_free(h);
    return s;
}
