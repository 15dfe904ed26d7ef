/* app/cmd_plan.c – `ramify plan DATA`: what trees cost and what they can give, before training. */
#include "app/app.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_ACCURACY = 1000,
    KEY_EPSILON,
    KEY_OBJECTS,
    KEY_PLOT,
    KEY_PICK,
    KEY_BISECT,
    KEY_TREE,
    KEY_ALSO,
    KEY_SDE,
    KEY_CRITERION,
    KEY_LINKAGE,
    KEY_TOPOLOGY,
    KEY_FIT,
    KEY_MAX,
    KEY_JSON
};
enum { MOST_LEVELS = 64 };

typedef struct plan_args {
    rmf_common common;
    rmf_data_args data;
    const char *out, *plot, *tree, *sde, *criterion, *linkage, *topology, *fit;
    double level[MOST_LEVELS];
    int levels;
    bool level_is_epsilon, json;
    double pick; /* < 0: not asked for */
    int64_t objects, max_per_class, bisect;
    rmf_texts also;
} plan_args;

static const struct argp_option options[] = {
    {"p", KEY_ACCURACY, "P,P,…", 0,
     "sibling accuracies, a tree each (default 0.55,0.6,0.67,0.78,0.92)", 0},
    {"epsilon", KEY_EPSILON, "E,E,…", 0, "thresholds of the paper instead", 0},
    {"also", KEY_ALSO, "TREE", 0, "a tree of your own (JSON or Newick) as a row; repeatable", 0},
    {"objects", KEY_OBJECTS, "N", 0, "samples, and real objects, a class (default 1000)", 0},
    {"out", 'o', "plan.json", 0, "write the curve and its trees there", 0},
    {"plot", KEY_PLOT, "FILE.svg", 0, "draw the curve", 0},
    {"pick", KEY_PICK, "MARGIN", 0,
     "choose the cheapest tree whose mean is within this share of what no sharing gives (0.1)", 0},
    {"bisect", KEY_BISECT, "N", 0,
     "with --pick: trees to try between the choice and its cheaper neighbour (4)", 0},
    {"tree", KEY_TREE, "tree.json", 0, "with --pick: write that tree", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    {"sde", KEY_SDE, "NAME:NUMBERS", 0, "vp:b0,b1 (default vp:0.1,20), ve:s or vegeo:s0,s1", 0},
    {"criterion", KEY_CRITERION, "cosine|linear|mmd", 0, "what tells classes apart", 0},
    {"linkage", KEY_LINKAGE, "single|centroid", 0, "how groups are joined", 0},
    {"topology", KEY_TOPOLOGY, "FILE|folders", 0, "groups of your own, as for discover", 0},
    {"fit", KEY_FIT, "pairs|pooled", 0, "with --topology: what must be alike at a branch point", 0},
    {"max-per-class", KEY_MAX, "N", 0, "objects a class that are used at all (default: all)", 0},
    RMF_DATA_OPTIONS,
    {0}};

static void init(void *args)
{
    static const double usual[] = {0.55, 0.6, 0.67, 0.78, 0.92};
    plan_args *a = args;
    a->pick = -1;
    a->objects = 1000;
    a->bisect = 4;
    a->levels = sizeof usual / sizeof *usual;
    memcpy(a->level, usual, sizeof usual);
}

static error_t parse_levels(const char *option, const char *text, double low, plan_args *a)
{
    const double range[] = {low, 1};
    return rmf_arg_levels(option, text, range, MOST_LEVELS, a->level, &a->levels);
}

static error_t parse_end(const plan_args *a)
{
    if (!a->data.data) return rmf_arg_missing("DATA");
    if (a->tree && a->pick < 0) return rmf_arg_missing("--pick MARGIN (--tree writes its choice)");
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    plan_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case KEY_ACCURACY:
        a->level_is_epsilon = false;
        return parse_levels("--p", arg, 0.5, a);
    case KEY_EPSILON:
        a->level_is_epsilon = true;
        return parse_levels("--epsilon", arg, 0, a);
    case KEY_ALSO:
        return rmf_arg_append("--also", arg, &a->also);
    case KEY_OBJECTS:
        return rmf_arg_int("--objects", arg, 2, 1000000, &a->objects);
    case 'o':
        a->out = arg;
        return 0;
    case KEY_PLOT:
        a->plot = arg;
        return 0;
    case KEY_PICK:
        return rmf_arg_real("--pick", arg, 0, 1000, &a->pick);
    case KEY_BISECT:
        return rmf_arg_int("--bisect", arg, 0, 50, &a->bisect);
    case KEY_TREE:
        a->tree = arg;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case KEY_SDE:
        a->sde = arg;
        return 0;
    case KEY_CRITERION:
        a->criterion = arg;
        return rmf_arg_choice("--criterion", arg, "cosine|linear|mmd");
    case KEY_LINKAGE:
        a->linkage = arg;
        return rmf_arg_choice("--linkage", arg, "single|centroid");
    case KEY_TOPOLOGY:
        a->topology = arg;
        return 0;
    case KEY_FIT:
        a->fit = arg;
        return rmf_arg_choice("--fit", arg, "pairs|pooled");
    case KEY_MAX:
        return rmf_arg_int("--max-per-class", arg, 4, INT64_C(1000000000), &a->max_per_class);
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->data.data, arg);
    case ARGP_KEY_END:
        return parse_end(a);
    default:
        return rmf_parse_data(key, arg, &a->data);
    }
}

