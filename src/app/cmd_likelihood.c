/* app/cmd_likelihood.c – `ramify likelihood RUN`: how likely objects are under a model. */
#include "app/labelled.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct likelihood_args {
    rmf_usual_args usual;
    rmf_ask_args ask;
    bool all_paths;
} likelihood_args;

enum { KEY_PATHS = 1000 };

static const struct argp_option options[] = {
    {"paths", KEY_PATHS, "own|all", 0, "along the way of an object's own class, or of every class",
     0},
    {"out", 'o', "FILE", 0, "values of every object: .npz or .csv", 0},
    {"json", RMF_KEY_JSON, NULL, 0, "print JSON, not a table", 0},
    RMF_ASK_OPTIONS,
    {0}};

static void init(void *args)
{
    likelihood_args *a = args;
    a->ask = RMF_ASK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    likelihood_args *a = state->input;
    switch (key) {
    case KEY_PATHS:
        a->all_paths = strcmp(arg, "all") == 0;
        return rmf_arg_choice("--paths", arg, "own|all");
    default:
        return rmf_parse_ask(key, arg, state, &a->ask);
    }
}

static const struct argp argp = {
    options,
    parse,
    "RUN",
    "Log-likelihood of objects given their class, by the probability-flow ODE: nats an object and "
    "bits a feature, in the data's own units, class by class."
    "\vExample:\n  ramify likelihood runs/digits --count 2 --probes 1 --set sample.rtol=0.01",
    rmf_common_child,
    NULL,
    NULL};

/* ---- values ---- */

typedef struct values {
    double *nats, *error;           /* [n, n_classes] in the data's own units */
    double *own, *bits, *own_error; /* [n] of each object's own class; NAN: none of them */
    rmf_likelihood_report report;
} values;

static void values_free(values *v)
{
    rmf_free(v->nats);
    rmf_free(v->error);
    rmf_free(v->own);
    rmf_free(v->bits);
    rmf_free(v->own_error);
}

static rmf_status allocate(const rmf_asked *asked, values *v)
{
    const size_t n = (size_t)asked->data.n, all = n * (size_t)asked->n_classes;
    RMF_TRY(rmf_alloc(all, sizeof *v->nats, (void **)&v->nats));
    RMF_TRY(rmf_alloc(all, sizeof *v->error, (void **)&v->error));
    RMF_TRY(rmf_alloc(n, sizeof *v->own, (void **)&v->own));
    RMF_TRY(rmf_alloc(n, sizeof *v->bits, (void **)&v->bits));
    return rmf_alloc(n, sizeof *v->own_error, (void **)&v->own_error);
}

static rmf_status compute(const likelihood_args *a, const rmf_asked *asked,
                          const rmf_progress *progress, values *v)
{
    const rmf_dataset *data = &asked->data;
    const int classes = asked->n_classes;
    const rmf_likelihood request = {.sampling = &asked->sampling,
                                    .score = &asked->score,
                                    .only = a->all_paths ? NULL : asked->label,
                                    .probes = asked->probes};
    RMF_TRY(allocate(asked, v));
    RMF_TRY(rmf_likelihoods(&request, progress, (rmf_rows){data->x, data->n}, v->nats, v->error,
                            &v->report));
    for (int64_t i = 0; i < data->n * classes; i++)
        v->nats[i] -= asked->volume;
    for (int64_t i = 0; i < data->n; i++) {
        const int64_t at = i * classes + (asked->label[i] < 0 ? 0 : asked->label[i]);
        v->own[i] = asked->label[i] < 0 ? NAN : v->nats[at];
        v->own_error[i] = asked->label[i] < 0 ? NAN : v->error[at];
        v->bits[i] = -v->own[i] / (double)data->features / M_LN2;
    }
    return RMF_OK;
}

/* ---- the table ---- */

typedef struct moments {
    int64_t n;
    double sum, square;
} moments;

static void add(moments *m, double value)
{
    m->n++;
    m->sum += value;
    m->square += value * value;
}

static double mean(const moments *m)
{
    return m->sum / (double)m->n;
}

/* Standard error of the mean; one object tells of none. */
static double scatter(const moments *m)
{
    const double n = (double)m->n;
    return n > 1 ? sqrt(fmax(m->square / n - mean(m) * mean(m), 0) / (n - 1)) : NAN;
}

/* A dash where there is no number. */
static void print_number(int width, int digits, double value)
{
    if (isnan(value))
        printf("  %*s", width, "-");
    else
        printf("  %*.*f", width, digits, value);
}

