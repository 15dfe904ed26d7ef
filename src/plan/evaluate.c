/* plan/evaluate.c – samples against the real objects of a recipe: held out or of the training part.
 */
#include "ramify/plan.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Class numbers of `names` for a data set's labels; −1 where the samples lack the class. */
static void map_labels(rmf_dataset *data, const rmf_samples *samples)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < data->n; i++) {
        const char *name = data->class_name[data->label[i]];
        int found = -1;
        for (int c = 0; c < samples->n_classes && found < 0; c++)
            if (strcmp(samples->class_name[c], name) == 0) found = c;
        if (found < 0) continue;
        if (kept != i)
            memmove(data->x + kept * data->features, data->x + i * data->features,
                    (size_t)data->features * sizeof *data->x);
        data->label[kept++] = found;
    }
    data->n = kept;
}

/* A name may be part of another: frechet and frechet-inf. */
static bool lists(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += length)
        if ((at == list || strchr(", ", at[-1])) && strchr(", ", at[length])) return true;
    return false;
}

/* The metrics of `list` that need objects the model has not seen (`unseen`), or the others. */
static rmf_status choose_metrics(const char *list, bool unseen, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; rmf_metric_registry()[i]; i++) {
        const rmf_metric_ops *m = rmf_metric_registry()[i];
        bool named = strcmp(list, "all") == 0 || lists(list, m->name);
        if (!named || rmf_metric_compares(m) == unseen) continue;
        int n = snprintf(out + length, size - length, "%s%s", length ? "," : "", m->name);
        if (n < 0 || (size_t)n >= size - length)
            return rmf_fail(RMF_ERR_USAGE, "--metrics: the list is too long");
        length += (size_t)n;
    }
    return RMF_OK;
}

/* The part of a recipe's data that samples are compared with. */
static bool compares_with_train(const rmf_settings *settings, const rmf_dataset *held_out)
{
    const char *text = rmf_settings_text(settings, "eval.real");
    return held_out->n == 0 || (text && strcmp(text, "train") == 0);
}

typedef struct parts {
    rmf_eval_set generated, train, held_out;
} parts;

/* Samples against training objects, as published: memorisation and the classifier's own accuracy
 * still need unseen ones, so those two are measured apart and joined. */
static rmf_status compare_with_train(rmf_eval_options *o, const parts *p,
                                     const rmf_progress *progress, json_t **out)
{
    char sets[512], unseen[512];
    json_t *extra = NULL;
    RMF_TRY(choose_metrics(o->metrics, false, sets, sizeof sets));
    RMF_TRY(choose_metrics(o->metrics, true, unseen, sizeof unseen));
    if (!*unseen || !*sets || p->held_out.n == 0) /* an unknown name is reported there */
        return rmf_evaluate(o, &p->generated, &p->train, &p->train, progress, out);
    o->metrics = sets;
    RMF_TRY(rmf_evaluate(o, &p->generated, &p->train, &p->train, progress, out));
    o->metrics = unseen;
    o->real_split = "held-out";
    rmf_status s = rmf_evaluate(o, &p->generated, &p->held_out, &p->train, progress, &extra);
    if (s == RMF_OK)
        json_object_update(json_object_get(*out, "metrics"), json_object_get(extra, "metrics"));
    else
        json_decref(*out);
    json_decref(extra);
    return s;
}

