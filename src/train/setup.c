/* train/setup.c – everything a training needs in memory, before anything is written. */
#include "train/trainer.h"

#include <string.h>

static rmf_status load_data(trainer *tr)
{
    rmf_dataset held_out = {0};
    RMF_TRY(rmf_recipe_data(tr->settings, tr->base, &tr->data, &held_out, &tr->map));
    rmf_dataset_free(&held_out);
    rmf_normalisation_apply(&tr->map, tr->data.x, tr->data.n, tr->data.features);
    return RMF_OK;
}

/* A resumed run keeps the tree it has. */
static rmf_status load_tree(trainer *tr)
{
    char *path = NULL;
    RMF_TRY(rmf_trainer_path(tr, "tree.json", &path));
    rmf_status s = tr->training->resume && rmf_file_exists(path)
                       ? rmf_tree_read(path, &tr->tree)
                       : rmf_recipe_tree(tr->settings, tr->base, &tr->data, tr->progress, &tr->tree,
                                         &tr->sums);
    rmf_free(path);
    if (s == RMF_OK) s = rmf_labels_to_tree(&tr->data, tr->tree);
    return s;
}

static rmf_status build_model(trainer *tr)
{
    double deviation = rmf_settings_real(tr->settings, "train.sigma_data", 0);
    if (!(deviation > 0)) deviation = rmf_data_deviation(&tr->data);
    if (!(deviation > 0))
        return rmf_fail(
            RMF_ERR_FORMAT,
            "%s: all values are equal; expected objects that differ; check the data and "
            "its normalisation",
            tr->data.source);
    rmf_model_parts parts = {.device = tr->device,
                             .settings = tr->settings,
                             .tree = tr->tree,
                             .normalisation = &tr->map,
                             .data = &tr->data,
                             .sigma_data = deviation};
    RMF_TRY(rmf_model_create(&parts, &tr->model));
    tr->device = NULL; /* the model's now */
    rmf_net_shape shape = rmf_model_net_shape(tr->model, tr->batch);
    RMF_TRY(rmf_team_create(tr->model->params, tr->settings, &shape, true, &tr->team));
    RMF_TRY(rmf_params_initialise(tr->model->params, tr->state.seed));
    return rmf_trainer_optimizer(tr);
}

rmf_status rmf_trainer_optimizer(trainer *tr)
{
    rmf_optimizer_options o;
    rmf_optimizer_options_init(&o);
    bool decay = strcmp(rmf_settings_text(tr->settings, "train.optimizer"), "adamw") == 0;
    o.beta1 = rmf_settings_real(tr->settings, "train.beta1", o.beta1);
    o.beta2 = rmf_settings_real(tr->settings, "train.beta2", o.beta2);
    o.weight_decay = decay ? rmf_settings_real(tr->settings, "train.weight_decay", 0) : 0;
    o.clip = rmf_settings_real(tr->settings, "train.clip", o.clip);
    o.ema = rmf_settings_real(tr->settings, "train.ema", o.ema);
    o.ema_warmup = rmf_settings_real(tr->settings, "train.ema_warmup", o.ema_warmup);
    return rmf_optimizer_create(tr->model->params, &o, &tr->optimizer);
}

