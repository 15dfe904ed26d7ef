/* eval/cas.c – classification accuracy score: a classifier that has seen generated objects alone,
 * tested on real ones.  The floor is that of a classifier that has seen real objects. */
#include "eval/pairs.h"

static rmf_status trial(rmf_eval_data *data, const rmf_progress *progress, rmf_trial *out)
{
    rmf_classifier *classifier = NULL;
    RMF_TRY(rmf_eval_judge(data, progress));
    const rmf_judge *judge = &data->judge;
    *out = (rmf_trial){.source = "generated",
                       .floor_kind = "a classifier trained on real objects",
                       .trained = data->generated.set->n,
                       .tested = judge->unseen};
    RMF_TRY(rmf_hits_learn(data->options, &data->generated, progress, &classifier));
    rmf_status s = rmf_hits_test(classifier, &data->real, judge->row, judge->unseen, &out->value);
    rmf_classifier_free(classifier);
    if (s != RMF_OK) return s;
    return rmf_hits_test(judge->classifier, &data->real, judge->row, judge->unseen, &out->floor);
}

const rmf_metric rmf_metric_cas = {
    .ops = {.name = "cas",
            .summary =
                "a classifier trained on generated objects: its accuracy on unseen real ones "
                "(floor: one trained on real objects)",
            .source = "Ravuri & Vinyals 2019",
            .lower_is_better = false},
    .trial = trial,
    .low = 0,
    .high = 1,
    .prepare = rmf_hits_prepare,
    .evaluate = rmf_hits_evaluate};
