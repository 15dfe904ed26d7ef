/* app/cmd_discover.c – `ramify discover DATA --out tree.json`: branch points from data. */
#include "app/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_METHOD = 1000,
    KEY_TOPOLOGY,
    KEY_FIT,
    KEY_CRITERION,
    KEY_EPSILON,
    KEY_ACCURACY,
    KEY_TIMES,
    KEY_SMOOTH,
    KEY_MIN_TIME,
    KEY_MIN_LENGTH,
    KEY_LINKAGE,
    KEY_BOOTSTRAP,
    KEY_NEWICK,
    KEY_PLOT,
    KEY_SDE,
    KEY_MAX
};
enum { COUNT_TREE = 13 }; /* options that are keys of tree. */

typedef struct discover_args {
    rmf_common common;
    rmf_data_args data;
    const char *out, *newick, *plot, *sde;
    const char *tree[COUNT_TREE]; /* texts for the recipe keys of tree_option[], or NULL */
} discover_args;

static const struct argp_option options[] = {
    {"out", 'o', "tree.json", 0, "where the tree goes", 0},
    {"method", KEY_METHOD, "exact|montecarlo", 0, "closed form over all objects, or sampling", 0},
    {"topology", KEY_TOPOLOGY, "FILE|folders", 0,
     "fit times to groups of your own: Newick, a tree, or the folders that classes are in", 0},
    {"fit", KEY_FIT, "pairs|pooled", 0, "with --topology: what must be alike at a branch point", 0},
    {"criterion", KEY_CRITERION, "NAME", 0, "what tells classes apart: ramify list criterion", 0},
    {"epsilon", KEY_EPSILON, "E", 0, "similarity threshold, as published", 0},
    {"sibling-accuracy", KEY_ACCURACY, "P", 0, "how well siblings may be told apart (default 0.6)",
     0},
    {"times", KEY_TIMES, "N", 0, "grid points in time (default 1000)", 0},
    {"smooth", KEY_SMOOTH, "S", 0, "montecarlo: smoothing, in grid points (default 3)", 0},
    {"min-branch-time", KEY_MIN_TIME, "T", 0, "earliest branch point", 0},
    {"min-branch-length", KEY_MIN_LENGTH, "T", 0, "shortest inner branch", 0},
    {"linkage", KEY_LINKAGE, "single|centroid", 0, "how groups are joined", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "resamples for intervals and clade support", 0},
    {"newick", KEY_NEWICK, "FILE", 0, "also write the tree as Newick", 0},
    {"plot", KEY_PLOT, "FILE.svg", 0, "also draw the tree", 0},
    {"sde", KEY_SDE, "NAME:NUMBERS", 0, "vp:b0,b1 (default vp:0.1,20), ve:s or vegeo:s0,s1", 0},
    {"max-per-class", KEY_MAX, "N", 0, "objects a class (default: all)", 0},
    RMF_DATA_OPTIONS,
    {0}};

/* Options that are recipe keys: those tables check their values. */
static const struct {
    int key;
    const char *option, *recipe_key;
} tree_option[] = {
    {KEY_TOPOLOGY, "--topology", "tree.topology"}, /* the first: see topology_base() */
    {KEY_FIT, "--fit", "tree.fit"},
    {KEY_METHOD, "--method", "tree.method"},
    {KEY_CRITERION, "--criterion", "tree.criterion"},
    {KEY_EPSILON, "--epsilon", "tree.epsilon"},
    {KEY_ACCURACY, "--sibling-accuracy", "tree.sibling_accuracy"},
    {KEY_TIMES, "--times", "tree.times"},
    {KEY_SMOOTH, "--smooth", "tree.smooth"},
    {KEY_MIN_TIME, "--min-branch-time", "tree.min_branch_time"},
    {KEY_MIN_LENGTH, "--min-branch-length", "tree.min_branch_length"},
    {KEY_LINKAGE, "--linkage", "tree.linkage"},
    {KEY_BOOTSTRAP, "--bootstrap", "tree.bootstrap"},
    {KEY_MAX, "--max-per-class", "tree.max_per_class"},
};

static error_t parse_tree(int key, char *arg, discover_args *a)
{
    for (int i = 0; i < COUNT_TREE; i++)
        if (tree_option[i].key == key) {
            a->tree[i] = arg;
            return 0;
        }
    return rmf_parse_data(key, arg, &a->data);
}

/* The recipe's tree section (a plain file has none) with the options on top. */
static rmf_status tree_settings(const discover_args *a, rmf_settings *settings)
{
    bool epsilon = false, accuracy = false;
    for (int i = 0; i < COUNT_TREE; i++) {
        if (!a->tree[i]) continue;
        epsilon |= tree_option[i].key == KEY_EPSILON;
        accuracy |= tree_option[i].key == KEY_ACCURACY;
        RMF_TRY(rmf_settings_put(settings, tree_option[i].recipe_key, a->tree[i],
                                 tree_option[i].option));
    }
    if (epsilon && accuracy)
        return rmf_fail(RMF_ERR_USAGE,
                        "--epsilon and --sibling-accuracy are both given; expected one");
    if (accuracy) RMF_TRY(rmf_settings_put(settings, "tree.epsilon", "0", "--sibling-accuracy"));
    return rmf_settings_check(settings, "tree.", rmf_tree_options, NULL);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    discover_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_NEWICK:
        a->newick = arg;
        return 0;
    case KEY_PLOT:
        a->plot = arg;
        return 0;
    case KEY_SDE:
        a->sde = arg;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->data.data, arg);
    case ARGP_KEY_END:
        return !a->data.data ? rmf_arg_missing("DATA")
               : !a->out     ? rmf_arg_missing("--out tree.json")
                             : 0;
    default:
        return parse_tree(key, arg, a);
    }
}

