/* app/cmd_reproduce.c – `ramify reproduce EXPERIMENT`, or `ramify reproduce --page FILE RESULT…`.
 */
#include "app/app.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

typedef struct reproduce_args {
    rmf_common common;
    const char *out, *runs, *page;
    rmf_texts operands;
    bool quick, json;
} reproduce_args;

enum { KEY_QUICK = 1000, KEY_RUNS, KEY_PAGE, KEY_JSON };

static const struct argp_option options[] = {
    {"quick", KEY_QUICK, NULL, 0, "in minutes: short trainings and few samples, in folders apart",
     0},
    {"out", 'o', "DIR", 0, "folder of everything (default: reproductions)", 0},
    {"runs", KEY_RUNS, "DIR", 0, "trained runs, which experiments share (default: DIR/runs)", 0},
    {"page", KEY_PAGE, "FILE.md", 0, "write a page of results that are there", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON, not tables", 0},
    {0}};

static void init(void *args)
{
    ((reproduce_args *)args)->out = "reproductions";
}

static error_t parse_end(const reproduce_args *a)
{
    if (a->operands.count == 0) return rmf_arg_missing(a->page ? "RESULT" : "EXPERIMENT");
    if (a->page || a->operands.count == 1) return 0;
    rmf_fail(RMF_ERR_USAGE, "unexpected operand \"%s\"; expected one experiment",
             a->operands.text[1]);
    return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    reproduce_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case KEY_QUICK:
        a->quick = true;
        return 0;
    case 'o':
        return rmf_arg_folder("--out", arg, &a->out);
    case KEY_RUNS:
        return rmf_arg_folder("--runs", arg, &a->runs);
    case KEY_PAGE:
        a->page = arg;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_append("operand", arg, &a->operands);
    case ARGP_KEY_END:
        return parse_end(a);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    options,
    parse,
    "EXPERIMENT|RESULT...",
    "Make a published experiment anew: train what is not trained yet, measure, and put the figures "
    "beside the published ones.  What is there is not made again, so a stopped experiment goes on; "
    "--force makes everything anew.  EXPERIMENT: ramify list experiment, or a YAML file."
    "\vExample:\n  ramify reproduce digits-quality --quick",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status write_page(const reproduce_args *a)
{
    char *page;
    RMF_TRY(rmf_can_write(a->page, a->common.force));
    RMF_TRY(rmf_results_page(a->operands.text, a->operands.count, a->page, &page));
    const rmf_status s = rmf_file_write(a->page, a->common.force, page, strlen(page));
    rmf_free(page);
    return s;
}

static rmf_status print_result(const reproduce_args *a, const json_t *result)
{
    char *tables;
    if (a->json) return rmf_give_json(&a->common, NULL, stdout, result);
    RMF_TRY(rmf_result_tables(result, &tables));
    fputs(tables, stdout);
    rmf_free(tables);
    rmf_say(&a->common, "%s/%s%s/result: tables, figures and their data", a->out,
            json_string_value(json_object_get(result, "name")), a->quick ? "-quick" : "");
    return RMF_OK;
}

static rmf_status run(const void *args)
{
    const reproduce_args *a = args;
    char program[4096];
    rmf_talk talk;
    json_t *result = NULL;
    if (a->page) return write_page(a);
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return rmf_fail(RMF_ERR_UNSUPPORTED, "/proc/self/exe: cannot be read");
    program[length] = '\0';
    rmf_talk_init(&talk, &a->common);
    const rmf_reproduction reproduction = {.experiment = a->operands.text[0],
                                           .program = program,
                                           .commit = rmf_commit(),
                                           .out = a->out,
                                           .runs = a->runs,
                                           .quick = a->quick,
                                           .again = a->common.force,
                                           .quiet = a->common.quiet,
                                           .threads = a->common.threads};
    rmf_status s = rmf_reproduce(&reproduction, &talk.progress, &result);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = print_result(a, result);
    json_decref(result);
    return s;
}

const rmf_command rmf_command_reproduce = {
    "reproduce", "make a published experiment, ours beside theirs",
    &argp,       sizeof(reproduce_args),
    init,        run};
