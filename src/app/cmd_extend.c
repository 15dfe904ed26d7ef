/* app/cmd_extend.c – `ramify extend RUN --data DATA --class NAME --out RUN2`: new classes for a
 * trained run. */
#include "app/app.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct extend_args {
    rmf_common common;
    const char *run, *out, *from, *at, *start, *tune;
    rmf_data_args data;
    rmf_texts class, set; /* set: keys of the training, not of the data */
    double minutes;
    int64_t steps;
    bool resume, json;
} extend_args;

enum {
    KEY_DATA = 1000,
    KEY_CLASS,
    KEY_AT,
    KEY_FROM,
    KEY_START,
    KEY_TUNE,
    KEY_RESUME,
    KEY_SET,
    KEY_STEPS,
    KEY_MINUTES,
    KEY_LABEL,
    KEY_FORMAT,
    KEY_JSON
};

static const struct argp_option options[] = {
    {"out", 'o', "RUN2", 0, "the run folder to make", 0},
    {"data", KEY_DATA, "DATA", 0, "objects of the new class: a recipe, a file or a folder", 0},
    {"class", KEY_CLASS, "NAME", 0, "the new class; repeatable", 0},
    {"at", KEY_AT, "auto|T", 0, "time at which it leaves the tree (default: found)", 0},
    {"from", KEY_FROM, "auto|a,b", 0, "classes of the branch that it leaves (default: found)", 0},
    {"start", KEY_START, "nearest|parent", 0, "what its parameters start as (default: nearest)", 0},
    {"tune", KEY_TUNE, "rows|all", 0,
     "what is trained (default: rows, those of the new class; all: every parameter, which forgets "
     "the old classes, for comparison)",
     0},
    {"resume", KEY_RESUME, NULL, 0, "go on with the extension in --out", 0},
    {"set", KEY_SET, "KEY=VALUE", 0, "a key of data., train. or tree., or seed; repeatable", 0},
    {"steps", KEY_STEPS, "N", 0, "optimiser steps (train.steps)", 0},
    {"minutes", KEY_MINUTES, "M", 0, "time limit; the schedule ends with it (train.minutes)", 0},
    {"label", KEY_LABEL, "COLUMN", 0, "label column of a table", 0},
    {"format", KEY_FORMAT, "NAME", 0, "data format: ramify list data-format", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    {0}};

static void init(void *args)
{
    extend_args *a = args;
    a->at = a->from = "auto";
    a->start = "nearest";
    a->tune = "rows";
}

static error_t parse_end(const extend_args *a)
{
    if (!a->out) return rmf_arg_missing("--out RUN2");
    if (!a->run && !a->resume) return rmf_arg_missing("RUN");
    if (!a->run) return 0;
    if (!a->data.data) return rmf_arg_missing("--data DATA");
    return a->class.count == 0 ? rmf_arg_missing("--class NAME") : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    extend_args *a = state->input;
    double time;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        return rmf_arg_folder("--out", arg, &a->out);
    case KEY_DATA:
        a->data.data = arg;
        return 0;
    case KEY_CLASS:
        return rmf_arg_append("--class", arg, &a->class);
    case KEY_AT:
        a->at = arg;
        return strcmp(arg, "auto") == 0 ? 0 : rmf_arg_real("--at", arg, 1e-9, 1e9, &time);
    case KEY_FROM:
        a->from = arg;
        return 0;
    case KEY_START:
        a->start = arg;
        return rmf_arg_choice("--start", arg, "nearest|parent");
    case KEY_TUNE:
        a->tune = arg;
        return rmf_arg_choice("--tune", arg, "rows|all");
    case KEY_RESUME:
        a->resume = true;
        return 0;
    case KEY_SET:
        return rmf_arg_append("--set", arg, strncmp(arg, "data.", 5) == 0 ? &a->data.set : &a->set);
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, INT64_C(1000000000), &a->steps);
    case KEY_MINUTES:
        return rmf_arg_real("--minutes", arg, 1e-3, 1e6, &a->minutes);
    case KEY_LABEL:
        a->data.label = arg;
        return 0;
    case KEY_FORMAT:
        a->data.format = arg;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->run, arg);
    case ARGP_KEY_END:
        return parse_end(a);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "[RUN]",
    "Add a class to a trained run: only the parameters of its own branch are trained, on its "
    "objects alone, and all old classes keep every byte."
    "\vExample:\n  ramify extend runs/no7 --data digits --class 7 --out runs/with7",
    rmf_common_child,
    NULL,
    NULL};

/* ---- what is asked for ---- */

/* Splits "a,b" in place. */
static rmf_status split_names(char *list, const char **names, int most, int *n)
{
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*n == most)
            return rmf_fail(RMF_ERR_USAGE, "--from: more than %d classes; leave it out", most);
        names[(*n)++] = name;
    }
    return *n > 0 ? RMF_OK : rmf_fail(RMF_ERR_USAGE, "--from: no name; expected auto or a,b,…");
}

