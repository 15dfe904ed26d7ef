/* eval/evaluate.c – all metrics of all classes: value, floor and interval of each, as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/bootstrap.h"
#include "eval/classifier.h"
#include "eval/pairs.h"
#include "eval/summary.h"

enum { METRICS_MOST = 32, REASON = 256 };

typedef struct evaluation {
    rmf_eval_data data;
    const rmf_progress *progress;
    int count; /* of metrics asked for */
    rmf_summary summary[METRICS_MOST];
    rmf_trial trial[METRICS_MOST]; /* of those metrics that have one */
    double *replicate;             /* [bootstrap] */
    rmf_arena *arena;              /* of the features, where they are a classifier's */
} evaluation;

/* Prepared states of one class; kept while the next metric shares them. */
typedef struct prepared {
    const rmf_metric *metric; /* that prepared them; NULL = none */
    rmf_arena *states;
    rmf_comparison value, floor;
    void *value_state, *floor_state; /* NULL: see the reason */
    char reason[REASON], floor_reason[REASON];
} prepared;

void rmf_eval_options_init(rmf_eval_options *options)
{
    *options = (rmf_eval_options){.metrics = "all",
                                  .floor = true,
                                  .bootstrap = 0,
                                  .seed = 0,
                                  .device = "auto",
                                  .precision = "auto",
                                  .real_split = "real"};
}

static rmf_status unknown_metric(const char *word)
{
    const char *known[METRICS_MOST + 1] = {NULL};
    for (int i = 0; rmf_metric_registry()[i]; i++)
        known[i] = rmf_metric_registry()[i]->name;
    const char *near = rmf_nearest(word, known);
    return rmf_fail(RMF_ERR_USAGE,
                    "metrics: \"%s\" is not a metric; %s%s%sexpected all or names "
                    "that `ramify list metric` shows, separated by commas",
                    word, near ? "did you mean " : "", near ? near : "", near ? "? " : "");
}

/* Metrics run in the registry's order, so that those with a common state stand together. */
static rmf_status parse_metrics(const char *text, bool wanted[METRICS_MOST])
{
    bool any = false;
    while (*text) {
        char word[64];
        size_t length = strcspn(text, ",");
        const char *start = text + strspn(text, " ");
        size_t size = start < text + length ? (size_t)(text + length - start) : 0;
        while (size > 0 && start[size - 1] == ' ')
            size--;
        snprintf(word, sizeof word, "%.*s", (int)(size < 63 ? size : 63), start);
        bool all = strcmp(word, "all") == 0, found = all;
        for (int i = 0; rmf_metric_rows()[i]; i++)
            if (all || strcmp(word, rmf_metric_rows()[i]->ops.name) == 0) found = wanted[i] = true;
        if (!found) return unknown_metric(word);
        any = true;
        text += length + (text[length] == ',');
    }
    return any ? RMF_OK : unknown_metric("");
}

static void release(prepared *p)
{
    rmf_arena_free(p->states);
    p->states = NULL;
    p->metric = NULL;
    p->value_state = p->floor_state = NULL;
}

/* A class that has too few objects is a result, not a failure. */
static rmf_status try_prepare(const prepared *p, const rmf_pair *pair, void **state,
                              char reason[REASON])
{
    rmf_status s = p->metric->prepare(pair, p->states, state);
    if (s != RMF_ERR_NUMERIC) return s;
    snprintf(reason, REASON, "%s", rmf_message());
    return RMF_OK;
}

static rmf_status compare(const evaluation *e, int index, int class, rmf_arena *arena, prepared *p)
{
    const rmf_metric *metric = e->summary[index].metric;
    const rmf_trial *trial = &e->trial[index];
    if (metric->trial) {
        RMF_TRY(rmf_comparison_hits(&trial->value, class, "", arena, &p->value));
        return rmf_comparison_hits(&trial->floor, class, trial->floor_kind, arena, &p->floor);
    }
    RMF_TRY(rmf_comparison_value(&e->data, class, metric->needs, arena, &p->value));
    return rmf_comparison_floor(&e->data, class, metric->needs, arena, &p->floor);
}

