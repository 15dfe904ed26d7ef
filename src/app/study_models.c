/* app/study_models.c – a model for each of some trees of a study: each an ordinary run, whose
 * eval.json, written last, says that it is finished. */
#include "app/study.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 32 };

/* A model to make. */
typedef struct work {
    const rmf_study_training *training;
    rmf_study *study;
    rmf_talk *talk;
    int tree, number, wanted;          /* this is model `number` of `wanted` */
    char name[NAME], run[NAME + 8];    /* "sweep-2", "models/sweep-2" */
    char *folder, *tree_file, *result; /* the run; its tree; its eval.json */
    char activity[48];
    double started;
} work;

/* ---- which ---- */

/* Its place among the trees of its group, from 1. */
static int place_in_group(const rmf_study *study, int tree)
{
    int first = tree;
    while (first > 0 && study->tree[first - 1].group == study->tree[tree].group)
        first--;
    return tree - first + 1;
}

static int count_wanted(const rmf_study_training *training, const rmf_study *study)
{
    int wanted = 0;
    for (int i = 0; i < study->n_trees; i++)
        wanted += place_in_group(study, i) <= training->models;
    return wanted;
}

static void end_work(work *w)
{
    rmf_free(w->folder);
    rmf_free(w->tree_file);
    rmf_free(w->result);
    w->folder = w->tree_file = w->result = NULL;
}

static rmf_status begin_work(work *w, int tree)
{
    char file[NAME + 16];
    const rmf_study_tree *t = &w->study->tree[tree];
    w->tree = tree;
    w->number++;
    w->started = rmf_seconds();
    snprintf(w->name, sizeof w->name, "%s-%d", rmf_study_group_name((int)t->group),
             place_in_group(w->study, tree));
    snprintf(w->run, sizeof w->run, "models/%s", w->name);
    snprintf(w->activity, sizeof w->activity, "training %d of %d", w->number, w->wanted);
    snprintf(file, sizeof file, "trees/%s.json", w->name);
    RMF_TRY(rmf_path_join(w->training->out, w->run, &w->folder));
    RMF_TRY(rmf_path_join(w->training->out, file, &w->tree_file));
    return rmf_path_join(w->folder, "eval.json", &w->result);
}

/* ---- the recipe ---- */

/* Paths of a run are absolute, and its tree is its own. */
static bool may_differ(const char *key)
{
    static const char *const keys[] = {"data.path", "data.label", "tree.topology", "tree.file"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0) return true;
    return false;
}

static rmf_status compare_recipes(const work *w, const rmf_settings *there)
{
    const rmf_settings *here = w->training->recipe;
    for (size_t i = 0; i < rmf_settings_count(here); i++) {
        const char *key = rmf_settings_key(here, i), *value = rmf_settings_text(here, key);
        const char *was = rmf_settings_text(there, key);
        if (!may_differ(key) && strcmp(was ? was : "", value) != 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "%s: was begun with %s \"%s\", not \"%s\"; expected the recipe and "
                            "options of the start",
                            w->folder, key, was ? was : "", value);
    }
    return RMF_OK;
}

static rmf_status check_recipe(const work *w, const char *path)
{
    rmf_settings *there = NULL;
    char *base = NULL;
    RMF_TRY(rmf_recipe_load(path, NULL, 0, &there, &base));
    rmf_status s = compare_recipes(w, there);
    rmf_settings_free(there);
    rmf_free(base);
    return s;
}

static rmf_status check_tree(const work *w, const char *path)
{
    rmf_tree *there = NULL;
    rmf_tree_gap gap;
    RMF_TRY(rmf_tree_read(path, &there));
    rmf_status s = rmf_tree_compare(there, w->study->tree[w->tree].tree, &gap);
    rmf_tree_free(there);
    if (s == RMF_OK && (gap.branch_score > 0 || gap.robinson_foulds > 0))
        s = rmf_fail(RMF_ERR_USAGE, "%s: not the study's tree \"%s\"; expected a run of this study",
                     path, w->study->tree[w->tree].name);
    return s;
}

/* A run that is there was begun by this study, and on this tree. */
static rmf_status check_run(const work *w)
{
    static const struct {
        const char *name;
        rmf_status (*check)(const work *, const char *);
    } files[] = {{"recipe.yaml", check_recipe}, {"tree.json", check_tree}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = NULL;
        RMF_TRY(rmf_path_join(w->folder, files[i].name, &path));
        rmf_status s = rmf_file_exists(path) ? files[i].check(w, path) : RMF_OK;
        rmf_free(path);
        RMF_TRY(s);
    }
    return RMF_OK;
}

/* The study's recipe with the one tree, which is written where the recipe finds it. */
static rmf_status make_recipe(const work *w, rmf_settings **out)
{
    char *folder = NULL;
    RMF_TRY(rmf_path_join(w->training->out, "trees", &folder));
    rmf_status s = rmf_make_folder(folder);
    rmf_free(folder);
    if (s == RMF_OK) s = rmf_tree_write(w->study->tree[w->tree].tree, w->tree_file, true);
    if (s == RMF_OK) s = rmf_settings_copy(w->training->recipe, out);
    RMF_TRY(s);
    char *real = realpath(w->tree_file, NULL);
    s = real ? rmf_settings_put(*out, "tree.file", real, "study")
             : rmf_fail(RMF_ERR_IO, "%s: can't be found again", w->tree_file);
    free(real);
    return s;
}