static const struct argp argp = {
    options,
    parse,
    "DATA",
    "Before training: what sampling along a tree costs, as a share of flat sampling, and the error "
    "that a perfect network would still make, for trees from much sharing to little."
    "\vThe error is that of the ideal branched sampler of the data's own empirical distribution; "
    "\"no sharing\" is its floor.\n\nExample:\n  ramify plan digits --pick 0.1 --tree picked.json",
    rmf_common_child,
    NULL,
    NULL};

/* At most so many objects a class, the first of a random order. */
static rmf_status thin_out(rmf_dataset *data, int64_t most, uint64_t seed)
{
    int64_t *order = NULL, *count = NULL, kept = 0;
    rmf_dataset thinned = {0};
    if (most == 0) return RMF_OK;
    RMF_TRY(rmf_alloc((size_t)data->n + 1, sizeof *order, (void **)&order));
    rmf_status s = rmf_alloc((size_t)data->n_classes, sizeof *count, (void **)&count);
    if (s == RMF_OK) {
        rmf_random_permutation(rmf_key_make(seed, RMF_STREAM_SPLIT), order, data->n);
        for (int64_t i = 0; i < data->n; i++)
            if (count[data->label[order[i]]]++ < most) order[kept++] = order[i];
        s = rmf_dataset_take(data, order, kept, &thinned);
    }
    rmf_free(order);
    rmf_free(count);
    RMF_TRY(s);
    rmf_dataset_free(data);
    *data = thinned;
    return RMF_OK;
}

static rmf_status print_result(const plan_args *a, const rmf_curve *curve, int picked)
{
    FILE *to = rmf_result_stream((const char *const[]){a->out, a->plot, a->tree}, 3);
    if (a->json) {
        json_t *result = NULL;
        RMF_TRY(rmf_curve_to_json(curve, picked, &result));
        rmf_status s = rmf_give_json(&a->common, NULL, to, result);
        json_decref(result);
        return s;
    }
    char *table = NULL;
    RMF_TRY(rmf_curve_table(curve, picked, &table));
    fputs(table, to);
    rmf_free(table);
    return RMF_OK;
}

/* The curve is kept even when no tree is good enough to be picked. */
static rmf_status write_outputs(const plan_args *a, const rmf_curve *curve)
{
    int picked = -1;
    rmf_status choice = a->pick < 0 ? RMF_OK : rmf_curve_pick(curve, a->pick, &picked);
    if (choice != RMF_OK && choice != RMF_ERR_NUMERIC) return choice;
    if (a->out) {
        json_t *result = NULL;
        RMF_TRY(rmf_curve_to_json(curve, picked, &result));
        rmf_status s = rmf_json_write(a->out, a->common.force, result);
        json_decref(result);
        RMF_TRY(s);
    }
    if (a->plot) RMF_TRY(rmf_curve_write_svg(curve, picked, a->plot, a->common.force));
    RMF_TRY(choice);
    if (a->tree) RMF_TRY(rmf_tree_write(curve->point[picked].tree, a->tree, a->common.force));
    RMF_TRY(print_result(a, curve, picked));
    if (picked >= 0)
        rmf_say(&a->common, "picked: cost %.3f, %s %.4g; no sharing gives %.4g%s%s",
                curve->point[picked].cost, curve->metric, curve->point[picked].score.mean,
                curve->flat.mean, a->tree ? "; tree: " : "", a->tree ? a->tree : "");
    return RMF_OK;
}

