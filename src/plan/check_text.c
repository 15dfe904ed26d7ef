/* plan/check_text.c – the branch-point error of a model as a table and as JSON. */
#include <jansson.h>
#include <stdio.h>

#include "core/text.h"
#include "plan/group.h"

rmf_status rmf_check_table(const rmf_check *check, const rmf_tree *tree, char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("check: no memory for its table", &text));
    FILE *to = text.to;
    fprintf(to, "%-16s  %6s  %6s  %8s  %8s\n", "class", "count", "time", check->metric, "floor");
    for (int c = 0; c < check->n_classes; c++) {
        const rmf_check_class *class = &check->of_class[c];
        for (int i = 0; i < class->n_points; i++) {
            fprintf(to, "%-16.16s  %6lld  %6.3f  %8.4g", i ? "" : rmf_tree_class_name(tree, c),
                    (long long)class->count, class->point[i].time, class->point[i].error);
            fprintf(to, i ? "\n" : "  %8.4g\n", class->floor);
        }
    }
    fprintf(to, "%-16s  %6s  %6s  %8.4g  %8.4g\n", "mean", "", "leaf", check->mean,
            check->floor_mean);
    fprintf(to, "%-16s  %6s  %6s  %8.4g  %8.4g\n", "worst", "", "leaf", check->worst,
            check->of_class[check->worst_class].floor);
    return rmf_text_end(&text, out);
}

json_t *rmf_group_json(const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    json_t *group = json_array();
    for (int i = 0; i < b->n_classes; i++)
        json_array_append_new(group, json_string(rmf_tree_class_name(tree, b->classes[i])));
    return group;
}

static json_t *class_json(const rmf_check_class *class, const rmf_tree *tree)
{
    json_t *points = json_array();
    for (int i = 0; i < class->n_points; i++) {
        const rmf_check_point *p = &class->point[i];
        json_array_append_new(points, json_pack("{si so sf sf}", "branch", p->branch, "group",
                                                rmf_group_json(tree, p->branch), "time", p->time,
                                                "error", p->error));
    }
    return json_pack("{sI sf so}", "count", (json_int_t) class->count, "floor", class->floor,
                     "branch_points", points);
}

rmf_status rmf_check_to_json(const rmf_check *check, const rmf_tree *tree, json_t **out)
{
    json_t *classes = json_object();
    for (int c = 0; c < check->n_classes; c++)
        json_object_set_new(classes, rmf_tree_class_name(tree, c),
                            class_json(&check->of_class[c], tree));
    json_t *object = json_pack("{ss si ss sf sf ss sf so}", "format", "ramify-check", "version", 1,
                               "metric", check->metric, "mean", check->mean, "worst", check->worst,
                               "worst_class", rmf_tree_class_name(tree, check->worst_class),
                               "floor_mean", check->floor_mean, "classes", classes);
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "check: no memory left for its JSON");
    *out = object;
    return RMF_OK;
}