/* ---- results ---- */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static rmf_status print_json(const rmf_extension_report *r)
{
    json_t *added = json_array();
    for (int k = 0; k < r->n_added; k++) {
        const rmf_added_class *c = &r->added[k];
        json_array_append_new(added,
                              json_pack("{s:s, s:I, s:s, s:f, s:s, s:o, s:o}", "class", c->name,
                                        "objects", (json_int_t)c->objects, "from", c->from, "time",
                                        c->time, "started_as", c->start, "distance",
                                        number(c->distance), "epsilon", number(c->epsilon)));
    }
    json_t *all = json_pack("{s:o, s:s, s:I, s:f, s:I, s:I}", "added", added, "tune",
                            r->tune == RMF_TUNE_ALL ? "all" : "rows", "steps", (json_int_t)r->steps,
                            "seconds", r->seconds, "equal_values", (json_int_t)r->equal_values,
                            "equal_samples", (json_int_t)r->equal_samples);
    char *text = json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    printf("%s\n", text ? text : "null");
    free(text);
    json_decref(all);
    return RMF_OK;
}

static rmf_status print_report(const extend_args *a, const rmf_extension_report *r)
{
    if (a->json) return print_json(r);
    printf("%-12s %8s %8s %10s  %s\n", "class", "objects", "leaves", "fit", "branch");
    for (int k = 0; k < r->n_added; k++) {
        const rmf_added_class *c = &r->added[k];
        char fit[32] = "-";
        if (isfinite(c->distance)) snprintf(fit, sizeof fit, "%.2f ε", c->distance / c->epsilon);
        /* ε is two bytes and one column wide. */
        printf("%-12s %8" PRId64 " %8.4f %*s  %s\n", c->name, c->objects, c->time,
               isfinite(c->distance) ? 11 : 10, fit, c->from);
    }
    if (r->tune == RMF_TUNE_ALL)
        printf("old classes: every parameter was trained on the new class alone, so they have "
               "changed; ramify eval says how much\n");
    else
        printf("old classes: %" PRId64 " parameters and averages and %" PRId64
               " samples compared, all the same bytes as before\n",
               r->equal_values, r->equal_samples);
    return RMF_OK;
}

/* ---- the command ---- */

static rmf_status extend(const extend_args *a, const rmf_settings *data, const char *base,
                         char *from)
{
    const char *names[256];
    char text[4][64];
    rmf_texts set = a->set;
    const rmf_training_options options = {
        .steps = a->steps, .seed = a->common.seed, .minutes = a->minutes};
    rmf_extension_report report = {0};
    rmf_extension x = {.run = a->run,
                       .out = a->out,
                       .data = data,
                       .base = base,
                       .classes = a->class.text,
                       .n_classes = (int)a->class.count,
                       .time = NAN,
                       .from = names,
                       .start =
                           strcmp(a->start, "parent") == 0 ? RMF_START_PARENT : RMF_START_NEAREST,
                       .tune = strcmp(a->tune, "all") == 0 ? RMF_TUNE_ALL : RMF_TUNE_ROWS,
                       .threads = a->common.threads,
                       .resume = a->resume,
                       .replace = a->common.force};
    RMF_TRY(rmf_put_training(&options, text, &set));
    x.set = set.text;
    x.n_set = set.count;
    if (strcmp(a->at, "auto") != 0) x.time = strtod(a->at, NULL);
    if (from) RMF_TRY(split_names(from, names, 256, &x.n_from));
    if (!a->run && (a->data.data || a->class.count > 0 || x.n_set > 0 || from || !isnan(x.time)))
        return rmf_fail(RMF_ERR_USAGE,
                        "--resume without RUN goes on as it began; --data, --class, --at, --from, "
                        "--set, --steps, --minutes and --seed can't change it");
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    rmf_say_more(&a->common, "ramify %s, %d threads", rmf_version(), rmf_threads());
    rmf_status s = rmf_extend(&x, &talk.progress, &report);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = print_report(a, &report);
    if (s == RMF_OK)
        rmf_say(&a->common,
                "%s: %" PRId64 " steps in %.1f s; ramify sample %s --out samples.npz draws from it",
                a->out, report.steps, report.seconds, a->out);
    rmf_extension_report_free(&report);
    return s;
}

static rmf_status run(const void *args)
{
    const extend_args *a = args;
    rmf_settings *data = NULL;
    char *base = NULL, *from = NULL;
    rmf_status s = RMF_OK;
    if (strcmp(a->from, "auto") != 0) s = rmf_copy_text(a->from, &from);
    if (s == RMF_OK && a->data.data) s = rmf_data_settings(&a->data, &data, &base);
    if (s == RMF_OK) s = extend(a, data, base, from);
    rmf_settings_free(data);
    rmf_free(base);
    rmf_free(from);
    return s;
}

const rmf_command rmf_command_extend = {
    "extend", "add classes to a run; the old ones stay", &argp, sizeof(extend_args), init, run};
