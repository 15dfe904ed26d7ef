/* tree/objects.c – checking labelled objects and grouping them by class. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree/objects.h"
#include "tree/products.h"

RMF_CHECKED static rmf_status check_shape(const rmf_labelled *data)
{
    if (data->n_names < 1 || data->names == NULL)
        return rmf_fail(RMF_ERR_ARGUMENT, "discovery: no class names; expected at least one");
    if (data->n < 1 || data->features < 1 || data->x == NULL || data->label == NULL)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: %lld objects of %lld features; expected at least one of each",
                        (long long)data->n, (long long)data->features);
    for (int64_t i = 0; i < data->n; i++)
        if (data->label[i] < 0 || data->label[i] >= data->n_names)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "discovery: object %lld has label %d; expected 0 to %d; correct the "
                            "labels",
                            (long long)i, data->label[i], data->n_names - 1);
    return RMF_OK;
}

RMF_CHECKED static rmf_status check_different(const rmf_labelled *data)
{
    size_t bytes = (size_t)data->features * sizeof *data->x;
    for (int64_t i = 1; i < data->n; i++)
        if (memcmp(data->x, data->x + i * data->features, bytes) != 0) return RMF_OK;
    return rmf_fail(RMF_ERR_ARGUMENT,
                    "discovery: all %lld objects are equal; expected different ones; check the "
                    "data and its normalisation",
                    (long long)data->n);
}

static int compare_rows(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Keeps a random part of each class's rows, in ascending order. */
RMF_CHECKED static rmf_status thin_out(const rmf_labelled *data, int64_t most, uint64_t seed,
                                       rmf_picks *picks)
{
    int64_t *order, *chosen, end = 0;
    rmf_key key = rmf_key_make(seed, RMF_STREAM_DISCOVERY);
    RMF_NEW(picks->arena, data->n, order);
    RMF_NEW(picks->arena, data->n, chosen);
    for (int c = 0; c < data->n_names; c++) {
        int64_t begin = picks->start[c], count = picks->start[c + 1] - begin;
        int64_t kept = count < most ? count : most;
        rmf_random_permutation(rmf_key_fold(key, (uint64_t)c), order, count);
        for (int64_t i = 0; i < kept; i++)
            chosen[i] = picks->row[begin + (kept < count ? order[i] : i)];
        qsort(chosen, (size_t)kept, sizeof *chosen, compare_rows);
        memcpy(picks->row + end, chosen, (size_t)kept * sizeof *chosen);
        picks->start[c] = end; /* rows only move towards the front */
        end += kept;
    }
    picks->start[data->n_names] = end;
    return RMF_OK;
}

RMF_CHECKED static rmf_status group(const rmf_labelled *data, rmf_picks *picks)
{
    int64_t *next;
    RMF_NEW(picks->arena, data->n_names + 1, picks->start);
    RMF_NEW(picks->arena, data->n_names + 1, next);
    RMF_NEW(picks->arena, data->n, picks->row);
    for (int64_t i = 0; i < data->n; i++)
        picks->start[data->label[i] + 1]++;
    for (int c = 0; c < data->n_names; c++) {
        int64_t count = picks->start[c + 1];
        if (count < 2)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "discovery: class \"%s\" has %lld object%s; expected at least two; "
                            "add objects or leave the class out",
                            data->names[c], (long long)count, count == 1 ? "" : "s");
        picks->start[c + 1] += picks->start[c];
        next[c] = picks->start[c];
    }
    for (int64_t i = 0; i < data->n; i++)
        picks->row[next[data->label[i]]++] = i;
    return RMF_OK;
}

/* Norms; a sum of squares is finite in double exactly when all floats of the row are. */
RMF_CHECKED static rmf_status measure(const rmf_labelled *data, rmf_picks *picks)
{
    const int64_t n = picks->start[data->n_names], d = data->features;
    double *norm;
    RMF_NEW(picks->arena, n, norm);
#pragma omp parallel for schedule(static) if (n * d > RMF_SMALL)
    for (int64_t i = 0; i < n; i++) {
        const float *x = data->x + picks->row[i] * d;
        norm[i] = sqrt(rmf_dot_f32(x, x, d));
    }
    picks->norm = norm;
    for (int64_t i = 0; i < n; i++) {
        if (isfinite(norm[i])) continue;
        const float *x = data->x + picks->row[i] * d;
        int64_t j = 0;
        while (isfinite(x[j]))
            j++;
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: feature %lld of object %lld is %s; expected finite numbers; "
                        "clean the data",
                        (long long)j, (long long)picks->row[i], isnan(x[j]) ? "NaN" : "infinite");
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status pick(const rmf_labelled *data, int64_t max_per_class, uint64_t seed,
                                   rmf_picks *picks)
{
    RMF_TRY(check_shape(data));
    RMF_TRY(group(data, picks));
    if (max_per_class > 0) RMF_TRY(thin_out(data, max_per_class, seed, picks));
    RMF_TRY(measure(data, picks));
    return check_different(data);
}

rmf_status rmf_picks_create(const rmf_labelled *data, int64_t max_per_class, uint64_t seed,
                            rmf_picks *out)
{
    rmf_picks picks = {0};
    if (max_per_class < 0 || max_per_class == 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: max_per_class is %lld; expected 0 (all) or at least 2",
                        (long long)max_per_class);
    RMF_TRY(rmf_arena_create(&picks.arena));
    rmf_status status = pick(data, max_per_class, seed, &picks);
    if (status == RMF_OK)
        *out = picks;
    else
        rmf_arena_free(picks.arena);
    return status;
}

void rmf_picks_free(rmf_picks *picks)
{
    rmf_arena_free(picks->arena);
    *picks = (rmf_picks){0};
}
