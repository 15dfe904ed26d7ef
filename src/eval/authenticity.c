/*
 * eval/authenticity.c – share of generated objects that are no near copy: farther from the nearest
 * training object than that one is from its own nearest other one (Alaa et al. 2022).  Even a
 * perfect generator stays below 1: its floor says how far.
 */
#include <math.h>
#include <string.h>

#include "eval/metric.h"
#include "eval/neighbours.h"

typedef struct authenticity {
    int64_t n;
    float authentic[]; /* [n] 1 or 0 */
} authenticity;

struct nearest {
    const int64_t *except; /* [rows] object of the base that does not count; NULL: all do */
    int64_t *object;       /* [rows], or NULL */
    float *square;
};

static void visit(void *context, int64_t row, const float *square, int64_t n)
{
    const struct nearest *near = context;
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++)
        if (!(near->except && near->except[row] == i) && (best < 0 || square[i] < square[best]))
            best = i;
    near->square[row] = square[best];
    if (near->object) near->object[row] = best;
}

static rmf_status fill(authenticity *out, const rmf_pair *pair, rmf_arena *scratch)
{
    const rmf_sample_set *train = &pair->train;
    size_t n = (size_t)out->n, width = (size_t)train->features;
    int64_t *object = NULL;
    float *reach = NULL, *x = NULL;
    RMF_TRY(rmf_arena_alloc(scratch, n, sizeof *object, (void **)&object));
    RMF_TRY(rmf_arena_alloc(scratch, n, sizeof *reach, (void **)&reach));
    RMF_TRY(rmf_arena_alloc(scratch, n * width, sizeof *x, (void **)&x));
    RMF_TRY(rmf_distances(&pair->a, train, visit,
                          &(struct nearest){.object = object, .square = out->authentic}));
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * width, train->x + (size_t)object[i] * width, width * sizeof *x);
    RMF_TRY(rmf_distances(&(rmf_sample_set){x, out->n, train->features}, train, visit,
                          &(struct nearest){.except = object, .square = reach}));
    for (size_t i = 0; i < n; i++)
        out->authentic[i] = out->authentic[i] > reach[i];
    return RMF_OK;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    authenticity *a = NULL;
    rmf_arena *scratch = NULL;
    RMF_TRY(rmf_metric_sizes("authenticity", &pair->a, &pair->b, 1));
    if (pair->train.n < 2 || pair->train.features != pair->a.features)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "authenticity: %lld training objects of this class; expected at least 2",
                        (long long)pair->train.n);
    size_t bytes = (size_t)pair->a.n * sizeof a->authentic[0];
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *a + bytes, (void **)&a));
    a->n = pair->a.n;
    RMF_TRY(rmf_arena_create(&scratch));
    rmf_status s = fill(a, pair, scratch);
    rmf_arena_free(scratch);
    if (s == RMF_OK) *state = a;
    return s;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    const authenticity *a = state;
    *value = rmf_weighted_mean(a->authentic, weights->a, a->n);
    return RMF_OK;
}

const rmf_metric rmf_metric_authenticity = {
    .ops = {.name = "authenticity",
            .summary = "share of generated objects that are no near copy of a training object "
                       "(floor: of held-out ones)",
            .source = "Alaa et al. 2022",
            .lower_is_better = false},
    .needs = RMF_NEEDS_TRAIN,
    .low = 0,
    .high = 1,
    .prepare = prepare,
    .evaluate = evaluate};
