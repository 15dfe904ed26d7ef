/* app/cmd_classify.c – `ramify classify RUN`: which class objects are of, by Bayes' rule. */
#include "app/labelled.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct classify_args {
    rmf_usual_args usual;
    rmf_ask_args ask;
    int64_t points;
    bool by_ode, prior_of_run, compare;
} classify_args;

enum { KEY_METHOD = 1000, KEY_POINTS, KEY_PRIOR, KEY_COMPARE };

static const struct argp_option options[] = {
    {"method", KEY_METHOD, "elbo|ode", 0,
     "differences of bounds with common noise (default), or likelihoods of whole ways", 0},
    {"points", KEY_POINTS, "N", 0, "elbo: noise levels (100)", 0},
    {"prior", KEY_PRIOR, "uniform|run", 0, "classes equally likely, or as often as in the run", 0},
    {"compare", KEY_COMPARE, NULL, 0, "also the classifier of `ramify eval` on the same objects",
     0},
    {"out", 'o', "FILE", 0, "probabilities of every object: .npz or .csv", 0},
    {"json", RMF_KEY_JSON, NULL, 0, "print JSON, not tables", 0},
    RMF_ASK_OPTIONS,
    {0}};

static void init(void *args)
{
    classify_args *a = args;
    a->ask = RMF_ASK;
    a->ask.dequantise = "none"; /* noise would only blur: no probability is asked for */
    a->points = 100;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    classify_args *a = state->input;
    switch (key) {
    case KEY_METHOD:
        a->by_ode = strcmp(arg, "ode") == 0;
        return rmf_arg_choice("--method", arg, "elbo|ode");
    case KEY_POINTS:
        return rmf_arg_int("--points", arg, 1, 1000000, &a->points);
    case KEY_PRIOR:
        a->prior_of_run = strcmp(arg, "run") == 0;
        return rmf_arg_choice("--prior", arg, "uniform|run");
    case KEY_COMPARE:
        a->compare = true;
        return 0;
    default:
        return rmf_parse_ask(key, arg, state, &a->ask);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "The class of objects, from how likely each class of a model makes them: accuracy, calibration "
    "and what is taken for what."
    "\vExample:\n  ramify classify runs/digits --count 2 --points 20 --compare",
    rmf_common_child,
    NULL,
    NULL};

/* ---- probabilities ---- */

typedef struct result {
    double *value, *error, *p; /* [n, n_classes] */
    double *prior;             /* [n_classes] logarithms */
    rmf_verdict verdict;
    rmf_likelihood_report report;
    double compared; /* accuracy of the other classifier; NAN: not asked for */
} result;

static void result_free(result *r)
{
    rmf_free(r->value);
    rmf_free(r->error);
    rmf_free(r->p);
    rmf_free(r->prior);
    rmf_verdict_free(&r->verdict);
}

static rmf_status compute_values(const classify_args *a, const rmf_asked *asked,
                                 const rmf_progress *progress, result *r)
{
    const rmf_likelihood request = {
        .sampling = &asked->sampling, .score = &asked->score, .probes = asked->probes};
    const rmf_rows objects = {asked->data.x, asked->data.n};
    if (a->by_ode)
        return rmf_likelihoods(&request, progress, objects, r->value, r->error, &r->report);
    return rmf_elbos(&asked->sampling, (int)a->points, progress, objects, r->value, &r->report);
}

static rmf_status fill_prior(const classify_args *a, const rmf_asked *asked, double *log_prior)
{
    const rmf_dataset *train = &asked->real.train;
    for (int c = 0; c < asked->n_classes; c++)
        log_prior[c] = 0;
    if (!a->prior_of_run) return RMF_OK;
    for (int64_t i = 0; i < train->n; i++) {
        const int c = rmf_asked_place(asked, train->class_name[train->label[i]]);
        if (c >= 0) log_prior[c]++;
    }
    for (int c = 0; c < asked->n_classes; c++) {
        if (log_prior[c] == 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "--prior run: no object of class \"%s\" in the run's data; expected "
                            "some, or --prior uniform",
                            asked->name[c]);
        log_prior[c] = log(log_prior[c]);
    }
    return RMF_OK;
}

/* ---- the other classifier ---- */

typedef struct rivals {
    int32_t *label, *found;
    int64_t *row, n;
} rivals;

static rmf_status train_rival(rmf_asked *asked, const rmf_progress *progress, rivals *t,
                              rmf_classifier **out)
{
    rmf_dataset *train = &asked->real.train;
    rmf_eval_options o;
    rmf_eval_options_init(&o);
    o.features = train->features;
    o.rank = train->rank;
    memcpy(o.shape, train->shape, sizeof o.shape);
    o.n_classes = asked->n_classes;
    o.seed = asked->sampling.seed;
    RMF_TRY(rmf_alloc((size_t)train->n, sizeof *t->label, (void **)&t->label));
    RMF_TRY(rmf_alloc((size_t)train->n, sizeof *t->row, (void **)&t->row));
    for (int64_t i = 0; i < train->n; i++) {
        t->label[i] = rmf_asked_place(asked, train->class_name[train->label[i]]);
        if (t->label[i] >= 0) t->row[t->n++] = i;
    }
    rmf_normalisation_apply(rmf_model_normalisation(asked->model), train->x, train->n,
                            train->features);
    const rmf_eval_set set = {train->x, t->label, train->n};
    const rmf_examples examples = {.set = &set, .row = t->row, .n = t->n};
    return rmf_classifier_train(&o, &examples, progress, out);
}

static rmf_status compare(rmf_asked *asked, const rmf_progress *progress, double *accuracy)
{
    const rmf_dataset *data = &asked->data;
    const rmf_eval_set set = {data->x, NULL, data->n};
    rmf_classifier *rival = NULL;
    rivals t = {0};
    int64_t known = 0, right = 0;
    rmf_status s = train_rival(asked, progress, &t, &rival);
    if (s == RMF_OK) s = rmf_alloc((size_t)data->n, sizeof *t.found, (void **)&t.found);
    if (s == RMF_OK) s = rmf_classifier_predict(rival, &set, t.found);
    for (int64_t i = 0; s == RMF_OK && i < data->n; i++) {
        known += asked->label[i] >= 0;
        right += asked->label[i] >= 0 && t.found[i] == asked->label[i];
    }
    if (s == RMF_OK) *accuracy = (double)right / (double)known;
    rmf_classifier_free(rival);
    rmf_free(t.label);
    rmf_free(t.row);
    rmf_free(t.found);
    return s;
}

/* ---- the whole ---- */

static rmf_status compute(const classify_args *a, rmf_asked *asked, const rmf_progress *progress,
                          result *r)
{
    const size_t classes = (size_t)asked->n_classes, all = (size_t)asked->data.n * classes;
    RMF_TRY(rmf_alloc(all, sizeof *r->value, (void **)&r->value));
    RMF_TRY(rmf_alloc(all, sizeof *r->error, (void **)&r->error));
    RMF_TRY(rmf_alloc(all, sizeof *r->p, (void **)&r->p));
    RMF_TRY(rmf_alloc(classes, sizeof *r->prior, (void **)&r->prior));
    RMF_TRY(fill_prior(a, asked, r->prior));
    RMF_TRY(compute_values(a, asked, progress, r));
    rmf_posteriors(r->value, r->prior, asked->data.n, asked->n_classes, r->p);
    RMF_TRY(rmf_judge(r->p, asked->label, asked->data.n, asked->n_classes, &r->verdict));
    return a->compare ? compare(asked, progress, &r->compared) : RMF_OK;
}

static rmf_status write_values(const classify_args *a, const rmf_asked *asked, const result *r)
{
    double *found = NULL;
    RMF_TRY(rmf_alloc((size_t)asked->data.n, sizeof *found, (void **)&found));
    for (int64_t i = 0; i < asked->data.n; i++)
        found[i] = rmf_most_likely(r->p + i * asked->n_classes, asked->n_classes);
    const rmf_column columns[] = {
        {"found", found, 1}, {"p", r->p, asked->n_classes}, {"value", r->value, asked->n_classes}};
    rmf_status s = rmf_columns_write(a->usual.out, a->usual.common.force, asked, columns, 3);
    rmf_free(found);
    return s;
}

static rmf_status print_json(const classify_args *a, const rmf_asked *asked, const result *r)
{
    json_t *json = NULL;
    RMF_TRY(rmf_verdict_to_json(&r->verdict, asked->name, &json));
    json_object_set_new(json, "method", json_string(a->by_ode ? "ode" : "elbo"));
    json_object_set_new(json, "prior", json_string(a->prior_of_run ? "run" : "uniform"));
    json_object_set_new(json, "dequantise", json_string(rmf_dequantisation_name(asked)));
    json_object_set_new(json, "seconds", json_real(r->report.seconds));
    json_object_set_new(json, "calls", json_integer(r->report.calls));
    if (a->compare) json_object_set_new(json, "classifier_accuracy", json_real(r->compared));
    rmf_status s = rmf_give_json(&a->usual.common, NULL, stdout, json);
    json_decref(json);
    return s;
}

static rmf_status print_tables(const classify_args *a, const rmf_asked *asked, const result *r)
{
    char *text = NULL;
    if (a->usual.json) return print_json(a, asked, r);
    RMF_TRY(rmf_verdict_table(&r->verdict, asked->name, &text));
    printf("%s", text);
    rmf_free(text);
    if (a->compare)
        printf("accuracy %.4f of the classifier that `ramify eval` trains\n", r->compared);
    return RMF_OK;
}

static rmf_status run(const void *args)
{
    const classify_args *a = args;
    rmf_asked asked;
    result r = {0};
    rmf_talk talk;
    if (a->usual.out) RMF_TRY(rmf_columns_ending(a->usual.out));
    if (a->usual.out) RMF_TRY(rmf_can_write(a->usual.out, a->usual.common.force));
    RMF_TRY(rmf_asked_open(&a->ask, a->compare || a->prior_of_run, &asked));
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = compute(a, &asked, &talk.progress, &r);
    rmf_talk_end(&talk);
    if (s == RMF_OK && a->usual.out) s = write_values(a, &asked, &r);
    if (s == RMF_OK) s = print_tables(a, &asked, &r);
    if (s == RMF_OK)
        rmf_say(&a->usual.common, "%lld objects, %lld blocks of network evaluations, %.2f s",
                (long long)asked.data.n, (long long)(r.report.calls + r.report.products),
                r.report.seconds);
    result_free(&r);
    rmf_asked_free(&asked);
    return s;
}

const rmf_command rmf_command_classify = {
    "classify", "which class objects are of", &argp, sizeof(classify_args), init, run};
