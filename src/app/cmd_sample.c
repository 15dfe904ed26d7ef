/* app/cmd_sample.c – `ramify sample RUN --out FILE`: draws samples of chosen classes. */
#include "app/transmute.h"
#include "app/views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct sample_args {
    rmf_usual_args usual;
    const char *trajectory;
    rmf_views views; /* the times wanted */
    rmf_sample_request request;
    bool nfe_report;
} sample_args;

enum { KEY_SHARED = 1000, KEY_TRAJECTORY, KEY_TIMES, KEY_NFE };

static const struct argp_option options[] = {
    {"out", 'o', "FILE", 0, "where samples go: .npz, .csv or .png (a grid)", 0},
    {"classes", RMF_KEY_DRAW_CLASSES, "all|a,b", 0, "which classes (default: all)", 0},
    {"count", RMF_KEY_DRAW_COUNT, "N", 0, "samples a class (sample.count)", 0},
    {"shared", KEY_SHARED, NULL, 0, "classes share their path until they part", 0},
    RMF_APART_OPTIONS,
    {"trajectory", KEY_TRAJECTORY, "FILE", 0, "also keep states on the way: .npz or .png", 0},
    {"trajectory-times", KEY_TIMES, "a,b,…", 0, "at these times, and the objects to expect then",
     0},
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
    case KEY_SHARED:
        a->request.shared = 1;
        return 0;
    case KEY_TRAJECTORY:
        a->trajectory = arg;
        return 0;
    case KEY_TIMES:
        return rmf_arg_reals("--trajectory-times", arg, RMF_VIEWS_MOST, a->views.wanted,
                             &a->views.n_times);
    case KEY_NFE:
        a->nfe_report = true;
        return 0;
    case ARGP_KEY_END:
        if (a->views.n_times > 0 && !a->trajectory) return rmf_arg_missing("--trajectory FILE");
        if (rmf_parse_draw(key, arg, state, &a->request) != 0) return EINVAL;
        return a->usual.out ? 0 : rmf_arg_missing("--out FILE");
    default:
        return rmf_parse_draw(key, arg, state, &a->request);
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

static void print_report(FILE *to, const rmf_sampling_report *r, const rmf_samples *s)
{
    fprintf(
        to,
        "{\"samples\": %lld, \"nfe\": %.6g, \"evaluated_rows\": %lld, \"independent_rows\": %lld, "
        "\"share\": %.6g, \"calls\": %lld, \"pilot_calls\": %lld, \"seconds\": %.6g}\n",
        (long long)s->n, r->nfe, (long long)r->evaluated_rows, (long long)r->independent_rows,
        r->independent_rows > 0 ? (double)r->evaluated_rows / (double)r->independent_rows : 0,
        (long long)r->calls, (long long)r->pilot_calls, r->seconds);
}

/* What is kept on the way: views at few times, or all states. */
typedef struct watch {
    rmf_views views;
    trajectory all;
    rmf_recorder recorder;
} watch;

static bool wants_views(const sample_args *a)
{
    return a->views.n_times > 0 || rmf_is_picture(a->trajectory);
}

static rmf_status begin_watch(const sample_args *a, const rmf_model *model,
                              rmf_sample_request *request, watch *w)
{
    if (!a->trajectory) return RMF_OK;
    w->all.features = rmf_model_features(model);
    w->recorder = (rmf_recorder){keep_state, &w->all};
    request->recorder = &w->recorder;
    if (!wants_views(a)) return RMF_OK;
    w->views = a->views;
    if (w->views.n_times == 0) rmf_views_default(&w->views);
    RMF_TRY(rmf_views_begin(&w->views, model, request, a->trajectory));
    request->recorder = &w->views.recorder;
    return RMF_OK;
}

static rmf_status write_all(const sample_args *a, const rmf_samples *samples, const watch *w)
{
    const bool replace = a->usual.common.force;
    RMF_TRY(rmf_samples_write(samples, a->usual.out, replace));
    if (!a->trajectory) return RMF_OK;
    return wants_views(a) ? rmf_views_write(&w->views, samples, a->trajectory, replace)
                          : rmf_npz_write(a->trajectory, replace, &w->all.arrays);
}

static rmf_status draw(const sample_args *a, rmf_model *model, const rmf_progress *progress,
                       watch *w, rmf_samples *samples, rmf_sampling_report *report)
{
    rmf_sample_request request = a->request;
    RMF_TRY(begin_watch(a, model, &request, w));
    rmf_say_more(&a->usual.common, "%s: %d classes on %d branches, %lld features, %d threads",
                 a->usual.operand, rmf_tree_class_count(rmf_model_tree(model)),
                 rmf_tree_branch_count(rmf_model_tree(model)), (long long)rmf_model_features(model),
                 rmf_threads());
    RMF_TRY(rmf_draw(model, &request, progress, samples, report));
    return wants_views(a) ? rmf_views_finish(&w->views, model, &request) : RMF_OK;
}

static rmf_status check_trajectory(const char *path)
{
    if (rmf_is_picture(path) || rmf_ends_with(path, ".npz")) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: unknown ending; expected .npz or .png", path);
}

static rmf_status run(const void *args)
{
    const sample_args *a = args;
    rmf_model *model = NULL;
    rmf_samples samples = {0};
    rmf_sampling_report report = {0};
    watch kept = {0};
    rmf_talk talk;
    RMF_TRY(rmf_samples_ending(a->usual.out));
    if (a->trajectory) RMF_TRY(check_trajectory(a->trajectory));
    const char *const outputs[] = {a->usual.out, a->trajectory};
    RMF_TRY(rmf_check_outputs(&a->usual.common, outputs, 2));
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = rmf_model_open(a->usual.operand, a->request.weights, a->request.device, &model);
    if (s == RMF_OK) s = draw(a, model, &talk.progress, &kept, &samples, &report);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = write_all(a, &samples, &kept);
    if (s == RMF_OK && a->nfe_report)
        print_report(rmf_result_stream(outputs, 2), &report, &samples);
    if (s == RMF_OK)
        rmf_say(&a->usual.common,
                "%s: %lld samples of %d classes, %.1f network evaluations each, %.2f s",
                a->usual.out, (long long)samples.n, samples.n_classes, report.nfe, report.seconds);
    rmf_arrays_free(&kept.all.arrays);
    rmf_views_free(&kept.views);
    rmf_samples_free(&samples);
    rmf_model_free(model);
    return s;
}

const rmf_command rmf_command_sample = {
    "sample", "draw samples from a run", &argp, sizeof(sample_args), init, run};
