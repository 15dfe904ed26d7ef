/* app/information.c – where along the tree of a run its classes come apart. */
#include "app/information.h"

#include <jansson.h>
#include <stdio.h>

static rmf_status print_result(const rmf_usual_args *look, const rmf_information *information,
                               const rmf_tree *tree)
{
    json_t *json = NULL;
    char *text = NULL;
    FILE *to = rmf_result_stream(&look->out, 1);
    RMF_TRY(rmf_information_to_json(information, tree, &json));
    rmf_status s = rmf_give_json(&look->common, look->out, look->json ? to : NULL, json);
    json_decref(json);
    if (s == RMF_OK && !look->json &&
        (s = rmf_information_table(information, tree, &text)) == RMF_OK)
        fputs(text, to);
    rmf_free(text);
    return s;
}

static rmf_status measure(const rmf_usual_args *look, const rmf_information_args *args,
                          rmf_model *model, rmf_real *real, const rmf_progress *progress)
{
    rmf_sampling sampling;
    rmf_score score;
    rmf_labelled labelled;
    rmf_information *information = NULL;
    RMF_TRY(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.guidance = 0; /* heads themselves are compared */
    RMF_TRY(rmf_model_prepare(model, &score, &sampling));
    RMF_TRY(rmf_real_labelled(model, real, &labelled));
    const rmf_information_request request = {
        .tree = sampling.tree,
        .sde = sampling.sde,
        .score = &score,
        .real = &labelled,
        .count = args->count,
        .times = (int)args->times,
        .t_start = sampling.t_start,
        .seed = look->common.seed >= 0 ? (uint64_t)look->common.seed : sampling.seed};
    RMF_TRY(rmf_information_measure(&request, progress, &information));
    rmf_status s = print_result(look, information, sampling.tree);
    rmf_information_free(information);
    return s;
}

rmf_status rmf_show_information(const rmf_usual_args *look, const rmf_information_args *args)
{
    rmf_model *model = NULL;
    rmf_real real = {0};
    rmf_talk talk;
    if (look->out) RMF_TRY(rmf_can_write(look->out, look->common.force));
    rmf_talk_init(&talk, &look->common);
    rmf_status s = rmf_model_open(look->operand, "ema", "auto", &model);
    if (s == RMF_OK) s = rmf_real_read_model(model, &real);
    if (s == RMF_OK) s = measure(look, args, model, &real, &talk.progress);
    rmf_talk_end(&talk);
    rmf_real_free(&real);
    rmf_model_free(model);
    return s;
}
