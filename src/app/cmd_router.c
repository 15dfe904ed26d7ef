/* app/cmd_router.c – `ramify router RUN`: trains the heads that `ramify sample --routed` needs. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct router_args {
    rmf_common common;
    const char *run, *out;
    int64_t steps;
    bool json;
} router_args;

enum { KEY_STEPS = 1000, KEY_JSON };

static const struct argp_option options[] = {
    {"out", 'o', "FILE", 0, "where they go (default: router.safetensors in the run)", 0},
    {"steps", KEY_STEPS, "N", 0, "training steps of a head (default: by its objects)", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    router_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 1, 10000000, &a->steps);
    case KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->run, arg);
    case ARGP_KEY_END:
        return a->run ? 0 : rmf_arg_missing("RUN");
    default:
        return ARGP_ERR_UNKNOWN;
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
    char *text = NULL;
    if (!a->json) {
        RMF_TRY(rmf_heads_table(heads, &text));
        printf("%s", text);
        rmf_free(text);
        return RMF_OK;
    }
    json_t *json = NULL;
    RMF_TRY(rmf_heads_to_json(heads, &json));
    text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    printf("%s\n", text ? text : "null");
    free(text);
    json_decref(json);
    return RMF_OK;
}

static rmf_status train(const router_args *a, const char *path)
{
    rmf_model *model = NULL;
    rmf_heads *heads = NULL;
    rmf_talk talk;
    const uint64_t seed = a->common.seed >= 0 ? (uint64_t)a->common.seed : 0;
    RMF_TRY(rmf_can_write(path, a->common.force));
    rmf_talk_init(&talk, &a->common);
    rmf_status s = rmf_model_open(a->run, "ema", "auto", &model);
    if (s == RMF_OK) s = rmf_heads_train(model, a->steps, seed, &talk.progress, &heads);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = rmf_heads_write(heads, path, a->common.force);
    if (s == RMF_OK) s = print_heads(a, heads);
    if (s == RMF_OK)
        rmf_say(&a->common, "%s: written; ramify sample %s --routed --out samples.npz uses it",
                path, a->run);
    rmf_heads_free(heads);
    rmf_model_free(model);
    return s;
}

static rmf_status run(const void *args)
{
    const router_args *a = args;
    char *path = NULL;
    RMF_TRY(a->out ? rmf_copy_text(a->out, &path) : rmf_heads_path(a->run, &path));
    rmf_status s = train(a, path);
    rmf_free(path);
    return s;
}

const rmf_command rmf_command_router = {
    "router", "train heads that route samples in a tree", &argp, sizeof(router_args), NULL, run};
