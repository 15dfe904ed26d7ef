/* plan/study_models.c – the models of a study for people and as JSON. */
#include <jansson.h>
#include <stdio.h>

#include "plan/study.h"

static double branch_score(const rmf_study *study, const rmf_study_model *m)
{
    return study->gap[m->tree].branch_score; /* to the reference, tree 0 */
}

static void print_model(FILE *to, const rmf_study *study, const rmf_study_model *m)
{
    const json_t *worst = json_object_get(m->distance, "worst");
    const char *who = json_string_value(json_object_get(worst, "class"));
    const rmf_study_tree *tree = &study->tree[m->tree];
    fprintf(to, "%-12s  %6.3f  %6.3f  %9.4g  %9.4g  %9.4g %-8s  %8lld  %7.0f  %s\n",
            rmf_study_group_name((int)tree->group), rmf_tree_cost(tree->tree),
            branch_score(study, m), json_number_value(json_object_get(m->distance, "mean")),
            json_number_value(json_object_get(m->distance, "floor_mean")),
            json_number_value(json_object_get(worst, "value")), who ? who : "", (long long)m->steps,
            m->seconds, tree->name);
}

static void print_models(FILE *to, const rmf_study *study)
{
    fprintf(to, "%-12s  %6s  %6s  %9s  %9s  %9s %-8s  %8s  %7s  %s\n", "model of", "cost", "score",
            "frechet", "floor", "worst", "class", "steps", "seconds", "tree");
    for (int i = 0; i < study->n_models; i++)
        print_model(to, study, &study->model[i]);
}

rmf_status rmf_study_models_table(const rmf_study *study, char **out)
{
    return rmf_study_print(study, print_models, out);
}

json_t *rmf_study_models_json(const rmf_study *study)
{
    json_t *list = json_array();
    int bad = 0;
    for (int i = 0; i < study->n_models; i++) {
        const rmf_study_model *m = &study->model[i];
        const rmf_study_tree *tree = &study->tree[m->tree];
        bad |= json_array_append_new(
            list,
            json_pack("{ss ss ss sf sf sI sf sO}", "tree", tree->name, "group",
                      rmf_study_group_name((int)tree->group), "run", m->run, "cost",
                      rmf_tree_cost(tree->tree), "branch_score", branch_score(study, m), "steps",
                      (json_int_t)m->steps, "seconds", m->seconds, "frechet", m->distance));
    }
    if (bad == 0) return list;
    json_decref(list);
    return NULL;
}
