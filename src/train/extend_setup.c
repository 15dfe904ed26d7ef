/* train/extend_setup.c – a model with rows for new classes, and the training of these rows alone.
 *
 * Invariants, unless all parameters are to be trained: (1) all old values are frozen: no gradient,
 * moment or average of theirs is touched; (2) the new rows are trained beside the averaged weights,
 * because samples are drawn with these; model.safetensors gets them beside the old run's last
 * weights; (3) every time is below the end of the class's own leaf. */
#include "train/extending.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- settings ---- */

static rmf_status refuse_key(const rmf_extending *e, const char *key)
{
    const rmf_settings *given = e->given;
    const char *text = rmf_settings_text(given, key);
    const char *kept = rmf_settings_text(e->old->settings, key);
    if (!text || (kept && strcmp(text, kept) == 0)) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: %s can't be changed: the layers that stay were trained with the run's",
                    rmf_settings_place(given, key), key);
}

#define FEWEST_STEPS 400 /* of a new class: what a run of few steps spends on one is not enough */

/* Unless it is said how long, a new class gets the steps that each of the run's classes had. */
static rmf_status default_limits(const trainer *tr, rmf_settings *settings)
{
    const rmf_extending *e = tr->extending;
    const rmf_settings *given = e->given;
    char steps[32];
    if (!rmf_settings_text(given, "train.minutes"))
        RMF_TRY(rmf_settings_put(settings, "train.minutes", "0", "extension"));
    if (rmf_settings_text(given, "train.steps")) return RMF_OK;
    const int64_t all = rmf_settings_int(e->old->settings, "train.steps", 1);
    const int old = rmf_tree_class_count(e->old->tree);
    const double each = fmax(ceil((double)all / old), FEWEST_STEPS);
    snprintf(steps, sizeof steps, "%.0f", each * e->n);
    return rmf_settings_put(settings, "train.steps", steps, "extension");
}

#define RATE 2.5 /* of the run's learning rate: measured on digits and MNIST (docs/trials.md) */

/* Rows that are trained alone, from a copy, bear larger steps than a whole network from nothing. */
static rmf_status default_rate(const trainer *tr, rmf_settings *settings)
{
    const rmf_extending *e = tr->extending;
    char rate[32];
    if (e->tune == RMF_TUNE_ALL || rmf_settings_text(e->given, "train.learning_rate"))
        return RMF_OK;
    snprintf(rate, sizeof rate, "%.9g",
             RATE * rmf_settings_real(e->old->settings, "train.learning_rate", 1e-3));
    return rmf_settings_put(settings, "train.learning_rate", rate, "extension");
}

static rmf_status check_average(const trainer *tr)
{
    const bool wanted = rmf_settings_real(tr->settings, "train.ema", 0) > 0;
    const bool there = tr->extending->last != NULL;
    if (wanted == there) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "train.ema: the run has %s; expected the same of its extension",
                    there ? "an average of its weights" : "no average of its weights");
}

static rmf_status make_settings(trainer *tr)
{
    const rmf_extending *e = tr->extending;
    RMF_TRY(refuse_key(e, "train.parametrisation"));
    RMF_TRY(refuse_key(e, "train.sigma_data"));
    RMF_TRY(rmf_settings_copy(e->old->settings, &tr->settings));
    for (size_t i = 0; i < rmf_settings_count(e->given); i++) {
        const char *key = rmf_settings_key(e->given, i);
        RMF_TRY(rmf_settings_put(tr->settings, key, rmf_settings_text(e->given, key), "--set"));
    }
    /* One of the two thresholds replaces the other. */
    if (rmf_settings_text(e->given, "tree.sibling_accuracy") &&
        !rmf_settings_text(e->given, "tree.epsilon"))
        RMF_TRY(rmf_settings_put(tr->settings, "tree.epsilon", "0", "--set"));
    RMF_TRY(default_limits(tr, tr->settings));
    RMF_TRY(default_rate(tr, tr->settings));
    RMF_TRY(rmf_settings_check(tr->settings, "", rmf_recipe_options, NULL));
    RMF_TRY(rmf_settings_check(tr->settings, "tree.", rmf_tree_options, NULL));
    RMF_TRY(rmf_settings_check(tr->settings, "train.", rmf_train_options, NULL));
    return check_average(tr);
}

/* ---- the old run ---- */

static rmf_status check_finished(const char *run)
{
    char *path = NULL;
    json_t *state = NULL;
    RMF_TRY(rmf_run_check(run));
    RMF_TRY(rmf_path_join(run, "state.json", &path));
    rmf_status s = rmf_file_exists(path) ? rmf_json_read(path, &state) : RMF_OK;
    if (s == RMF_OK && state && !json_is_true(json_object_get(state, "done")))
        s = rmf_fail(RMF_ERR_FORMAT,
                     "%s: its training is not finished; expected a finished run; resume it first",
                     run);
    json_decref(state);
    rmf_free(path);
    return s;
}

static rmf_status open_old(rmf_extending *e)
{
    char *path = NULL;
    if (!rmf_is_folder(e->run))
        return rmf_fail(RMF_ERR_IO, "%s: no such folder; expected a trained run", e->run);
    RMF_TRY(check_finished(e->run));
    RMF_TRY(rmf_model_open(e->run, "ema", "auto", &e->old));
    RMF_TRY(rmf_path_join(e->run, "ema.safetensors", &path));
    const bool averaged = rmf_file_exists(path);
    rmf_free(path);
    if (averaged) RMF_TRY(rmf_model_open(e->run, "raw", "auto", &e->last));
    for (int k = 0; k < e->n; k++)
        if (rmf_tree_class_index(e->old->tree, e->added[k].told.name) >= 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "class \"%.60s\": the run has it already; expected a new name",
                            e->added[k].told.name);
    return RMF_OK;
}