static rmf_status plan(const plan_args *a, const rmf_settings *settings, rmf_tree **also,
                       rmf_talk *talk, const char *base)
{
    rmf_task objects;
    rmf_curve *curve = NULL;
    const uint64_t seed = a->common.seed >= 0 ? (uint64_t)a->common.seed
                                              : (uint64_t)rmf_settings_int(settings, "seed", 0);
    RMF_TRY(rmf_task_open(settings, base, a->sde, &objects));
    rmf_status s = thin_out(&objects.train, a->max_per_class, seed);
    for (size_t i = 0; i < a->also.count && s == RMF_OK; i++)
        s = rmf_tree_for(&objects.sde, a->also.text[i], ".", &also[i]);
    const rmf_labelled labelled = rmf_dataset_labelled(&objects.train);
    const rmf_noise noise = rmf_sde_noise(&objects.sde);
    rmf_discovery discovery;
    rmf_topology *topology = NULL;
    if (s == RMF_OK)
        s = rmf_recipe_topology(settings, a->topology ? "." : base, &objects.train, &topology);
    rmf_recipe_discovery(settings, &discovery);
    discovery.topology = topology;
    discovery.seed = seed;
    discovery.bootstrap = 0;
    rmf_curve_request request = {.data = &labelled,
                                 .noise = &noise,
                                 .source = objects.train.source,
                                 .discovery = &discovery,
                                 .level = a->level,
                                 .n_levels = a->levels,
                                 .level_is_epsilon = a->level_is_epsilon,
                                 .tree = (const rmf_tree *const *)also,
                                 .tree_name = a->also.text,
                                 .n_trees = (int)a->also.count,
                                 .bisect = a->pick < 0 ? 0 : (int)a->bisect,
                                 .margin = a->pick};
    rmf_ideal_options_init(&request.ideal);
    request.ideal.objects = a->objects;
    request.ideal.seed = seed;
    if (s == RMF_OK) {
        rmf_say_more(&a->common, "%s: %lld objects of %d classes, %lld features",
                     objects.train.source, (long long)labelled.n, labelled.n_names,
                     (long long)labelled.features);
        s = rmf_curve_make(&request, &talk->progress, &curve);
    }
    rmf_talk_end(talk);
    if (s == RMF_OK) s = write_outputs(a, curve);
    rmf_curve_free(curve);
    rmf_topology_free(topology);
    rmf_task_free(&objects);
    return s;
}

static rmf_status tree_settings(const plan_args *a, rmf_settings *settings)
{
    RMF_TRY(rmf_put_option(settings, "tree.criterion", a->criterion, "--criterion"));
    RMF_TRY(rmf_put_option(settings, "tree.linkage", a->linkage, "--linkage"));
    RMF_TRY(rmf_put_option(settings, "tree.topology", a->topology, "--topology"));
    return rmf_put_option(settings, "tree.fit", a->fit, "--fit");
}

static rmf_status read_and_plan(const plan_args *a, rmf_talk *talk)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    rmf_tree *also[sizeof a->also.text / sizeof *a->also.text] = {NULL};
    rmf_status s = rmf_data_settings(&a->data, &settings, &base);
    if (s == RMF_OK) s = tree_settings(a, settings);
    if (s == RMF_OK) s = plan(a, settings, also, talk, base);
    for (size_t i = 0; i < a->also.count; i++)
        rmf_tree_free(also[i]);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

static rmf_status run(const void *args)
{
    const plan_args *a = args;
    RMF_TRY(rmf_check_outputs(&a->common, (const char *const[]){a->out, a->plot, a->tree}, 3));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    return read_and_plan(a, &talk);
}

const rmf_command rmf_command_plan = {
    "plan", "cost and ideal error of trees, before training", &argp, sizeof(plan_args), init, run};
