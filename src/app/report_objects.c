/* app/report_objects.c – what a report shows of objects: samples of one start for every class, what
 * they share at branch points, real objects beside them, and an evaluation. */
#include "app/report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES_MOST = 6, ROWS_OF_TABLES = 200, JUDGED_MOST = 200 };
/* Of one image a class, times images.  What is still too much the page itself leaves out. */
#define VALUES_MOST 250000

static int64_t count_shown(const rmf_model *model)
{
    int64_t shape[3];
    if (rmf_model_shape(model, shape) != 3) return ROWS_OF_TABLES;
    const int64_t fit =
        VALUES_MOST / (rmf_model_features(model) * rmf_tree_class_count(rmf_model_tree(model)));
    return fit < 1 ? 1 : fit > IMAGES_MOST ? IMAGES_MOST : fit;
}

/* ---- samples and hybrids ---- */

/* The expected objects at the end of one branch; NAN stays where its network was never trained or
 * the end is the data. */
static rmf_status draw_hybrid(const rmf_report_job *job, const rmf_sampling *sampling, int b,
                              float *means)
{
    const rmf_branch *branch = rmf_tree_branch(sampling->tree, b);
    const rmf_hybrid hybrid = {.sampling = sampling,
                               .classes = branch->classes,
                               .n_classes = branch->n_classes,
                               .count = sampling->count};
    if (branch->n_children < 2 || branch->t_start <= sampling->t_start ||
        branch->t_start >= branch->t_end)
        return RMF_OK;
    RMF_TRY(rmf_hybrid_states(&hybrid, job->progress, means, NULL));
    RMF_TRY(rmf_hybrid_means(&hybrid, means, means));
    rmf_normalisation_invert(rmf_model_normalisation(job->model), means, sampling->count,
                             rmf_model_features(job->model));
    return RMF_OK;
}

static rmf_status draw_hybrids(rmf_report_job *job, const rmf_sampling *sampling)
{
    const int branches = rmf_tree_branch_count(sampling->tree);
    const int64_t block = sampling->count * rmf_model_features(job->model);
    float *means = NULL;
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)branches, (size_t)block * sizeof *means,
                            (void **)&means));
    for (int64_t i = 0; i < branches * block; i++)
        means[i] = NAN;
    for (int b = 0; b < branches; b++)
        RMF_TRY(draw_hybrid(job, sampling, b, means + b * block));
    job->page.hybrids = means;
    return RMF_OK;
}

static rmf_status draw_samples(rmf_report_job *job, rmf_sampling *sampling)
{
    rmf_score score;
    rmf_samples *s = &job->shown;
    rmf_sampling_report cost;
    RMF_TRY(rmf_model_prepare(job->model, &score, sampling));
    RMF_TRY(rmf_samples_create(job->model, sampling, s));
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)rmf_tree_branch_count(sampling->tree),
                            sizeof *sampling->evaluations, (void **)&sampling->evaluations));
    RMF_TRY(rmf_sample(sampling, job->progress, s->x, &cost));
    job->page.evaluations = sampling->evaluations;
    sampling->evaluations = NULL;
    rmf_normalisation_invert(rmf_model_normalisation(job->model), s->x, s->n, s->features);
    if (s->rank == 3) RMF_TRY(draw_hybrids(job, sampling));
    char steps[40] = "steps by error control";
    if (sampling->steps > 0) snprintf(steps, sizeof steps, "%d steps", sampling->steps);
    snprintf(job->sampling, sizeof job->sampling, "%s, %s, guidance %g, seed %llu",
             sampling->sampler->name, steps, sampling->guidance,
             (unsigned long long)sampling->seed);
    return RMF_OK;
}

/* Black and white: what the format promises, else what the samples are. */
static void find_range(const rmf_samples *s, double *low, double *high)
{
    *low = s->low;
    *high = s->high;
    if (s->low < s->high) return;
    *low = *high = s->x[0];
    for (int64_t i = 1; i < s->n * s->features; i++) {
        *low = fmin(*low, s->x[i]);
        *high = fmax(*high, s->x[i]);
    }
    if (!(*low < *high)) *high = *low + 1;
}

rmf_status rmf_report_draw(rmf_report_job *job)
{
    rmf_sampling sampling;
    rmf_sample_request request = *job->request;
    int *classes = NULL;
    if (!job->model) return RMF_OK;
    request.seed = job->common->seed;
    RMF_TRY(rmf_request_sampling(&request, rmf_model_settings(job->model), &sampling));
    sampling.count = count_shown(job->model);
    sampling.shared = true;
    sampling.paper = false; /* the published grid is that of whole runs: states on the way differ */
    RMF_TRY(rmf_choose_classes(rmf_model_tree(job->model), NULL, &classes, &sampling.n_classes));
    sampling.classes = classes;
    rmf_status s = draw_samples(job, &sampling);
    rmf_free(classes);
    RMF_TRY(s);
    rmf_page *page = &job->page;
    page->count = sampling.count;
    page->samples = job->shown.x;
    find_range(&job->shown, &page->low, &page->high);
    page->feature_name = (const char *const *)job->shown.feature_name;
    page->generated = (rmf_page_set){job->shown.x, job->shown.label, job->shown.n};
    return RMF_OK;
}