/* ---- the new model ---- */

/* Old values in their places, and in every bank the new rows as copies. */
static void expand(const rmf_extending *e, const rmf_model *from, const rmf_params *params,
                   float *values)
{
    const float *old_values = rmf_params_values(from->params);
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *to = rmf_params_info(params, i);
        const rmf_param_info *old = rmf_params_info(from->params, i);
        float *at = values + to->offset;
        memcpy(at, old_values + old->offset, (size_t)old->count * sizeof *at);
        for (int k = 0; to->bank && k < e->n; k++)
            memcpy(at + e->added[k].row * to->row, at + e->added[k].source * to->row,
                   (size_t)to->row * sizeof *at);
    }
}

static rmf_status create_model(trainer *tr)
{
    rmf_extending *e = tr->extending;
    const rmf_model *old = e->old;
    rmf_dataset facts = {.rank = old->rank,
                         .features = old->features,
                         .feature_name = old->feature_name,
                         .low = old->low,
                         .high = old->high};
    memcpy(facts.shape, old->shape, sizeof facts.shape);
    RMF_TRY(rmf_extending_list(tr, &e->list));
    const rmf_model_parts parts = {.device = tr->device,
                                   .settings = old->settings,
                                   .tree = tr->tree,
                                   .normalisation = &old->normalisation,
                                   .data = &facts,
                                   .sigma_data = old->sigma_data,
                                   .extensions = e->list};
    RMF_TRY(rmf_model_create(&parts, &tr->model));
    tr->device = NULL; /* the model's now */
    return RMF_OK;
}

static rmf_status build_model(trainer *tr)
{
    rmf_extending *e = tr->extending;
    RMF_TRY(create_model(tr));
    rmf_params *params = tr->model->params;
    rmf_net_shape shape = rmf_model_net_shape(tr->model, tr->batch);
    RMF_TRY(rmf_team_create(params, tr->model->settings, &shape, true, &tr->team));
    expand(e, e->old, params, rmf_params_values(params));
    RMF_TRY(
        rmf_alloc((size_t)rmf_params_elements(params), sizeof *e->exported, (void **)&e->exported));
    expand(e, e->last ? e->last : e->old, params, e->exported);
    if (e->tune == RMF_TUNE_ROWS) {
        rmf_params_freeze(params, -1, true);
        for (int64_t row = 0; row < e->old->bank_rows; row++)
            rmf_params_freeze(params, row, true);
    }
    return rmf_trainer_optimizer(tr);
}

/* Labels become class numbers of the tree once the batches know the classes. */
static rmf_status make_batches(trainer *tr)
{
    rmf_extending *e = tr->extending;
    RMF_TRY(rmf_batches_create(&tr->data, true, tr->state.seed, &tr->batches));
    for (int64_t i = 0; i < tr->data.n; i++)
        tr->data.label[i] += e->first_class;
    for (int k = 0; k < e->n; k++) {
        rmf_new_class *c = &e->added[k];
        c->quantile[0] = rmf_time_quantile(&tr->law, &tr->model->sde, 0);
        c->quantile[1] = rmf_time_quantile(&tr->law, &tr->model->sde, c->told.time);
    }
    return RMF_OK;
}

rmf_status rmf_extending_setup(trainer *tr)
{
    RMF_TRY(open_old(tr->extending));
    RMF_TRY(make_settings(tr));
    rmf_trainer_threads(tr);
    RMF_TRY(rmf_extending_places(tr));
    RMF_TRY(rmf_trainer_begin(tr));
    RMF_TRY(build_model(tr));
    RMF_TRY(rmf_trainer_buffers(tr));
    return make_batches(tr);
}

/* ---- steps ---- */

/* One time from each slice of the law below the leaf's end, the slices in random order. */
void rmf_extending_draw(trainer *tr)
{
    const rmf_extending *e = tr->extending;
    const uint32_t step = (uint32_t)tr->state.step;
    const rmf_key key = rmf_key_make(tr->state.seed, RMF_STREAM_TIME);
    rmf_batches_draw(tr->batches, tr->state.step * tr->batch, tr->batch, tr->rows);
    rmf_random_permutation(rmf_key_fold(rmf_key_fold(key, 2), step), tr->order, tr->batch);
    for (int64_t r = 0; r < tr->batch; r++) {
        const rmf_new_class *c = &e->added[tr->data.label[tr->rows[r]] - e->first_class];
        const double slice = (double)tr->order[r] + rmf_random_unit(key, (uint64_t)r, step);
        const double part = slice / (double)tr->batch, *q = c->quantile;
        tr->t[r] = rmf_time_within(&tr->law, &tr->model->sde, q[0] + (q[1] - q[0]) * part, 0,
                                   c->told.time);
    }
}

const float *rmf_extending_values(trainer *tr)
{
    rmf_extending *e = tr->extending;
    if (e->tune == RMF_TUNE_ALL) return NULL;
    const float *values = rmf_params_values(tr->model->params);
    for (int i = 0; i < rmf_params_count(tr->model->params); i++) {
        const rmf_param_info *p = rmf_params_info(tr->model->params, i);
        const int64_t first = p->offset + e->old->bank_rows * p->row;
        if (p->bank)
            memcpy(e->exported + first, values + first,
                   (size_t)(p->offset + p->count - first) * sizeof *values);
    }
    return e->exported;
}
