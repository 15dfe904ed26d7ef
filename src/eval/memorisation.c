/*
 * eval/memorisation.c – does the model repeat its training objects?  Distance of each generated
 * object to the nearest training object of its class, against the same distance of real objects
 * that were held out:
 *
 *   value            median of generated / median of held-out: 1 for a perfect generator, far below
 *                    1 for a copier
 *   share_closer     share of generated objects closer than the 1st percentile of the held-out
 *                    (0.01 for a perfect generator)
 *   share_copies     share of generated objects that equal a training object; beside it the same
 *                    share of the held-out, since coarse data repeat by nature
 */
#include <jansson.h>
#include <math.h>

#include "eval/metric.h"
#include "eval/neighbours.h"
#include "eval/rank.h"

typedef struct near_side {
    int64_t n;
    rmf_ranked *near; /* [n] objects by their distance */
} near_side;

typedef struct memorisation {
    near_side generated, held_out;
} memorisation;

static rmf_status measure(const rmf_sample_set *query, const rmf_sample_set *train,
                          rmf_arena *arena, near_side *out)
{
    size_t n = (size_t)query->n;
    float *distance = NULL;
    out->n = query->n;
    RMF_TRY(rmf_arena_alloc(arena, n, sizeof *out->near, (void **)&out->near));
    RMF_TRY(rmf_alloc(n, sizeof *distance, (void **)&distance));
    rmf_status s = rmf_nearest_distances(query, train, distance);
    for (size_t i = 0; s == RMF_OK && i < n; i++)
        distance[i] = sqrtf(distance[i]);
    if (s == RMF_OK) rmf_rank(distance, out->n, out->near);
    rmf_free(distance);
    return s;
}

/* The smallest distance below which at least half of the weight lies; with even numbers the mean
 * with the next one, as the usual median. */
static double median(const near_side *side, const double *weight)
{
    double total = rmf_weight_sum(weight, side->n), below = 0;
    for (int64_t i = 0; i < side->n; i++) {
        below += rmf_weight(weight, side->near[i].object);
        if (below < total / 2) continue;
        int64_t next = i;
        if (below == total / 2) do
                next++;
            while (next < side->n - 1 && weight && weight[side->near[next].object] == 0);
        return 0.5 * ((double)side->near[i].value + side->near[next].value);
    }
    return NAN;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    memorisation *m = NULL;
    RMF_TRY(rmf_metric_sizes("memorisation", &pair->a, &pair->b, 2));
    if (pair->train.n < 1 || pair->train.features != pair->a.features)
        return rmf_fail(RMF_ERR_NUMERIC, "memorisation: no training objects of this class");
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *m, (void **)&m));
    RMF_TRY(measure(&pair->a, &pair->train, arena, &m->generated));
    RMF_TRY(measure(&pair->b, &pair->train, arena, &m->held_out));
    if (median(&m->held_out, NULL) == 0)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "memorisation: half of the real objects are training objects; expected "
                        "held-out ones");
    *state = m;
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    const memorisation *m = state;
    double held_out = median(&m->held_out, weights->b);
    /* A resample may draw repeats for more than half; then there is no ratio. */
    *value = held_out > 0 ? median(&m->generated, weights->a) / held_out : NAN;
    return RMF_OK;
}

static double share_below(const near_side *side, double limit, bool inclusive)
{
    int64_t below = 0;
    for (int64_t i = 0; i < side->n; i++)
        below += inclusive ? side->near[i].value <= limit : side->near[i].value < limit;
    return (double)below / (double)side->n;
}

static rmf_status describe(const void *state, json_t *entry)
{
    const memorisation *m = state;
    double place = 0.01 * (double)(m->held_out.n - 1); /* percentile by linear interpolation */
    int64_t low = (int64_t)floor(place), high = low + 1 < m->held_out.n ? low + 1 : low;
    double percentile = m->held_out.near[low].value +
                        (place - (double)low) *
                            ((double)m->held_out.near[high].value - m->held_out.near[low].value);
    json_t *more =
        json_pack("{s:f, s:f, s:f, s:f, s:f}", "median_generated", median(&m->generated, NULL),
                  "median_held_out", median(&m->held_out, NULL), "share_closer",
                  share_below(&m->generated, percentile, false), "share_copies",
                  share_below(&m->generated, 0, true), "share_copies_held_out",
                  share_below(&m->held_out, 0, true));
    int failed = more ? json_object_update(entry, more) : -1;
    json_decref(more);
    return failed ? rmf_fail(RMF_ERR_MEMORY, "memorisation: out of memory for the figures")
                  : RMF_OK;
}

const rmf_metric rmf_metric_memorisation = {
    .ops = {.name = "memorisation",
            .summary = "nearest training object: median distance of generated over held-out; "
                       "1 is ideal, far below is copying",
            .source = "compare Meehan et al. 2020",
            .lower_is_better = false},
    .needs = RMF_NEEDS_TRAIN,
    .low = 0,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate,
    .describe = describe};
