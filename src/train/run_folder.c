/* train/run_folder.c – the run folder before the first step.
 *
 * Nothing is written until data, tree and network have proved good, and an old run is never touched
 * unless replacing was asked for. */
#include "train/extending.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const run_files[] = {
    "recipe.yaml", "tree.json", "model.safetensors", "ema.safetensors",  "optimizer.safetensors",
    "state.json",  "log.jsonl", "discovery.npz",     RMF_EXTENSION_FILE, RMF_ROUTER_FILE};

rmf_status rmf_trainer_path(const trainer *tr, const char *name, char **path)
{
    return rmf_path_join(tr->training->run, name, path);
}

void rmf_trainer_tell(const trainer *tr, const char *note)
{
    rmf_progress_event event = {
        .activity = "training",
        .done = tr->state.step,
        .total = tr->settings ? rmf_settings_int(tr->settings, "train.steps", 0) : 0,
        .unit = "steps",
        .loss = NAN,
        .seconds_left = NAN,
        .note = note};
    rmf_progress_tell(tr->progress, &event);
}

/* Does `visit` for each run file that exists. */
static rmf_status each_run_file(const trainer *tr,
                                rmf_status (*visit)(const trainer *, const char *))
{
    for (size_t i = 0; i < sizeof run_files / sizeof *run_files; i++) {
        char *path = NULL;
        RMF_TRY(rmf_trainer_path(tr, run_files[i], &path));
        rmf_status s = rmf_file_exists(path) ? visit(tr, path) : RMF_OK;
        rmf_free(path);
        RMF_TRY(s);
    }
    return RMF_OK;
}

static rmf_status refuse(const trainer *tr, const char *path)
{
    (void)path;
    return rmf_fail(RMF_ERR_EXISTS,
                    "%s: a run is there already; --resume continues it, --force replaces it",
                    tr->training->run);
}

static rmf_status remove_file(const trainer *tr, const char *path)
{
    (void)tr;
    return remove(path) == 0 ? RMF_OK : rmf_fail(RMF_ERR_IO, "%s: can't be removed", path);
}

static rmf_status try_folder(const char *folder, const char *text, char **real)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(folder, text, &path));
    *real = realpath(path, NULL);
    rmf_free(path);
    return RMF_OK;
}

/* Paths of a recipe count from its folder, those of data also from RAMIFY_DATA; in the run they
 * must hold from anywhere. */
static rmf_status make_absolute(rmf_settings *settings, const char *base, const char *key)
{
    const char *text = rmf_settings_text(settings, key), *shared = getenv("RAMIFY_DATA");
    char *real = NULL;
    if (!text || !*text) return RMF_OK;
    RMF_TRY(try_folder(base, text, &real));
    if (!real && shared && *shared && strncmp(key, "data.", 5) == 0)
        RMF_TRY(try_folder(shared, text, &real));
    rmf_status s = real ? rmf_settings_put(settings, key, real, "run") : RMF_OK;
    free(real);
    return s;
}

/* Whether data.label names a file (of an IDX pair) and not a column. */
static bool label_is_file(const rmf_settings *settings)
{
    const char *format = rmf_settings_text(settings, "data.format");
    const char *path = rmf_settings_text(settings, "data.path");
    bool open = !format || strcmp(format, "auto") == 0;
    for (size_t i = 0; rmf_dataset_registry()[i]; i++) {
        const rmf_dataset_ops *ops = rmf_dataset_registry()[i];
        if (open ? path && ops->accepts(path) : strcmp(ops->name, format) == 0)
            return ops->label_is_file;
    }
    return false;
}

rmf_status rmf_recipe_absolute(rmf_settings *settings, const char *base)
{
    RMF_TRY(make_absolute(settings, base, "data.path"));
    if (label_is_file(settings)) RMF_TRY(make_absolute(settings, base, "data.label"));
    RMF_TRY(make_absolute(settings, base, "tree.file"));
    const char *topology = rmf_settings_text(settings, "tree.topology");
    if (topology && strcmp(topology, RMF_FOLDERS) == 0) return RMF_OK;
    return make_absolute(settings, base, "tree.topology");
}

