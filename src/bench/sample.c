/* bench/sample.c – drawing along the published MNIST tree with untrained networks: classes that
 * share their path until they part, against every sample for itself. */
#include "bench/bench.h"
#include "train/train_private.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The recipes whose network and process are drawn from, with the published tree. */
static const struct {
    const char *recipe, *net, *sampler;
} models[] = {{"mnist-paper", "paper-unet", "predictor-corrector"},
              {"mnist", "unet", "dpm-solver-sde"}};

typedef struct drawing {
    rmf_model *model;
    rmf_sampling sampling;
    rmf_sampling_report report;
    int classes[10];
} drawing;

/* Facts of the data that the recipe would read. */
static rmf_status make_model(rmf_device *device, const rmf_settings *settings, uint64_t seed,
                             rmf_model **out)
{
    double zero = 0, one = 1;
    rmf_normalisation none = {.kind = "none", .features = 1, .shift = &zero, .scale = &one};
    rmf_dataset data = {.features = 784, .rank = 3, .shape = {28, 28, 1}, .low = -1, .high = 1};
    rmf_tree *tree = NULL;
    rmf_sums *sums = NULL;
    RMF_TRY(rmf_recipe_tree(settings, ".", &data, NULL, &tree, &sums));
    rmf_model_parts parts = {.device = device,
                             .settings = settings,
                             .tree = tree,
                             .normalisation = &none,
                             .data = &data,
                             .sigma_data = 0.5};
    rmf_status s = rmf_model_create(&parts, out);
    rmf_tree_free(tree);
    RMF_TRY(s);
    rmf_score score; /* builds the network, so that there are parameters to fill */
    s = rmf_model_score(*out, 2, &score);
    return s == RMF_OK ? rmf_bench_fill_weights(device, (*out)->params, seed) : s;
}

static rmf_status open_drawing(const rmf_bench *b, const char *device, size_t which, drawing *d)
{
    char sampler[64];
    rmf_settings *settings = NULL;
    char *base = NULL;
    rmf_device *own = NULL;
    snprintf(sampler, sizeof sampler, "sample.sampler=%s",
             b->options->sampler ? b->options->sampler : models[which].sampler);
    const char *overrides[] = {"tree.file=trees/mnist.json", sampler};
    *d = (drawing){0};
    RMF_TRY(rmf_recipe_load(models[which].recipe, overrides, 2, &settings, &base));
    rmf_status s = rmf_device_open(device, &own);
    if (s == RMF_OK && strcmp(own->ops->name, b->device->ops->name) == 0)
        own->type = b->device->type;
    if (s == RMF_OK) s = make_model(own, settings, b->options->seed, &d->model);
    if (!d->model) rmf_device_close(own); /* else it is the model's */
    if (s == RMF_OK) s = rmf_sampling_from_settings(settings, &d->sampling);
    rmf_settings_free(settings);
    rmf_free(base);
    for (int c = 0; c < 10; c++)
        d->classes[c] = c;
    d->sampling.classes = d->classes;
    d->sampling.n_classes = 10;
    d->sampling.count = b->options->count;
    d->sampling.steps = b->options->steps;
    d->sampling.seed = b->options->seed;
    return s;
}

static rmf_status draw(void *context)
{
    drawing *d = context;
    rmf_samples samples = {0};
    RMF_TRY(rmf_model_sample(d->model, &d->sampling, NULL, &samples, &d->report));
    rmf_samples_free(&samples);
    return RMF_OK;
}

/* Two steps bring the network and its primitives into memory. */
static rmf_status draw_little(void *context)
{
    drawing little = *(const drawing *)context;
    little.sampling.steps = 2;
    little.sampling.n_classes = 1;
    return draw(&little);
}

/* ---- the error: two samples, two steps, in a block of two rows ---- */

enum { FEW = 2 };

static rmf_status draw_few(const rmf_bench *b, const char *device, size_t which, float **out)
{
    drawing d;
    rmf_score score;
    rmf_status s = open_drawing(b, device, which, &d);
    if (s == RMF_OK) s = rmf_model_score(d.model, FEW, &score);
    if (s == RMF_OK)
        s = rmf_alloc(FEW, (size_t)rmf_model_features(d.model) * sizeof **out, (void **)out);
    if (s == RMF_OK) {
        d.sampling.tree = rmf_model_tree(d.model);
        d.sampling.sde = rmf_model_sde(d.model);
        d.sampling.score = &score;
        d.sampling.n_classes = 1;
        d.sampling.count = FEW;
        d.sampling.steps = 2;
        s = rmf_sample(&d.sampling, NULL, *out, &d.report);
    }
    rmf_model_free(d.model);
    return s;
}

