/* train/recipe.c – what a recipe may hold, and loading one: YAML or the name of a recipe that the
 * library carries, then overrides, then checks against the tables of the rooms that own the keys.
 */
#include "train/train_private.h"

#include <stdlib.h>
#include <string.h>

const rmf_option rmf_recipe_options[] = {
    {"name", RMF_OPTION_TEXT, "unnamed", 0, 0, NULL, "what the run is called in reports"},
    {"seed", RMF_OPTION_INT, "0", 0, 9e15, NULL, "seed of everything that is random"},
    {"device", RMF_OPTION_TEXT, "auto", 0, 0, NULL, "back end: auto, cpu or ref"},
    {"threads", RMF_OPTION_INT, "0", 0, 4096, NULL, "threads; 0 = all cores"},
    {"data.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: what is read"},
    {"sde.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: the forward process"},
    {"tree.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: where branches part"},
    {"net.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: the network"},
    {"train.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: how training goes"},
    {"sample.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: how samples are drawn"},
    {"eval.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "section: how samples are judged"},
    {0},
};

const rmf_option rmf_tree_options[] = {
    {"file", RMF_OPTION_TEXT, NULL, 0, 0, NULL,
     "a tree to use (JSON or Newick); unset = discovery"},
    {"flat", RMF_OPTION_BOOL, "false", 0, 0, NULL, "no sharing: every class its own branch"},
    {"topology", RMF_OPTION_TEXT, NULL, 0, 0, NULL,
     "groups of your own, whose times are fitted: a file (Newick, JSON), or folders: classes are "
     "in "
     "nested folders; unset = groups are found"},
    {"fit", RMF_OPTION_CHOICE, "pairs", 0, 0, "pairs|pooled",
     "with a topology: what must be alike at a branch point, every two classes of different "
     "children or the children pooled"},
    {"method", RMF_OPTION_CHOICE, "exact", 0, 0, "exact|montecarlo", "how discovery measures"},
    {"criterion", RMF_OPTION_CHOICE, "cosine", 0, 0, "cosine|linear|mmd",
     "what tells classes apart: ramify list criterion"},
    {"linkage", RMF_OPTION_CHOICE, "single", 0, 0, "single|centroid", "how groups are joined"},
    {"sibling_accuracy", RMF_OPTION_REAL, "0.6", 0, 0.999, NULL,
     "how well siblings may be told apart at their branch point; 0 = use epsilon"},
    {"epsilon", RMF_OPTION_REAL, "0", 0, 1, NULL, "similarity threshold of the paper; 0 = unset"},
    {"min_branch_time", RMF_OPTION_REAL, "0", 0, 1, NULL, "earliest branch point"},
    {"min_branch_length", RMF_OPTION_REAL, "0", 0, 1, NULL, "shortest inner branch"},
    {"times", RMF_OPTION_INT, "1000", 2, 1e6, NULL, "grid of the scan"},
    {"smooth", RMF_OPTION_REAL, "3", 0, 1000, NULL, "montecarlo: smoothing in grid points"},
    {"max_per_class", RMF_OPTION_INT, "0", 0, 1e9, NULL, "objects a class; 0 = all"},
    {"bootstrap", RMF_OPTION_INT, "0", 0, 10000, NULL, "resamples for intervals and support"},
    {0},
};

const rmf_option rmf_train_options[] = {
    {"steps", RMF_OPTION_INT, "10000", 1, 1e9, NULL, "optimiser steps"},
    {"minutes", RMF_OPTION_REAL, "0", 0, 1e6, NULL,
     "stop after this time, the schedule ending with it; 0 = no limit"},
    {"batch", RMF_OPTION_INT, "128", 1, 65536, NULL, "objects a step"},
    {"learning_rate", RMF_OPTION_REAL, "1e-3", 0, 10, NULL, "largest learning rate"},
    {"schedule", RMF_OPTION_CHOICE, "cosine", 0, 0, "constant|cosine", "learning rate over time"},
    {"warmup", RMF_OPTION_INT, "100", 0, 1e9, NULL, "steps of linear warm-up"},
    {"optimizer", RMF_OPTION_CHOICE, "adamw", 0, 0, "adam|adamw", "Adam without or with decay"},
    {"beta1", RMF_OPTION_REAL, "0.9", 0, 0.99999, NULL, "Adam: memory of the mean"},
    {"beta2", RMF_OPTION_REAL, "0.99", 0, 0.99999, NULL, "Adam: memory of the square"},
    {"weight_decay", RMF_OPTION_REAL, "0.01", 0, 10, NULL, "adamw only"},
    {"clip", RMF_OPTION_REAL, "1", 0, 1e9, NULL, "largest gradient norm; 0 = none"},
    {"ema", RMF_OPTION_REAL, "0.999", 0, 0.999999, NULL, "decay of the weight average; 0 = none"},
    {"ema_warmup", RMF_OPTION_REAL, "10", 0, 1e9, NULL,
     "decay is at most (1 + step)/(ema_warmup + step); 0 = none"},
    {"parametrisation", RMF_OPTION_TEXT, "edm", 0, 0, NULL, "what the network predicts"},
    {"weight", RMF_OPTION_TEXT, "own", 0, 0, NULL, "loss weight"},
    {"times", RMF_OPTION_CHOICE, "lognormal", 0, 0, "uniform|lognormal", "density of noise levels"},
    {"time_mean", RMF_OPTION_REAL, "-1", -20, 20, NULL, "lognormal: mean of ln(sigma/alpha)"},
    {"time_std", RMF_OPTION_REAL, "1.3", 1e-3, 20, NULL, "lognormal: its standard deviation"},
    {"t_min", RMF_OPTION_REAL, "1e-5", 1e-9, 0.5, NULL, "earliest training time"},
    {"sigma_data", RMF_OPTION_REAL, "0", 0, 1e6, NULL, "edm: data deviation; 0 = measured"},
    {"balance", RMF_OPTION_BOOL, "false", 0, 0, NULL, "every class equally often"},
    {"branches", RMF_OPTION_INT, "20", 0, 1e6, NULL,
     "in a tree with more, a batch is drawn from so many branches; 0 = no limit"},
    {"guide", RMF_OPTION_CHOICE, "none", 0, 0, "none|unconditional|parent",
     "whose head guides a branch: the root's, which knows no class, or its parent's"},
    {"guide_share", RMF_OPTION_REAL, "0.1", 1e-3, 0.9, NULL,
     "share of a branch's samples that train its guide's head instead"},
    {"precision", RMF_OPTION_CHOICE, "auto", 0, 0, "auto|f32|bf16",
     "of convolutions: bf16 rounds their operands, auto does where that is faster"},
    {"save_minutes", RMF_OPTION_REAL, "5", 0, 1e6, NULL,
     "time between checkpoints; 0 = by steps only"},
    {"save_steps", RMF_OPTION_INT, "0", 0, 1e9, NULL,
     "steps between checkpoints; 0 = by time only"},
    {"log_steps", RMF_OPTION_INT, "50", 1, 1e9, NULL, "steps a line of the log"},
    {0},
};

const rmf_option rmf_evaluation_options[] = {
    {"metrics", RMF_OPTION_LIST, RMF_USUAL_METRICS, 0, 0, NULL,
     "which metrics, or all: ramify list metric"},
    {"features", RMF_OPTION_CHOICE, "pixels", 0, 0, "pixels|classifier",
     "what distances are of: the values, or the last hidden layer of a classifier of real objects"},
    {"count", RMF_OPTION_INT, "0", 0, 1e9, NULL, "samples a class; 0 = as many as there are real"},
    {"bootstrap", RMF_OPTION_INT, "0", 0, 1e5, NULL, "resamples for intervals"},
    {"real", RMF_OPTION_CHOICE, "held-out", 0, 0, "held-out|train",
     "which objects are the real ones"},
    {0},
};

static const rmf_option name_option[] = {
    {"name", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "which one"},
    {0},
};

/* Names of registries are few: the message lists the nearest. */
static rmf_status fail_name(const rmf_settings *settings, const char *key, const char *kind,
                            const char *const *names)
{
    const char *name = rmf_settings_text(settings, key), *near = rmf_nearest(name, names);
    return rmf_fail(
        RMF_ERR_USAGE, "%s: unknown %s \"%s\"; %s%s%s", rmf_settings_place(settings, key), kind,
        name, near ? "did you mean \"" : "see ramify list ", near ? near : kind, near ? "\"?" : "");
}

static rmf_status check_net(rmf_settings *settings)
{
    const char *name = rmf_settings_text(settings, "net.name");
    if (!name)
        return rmf_fail(RMF_ERR_USAGE,
                        "recipe: net.name is not set; expected the name of a network "
                        "(ramify list network)");
    const rmf_net_ops *net = rmf_net_find(name);
    if (net) return rmf_settings_check(settings, "net.", name_option, net->options);
    const char *names[64] = {0};
    for (int i = 0; i < 63 && rmf_net_registry()[i]; i++)
        names[i] = rmf_net_registry()[i]->name;
    return fail_name(settings, "net.name", "network", names);
}

static rmf_status check_sde(rmf_settings *settings)
{
    if (!rmf_settings_text(settings, "sde.name"))
        RMF_TRY(rmf_settings_put(settings, "sde.name", "vp", "default"));
    rmf_sde sde;
    const char *name = rmf_settings_text(settings, "sde.name");
    RMF_TRY(rmf_sde_parse(name, rmf_settings_place(settings, "sde.name"), &sde));
    RMF_TRY(rmf_settings_check(settings, "sde.", name_option, sde.ops->options));
    return rmf_sde_from_settings(settings, &sde);
}

static rmf_status check_choices(const rmf_settings *settings)
{
    const char *names[64] = {0};
    if (!rmf_parametrisation_find(rmf_settings_text(settings, "train.parametrisation"))) {
        for (int i = 0; i < 63 && rmf_parametrisation_registry()[i]; i++)
            names[i] = rmf_parametrisation_registry()[i]->name;
        return fail_name(settings, "train.parametrisation", "parametrisation", names);
    }
    if (!rmf_weight_find(rmf_settings_text(settings, "train.weight"))) {
        for (int i = 0; i < 63 && rmf_weight_registry()[i]; i++)
            names[i] = rmf_weight_registry()[i]->name;
        return fail_name(settings, "train.weight", "weight", names);
    }
    rmf_sampling sampling = {0};
    RMF_TRY(rmf_sampling_from_settings(settings, &sampling));
    if (sampling.guidance == 0 || strcmp(rmf_settings_text(settings, "train.guide"), "none") != 0)
        return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: sample.guidance is %g, but train.guide is none; expected train.guide to "
                    "be unconditional or parent",
                    rmf_settings_place(settings, "sample.guidance"), sampling.guidance);
}

