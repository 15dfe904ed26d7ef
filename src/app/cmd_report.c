/* app/cmd_report.c – `ramify report RUN`: a run on one page of HTML. */
#include "app/report.h"

#include <jansson.h>
#include <string.h>

typedef struct report_args {
    rmf_usual_args usual;
    const char *eval, *metrics;
    int64_t bootstrap;
    rmf_sample_request request;
} report_args;

enum { KEY_EVAL = 1000, KEY_METRICS, KEY_BOOTSTRAP };

static const struct argp_option options[] = {
    {"out", 'o', "FILE.html", 0, "the page (default: report/report.html in the run)", 0},
    {"metrics", KEY_METRICS, "none|a,b", 0,
     "which metrics: ramify list metric (default: the recipe's); none: no evaluation", 0},
    {"count", RMF_KEY_DRAW_COUNT, "N", 0,
     "samples a class for them (default: as ramify eval, at most 200)", 0},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "resamples for their intervals (default: 100)", 0},
    {"eval", KEY_EVAL, "eval.json", 0, "what ramify eval wrote, instead of an evaluation", 0},
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    report_args *a = args;
    a->bootstrap = 100;
    a->request = RMF_REQUEST;
}

static error_t parse_end(const report_args *a)
{
    if (!a->eval || !a->metrics) return 0;
    rmf_fail(RMF_ERR_USAGE, "--eval and --metrics are both given; expected one: a file has its own "
                            "metrics");
    return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    report_args *a = state->input;
    switch (key) {
    case KEY_EVAL:
        a->eval = arg;
        return 0;
    case KEY_METRICS:
        a->metrics = arg;
        return 0;
    case KEY_BOOTSTRAP:
        return rmf_arg_int("--bootstrap", arg, 0, 100000, &a->bootstrap);
    case ARGP_KEY_END:
        if (rmf_parse_draw(key, arg, state, &a->request) != 0) return EINVAL;
        return parse_end(a);
    default:
        return rmf_parse_draw(key, arg, state, &a->request);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "Write a page about a run: its tree with samples, training, metrics beside their floors, what "
    "sampling costs, and where it all comes from.  One file, which loads nothing."
    "\vExample:\n  ramify report runs/digits --out report.html",
    rmf_common_child,
    NULL,
    NULL};

static rmf_status gather(rmf_report_job *job)
{
    RMF_TRY(rmf_report_open(job));
    RMF_TRY(rmf_report_draw(job));
    RMF_TRY(rmf_report_real(job));
    RMF_TRY(rmf_report_evaluate(job));
    RMF_TRY(rmf_report_nearest(job));
    return rmf_report_facts(job);
}

/* The folder report/ of a run is made when there is something to put in it. */
static rmf_status write_page(const report_args *a, const rmf_report_job *job, const char *folder,
                             const char *path)
{
    if (!a->usual.out) RMF_TRY(rmf_make_folder(folder));
    RMF_TRY(rmf_page_write(&job->page, path, a->usual.common.force));
    for (size_t i = 0; i < job->page.n_notes; i++)
        rmf_say(&a->usual.common, "%s", job->page.notes[i]);
    rmf_say(&a->usual.common, "%s: %s", path, job->page.about);
    return RMF_OK;
}

static rmf_status report(const report_args *a, const char *folder, const char *path)
{
    rmf_talk talk;
    rmf_report_job job = {.common = &a->usual.common,
                          .run = a->usual.operand,
                          .metrics = a->metrics,
                          .eval = a->eval,
                          .request = &a->request,
                          .bootstrap = a->bootstrap};
    rmf_talk_init(&talk, &a->usual.common);
    job.progress = &talk.progress;
    rmf_status s = gather(&job);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = write_page(a, &job, folder, path);
    rmf_report_close(&job);
    return s;
}

static rmf_status run(const void *args)
{
    const report_args *a = args;
    char *folder = NULL, *path = NULL;
    if (a->metrics && strcmp(a->metrics, "none") != 0)
        RMF_TRY(rmf_check_metrics("--metrics", a->metrics));
    if (!rmf_is_folder(a->usual.operand))
        return rmf_fail(RMF_ERR_IO, "%s: no such folder; expected a run", a->usual.operand);
    rmf_status s = rmf_path_join(a->usual.operand, "report", &folder);
    if (s == RMF_OK)
        s = rmf_path_join(a->usual.out ? "." : folder, a->usual.out ? a->usual.out : "report.html",
                          &path);
    if (s == RMF_OK && (a->usual.out || rmf_is_folder(folder)))
        s = rmf_can_write(path, a->usual.common.force);
    if (s == RMF_OK) s = report(a, folder, path);
    rmf_free(folder);
    rmf_free(path);
    return s;
}

const rmf_command rmf_command_report = {"report", "a run on one page: tree, samples, metrics, cost",
                                        &argp,    sizeof(report_args),
                                        init,     run};