/* ---- real objects ---- */

/* A copy in the data's own units, before an evaluation takes them to its own. */
static rmf_status keep_real(rmf_report_job *job)
{
    const rmf_dataset *data = &job->real.train;
    float *x = NULL;
    int32_t *label = NULL;
    const size_t row = (size_t)data->features * sizeof *x;
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)data->n, row, (void **)&x));
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)data->n, sizeof *label, (void **)&label));
    memcpy(x, data->x, (size_t)data->n * row);
    for (int64_t i = 0; i < data->n; i++)
        label[i] = rmf_tree_class_index(job->page.tree, data->class_name[data->label[i]]);
    job->page.real = (rmf_page_set){x, label, data->n};
    return RMF_OK;
}

rmf_status rmf_report_real(rmf_report_job *job)
{
    if (!job->model) return RMF_OK;
    rmf_status s = rmf_real_read_model(job->model, &job->real);
    job->has_real = s == RMF_OK;
    if (s == RMF_OK && job->real.train.features != rmf_model_features(job->model)) {
        job->has_real = false;
        s = rmf_fail(RMF_ERR_FORMAT, "%s: objects have %lld features but those of the model %lld",
                     job->real.train.source, (long long)job->real.train.features,
                     (long long)rmf_model_features(job->model));
    }
    if (!job->has_real)
        return rmf_report_soften(
            job, s, "the data are not at hand, so nothing is compared with real objects");
    return job->page.rank == 3 ? RMF_OK : keep_real(job);
}

rmf_status rmf_report_nearest(rmf_report_job *job)
{
    const rmf_dataset *train = &job->real.train;
    const rmf_samples *s = &job->shown;
    const size_t row = (size_t)s->features * sizeof *s->x;
    float *x = NULL;
    int64_t *index = NULL;
    if (!job->has_real || job->page.rank != 3 || train->n == 0) return RMF_OK;
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)s->n, row, (void **)&x));
    RMF_TRY(rmf_arena_alloc(job->arena, (size_t)s->n, sizeof *index, (void **)&index));
    memcpy(x, s->x, (size_t)s->n * row);
    rmf_normalisation_apply(&job->real.map, x, s->n, s->features);
    RMF_TRY(rmf_nearest_objects(&(rmf_sample_set){x, s->n, s->features},
                                &(rmf_sample_set){train->x, train->n, train->features}, index));
    for (int64_t i = 0; i < s->n; i++)
        memcpy(x + i * s->features, train->x + index[i] * s->features, row);
    rmf_normalisation_invert(&job->real.map, x, s->n, s->features);
    job->page.nearest = x;
    return RMF_OK;
}

/* ---- evaluation ---- */

static rmf_status evaluate(rmf_report_job *job)
{
    rmf_sample_request request = *job->request;
    rmf_sampling_report cost;
    rmf_samples samples = {0};
    const rmf_eval_request how = {.metrics = job->metrics,
                                  .bootstrap = (int)job->bootstrap,
                                  .floor = true,
                                  .seed = job->common->seed >= 0 ? (uint64_t)job->common->seed : 0};
    request.seed = job->common->seed;
    if (request.count == 0) {
        request.count = rmf_settings_int(job->real.settings, "eval.count", 0);
        if (request.count == 0) RMF_TRY(rmf_real_count(&job->real, &request.count));
        if (request.count > JUDGED_MOST) request.count = JUDGED_MOST;
    }
    RMF_TRY(rmf_draw(job->model, &request, job->progress, &samples, &cost));
    rmf_status s =
        rmf_evaluate_samples(&how, &job->real, &samples, job->progress, &job->evaluation);
    rmf_samples_free(&samples);
    return s;
}

rmf_status rmf_report_evaluate(rmf_report_job *job)
{
    rmf_dataset *train = &job->real.train;
    const bool wanted = !job->eval && !(job->metrics && strcmp(job->metrics, "none") == 0);
    if (job->has_real && wanted) RMF_TRY(evaluate(job));
    if (job->has_real && !wanted)
        rmf_normalisation_apply(&job->real.map, train->x, train->n, train->features);
    job->page.evaluation = job->evaluation;
    if (!wanted && !job->eval)
        return rmf_report_note(job, "there are no metrics: none were asked for");
    return RMF_OK;
}
