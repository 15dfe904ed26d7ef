/* train/extend_place.c – the objects of the new classes, where each leaves the tree, and the tree
 * with their leaves. */
#include "train/extending.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/order.h"

/* ---- objects ---- */

static rmf_status fail_shape(const rmf_dataset *data, const rmf_model *model)
{
    char found[80], expected[80];
    const int64_t *a = data->shape, *b = model->shape;
    snprintf(found, sizeof found, data->rank == 3 ? "%" PRId64 "×%" PRId64 "×%" PRId64 : "%" PRId64,
             a[0], a[1], a[2]);
    snprintf(expected, sizeof expected,
             model->rank == 3 ? "%" PRId64 "×%" PRId64 "×%" PRId64 : "%" PRId64, b[0], b[1], b[2]);
    return rmf_fail(
        RMF_ERR_FORMAT,
        "%s: objects of shape %s; expected %s, as the run's (data.shape makes images of "
        "the rows of a table)",
        data->source, found, expected);
}

static rmf_status check_objects(const rmf_dataset *data, const rmf_model *model)
{
    bool same = data->rank == model->rank;
    for (int i = 0; same && i < 3; i++)
        same = data->shape[i] == model->shape[i];
    if (!same) return fail_shape(data, model);
    for (int64_t i = 0; data->feature_name && model->feature_name && i < data->features; i++)
        if (strcmp(data->feature_name[i], model->feature_name[i]) != 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: column %" PRId64
                            " is \"%.60s\"; expected \"%.60s\": the columns of "
                            "the run in their order",
                            data->source, i + 1, data->feature_name[i], model->feature_name[i]);
    return RMF_OK;
}

static rmf_status count_objects(rmf_extending *e, const rmf_dataset *data)
{
    for (int k = 0; k < e->n; k++) {
        int64_t n = 0;
        for (int64_t i = 0; i < data->n; i++)
            n += data->label[i] == k;
        e->added[k].told.objects = n;
        if (n < 2)
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s: %" PRId64 " object%s of class \"%.60s\" to train on; expected at "
                            "least two",
                            data->source, n, n == 1 ? "" : "s", e->added[k].told.name);
    }
    return RMF_OK;
}

static rmf_status load_objects(trainer *tr)
{
    rmf_extending *e = tr->extending;
    rmf_dataset held_out = {0};
    const char **names = NULL;
    RMF_TRY(rmf_alloc((size_t)e->n, sizeof *names, (void **)&names));
    for (int k = 0; k < e->n; k++)
        names[k] = e->added[k].told.name;
    rmf_status s = rmf_class_objects(e->data, e->base, e->n, names, &tr->data, &held_out);
    rmf_dataset_free(&held_out);
    rmf_free(names);
    if (s == RMF_OK) s = check_objects(&tr->data, e->old);
    if (s == RMF_OK) s = count_objects(e, &tr->data);
    if (s == RMF_OK)
        rmf_normalisation_apply(&e->old->normalisation, tr->data.x, tr->data.n, tr->data.features);
    return s;
}

/* ---- sums ---- */

static rmf_status read_old_sums(trainer *tr)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(tr->extending->run, "discovery.npz", &path));
    rmf_status s = rmf_file_exists(path) ? rmf_sums_read(path, &tr->sums) : RMF_OK;
    rmf_free(path);
    return s;
}

/* The new class's sums behind those of the others. */
static rmf_status add_sums(trainer *tr, int k, const rmf_discovery *options)
{
    rmf_dataset own = {0};
    rmf_sums *sums = NULL, *joined = NULL;
    int64_t *rows = NULL, n = 0;
    RMF_TRY(rmf_alloc((size_t)tr->data.n, sizeof *rows, (void **)&rows));
    for (int64_t i = 0; i < tr->data.n; i++)
        if (tr->data.label[i] == k) rows[n++] = i;
    rmf_status s = rmf_dataset_take(&tr->data, rows, n, &own);
    rmf_free(rows);
    for (int64_t i = 0; i < own.n; i++)
        own.label[i] = 0;
    const char *name = tr->extending->added[k].told.name;
    const rmf_labelled labelled = {own.n, own.features, own.x, own.label, 1, &name};
    if (s == RMF_OK) s = rmf_sums_create(&labelled, options->max_per_class, options->seed, &sums);
    if (s == RMF_OK) s = rmf_sums_join(tr->sums, sums, &joined);
    rmf_sums_free(sums);
    rmf_dataset_free(&own);
    RMF_TRY(s);
    rmf_sums_free(tr->sums);
    tr->sums = joined;
    return RMF_OK;
}

