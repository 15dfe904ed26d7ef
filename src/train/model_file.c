/* train/model_file.c – a model as one safetensors file: the weights, and in its metadata all that
 * is needed to sample from it. */
#include "train/train_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_FORMAT "1"

rmf_status rmf_params_pack(const rmf_params *params, const float *values, const char *prefix,
                           rmf_arrays *arrays)
{
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *p = rmf_params_info(params, i);
        char name[256];
        snprintf(name, sizeof name, "%s%s", prefix, p->name);
        RMF_TRY(rmf_arrays_add(arrays, name, RMF_F32, p->rank, p->shape, values + p->offset));
    }
    return RMF_OK;
}

rmf_status rmf_params_unpack(const rmf_params *params, const rmf_arrays *arrays, const char *prefix,
                             const char *place, float *values)
{
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *p = rmf_params_info(params, i);
        char name[256];
        snprintf(name, sizeof name, "%s%s", prefix, p->name);
        const rmf_array *a = rmf_arrays_find(arrays, name);
        if (!a)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: tensor \"%s\" is missing; expected one of this network", place,
                            name);
        bool same = a->type == RMF_F32 && a->rank == p->rank;
        for (int k = 0; same && k < p->rank; k++)
            same = a->shape[k] == p->shape[k];
        if (!same)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: tensor \"%s\" has another type or shape than the network of the "
                            "metadata; expected %" PRId64 " f32 values in %d dimensions",
                            place, name, p->count, p->rank);
        memcpy(values + p->offset, a->data, (size_t)p->count * sizeof *values);
    }
    return RMF_OK;
}

rmf_status rmf_arrays_add_json(rmf_arrays *arrays, const char *key, json_t *json)
{
    char *text =
        json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    rmf_status s = text ? rmf_arrays_add_meta(arrays, key, text)
                        : rmf_fail(RMF_ERR_MEMORY, "%s: out of memory", key);
    free(text);
    json_decref(json);
    return s;
}

/* Network facts that are not settings: what the tape is built for. */
static json_t *net_json(const rmf_model *m)
{
    json_t *shape = json_array(), *rows = json_array();
    for (int i = 0; i < m->rank; i++)
        json_array_append_new(shape, json_integer(m->shape[i]));
    for (int b = 0; b < rmf_tree_branch_count(m->tree); b++)
        json_array_append_new(rows, json_integer(m->bank_row[b]));
    return json_pack("{s:s, s:o, s:I, s:o, s:f, s:s, s:f, s:f}", "name",
                     rmf_settings_text(m->settings, "net.name"), "shape", shape, "bank_rows",
                     (json_int_t)m->bank_rows, "bank_row_of_branch", rows, "sigma_data",
                     m->sigma_data, "parametrisation", m->parametrisation->name, "low", m->low,
                     "high", m->high);
}

static json_t *settings_json(const rmf_settings *settings)
{
    json_t *object = json_object();
    for (size_t i = 0; i < rmf_settings_count(settings); i++) {
        const char *key = rmf_settings_key(settings, i);
        json_object_set_new(object, key, json_string(rmf_settings_text(settings, key)));
    }
    return object;
}

static rmf_status add_metadata(const rmf_model *m, rmf_arrays *arrays)
{
    char sde[128];
    rmf_sde_print(&m->sde, sde, sizeof sde);
    RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.format", MODEL_FORMAT));
    RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.version", rmf_version()));
    RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.sde", sde));
    RMF_TRY(rmf_arrays_add_json(arrays, "ramify.net", net_json(m)));
    RMF_TRY(rmf_arrays_add_json(arrays, "ramify.settings", settings_json(m->settings)));
    json_t *json = NULL;
    RMF_TRY(rmf_tree_to_json(m->tree, &json));
    RMF_TRY(rmf_arrays_add_json(arrays, "ramify.tree", json));
    RMF_TRY(rmf_normalisation_to_json(&m->normalisation, &json));
    RMF_TRY(rmf_arrays_add_json(arrays, "ramify.normalisation", json));
    if (m->extensions) RMF_TRY(rmf_arrays_add_meta(arrays, "ramify.extensions", m->extensions));
    if (!m->feature_name) return RMF_OK;
    json_t *names = json_array();
    for (int64_t i = 0; i < m->features; i++)
        json_array_append_new(names, json_string(m->feature_name[i]));
    return rmf_arrays_add_json(arrays, "ramify.features", names);
}

