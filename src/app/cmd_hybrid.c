/* app/cmd_hybrid.c – `ramify hybrid RUN --classes a,b --out FILE`: what several classes share. */
#include "app/transmute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WEIGHTS_MOST = 64 };

typedef struct hybrid_args {
    rmf_usual_args usual;
    const char *continuations;
    rmf_sample_request request;
    double time; /* 0: auto */
    double mix[WEIGHTS_MOST];
    int n_mix;
} hybrid_args;

enum { KEY_TIME = 1000, KEY_MIX, KEY_CONTINUATIONS };

static const struct argp_option options[] = {
    {"classes", RMF_KEY_DRAW_CLASSES, "a,b", 0, "which classes", 0},
    {"out", 'o', "FILE", 0, "where hybrids go: .npz (states too), .csv or .png", 0},
    {"count", RMF_KEY_DRAW_COUNT, "N", 0, "how many (sample.count)", 0},
    {"time", KEY_TIME, "auto|T", 0, "when to stop (auto: where the classes part)", 0},
    {"mix", KEY_MIX, "w1,w2", 0, "go on with the weighted mean of the classes' scores", 0},
    {"continuations", KEY_CONTINUATIONS, "FILE", 0, "the same states gone on into every class", 0},
    RMF_REQUEST_OPTIONS,
    {0}};

static void init(void *args)
{
    hybrid_args *a = args;
    a->request = RMF_REQUEST;
    a->request.shared = 1;
}

static error_t parse_end(const hybrid_args *a)
{
    if (!a->request.classes) return rmf_arg_missing("--classes a,b");
    return a->usual.out ? 0 : rmf_arg_missing("--out FILE");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    hybrid_args *a = state->input;
    switch (key) {
    case KEY_TIME:
        return rmf_arg_time("--time", arg, &a->time);
    case KEY_MIX:
        return rmf_arg_reals("--mix", arg, WEIGHTS_MOST, a->mix, &a->n_mix);
    case KEY_CONTINUATIONS:
        a->continuations = arg;
        return 0;
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
    "Draw states at the time where classes part, and the mean of the objects that each can "
    "become: what the classes have in common."
    "\vExample:\n  ramify hybrid runs/digits --classes 4,9 --out hybrids.png",
    rmf_common_child,
    NULL,
    NULL};

typedef struct job {
    const hybrid_args *args;
    rmf_model *model;
    rmf_score score;
    rmf_sampling sampling;
    rmf_hybrid hybrid;
    int *classes;
    char name[256];      /* "4+9" */
    float *states;       /* [count, features] */
    float *means;        /* beside a mix; else the hybrids are the means */
    rmf_samples hybrids; /* means, or the mix */
    rmf_samples continued;
} job;

/* ---- preparation ---- */

static rmf_status check_mix(const job *j)
{
    const hybrid_args *a = j->args;
    double sum = 0;
    if (a->n_mix == 0) return RMF_OK;
    if (a->n_mix != j->hybrid.n_classes)
        return rmf_fail(RMF_ERR_USAGE, "--mix: %d weights; expected %d, one for each class",
                        a->n_mix, j->hybrid.n_classes);
    for (int i = 0; i < a->n_mix; i++)
        sum += a->mix[i];
    return sum > 0 ? RMF_OK
                   : rmf_fail(RMF_ERR_USAGE, "--mix: all weights are 0; expected one above it");
}

static rmf_status check_time(job *j)
{
    const rmf_hybrid *h = &j->hybrid;
    const double limit = j->sampling.sde->t_limit;
    double point;
    rmf_common_branch(rmf_model_tree(j->model), h->classes, h->n_classes, &point);
    if (h->time == 0) j->hybrid.time = point;
    if (h->time >= point && h->time > j->sampling.t_start && h->time <= limit) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "--time is %g; expected at least %.6g, where these classes part, and at most "
                    "%g",
                    h->time, point, limit);
}

