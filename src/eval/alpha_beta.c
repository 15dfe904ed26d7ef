/*
 * eval/alpha_beta.c – integrated α-precision and β-recall (Alaa et al. 2022) on the features as
 * they are, supports being balls around the means.
 *
 *   α-precision  the ball around the mean real object that holds a share α of the real ones should
 *                hold the same share of the generated ones, for every α
 *   β-recall     the ball around the mean generated object that holds a share β of the generated
 *                ones should *cover* the same share of the real ones; a real object is covered when
 *                one of those lies within the distance to its k-th nearest real one, k = 5
 *
 * Either figure is 1 − Σ|share − α| / Σα over the α at which the ball grows: 1 where the shares
 * agree, 0 where nothing is inside.  Balls and neighbourhoods stay in a resample, as in prdc.c; the
 * shares are what it changes.
 */
#include <math.h>

#include "eval/metric.h"
#include "eval/neighbours.h"
#include "eval/rank.h"

enum { NEIGHBOURS = 5 };

typedef struct shares {
    int64_t na, nb;
    rmf_ranked *real, *real_centred;           /* of α: distance of [na], [nb] to the real mean */
    rmf_ranked *generated, *generated_centred; /* of β: innermost cover of [nb], distance of [na] */
} shares;

/* distance[i] of the objects of a set to the mean of another. */
static rmf_status centre_distances(const rmf_sample_set *set, const rmf_sample_set *of,
                                   float *distance)
{
    double *mean = NULL;
    int64_t d = of->features;
    RMF_TRY(rmf_alloc((size_t)d, sizeof *mean, (void **)&mean));
    for (int64_t i = 0; i < of->n; i++)
        for (int64_t j = 0; j < d; j++)
            mean[j] += of->x[i * d + j] / (double)of->n;
    for (int64_t i = 0; i < set->n; i++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            double v = set->x[i * d + j] - mean[j];
            square += v * v;
        }
        distance[i] = (float)sqrt(square);
    }
    rmf_free(mean);
    return RMF_OK;
}

struct cover {
    const float *radius;  /* [nb] squared */
    const float *centred; /* [na] of the generated objects */
    float *innermost;     /* [nb] least `centred` of those within the radius, or infinite */
};

static void visit_real(void *context, int64_t row, const float *square, int64_t n)
{
    const struct cover *c = context;
    float least = INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (square[i] <= c->radius[row] && c->centred[i] < least) least = c->centred[i];
    c->innermost[row] = least;
}

/* scratch: 2·(na + nb) numbers. */
static rmf_status fill(shares *s, const rmf_pair *pair, float *scratch)
{
    float *of_a = scratch, *of_b = of_a + s->na, *radius = of_b + s->nb;
    RMF_TRY(centre_distances(&pair->a, &pair->b, of_a));
    RMF_TRY(centre_distances(&pair->b, &pair->b, of_b));
    rmf_rank(of_a, s->na, s->real);
    rmf_rank(of_b, s->nb, s->real_centred);
    RMF_TRY(centre_distances(&pair->a, &pair->a, of_a));
    RMF_TRY(rmf_neighbour_radii(&pair->b, NEIGHBOURS, radius));
    RMF_TRY(rmf_distances(&pair->b, &pair->a, visit_real, &(struct cover){radius, of_a, of_b}));
    rmf_rank(of_b, s->nb, s->generated);
    rmf_rank(of_a, s->na, s->generated_centred);
    return RMF_OK;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    shares *s = NULL;
    float *scratch = NULL;
    size_t na = (size_t)pair->a.n, nb = (size_t)pair->b.n;
    RMF_TRY(
        rmf_metric_sizes("alpha-precision and beta-recall", &pair->a, &pair->b, NEIGHBOURS + 1));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *s, (void **)&s));
    s->na = pair->a.n;
    s->nb = pair->b.n;
    RMF_TRY(rmf_arena_alloc(arena, na, sizeof *s->real, (void **)&s->real));
    RMF_TRY(rmf_arena_alloc(arena, nb, sizeof *s->real, (void **)&s->real_centred));
    RMF_TRY(rmf_arena_alloc(arena, nb, sizeof *s->real, (void **)&s->generated));
    RMF_TRY(rmf_arena_alloc(arena, na, sizeof *s->real, (void **)&s->generated_centred));
    RMF_TRY(rmf_alloc(2 * (na + nb), sizeof *scratch, (void **)&scratch));
    rmf_status status = fill(s, pair, scratch);
    rmf_free(scratch);
    if (status == RMF_OK) *state = s;
    return status;
}

typedef struct walk {
    const rmf_ranked *object;
    const double *weight;
    int64_t n;
} walk;

/* How nearly the balls that grow along `ball` hold the same share of `other`. */
static double agreement(const walk *ball, const walk *other)
{
    double total = rmf_weight_sum(ball->weight, ball->n),
           other_total = rmf_weight_sum(other->weight, other->n);
    double inside = 0, other_inside = 0, gap = 0, sum = 0;
    for (int64_t i = 0, next, j = 0; i < ball->n; i = next) {
        double reach = ball->object[i].value, step = 0;
        for (next = i; next < ball->n && ball->object[next].value <= reach; next++)
            step += rmf_weight(ball->weight, ball->object[next].object);
        for (; j < other->n && other->object[j].value <= reach; j++)
            other_inside += rmf_weight(other->weight, other->object[j].object);
        inside += step;
        gap += step * fabs(other_inside / other_total - inside / total);
        sum += step * inside / total;
    }
    return 1 - gap / sum;
}

static rmf_status evaluate_alpha(const void *state, const rmf_weights *weights, double *value)
{
    const shares *s = state;
    *value =
        agreement(&(walk){s->real_centred, weights->b, s->nb}, &(walk){s->real, weights->a, s->na});
    return RMF_OK;
}

static rmf_status evaluate_beta(const void *state, const rmf_weights *weights, double *value)
{
    const shares *s = state;
    *value = agreement(&(walk){s->generated_centred, weights->a, s->na},
                       &(walk){s->generated, weights->b, s->nb});
    return RMF_OK;
}

const rmf_metric rmf_metric_alpha_precision = {
    .ops = {.name = "alpha-precision",
            .summary = "do balls around the real mean hold equal shares of both, over all radii",
            .source = "Alaa et al. 2022, without the embedding",
            .lower_is_better = false},
    .low = 0,
    .high = 1,
    .prepare = prepare,
    .evaluate = evaluate_alpha};

const rmf_metric rmf_metric_beta_recall = {
    .ops = {.name = "beta-recall",
            .summary = "do balls around the generated mean cover as large a share of real objects "
                       "(k = 5), over all radii",
            .source = "Alaa et al. 2022, without the embedding",
            .lower_is_better = false},
    .low = 0,
    .high = 1,
    .prepare = prepare,
    .evaluate = evaluate_beta};