rmf_status rmf_model_write(const rmf_model *model, const float *values, const char *path)
{
    rmf_arrays arrays = {0};
    rmf_status s = add_metadata(model, &arrays);
    if (s == RMF_OK) s = rmf_params_pack(model->params, values, "", &arrays);
    if (s == RMF_OK) s = rmf_safetensors_write(path, true, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

/* ---- reading ---- */

rmf_status rmf_arrays_json(const rmf_arrays *arrays, const char *key, const char *path,
                           json_t **out)
{
    const char *text = rmf_arrays_meta(arrays, key);
    json_error_t error;
    json_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (!json)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: metadata \"%s\" is %s; expected a model written by ramify", path, key,
                        text ? "not valid JSON" : "missing");
    *out = json;
    return RMF_OK;
}

static rmf_status read_settings(const rmf_arrays *arrays, const char *path, rmf_settings **out)
{
    json_t *json = NULL, *value;
    const char *key;
    RMF_TRY(rmf_arrays_json(arrays, "ramify.settings", path, &json));
    rmf_status s = rmf_settings_create(out);
    json_object_foreach(json, key, value)
    {
        if (s != RMF_OK) break;
        s = json_is_string(value)
                ? rmf_settings_put(*out, key, json_string_value(value), path)
                : rmf_fail(RMF_ERR_FORMAT, "%s: metadata \"ramify.settings\": \"%s\" is not a text",
                           path, key);
    }
    json_decref(json);
    return s;
}

static rmf_status read_shape(const json_t *net, const char *path, rmf_dataset *data)
{
    const json_t *shape = json_object_get(net, "shape");
    data->rank = (int)json_array_size(shape);
    if (data->rank != 1 && data->rank != 3)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: metadata \"ramify.net\": shape has %d dimensions; expected 1 or 3",
                        path, data->rank);
    data->features = 1;
    data->shape[0] = data->shape[1] = data->shape[2] = 1;
    for (int i = 0; i < data->rank; i++) {
        json_int_t size = json_integer_value(json_array_get(shape, (size_t)i));
        if (size < 1 || size > (1 << 24) / data->features)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: metadata \"ramify.net\": size %" JSON_INTEGER_FORMAT
                            " in shape; expected 1 to %d values an object",
                            path, size, 1 << 24);
        data->shape[i] = size;
        data->features *= size;
    }
    data->low = json_number_value(json_object_get(net, "low"));
    data->high = json_number_value(json_object_get(net, "high"));
    return RMF_OK;
}

static rmf_status check_bank_rows(const rmf_model *m, const json_t *net, const char *path)
{
    const json_t *rows = json_object_get(net, "bank_row_of_branch");
    size_t branches = (size_t)rmf_tree_branch_count(m->tree);
    bool good = json_array_size(rows) == branches;
    for (size_t b = 0; good && b < branches; b++)
        good = json_integer_value(json_array_get(rows, b)) == m->bank_row[b];
    return good ? RMF_OK
                : rmf_fail(RMF_ERR_FORMAT,
                           "%s: metadata \"ramify.net\": bank rows do not fit the tree; expected "
                           "for each of %zu branches the row that the tree gives it",
                           path, branches);
}

static rmf_status read_features(const rmf_arrays *arrays, const char *path, rmf_dataset *data)
{
    if (!rmf_arrays_meta(arrays, "ramify.features")) return RMF_OK;
    json_t *names = NULL;
    RMF_TRY(rmf_arrays_json(arrays, "ramify.features", path, &names));
    rmf_status s = RMF_OK;
    if ((int64_t)json_array_size(names) != data->features)
        s = rmf_fail(RMF_ERR_FORMAT,
                     "%s: metadata \"ramify.features\" has %zu names; expected %" PRId64, path,
                     json_array_size(names), data->features);
    if (s == RMF_OK)
        s = rmf_alloc((size_t)data->features, sizeof *data->feature_name,
                      (void **)&data->feature_name);
    for (int64_t i = 0; s == RMF_OK && i < data->features; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        s = rmf_copy_text(name ? name : "", &data->feature_name[i]);
    }
    json_decref(names);
    return s;
}