static void print_row(const char *name, const moments *nats, const moments *bits,
                      const moments *probe)
{
    if (nats->n == 0) return;
    printf("%-16.16s  %7lld", name, (long long)nats->n);
    print_number(11, 3, mean(nats));
    print_number(8, 3, scatter(nats));
    print_number(9, 4, mean(bits));
    print_number(8, 4, scatter(bits));
    print_number(8, 3, mean(probe));
    printf("\n");
}

/* Nats, bits and errors of probes of the objects of class c, or of all of them for −1. */
static void gather(const rmf_asked *asked, const values *v, int c, moments of[3])
{
    for (int64_t i = 0; i < asked->data.n; i++) {
        const double value[] = {v->own[i], v->bits[i], v->own_error[i]};
        for (int k = 0; k < 3 && (c < 0 || asked->label[i] == c); k++)
            add(&of[k], value[k]);
    }
}

static void print_table(const rmf_asked *asked, const values *v)
{
    printf("%-16s  %7s  %11s  %8s  %9s  %8s  %8s\n", "class", "objects", "nats", "+-", "bits/dim",
           "+-", "probes");
    for (int c = 0; c <= asked->n_classes; c++) {
        const bool all = c == asked->n_classes;
        moments of[3] = {{0}};
        gather(asked, v, all ? -1 : c, of);
        print_row(all ? "all" : asked->name[c], &of[0], &of[1], &of[2]);
    }
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *summary(const rmf_asked *asked, const values *v, int c)
{
    moments of[3] = {{0}};
    gather(asked, v, c, of);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "n", (json_int_t)of[0].n, "nats",
                     number(mean(&of[0])), "nats_error", number(scatter(&of[0])), "bits_per_dim",
                     number(mean(&of[1])), "bits_per_dim_error", number(scatter(&of[1])),
                     "probe_error", number(mean(&of[2])));
}

static rmf_status print_json(const likelihood_args *a, const rmf_asked *asked, const values *v)
{
    json_t *classes = json_object();
    for (int c = 0; c < asked->n_classes; c++)
        json_object_set_new(classes, asked->name[c], summary(asked, v, c));
    json_t *all =
        json_pack("{s:o, s:o, s:s, s:i, s:f, s:f}", "all", summary(asked, v, -1), "per_class",
                  classes, "dequantise", rmf_dequantisation_name(asked), "probes", asked->probes,
                  "nfe", v->report.nfe, "seconds", v->report.seconds);
    const rmf_status s = rmf_give_json(&a->usual.common, NULL, stdout, all);
    json_decref(all);
    return s;
}

static rmf_status write_values(const likelihood_args *a, const rmf_asked *asked, const values *v)
{
    const rmf_column columns[] = {{"nats", v->own, 1},
                                  {"bits_per_dim", v->bits, 1},
                                  {"probe_error", v->own_error, 1},
                                  {"log_likelihood", v->nats, asked->n_classes}};
    return rmf_columns_write(a->usual.out, a->usual.common.force, asked, columns,
                             a->all_paths ? 4 : 3);
}

static rmf_status run(const void *args)
{
    const likelihood_args *a = args;
    rmf_asked asked;
    values v = {0};
    rmf_talk talk;
    if (a->usual.out) RMF_TRY(rmf_columns_ending(a->usual.out));
    if (a->usual.out) RMF_TRY(rmf_can_write(a->usual.out, a->usual.common.force));
    RMF_TRY(rmf_asked_open(&a->ask, false, &asked));
    rmf_talk_init(&talk, &a->usual.common);
    rmf_status s = compute(a, &asked, &talk.progress, &v);
    rmf_talk_end(&talk);
    if (s == RMF_OK && a->usual.out) s = write_values(a, &asked, &v);
    if (s == RMF_OK && a->usual.json) s = print_json(a, &asked, &v);
    if (s == RMF_OK) {
        if (!a->usual.json) print_table(&asked, &v);
        rmf_say(&a->usual.common,
                "%lld objects, dequantisation %s, %s, %.1f network evaluations a way, %.2f s",
                (long long)asked.data.n, rmf_dequantisation_name(&asked),
                asked.probes > 0 ? "probes for the trace" : "exact trace", v.report.nfe,
                v.report.seconds);
    }
    values_free(&v);
    rmf_asked_free(&asked);
    return s;
}

const rmf_command rmf_command_likelihood = {"likelihood", "how likely objects are under a model",
                                            &argp,        sizeof(likelihood_args),
                                            init,         run};
