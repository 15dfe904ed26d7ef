/* app/cmd_router.c – `ramify router RUN`: trains the heads that `ramify sample --routed` needs. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct router_args {
    rmf_usual_args usual;
    int64_t steps;
} router_args;

enum { KEY_STEPS = 1000 };

static const struct argp_option options[] = {
    {"out", 'o', "FILE", 0, "where they go (default: router.safetensors in the run)", 0},
    {"steps", KEY_STEPS, "N", 0, "training steps of a head (default: by its objects)", 0},
    {"json", RMF_KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    router_args *a = state->input;
    switch (key) {
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, 10000000, &a->steps);
    default:
        return rmf_parse_usual(key, arg, state);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "Train a head at every branch point of a run, a small classifier that says into which child a "
    "state belongs, and measure it on objects that were held out.  The run's own files stay."
    "\vExample:\n  ramify router runs/digits",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status print_heads(const router_args *a, const rmf_heads *heads)
{
    FILE *to = rmf_result_stream(&a->usual.out, 1);
    char *text = NULL;
    if (!a->usual.json) {
        RMF_TRY(rmf_heads_table(heads, &text));
        fputs(text, to);
        rmf_free(text);
        return RMF_OK;
    }
    json_t *json = NULL;
    RMF_TRY(rmf_heads_to_json(heads, &json));
    rmf_status s = rmf_give_json(&a->usual.common, NULL, to, json);
    json_decref(json);
    return s;
}

static rmf_status train(const router_args *a, const char *path)
{
    rmf_model *model = NULL;
    rmf_heads *heads = NULL;
    rmf_talk talk;
    const uint64_t seed = a->usual.common.seed >= 0 ? (uint64_t)a->usual.common.seed : 0;
    RMF_TRY(rmf_can_write(path, a->usual.common.force));
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = rmf_model_open(a->usual.operand, "ema", "auto", &model);
    if (s == RMF_OK) s = rmf_heads_train(model, a->steps, seed, &talk.progress, &heads);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = rmf_heads_write(heads, path, a->usual.common.force);
    if (s == RMF_OK) s = print_heads(a, heads);
    if (s == RMF_OK)
        rmf_say(&a->usual.common,
                "%s: written; ramify sample %s --routed --out samples.npz uses it", path,
                a->usual.operand);
    rmf_heads_free(heads);
    rmf_model_free(model);
    return s;
}

static rmf_status run(const void *args)
{
    const router_args *a = args;
    char *path = NULL;
    RMF_TRY(a->usual.out ? rmf_copy_text(a->usual.out, &path)
                         : rmf_heads_path(a->usual.operand, &path));
    rmf_status s = train(a, path);
    rmf_free(path);
    return s;
}

const rmf_command rmf_command_router = {
    "router", "train heads that route samples in a tree", &argp, sizeof(router_args), NULL, run};
