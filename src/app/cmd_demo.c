/* app/cmd_demo.c – `ramify demo`: discovery, training, sampling and evaluation on the digits that
 * the library carries, with pictures.  No other file is needed. */
#include "app/app.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct demo_args {
    rmf_common common;
    const char *out;
    int64_t steps;
} demo_args;

enum { KEY_STEPS = 1000 };
static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "the folder to make (default: demo-out)", 0},
    {"steps", KEY_STEPS, "N", 0, "training steps (default: the recipe's)", 0},
    {0}};

static void init(void *args)
{
    ((demo_args *)args)->out = "demo-out";
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    demo_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        return rmf_arg_folder("--out", arg, &a->out);
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, 10000000, &a->steps);
    case ARGP_KEY_ARG:
        return rmf_arg_none(arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    NULL,
    "Discovery, training, sampling and evaluation on 1,797 handwritten digits that "
    "ramify carries.  Leaves a run, a picture of samples and a drawing of the tree."
    "\vExample:\n  ramify demo --out demo-out",
    rmf_common_child,
    NULL,
    NULL};

/* Where everything goes. */
typedef struct places {
    char *run, *grid, *tree, *eval, *samples;
} places;

static rmf_status find_places(const char *out, places *p)
{
    RMF_TRY(rmf_path_join(out, "run", &p->run));
    RMF_TRY(rmf_path_join(out, "digits.png", &p->grid));
    RMF_TRY(rmf_path_join(out, "tree.svg", &p->tree));
    RMF_TRY(rmf_path_join(out, "eval.json", &p->eval));
    return rmf_path_join(out, "samples.npz", &p->samples);
}

static void free_places(places *p)
{
    rmf_free(p->run);
    rmf_free(p->grid);
    rmf_free(p->tree);
    rmf_free(p->eval);
    rmf_free(p->samples);
}

static rmf_status train(const demo_args *a, const places *p, const rmf_progress *progress)
{
    char steps[64], seed[64];
    const char *set[2];
    size_t n = 0;
    if (a->steps > 0) {
        snprintf(steps, sizeof steps, "train.steps=%lld", (long long)a->steps);
        set[n++] = steps;
    }
    if (a->common.seed >= 0) {
        snprintf(seed, sizeof seed, "seed=%lld", (long long)a->common.seed);
        set[n++] = seed;
    }
    rmf_settings *settings = NULL;
    char *base = NULL;
    RMF_TRY(rmf_recipe_load("digits", set, n, &settings, &base));
    rmf_training training = {
        .settings = settings, .base = base, .run = p->run, .replace = a->common.force};
    rmf_status s = rmf_train(&training, progress);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

static rmf_status show_tree(const rmf_model *model, const places *p)
{
    char *text = NULL;
    const rmf_tree *tree = rmf_model_tree(model);
    RMF_TRY(rmf_tree_write_svg(tree, p->tree, true, "Digits: where the classes part"));
    RMF_TRY(rmf_tree_to_text(tree, &text));
    printf("%sSampling along this tree costs %.2f of sampling every class alone.\n\n", text,
           rmf_tree_cost(tree));
    rmf_free(text);
    return RMF_OK;
}

#define PICTURE_COLUMNS 12

static rmf_status draw_picture(const demo_args *a, rmf_model *model, const places *p,
                               const rmf_progress *progress)
{
    rmf_samples samples = {0};
    rmf_sampling_report report;
    rmf_sample_request request = {.count = PICTURE_COLUMNS, .seed = a->common.seed, .shared = 0};
    RMF_TRY(rmf_draw(model, &request, progress, &samples, &report));
    rmf_status s = rmf_samples_write(&samples, p->grid, true);
    rmf_samples_free(&samples);
    return s;
}

static rmf_status evaluate(const demo_args *a, rmf_model *model, const places *p,
                           const rmf_progress *progress)
{
    rmf_samples samples = {0};
    rmf_sampling_report report;
    rmf_sample_request request = {.count = 100, .seed = a->common.seed, .shared = -1};
    RMF_TRY(rmf_draw(model, &request, progress, &samples, &report));
    rmf_status s = rmf_samples_write(&samples, p->samples, true);
    rmf_real real = {0};
    rmf_eval_request eval = {
        .bootstrap = -1, .floor = true, .seed = a->common.seed >= 0 ? (uint64_t)a->common.seed : 0};
    json_t *result = NULL;
    char *table = NULL;
    if (s == RMF_OK) s = rmf_real_read_model(model, &real);
    if (s == RMF_OK) s = rmf_evaluate_samples(&eval, &real, &samples, progress, &result);
    if (s == RMF_OK) s = rmf_json_write(p->eval, true, result);
    if (s == RMF_OK) s = rmf_evaluation_table(result, false, &table);
    if (s == RMF_OK)
        printf("%s\n%lld samples, %.1f network evaluations each, drawn in %.2f s.\n\n", table,
               (long long)samples.n, report.nfe, report.seconds);
    rmf_free(table);
    json_decref(result);
    rmf_real_free(&real);
    rmf_samples_free(&samples);
    return s;
}

static rmf_status demo(const demo_args *a, const places *p)
{
    rmf_talk talk;
    rmf_model *model = NULL;
    double started = rmf_seconds();
    rmf_talk_init(&talk, &a->common);
    rmf_say(&a->common,
            "1/4 Finding branch points in 1,797 digits of 8×8 pixels and training one branched "
            "model on them.");
    rmf_status s = train(a, p, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = rmf_model_open(p->run, "ema", "auto", &model);
    if (s == RMF_OK)
        rmf_say(&a->common,
                "2/4 The tree: where the classes part on their way from noise to data.");
    if (s == RMF_OK) s = show_tree(model, p);
    if (s == RMF_OK) rmf_say(&a->common, "3/4 Drawing samples.");
    if (s == RMF_OK) s = draw_picture(a, model, p, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK)
        rmf_say(&a->common,
                "4/4 Comparing 100 samples a class with digits that training has not seen.");
    if (s == RMF_OK) s = evaluate(a, model, p, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK)
        printf("Samples, one row a class: %s\nThe tree: %s\nAll figures: %s\nThe run: %s\nDone in "
               "%.0f s.\n",
               p->grid, p->tree, p->eval, p->run, rmf_seconds() - started);
    rmf_model_free(model);
    return s;
}

static rmf_status run(const void *args)
{
    const demo_args *a = args;
    places p = {0};
    rmf_status s = find_places(a->out, &p);
    if (s == RMF_OK && !a->common.force && rmf_is_folder(p.run))
        s = rmf_fail(RMF_ERR_EXISTS,
                     "%s: a demo is there already; --out names another folder, --force replaces it",
                     a->out);
    if (s == RMF_OK) s = demo(a, &p);
    free_places(&p);
    return s;
}

const rmf_command rmf_command_demo = {
    "demo", "everything once, on digits that ramify carries", &argp, sizeof(demo_args), init, run};