static rmf_status prepare(const evaluation *e, int index, int class, rmf_arena *arena, prepared *p)
{
    const rmf_metric *metric = e->summary[index].metric;
    /* Metrics with the same needs look at the same copies; each trial has its own hits. */
    bool same_sets =
        p->metric && p->metric->needs == metric->needs && !p->metric->trial && !metric->trial;
    if (same_sets && p->metric->prepare == metric->prepare) return RMF_OK;
    release(p);
    if (!same_sets) RMF_TRY(compare(e, index, class, arena, p));
    p->metric = metric;
    RMF_TRY(rmf_arena_create(&p->states));
    RMF_TRY(try_prepare(p, &p->value.pair, &p->value_state, p->reason));
    if (!e->data.options->floor) return RMF_OK;
    return try_prepare(p, &p->floor.pair, &p->floor_state, p->floor_reason);
}

static rmf_status resample(evaluation *e, const rmf_metric *metric, int class, const prepared *p,
                           rmf_class_figures *f)
{
    int resamples = e->data.options->bootstrap;
    rmf_key key = rmf_key_make(e->data.options->seed, RMF_STREAM_BOOTSTRAP);
    RMF_TRY(rmf_bootstrap(metric, p->value_state, p->value.pair.a.n, p->value.pair.b.n,
                          rmf_key_fold(key, (uint64_t) class), resamples, e->replicate));
    RMF_TRY(
        rmf_interval(f->value, e->replicate, resamples, metric->low, metric->high, f->interval));
    f->has_interval = isfinite(f->interval[0]);
    return RMF_OK;
}

static rmf_status measure(evaluation *e, const rmf_metric *metric, int class, const prepared *p,
                          rmf_class_figures *f)
{
    static const rmf_weights once = {NULL, NULL};
    *f = (rmf_class_figures){.value = NAN,
                             .floor = NAN,
                             .n = p->value.pair.a.n,
                             .floor_n = p->floor.pair.a.n,
                             .floor_kind = p->floor.kind,
                             .reason = p->value_state ? NULL : p->reason,
                             .floor_reason = p->floor_state ? NULL : p->floor_reason};
    if (p->floor_state) RMF_TRY(metric->evaluate(p->floor_state, &once, &f->floor));
    if (!p->value_state) return RMF_OK;
    RMF_TRY(metric->evaluate(p->value_state, &once, &f->value));
    return e->data.options->bootstrap > 0 ? resample(e, metric, class, p, f) : RMF_OK;
}

static rmf_status run_metric(evaluation *e, int index, int class, rmf_arena *arena, prepared *p)
{
    rmf_summary *summary = &e->summary[index];
    const rmf_metric *metric = summary->metric;
    const char *name = e->data.options->class_name[class];
    rmf_class_figures figures;
    rmf_progress_event event = {.activity = "evaluating",
                                .done = (int64_t) class * e->count + index,
                                .total = (int64_t)e->data.options->n_classes * e->count,
                                .unit = "figures",
                                .loss = NAN,
                                .seconds_left = NAN};
    if (!rmf_progress_tell(e->progress, &event))
        return rmf_fail(RMF_ERR_INTERRUPTED, "evaluation: stopped on request");
    RMF_TRY(prepare(e, index, class, arena, p));
    RMF_TRY(measure(e, metric, class, p, &figures));
    json_t *more = json_object();
    rmf_status s = more ? RMF_OK : rmf_fail(RMF_ERR_MEMORY, "evaluation: out of memory");
    if (s == RMF_OK && metric->describe && p->value_state)
        s = metric->describe(p->value_state, more);
    if (s == RMF_OK)
        s = rmf_summary_add(summary, name, &figures, more,
                            figures.has_interval ? e->replicate : NULL);
    json_decref(more);
    return s;
}