static rmf_status check_all(rmf_settings *settings)
{
    RMF_TRY(rmf_settings_check(settings, "", rmf_recipe_options, NULL));
    RMF_TRY(rmf_settings_check(settings, "data.", rmf_data_options, NULL));
    RMF_TRY(check_sde(settings));
    RMF_TRY(rmf_settings_check(settings, "tree.", rmf_tree_options, NULL));
    RMF_TRY(check_net(settings));
    RMF_TRY(rmf_settings_check(settings, "train.", rmf_train_options, NULL));
    RMF_TRY(rmf_settings_check(settings, "sample.", rmf_sampling_options, NULL));
    RMF_TRY(rmf_settings_check(settings, "eval.", rmf_evaluation_options, NULL));
    return check_choices(settings);
}

/* The text of a carried recipe, or NULL. */
static const char *carried(const char *name)
{
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(recipe[i].name, name) == 0) return recipe[i].yaml;
    return NULL;
}

static rmf_status read_source(const char *path, rmf_settings *settings, char **base)
{
    /* A folder is no recipe: a run named as a carried recipe must not hide it. */
    if (rmf_file_exists(path) && !(rmf_is_folder(path) && carried(path))) {
        const char *slash = strrchr(path, '/');
        RMF_TRY(rmf_copy_text(slash ? path : ".", base));
        if (slash) (*base)[slash == path ? 1 : slash - path] = '\0';
        return rmf_yaml_read(path, settings);
    }
    const char *yaml = carried(path);
    if (!yaml) {
        size_t count;
        const rmf_recipe *recipe = rmf_recipe_registry(&count);
        const char *names[32] = {0};
        for (size_t i = 0; i < count && i < 31; i++)
            names[i] = recipe[i].name;
        const char *near = rmf_nearest(path, names);
        return rmf_fail(RMF_ERR_IO, "%s: no such file, and no recipe of that name; %s%s%s", path,
                        near ? "did you mean \"" : "ramify list recipe names them",
                        near ? near : "", near ? "\"?" : "");
    }
    RMF_TRY(rmf_copy_text(".", base));
    return rmf_yaml_parse(yaml, strlen(yaml), path, settings);
}

rmf_status rmf_recipe_load(const char *path, const char *const *overrides, size_t n,
                           rmf_settings **settings, char **base)
{
    rmf_settings *loaded = NULL;
    char *folder = NULL;
    RMF_TRY(rmf_settings_create(&loaded));
    rmf_status s = read_source(path, loaded, &folder);
    for (size_t i = 0; s == RMF_OK && i < n; i++)
        s = rmf_settings_assign(loaded, overrides[i], "--set");
    if (s == RMF_OK) s = check_all(loaded);
    if (s != RMF_OK) {
        rmf_settings_free(loaded);
        rmf_free(folder);
        return s;
    }
    *settings = loaded;
    *base = folder;
    return RMF_OK;
}
