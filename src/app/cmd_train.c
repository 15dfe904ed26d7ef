/* app/cmd_train.c – `ramify train RECIPE --out RUN`. */
#include "app/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct train_args {
    rmf_common common;
    const char *recipe, *out, *precision;
    double minutes;
    int64_t steps;
    bool resume;
    rmf_texts set;
} train_args;

enum { KEY_RESUME = 1000, KEY_SET, KEY_PRECISION, KEY_STEPS, KEY_MINUTES };

static const struct argp_option options[] = {
    {"out", 'o', "RUN", 0, "the run folder to make", 0},
    {"resume", KEY_RESUME, NULL, 0, "go on with the run in --out", 0},
    {"set", KEY_SET, "KEY=VALUE", 0, "any recipe key; repeatable", 0},
    {"steps", KEY_STEPS, "N", 0, "optimiser steps (train.steps)", 0},
    {"minutes", KEY_MINUTES, "M", 0, "time limit; the schedule ends with it (train.minutes)", 0},
    {"precision", KEY_PRECISION, "auto|f32|bf16", 0, "arithmetic of the network (train.precision)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    train_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        return rmf_arg_folder("--out", arg, &a->out);
    case KEY_RESUME:
        a->resume = true;
        return 0;
    case KEY_SET:
        return rmf_arg_append("--set", arg, &a->set);
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, INT64_C(1000000000), &a->steps);
    case KEY_MINUTES:
        return rmf_arg_real("--minutes", arg, 1e-3, 1e6, &a->minutes);
    case KEY_PRECISION:
        a->precision = arg;
        return rmf_arg_choice("--precision", arg, "auto|f32|bf16");
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->recipe, arg);
    case ARGP_KEY_END:
        if (!a->out) return rmf_arg_missing("--out RUN");
        if (!a->recipe && !a->resume) return rmf_arg_missing("RECIPE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "[RECIPE]",
    "Train a branched diffusion model by a recipe: a YAML file or the name of one "
    "that ramify carries (ramify list recipe)."
    "\vExample:\n  ramify train digits --out runs/digits --steps 500",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status run(const void *args)
{
    const train_args *a = args;
    const rmf_training_options options = {a->steps, a->common.seed, a->minutes, a->precision};
    rmf_texts set = a->set;
    char text[4][64], *base = NULL;
    rmf_settings *settings = NULL;
    RMF_TRY(rmf_put_training(&options, text, &set));
    if (a->recipe) RMF_TRY(rmf_load_recipe(a->recipe, &set, &settings, &base));
    if (!a->recipe && set.count > 0)
        return rmf_fail(RMF_ERR_USAGE,
                        "--resume keeps the run's own recipe; --set, --steps, --minutes, --seed "
                        "and --precision can't change it");
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    rmf_say_more(&a->common, "ramify %s, %d threads", rmf_version(), rmf_threads());
    rmf_training training = {.settings = settings,
                             .base = base,
                             .run = a->out,
                             .threads = a->common.threads,
                             .resume = a->resume,
                             .replace = a->common.force};
    rmf_status s = rmf_train(&training, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK)
        rmf_say(&a->common, "%s: trained; ramify sample %s --out samples.npz draws from it", a->out,
                a->out);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

const rmf_command rmf_command_train = {
    "train", "train a model by a recipe", &argp, sizeof(train_args), NULL, run};