static rmf_status run_class(evaluation *e, int class)
{
    rmf_arena *arena = NULL;
    prepared p = {0};
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = RMF_OK;
    for (int i = 0; i < e->count && s == RMF_OK; i++)
        s = run_metric(e, i, class, arena, &p);
    release(&p);
    rmf_arena_free(arena);
    return s;
}

static rmf_status run_trial(evaluation *e, int index)
{
    rmf_trial *trial = &e->trial[index];
    rmf_status s = e->summary[index].metric->trial(&e->data, e->progress, trial);
    if (s != RMF_ERR_NUMERIC) return s;
    /* Too little to learn from: the classes then say that nothing was tested. */
    rmf_trial_free(trial);
    *trial = (rmf_trial){.floor_kind = trial->floor_kind};
    return RMF_OK;
}

/* The objects of a set as the classifier's features. */
static rmf_status map_set(rmf_classifier *classifier, rmf_arena *arena, rmf_classes *classes)
{
    const rmf_eval_set *from = classes->set;
    rmf_eval_set *to = NULL;
    float *x = NULL;
    int64_t width = rmf_classifier_width(classifier);
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *to, (void **)&to));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)(from->n * width), sizeof *x, (void **)&x));
    RMF_TRY(rmf_classifier_hidden(classifier, from->x, from->n, x));
    *to = (rmf_eval_set){x, from->label, from->n};
    classes->set = to;
    classes->features = width;
    return RMF_OK;
}

/* After the trials, which look at the objects themselves. */
static rmf_status map_objects(evaluation *e)
{
    rmf_eval_data *d = &e->data;
    RMF_TRY(rmf_eval_judge(d, e->progress));
    RMF_TRY(rmf_arena_create(&e->arena));
    RMF_TRY(map_set(d->judge.classifier, e->arena, &d->generated));
    RMF_TRY(map_set(d->judge.classifier, e->arena, &d->real));
    d->train_known = true;
    return map_set(d->judge.classifier, e->arena, &d->train);
}

static bool by_classifier(const rmf_eval_options *options)
{
    return options->space && strcmp(options->space, "classifier") == 0;
}

static rmf_status check(const rmf_eval_options *options)
{
    int64_t values = 1;
    if (options->features < 1 || options->n_classes < 1 || !options->class_name)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "evaluation: %lld features and %d classes; expected at least 1 of each, "
                        "and class names",
                        (long long)options->features, options->n_classes);
    for (int i = 0; i < 3; i++)
        values *= options->shape[i];
    if (options->rank == 3 && values != options->features)
        return rmf_fail(
            RMF_ERR_ARGUMENT,
            "evaluation: images of %lld values against %lld features; expected the same",
            (long long)values, (long long)options->features);
    if (options->space && strcmp(options->space, "pixels") != 0 && !by_classifier(options))
        return rmf_fail(RMF_ERR_USAGE, "features: \"%s\"; expected pixels or classifier",
                        options->space);
    if (options->bootstrap < 0)
        return rmf_fail(RMF_ERR_ARGUMENT, "evaluation: %d resamples; expected 0 or more",
                        options->bootstrap);
    return RMF_OK;
}

static rmf_status begin(evaluation *e, const rmf_eval_options *options,
                        const rmf_eval_set *generated, const rmf_eval_set *real,
                        const rmf_eval_set *train)
{
    bool wanted[METRICS_MOST] = {false};
    rmf_key key = rmf_key_make(options->seed, RMF_STREAM_EVAL);
    rmf_eval_data *d = &e->data;
    RMF_TRY(check(options));
    RMF_TRY(parse_metrics(options->metrics ? options->metrics : "all", wanted));
    d->options = options;
    d->train_apart = train && train->n > 0 && train->x != real->x &&
                     strcmp(options->real_split ? options->real_split : "", "train") != 0;
    RMF_TRY(
        rmf_classes_create(options, generated, "generated", rmf_key_fold(key, 0), &d->generated));
    RMF_TRY(rmf_classes_create(options, real, "real", rmf_key_fold(key, 1), &d->real));
    RMF_TRY(rmf_classes_create(options, train, "training", rmf_key_fold(key, 2), &d->train));
    RMF_TRY(rmf_alloc((size_t)options->bootstrap, sizeof(double), (void **)&e->replicate));
    for (int i = 0; rmf_metric_rows()[i]; i++) {
        const rmf_metric *metric = rmf_metric_rows()[i];
        if (!wanted[i]) continue;
        RMF_TRY(
            rmf_summary_create(metric, options->floor, options->bootstrap, &e->summary[e->count]));
        e->count++; /* before what may fail: end() frees the summary */
        if (metric->trial) RMF_TRY(run_trial(e, e->count - 1));
    }
    return by_classifier(options) ? map_objects(e) : RMF_OK;
}

