/* app/cmd_study.c – `ramify study trees DATA`: how much trees depend on what they are found from.
 */
#include "app/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_ACCURACY = 1000,
    KEY_EPSILON,
    KEY_LINKAGE,
    KEY_MONTECARLO,
    KEY_OBJECTS,
    KEY_BOOTSTRAP,
    KEY_SWEEP,
    KEY_RANDOM,
    KEY_ALSO,
    KEY_TOPOLOGY,
    KEY_FIT,
    KEY_SDE,
    KEY_TRAIN,
    KEY_MODELS,
    KEY_RESUME
};
enum { MOST_LEVELS = 64 };

typedef struct study_args {
    rmf_common common;
    rmf_data_args data;
    const char *what, *out, *accuracy, *epsilon, *linkage, *fit, *sde;
    int64_t montecarlo, objects, bootstrap, random, models; /* models 0: not given */
    double minutes;                                         /* 0: train none */
    bool resume;
    double level[MOST_LEVELS];
    int levels;
    rmf_texts also, topology;
} study_args;

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "the folder to make", 0},
    {"sibling-accuracy", KEY_ACCURACY, "P", 0, "of all trees but the sweep's (default 0.6)", 0},
    {"epsilon", KEY_EPSILON, "E", 0, "threshold of the paper instead", 0},
    {"linkage", KEY_LINKAGE, "single|centroid", 0, "how groups are joined; the other is a row", 0},
    {"montecarlo", KEY_MONTECARLO, "N", 0,
     "trees by the published procedure, and as many by the closed form from the same objects (10)",
     0},
    {"objects", KEY_OBJECTS, "N", 0, "objects a class of these (100, as published)", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "trees from all objects resampled (10)", 0},
    {"sweep", KEY_SWEEP, "P,P,…|none", 0,
     "sibling accuracies, a tree each (0.55,0.6,0.67,0.78,0.92)", 0},
    {"random", KEY_RANDOM, "N", 0, "random shapes with the reference's branch times (10)", 0},
    {"also", KEY_ALSO, "TREE", 0, "a tree of your own (JSON or Newick with lengths); repeatable",
     0},
    {"topology", KEY_TOPOLOGY, "FILE|folders", 0,
     "groups of your own, with times fitted to them; repeatable", 0},
    {"fit", KEY_FIT, "pairs|pooled", 0, "with --topology: what must be alike at a branch point", 0},
    {"sde", KEY_SDE, "NAME:NUMBERS", 0, "vp:b0,b1 (default vp:0.1,20), ve:s or vegeo:s0,s1", 0},
    {"train", KEY_TRAIN, "MINUTES", 0,
     "by the recipe DATA, a model of so long on each of some trees: what are they worth?", 0},
    {"models", KEY_MODELS, "N", 0, "with --train: models of each group, on its first trees (2)", 0},
    {"resume", KEY_RESUME, NULL, 0, "with --train: go on with the study in --out", 0},
    RMF_DATA_OPTIONS,
    {0}};

static void init(void *args)
{
    static const double usual[] = {0.55, 0.6, 0.67, 0.78, 0.92};
    study_args *a = args;
    a->montecarlo = a->bootstrap = a->random = 10;
    a->objects = 100;
    a->levels = sizeof usual / sizeof *usual;
    memcpy(a->level, usual, sizeof usual);
}

static error_t parse_operand(const char *text, study_args *a)
{
    if (a->what) return rmf_arg_operand(&a->data.data, text);
    a->what = text;
    return rmf_arg_choice("what to study", text, "trees");
}

static error_t parse_end(const study_args *a)
{
    if (!a->what) return rmf_arg_missing("what to study (trees)");
    if (!a->data.data) return rmf_arg_missing("DATA");
    if (!a->out) return rmf_arg_missing("--out DIR");
    return 0;
}

/* Options that say something together only. */
static rmf_status check_options(const study_args *a)
{
    if (a->resume && a->common.force)
        return rmf_fail(RMF_ERR_USAGE, "--resume and --force are both given; expected one");
    if (a->minutes == 0 && (a->resume || a->models > 0))
        return rmf_fail(RMF_ERR_USAGE,
                        "%s is given without --train; expected the minutes of each "
                        "model with it",
                        a->resume ? "--resume" : "--models");
    if (a->minutes > 0 && !rmf_names_recipe(a->data.data))
        return rmf_fail(
            RMF_ERR_USAGE, "--train: %s is %s; expected a recipe, which says how to train",
            a->data.data, rmf_file_exists(a->data.data) ? "a file or folder here" : "not there");
    if (a->minutes > 0 && a->sde)
        return rmf_fail(RMF_ERR_USAGE, "--train and --sde are both given; expected --set sde.…: "
                                       "trees and models of one process");
    return RMF_OK;
}