static rmf_status compare(const rmf_eval_request *request, const rmf_real *real,
                          const rmf_samples *samples, const rmf_progress *progress, json_t **out)
{
    const rmf_dataset *train = &real->train, *held_out = &real->held_out;
    const char *metrics = rmf_settings_text(real->settings, "eval.metrics");
    rmf_eval_options o;
    rmf_eval_options_init(&o);
    o.features = samples->features;
    o.rank = samples->rank;
    memcpy(o.shape, samples->shape, sizeof o.shape);
    o.n_classes = samples->n_classes;
    o.class_name = (const char *const *)samples->class_name;
    o.metrics = request->metrics ? request->metrics : metrics ? metrics : RMF_USUAL_METRICS;
    o.space = request->space ? request->space : rmf_settings_text(real->settings, "eval.features");
    o.bootstrap = request->bootstrap >= 0
                      ? request->bootstrap
                      : (int)rmf_settings_int(real->settings, "eval.bootstrap", 0);
    o.floor = request->floor;
    o.seed = request->seed;
    const char *precision = rmf_settings_text(real->settings, "train.precision");
    if (precision && strcmp(precision, "f32") == 0) o.precision = "f32"; /* as for its samples */
    const parts p = {{samples->x, samples->label, samples->n},
                     {train->x, train->label, train->n},
                     {held_out->x, held_out->label, held_out->n}};
    bool on_train = compares_with_train(real->settings, held_out);
    o.real_split = on_train ? "train" : "held-out";
    return on_train ? compare_with_train(&o, &p, progress, out)
                    : rmf_evaluate(&o, &p.generated, &p.held_out, &p.train, progress, out);
}

rmf_status rmf_evaluate_samples(const rmf_eval_request *request, rmf_real *real,
                                const rmf_samples *samples, const rmf_progress *progress,
                                json_t **out)
{
    rmf_dataset *train = &real->train, *held_out = &real->held_out;
    if (train->features != samples->features)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: objects have %lld features but the samples %lld; expected the same",
                        train->source, (long long)train->features, (long long)samples->features);
    /* In normalised units: distances of features with different units mean nothing. */
    rmf_samples scaled = *samples;
    const size_t count = (size_t)(samples->n * samples->features);
    RMF_TRY(rmf_alloc(count, sizeof *scaled.x, (void **)&scaled.x));
    memcpy(scaled.x, samples->x, count * sizeof *scaled.x);
    rmf_normalisation_apply(&real->map, scaled.x, scaled.n, scaled.features);
    for (int i = 0; i < 2; i++) {
        rmf_dataset *part = i ? held_out : train;
        map_labels(part, samples);
        rmf_normalisation_apply(&real->map, part->x, part->n, part->features);
    }
    rmf_status s = compare(request, real, &scaled, progress, out);
    rmf_free(scaled.x);
    return s;
}

rmf_status rmf_real_read(const rmf_settings *settings, const char *base, rmf_real *out)
{
    *out = (rmf_real){.settings = settings};
    return rmf_recipe_data(settings, base, &out->train, &out->held_out, &out->map);
}

rmf_status rmf_real_read_model(const rmf_model *model, rmf_real *out)
{
    *out = (rmf_real){.settings = rmf_model_settings(model)};
    return rmf_model_data(model, ".", &out->train, &out->held_out, &out->map);
}

rmf_status rmf_real_labelled(const rmf_model *model, rmf_real *real, rmf_labelled *out)
{
    rmf_dataset *data = &real->train;
    if (data->features != rmf_model_features(model))
        return rmf_fail(
            RMF_ERR_FORMAT, "%s: objects have %lld features but the model %lld; expected the same",
            data->source, (long long)data->features, (long long)rmf_model_features(model));
    rmf_normalisation_apply(rmf_model_normalisation(model), data->x, data->n, data->features);
    *out = rmf_dataset_labelled(data);
    return RMF_OK;
}

void rmf_real_free(rmf_real *real)
{
    rmf_dataset_free(&real->train);
    rmf_dataset_free(&real->held_out);
    rmf_normalisation_free(&real->map);
}

rmf_status rmf_real_count(const rmf_real *real, int64_t *count)
{
    const bool on_train = compares_with_train(real->settings, &real->held_out);
    const rmf_dataset *part = on_train ? &real->train : &real->held_out;
    int64_t *n = NULL;
    RMF_TRY(rmf_alloc((size_t)part->n_classes, sizeof *n, (void **)&n));
    *count = 0;
    for (int64_t i = 0; i < part->n; i++)
        if (++n[part->label[i]] > *count) *count = n[part->label[i]];
    rmf_free(n);
    return RMF_OK;
}
