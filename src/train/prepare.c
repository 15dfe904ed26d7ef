/* train/prepare.c – the data and the tree that a recipe names. */
#include "train/train_private.h"

#include <jansson.h>
#include <string.h>

static rmf_status split_data(const rmf_settings *settings, rmf_dataset *all, rmf_dataset *train,
                             rmf_dataset *held_out)
{
    int64_t *order = NULL, n_train = 0;
    RMF_TRY(rmf_alloc((size_t)all->n, sizeof *order, (void **)&order));
    uint64_t seed = (uint64_t)rmf_settings_int(settings, "seed", 0);
    rmf_status s =
        rmf_split(all, rmf_settings_real(settings, "data.held_out", 0), seed, order, &n_train);
    if (s == RMF_OK) s = rmf_dataset_take(all, order, n_train, train);
    if (s == RMF_OK) s = rmf_dataset_take(all, order + n_train, all->n - n_train, held_out);
    rmf_free(order);
    return s;
}

rmf_status rmf_recipe_split(const rmf_settings *settings, const char *base, rmf_dataset *train,
                            rmf_dataset *held_out)
{
    rmf_dataset all = {0}, kept = {0}, out = {0};
    rmf_status s = rmf_dataset_open(settings, base, &all);
    if (s == RMF_OK) s = split_data(settings, &all, &kept, &out);
    rmf_dataset_free(&all);
    if (s != RMF_OK) {
        rmf_dataset_free(&kept);
        rmf_dataset_free(&out);
        return s;
    }
    *train = kept;
    *held_out = out;
    return RMF_OK;
}

rmf_status rmf_recipe_data(const rmf_settings *settings, const char *base, rmf_dataset *train,
                           rmf_dataset *held_out, rmf_normalisation *map)
{
    rmf_dataset kept = {0}, out = {0};
    RMF_TRY(rmf_recipe_split(settings, base, &kept, &out));
    const char *kind = rmf_settings_text(settings, "data.normalise");
    rmf_status s = rmf_normalisation_fit(&kept, kind ? kind : "auto", map);
    if (s != RMF_OK) {
        rmf_dataset_free(&kept);
        rmf_dataset_free(&out);
        return s;
    }
    *train = kept;
    *held_out = out;
    return RMF_OK;
}

static rmf_status read_tree(const char *name, const char *base, rmf_tree **tree)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(base, name, &path));
    rmf_status s;
    const char *carried = rmf_embedded_tree(name);
    if (rmf_file_exists(path) || !carried) {
        s = rmf_tree_read(path, tree);
    } else {
        json_t *json = json_loads(carried, 0, NULL);
        s = json ? rmf_tree_from_json(json, tree)
                 : rmf_fail(RMF_ERR_FORMAT, "%s: the carried tree is damaged", name);
        json_decref(json);
    }
    rmf_free(path);
    return s;
}

rmf_status rmf_tree_for(const rmf_sde *sde, const char *name, const char *base, rmf_tree **tree)
{
    const int steps = rmf_sde_steps(sde);
    rmf_tree *read = NULL;
    if (steps == 0) return read_tree(name, base, tree);
    RMF_TRY(read_tree(name, base, &read));
    rmf_status s = rmf_tree_on_steps(read, steps, name, tree);
    rmf_tree_free(read);
    return s;
}

void rmf_recipe_discovery(const rmf_settings *s, rmf_discovery *d)
{
    rmf_discovery_init(d);
    const char *text = rmf_settings_text(s, "tree.method");
    d->method =
        text && strcmp(text, "montecarlo") == 0 ? RMF_DISCOVER_MONTECARLO : RMF_DISCOVER_EXACT;
    text = rmf_settings_text(s, "tree.criterion");
    if (text && strcmp(text, "cosine") != 0) d->criterion = rmf_criterion_find(text);
    text = rmf_settings_text(s, "tree.fit");
    d->fit = text && strcmp(text, "pooled") == 0 ? RMF_FIT_POOLED : RMF_FIT_PAIRS;
    text = rmf_settings_text(s, "tree.linkage");
    d->linkage = text && strcmp(text, "centroid") == 0 ? RMF_LINKAGE_CENTROID : RMF_LINKAGE_SINGLE;
    d->epsilon = rmf_settings_real(s, "tree.epsilon", 0);
    d->sibling_accuracy = d->epsilon > 0 ? 0 : rmf_settings_real(s, "tree.sibling_accuracy", 0.6);
    d->min_branch_time = rmf_settings_real(s, "tree.min_branch_time", 0);
    d->min_branch_length = rmf_settings_real(s, "tree.min_branch_length", 0);
    d->times = (int)rmf_settings_int(s, "tree.times", 1000);
    d->smooth = rmf_settings_real(s, "tree.smooth", 3);
    d->max_per_class = rmf_settings_int(s, "tree.max_per_class", 0);
    d->bootstrap = (int)rmf_settings_int(s, "tree.bootstrap", 0);
    d->seed = (uint64_t)rmf_settings_int(s, "seed", 0);
}

rmf_status rmf_topology_open(const char *name, const char *base, const rmf_dataset *data,
                             rmf_topology **out)
{
    char *path = NULL;
    if (strcmp(name, RMF_FOLDERS) == 0)
        return rmf_topology_from_names(data->n_classes, (const char *const *)data->class_name, out);
    RMF_TRY(rmf_path_join(base, name, &path));
    rmf_status s = rmf_topology_read(path, out);
    rmf_free(path);
    return s;
}

rmf_status rmf_recipe_topology(const rmf_settings *settings, const char *base,
                               const rmf_dataset *data, rmf_topology **out)
{
    const char *name = rmf_settings_text(settings, "tree.topology");
    *out = NULL;
    return name && *name ? rmf_topology_open(name, base, data, out) : RMF_OK;
}

rmf_status rmf_recipe_tree(const rmf_settings *settings, const char *base, const rmf_dataset *data,
                           const rmf_progress *progress, rmf_tree **tree, rmf_sums **sums)
{
    *sums = NULL;
    const char *file = rmf_settings_text(settings, "tree.file");
    rmf_sde sde;
    RMF_TRY(rmf_sde_from_settings(settings, &sde));
    const char *const *names = (const char *const *)data->class_name;
    if (file && *file) return rmf_tree_for(&sde, file, base, tree);
    if (rmf_settings_bool(settings, "tree.flat", false) || data->n_classes == 1)
        return rmf_tree_star(data->n_classes, names, sde.t_limit, sde.t_limit, tree);

    rmf_noise noise = rmf_sde_noise(&sde);
    rmf_labelled labelled = rmf_dataset_labelled(data);
    rmf_discovery options;
    rmf_topology *topology = NULL;
    rmf_recipe_discovery(settings, &options);
    RMF_TRY(rmf_recipe_topology(settings, base, data, &topology));
    options.topology = topology;
    rmf_status s = rmf_discover(&labelled, &noise, &options, progress, tree);
    rmf_topology_free(topology);
    RMF_TRY(s);
    s = rmf_sums_create(&labelled, options.max_per_class, options.seed, sums);
    if (s != RMF_OK) {
        rmf_tree_free(*tree);
        *tree = NULL;
    }
    return s;
}
