/* train/samples.c – drawing samples from a model, and the files they are written to. */
#include "train/train_private.h"

#include "ramify/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void rmf_samples_free(rmf_samples *samples)
{
    rmf_free(samples->x);
    rmf_free(samples->label);
    for (int c = 0; samples->class_name && c < samples->n_classes; c++)
        rmf_free(samples->class_name[c]);
    rmf_free(samples->class_name);
    for (int64_t i = 0; samples->feature_name && i < samples->features; i++)
        rmf_free(samples->feature_name[i]);
    rmf_free(samples->feature_name);
    rmf_arrays_free(&samples->more);
    *samples = (rmf_samples){0};
}

/* Labels count the classes of this sample in the order asked for. */
static rmf_status name_samples(const rmf_model *model, const rmf_sampling *sampling,
                               rmf_samples *out)
{
    out->n_classes = sampling->n_classes;
    RMF_TRY(rmf_alloc((size_t)out->n_classes, sizeof *out->class_name, (void **)&out->class_name));
    for (int c = 0; c < out->n_classes; c++)
        RMF_TRY(rmf_copy_text(rmf_tree_class_name(model->tree, sampling->classes[c]),
                              &out->class_name[c]));
    for (int64_t i = 0; i < out->n; i++)
        out->label[i] = (int32_t)(i / sampling->count);
    if (!model->feature_name) return RMF_OK;
    RMF_TRY(
        rmf_alloc((size_t)out->features, sizeof *out->feature_name, (void **)&out->feature_name));
    for (int64_t i = 0; i < out->features; i++)
        RMF_TRY(rmf_copy_text(model->feature_name[i], &out->feature_name[i]));
    return RMF_OK;
}

#define SAMPLING_BLOCK 64

rmf_status rmf_model_prepare(rmf_model *model, rmf_score *score, rmf_sampling *sampling)
{
    RMF_TRY(rmf_model_score(model, SAMPLING_BLOCK, score));
    sampling->tree = model->tree;
    sampling->sde = &model->sde;
    sampling->score = score;
    return rmf_model_guides(model, sampling->guidance, &sampling->guide);
}

rmf_status rmf_samples_create(const rmf_model *model, const rmf_sampling *sampling,
                              rmf_samples *out)
{
    rmf_samples s = {0};
    if (sampling->count < 1 ||
        sampling->count > (INT64_C(1) << 40) / sampling->n_classes / model->features)
        return rmf_fail(RMF_ERR_USAGE, "count is %" PRId64 "; expected 1 to what memory holds",
                        sampling->count);
    s.n = sampling->n_classes * sampling->count;
    s.features = model->features;
    s.rank = model->rank;
    memcpy(s.shape, model->shape, sizeof s.shape);
    s.low = model->low;
    s.high = model->high;
    if (!(s.low < s.high)) /* the format promises none: that of the training data */
        rmf_normalisation_range(&model->normalisation, &s.low, &s.high);
    s.seed = sampling->seed;
    s.guidance = sampling->guidance;
    snprintf(s.sampler, sizeof s.sampler, "%s", sampling->sampler->name);
    rmf_status status = rmf_alloc((size_t)s.n, (size_t)s.features * sizeof *s.x, (void **)&s.x);
    if (status == RMF_OK) status = rmf_alloc((size_t)s.n, sizeof *s.label, (void **)&s.label);
    if (status == RMF_OK) status = name_samples(model, sampling, &s);
    if (status != RMF_OK) {
        rmf_samples_free(&s);
        return status;
    }
    *out = s;
    return RMF_OK;
}

rmf_status rmf_model_sample(rmf_model *model, rmf_sampling *sampling, const rmf_progress *progress,
                            rmf_samples *out, rmf_sampling_report *report)
{
    rmf_score score;
    rmf_samples s = {0};
    RMF_TRY(rmf_model_prepare(model, &score, sampling));
    RMF_TRY(rmf_samples_create(model, sampling, &s));
    rmf_status status = rmf_sample(sampling, progress, s.x, report);
    sampling->score = NULL; /* it was ours */
    sampling->guide = NULL;
    if (status != RMF_OK) {
        rmf_samples_free(&s);
        return status;
    }
    s.nfe = report->nfe;
    rmf_normalisation_invert(&model->normalisation, s.x, s.n, s.features);
    *out = s;
    return RMF_OK;
}

/* ---- files ---- */

/* How samples were drawn; objects that were read have no sampler. */
static rmf_status add_drawing(const rmf_samples *s, rmf_arrays *arrays)
{
    const char *sampler = s->sampler;
    RMF_TRY(rmf_arrays_add(arrays, "seed", RMF_U64, 0, NULL, &s->seed));
    RMF_TRY(rmf_arrays_add_texts(arrays, "sampler", &sampler, 1));
    return rmf_arrays_add(arrays, "nfe", RMF_F64, 0, NULL, &s->nfe);
}

