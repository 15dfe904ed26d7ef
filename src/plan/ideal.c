/*
 * plan/ideal.c – the objects of the ideal sampler, and its samples against real ones.
 *
 * The cut into known and real objects depends on the seed alone, so all trees of a curve are judged
 * by the same real objects.
 */
#include "plan/ideal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROOM_KEY 0x706c616eu /* "plan": this room's part of the evaluation stream */

void rmf_ideal_options_init(rmf_ideal_options *options)
{
    *options = (rmf_ideal_options){.objects = 1000};
}

rmf_key rmf_ideal_key(const rmf_ideal *ideal, int use)
{
    return rmf_key_fold(ideal->key, (uint64_t)use);
}

static rmf_status check_data(const rmf_labelled *data, const rmf_ideal_options *options)
{
    if (data->n < 1 || data->features < 1 || data->n_names < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "plan: %lld objects of %lld features in %d classes; expected some",
                        (long long)data->n, (long long)data->features, data->n_names);
    if (options->objects < 2)
        return rmf_fail(RMF_ERR_ARGUMENT, "plan: objects is %lld; expected at least 2 a class",
                        (long long)options->objects);
    for (int64_t i = 0; i < data->n; i++)
        if (data->label[i] < 0 || data->label[i] >= data->n_names)
            return rmf_fail(RMF_ERR_ARGUMENT, "plan: object %lld has label %d; expected 0 to %d",
                            (long long)i, data->label[i], data->n_names - 1);
    for (int64_t i = 0; i < data->n * data->features; i++)
        if (!isfinite(data->x[i]))
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "plan: feature %lld of object %lld is not finite; clean the data",
                            (long long)(i % data->features), (long long)(i / data->features));
    return RMF_OK;
}

/* Rows by class, those of a class in random order. */
static rmf_status shuffle(rmf_ideal *p, int64_t *start, int64_t *row)
{
    const rmf_labelled *data = p->data;
    int64_t *next = NULL, *order = NULL, *sorted = NULL;
    RMF_TRY(rmf_arena_alloc(p->arena, (size_t)data->n_names, sizeof *next, (void **)&next));
    RMF_TRY(rmf_arena_alloc(p->arena, (size_t)data->n, sizeof *order, (void **)&order));
    RMF_TRY(rmf_arena_alloc(p->arena, (size_t)data->n, sizeof *sorted, (void **)&sorted));
    for (int64_t i = 0; i < data->n; i++)
        start[data->label[i] + 1]++;
    for (int c = 0; c < data->n_names; c++) {
        if (start[c + 1] < 4)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "plan: class \"%s\" has %lld objects; expected at least 4, two of them "
                            "to be held back; add objects or leave the class out",
                            data->names[c], (long long)start[c + 1]);
        start[c + 1] += start[c];
        next[c] = start[c];
    }
    for (int64_t i = 0; i < data->n; i++)
        sorted[next[data->label[i]]++] = i;
    for (int c = 0; c < data->n_names; c++) {
        const int64_t count = start[c + 1] - start[c];
        rmf_random_permutation(rmf_key_fold(rmf_ideal_key(p, RMF_IDEAL_SPLIT), (uint64_t)c), order,
                               count);
        for (int64_t i = 0; i < count; i++)
            row[start[c] + i] = sorted[start[c] + order[i]];
    }
    return RMF_OK;
}

/* The first objects of a class become the real ones, the others the pool. */
static rmf_status cut(rmf_ideal *p, int64_t objects)
{
    const rmf_labelled *data = p->data;
    const size_t classes = (size_t)data->n_names, n = (size_t)data->n;
    int64_t *start = NULL, *row = NULL;
    rmf_pool *pool = &p->pool;
    *pool = (rmf_pool){.x = data->x, .features = data->features, .n_classes = data->n_names};
    RMF_TRY(rmf_arena_alloc(p->arena, classes + 1, sizeof *start, (void **)&start));
    RMF_TRY(rmf_arena_alloc(p->arena, n, sizeof *row, (void **)&row));
    RMF_TRY(rmf_arena_alloc(p->arena, classes + 1, sizeof *p->first, (void **)&p->first));
    RMF_TRY(rmf_arena_alloc(p->arena, classes + 1, sizeof(int64_t), (void **)&pool->start));
    RMF_TRY(rmf_arena_alloc(p->arena, n, sizeof(int64_t), (void **)&pool->row));
    RMF_TRY(rmf_arena_alloc(p->arena, n, sizeof(int64_t), (void **)&p->real_row));
    RMF_TRY(rmf_arena_alloc(p->arena, n, sizeof(double), (void **)&pool->square));
    RMF_TRY(shuffle(p, start, row));
    for (int c = 0; c < data->n_names; c++) {
        const int64_t count = start[c + 1] - start[c];
        const int64_t real = objects < count / 2 ? objects : count / 2;
        p->first[c + 1] = p->first[c] + real;
        pool->start[c + 1] = pool->start[c] + count - real;
        memcpy(p->real_row + p->first[c], row + start[c], (size_t)real * sizeof *row);
        memcpy(pool->row + pool->start[c], row + start[c] + real,
               (size_t)(count - real) * sizeof *row);
    }
    return RMF_OK;
}

static void measure(rmf_pool *pool)
{
    for (int64_t i = 0; i < pool->start[pool->n_classes]; i++) {
        const float *x = pool->x + pool->row[i] * pool->features;
        for (int64_t j = 0; j < pool->features; j++)
            pool->square[i] += (double)x[j] * x[j];
    }
}