/* Everything of `path` but the weights. */
static rmf_status read_parts(const rmf_arrays *arrays, const char *path, rmf_device *device,
                             rmf_model **out)
{
    rmf_dataset data = {0};
    rmf_settings *settings = NULL;
    rmf_tree *tree = NULL;
    rmf_normalisation map = {0};
    json_t *net = NULL, *json = NULL;
    rmf_status s = rmf_arrays_json(arrays, "ramify.net", path, &net);
    if (s == RMF_OK) s = read_settings(arrays, path, &settings);
    /* Options that came after the model was written have their defaults. */
    if (s == RMF_OK) s = rmf_net_settings_check(settings);
    if (s == RMF_OK) s = read_shape(net, path, &data);
    if (s == RMF_OK) s = read_features(arrays, path, &data);
    if (s == RMF_OK) s = rmf_arrays_json(arrays, "ramify.tree", path, &json);
    if (s == RMF_OK && (s = rmf_tree_from_json(json, &tree)) != RMF_OK) rmf_fail_in(s, path);
    json_decref(json);
    json = NULL;
    if (s == RMF_OK) s = rmf_arrays_json(arrays, "ramify.normalisation", path, &json);
    if (s == RMF_OK && (s = rmf_normalisation_from_json(json, &map)) != RMF_OK)
        rmf_fail_in(s, path);
    json_decref(json);
    rmf_model *m = NULL;
    rmf_model_parts parts = {.device = device,
                             .settings = settings,
                             .tree = tree,
                             .normalisation = &map,
                             .data = &data,
                             .sigma_data = json_number_value(json_object_get(net, "sigma_data")),
                             .extensions = rmf_arrays_meta(arrays, "ramify.extensions")};
    if (s == RMF_OK && !(parts.sigma_data > 0))
        s = rmf_fail(RMF_ERR_FORMAT, "%s: metadata \"ramify.net\": sigma_data is not above 0",
                     path);
    if (s == RMF_OK) s = rmf_model_create(&parts, &m);
    if (s == RMF_OK) {
        s = check_bank_rows(m, net, path);
        if (s != RMF_OK) {
            m->device = NULL;
            rmf_model_free(m);
        } else {
            *out = m;
        }
    }
    json_decref(net);
    rmf_normalisation_free(&map);
    rmf_tree_free(tree);
    rmf_settings_free(settings);
    rmf_dataset_free(&data);
    return s;
}

#define DEFAULT_BLOCK 64

/* As it was trained, where this processor can. */
static rmf_status set_type(const rmf_model *m)
{
    const char *precision = rmf_settings_text(m->settings, "train.precision");
    const bool f32 = precision && strcmp(precision, "f32") == 0;
    return rmf_device_set_type(m->device, f32 ? "f32" : "auto");
}

rmf_status rmf_model_read(const char *path, const char *device, rmf_model **out)
{
    rmf_arrays arrays = {0};
    RMF_TRY(rmf_safetensors_read(path, &arrays));
    const char *format = rmf_arrays_meta(&arrays, "ramify.format");
    rmf_status s = RMF_OK;
    if (!format || strcmp(format, MODEL_FORMAT) != 0)
        s = rmf_fail(RMF_ERR_FORMAT,
                     "%s: ramify.format is \"%s\"; expected \"" MODEL_FORMAT
                     "\", a model written by this version",
                     path, format ? format : "missing");
    rmf_device *dev = NULL;
    rmf_model *m = NULL;
    if (s == RMF_OK) s = rmf_device_open(device, &dev);
    if (s == RMF_OK && (s = read_parts(&arrays, path, dev, &m)) != RMF_OK) rmf_device_close(dev);
    rmf_score score;
    if (s == RMF_OK) s = set_type(m);
    if (s == RMF_OK) s = rmf_model_score(m, DEFAULT_BLOCK, &score);
    if (s == RMF_OK)
        s = rmf_params_unpack(m->params, &arrays, "", path, rmf_params_values(m->params));
    if (s == RMF_OK && (size_t)rmf_params_count(m->params) != arrays.count)
        s = rmf_fail(RMF_ERR_FORMAT, "%s: %zu tensors; expected the %d of this network", path,
                     arrays.count, rmf_params_count(m->params));
    rmf_arrays_free(&arrays);
    if (s != RMF_OK) {
        rmf_model_free(m);
        return s;
    }
    *out = m;
    return RMF_OK;
}

rmf_status rmf_model_open(const char *path, const char *weights, const char *device,
                          rmf_model **out)
{
    if (!rmf_is_folder(path)) return rmf_model_read(path, device, out);
    bool raw = strcmp(weights, "raw") == 0;
    if (!raw && strcmp(weights, "ema") != 0)
        return rmf_fail(RMF_ERR_USAGE, "--weights: \"%s\"; expected ema or raw", weights);
    char *file = NULL;
    RMF_TRY(rmf_run_check(path));
    RMF_TRY(rmf_path_join(path, raw ? "model.safetensors" : "ema.safetensors", &file));
    if (!raw && !rmf_file_exists(file)) { /* trained without an average */
        rmf_free(file);
        file = NULL;
        RMF_TRY(rmf_path_join(path, "model.safetensors", &file));
    }
    rmf_status s = rmf_file_exists(file)
                       ? rmf_model_read(file, device, out)
                       : rmf_fail(RMF_ERR_IO,
                                  "%s: no model.safetensors in it; expected a trained run "
                                  "(ramify train RECIPE --out %s)",
                                  path, path);
    rmf_free(file);
    return s;
}
