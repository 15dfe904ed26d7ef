/* train/extend_check.c – a finished extension against the run that it began with, from their files:
 * every old value and average, and samples of every old class. */
#include "train/extending.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 4 }; /* a class; a block costs the same whether it is full or not */

static rmf_status fail_differs(const trainer *tr, const char *what)
{
    return rmf_fail(RMF_ERR_NUMERIC,
                    "%s: %s differs from that of %s; expected the same bytes; don't use this run, "
                    "and report it",
                    tr->training->run, what, tr->extending->run);
}

static rmf_status compare_values(const trainer *tr, const rmf_model *old, const rmf_model *new,
                                 int64_t *equal)
{
    char what[300];
    for (int i = 0; i < rmf_params_count(old->params); i++) {
        const rmf_param_info *a = rmf_params_info(old->params, i);
        const rmf_param_info *b = rmf_params_info(new->params, i);
        const float *x = rmf_params_values(old->params) + a->offset;
        const float *y = rmf_params_values(new->params) + b->offset;
        snprintf(what, sizeof what, "\"%s\"", a->name);
        if (strcmp(a->name, b->name) != 0 || a->row != b->row || b->count < a->count ||
            memcmp(x, y, (size_t)a->count * sizeof *x) != 0)
            return fail_differs(tr, what);
        *equal += a->count;
    }
    return RMF_OK;
}

static rmf_status draw(const trainer *tr, rmf_model *model, int classes, rmf_samples *out)
{
    rmf_sampling sampling = {0};
    rmf_sampling_report report;
    int *all = NULL;
    RMF_TRY(rmf_sampling_from_settings(model->settings, &sampling));
    RMF_TRY(rmf_alloc((size_t)classes, sizeof *all, (void **)&all));
    for (int c = 0; c < classes; c++)
        all[c] = c;
    sampling.classes = all;
    sampling.n_classes = classes;
    sampling.count = SAMPLES;
    rmf_status s = rmf_model_sample(model, &sampling, tr->progress, out, &report);
    rmf_free(all);
    return s;
}

static rmf_status compare_samples(const trainer *tr, rmf_model *old, rmf_model *new, int64_t *equal)
{
    const int classes = rmf_tree_class_count(old->tree);
    rmf_samples x = {0}, y = {0};
    rmf_status s = draw(tr, old, classes, &x);
    if (s == RMF_OK) s = draw(tr, new, classes, &y);
    for (int c = 0; s == RMF_OK && c < classes; c++) {
        char what[120];
        const int64_t first = c * SAMPLES * x.features;
        snprintf(what, sizeof what, "a sample of class \"%.60s\"",
                 rmf_tree_class_name(old->tree, c));
        if (memcmp(x.x + first, y.x + first, (size_t)(SAMPLES * x.features) * sizeof *x.x) != 0)
            s = fail_differs(tr, what);
        else
            *equal += SAMPLES;
    }
    rmf_samples_free(&x);
    rmf_samples_free(&y);
    return s;
}

rmf_status rmf_extending_check(const trainer *tr, rmf_extension_report *report)
{
    const rmf_extending *e = tr->extending;
    rmf_model *averaged = NULL, *last = NULL;
    report->tune = e->tune;
    if (e->tune == RMF_TUNE_ALL) return RMF_OK;
    rmf_status s = rmf_model_open(tr->training->run, "ema", "auto", &averaged);
    if (s == RMF_OK) s = compare_values(tr, e->old, averaged, &report->equal_values);
    if (s == RMF_OK && e->last) s = rmf_model_open(tr->training->run, "raw", "auto", &last);
    if (s == RMF_OK && e->last) s = compare_values(tr, e->last, last, &report->equal_values);
    if (s == RMF_OK) s = compare_samples(tr, e->old, averaged, &report->equal_samples);
    rmf_model_free(averaged);
    rmf_model_free(last);
    return s;
}
