/* app/views.c – see views.h. */
#include "app/views.h"
#include "app/transmute.h"

#include <math.h>
#include <string.h>

void rmf_views_default(rmf_views *views)
{
    views->n_times = 10;
    for (int k = 0; k < views->n_times; k++)
        views->wanted[k] = (9 - k) / 10.0;
}

/* ---- while samples are drawn ---- */

/* Steps come nearer to a wanted time and then leave it: the nearest stays. */
static rmf_status keep_nearest(void *context, int branch, double t, int64_t first, int64_t count,
                               const float *x)
{
    rmf_views *v = context;
    for (int64_t r = first; r < first + count; r++)
        for (int k = 0; k < v->n_times; k++) {
            const int64_t at = r * v->n_times + k;
            if (!(fabs(t - v->wanted[k]) < fabs(v->time[at] - v->wanted[k]))) continue;
            v->time[at] = t;
            v->branch[at] = branch;
            memcpy(v->states + at * v->features, x + (r - first) * v->features,
                   (size_t)v->features * sizeof *x);
        }
    return RMF_OK;
}

static rmf_status allocate(rmf_views *v)
{
    const size_t places = (size_t)v->n * (size_t)v->n_times;
    const size_t row = (size_t)v->features * sizeof *v->states;
    RMF_TRY(rmf_alloc(places, row, (void **)&v->states));
    RMF_TRY(rmf_alloc(places, row, (void **)&v->means));
    RMF_TRY(rmf_alloc(places, sizeof *v->time, (void **)&v->time));
    RMF_TRY(rmf_alloc(places, sizeof *v->branch, (void **)&v->branch));
    for (size_t i = 0; i < places; i++)
        v->time[i] = INFINITY;
    return RMF_OK;
}

rmf_status rmf_views_begin(rmf_views *views, const rmf_model *model,
                           const rmf_sample_request *request, const char *path)
{
    const double limit = rmf_model_sde(model)->t_limit;
    rmf_sampling sampling;
    int *classes = NULL;
    int64_t shape[3];
    const int rank = rmf_model_shape(model, shape);
    for (int k = 0; k < views->n_times; k++)
        if (views->wanted[k] > limit)
            return rmf_fail(RMF_ERR_USAGE, "--trajectory-times: %g; expected times from 0 to %g",
                            views->wanted[k], limit);
    if (rmf_is_picture(path)) RMF_TRY(rmf_series_check(path, rank, shape));
    RMF_TRY(rmf_request_sampling(request, rmf_model_settings(model), &sampling));
    RMF_TRY(
        rmf_choose_classes(rmf_model_tree(model), request->classes, &classes, &sampling.n_classes));
    rmf_free(classes);
    views->n = sampling.n_classes * sampling.count;
    views->features = rmf_model_features(model);
    views->recorder = (rmf_recorder){keep_nearest, views};
    return allocate(views);
}

/* ---- afterwards ---- */

/* The means of the k-th time: a call for all rows in turn that one branch brought to one time. */
static rmf_status denoise_time(const rmf_views *v, const rmf_sde *sde, const rmf_score *score,
                               int k, float *rows)
{
    const int64_t stride = v->n_times, d = v->features;
    const size_t bytes = (size_t)d * sizeof *rows;
    for (int64_t first = 0, next; first < v->n; first = next) {
        const int64_t at = first * stride + k;
        for (next = first; next < v->n && v->branch[next * stride + k] == v->branch[at] &&
                           v->time[next * stride + k] == v->time[at];
             next++)
            memcpy(rows + (next - first) * d, v->states + (next * stride + k) * d, bytes);
        if (v->time[at] > 0) /* at the end a state is an object */
            RMF_TRY(rmf_denoise(sde, score, v->branch[at], v->time[at], next - first, rows, rows));
        for (int64_t r = first; r < next; r++)
            memcpy(v->means + (r * stride + k) * d, rows + (r - first) * d, bytes);
    }
    return RMF_OK;
}

