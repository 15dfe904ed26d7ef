/* eval/hits.c – which objects train the classifier, and which of the others it recognises. */
#include "eval/hits.h"

#include <math.h>

enum { TRAINED_OF_FIVE = 4 };

/* The rows to learn from: all of `train`, or the first four fifths of each class of `real`. */
static void choose(const rmf_classes *from, bool all, int64_t *row, int64_t *count, int *classes)
{
    for (int k = 0; k < from->count; k++) {
        int64_t size = rmf_classes_size(from, k);
        int64_t taken = all ? size : size * TRAINED_OF_FIVE / 5;
        for (int64_t i = 0; i < taken; i++)
            row[(*count)++] = from->row[from->first[k] + i];
        *classes += taken > 0;
    }
}

static rmf_status score(rmf_classifier *classifier, const rmf_eval_set *set, float **out)
{
    int32_t *label = NULL;
    float *hit = NULL;
    rmf_status s = rmf_alloc((size_t)set->n, sizeof *label, (void **)&label);
    if (s == RMF_OK) s = rmf_alloc((size_t)set->n, sizeof *hit, (void **)&hit);
    if (s == RMF_OK) s = rmf_classifier_predict(classifier, set, label);
    for (int64_t i = 0; s == RMF_OK && i < set->n; i++)
        hit[i] = label[i] == set->label[i];
    rmf_free(label);
    if (s == RMF_OK)
        *out = hit;
    else
        rmf_free(hit);
    return s;
}

void rmf_hits_free(rmf_hits *hits)
{
    if (!hits) return;
    rmf_free(hits->generated);
    rmf_free(hits->real);
    *hits = (rmf_hits){0};
}

rmf_status rmf_hits_find(const rmf_eval_options *options, const rmf_classes *generated,
                         const rmf_classes *real, const rmf_classes *train,
                         const rmf_progress *progress, rmf_hits *out)
{
    const rmf_classes *from = train ? train : real;
    rmf_classifier *classifier = NULL;
    rmf_hits hits = {.source = train ? "train" : "real"};
    int64_t *row = NULL;
    int classes = 0;
    RMF_TRY(rmf_alloc((size_t)from->set->n, sizeof *row, (void **)&row));
    choose(from, train != NULL, row, &hits.trained, &classes);
    rmf_examples examples = {.set = from->set, .row = row, .n = hits.trained};
    rmf_status s = classes >= 2
                       ? rmf_classifier_train(options, &examples, progress, &classifier)
                       : rmf_fail(RMF_ERR_NUMERIC,
                                  "accuracy: %d classes have objects to learn from; expected at "
                                  "least 2",
                                  classes);
    if (s == RMF_OK) s = score(classifier, generated->set, &hits.generated);
    if (s == RMF_OK) s = score(classifier, real->set, &hits.real);
    hits.tested = real->set->n - (train ? 0 : hits.trained);
    for (int64_t i = 0; s == RMF_OK && !train && i < hits.trained; i++)
        hits.real[row[i]] = NAN;
    rmf_classifier_free(classifier);
    rmf_free(row);
    if (s == RMF_OK)
        *out = hits;
    else
        rmf_hits_free(&hits);
    return s;
}