static rmf_status check_pictures(const job *j)
{
    int64_t shape[3];
    const char *const paths[] = {j->args->usual.out, j->args->continuations};
    const int rank = rmf_model_shape(j->model, shape);
    for (int i = 0; i < 2; i++)
        if (rmf_is_picture(paths[i])) RMF_TRY(rmf_series_check(paths[i], rank, shape));
    return RMF_OK;
}

static rmf_status prepare(job *j)
{
    const rmf_tree *tree = rmf_model_tree(j->model);
    RMF_TRY(rmf_request_sampling(&j->args->request, rmf_model_settings(j->model), &j->sampling));
    RMF_TRY(rmf_model_prepare(j->model, &j->score, &j->sampling));
    j->sampling.paper = false; /* the published grid and steps are those of whole runs */
    j->hybrid =
        (rmf_hybrid){.sampling = &j->sampling, .time = j->args->time, .count = j->sampling.count};
    RMF_TRY(rmf_choose_classes(tree, j->args->request.classes, &j->classes, &j->hybrid.n_classes));
    j->hybrid.classes = j->classes;
    if (j->hybrid.n_classes < 2)
        return rmf_fail(RMF_ERR_USAGE, "--classes: one class; expected at least two");
    RMF_TRY(check_mix(j));
    RMF_TRY(check_time(j));
    RMF_TRY(check_pictures(j));
    size_t length = 0;
    for (int i = 0; i < j->hybrid.n_classes && length < sizeof j->name; i++)
        length += (size_t)snprintf(j->name + length, sizeof j->name - length, "%s%s", i ? "+" : "",
                                   rmf_tree_class_name(tree, j->classes[i]));
    return RMF_OK;
}

/* Place for `count` objects of all classes together. */
static rmf_status create_hybrids(job *j)
{
    rmf_samples *s = &j->hybrids;
    j->sampling.classes = j->classes;
    j->sampling.n_classes = 1;
    RMF_TRY(rmf_samples_create(j->model, &j->sampling, s));
    rmf_free(s->class_name[0]);
    s->class_name[0] = NULL;
    RMF_TRY(rmf_copy_text(j->name, &s->class_name[0]));
    const size_t row = (size_t)s->features * sizeof *j->states;
    RMF_TRY(rmf_alloc((size_t)s->n, row, (void **)&j->states));
    return rmf_alloc((size_t)s->n, row, (void **)&j->means);
}

/* ---- work ---- */

static rmf_status go_on(job *j, const rmf_progress *progress)
{
    rmf_sampling_report cost;
    if (!j->args->continuations) return RMF_OK;
    j->sampling.n_classes = j->hybrid.n_classes;
    RMF_TRY(rmf_samples_create(j->model, &j->sampling, &j->continued));
    RMF_TRY(rmf_hybrid_continue(&j->hybrid, progress, j->states, j->continued.x, &cost));
    j->continued.nfe = j->hybrids.nfe + cost.nfe;
    return RMF_OK;
}

static rmf_status add_arrays(job *j)
{
    rmf_samples *s = &j->hybrids;
    const int64_t shape[4] = {s->n, s->shape[0], s->shape[1], s->shape[2]};
    RMF_TRY(rmf_arrays_add(&s->more, "states", RMF_F32, s->rank + 1, shape, j->states));
    RMF_TRY(rmf_arrays_add(&s->more, "means", RMF_F32, s->rank + 1, shape, j->means));
    if (j->args->n_mix > 0) {
        const int64_t weights[] = {j->args->n_mix};
        RMF_TRY(rmf_arrays_add(&s->more, "mix", RMF_F64, 1, weights, j->args->mix));
    }
    return rmf_arrays_add(&s->more, "time", RMF_F64, 0, NULL, &j->hybrid.time);
}

