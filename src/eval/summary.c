/* eval/summary.c – entries of classes, their mean and the worst of them. */
#include "eval/summary.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "eval/bootstrap.h"

rmf_status rmf_result_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        return rmf_fail(RMF_ERR_MEMORY, "evaluation: no memory for the result \"%s\"", key);
    return RMF_OK;
}

json_t *rmf_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

rmf_status rmf_summary_create(const rmf_metric *metric, bool floor, int resamples, rmf_summary *out)
{
    rmf_summary s = {.metric = metric, .floor = floor, .resamples = resamples};
    RMF_TRY(rmf_alloc((size_t)resamples, sizeof *s.replicate, (void **)&s.replicate));
    s.per_class = json_object();
    if (!s.per_class) {
        rmf_summary_free(&s);
        return rmf_fail(RMF_ERR_MEMORY, "evaluation: no memory for the result");
    }
    *out = s;
    return RMF_OK;
}

void rmf_summary_free(rmf_summary *summary)
{
    if (!summary) return;
    json_decref(summary->per_class);
    rmf_free(summary->replicate);
    *summary = (rmf_summary){0};
}

static rmf_status put_floor(rmf_summary *summary, const rmf_class_figures *f, json_t *entry)
{
    RMF_TRY(rmf_result_put(entry, "floor", rmf_json_number(f->floor)));
    if (f->floor_reason) return rmf_result_put(entry, "floor_reason", json_string(f->floor_reason));
    RMF_TRY(rmf_result_put(entry, "floor_n", json_integer(f->floor_n)));
    if (!summary->floor_kind) summary->floor_kind = f->floor_kind;
    if (strcmp(summary->floor_kind, f->floor_kind) == 0) return RMF_OK;
    return rmf_result_put(entry, "floor_kind", json_string(f->floor_kind));
}

static rmf_status fill_entry(rmf_summary *summary, const rmf_class_figures *f, json_t *more,
                             json_t *entry)
{
    RMF_TRY(rmf_result_put(entry, "value", rmf_json_number(f->value)));
    if (f->reason) RMF_TRY(rmf_result_put(entry, "reason", json_string(f->reason)));
    RMF_TRY(rmf_result_put(entry, "n", json_integer(f->n)));
    if (summary->floor) RMF_TRY(put_floor(summary, f, entry));
    if (f->has_interval)
        RMF_TRY(
            rmf_result_put(entry, "interval", json_pack("[f, f]", f->interval[0], f->interval[1])));
    if (more && json_object_update(entry, more) != 0)
        return rmf_fail(RMF_ERR_MEMORY, "evaluation: no memory for the result");
    return RMF_OK;
}

static void count_class(rmf_summary *summary, const char *name, const rmf_class_figures *f,
                        const double *replicate)
{
    if (isfinite(f->floor)) {
        summary->floor_sum += f->floor;
        summary->floors++;
    }
    if (!isfinite(f->value)) return;
    bool worse = summary->metric->ops.lower_is_better ? f->value > summary->worst
                                                      : f->value < summary->worst;
    if (!summary->worst_class || worse) {
        summary->worst = f->value;
        summary->worst_class = name;
    }
    summary->sum += f->value;
    summary->classes++;
    for (int r = 0; replicate && r < summary->resamples; r++)
        summary->replicate[r] += replicate[r];
}

rmf_status rmf_summary_add(rmf_summary *summary, const char *name, const rmf_class_figures *figures,
                           json_t *more, const double *replicate)
{
    json_t *entry = json_object();
    if (!entry) return rmf_fail(RMF_ERR_MEMORY, "evaluation: no memory for class %s", name);
    rmf_status s = fill_entry(summary, figures, more, entry);
    if (s != RMF_OK) {
        json_decref(entry);
        return s;
    }
    count_class(summary, name, figures, replicate);
    return rmf_result_put(summary->per_class, name, entry);
}

/* The classes' samples are independent, so replicate r of the mean is the mean of replicates r. */
static rmf_status put_mean_interval(rmf_summary *summary, double mean, json_t *object)
{
    double interval[2];
    if (summary->resamples == 0 || summary->classes == 0) return RMF_OK;
    for (int r = 0; r < summary->resamples; r++)
        summary->replicate[r] /= (double)summary->classes;
    RMF_TRY(rmf_interval(mean, summary->replicate, summary->resamples, summary->metric->low,
                         summary->metric->high, interval));
    if (!isfinite(interval[0])) return RMF_OK;
    return rmf_result_put(object, "mean_interval", json_pack("[f, f]", interval[0], interval[1]));
}

static rmf_status fill_object(rmf_summary *summary, json_t *object)
{
    double mean = summary->classes ? summary->sum / (double)summary->classes : NAN;
    double floor = summary->floors ? summary->floor_sum / (double)summary->floors : NAN;
    RMF_TRY(rmf_result_put(object, "per_class", json_incref(summary->per_class)));
    RMF_TRY(rmf_result_put(object, "mean", rmf_json_number(mean)));
    RMF_TRY(put_mean_interval(summary, mean, object));
    if (summary->floor) RMF_TRY(rmf_result_put(object, "floor_mean", rmf_json_number(floor)));
    if (summary->floor && summary->floor_kind)
        RMF_TRY(rmf_result_put(object, "floor_kind", json_string(summary->floor_kind)));
    if (summary->worst_class)
        RMF_TRY(rmf_result_put(
            object, "worst",
            json_pack("{s:s, s:f}", "class", summary->worst_class, "value", summary->worst)));
    return rmf_result_put(object, "lower_is_better",
                          json_boolean(summary->metric->ops.lower_is_better));
}

rmf_status rmf_summary_finish(rmf_summary *summary, json_t **out)
{
    json_t *object = json_object();
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "evaluation: no memory for the result");
    rmf_status s = fill_object(summary, object);
    if (s == RMF_OK)
        *out = object;
    else
        json_decref(object);
    return s;
}
