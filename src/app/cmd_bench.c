/* app/cmd_bench.c – `ramify bench [WHAT…]`: how long parts of ramify take here, and how exact they
 * are. */
#include "app/app.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PEERS "bench/peers"

typedef struct bench_args {
    rmf_common common;
    rmf_texts what;
    const char *out, *device, *precision, *net, *sampler, *peers;
    int64_t runs, branches, batch, count, steps;
    bool json, no_peers;
} bench_args;

enum {
    KEY_RUNS = 1000,
    KEY_NET,
    KEY_BRANCHES,
    KEY_BATCH,
    KEY_COUNT,
    KEY_STEPS,
    KEY_SAMPLER,
    KEY_DEVICE,
    KEY_PRECISION,
    KEY_PEERS,
    KEY_NO_PEERS,
    KEY_JSON
};

static const struct argp_option options[] = {
    {"runs", KEY_RUNS, "N", 0, "timed repetitions (default: 9)", 0},
    {"net", KEY_NET, "NAME", 0, "only this network: ramify list network", 0},
    {"branches", KEY_BRANCHES, "N", 0, "step: only this many branches (default: 1, 19 and 500)", 0},
    {"batch", KEY_BATCH, "N", 0, "rows of a batch (default: 128)", 0},
    {"count", KEY_COUNT, "N", 0, "sample: samples a class (default: 8)", 0},
    {"steps", KEY_STEPS, "N", 0, "sample: steps (default: 4)", 0},
    {"sampler", KEY_SAMPLER, "NAME", 0, "sample: only this method (ramify list sampler)", 0},
    {"device", KEY_DEVICE, "auto|NAME", 0, "back end: ramify list device (default: auto)", 0},
    {"precision", KEY_PRECISION, "auto|f32|bf16", 0,
     "of the networks' convolutions (default: auto)", 0},
    {"peers", KEY_PEERS, "FOLDER", 0,
     "compare with the programs peer_* there (default: " DEFAULT_PEERS ", if there)", 0},
    {"no-peers", KEY_NO_PEERS, NULL, 0, "compare with no other program", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON, an object a line, not a table", 0},
    {"out", 'o', "FILE", 0, "also write the JSON lines there", 0},
    {0}};

static error_t parse_number(int key, const char *arg, bench_args *a)
{
    switch (key) {
    case KEY_RUNS:
        return rmf_arg_int("--runs", arg, 1, 100000, &a->runs);
    case KEY_BRANCHES:
        return rmf_arg_int("--branches", arg, 1, 100000, &a->branches);
    case KEY_BATCH:
        return rmf_arg_int("--batch", arg, 1, 1000000, &a->batch);
    case KEY_COUNT:
        return rmf_arg_int("--count", arg, 1, 1000000, &a->count);
    case KEY_STEPS:
        return rmf_arg_int("--steps", arg, 2, 1000000, &a->steps);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    bench_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case KEY_NET:
        a->net = arg;
        return 0;
    case KEY_SAMPLER:
        a->sampler = arg;
        return 0;
    case KEY_DEVICE:
        a->device = arg;
        return 0;
    case KEY_PRECISION:
        a->precision = arg;
        return rmf_arg_choice("--precision", arg, "auto|f32|bf16");
    case KEY_PEERS:
        a->peers = arg;
        return 0;
    case KEY_NO_PEERS:
        a->no_peers = true;
        return 0;
    case KEY_JSON:
        a->json = true;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_append("WHAT", arg, &a->what);
    default:
        return parse_number(key, arg, a);
    }
}

static const struct argp argp = {
    options,
    parse,
    "[WHAT...]",
    "Measure how long parts of ramify take on this machine, and how far their results are from "
    "those of the plain back end.  WHAT: step, forward, sample, conv, op, discover, data (default: "
    "all; ramify list benchmark explains them)."
    "\vExample:\n  ramify bench step --net tabular --branches 19 --json",
    rmf_common_child,
    NULL,
    NULL};

/* Where rows go: stdout, and a file if there is one. */
typedef struct output {
    bool json, head; /* head: the table's is printed */
    rmf_writer *file;
} output;

static rmf_status put_line(output *o, const json_t *row)
{
    char *text = json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(7));
    if (!text) return rmf_fail(RMF_ERR_MEMORY, "bench: out of memory");
    if (o->json) printf("%s\n", text);
    const rmf_status s = o->file ? rmf_writer_print(o->file, "%s\n", text) : RMF_OK;
    free(text);
    return s;
}

static rmf_status put(void *context, const json_t *row)
{
    output *o = context;
    RMF_TRY(put_line(o, row));
    if (!o->json) rmf_print_bench_row(row, !o->head);
    o->head = true;
    fflush(stdout); /* rows are slow to come: show each at once */
    return RMF_OK;
}

static rmf_status bench(const bench_args *a, const rmf_progress *progress, output *output)
{
    rmf_bench_options o;
    rmf_bench_options_init(&o);
    o.what = a->what.text;
    o.what_count = a->what.count;
    if (a->runs > 0) o.runs = (int)a->runs;
    if (a->batch > 0) o.batch = a->batch;
    if (a->count > 0) o.count = a->count;
    if (a->steps > 0) o.steps = (int)a->steps;
    if (a->device) o.device = a->device;
    if (a->precision) o.precision = a->precision;
    if (a->common.seed >= 0) o.seed = (uint64_t)a->common.seed;
    o.branches = a->branches;
    o.net = a->net;
    o.sampler = a->sampler;
    o.peers = a->peers;
    if (!o.peers && rmf_is_folder(DEFAULT_PEERS)) o.peers = DEFAULT_PEERS;
    if (a->no_peers) o.peers = NULL;
    const rmf_bench_sink sink = {put, output};
    return rmf_bench_run(&o, progress, &sink);
}

static rmf_status run(const void *args)
{
    const bench_args *a = args;
    output output = {.json = a->json};
    if (a->peers && a->no_peers)
        return rmf_fail(RMF_ERR_USAGE, "--peers and --no-peers are both given; expected one");
    if (a->out && rmf_names_stdout(a->out))
        return rmf_fail(RMF_ERR_USAGE, "--out is \"%s\"; expected a file: --json prints the same",
                        a->out);
    if (a->out) RMF_TRY(rmf_writer_open(a->out, a->common.force, &output.file));
    rmf_talk talk;
    rmf_talk_init(&talk, &a->common);
    rmf_status s = bench(a, &talk.progress, &output);
    rmf_talk_end(&talk);
    return output.file ? rmf_writer_end(output.file, s) : s;
}

const rmf_command rmf_command_bench = {
    "bench", "measure speed and exactness", &argp, sizeof(bench_args), NULL, run};