static rmf_status work(job *j, const rmf_progress *progress)
{
    rmf_sampling_report cost, more = {0};
    rmf_samples *s = &j->hybrids;
    RMF_TRY(create_hybrids(j));
    RMF_TRY(rmf_hybrid_states(&j->hybrid, progress, j->states, &cost));
    s->nfe = cost.nfe; /* of the states; a mean takes one more */
    RMF_TRY(go_on(j, progress));
    RMF_TRY(rmf_hybrid_means(&j->hybrid, j->states, j->means));
    if (j->args->n_mix > 0)
        RMF_TRY(rmf_hybrid_mix(&j->hybrid, j->args->mix, progress, j->states, s->x, &more));
    else
        memcpy(s->x, j->means, (size_t)(s->n * s->features) * sizeof *s->x);
    s->nfe += j->args->n_mix > 0 ? more.nfe : 1;
    const rmf_normalisation *map = rmf_model_normalisation(j->model);
    float *const all[] = {s->x, j->states, j->means};
    for (int i = 0; i < 3; i++)
        rmf_normalisation_invert(map, all[i], s->n, s->features);
    if (j->continued.x) rmf_normalisation_invert(map, j->continued.x, j->continued.n, s->features);
    return add_arrays(j);
}

static rmf_status write_continued(const job *j)
{
    const rmf_samples *s = &j->continued;
    const int64_t count = j->hybrids.n;
    rmf_series *series = NULL;
    if (!j->args->continuations) return RMF_OK;
    if (!rmf_is_picture(j->args->continuations))
        return rmf_samples_write(s, j->args->continuations, j->args->usual.common.force);
    RMF_TRY(rmf_alloc((size_t)s->n_classes, sizeof *series, (void **)&series));
    for (int c = 0; c < s->n_classes; c++)
        series[c] = (rmf_series){s->x + c * count * s->features, s->class_name[c]};
    rmf_status status = rmf_series_write(j->args->continuations, j->args->usual.common.force, s,
                                         series, s->n_classes, count);
    rmf_free(series);
    return status;
}

static rmf_status write_all(const job *j)
{
    const hybrid_args *a = j->args;
    const rmf_series series[] = {{j->states, "state"}, {j->means, "mean"}, {j->hybrids.x, j->name}};
    if (rmf_is_picture(a->usual.out))
        RMF_TRY(rmf_series_write(a->usual.out, a->usual.common.force, &j->hybrids, series,
                                 a->n_mix > 0 ? 3 : 2, j->hybrids.n));
    else
        RMF_TRY(rmf_samples_write(&j->hybrids, a->usual.out, a->usual.common.force));
    return write_continued(j);
}

static void finish(job *j)
{
    rmf_samples_free(&j->hybrids);
    rmf_samples_free(&j->continued);
    rmf_free(j->states);
    rmf_free(j->means);
    rmf_free(j->classes);
    rmf_model_free(j->model);
}

static rmf_status run(const void *args)
{
    const hybrid_args *a = args;
    job j = {.args = a};
    rmf_talk talk;
    RMF_TRY(rmf_samples_ending(a->usual.out));
    if (a->continuations) RMF_TRY(rmf_samples_ending(a->continuations));
    RMF_TRY(rmf_check_outputs(&a->usual.common,
                              (const char *const[]){a->usual.out, a->continuations}, 2));
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s =
        rmf_model_open(a->usual.operand, a->request.weights, a->request.device, &j.model);
    if (s == RMF_OK) s = prepare(&j);
    if (s == RMF_OK) s = work(&j, &talk.progress);
    rmf_talk_end(&talk);
    if (s == RMF_OK) s = write_all(&j);
    if (s == RMF_OK)
        rmf_say(&a->usual.common, "%s: %lld hybrids of %s at time %.4f", a->usual.out,
                (long long)j.hybrids.n, j.name, j.hybrid.time);
    finish(&j);
    return s;
}

const rmf_command rmf_command_hybrid = {
    "hybrid", "draw what several classes share", &argp, sizeof(hybrid_args), init, run};