/* ---- training and evaluating ---- */

/* Training's own progress; the models to come are taken to need as long as this one. */
static bool report(void *context, const rmf_progress_event *event)
{
    const work *w = context;
    rmf_progress_event told = *event;
    if (strcmp(event->activity, "training") == 0) {
        told.activity = w->activity;
        told.seconds_left +=
            (w->wanted - w->number) * (rmf_seconds() - w->started + event->seconds_left);
    }
    return rmf_progress_tell(&w->talk->progress, &told);
}

static rmf_status train(work *w)
{
    rmf_settings *recipe = NULL;
    const rmf_progress progress = {report, w};
    rmf_status s = make_recipe(w, &recipe);
    const rmf_training training = {.settings = recipe,
                                   .base = w->training->base,
                                   .run = w->folder,
                                   .threads = w->training->common->threads,
                                   .resume = w->training->resume};
    if (s == RMF_OK) s = rmf_train(&training, &progress);
    rmf_settings_free(recipe);
    return s;
}

static rmf_status measure(work *w, rmf_model *model, json_t **result)
{
    const rmf_sample_request draw = RMF_REQUEST;
    const rmf_eval_request request = {.metrics = "frechet", .bootstrap = -1, .floor = true};
    rmf_real real = {0};
    rmf_samples samples = {0};
    const rmf_progress *progress = &w->talk->progress;
    rmf_status s = rmf_real_read_model(model, &real);
    if (s == RMF_OK) s = rmf_draw_compared(model, &real, &draw, progress, &samples);
    if (s == RMF_OK) s = rmf_evaluate_samples(&request, &real, &samples, progress, result);
    rmf_samples_free(&samples);
    rmf_real_free(&real);
    return s;
}

static rmf_status evaluate(work *w)
{
    rmf_model *model = NULL;
    json_t *result = NULL;
    RMF_TRY(rmf_model_open(w->folder, "ema", "auto", &model));
    rmf_status s = measure(w, model, &result);
    if (s == RMF_OK) s = rmf_json_write(w->result, true, result);
    json_decref(result);
    rmf_model_free(model);
    return s;
}

/* ---- what the study keeps ---- */

static rmf_status read_in_run(const work *w, const char *name, json_t **out)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(w->folder, name, &path));
    rmf_status s = rmf_json_read(path, out);
    rmf_free(path);
    return s;
}

static rmf_status add_model(const work *w)
{
    json_t *state = NULL, *result = NULL;
    rmf_status s = read_in_run(w, "state.json", &state);
    if (s == RMF_OK) s = read_in_run(w, "eval.json", &result);
    const rmf_study_model model = {
        .tree = w->tree,
        .run = w->run,
        .steps = json_integer_value(json_object_get(state, "step")),
        .seconds = json_number_value(json_object_get(state, "seconds")),
        .distance = json_object_get(json_object_get(result, "metrics"), "frechet")};
    if (s == RMF_OK) s = rmf_study_add_model(w->study, &model);
    json_decref(result);
    json_decref(state);
    return s;
}

static rmf_status make_model(work *w)
{
    const rmf_common *common = w->training->common;
    RMF_TRY(check_run(w));
    if (w->training->resume && rmf_file_exists(w->result)) {
        rmf_say(common, "%s: finished already", w->run);
        return add_model(w);
    }
    rmf_say(common, "%s: model %d of %d, on the tree \"%s\"", w->run, w->number, w->wanted,
            w->study->tree[w->tree].name);
    rmf_status s = train(w);
    if (s == RMF_OK) s = evaluate(w);
    rmf_talk_end(w->talk);
    if (s == RMF_OK) s = add_model(w);
    return s == RMF_OK ? rmf_study_write(w->study, w->training->out, true) : s;
}

/* Does `visit` for each model that is wanted. */
static rmf_status each_model(work *w, rmf_status (*visit)(work *))
{
    w->number = 0;
    for (int i = 0; i < w->study->n_trees; i++) {
        if (place_in_group(w->study, i) > w->training->models) continue;
        rmf_status s = begin_work(w, i);
        if (s == RMF_OK) s = visit(w);
        end_work(w);
        RMF_TRY(s);
    }
    return RMF_OK;
}

/* All of them first: what --resume finds later must not be of the study that was replaced. */
static rmf_status remove_run(work *w)
{
    rmf_remove_folder(w->folder);
    return RMF_OK;
}

rmf_status rmf_study_train(const rmf_study_training *training, rmf_study *study, rmf_talk *talk)
{
    work w = {.training = training,
              .study = study,
              .talk = talk,
              .wanted = count_wanted(training, study)};
    if (training->common->force) RMF_TRY(each_model(&w, remove_run));
    rmf_status s = each_model(&w, make_model);
    if (s == RMF_ERR_INTERRUPTED)
        return rmf_fail(RMF_ERR_INTERRUPTED,
                        "stopped in model %d of %d and saved; go on with the same command and "
                        "--resume",
                        w.number, w.wanted);
    RMF_TRY(s);
    return rmf_study_write(study, training->out, true); /* where all had been finished, too */
}