/* ---- places ---- */

/* The class numbers of the branch that was asked for. */
static rmf_status number_classes(const rmf_new_class *c, const rmf_tree *tree, int *numbers)
{
    for (int i = 0; i < c->n_from; i++) {
        numbers[i] = rmf_tree_class_index(tree, c->from[i]);
        if (numbers[i] < 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "class \"%.60s\": it is to leave \"%.60s\", which is no class of the "
                            "run; expected classes such as \"%.60s\"",
                            c->told.name, c->from[i], rmf_tree_class_name(tree, 0));
        for (int j = 0; j < i; j++)
            if (numbers[j] == numbers[i])
                return rmf_fail(RMF_ERR_USAGE,
                                "class \"%.60s\": it is to leave \"%.60s\", which is named twice",
                                c->told.name, c->from[i]);
    }
    rmf_sort_ints(numbers, (size_t)c->n_from);
    return RMF_OK;
}

/* In discrete time a time that was given must be a whole step. */
static rmf_status given_time(const rmf_sde *sde, const rmf_new_class *c, double *time)
{
    char what[100];
    *time = c->told.time;
    if (isnan(*time)) return RMF_OK;
    snprintf(what, sizeof what, "class \"%.60s\": the time", c->told.name);
    RMF_TRY(rmf_sde_check_time(sde, what, *time));
    *time = rmf_sde_settle(sde, *time);
    return RMF_OK;
}

/* One that was found becomes the next whole step, which may be where the branch begins: there the
 * class leaves the branch above. */
static void settle_place(const rmf_sde *sde, const rmf_tree *tree, rmf_attachment *at)
{
    const rmf_branch *b = rmf_tree_branch(tree, at->branch);
    const int steps = rmf_sde_steps(sde);
    if (steps == 0) return;
    at->time = ceil(at->time / sde->t_limit * steps - RMF_STEP_TOLERANCE) / steps * sde->t_limit;
    if (at->time >= b->t_end && b->parent >= 0) at->branch = b->parent;
}

static rmf_status find_place(const trainer *tr, const rmf_new_class *c,
                             const rmf_discovery *options, rmf_attachment *out)
{
    int *numbers = NULL;
    double time;
    const rmf_sde *sde = &tr->extending->old->sde;
    const rmf_noise noise = rmf_sde_noise(sde);
    RMF_TRY(given_time(sde, c, &time));
    if (!tr->sums && (c->n_from == 0 || isnan(c->told.time)))
        return rmf_fail(
            RMF_ERR_FORMAT,
            "%s: no discovery.npz in it, so the place of class \"%.60s\" can't be found; "
            "expected the time and the branch (--at and --from)",
            tr->extending->run, c->told.name);
    if (options->criterion && (c->n_from == 0 || isnan(c->told.time)))
        return rmf_fail(
            RMF_ERR_USAGE,
            "%s: its tree is by the criterion \"%s\", whose numbers need the old data, so "
            "the place of class \"%.60s\" can't be found; expected the time and the "
            "branch (--at and --from)",
            tr->extending->run, options->criterion->name, c->told.name);
    RMF_TRY(rmf_alloc((size_t)c->n_from, sizeof *numbers, (void **)&numbers));
    const rmf_attach attach = {.name = c->told.name,
                               .tree = tr->tree,
                               .sums = tr->sums,
                               .noise = &noise,
                               .options = options,
                               .time = time,
                               .n_from = c->n_from,
                               .from = numbers};
    rmf_status s = number_classes(c, tr->tree, numbers);
    if (s == RMF_OK) s = rmf_attach_find(&attach, out);
    rmf_free(numbers);
    if (s == RMF_OK) settle_place(sde, tr->tree, out);
    return s;
}