rmf_status rmf_ideal_create(const rmf_labelled *data, const rmf_noise *noise,
                            const rmf_ideal_options *options, rmf_ideal **out)
{
    rmf_arena *arena = NULL;
    rmf_ideal *p = NULL;
    RMF_TRY(check_data(data, options));
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *p, (void **)&p);
    if (status == RMF_OK) {
        *p = (rmf_ideal){.arena = arena,
                         .data = data,
                         .noise = noise,
                         .metric = options->metric ? options->metric : rmf_metric_find("frechet"),
                         .key =
                             rmf_key_fold(rmf_key_make(options->seed, RMF_STREAM_EVAL), ROOM_KEY)};
        status = cut(p, options->objects);
    }
    if (status == RMF_OK &&
        (!p->metric || !rmf_metric_compares(p->metric) || !p->metric->lower_is_better))
        status = rmf_fail(RMF_ERR_ARGUMENT,
                          "plan: the metric is no distance of two sets; expected frechet or "
                          "wasserstein");
    if (status != RMF_OK) {
        rmf_arena_free(arena);
        return status;
    }
    measure(&p->pool);
    *out = p;
    return RMF_OK;
}

void rmf_ideal_free(rmf_ideal *ideal)
{
    if (ideal) rmf_arena_free(ideal->arena);
}

int64_t rmf_ideal_count(const rmf_ideal *ideal, int class_index)
{
    return ideal->first[class_index + 1] - ideal->first[class_index];
}

void rmf_ideal_score_free(rmf_ideal_score *score)
{
    rmf_free(score->value);
    *score = (rmf_ideal_score){0};
}

/* ---- samples against real objects ---- */

static void gather(const rmf_labelled *data, const int64_t *row, int64_t n, float *x)
{
    for (int64_t k = 0; k < n; k++)
        memcpy(x + k * data->features, data->x + row[k] * data->features,
               (size_t)data->features * sizeof *x);
}

static rmf_status compare_class(const rmf_ideal *p, int c, const int64_t *row, double *value)
{
    const int64_t n = rmf_ideal_count(p, c), d = p->data->features;
    float *x = NULL;
    RMF_TRY(rmf_alloc((size_t)(2 * n * d), sizeof *x, (void **)&x));
    gather(p->data, row + p->first[c], n, x);
    gather(p->data, p->real_row + p->first[c], n, x + n * d);
    const rmf_sample_set generated = {x, n, d}, real = {x + n * d, n, d};
    rmf_status status = rmf_metric_compute(p->metric, &generated, &real, value);
    rmf_free(x);
    if (status == RMF_OK) return RMF_OK;
    char place[96];
    snprintf(place, sizeof place, "plan: class \"%.60s\"", p->data->names[c]);
    return rmf_fail_in(status, place);
}

static rmf_status compare(const rmf_ideal *p, const int64_t *row, rmf_ideal_score *out)
{
    const int classes = p->data->n_names;
    rmf_ideal_score score = {0};
    RMF_TRY(rmf_alloc((size_t)classes, sizeof(double), (void **)&score.value));
    rmf_status status = RMF_OK;
    for (int c = 0; c < classes && status == RMF_OK; c++) {
        status = compare_class(p, c, row, &score.value[c]);
        score.mean += score.value[c] / classes;
        if (score.value[c] > score.value[score.worst_class]) score.worst_class = c;
    }
    score.worst = score.value[score.worst_class];
    if (status == RMF_OK)
        *out = score;
    else
        rmf_ideal_score_free(&score);
    return status;
}

rmf_status rmf_ideal_evaluate(const rmf_ideal *ideal, const rmf_tree *tree,
                              const rmf_progress *progress, rmf_ideal_score *out)
{
    int64_t *row = NULL;
    RMF_TRY(rmf_alloc((size_t)ideal->first[ideal->data->n_names], sizeof *row, (void **)&row));
    rmf_status status = rmf_ideal_draw(ideal, tree, progress, row);
    if (status == RMF_OK) status = compare(ideal, row, out);
    rmf_free(row);
    return status;
}

/* Objects of the class that the sampler knows: its first ones, in random order as they are, or
 * drawn with replacement. */
static void draw_class(const rmf_ideal *p, int c, bool replace, int64_t *row)
{
    const rmf_pool *pool = &p->pool;
    const rmf_key key = rmf_key_fold(rmf_ideal_key(p, RMF_IDEAL_FLOOR), (uint64_t)c);
    const int64_t known = pool->start[c + 1] - pool->start[c];
    for (int64_t k = 0; k < rmf_ideal_count(p, c); k++) {
        int64_t at = replace ? (int64_t)rmf_random_below(key, (uint64_t)k, 0, (uint64_t)known) : k;
        row[p->first[c] + k] = pool->row[pool->start[c] + at];
    }
}

rmf_status rmf_ideal_floors(const rmf_ideal *ideal, rmf_ideal_score *real, rmf_ideal_score *flat)
{
    int64_t *row = NULL;
    rmf_ideal_score score[2] = {{0}, {0}};
    RMF_TRY(rmf_alloc((size_t)ideal->first[ideal->data->n_names], sizeof *row, (void **)&row));
    rmf_status status = RMF_OK;
    for (int with_replacement = 0; with_replacement < 2 && status == RMF_OK; with_replacement++) {
        for (int c = 0; c < ideal->data->n_names; c++)
            draw_class(ideal, c, with_replacement, row);
        status = compare(ideal, row, &score[with_replacement]);
    }
    rmf_free(row);
    if (status != RMF_OK) {
        rmf_ideal_score_free(&score[0]);
        return status;
    }
    *real = score[0];
    *flat = score[1];
    return RMF_OK;
}
