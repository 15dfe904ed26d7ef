/* eval/accuracy.c – share of generated objects that a classifier of real objects puts into their
 * own class.  Its floor is the same share of real objects that it has not seen. */
#include <string.h>

#include "eval/metric.h"

typedef struct accuracy {
    int64_t n;
    float hit[];
} accuracy;

static rmf_status prepare(const rmf_pair *pair, void **state)
{
    accuracy *a = NULL;
    if (!pair->hit || pair->a.n < 1)
        return rmf_fail(RMF_ERR_NUMERIC, "accuracy: no objects of this class to classify");
    size_t bytes = (size_t)pair->a.n * sizeof a->hit[0];
    RMF_TRY(rmf_alloc(1, sizeof *a + bytes, (void **)&a));
    a->n = pair->a.n;
    memcpy(a->hit, pair->hit, bytes);
    *state = a;
    return RMF_OK;
}

static rmf_status evaluate(const void *state, const rmf_weights *weights, double *value)
{
    const accuracy *a = state;
    *value = rmf_weighted_mean(a->hit, weights->a, a->n);
    return RMF_OK;
}

const rmf_metric rmf_metric_accuracy = {
    .ops = {.name = "accuracy",
            .summary = "a classifier trained on real objects: its accuracy on generated ones "
                       "(floor: on unseen real ones)",
            .source = "Ravuri & Vinyals 2019, with train and test swapped",
            .lower_is_better = false,
            .compute = NULL},
    .needs = RMF_NEEDS_CLASSIFIER,
    .low = 0,
    .high = 1,
    .prepare = prepare,
    .evaluate = evaluate,
    .release = rmf_free};