static error_t parse_count(int key, const char *arg, study_args *a)
{
    switch (key) {
    case KEY_MONTECARLO:
        return rmf_arg_int("--montecarlo", arg, 0, 1000, &a->montecarlo);
    case KEY_OBJECTS:
        return rmf_arg_int("--objects", arg, 2, 1000000, &a->objects);
    case KEY_BOOTSTRAP:
        return rmf_arg_int("--bootstrap", arg, 0, 1000, &a->bootstrap);
    case KEY_RANDOM:
        return rmf_arg_int("--random", arg, 0, 1000, &a->random);
    case KEY_MODELS:
        return rmf_arg_int("--models", arg, 1, 1000, &a->models);
    case KEY_TRAIN:
        return rmf_arg_real("--train", arg, 1e-3, 1e6, &a->minutes);
    default:
        return rmf_parse_data(key, (char *)arg, &a->data);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    study_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        return rmf_arg_folder("--out", arg, &a->out);
    case KEY_ACCURACY:
        a->accuracy = arg;
        return 0;
    case KEY_EPSILON:
        a->epsilon = arg;
        return 0;
    case KEY_LINKAGE:
        a->linkage = arg;
        return 0;
    case KEY_FIT:
        a->fit = arg;
        return 0;
    case KEY_SDE:
        a->sde = arg;
        return 0;
    case KEY_RESUME:
        a->resume = true;
        return 0;
    case KEY_SWEEP:
        a->levels = 0;
        return strcmp(arg, "none") == 0 ? 0
                                        : rmf_arg_levels("--sweep", arg, (const double[]){0.5, 1},
                                                         MOST_LEVELS, a->level, &a->levels);
    case KEY_ALSO:
        return rmf_arg_append("--also", arg, &a->also);
    case KEY_TOPOLOGY:
        return rmf_arg_append("--topology", arg, &a->topology);
    case ARGP_KEY_ARG:
        return parse_operand(arg, a);
    case ARGP_KEY_END:
        return parse_end(a);
    default:
        return parse_count(key, arg, a);
    }
}

