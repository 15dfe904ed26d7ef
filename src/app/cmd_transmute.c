/* app/cmd_transmute.c – `ramify transmute RUN --from A --to B --out FILE`: real objects of one
 * class made into another's. */
#include "app/transmute.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_MOST = 64 };

typedef struct transmute_args {
    rmf_common common;
    const char *run, *out, *from, *to, *input, *label, *pairs, *report;
    rmf_sample_request request;
    double time; /* 0: auto */
    double sweep[SWEEP_MOST];
    int n_sweep;
    bool deterministic;
} transmute_args;

enum {
    KEY_FROM = 1000,
    KEY_TO,
    KEY_INPUT,
    KEY_LABEL,
    KEY_COUNT,
    KEY_TIME,
    KEY_DETERMINISTIC,
    KEY_PAIRS,
    KEY_REPORT,
    KEY_SWEEP
};

static const struct argp_option options[] = {
    {"from", KEY_FROM, "A", 0, "class of the objects", 0},
    {"to", KEY_TO, "B", 0, "class that they are made into", 0},
    {"out", 'o', "FILE", 0, "where they go: .npz (before and after), .csv or .png", 0},
    {"input", KEY_INPUT, "FILE", 0, "objects of A from there (default: the run's data)", 0},
    {"label", KEY_LABEL, "COLUMN", 0, "label column of --input", 0},
    {"count", KEY_COUNT, "N", 0, "objects (default: all held out, or all)", 0},
    {"time", KEY_TIME, "auto|T", 0, "where A is left for B (auto: their branch point)", 0},
    {"deterministic", KEY_DETERMINISTIC, NULL, 0, "encode and decode without any noise", 0},
    {"pairs", KEY_PAIRS, "FILE.png", 0, "a picture, each object before above after", 0},
    {"report", KEY_REPORT, "FILE.json", 0, "what is kept, and how well B is reached", 0},
    {"sweep", KEY_SWEEP, "T1,T2", 0, "measure at these times too, for the trade-off", 0},
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    transmute_args *a = args;
    a->request = RMF_REQUEST;
}

static error_t parse_end(const transmute_args *a)
{
    return !a->run    ? rmf_arg_missing("RUN")
           : !a->from ? rmf_arg_missing("--from A")
           : !a->to   ? rmf_arg_missing("--to B")
           : !a->out  ? rmf_arg_missing("--out FILE")
                      : 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    transmute_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case KEY_FROM:
        a->from = arg;
        return 0;
    case KEY_TO:
        a->to = arg;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_INPUT:
        a->input = arg;
        return 0;
    case KEY_LABEL:
        a->label = arg;
        return 0;
    case KEY_COUNT:
        return rmf_arg_int("--count", arg, 1, INT64_C(1000000000), &a->request.count);
    case KEY_TIME:
        return rmf_arg_time("--time", arg, &a->time);
    case KEY_DETERMINISTIC:
        a->deterministic = true;
        return 0;
    case KEY_PAIRS:
        a->pairs = arg;
        return 0;
    case KEY_REPORT:
        a->report = arg;
        return 0;
    case KEY_SWEEP:
        return rmf_arg_reals("--sweep", arg, SWEEP_MOST, a->sweep, &a->n_sweep);
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->run, arg);
    case ARGP_KEY_END:
        return parse_end(a);
    default:
        return rmf_parse_request(key, arg, &a->request);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "Make real objects of one class into another's: noise them up to the time at which the "
    "classes part, and come back along the other branch. What the classes share stays."
    "\vExample:\n  ramify transmute runs/digits --from 4 --to 9 --out nines.npz",
    rmf_common_child,
    NULL,
    NULL};

typedef struct job {
    const transmute_args *args;
    rmf_model *model;
    rmf_score score;
    rmf_sampling sampling;
    rmf_transmutation transmutation;
    rmf_real real; /* read only where it is needed */
    rmf_objects before;
    rmf_samples after;
    json_t *report;
} job;

static bool measures(const transmute_args *a)
{
    return a->report || a->n_sweep > 0;
}

static bool is_set(const rmf_sample_request *request, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; i < request->set.count; i++)
        if (strncmp(request->set.text[i], key, length) == 0 && request->set.text[i][length] == '=')
            return true;
    return false;
}

