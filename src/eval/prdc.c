/*
 * eval/prdc.c – precision, recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al.
 * 2020) with k = 5: a set's manifold is the union of balls around its objects that reach to their
 * k-th nearest neighbour within the set.
 *
 *   precision  share of generated objects in the real manifold
 *   recall     share of real objects in the generated manifold
 *   density    mean number of real balls around a generated object, over k; may exceed 1
 *   coverage   share of real objects whose ball holds a generated object
 *
 * Each is a mean over the objects of one side, and those are what a resample draws.  The manifolds
 * stay: in a resample duplicates would be each other's neighbours at distance 0 and the balls
 * would shrink, which says nothing about the objects.
 */
#include <math.h>

#include "eval/metric.h"
#include "eval/neighbours.h"

enum { NEIGHBOURS = 5 };

typedef struct prdc {
    int64_t na, nb;
    float *real_radius, *generated_radius; /* squared */
    float *precise, *dense;                /* [na] each generated object's part */
    float *recalled, *covered;             /* [nb] each real object's part */
} prdc;

static void visit_generated(void *context, int64_t row, const float *square, int64_t n)
{
    prdc *p = context;
    int64_t balls = 0;
    for (int64_t i = 0; i < n; i++)
        balls += square[i] <= p->real_radius[i];
    p->precise[row] = balls > 0;
    p->dense[row] = (float)balls / NEIGHBOURS;
}

static void visit_real(void *context, int64_t row, const float *square, int64_t n)
{
    prdc *p = context;
    bool recalled = false, covered = false;
    for (int64_t i = 0; i < n; i++) {
        recalled |= square[i] <= p->generated_radius[i];
        covered |= square[i] <= p->real_radius[row];
    }
    p->recalled[row] = recalled;
    p->covered[row] = covered;
}

static rmf_status fill(prdc *p, const rmf_pair *pair)
{
    RMF_TRY(rmf_neighbour_radii(&pair->b, NEIGHBOURS, p->real_radius));
    RMF_TRY(rmf_neighbour_radii(&pair->a, NEIGHBOURS, p->generated_radius));
    RMF_TRY(rmf_distances(&pair->a, &pair->b, visit_generated, p));
    return rmf_distances(&pair->b, &pair->a, visit_real, p);
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    prdc *p = NULL;
    size_t na = (size_t)pair->a.n, nb = (size_t)pair->b.n;
    RMF_TRY(rmf_metric_sizes("precision and recall", &pair->a, &pair->b, NEIGHBOURS + 1));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *p, (void **)&p));
    p->na = pair->a.n;
    p->nb = pair->b.n;
    RMF_TRY(rmf_arena_alloc(arena, nb, sizeof(float), (void **)&p->real_radius));
    RMF_TRY(rmf_arena_alloc(arena, nb, sizeof(float), (void **)&p->recalled));
    RMF_TRY(rmf_arena_alloc(arena, nb, sizeof(float), (void **)&p->covered));
    RMF_TRY(rmf_arena_alloc(arena, na, sizeof(float), (void **)&p->generated_radius));
    RMF_TRY(rmf_arena_alloc(arena, na, sizeof(float), (void **)&p->precise));
    RMF_TRY(rmf_arena_alloc(arena, na, sizeof(float), (void **)&p->dense));
    RMF_TRY(fill(p, pair));
    *state = p;
    return RMF_OK;
}

/* One table row a metric: its name, the side it averages over and the parts of that side. */
#define RMF_PRDC(name_, part, side, count, most, summary_, source_)                                \
    static rmf_status evaluate_##name_(const void *state, const rmf_weights *weights,              \
                                       double *value)                                              \
    {                                                                                              \
        const prdc *p = state;                                                                     \
        *value = rmf_weighted_mean(p->part, weights->side, p->count);                              \
        return RMF_OK;                                                                             \
    }                                                                                              \
    const rmf_metric rmf_metric_##name_ = {                                                        \
        .ops = {.name = #name_, .summary = summary_, .source = source_, .lower_is_better = false}, \
        .low = 0,                                                                                  \
        .high = most,                                                                              \
        .prepare = prepare,                                                                        \
        .evaluate = evaluate_##name_};

RMF_PRDC(precision, precise, a, na, 1, "share of generated objects among real ones (k = 5)",
         "Kynkäänniemi et al. 2019")
RMF_PRDC(recall, recalled, b, nb, 1, "share of real objects among generated ones (k = 5)",
         "Kynkäänniemi et al. 2019")
RMF_PRDC(density, dense, a, na, INFINITY, "real neighbourhoods around a generated object (k = 5)",
         "Naeem et al. 2020")
RMF_PRDC(coverage, covered, b, nb, 1,
         "share of real neighbourhoods that hold a generated object (k = 5)", "Naeem et al. 2020")