rmf_status rmf_views_finish(rmf_views *views, rmf_model *model, const rmf_sample_request *request)
{
    rmf_sampling sampling;
    rmf_score score;
    float *rows = NULL;
    RMF_TRY(rmf_request_sampling(request, rmf_model_settings(model), &sampling));
    RMF_TRY(rmf_model_prepare(model, &score, &sampling));
    const size_t row = (size_t)views->features * sizeof *rows, block = (size_t)score.rows;
    RMF_TRY(rmf_alloc((size_t)views->n + block, row, (void **)&rows));
    rmf_guidance guidance = {score, sampling.guidance, sampling.guide,
                             rows + views->n * views->features};
    const rmf_score guided = rmf_guided_score(&guidance);
    rmf_status s = RMF_OK;
    for (int k = 0; s == RMF_OK && k < views->n_times; k++)
        s = denoise_time(views, sampling.sde, &guided, k, rows);
    rmf_free(rows);
    float *const all[] = {views->states, views->means};
    for (int i = 0; s == RMF_OK && i < 2; i++)
        rmf_normalisation_invert(rmf_model_normalisation(model), all[i], views->n * views->n_times,
                                 views->features);
    return s;
}

/* ---- files ---- */

static rmf_status write_arrays(const rmf_views *v, const rmf_samples *samples, const char *path,
                               bool replace)
{
    rmf_arrays arrays = {0};
    const int64_t *one = samples->shape;
    const int64_t shape[5] = {v->n, v->n_times, one[0], one[1], one[2]};
    rmf_status s = rmf_arrays_add(&arrays, "states", RMF_F32, samples->rank + 2, shape, v->states);
    if (s == RMF_OK)
        s = rmf_arrays_add(&arrays, "means", RMF_F32, samples->rank + 2, shape, v->means);
    if (s == RMF_OK) s = rmf_arrays_add(&arrays, "time", RMF_F64, 2, shape, v->time);
    if (s == RMF_OK) s = rmf_arrays_add(&arrays, "wanted", RMF_F64, 1, &shape[1], v->wanted);
    if (s == RMF_OK) s = rmf_arrays_add(&arrays, "label", RMF_I32, 1, &v->n, samples->label);
    if (s == RMF_OK)
        s = rmf_arrays_add_texts(&arrays, "classes", (const char *const *)samples->class_name,
                                 (size_t)samples->n_classes);
    if (s == RMF_OK) s = rmf_npz_write(path, replace, &arrays);
    rmf_arrays_free(&arrays);
    return s;
}

static rmf_status draw(const rmf_views *v, const rmf_samples *samples, const char *path,
                       bool replace)
{
    rmf_series *series = NULL;
    if (v->n > INT32_MAX / 2)
        return rmf_fail(RMF_ERR_USAGE, "%s: too many samples for a picture; expected .npz", path);
    RMF_TRY(rmf_alloc((size_t)(2 * v->n), sizeof *series, (void **)&series));
    for (int64_t r = 0; r < v->n; r++) {
        const int64_t at = r * v->n_times * v->features;
        series[2 * r] = (rmf_series){v->states + at, samples->class_name[samples->label[r]]};
        series[2 * r + 1] = (rmf_series){v->means + at, "mean"};
    }
    rmf_status s = rmf_series_write(path, replace, samples, series, (int)(2 * v->n), v->n_times);
    rmf_free(series);
    return s;
}

rmf_status rmf_views_write(const rmf_views *views, const rmf_samples *samples, const char *path,
                           bool replace)
{
    return rmf_is_picture(path) ? draw(views, samples, path, replace)
                                : write_arrays(views, samples, path, replace);
}

void rmf_views_free(rmf_views *views)
{
    rmf_free(views->states);
    rmf_free(views->means);
    rmf_free(views->time);
    rmf_free(views->branch);
}