/* Keeps the place as names, which later trees still know. */
static rmf_status note_place(const trainer *tr, const rmf_attachment *at, rmf_new_class *c)
{
    const rmf_branch *b = rmf_tree_branch(tr->tree, at->branch);
    size_t length = 1;
    for (int i = 0; i < c->n_from; i++)
        rmf_free(c->from[i]);
    rmf_free(c->from);
    c->from = NULL;
    c->n_from = 0;
    RMF_TRY(rmf_alloc((size_t)b->n_classes, sizeof *c->from, (void **)&c->from));
    for (int i = 0; i < b->n_classes; i++, c->n_from++) {
        RMF_TRY(rmf_copy_text(rmf_tree_class_name(tr->tree, b->classes[i]), &c->from[i]));
        length += strlen(c->from[i]) + 2;
    }
    RMF_TRY(rmf_alloc(length, 1, (void **)&c->told.from));
    for (int i = 0; i < b->n_classes; i++) {
        strcat(c->told.from, i ? ", " : "");
        strcat(c->told.from, c->from[i]);
    }
    c->told.time = at->time;
    c->told.distance = at->distance;
    c->told.epsilon = at->epsilon;
    const bool leaf = tr->extending->start == RMF_START_NEAREST && at->nearest >= 0;
    c->source =
        leaf ? rmf_tree_branch(tr->tree, rmf_tree_leaf(tr->tree, at->nearest))->row : b->row;
    return rmf_copy_text(leaf ? rmf_tree_class_name(tr->tree, at->nearest) : "", &c->told.start);
}

static void tell_place(const trainer *tr, const rmf_added_class *c)
{
    char note[400];
    if (isnan(c->distance))
        snprintf(note, sizeof note, "class %.60s leaves the branch of %.120s at t = %.4g", c->name,
                 c->from, c->time);
    else
        snprintf(note, sizeof note,
                 "class %.60s leaves the branch of %.120s at t = %.4g, where it is %.4g from these "
                 "classes together (ε = %.4g)",
                 c->name, c->from, c->time, c->distance, c->epsilon);
    rmf_trainer_tell(tr, note);
    if (!(c->distance > c->epsilon * (1 + 1e-6))) return;
    snprintf(note, sizeof note,
             "warning: the branch of %.120s does not fit class %.60s at t = %.4g: they are %.3g ε "
             "apart; its samples will show it; a later time fits better",
             c->from, c->name, c->time, c->distance / c->epsilon);
    rmf_trainer_tell(tr, note);
}

static rmf_status add_class(trainer *tr, int k, const rmf_discovery *options, int64_t row)
{
    rmf_new_class *c = &tr->extending->added[k];
    rmf_attachment at;
    rmf_tree *tree = NULL;
    if (tr->sums) RMF_TRY(add_sums(tr, k, options));
    RMF_TRY(find_place(tr, c, options, &at));
    RMF_TRY(rmf_tree_extend(tr->tree, c->told.name, &at, (int)row, &tree));
    rmf_status s = note_place(tr, &at, c);
    rmf_tree_free(tr->tree);
    tr->tree = tree;
    c->row = row;
    RMF_TRY(s);
    tell_place(tr, &c->told);
    return RMF_OK;
}

rmf_status rmf_extending_places(trainer *tr)
{
    rmf_extending *e = tr->extending;
    rmf_discovery options;
    rmf_recipe_discovery(tr->settings, &options);
    e->first_class = rmf_tree_class_count(e->old->tree);
    RMF_TRY(load_objects(tr));
    RMF_TRY(read_old_sums(tr));
    RMF_TRY(rmf_tree_copy(e->old->tree, &tr->tree));
    for (int k = 0; k < e->n; k++)
        RMF_TRY(add_class(tr, k, &options, e->old->bank_rows + k));
    return RMF_OK;
}