static rmf_status alloc_batch(trainer *tr)
{
    size_t n = (size_t)tr->batch, values = sizeof(float) * (size_t)tr->data.features;
    size_t rows = (size_t)tr->model->bank_rows;
    struct {
        void **at;
        size_t count, size;
    } list[] = {
        {(void **)&tr->rows, n, sizeof *tr->rows},
        {(void **)&tr->bank_row, n, sizeof *tr->bank_row},
        {(void **)&tr->order, n, sizeof *tr->order},
        {(void **)&tr->count, rows, sizeof *tr->count},
        {(void **)&tr->head, n, sizeof *tr->head},
        {(void **)&tr->branch, n, sizeof *tr->branch},
        {(void **)&tr->t, n, sizeof *tr->t},
        {(void **)&tr->sorted_t, n, sizeof *tr->sorted_t},
        {(void **)&tr->row_loss, n, sizeof *tr->row_loss},
        {(void **)&tr->sample, n, sizeof *tr->sample},
        {(void **)&tr->segments, n, sizeof *tr->segments},
        {(void **)&tr->weight, n, sizeof *tr->weight},
        {(void **)&tr->time, n, sizeof *tr->time},
        {(void **)&tr->noise, n, sizeof *tr->noise},
        {(void **)&tr->x0, n, values},
        {(void **)&tr->net_x, n, values},
        {(void **)&tr->target, n, values},
        {(void **)&tr->output, n, values},
        {(void **)&tr->gradient, n, values},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        RMF_TRY(rmf_alloc(list[i].count, list[i].size, list[i].at));
    return RMF_OK;
}

static void set_loss(trainer *tr)
{
    tr->loss = (rmf_loss){
        .sde = &tr->model->sde,
        .parametrisation = tr->model->parametrisation,
        .weight = rmf_weight_find(rmf_settings_text(tr->settings, "train.weight")),
        .sigma_data = tr->model->sigma_data,
        .rows = tr->batch,
        .features = tr->data.features,
        .key = rmf_key_make(tr->state.seed, RMF_STREAM_NOISE),
    };
}

static void set_law(trainer *tr)
{
    const rmf_settings *s = tr->settings;
    const char *density = rmf_settings_text(s, "train.times");
    tr->law = (rmf_time_law){.density = strcmp(density, "lognormal") == 0 ? RMF_TIME_LOGNORMAL
                                                                          : RMF_TIME_UNIFORM,
                             .mean = rmf_settings_real(s, "train.time_mean", -1),
                             .std = rmf_settings_real(s, "train.time_std", 1.3),
                             .t_min = rmf_settings_real(s, "train.t_min", 1e-5)};
}

static rmf_status create_batches(trainer *tr)
{
    const bool balanced = rmf_settings_bool(tr->settings, "train.balance", false);
    const int64_t limit = rmf_settings_int(tr->settings, "train.branches", 0);
    if (limit == 0 || rmf_tree_branch_count(tr->tree) <= limit)
        return rmf_batches_create(&tr->data, balanced, tr->state.seed, &tr->batches);
    const rmf_branch_batches_options options = {tr->tree, &tr->model->sde, tr->law,
                                                limit,    balanced,        tr->state.seed};
    return rmf_branch_batches_create(&options, &tr->data, &tr->branch_batches);
}

rmf_status rmf_trainer_begin(trainer *tr)
{
    tr->state = (rmf_state){.seed = (uint64_t)rmf_settings_int(tr->settings, "seed", 0),
                            .fingerprint = rmf_data_fingerprint(&tr->data),
                            .threads = rmf_threads()};
    tr->batch = rmf_settings_int(tr->settings, "train.batch", 128);
    const char *device = rmf_settings_text(tr->settings, "device");
    const char *precision = rmf_settings_text(tr->settings, "train.precision");
    RMF_TRY(rmf_device_open(device ? device : "auto", &tr->device));
    return rmf_device_set_type(tr->device, precision ? precision : "auto");
}

rmf_status rmf_trainer_setup(trainer *tr)
{
    RMF_TRY(load_data(tr));
    RMF_TRY(load_tree(tr));
    RMF_TRY(rmf_trainer_begin(tr));
    RMF_TRY(build_model(tr));
    RMF_TRY(rmf_trainer_buffers(tr));
    return create_batches(tr);
}

rmf_status rmf_trainer_buffers(trainer *tr)
{
    set_law(tr);
    set_loss(tr);
    tr->guide_share = rmf_settings_real(tr->settings, "train.guide_share", 0);
    return alloc_batch(tr);
}

void rmf_trainer_free(trainer *tr)
{
    rmf_runlog_close(tr->log);
    rmf_batches_free(tr->batches);
    rmf_branch_batches_free(tr->branch_batches);
    rmf_optimizer_free(tr->optimizer);
    rmf_team_free(tr->team);
    rmf_model_free(tr->model);
    rmf_device_close(tr->device);
    rmf_sums_free(tr->sums);
    rmf_tree_free(tr->tree);
    rmf_normalisation_free(&tr->map);
    rmf_dataset_free(&tr->data);
    rmf_settings_free(tr->settings);
    rmf_free(tr->base);
    void *blocks[] = {tr->rows,     tr->bank_row, tr->order,    tr->count,    tr->head,
                      tr->branch,   tr->t,        tr->sorted_t, tr->row_loss, tr->sample,
                      tr->segments, tr->weight,   tr->time,     tr->noise,    tr->x0,
                      tr->net_x,    tr->target,   tr->output,   tr->gradient};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rmf_free(blocks[i]);
}