static rmf_status copy_recipe(trainer *tr)
{
    RMF_TRY(rmf_settings_copy(tr->training->settings, &tr->settings));
    RMF_TRY(rmf_copy_text(tr->training->base, &tr->base));
    return rmf_recipe_absolute(tr->settings, tr->base);
}

/* What an extension trains is not in recipe.yaml. */
static rmf_status refuse_extended(const trainer *tr)
{
    char *path = NULL;
    RMF_TRY(rmf_trainer_path(tr, RMF_EXTENSION_FILE, &path));
    rmf_status s = rmf_file_exists(path)
                       ? rmf_fail(RMF_ERR_USAGE,
                                  "%s: classes were added in this run; expected one made by ramify "
                                  "train; ramify extend --resume --out %s goes on with it",
                                  tr->training->run, tr->training->run)
                       : RMF_OK;
    rmf_free(path);
    return s;
}

rmf_status rmf_trainer_check_run(const trainer *tr)
{
    const rmf_training *training = tr->training;
    if (!*training->run)
        return rmf_fail(RMF_ERR_USAGE, "run: its name is empty; expected the path of a folder");
    if (rmf_file_exists(training->run) && !rmf_is_folder(training->run))
        return rmf_fail(RMF_ERR_EXISTS, "%s: a file; expected a run folder or a new name",
                        training->run);
    if (!training->resume && !training->replace) RMF_TRY(each_run_file(tr, refuse));
    return training->resume ? rmf_run_check(training->run) : RMF_OK;
}

rmf_status rmf_trainer_recipe(trainer *tr)
{
    const rmf_training *training = tr->training;
    RMF_TRY(rmf_trainer_check_run(tr));
    if (training->resume) RMF_TRY(refuse_extended(tr));
    char *path = NULL;
    RMF_TRY(rmf_trainer_path(tr, "recipe.yaml", &path));
    rmf_status s;
    if (training->resume && rmf_file_exists(path)) {
        s = rmf_recipe_load(path, NULL, 0, &tr->settings, &tr->base);
        if (s == RMF_OK && training->settings)
            rmf_trainer_tell(tr, "the run's own recipe is used, not the one given");
    } else if (training->settings) {
        s = copy_recipe(tr);
    } else {
        s = rmf_fail(RMF_ERR_IO, "%s: no recipe.yaml in it; expected a run to resume",
                     training->run);
    }
    rmf_free(path);
    return s;
}

static rmf_status write_tree_files(trainer *tr)
{
    char *path = NULL;
    rmf_status s = RMF_OK;
    if (tr->sums) {
        s = rmf_trainer_path(tr, "discovery.npz", &path);
        if (s == RMF_OK) s = rmf_sums_write(tr->sums, path, true);
        rmf_free(path);
        path = NULL;
    }
    if (s == RMF_OK) s = rmf_trainer_path(tr, "tree.json", &path);
    if (s == RMF_OK && !rmf_file_exists(path)) s = rmf_tree_write(tr->tree, path, true);
    rmf_free(path);
    return s;
}

rmf_status rmf_trainer_write_start(trainer *tr)
{
    if (!tr->training->resume) RMF_TRY(each_run_file(tr, remove_file));
    RMF_TRY(rmf_make_folder(tr->training->run));
    if (tr->extending) RMF_TRY(rmf_extending_write(tr));
    char *path = NULL;
    RMF_TRY(rmf_trainer_path(tr, "recipe.yaml", &path));
    const rmf_settings *recipe = tr->extending ? tr->model->settings : tr->settings;
    rmf_status s = rmf_file_exists(path) ? RMF_OK : rmf_yaml_write(path, true, recipe);
    rmf_free(path);
    RMF_TRY(s);
    return write_tree_files(tr);
}
