/* plan/information_text.c – where classes come apart, as a table and as JSON. */
#include <jansson.h>
#include <stdio.h>

#include "core/text.h"
#include "plan/group.h"

/* "1, 8 | 3": the classes of each child. */
static void print_siblings(FILE *to, const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    for (int i = 0; i < b->n_children; i++) {
        const rmf_branch *child = rmf_tree_branch(tree, b->children[i]);
        fprintf(to, "%s", i ? " | " : "");
        for (int c = 0; c < child->n_classes; c++)
            fprintf(to, "%s%s", c ? ", " : "", rmf_tree_class_name(tree, child->classes[c]));
    }
}

rmf_status rmf_information_table(const rmf_information *information, const rmf_tree *tree,
                                 char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("information: no memory for its table", &text));
    FILE *to = text.to;
    fprintf(to, "%8s  %8s  %10s  %8s\n", "time", "log(α/σ)", "difference", "nats");
    for (int i = 0; i < information->n_points; i++) {
        const rmf_information_point *point = &information->point[i];
        print_siblings(to, tree, point->branch);
        fprintf(to, "\n");
        for (int k = 0; k < point->n_rows; k++)
            fprintf(to, "%8.4f  %8.3f  %10.4g  %8.4g\n", point->row[k].time, point->row[k].level,
                    point->row[k].difference, point->row[k].nats);
    }
    return rmf_text_end(&text, out);
}

static json_t *point_json(const rmf_information_point *point, const rmf_tree *tree)
{
    const rmf_branch *b = rmf_tree_branch(tree, point->branch);
    json_t *siblings = json_array(), *rows = json_array();
    for (int i = 0; i < b->n_children; i++)
        json_array_append_new(siblings, rmf_group_json(tree, b->children[i]));
    for (int k = 0; k < point->n_rows; k++) {
        const rmf_information_row *row = &point->row[k];
        json_array_append_new(rows,
                              json_pack("{sf sf sf sf}", "time", row->time, "level", row->level,
                                        "difference", row->difference, "nats", row->nats));
    }
    return json_pack("{si sf so so}", "branch", point->branch, "time", b->t_start, "siblings",
                     siblings, "rows", rows);
}

rmf_status rmf_information_to_json(const rmf_information *information, const rmf_tree *tree,
                                   json_t **out)
{
    json_t *points = json_array();
    for (int i = 0; i < information->n_points; i++)
        json_array_append_new(points, point_json(&information->point[i], tree));
    json_t *object = json_pack("{ss si sI so}", "format", "ramify-information", "version", 1,
                               "count", (json_int_t)information->count, "branch_points", points);
    if (!object) return rmf_fail(RMF_ERR_MEMORY, "information: no memory left for its JSON");
    *out = object;
    return RMF_OK;
}
