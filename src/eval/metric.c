/* eval/metric.c – the registry of metrics and what all of them share. */
#include "eval/metric.h"

#include <string.h>

#define ROW(name) &rmf_metric_##name,
#define PUBLIC_ROW(name) &rmf_metric_##name.ops,
static const rmf_metric *const rows[] = {RMF_METRICS(ROW) NULL};
static const rmf_metric_ops *const public_rows[] = {RMF_METRICS(PUBLIC_ROW) NULL};

const rmf_metric *const *rmf_metric_rows(void)
{
    return rows;
}

const rmf_metric_ops *const *rmf_metric_registry(void)
{
    return public_rows;
}

const rmf_metric_ops *rmf_metric_find(const char *name)
{
    for (const rmf_metric_ops *const *row = public_rows; *row; row++)
        if (strcmp((*row)->name, name) == 0) return *row;
    return NULL;
}

/* The public row is the first member of the whole one. */
static const rmf_metric *whole(const rmf_metric_ops *ops)
{
    return (const rmf_metric *)ops;
}

bool rmf_metric_compares(const rmf_metric_ops *metric)
{
    return whole(metric)->needs == RMF_NEEDS_NOTHING && !whole(metric)->trial;
}

rmf_status rmf_metric_compute(const rmf_metric_ops *ops, const rmf_sample_set *a,
                              const rmf_sample_set *b, double *value)
{
    const rmf_metric *metric = whole(ops);
    void *state = NULL;
    rmf_arena *arena = NULL;
    rmf_pair pair = {.a = *a, .b = *b};
    rmf_weights once = {NULL, NULL};
    if (!rmf_metric_compares(ops))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "%s: two sets alone; expected a metric that compares two sets, such as "
                        "frechet",
                        ops->name);
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status s = metric->prepare(&pair, arena, &state);
    if (s == RMF_OK) s = metric->evaluate(state, &once, value);
    rmf_arena_free(arena);
    return s;
}

rmf_status rmf_metric_sizes(const char *metric, const rmf_sample_set *a, const rmf_sample_set *b,
                            int64_t least)
{
    if (a->features != b->features || a->features < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "%s: objects of %lld features against %lld; expected the same number, at "
                        "least 1",
                        metric, (long long)a->features, (long long)b->features);
    if (a->n < least || b->n < least)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "%s: %lld objects against %lld; expected at least %lld on each side",
                        metric, (long long)a->n, (long long)b->n, (long long)least);
    return RMF_OK;
}

static bool varies(const rmf_sample_set *set, int64_t feature)
{
    for (int64_t i = 1; i < set->n; i++)
        if (set->x[i * set->features + feature] != set->x[feature]) return true;
    return false;
}

int64_t rmf_varying_features(const rmf_pair *pair, int64_t *column)
{
    int64_t count = 0;
    for (int64_t j = 0; j < pair->a.features; j++)
        if (varies(&pair->a, j) && varies(&pair->b, j)) column[count++] = j;
    return count;
}

double rmf_weight_sum(const double *w, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += rmf_weight(w, i);
    return sum;
}

double rmf_weighted_mean(const float *x, const double *w, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += rmf_weight(w, i) * x[i];
    return sum / rmf_weight_sum(w, n);
}
