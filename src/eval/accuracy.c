/* eval/accuracy.c – share of generated objects that a classifier of real objects puts into their
 * own class.  Its floor is the same share of real objects that it has not seen. */
#include "eval/pairs.h"

static rmf_status trial(rmf_eval_data *data, const rmf_progress *progress, rmf_trial *out)
{
    RMF_TRY(rmf_eval_judge(data, progress));
    const rmf_judge *judge = &data->judge;
    *out = (rmf_trial){.source = judge->source,
                       .floor_kind = "real objects that the classifier has not seen",
                       .trained = judge->trained,
                       .tested = judge->unseen};
    RMF_TRY(rmf_hits_test(judge->classifier, &data->generated, data->generated.row,
                          data->generated.set->n, &out->value));
    return rmf_hits_test(judge->classifier, &data->real, judge->row, judge->unseen, &out->floor);
}

const rmf_metric rmf_metric_accuracy = {
    .ops = {.name = "accuracy",
            .summary = "a classifier trained on real objects: its accuracy on generated ones "
                       "(floor: on unseen real ones)",
            .source = "Ravuri & Vinyals 2019, with train and test swapped",
            .lower_is_better = false},
    .trial = trial,
    .low = 0,
    .high = 1,
    .prepare = rmf_hits_prepare,
    .evaluate = rmf_hits_evaluate};
