/* app/cmd_check.c – `ramify check RUN`: what sharing along the tree costs a trained model. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>

typedef struct check_args {
    rmf_usual_args usual;
    rmf_sample_request request;
} check_args;

enum { KEY_COUNT = 1000 };

static const struct argp_option options[] = {
    {"count", KEY_COUNT, "N", 0, "objects a set (default 500, at most what a class has)", 0},
    {"out", 'o', "check.json", 0, "write the JSON there", 0},
    {"json", RMF_KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    check_args *a = args;
    a->request = RMF_REQUEST;
    a->request.count = 500;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    check_args *a = state->input;
    switch (key) {
    case KEY_COUNT:
        return rmf_arg_int("--count", arg, 2, 1000000, &a->request.count);
    default:
        return rmf_parse_draw(key, arg, state, &a->request);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "After training: the distance of samples that came down the shared branches to samples of the "
    "same class that started from its own real objects, noised to a branch point; for each class "
    "and each branch point on its way.  Beside it the floor: two sets of the second kind."
    "\vExample:\n  ramify check runs/digits --count 100",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status print_result(const check_args *a, const rmf_check *check, const rmf_tree *tree)
{
    json_t *json = NULL;
    char *text = NULL;
    FILE *to = rmf_result_stream(&a->usual.out, 1);
    RMF_TRY(rmf_check_to_json(check, tree, &json));
    rmf_status s = rmf_give_json(&a->usual.common, a->usual.out, a->usual.json ? to : NULL, json);
    json_decref(json);
    if (s == RMF_OK && !a->usual.json && (s = rmf_check_table(check, tree, &text)) == RMF_OK)
        fputs(text, to);
    rmf_free(text);
    return s;
}

static rmf_status check_model(const check_args *a, rmf_model *model, rmf_real *real, rmf_talk *talk)
{
    rmf_check_request request = {.count = a->request.count};
    rmf_score score;
    rmf_check *check = NULL;
    rmf_labelled labelled;
    RMF_TRY(rmf_request_sampling(&a->request, rmf_model_settings(model), &request.sampling));
    RMF_TRY(rmf_model_prepare(model, &score, &request.sampling));
    RMF_TRY(rmf_real_labelled(model, real, &labelled));
    request.real = &labelled;
    rmf_status s = rmf_check_branches(&request, &talk->progress, &check);
    rmf_talk_end(talk);
    if (s == RMF_OK) s = print_result(a, check, rmf_model_tree(model));
    rmf_check_free(check);
    return s;
}

static rmf_status run(const void *args)
{
    const check_args *a = args;
    rmf_model *model = NULL;
    rmf_real real = {0};
    if (a->usual.out) RMF_TRY(rmf_can_write(a->usual.out, a->usual.common.force));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = rmf_model_open(a->usual.operand, a->request.weights, a->request.device, &model);
    if (s == RMF_OK) s = rmf_real_read_model(model, &real);
    if (s == RMF_OK) s = check_model(a, model, &real, &talk);
    rmf_real_free(&real);
    rmf_model_free(model);
    return s;
}

const rmf_command rmf_command_check = {
    "check", "what sharing costs a trained model", &argp, sizeof(check_args), init, run};