static rmf_status compare(const rmf_bench *b, size_t which, double *error)
{
    float *x = NULL, *y = NULL;
    rmf_status s = draw_few(b, b->device->ops->name, which, &x);
    if (s == RMF_OK) s = draw_few(b, b->ref->ops->name, which, &y);
    if (s == RMF_OK) *error = rmf_bench_error(x, y, FEW * INT64_C(784));
    rmf_free(x);
    rmf_free(y);
    return s;
}

/* ---- rows ---- */

static rmf_status put(rmf_bench *b, size_t which, const drawing *d, const rmf_bench_times *times,
                      double error)
{
    const rmf_sampling_report *r = &d->report;
    char name[128];
    snprintf(name, sizeof name, "%s %s %s", models[which].net, d->sampling.sampler->name,
             d->sampling.shared ? "shared" : "independent");
    json_t *facts =
        rmf_bench_facts((const char *[]){"classes", "count", "steps", "calls", "evaluated_rows",
                                         "independent_rows", "error_steps"},
                        (int64_t[]){d->sampling.n_classes, d->sampling.count, d->sampling.steps,
                                    r->calls, r->evaluated_rows, r->independent_rows, 2},
                        7);
    json_object_set_new(facts, "net", json_string(models[which].net));
    rmf_bench_put_precision(b, facts);
    json_object_set_new(facts, "sampler", json_string(d->sampling.sampler->name));
    json_object_set_new(facts, "shared", json_boolean(d->sampling.shared));
    json_object_set_new(facts, "nfe", json_real(r->nfe));
    json_object_set_new(facts, "ms_per_nfe", json_real(1e3 * times->median / (double)r->calls));
    return rmf_bench_put(
        b, &(rmf_bench_row){.bench = rmf_bench_sample.name,
                            .name = name,
                            .facts = facts,
                            .times = times,
                            .amount = (double)(d->sampling.n_classes * d->sampling.count),
                            .unit = "samples",
                            .compared = true,
                            .error = error,
                            .error_rows = FEW});
}

static rmf_status put_ratio(rmf_bench *b, size_t which, const drawing *shared,
                            const rmf_bench_times times[2])
{
    char name[128];
    snprintf(name, sizeof name, "%s %s shared/independent", models[which].net,
             shared->sampling.sampler->name);
    json_t *facts = json_object();
    json_object_set_new(facts, "net", json_string(models[which].net));
    rmf_bench_put_precision(b, facts);
    json_object_set_new(facts, "ratio", json_real(times[0].median / times[1].median));
    json_object_set_new(
        facts, "ratio_rows",
        json_real((double)shared->report.evaluated_rows / (double)shared->report.independent_rows));
    return rmf_bench_put(
        b, &(rmf_bench_row){.bench = rmf_bench_sample.name, .name = name, .facts = facts});
}

static rmf_status time_model(rmf_bench *b, size_t which)
{
    drawing shared = {0}, alone;
    rmf_bench_times times[2];
    double error = 0;
    RMF_TRY(compare(b, which, &error));
    rmf_status s = open_drawing(b, b->device->ops->name, which, &shared);
    shared.sampling.shared = true;
    alone = shared;
    alone.sampling.shared = false;
    alone.sampling.classes = alone.classes;
    const rmf_bench_work works[] = {{draw, draw_little, &shared}, {draw, draw_little, &alone}};
    if (s == RMF_OK) s = rmf_bench_measure(b, works, 2, times);
    if (s == RMF_OK) s = put(b, which, &shared, &times[0], error);
    if (s == RMF_OK) s = put(b, which, &alone, &times[1], error);
    if (s == RMF_OK) s = put_ratio(b, which, &shared, times);
    rmf_model_free(shared.model);
    return s;
}

static rmf_status run(rmf_bench *b)
{
    const char *only = b->options->net;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!only || strcmp(only, models[i].net) == 0) RMF_TRY(time_model(b, i));
    return RMF_OK;
}

const rmf_bench_kind rmf_bench_sample = {
    "sample", "drawing along the published MNIST tree, paths shared or not", true, run};