static const struct argp argp = {
    options,
    parse,
    "DATA",
    "Find the times at which the classes of labelled data may part.  DATA is a recipe, "
    "a file (.npz, .csv, IDX) or a folder of PNGs a class."
    "\vExample:\n  ramify discover digits --out tree.json --plot tree.svg",
    rmf_common_child,
    NULL,
    NULL};

/* A file of the command line counts from the current folder, that of a recipe from the recipe. */
static const char *topology_base(const discover_args *a, const char *base)
{
    return a->tree[0] ? "." : base;
}

static void say_groups(const discover_args *a, const rmf_dataset *data,
                       const rmf_topology *topology, const rmf_tree *tree)
{
    int kept = 0, nested = 0;
    for (int b = 0; b < rmf_tree_branch_count(tree); b++)
        kept += rmf_tree_branch(tree, b)->n_classes > 1;
    for (int c = 0; c < data->n_classes; c++)
        nested += strchr(data->class_name[c], '/') != NULL;
    if (!topology && nested > 0)
        rmf_say(&a->common, "classes are in nested folders, which discovery leaves aside; "
                            "--topology folders makes them the groups of the tree");
    if (!topology) return;
    const int lost = rmf_topology_group_count(topology) - kept;
    if (lost > 0)
        rmf_say(
            &a->common,
            "%s: %d of %d groups without a branch of their own: their branch point would not come "
            "before that of the group around them",
            rmf_topology_place(topology), lost, rmf_topology_group_count(topology));
}

static rmf_status write_outputs(const discover_args *a, const rmf_tree *tree)
{
    RMF_TRY(rmf_tree_write(tree, a->out, a->common.force));
    if (a->plot) RMF_TRY(rmf_tree_write_svg(tree, a->plot, a->common.force, NULL));
    if (a->newick) {
        char *text = NULL;
        rmf_writer *w = NULL;
        RMF_TRY(rmf_tree_to_newick(tree, &text));
        rmf_status s = rmf_writer_open(a->newick, a->common.force, &w);
        if (s == RMF_OK) s = rmf_writer_end(w, rmf_writer_print(w, "%s\n", text));
        rmf_free(text);
        RMF_TRY(s);
    }
    char *drawing = NULL;
    RMF_TRY(rmf_tree_to_text(tree, &drawing));
    fputs(drawing, rmf_result_stream((const char *const[]){a->out, a->newick, a->plot}, 3));
    rmf_free(drawing);
    rmf_say(&a->common,
            "%s: %d classes, %d branches; sampling along it costs %.3f of flat sampling", a->out,
            rmf_tree_class_count(tree), rmf_tree_branch_count(tree), rmf_tree_cost(tree));
    return RMF_OK;
}

static rmf_status discover(const discover_args *a, const rmf_settings *settings, const char *base,
                           rmf_talk *talk)
{
    rmf_task objects;
    rmf_tree *tree = NULL;
    RMF_TRY(rmf_task_open(settings, base, a->sde, &objects));
    const rmf_dataset *train = &objects.train;
    rmf_say_more(&a->common, "%s: %lld objects of %d classes, %lld features", train->source,
                 (long long)train->n, train->n_classes, (long long)train->features);
    rmf_labelled labelled = rmf_dataset_labelled(train);
    rmf_noise noise = rmf_sde_noise(&objects.sde);
    rmf_discovery d;
    rmf_topology *topology = NULL;
    rmf_recipe_discovery(settings, &d);
    if (a->common.seed >= 0) d.seed = (uint64_t)a->common.seed;
    rmf_status s = rmf_recipe_topology(settings, topology_base(a, base), train, &topology);
    d.topology = topology;
    if (s == RMF_OK) s = rmf_discover(&labelled, &noise, &d, &talk->progress, &tree);
    rmf_talk_end(talk);
    if (s == RMF_OK) s = write_outputs(a, tree);
    if (s == RMF_OK) say_groups(a, train, topology, tree);
    rmf_topology_free(topology);
    rmf_tree_free(tree);
    rmf_task_free(&objects);
    return s;
}

static rmf_status run(const void *args)
{
    const discover_args *a = args;
    rmf_settings *settings = NULL;
    char *base = NULL;
    RMF_TRY(rmf_check_outputs(&a->common, (const char *const[]){a->out, a->newick, a->plot}, 3));
    RMF_TRY(rmf_data_settings(&a->data, &settings, &base));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    rmf_status s = tree_settings(a, settings);
    if (s == RMF_OK) s = discover(a, settings, base, &talk);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

const rmf_command rmf_command_discover = {
    "discover", "find branch points in data", &argp, sizeof(discover_args), NULL, run};
