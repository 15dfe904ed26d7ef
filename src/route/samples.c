/* route/samples.c – samples of a model that are routed by heads, class by class. */
#include "ramify/route.h"

#include <string.h>

/* Where the rows of each class begin; class_index[k] becomes the place of row k. */
static rmf_status sort_rows(int classes, int64_t n, int *class_index, int32_t *label, int64_t *to)
{
    int64_t *first = NULL;
    RMF_TRY(rmf_alloc((size_t)classes + 1, sizeof *first, (void **)&first));
    for (int64_t k = 0; k < n; k++)
        first[class_index[k] + 1]++;
    for (int c = 0; c < classes; c++)
        first[c + 1] += first[c];
    for (int64_t k = 0; k < n; k++) {
        to[k] = first[class_index[k]]++;
        label[to[k]] = class_index[k];
    }
    rmf_free(first);
    return RMF_OK;
}

static rmf_status draw(const rmf_sampling *sampling, const rmf_router *router,
                       const rmf_progress *progress, rmf_samples *s, rmf_sampling_report *report)
{
    const size_t row = (size_t)s->features * sizeof *s->x;
    float *x = NULL;
    int *class_index = NULL;
    int64_t *to = NULL;
    rmf_sampling own = *sampling;
    own.count = s->n;
    rmf_status status = rmf_alloc((size_t)s->n, row, (void **)&x);
    if (status == RMF_OK)
        status = rmf_alloc((size_t)s->n, sizeof *class_index, (void **)&class_index);
    if (status == RMF_OK) status = rmf_alloc((size_t)s->n, sizeof *to, (void **)&to);
    if (status == RMF_OK)
        status = rmf_sample_routed(&own, router, progress, x, class_index, report);
    if (status == RMF_OK) status = sort_rows(s->n_classes, s->n, class_index, s->label, to);
    for (int64_t k = 0; status == RMF_OK && k < s->n; k++)
        memcpy(s->x + to[k] * s->features, x + k * s->features, row);
    rmf_free(x);
    rmf_free(class_index);
    rmf_free(to);
    return status;
}

static rmf_status draw_all(rmf_model *model, rmf_sampling *own, const rmf_router *router,
                           const rmf_progress *progress, rmf_samples *out,
                           rmf_sampling_report *report)
{
    rmf_score score;
    rmf_samples s = {0};
    RMF_TRY(rmf_model_prepare(model, &score, own));
    RMF_TRY(rmf_samples_create(model, own, &s));
    rmf_status status = draw(own, router, progress, &s, report);
    if (status != RMF_OK) {
        rmf_samples_free(&s);
        return status;
    }
    s.nfe = report->nfe;
    rmf_normalisation_invert(rmf_model_normalisation(model), s.x, s.n, s.features);
    *out = s;
    return RMF_OK;
}

rmf_status rmf_model_sample_routed(rmf_model *model, rmf_heads *heads, const rmf_sampling *sampling,
                                   const rmf_progress *progress, rmf_samples *out,
                                   rmf_sampling_report *report)
{
    rmf_sampling own = *sampling;
    const rmf_router router = rmf_heads_router(heads);
    int *all = NULL;
    own.n_classes = rmf_tree_class_count(rmf_model_tree(model));
    RMF_TRY(rmf_alloc((size_t)own.n_classes, sizeof *all, (void **)&all));
    for (int c = 0; c < own.n_classes; c++)
        all[c] = c;
    own.classes = all;
    rmf_status s = draw_all(model, &own, &router, progress, out, report);
    rmf_free(all);
    return s;
}
