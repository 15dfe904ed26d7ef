/* train/model.c – a model: a network with the tree, process, parametrisation and normalisation that
 * give its numbers a meaning; and its score, as the samplers want it. */
#include "train/train_private.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Trees have no copy function: their JSON is their identity. */
rmf_status rmf_tree_copy(const rmf_tree *from, rmf_tree **out)
{
    struct json_t *json = NULL;
    RMF_TRY(rmf_tree_to_json(from, &json));
    rmf_status s = rmf_tree_from_json(json, out);
    json_decref(json);
    return s;
}

rmf_status rmf_normalisation_copy(const rmf_normalisation *from, rmf_normalisation *out)
{
    struct json_t *json = NULL;
    RMF_TRY(rmf_normalisation_to_json(from, &json));
    rmf_status s = rmf_normalisation_from_json(json, out);
    json_decref(json);
    return s;
}

static rmf_status copy_data_facts(rmf_model *m, const rmf_dataset *data)
{
    m->rank = data->rank;
    m->features = data->features;
    memcpy(m->shape, data->shape, sizeof m->shape);
    m->low = data->low;
    m->high = data->high;
    if (!data->feature_name) return RMF_OK;
    RMF_TRY(rmf_alloc((size_t)data->features, sizeof *m->feature_name, (void **)&m->feature_name));
    for (int64_t i = 0; i < data->features; i++)
        RMF_TRY(rmf_copy_text(data->feature_name[i], &m->feature_name[i]));
    return RMF_OK;
}

static rmf_status fill_model(rmf_model *m, const rmf_model_parts *parts)
{
    m->sigma_data = parts->sigma_data;
    RMF_TRY(rmf_settings_copy(parts->settings, &m->settings));
    RMF_TRY(rmf_tree_copy(parts->tree, &m->tree));
    RMF_TRY(rmf_normalisation_copy(parts->normalisation, &m->normalisation));
    RMF_TRY(copy_data_facts(m, parts->data));
    RMF_TRY(rmf_sde_from_settings(m->settings, &m->sde));
    const char *name = rmf_settings_text(m->settings, "train.parametrisation");
    m->parametrisation = rmf_parametrisation_find(name ? name : "edm");
    if (!m->parametrisation)
        return rmf_fail(RMF_ERR_UNSUPPORTED, "model: unknown parametrisation \"%s\"", name);
    m->guide = rmf_guide_from_settings(m->settings);
    int branches = rmf_tree_branch_count(m->tree);
    RMF_TRY(rmf_alloc((size_t)branches, sizeof *m->bank_row, (void **)&m->bank_row));
    for (int b = 0; b < branches; b++) {
        m->bank_row[b] = rmf_tree_branch(m->tree, b)->row;
        if (m->bank_row[b] >= m->bank_rows) m->bank_rows = m->bank_row[b] + 1;
    }
    if (parts->extensions) RMF_TRY(rmf_copy_text(parts->extensions, &m->extensions));
    return rmf_params_create(m->device, m->bank_rows, &m->params);
}

rmf_status rmf_model_create(const rmf_model_parts *parts, rmf_model **out)
{
    rmf_model *m = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *m, (void **)&m));
    m->device = parts->device;
    rmf_status s = fill_model(m, parts);
    if (s != RMF_OK) {
        m->device = NULL; /* still the caller's */
        rmf_model_free(m);
        return s;
    }
    *out = m;
    return RMF_OK;
}

void rmf_model_free(rmf_model *model)
{
    if (!model) return;
    rmf_team_free(model->team);
    rmf_params_free(model->params);
    rmf_free(model->host);
    for (int64_t i = 0; model->feature_name && i < model->features; i++)
        rmf_free(model->feature_name[i]);
    rmf_free(model->feature_name);
    rmf_free(model->bank_row);
    rmf_free(model->guides);
    rmf_free(model->extensions);
    rmf_normalisation_free(&model->normalisation);
    rmf_tree_free(model->tree);
    rmf_settings_free(model->settings);
    rmf_device_close(model->device);
    rmf_free(model);
}

