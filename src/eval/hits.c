/* eval/hits.c – which objects train a classifier, and which of the others it recognises. */
#include "eval/hits.h"

#include <string.h>

enum { TRAINED_OF_FIVE = 4 };

void rmf_hits_free(rmf_hits *hits)
{
    rmf_free(hits->class);
    rmf_free(hits->hit);
    *hits = (rmf_hits){0};
}

void rmf_trial_free(rmf_trial *trial)
{
    rmf_hits_free(&trial->value);
    rmf_hits_free(&trial->floor);
}

void rmf_judge_free(rmf_judge *judge)
{
    rmf_classifier_free(judge->classifier);
    rmf_free(judge->row);
    *judge = (rmf_judge){0};
}

/* ---- learning ---------------------------------------------------------------------------------
 */

/* Objects of a class that are learned from: all, or the first four fifths. */
static int64_t taken_of(const rmf_classes *from, int class, bool all)
{
    int64_t size = rmf_classes_size(from, class);
    return all ? size : size * TRAINED_OF_FIVE / 5;
}

static rmf_status learn(const rmf_eval_options *options, const rmf_classes *from, bool all,
                        const rmf_progress *progress, rmf_classifier **out, int64_t *trained)
{
    int64_t *row = NULL;
    int classes = 0;
    *trained = 0;
    RMF_TRY(rmf_alloc((size_t)from->set->n, sizeof *row, (void **)&row));
    for (int k = 0; k < from->count; k++) {
        int64_t taken = taken_of(from, k, all);
        for (int64_t i = 0; i < taken; i++)
            row[(*trained)++] = from->row[from->first[k] + i];
        classes += taken > 0;
    }
    rmf_examples examples = {.set = from->set, .row = row, .n = *trained};
    rmf_status s =
        classes >= 2
            ? rmf_classifier_train(options, &examples, progress, out)
            : rmf_fail(RMF_ERR_NUMERIC,
                       "classifier: %d classes have objects to learn from; expected at least 2",
                       classes);
    rmf_free(row);
    return s;
}

rmf_status rmf_hits_learn(const rmf_eval_options *options, const rmf_classes *from,
                          const rmf_progress *progress, rmf_classifier **out)
{
    int64_t trained;
    return learn(options, from, true, progress, out, &trained);
}

rmf_status rmf_judge_train(const rmf_eval_options *options, const rmf_classes *real,
                           const rmf_classes *train, const rmf_progress *progress, rmf_judge *out)
{
    rmf_judge judge = {.source = train ? "train" : "real"};
    RMF_TRY(rmf_alloc((size_t)real->set->n, sizeof *judge.row, (void **)&judge.row));
    for (int k = 0; k < real->count; k++)
        for (int64_t i = train ? 0 : taken_of(real, k, false); i < rmf_classes_size(real, k); i++)
            judge.row[judge.unseen++] = real->row[real->first[k] + i];
    rmf_status s = learn(options, train ? train : real, train != NULL, progress, &judge.classifier,
                         &judge.trained);
    if (s == RMF_OK)
        *out = judge;
    else
        rmf_judge_free(&judge);
    return s;
}

/* ---- testing ----------------------------------------------------------------------------------
 */

static rmf_status test(rmf_classifier *classifier, const rmf_classes *of, const int64_t *row,
                       float *x, int32_t *label, rmf_hits *out)
{
    size_t width = (size_t)of->features;
    for (int64_t i = 0; i < out->n; i++)
        memcpy(x + (size_t)i * width, of->set->x + (size_t)row[i] * width, width * sizeof *x);
    rmf_eval_set set = {x, NULL, out->n};
    RMF_TRY(rmf_classifier_predict(classifier, &set, label));
    for (int64_t i = 0; i < out->n; i++) {
        out->class[i] = of->set->label[row[i]];
        out->hit[i] = label[i] == out->class[i];
    }
    return RMF_OK;
}

rmf_status rmf_hits_test(rmf_classifier *classifier, const rmf_classes *of, const int64_t *row,
                         int64_t n, rmf_hits *out)
{
    rmf_hits hits = {.n = n};
    float *x = NULL;
    int32_t *label = NULL;
    size_t count = (size_t)n;
    rmf_status s = rmf_alloc(count, sizeof *hits.class, (void **)&hits.class);
    if (s == RMF_OK) s = rmf_alloc(count, sizeof *hits.hit, (void **)&hits.hit);
    if (s == RMF_OK) s = rmf_alloc(count, sizeof *label, (void **)&label);
    if (s == RMF_OK) s = rmf_alloc(count * (size_t)of->features, sizeof *x, (void **)&x);
    if (s == RMF_OK) s = test(classifier, of, row, x, label, &hits);
    rmf_free(x);
    rmf_free(label);
    if (s == RMF_OK)
        *out = hits;
    else
        rmf_hits_free(&hits);
    return s;
}

/* ---- the share of hits ------------------------------------------------------------------------
 */

typedef struct share {
    int64_t n;
    float hit[];
} share;

rmf_status rmf_hits_prepare(const rmf_pair *pair, rmf_arena *arena, void **state)
{
    share *a = NULL;
    if (!pair->hit || pair->a.n < 1)
        return rmf_fail(RMF_ERR_NUMERIC, "classifier: no objects of this class to test it on");
    size_t bytes = (size_t)pair->a.n * sizeof a->hit[0];
    RMF_TRY(rmf_arena_alloc(arena, 1, sizeof *a + bytes, (void **)&a));
    a->n = pair->a.n;
    memcpy(a->hit, pair->hit, bytes);
    *state = a;
    return RMF_OK;
}

rmf_status rmf_hits_evaluate(const void *state, const rmf_weights *weights, double *value)
{
    const share *a = state;
    *value = rmf_weighted_mean(a->hit, weights->a, a->n);
    return RMF_OK;
}
