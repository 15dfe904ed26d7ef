/*
 * eval/wasserstein.c – mean over features of the 1-D Wasserstein-1 distance ∫ |F(v) − G(v)| dv of
 * the two empirical distribution functions.
 *
 * The values of both sides are sorted together once.  A resample changes only how far F − G steps
 * at each value, so its distance is one pass over the kept order without a branch.
 */
#include <math.h>
#include <string.h>

#include "eval/metric.h"

typedef struct wasserstein {
    int64_t na, nb, features;
    int32_t *order; /* [features, na + nb] object at each place; those of b follow those of a */
    float *gap;     /* [features, na + nb] distance to the next value, 0 at the last */
} wasserstein;

typedef struct keyed {
    uint32_t key;
    int32_t object;
} keyed;

/* Bits whose order as unsigned numbers is the order of the floats. */
static uint32_t sortable(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static float unsortable(uint32_t key)
{
    uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Radix sort, 8 bits a pass; an even number of passes ends in `items`. */
static void sort_keys(keyed *items, keyed *other, int64_t n)
{
    for (int shift = 0; shift < 32; shift += 8) {
        int64_t start[257] = {0};
        for (int64_t i = 0; i < n; i++)
            start[((items[i].key >> shift) & 255) + 1]++;
        for (int digit = 0; digit < 256; digit++)
            start[digit + 1] += start[digit];
        for (int64_t i = 0; i < n; i++)
            other[start[(items[i].key >> shift) & 255]++] = items[i];
        keyed *swap = items;
        items = other;
        other = swap;
    }
}

/* scratch: 2·(na + nb) elements. */
static void sort_feature(const wasserstein *w, const rmf_pair *pair, int64_t feature,
                         keyed *scratch)
{
    int64_t n = w->na + w->nb, d = w->features;
    for (int64_t i = 0; i < n; i++) {
        const float *x = i < w->na ? pair->a.x + i * d : pair->b.x + (i - w->na) * d;
        scratch[i] = (keyed){sortable(x[feature]), (int32_t)i};
    }
    sort_keys(scratch, scratch + n, n);
    int32_t *order = w->order + feature * n;
    float *gap = w->gap + feature * n;
    for (int64_t i = 0; i < n; i++) {
        order[i] = scratch[i].object;
        gap[i] = i + 1 < n ? unsortable(scratch[i + 1].key) - unsortable(scratch[i].key) : 0.0f;
    }
}

static rmf_status sort_all(const wasserstein *w, const rmf_pair *pair)
{
    size_t places = (size_t)(w->na + w->nb);
    int threads = rmf_threads();
    keyed *scratch = NULL;
    RMF_TRY(rmf_alloc((size_t)threads * 2 * places, sizeof *scratch, (void **)&scratch));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int thread = 0; thread < threads; thread++)
        for (int64_t j = thread; j < w->features; j += threads)
            sort_feature(w, pair, j, scratch + (size_t)thread * 2 * places);
    rmf_free(scratch);
    return RMF_OK;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    wasserstein *w = NULL;
    RMF_TRY(rmf_metric_sizes("wasserstein", &pair->a, &pair->b, 1));
    if (pair->a.n > INT32_MAX - pair->b.n)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "wasserstein: %lld and %lld objects; expected less than 2^31 in all",
                        (long long)pair->a.n, (long long)pair->b.n);
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *w, (void **)&w));
    w->na = pair->a.n;
    w->nb = pair->b.n;
    w->features = pair->a.features;
    size_t places = (size_t)(w->na + w->nb) * (size_t)w->features;
    RMF_TRY(rmf_arena_alloc(arena, places, sizeof *w->order, (void **)&w->order));
    RMF_TRY(rmf_arena_alloc(arena, places, sizeof *w->gap, (void **)&w->gap));
    RMF_TRY(sort_all(w, pair));
    *state = w;
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    const wasserstein *w = state;
    int64_t n = w->na + w->nb;
    double total_a = rmf_weight_sum(weights->a, w->na), total_b = rmf_weight_sum(weights->b, w->nb);
    double *step = NULL, sum = 0;
    RMF_TRY(rmf_alloc((size_t)n, sizeof *step, (void **)&step));
    /* Steps of (F − G)·total_a·total_b: whole numbers, so the running sum has no rounding. */
    for (int64_t i = 0; i < w->na; i++)
        step[i] = total_b * rmf_weight(weights->a, i);
    for (int64_t i = 0; i < w->nb; i++)
        step[w->na + i] = -total_a * rmf_weight(weights->b, i);
    for (int64_t j = 0; j < w->features; j++) {
        const int32_t *order = w->order + j * n;
        const float *gap = w->gap + j * n;
        double difference = 0, area = 0;
        for (int64_t i = 0; i < n; i++) {
            difference += step[order[i]];
            area += fabs(difference) * gap[i];
        }
        sum += area;
    }
    rmf_free(step);
    *value = sum / (total_a * total_b) / (double)w->features;
    return RMF_OK;
}

const rmf_metric rmf_metric_wasserstein = {
    .ops = {.name = "wasserstein",
            .summary = "mean over features of the 1-D Wasserstein-1 distance",
            .source = "Villani 2009, section 6; one dimension: area between distribution functions",
            .lower_is_better = true},
    .low = 0,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate};