const rmf_tree *rmf_model_tree(const rmf_model *model)
{
    return model->tree;
}
const rmf_sde *rmf_model_sde(const rmf_model *model)
{
    return &model->sde;
}
const rmf_settings *rmf_model_settings(const rmf_model *model)
{
    return model->settings;
}
const rmf_normalisation *rmf_model_normalisation(const rmf_model *model)
{
    return &model->normalisation;
}
int64_t rmf_model_features(const rmf_model *model)
{
    return model->features;
}
int rmf_model_shape(const rmf_model *model, int64_t shape[3])
{
    memcpy(shape, model->shape, sizeof model->shape);
    return model->rank;
}

rmf_net_shape rmf_model_net_shape(const rmf_model *model, int64_t rows)
{
    rmf_net_shape shape = {.rows = rows, .rank = model->rank, .bank_rows = model->bank_rows};
    memcpy(shape.shape, model->shape, sizeof shape.shape);
    return shape;
}

/* score = score_x·x + score_f·F(c_in·x): one block, one branch, one time. */
static rmf_status eval_score(void *context, int branch, double t, const float *x, float *score)
{
    rmf_model *m = context;
    const int64_t rows = m->rows, values = rows * m->features;
    double alpha, sigma;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    rmf_coefficients c;
    m->parametrisation->coefficients(alpha, sigma, m->sigma_data, &c);
    m->last = c;

    float *scaled = m->host, *time = m->host + values, *noise = time + rows;
    for (int64_t i = 0; i < values; i++)
        scaled[i] = (float)c.c_in * x[i];
    for (int64_t r = 0; r < rows; r++) {
        time[r] = (float)t;
        noise[r] = (float)(0.25 * log(sigma / alpha));
    }
    const rmf_segment all = {.bank_row = m->bank_row[branch], .first = 0, .count = rows};
    const rmf_team_batch batch = {scaled, time, noise, &all, 1};
    RMF_TRY(rmf_team_forward(m->team, &batch, score));
    float from_x = (float)c.score_x, from_f = (float)c.score_f;
    for (int64_t i = 0; i < values; i++)
        score[i] = from_x * x[i] + from_f * score[i];
    return RMF_OK;
}

/* ∂score/∂x = score_x + score_f·c_in·∂F/∂(c_in·x). */
static rmf_status pull_score(void *context, const float *v, float *product)
{
    rmf_model *m = context;
    const float from_v = (float)m->last.score_x, from_f = (float)(m->last.score_f * m->last.c_in);
    RMF_TRY(rmf_team_pullback(m->team, v, product));
    for (int64_t i = 0; i < m->rows * m->features; i++)
        product[i] = from_v * v[i] + from_f * product[i];
    return RMF_OK;
}

static rmf_status make_team(rmf_model *m, int64_t rows, bool pulls)
{
    rmf_team_free(m->team);
    rmf_free(m->host);
    m->team = NULL;
    m->host = NULL;
    m->rows = rows;
    m->pulls = pulls;
    rmf_net_shape shape = rmf_model_net_shape(m, rows);
    shape.pulls = pulls;
    RMF_TRY(rmf_team_create(m->params, m->settings, &shape, pulls, &m->team));
    return rmf_alloc((size_t)rows, (size_t)(m->features + 2) * sizeof *m->host, (void **)&m->host);
}

rmf_status rmf_model_score(rmf_model *model, int64_t rows, rmf_score *out)
{
    if (!model->team || model->rows != rows || model->pulls) RMF_TRY(make_team(model, rows, false));
    *out = (rmf_score){
        .eval = eval_score, .context = model, .rows = rows, .features = model->features};
    return RMF_OK;
}

rmf_status rmf_model_pullback_score(rmf_model *model, int64_t rows, rmf_pullback_score *out)
{
    for (int64_t row = -1; row < model->bank_rows; row++)
        rmf_params_freeze(model->params, row, true);
    if (!model->team || model->rows != rows || !model->pulls) RMF_TRY(make_team(model, rows, true));
    *out = (rmf_pullback_score){{eval_score, model, rows, model->features}, pull_score};
    return RMF_OK;
}
