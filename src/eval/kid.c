/*
 * eval/kid.c – the kernel distance of Bińkowski et al. 2018: squared maximum mean discrepancy under
 * (x·y/d + 1)³, unbiased.
 *
 * The value uses all pairs.  Beside it stand the mean of the same estimate on disjoint blocks of
 * objects and its standard error, which is how the distance is usually published; all pairs vary
 * less than that.
 */
#include <jansson.h>
#include <math.h>

#include "eval/kernel.h"
#include "eval/linalg.h"
#include "eval/summary.h"

enum { BLOCKS = 10, BLOCK_LEAST = 2 };

/* product: room for as many. */
static rmf_status fill_block(const rmf_sample_set *a, const rmf_sample_set *b, double *product,
                             float *value)
{
    int64_t d = a->features;
    RMF_TRY(rmf_linalg_products(a->x, a->n, b->x, b->n, d, product));
    for (int64_t i = 0; i < a->n * b->n; i++) {
        double base = product[i] / (double)d + 1;
        value[i] = (float)(base * base * base);
    }
    return RMF_OK;
}

static rmf_status fill(rmf_kernel *k, const rmf_pair *pair)
{
    double *product = NULL;
    size_t most = (size_t)(k->na > k->nb ? k->na : k->nb);
    if (most > RMF_LINALG_LIMIT)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "kid: %zu objects; expected at most %d; evaluate fewer objects", most,
                        RMF_LINALG_LIMIT);
    RMF_TRY(rmf_alloc(most * most, sizeof *product, (void **)&product));
    rmf_status s = fill_block(&pair->a, &pair->a, product, k->aa);
    if (s == RMF_OK) s = fill_block(&pair->a, &pair->b, product, k->ab);
    if (s == RMF_OK) s = fill_block(&pair->b, &pair->b, product, k->bb);
    rmf_free(product);
    return s;
}

static rmf_status prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    rmf_kernel *k = NULL;
    RMF_TRY(rmf_metric_sizes("kid", &pair->a, &pair->b, 2));
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *k, (void **)&k));
    RMF_TRY(rmf_kernel_create(pair->a.n, pair->b.n, arena, k));
    RMF_TRY(fill(k, pair));
    *state = k;
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    *value = rmf_kernel_discrepancy(state, weights);
    return RMF_OK;
}

/* weight = 1 for block number `block` of n objects, else 0. */
static void choose_block(int64_t n, int block, double *weight)
{
    for (int64_t i = 0; i < n; i++)
        weight[i] = i * BLOCKS / n == block;
}

static rmf_status describe(const void *state, json_t *entry)
{
    const rmf_kernel *k = state;
    double *weight = NULL, sum = 0, square = 0;
    if (k->na < BLOCKS * BLOCK_LEAST || k->nb < BLOCKS * BLOCK_LEAST) return RMF_OK;
    RMF_TRY(rmf_alloc((size_t)(k->na + k->nb), sizeof *weight, (void **)&weight));
    for (int block = 0; block < BLOCKS; block++) {
        choose_block(k->na, block, weight);
        choose_block(k->nb, block, weight + k->na);
        double value = rmf_kernel_discrepancy(k, &(rmf_weights){weight, weight + k->na});
        sum += value;
        square += value * value;
    }
    rmf_free(weight);
    double mean = sum / BLOCKS, variance = fmax(square - BLOCKS * mean * mean, 0) / (BLOCKS - 1);
    RMF_TRY(rmf_result_put(entry, "blocks", json_integer(BLOCKS)));
    RMF_TRY(rmf_result_put(entry, "block_mean", json_real(mean)));
    return rmf_result_put(entry, "standard_error", json_real(sqrt(variance / BLOCKS)));
}

const rmf_metric rmf_metric_kid = {
    .ops = {.name = "kid",
            .summary = "squared maximum mean discrepancy, polynomial kernel (x·y/d + 1)³, unbiased",
            .source = "Bińkowski et al. 2018",
            .lower_is_better = true},
    .low = -INFINITY,
    .high = INFINITY,
    .prepare = prepare,
    .evaluate = evaluate,
    .describe = describe};
