/* app/cmd_eval.c – `ramify eval RUN`, or `ramify eval --generated F --real F`. */
#include "app/app.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct eval_args {
    rmf_usual_args usual;
    const char *generated, *real, *metrics, *features, *label;
    int64_t bootstrap;
    bool floor, per_class;
    rmf_sample_request request;
} eval_args;

enum {
    KEY_GENERATED = 1000,
    KEY_REAL,
    KEY_METRICS,
    KEY_FEATURES,
    KEY_PER_CLASS,
    KEY_FLOOR,
    KEY_BOOTSTRAP,
    KEY_LABEL
};

static const struct argp_option options[] = {
    {"generated", KEY_GENERATED, "FILE", 0,
     "samples (.npz, .csv); with a RUN: instead of drawing some", 0},
    {"real", KEY_REAL, "DATA", 0, "real objects: a recipe, a file or a folder", 0},
    {"label", KEY_LABEL, "COLUMN", 0, "label column of tables", 0},
    {"metrics", KEY_METRICS, "a,b", 0, "which metrics: ramify list metric (default: the recipe's)",
     0},
    {"features", KEY_FEATURES, "pixels|classifier", 0,
     "what distances are of: values, or the last layer of a classifier of real objects", 0},
    {"per-class", KEY_PER_CLASS, NULL, 0, "a row for each class, not the means alone", 0},
    {"floor", KEY_FLOOR, NULL, 0, "also real against real, the best a perfect model could do", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "resamples for intervals", 0},
    {"out", 'o', "eval.json", 0, "write the JSON there", 0},
    {"json", RMF_KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    {"classes", RMF_KEY_DRAW_CLASSES, "all|a,b", 0, "only these classes of a run", 0},
    {"count", RMF_KEY_DRAW_COUNT, "N", 0, "samples a class to draw", 0},
    RMF_APART_OPTIONS,
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    eval_args *a = args;
    a->bootstrap = -1;
    a->request = RMF_REQUEST;
}

static error_t parse_end(const eval_args *a)
{
    if (a->usual.operand && a->real) {
        rmf_fail(RMF_ERR_USAGE,
                 "RUN and --real are both given; expected one: a run brings its own data");
        return EINVAL;
    }
    if (!a->usual.operand && !(a->generated && a->real))
        return rmf_arg_missing("RUN (or --generated FILE and --real DATA)");
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    eval_args *a = state->input;
    switch (key) {
    case KEY_GENERATED:
        a->generated = arg;
        return 0;
    case KEY_REAL:
        a->real = arg;
        return 0;
    case KEY_LABEL:
        a->label = arg;
        return 0;
    case KEY_METRICS:
        a->metrics = arg;
        return 0;
    case KEY_FEATURES:
        a->features = arg;
        return rmf_arg_choice("--features", arg, "pixels|classifier");
    case KEY_PER_CLASS:
        a->per_class = true;
        return 0;
    case KEY_FLOOR:
        a->floor = true;
        return 0;
    case KEY_BOOTSTRAP:
        return rmf_arg_int("--bootstrap", arg, 0, 100000, &a->bootstrap);
    case ARGP_KEY_END:
        if (parse_end(a) != 0) return EINVAL;
        return rmf_parse_draw(key, arg, state, &a->request);
    default:
        return rmf_parse_draw(key, arg, state, &a->request);
    }
}

static const struct argp argp = {
    options,
    parse,
    "[RUN]",
    "Compare generated with real objects, class by class: those of a run with its own "
    "data, or two files."
    "\vExample:\n  ramify eval runs/digits --floor --per-class --out eval.json",
    rmf_common_child,
    NULL,
    NULL};

/* Generated objects of a file, as samples. */
static rmf_status read_samples(const char *path, const char *label, rmf_samples *out)
{
    rmf_data_args args = {.data = path, .label = label, .normalise = "none"};
    rmf_dataset data = {0};
    RMF_TRY(rmf_data_read(&args, &data));
    rmf_samples_of(&data, out);
    return RMF_OK;
}

static rmf_status draw_samples(const eval_args *a, const rmf_progress *progress, rmf_model *model,
                               const rmf_real *real, rmf_samples *out)
{
    return rmf_draw_compared(model, real, &a->request, progress, out);
}

static rmf_status print_result(const eval_args *a, const json_t *result)
{
    FILE *to = rmf_result_stream(&a->usual.out, 1);
    RMF_TRY(rmf_give_json(&a->usual.common, a->usual.out, a->usual.json ? to : NULL, result));
    if (a->usual.json) return RMF_OK;
    char *table = NULL;
    RMF_TRY(rmf_evaluation_table(result, a->per_class, &table));
    fputs(table, to);
    rmf_free(table);
    return RMF_OK;
}

static rmf_status measure(const eval_args *a, const rmf_progress *progress, rmf_real *real,
                          const rmf_samples *samples, json_t **result)
{
    const rmf_eval_request request = {
        .metrics = a->metrics,
        .space = a->features,
        .bootstrap = (int)a->bootstrap,
        .floor = a->floor,
        .seed = a->usual.common.seed >= 0 ? (uint64_t)a->usual.common.seed : 0};
    return rmf_evaluate_samples(&request, real, samples, progress, result);
}

static rmf_status eval_run(const eval_args *a, const rmf_progress *progress, json_t **result)
{
    rmf_model *model = NULL;
    rmf_real real = {0};
    rmf_samples samples = {0};
    RMF_TRY(rmf_model_open(a->usual.operand, a->request.weights, a->request.device, &model));
    rmf_status s = rmf_real_read_model(model, &real);
    if (s == RMF_OK)
        s = a->generated ? read_samples(a->generated, a->label, &samples)
                         : draw_samples(a, progress, model, &real, &samples);
    if (s == RMF_OK) s = measure(a, progress, &real, &samples, result);
    rmf_samples_free(&samples);
    rmf_real_free(&real);
    rmf_model_free(model);
    return s;
}

static rmf_status eval_files(const eval_args *a, const rmf_progress *progress, json_t **result)
{
    rmf_samples samples = {0};
    rmf_real real = {0};
    rmf_data_args args = {.data = a->real, .label = a->label};
    rmf_settings *settings = NULL;
    char *base = NULL;
    RMF_TRY(read_samples(a->generated, a->label, &samples));
    rmf_status s = rmf_data_settings(&args, &settings, &base);
    if (s == RMF_OK) s = rmf_real_read(settings, base, &real);
    if (s == RMF_OK) s = measure(a, progress, &real, &samples, result);
    rmf_real_free(&real);
    rmf_settings_free(settings);
    rmf_free(base);
    rmf_samples_free(&samples);
    return s;
}

static rmf_status run(const void *args)
{
    const eval_args *a = args;
    json_t *result = NULL;
    if (a->metrics) RMF_TRY(rmf_check_metrics("--metrics", a->metrics));
    if (a->usual.out) RMF_TRY(rmf_can_write(a->usual.out, a->usual.common.force));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = a->usual.operand ? eval_run(a, &talk.progress, &result)
                                    : eval_files(a, &talk.progress, &result);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = print_result(a, result);
    json_decref(result);
    return s;
}

const rmf_command rmf_command_eval = {
    "eval", "measure generated against real objects", &argp, sizeof(eval_args), init, run};
