/* app/cmd_sample.c – `ramify sample RUN --out FILE`: draws samples of chosen classes. */
#include "app/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct sample_args {
    rmf_common common;
    const char *run, *out, *trajectory;
    rmf_sample_request request;
    bool nfe_report;
} sample_args;

enum { KEY_CLASSES = 1000, KEY_COUNT, KEY_SHARED, KEY_INDEPENDENT, KEY_TRAJECTORY, KEY_NFE };

static const struct argp_option options[] = {
    {"out", 'o', "FILE", 0, "where samples go: .npz, .csv or .png (a grid)", 0},
    {"classes", KEY_CLASSES, "all|a,b", 0, "which classes (default: all)", 0},
    {"count", KEY_COUNT, "N", 0, "samples a class (sample.count)", 0},
    {"shared", KEY_SHARED, NULL, 0, "classes share their path until they part", 0},
    {"independent", KEY_INDEPENDENT, NULL, 0, "every sample has its own noise", 0},
    {"trajectory", KEY_TRAJECTORY, "FILE.npz", 0, "also keep the states of every step", 0},
    {"nfe-report", KEY_NFE, NULL, 0, "print network evaluations against flat sampling as JSON", 0},
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    sample_args *a = args;
    a->request = RMF_REQUEST;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    sample_args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'o':
        a->out = arg;
        return 0;
    case KEY_CLASSES:
        a->request.classes = arg;
        return 0;
    case KEY_COUNT:
        return rmf_arg_int("--count", arg, 1, INT64_C(1000000000), &a->request.count);
    case KEY_SHARED:
        a->request.shared = 1;
        return 0;
    case KEY_INDEPENDENT:
        a->request.shared = 0;
        return 0;
    case KEY_TRAJECTORY:
        a->trajectory = arg;
        return 0;
    case KEY_NFE:
        a->nfe_report = true;
        return 0;
    case ARGP_KEY_ARG:
        return rmf_arg_operand(&a->run, arg);
    case ARGP_KEY_END:
        return !a->run ? rmf_arg_missing("RUN") : !a->out ? rmf_arg_missing("--out FILE") : 0;
    default:
        return rmf_parse_request(key, arg, &a->request);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "Draw samples from a trained run, or from one model file."
    "\vExample:\n  ramify sample runs/digits --out digits.png --classes 3,5 --count 10",
    rmf_common_child,
    NULL,
    NULL};

/* ---- trajectories: one array a recorded state ---- */

typedef struct trajectory {
    rmf_arrays arrays;
    int64_t features, states;
} trajectory;

static rmf_status keep_state(void *context, int branch, double t, int64_t first, int64_t count,
                             const float *x)
{
    trajectory *keep = context;
    char name[96];
    snprintf(name, sizeof name, "%06lld_branch%d_t%.6f_from%lld", (long long)keep->states++, branch,
             t, (long long)first);
    int64_t shape[2] = {count, keep->features};
    return rmf_arrays_add(&keep->arrays, name, RMF_F32, 2, shape, x);
}

static void print_report(const rmf_sampling_report *r, const rmf_samples *s)
{
    printf(
        "{\"samples\": %lld, \"nfe\": %.6g, \"evaluated_rows\": %lld, \"independent_rows\": %lld, "
        "\"share\": %.6g, \"calls\": %lld, \"pilot_calls\": %lld, \"seconds\": %.6g}\n",
        (long long)s->n, r->nfe, (long long)r->evaluated_rows, (long long)r->independent_rows,
        r->independent_rows > 0 ? (double)r->evaluated_rows / (double)r->independent_rows : 0,
        (long long)r->calls, (long long)r->pilot_calls, r->seconds);
}

static rmf_status write_all(const sample_args *a, const rmf_samples *samples,
                            const trajectory *keep)
{
    RMF_TRY(rmf_samples_write(samples, a->out, a->common.force));
    return a->trajectory ? rmf_npz_write(a->trajectory, a->common.force, &keep->arrays) : RMF_OK;
}

static rmf_status run(const void *args)
{
    const sample_args *a = args;
    rmf_model *model = NULL;
    rmf_samples samples = {0};
    rmf_sampling_report report = {0};
    trajectory keep = {0};
    rmf_recorder recorder = {keep_state, &keep};
    rmf_talk talk;
    RMF_TRY(rmf_samples_ending(a->out));
    RMF_TRY(rmf_check_outputs(&a->common, (const char *const[]){a->out, a->trajectory}, 2));
    rmf_talk_init(&talk, &a->common);
    rmf_status s = rmf_model_open(a->run, a->request.weights, a->request.device, &model);
    rmf_sample_request request = a->request;
    request.seed = a->common.seed;
    if (a->trajectory) request.recorder = &recorder;
    if (s == RMF_OK) keep.features = rmf_model_features(model);
    if (s == RMF_OK)
        rmf_say_more(&a->common, "%s: %d classes on %d branches, %lld features, %d threads", a->run,
                     rmf_tree_class_count(rmf_model_tree(model)),
                     rmf_tree_branch_count(rmf_model_tree(model)), (long long)keep.features,
                     rmf_threads());
    if (s == RMF_OK) s = rmf_draw(model, &request, &talk.progress, &samples, &report);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = write_all(a, &samples, &keep);
    if (s == RMF_OK && a->nfe_report) print_report(&report, &samples);
    if (s == RMF_OK)
        rmf_say(&a->common, "%s: %lld samples of %d classes, %.1f network evaluations each, %.2f s",
                a->out, (long long)samples.n, samples.n_classes, report.nfe, report.seconds);
    rmf_arrays_free(&keep.arrays);
    rmf_samples_free(&samples);
    rmf_model_free(model);
    return s;
}

const rmf_command rmf_command_sample = {
    "sample", "draw samples from a run", &argp, sizeof(sample_args), init, run};