static const struct argp argp = {
    options,
    parse,
    "trees DATA",
    "How much the tree depends on the objects and on the procedure that finds it: trees from "
    "different draws, resamples and options, and their distances."
    "\vShared: clades that two trees have in common; RF: Robinson-Foulds, clades that one of them "
    "has; score: branch-score distance.  Mean and standard deviation over pairs.\n\n"
    "With --train, what the trees are worth: frechet is the distance of a model's samples from "
    "real objects, floor that of real ones.\n\n"
    "Example:\n  ramify study trees digits --out study",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status tree_settings(const study_args *a, rmf_settings *settings)
{
    const char *epsilon =
        a->accuracy && !a->epsilon ? "0" : a->epsilon; /* else the recipe's wins */
    if (a->accuracy && a->epsilon)
        return rmf_fail(RMF_ERR_USAGE,
                        "--epsilon and --sibling-accuracy are both given; expected one");
    RMF_TRY(rmf_put_option(settings, "tree.sibling_accuracy", a->accuracy, "--sibling-accuracy"));
    RMF_TRY(rmf_put_option(settings, "tree.epsilon", epsilon, "--epsilon"));
    RMF_TRY(rmf_put_option(settings, "tree.linkage", a->linkage, "--linkage"));
    RMF_TRY(rmf_put_option(settings, "tree.fit", a->fit, "--fit"));
    return rmf_settings_check(settings, "tree.", rmf_tree_options, NULL);
}

/* Trees and topologies that options name. */
typedef struct given {
    rmf_tree *tree[sizeof((rmf_texts *)0)->text / sizeof(char *)];
    rmf_topology *topology[sizeof((rmf_texts *)0)->text / sizeof(char *)];
} given;

static rmf_status read_given(const study_args *a, const rmf_task *task, given *g)
{
    for (size_t i = 0; i < a->also.count; i++)
        RMF_TRY(rmf_tree_for(&task->sde, a->also.text[i], ".", &g->tree[i]));
    for (size_t i = 0; i < a->topology.count; i++)
        RMF_TRY(rmf_topology_open(a->topology.text[i], ".", &task->train, &g->topology[i]));
    return RMF_OK;
}

static void free_given(const study_args *a, given *g)
{
    for (size_t i = 0; i < a->also.count; i++)
        rmf_tree_free(g->tree[i]);
    for (size_t i = 0; i < a->topology.count; i++)
        rmf_topology_free(g->topology[i]);
}

static rmf_status print_table(const rmf_study *study,
                              rmf_status (*table)(const rmf_study *, char **))
{
    char *text = NULL;
    RMF_TRY(table(study, &text));
    printf("%s", text);
    fflush(stdout); /* hours before the next one */
    rmf_free(text);
    return RMF_OK;
}

/* Writes the study, unless it is there and gone on with. */
static rmf_status write_study(const study_args *a, const rmf_study *study)
{
    bool found = false;
    if (a->resume) RMF_TRY(rmf_study_compare(study, a->out, &found));
    if (!found) RMF_TRY(rmf_study_write(study, a->out, a->common.force));
    RMF_TRY(print_table(study, rmf_study_table));
    rmf_say(&a->common, "%s: %d trees in %.1f s; trees.nwk, distances.csv, distances.svg, %s",
            a->out, study->n_trees, study->seconds, RMF_STUDY_FILE);
    return RMF_OK;
}

/* On a machine with other work, the same time is not the same training. */
static void note_steps(const study_args *a, const rmf_study *study)
{
    int64_t least = study->model[0].steps, most = least;
    for (int i = 1; i < study->n_models; i++) {
        if (study->model[i].steps < least) least = study->model[i].steps;
        if (study->model[i].steps > most) most = study->model[i].steps;
    }
    if (most > least + least / 10)
        rmf_say(&a->common,
                "the models had from %lld to %lld steps; --set train.steps=N, with minutes enough, "
                "trains them alike",
                (long long)least, (long long)most);
}

static rmf_status train_models(const study_args *a, const rmf_settings *recipe, const char *base,
                               rmf_study *study, rmf_talk *talk)
{
    enum { USUAL = 2 };
    const rmf_study_training training = {.common = &a->common,
                                         .recipe = recipe,
                                         .base = base,
                                         .out = a->out,
                                         .models = a->models > 0 ? (int)a->models : USUAL,
                                         .resume = a->resume};
    RMF_TRY(rmf_study_train(&training, study, talk));
    printf("\n");
    RMF_TRY(print_table(study, rmf_study_models_table));
    rmf_say(&a->common, "%s: %d models; models/, models.svg, %s", a->out, study->n_models,
            RMF_STUDY_FILE);
    note_steps(a, study);
    return RMF_OK;
}

static rmf_status make_study(const study_args *a, const rmf_settings *settings,
                             const rmf_task *task, const rmf_progress *progress, rmf_study **out)
{
    given g = {{NULL}, {NULL}};
    rmf_discovery discovery;
    const rmf_labelled labelled = rmf_dataset_labelled(&task->train);
    const rmf_noise noise = rmf_sde_noise(&task->sde);
    rmf_recipe_discovery(settings, &discovery);
    if (a->common.seed >= 0) discovery.seed = (uint64_t)a->common.seed;
    discovery.method = RMF_DISCOVER_EXACT; /* of the reference; groups set their own */
    discovery.bootstrap = 0;
    rmf_study_request request = {.data = &labelled,
                                 .noise = &noise,
                                 .source = task->train.source,
                                 .discovery = &discovery,
                                 .montecarlo = (int)a->montecarlo,
                                 .objects = a->objects,
                                 .bootstrap = (int)a->bootstrap,
                                 .random = (int)a->random,
                                 .level = a->level,
                                 .n_levels = a->levels,
                                 .linkages = true,
                                 .given = (const rmf_tree *const *)g.tree,
                                 .given_name = a->also.text,
                                 .n_given = (int)a->also.count,
                                 .topology = (const rmf_topology *const *)g.topology,
                                 .n_topologies = (int)a->topology.count};
    rmf_status s = read_given(a, task, &g);
    if (s == RMF_OK) s = rmf_make_folder(a->out);
    if (s == RMF_OK) s = rmf_study_make(&request, progress, out);
    free_given(a, &g);
    return s;
}

static rmf_status study(const study_args *a, const rmf_settings *settings, const char *base,
                        const rmf_task *task, rmf_talk *talk)
{
    const bool ours = access(a->out, F_OK) != 0; /* neither a folder nor a file is there */
    rmf_study *made = NULL;
    rmf_status s = make_study(a, settings, task, &talk->progress, &made);
    rmf_talk_end(talk);
    if (s == RMF_OK) s = write_study(a, made);
    if (s != RMF_OK && ours) rmf_remove_folder(a->out); /* an interrupted study leaves nothing */
    if (s == RMF_OK && a->minutes > 0) s = train_models(a, settings, base, made, talk);
    rmf_study_free(made);
    return s;
}

static rmf_status check_folder(const study_args *a)
{
    char *path = NULL;
    RMF_TRY(rmf_path_join(a->out, RMF_STUDY_FILE, &path));
    rmf_status s = rmf_file_exists(path) && !a->common.force && !a->resume
                       ? rmf_fail(RMF_ERR_EXISTS,
                                  "%s: already exists; expected a new name; --force replaces it%s",
                                  path, a->minutes > 0 ? ", --resume goes on with it" : "")
                       : RMF_OK;
    rmf_free(path);
    return s;
}

static rmf_status put_minutes(const study_args *a, rmf_settings *settings)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", a->minutes);
    return a->minutes > 0 ? rmf_settings_put(settings, "train.minutes", text, "--train") : RMF_OK;
}

static rmf_status run(const void *args)
{
    const study_args *a = args;
    rmf_settings *settings = NULL;
    char *base = NULL;
    rmf_task task;
    RMF_TRY(check_options(a));
    RMF_TRY(check_folder(a));
    RMF_TRY(rmf_data_settings(&a->data, &settings, &base));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    rmf_status s = tree_settings(a, settings);
    if (s == RMF_OK) s = put_minutes(a, settings);
    if (s == RMF_OK) s = rmf_task_open(settings, base, a->sde, &task);
    if (s == RMF_OK) {
        s = study(a, settings, base, &task, &talk);
        rmf_task_free(&task);
    }
    rmf_talk_end(&talk);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

const rmf_command rmf_command_study = {"study", "how much trees depend on what they are found from",
                                       &argp,   sizeof(study_args),
                                       init,    run};