static rmf_status put_classifier(const rmf_trial *trial, json_t *metric)
{
    if (!trial->source) return RMF_OK;
    return rmf_result_put(metric, "classifier",
                          json_pack("{s:s, s:I, s:I}", "trained_on", trial->source, "trained",
                                    (json_int_t)trial->trained, "tested",
                                    (json_int_t)trial->tested));
}

static rmf_status finish_metrics(evaluation *e, json_t *metrics)
{
    for (int i = 0; i < e->count; i++) {
        json_t *metric = NULL;
        RMF_TRY(rmf_summary_finish(&e->summary[i], &metric));
        RMF_TRY(rmf_result_put(metrics, e->summary[i].metric->ops.name, metric));
        RMF_TRY(put_classifier(&e->trial[i], metric));
    }
    return RMF_OK;
}

static rmf_status finish(evaluation *e, json_t *result)
{
    const rmf_eval_options *options = e->data.options;
    json_t *metrics = json_object();
    RMF_TRY(rmf_result_put(result, "metrics", metrics));
    RMF_TRY(finish_metrics(e, metrics));
    RMF_TRY(rmf_result_put(result, "n_generated", json_integer(e->data.generated.set->n)));
    RMF_TRY(rmf_result_put(result, "n_real", json_integer(e->data.real.set->n)));
    RMF_TRY(rmf_result_put(result, "real_split",
                           json_string(options->real_split ? options->real_split : "real")));
    RMF_TRY(rmf_result_put(result, "features",
                           json_string(by_classifier(options) ? "classifier" : "pixels")));
    RMF_TRY(rmf_result_put(result, "seed", json_integer((json_int_t)options->seed)));
    if (options->bootstrap == 0) return RMF_OK;
    return rmf_result_put(result, "bootstrap",
                          json_pack("{s:i, s:f, s:s}", "resamples", options->bootstrap, "level",
                                    0.95, "interval",
                                    "value plus quantiles of the centred resamples"));
}

static void end(evaluation *e)
{
    for (int i = 0; i < e->count; i++)
        rmf_summary_free(&e->summary[i]);
    for (int i = 0; i < METRICS_MOST; i++)
        rmf_trial_free(&e->trial[i]);
    rmf_classes_free(&e->data.generated);
    rmf_classes_free(&e->data.real);
    rmf_classes_free(&e->data.train);
    rmf_judge_free(&e->data.judge);
    rmf_arena_free(e->arena);
    rmf_free(e->replicate);
}

rmf_status rmf_evaluate(const rmf_eval_options *options, const rmf_eval_set *generated,
                        const rmf_eval_set *real, const rmf_eval_set *train,
                        const rmf_progress *progress, json_t **out)
{
    evaluation e = {.progress = progress};
    json_t *result = json_object();
    rmf_status s = result ? RMF_OK : rmf_fail(RMF_ERR_MEMORY, "evaluation: out of memory");
    if (s == RMF_OK) s = begin(&e, options, generated, real, train);
    for (int class = 0; s == RMF_OK && class < options->n_classes; class ++)
        s = run_class(&e, class);
    if (s == RMF_OK) s = finish(&e, result);
    end(&e);
    if (s == RMF_OK)
        *out = result;
    else
        json_decref(result);
    return s;
}