/* A deterministic map needs a sampler without noise: Heun, where none is asked for; and no
 * correctors, unless these were asked for and are refused. */
static rmf_status choose_sampling(job *j)
{
    rmf_sample_request request = j->args->request;
    const rmf_settings *recipe = rmf_model_settings(j->model);
    request.seed = j->args->common.seed;
    RMF_TRY(rmf_request_sampling(&request, recipe, &j->sampling));
    if (j->args->deterministic && j->sampling.sampler->stochastic && !request.sampler) {
        request.sampler = "heun";
        RMF_TRY(rmf_request_sampling(&request, recipe, &j->sampling));
    }
    if (j->args->deterministic && !is_set(&request, "sample.branch_corrector_steps"))
        j->sampling.branch_corrector_steps = 0;
    j->sampling.paper = false; /* the published grid and steps are those of whole runs */
    return rmf_model_prepare(j->model, &j->score, &j->sampling);
}

static rmf_status check_time(const job *j, const char *option, double time)
{
    const double low = j->sampling.t_start, high = j->sampling.sde->t_limit;
    if (time > low && time <= high) return rmf_sde_check_time(j->sampling.sde, option, time);
    return rmf_fail(RMF_ERR_USAGE, "%s is %g; expected a time above %g, up to %g", option, time,
                    low, high);
}

/* From pure noise, where the classes of a flat run part, nothing of an object would be left. */
static rmf_status check_branch_point(const job *j)
{
    const int pair[] = {j->transmutation.from, j->transmutation.to};
    double time = 0;
    rmf_common_branch(rmf_model_tree(j->model), pair, 2, &time);
    if (time < j->sampling.sde->t_limit) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "--time is auto, but \"%s\" and \"%s\" part in pure noise, at %g; expected a "
                    "time of your own, such as --time 0.5",
                    j->args->from, j->args->to, time);
}

/* All that can be wrong is found before the work. */
static rmf_status prepare(job *j)
{
    const transmute_args *a = j->args;
    const rmf_tree *tree = rmf_model_tree(j->model);
    rmf_transmutation *t = &j->transmutation;
    int64_t shape[3];
    const int rank = rmf_model_shape(j->model, shape);
    *t = (rmf_transmutation){
        .sampling = &j->sampling, .time = a->time, .deterministic = a->deterministic};
    RMF_TRY(rmf_choose_class(tree, "--from", a->from, &t->from));
    RMF_TRY(rmf_choose_class(tree, "--to", a->to, &t->to));
    if (t->from == t->to)
        return rmf_fail(RMF_ERR_USAGE, "--from and --to are both \"%s\"; expected two classes",
                        a->to);
    RMF_TRY(choose_sampling(j));
    RMF_TRY(a->time > 0 ? check_time(j, "--time", a->time) : check_branch_point(j));
    for (int i = 0; i < a->n_sweep; i++)
        RMF_TRY(check_time(j, "--sweep", a->sweep[i]));
    if (rmf_is_picture(a->out)) RMF_TRY(rmf_series_check(a->out, rank, shape));
    if (a->pairs) RMF_TRY(rmf_series_check(a->pairs, rank, shape));
    if (!a->input || measures(a)) RMF_TRY(rmf_real_read_model(j->model, &j->real));
    if (a->input)
        RMF_TRY(rmf_objects_of_file(j->model, a->input, a->label, a->from, a->request.count,
                                    &j->before));
    else
        RMF_TRY(rmf_objects_of_run(j->model, &j->real, a->from, a->request.count, &j->before));
    if (measures(a) && j->before.n < 3)
        return rmf_fail(RMF_ERR_USAGE, "%s: only %lld object%s; expected at least 3 to measure",
                        a->report ? "--report" : "--sweep", (long long)j->before.n,
                        j->before.n == 1 ? "" : "s");
    return RMF_OK;
}