static rmf_status write_npz(const rmf_samples *s, const char *path, bool replace)
{
    rmf_arrays arrays = {0};
    int64_t shape[4] = {s->n, s->shape[0], s->shape[1], s->shape[2]};
    rmf_status r = rmf_arrays_add(&arrays, "x", RMF_F32, s->rank + 1, shape, s->x);
    if (r == RMF_OK) r = rmf_arrays_add(&arrays, "label", RMF_I32, 1, &s->n, s->label);
    if (r == RMF_OK)
        r = rmf_arrays_add_texts(&arrays, "classes", (const char *const *)s->class_name,
                                 (size_t)s->n_classes);
    if (r == RMF_OK && *s->sampler) r = add_drawing(s, &arrays);
    for (size_t i = 0; r == RMF_OK && i < s->more.count; i++) {
        const rmf_array *a = &s->more.array[i];
        r = rmf_arrays_add(&arrays, a->name, a->type, a->rank, a->shape, a->data);
    }
    if (r == RMF_OK && s->guidance != 0)
        r = rmf_arrays_add(&arrays, "guidance", RMF_F64, 0, NULL, &s->guidance);
    if (r == RMF_OK) r = rmf_npz_write(path, replace, &arrays);
    rmf_arrays_free(&arrays);
    return r;
}

static rmf_status put_rows(rmf_writer *w, const rmf_samples *s)
{
    for (int64_t i = 0; i < s->features; i++) {
        if (s->feature_name)
            RMF_TRY(rmf_writer_field(w, s->feature_name[i]));
        else
            RMF_TRY(rmf_writer_print(w, "x%" PRId64, i));
        RMF_TRY(rmf_writer_print(w, ","));
    }
    RMF_TRY(rmf_writer_print(w, "label\n"));
    for (int64_t r = 0; r < s->n; r++) {
        for (int64_t i = 0; i < s->features; i++)
            RMF_TRY(rmf_writer_print(w, "%.9g,", (double)s->x[r * s->features + i]));
        RMF_TRY(rmf_writer_field(w, s->class_name[s->label[r]]));
        RMF_TRY(rmf_writer_print(w, "\n"));
    }
    return RMF_OK;
}

static rmf_status write_csv(const rmf_samples *s, const char *path, bool replace)
{
    rmf_writer *w = NULL;
    RMF_TRY(rmf_writer_open(path, replace, &w));
    return rmf_writer_end(w, put_rows(w, s));
}

/* One row of images a class; routed classes are of different sizes, and where one has no more
 * images there is nothing. */
static rmf_status make_rows(const rmf_samples *s, float **x, int64_t *columns)
{
    int64_t *count = NULL, most = 1;
    RMF_TRY(rmf_alloc((size_t)s->n_classes, sizeof *count, (void **)&count));
    for (int64_t r = 0; r < s->n; r++)
        if (++count[s->label[r]] > most) most = count[s->label[r]];
    const int64_t values = s->n_classes * most * s->features;
    rmf_status status = rmf_alloc((size_t)values, sizeof **x, (void **)x);
    for (int64_t i = 0; status == RMF_OK && i < values; i++)
        (*x)[i] = NAN;
    for (int64_t r = s->n - 1; status == RMF_OK && r >= 0; r--) {
        const int64_t at = s->label[r] * most + --count[s->label[r]];
        memcpy(*x + at * s->features, s->x + r * s->features, (size_t)s->features * sizeof **x);
    }
    rmf_free(count);
    *columns = most;
    return status;
}

static rmf_status write_png(const rmf_samples *s, const char *path, bool replace)
{
    float *x = NULL;
    if (s->rank != 3 || (s->shape[2] != 1 && s->shape[2] != 3))
        return rmf_fail(RMF_ERR_USAGE, "%s: these samples are no images; expected .npz or .csv",
                        path);
    int64_t side = s->shape[0] > s->shape[1] ? s->shape[0] : s->shape[1];
    rmf_grid_args grid = {.rows = s->n_classes,
                          .low = s->low,
                          .high = s->high,
                          .scale = side >= 48 ? 1 : (int)(56 / side),
                          .labels = (const char *const *)s->class_name};
    memcpy(grid.shape, s->shape, sizeof grid.shape);
    RMF_TRY(make_rows(s, &x, &grid.columns));
    grid.x = x;
    rmf_status status = rmf_grid_write(path, replace, &grid);
    rmf_free(x);
    return status;
}

typedef struct format {
    const char *ending;
    rmf_status (*write)(const rmf_samples *samples, const char *path, bool replace);
} format;

static const format *find_format(const char *path)
{
    static const format formats[] = {{".npz", write_npz}, {".csv", write_csv}, {".png", write_png}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (rmf_ends_with(path, formats[i].ending)) return &formats[i];
    return NULL;
}

rmf_status rmf_samples_ending(const char *path)
{
    if (find_format(path)) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE, "%s: unknown ending; expected .npz, .csv or .png", path);
}

rmf_status rmf_samples_write(const rmf_samples *samples, const char *path, bool replace)
{
    RMF_TRY(rmf_samples_ending(path));
    return find_format(path)->write(samples, path, replace);
}
