/* plan/study_text.c – a study for people, as study.json, trees.nwk and distances.csv. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/study.h"

#define FORMAT "ramify-study"
#define VERSION 1

/* ---- table ---- */

static void print_spread(FILE *to, const rmf_study_spread *s, int digits)
{
    if (s->n == 0)
        fprintf(to, "  %14s", "");
    else if (s->n == 1)
        fprintf(to, "  %6.*f        ", digits, s->mean);
    else
        fprintf(to, "  %6.*f ± %5.*f", digits, s->mean, digits, s->sd);
}

static void print_row(FILE *to, const rmf_study *study, int group)
{
    rmf_study_row row;
    rmf_study_summarise(study, (enum rmf_study_group)group, &row);
    if (row.trees == 0 && study->failed[group] == 0) return;
    fprintf(to, "%-11s %5d  %6.2f %6.3f", rmf_study_group_name(group), row.trees, row.groups,
            row.cost);
    for (int which = 0; which < 2 && group != RMF_STUDY_REFERENCE; which++) {
        print_spread(to, &row.shared[which], 2);
        print_spread(to, &row.foulds[which], 2);
        print_spread(to, &row.score[which], 3);
    }
    if (study->failed[group] > 0) fprintf(to, "  (%d without a tree)", study->failed[group]);
    fputc('\n', to);
}

static void print_table(FILE *to, const rmf_study *study)
{
    fprintf(to, "%33s%-48s%s\n", "", "among themselves", "against the reference");
    fprintf(to, "%-11s %5s  %6s %6s", "trees", "", "clades", "cost");
    for (int which = 0; which < 2; which++)
        fprintf(to, "  %-14s  %-14s  %-14s", " shared", "    RF", " score");
    fputc('\n', to);
    for (int group = 0; group < RMF_STUDY_GROUPS; group++)
        print_row(to, study, group);
}

rmf_status rmf_study_print(const rmf_study *study, void (*print)(FILE *, const rmf_study *),
                           char **out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    rmf_status status = RMF_ERR_MEMORY;
    if (to) {
        print(to, study);
        if (fclose(to) == 0) status = rmf_copy_text(text, out);
        free(text);
    }
    return status == RMF_ERR_MEMORY ? rmf_fail(RMF_ERR_MEMORY, "study: no memory for its table")
                                    : status;
}

rmf_status rmf_study_table(const rmf_study *study, char **out)
{
    return rmf_study_print(study, print_table, out);
}

/* ---- JSON ---- */

static json_t *spread_json(const rmf_study_spread *s)
{
    return json_pack("{si so so}", "n", s->n, "mean", s->n > 0 ? json_real(s->mean) : json_null(),
                     "sd", s->n > 1 ? json_real(s->sd) : json_null());
}

static json_t *group_json(const rmf_study *study, int group)
{
    static const char *const against[] = {"within", "to_reference"};
    rmf_study_row row;
    rmf_study_summarise(study, (enum rmf_study_group)group, &row);
    json_t *object = json_pack("{ss ss si si sf sf}", "name", rmf_study_group_name(group), "what",
                               rmf_study_group_summary(group), "trees", row.trees, "without_tree",
                               study->failed[group], "clades", row.groups, "cost", row.cost);
    int bad = 0;
    for (int which = 0; which < 2; which++)
        bad |= json_object_set_new(object, against[which],
                                   json_pack("{so so so}", "shared_clades",
                                             spread_json(&row.shared[which]), "robinson_foulds",
                                             spread_json(&row.foulds[which]), "branch_score",
                                             spread_json(&row.score[which])));
    if (bad == 0) return object;
    json_decref(object);
    return NULL;
}

RMF_CHECKED static rmf_status put_trees(const rmf_study *study, json_t *list)
{
    for (int i = 0; i < study->n_trees; i++) {
        const rmf_study_tree *t = &study->tree[i];
        json_t *tree = NULL;
        RMF_TRY(rmf_tree_to_json(t->tree, &tree));
        if (json_array_append_new(list, json_pack("{ss ss sf so}", "name", t->name, "group",
                                                  rmf_study_group_name((int)t->group), "cost",
                                                  rmf_tree_cost(t->tree), "tree", tree)) != 0)
            return rmf_fail(RMF_ERR_FORMAT,
                            "study: tree %d has no entry in its JSON; expected a name in UTF-8, "
                            "and memory",
                            i);
    }
    return RMF_OK;
}

rmf_status rmf_study_to_json(const rmf_study *study, json_t **out)
{
    json_t *trees = json_array(), *list = json_array();
    rmf_status status = put_trees(study, trees);
    int bad = 0;
    for (int group = 0; group < RMF_STUDY_GROUPS; group++)
        bad |= json_array_append_new(list, group_json(study, group));
    json_t *object = json_pack("{ss si ss ss sf so so}", "format", FORMAT, "version", VERSION,
                               "data", study->source, "sde", study->sde, "seconds", study->seconds,
                               "groups", list, "trees", trees);
    if (study->n_models > 0)
        bad |= json_object_set_new(object, "models", rmf_study_models_json(study));
    if (status == RMF_OK && (!object || bad))
        status = rmf_fail(RMF_ERR_MEMORY, "study: no memory left for its JSON");
    if (status == RMF_OK)
        *out = object;
    else
        json_decref(object);
    return status;
}

/* ---- texts ---- */

/* A name within brackets: those end a comment of Newick. */
static rmf_status put_comment(rmf_writer *out, const char *name)
{
    RMF_TRY(rmf_writer_print(out, "["));
    for (const char *c = name; *c; c++)
        RMF_TRY(rmf_writer_print(out, "%c", *c == '[' ? '(' : *c == ']' ? ')' : *c));
    return rmf_writer_print(out, "] ");
}

rmf_status rmf_study_put_newick(const rmf_study *study, rmf_writer *out)
{
    for (int i = 0; i < study->n_trees; i++) {
        char *text = NULL;
        RMF_TRY(put_comment(out, study->tree[i].name));
        RMF_TRY(rmf_tree_to_newick(study->tree[i].tree, &text));
        rmf_status status = rmf_writer_print(out, "%s", text);
        rmf_free(text);
        RMF_TRY(status);
    }
    return RMF_OK;
}

/* RFC 4180: in quotes, quotes doubled. */
static rmf_status put_field(rmf_writer *out, const char *text)
{
    RMF_TRY(rmf_writer_print(out, "\""));
    for (const char *c = text; *c; c++)
        RMF_TRY(rmf_writer_print(out, "%s%c", *c == '"' ? "\"" : "", *c));
    return rmf_writer_print(out, "\",");
}

rmf_status rmf_study_put_distances(const rmf_study *study, rmf_writer *out)
{
    RMF_TRY(rmf_writer_print(out, "tree_a,group_a,tree_b,group_b,branch_score,robinson_foulds,"
                                  "robinson_foulds_share,shared_clades\n"));
    for (int i = 0; i < study->n_trees; i++)
        for (int j = i + 1; j < study->n_trees; j++) {
            const rmf_tree_gap *gap = &study->gap[i * study->n_trees + j];
            for (int side = 0; side < 2; side++) {
                const rmf_study_tree *t = &study->tree[side ? j : i];
                RMF_TRY(put_field(out, t->name));
                RMF_TRY(rmf_writer_print(out, "%s,", rmf_study_group_name((int)t->group)));
            }
            RMF_TRY(rmf_writer_print(out, "%.9g,%d,%.9g,%d\n", gap->branch_score,
                                     gap->robinson_foulds, gap->robinson_foulds_share,
                                     gap->shared));
        }
    return RMF_OK;
}