static rmf_status measure(job *j, const rmf_progress *progress)
{
    const rmf_transmute_report request = {.model = j->model,
                                          .transmutation = &j->transmutation,
                                          .real = &j->real,
                                          .before = j->before.x,
                                          .after = j->after.x,
                                          .n = j->before.n,
                                          .sweep = j->args->sweep,
                                          .n_sweep = j->args->n_sweep,
                                          .like = &j->after};
    return rmf_transmute_measure(&request, progress, &j->report);
}

/* What an .npz holds beside the samples: the objects as they were, and how they were changed. */
static rmf_status add_arrays(job *j)
{
    rmf_samples *s = &j->after;
    const int pair[] = {j->transmutation.from, j->transmutation.to};
    double time = j->transmutation.time;
    const int64_t shape[4] = {s->n, s->shape[0], s->shape[1], s->shape[2]};
    if (time == 0) rmf_common_branch(rmf_model_tree(j->model), pair, 2, &time);
    RMF_TRY(rmf_arrays_add(&s->more, "before", RMF_F32, s->rank + 1, shape, j->before.x));
    RMF_TRY(rmf_arrays_add(&s->more, "time", RMF_F64, 0, NULL, &time));
    return rmf_arrays_add(&s->more, "deterministic", RMF_BOOL, 0, NULL,
                          &j->transmutation.deterministic);
}

static rmf_status work(job *j, const rmf_progress *progress)
{
    const rmf_normalisation *map = rmf_model_normalisation(j->model);
    rmf_sampling_report cost;
    j->sampling.classes = &j->transmutation.to;
    j->sampling.n_classes = 1;
    j->sampling.count = j->before.n;
    RMF_TRY(rmf_samples_create(j->model, &j->sampling, &j->after));
    RMF_TRY(
        rmf_transmute(&j->transmutation, progress, j->before.n, j->before.x, j->after.x, &cost));
    j->after.nfe = cost.nfe;
    if (measures(j->args)) RMF_TRY(measure(j, progress));
    rmf_normalisation_invert(map, j->before.x, j->before.n, j->after.features);
    rmf_normalisation_invert(map, j->after.x, j->after.n, j->after.features);
    return add_arrays(j);
}

static rmf_status write_all(const job *j)
{
    const transmute_args *a = j->args;
    const bool force = a->common.force;
    const rmf_series series[] = {{j->before.x, a->from}, {j->after.x, a->to}};
    if (rmf_is_picture(a->out))
        RMF_TRY(rmf_series_write(a->out, force, &j->after, series + 1, 1, j->after.n));
    else
        RMF_TRY(rmf_samples_write(&j->after, a->out, force));
    if (a->pairs) RMF_TRY(rmf_series_write(a->pairs, force, &j->after, series, 2, j->after.n));
    return a->report ? rmf_json_write(a->report, force, j->report) : RMF_OK;
}

static void finish(job *j)
{
    json_decref(j->report);
    rmf_samples_free(&j->after);
    rmf_free(j->before.x);
    rmf_real_free(&j->real);
    rmf_model_free(j->model);
}

static rmf_status run(const void *args)
{
    const transmute_args *a = args;
    job j = {.args = a};
    rmf_talk talk;
    RMF_TRY(rmf_samples_ending(a->out));
    if (a->pairs && !rmf_is_picture(a->pairs))
        return rmf_fail(RMF_ERR_USAGE, "--pairs is %s; expected a name that ends in .png",
                        a->pairs);
    const char *const outputs[] = {a->out, a->pairs, a->report};
    RMF_TRY(rmf_check_outputs(&a->common, outputs, 3));
    rmf_talk_init(&talk, &a->common);
    rmf_status s = rmf_model_open(a->run, a->request.weights, a->request.device, &j.model);
    if (s == RMF_OK) s = prepare(&j);
    if (s == RMF_OK) s = work(&j, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = write_all(&j);
    if (s == RMF_OK && j.report) rmf_transmute_table(rmf_result_stream(outputs, 3), j.report);
    if (s == RMF_OK)
        rmf_say(&a->common, "%s: %lld objects of %s made into %s, %.1f network evaluations each",
                a->out, (long long)j.after.n, a->from, a->to, j.after.nfe);
    finish(&j);
    return s;
}

const rmf_command rmf_command_transmute = {"transmute", "make objects of one class into another's",
                                           &argp,       sizeof(transmute_args),
                                           init,        run};
