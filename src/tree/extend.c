/*
 * tree/extend.c – a class more in a tree that stays as it is otherwise (Tseng et al. 2024,
 * section 3.4).
 *
 * The branch that the new class leaves is split in two where it leaves; both pieces keep the row of
 * a network's banks, so every old class meets the same rows at the same times as before.
 */
#include <math.h>
#include <string.h>

#include "tree/internal.h"

struct extension {
    rmf_arena *arena;
    const rmf_tree *tree;
    const char *name;
    const rmf_attachment *at;
    int n; /* branches so far */
    rmf_branch_spec *spec;
    int *row, *place;
};

RMF_CHECKED static rmf_status check(const rmf_tree *tree, const char *name,
                                    const rmf_attachment *at)
{
    const rmf_branch *b = rmf_tree_branch(tree, at->branch);
    char text[RMF_BRANCH_TEXT];
    if (rmf_tree_class_index(tree, name) >= 0)
        return rmf_fail(RMF_ERR_USAGE,
                        "class \"%.60s\": it is in the tree already; expected a new name", name);
    if (b == NULL)
        return rmf_fail(RMF_ERR_ARGUMENT, "tree: branch %d; expected 0 to %d", at->branch,
                        tree->n_branches - 1);
    const bool inside =
        at->time >= b->t_start && (at->time < b->t_end || at->branch == 0) && at->time <= b->t_end;
    if (inside && at->time > 0) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "class \"%.60s\": it is to leave at %.6g, outside of the branch %s; expected a "
                    "time above 0 in its interval, or another branch",
                    name, at->time, rmf_branch_text(tree, at->branch, text));
}

RMF_CHECKED static rmf_status add(struct extension *e, const rmf_branch *from, bool with_new,
                                  const double interval[2])
{
    const size_t old = (size_t)from->n_classes;
    int *classes;
    RMF_NEW(e->arena, old + 1, classes);
    memcpy(classes, from->classes, old * sizeof *classes);
    classes[old] = e->tree->n_names; /* the largest number: still ascending */
    e->row[e->n] = from->row;
    e->spec[e->n++] = (rmf_branch_spec){.n_classes = from->n_classes + with_new,
                                        .classes = classes,
                                        .t_start = interval[0],
                                        .t_end = interval[1],
                                        .support = with_new ? NAN : from->support};
    return RMF_OK;
}

RMF_CHECKED static rmf_status list_branches(struct extension *e, const int *leaf_class)
{
    const rmf_tree *tree = e->tree;
    const double t = e->at->time;
    bool *above; /* the branch and its ancestors: they get the class too */
    RMF_NEW(e->arena, tree->n_branches, above);
    for (int b = e->at->branch; b >= 0; b = tree->branch[b].parent)
        above[b] = true;
    for (int b = 0; b < tree->n_branches; b++) {
        const rmf_branch *from = &tree->branch[b];
        const double whole[2] = {from->t_start, from->t_end};
        const double upper[2] = {t, from->t_end}, lower[2] = {from->t_start, t};
        if (b == e->at->branch && t > from->t_start) {
            RMF_TRY(add(e, from, true, upper));
            RMF_TRY(add(e, from, false, lower));
        } else {
            RMF_TRY(add(e, from, above[b], whole));
        }
    }
    e->spec[e->n++] = (rmf_branch_spec){1, leaf_class, 0, t, NAN};
    return RMF_OK;
}

RMF_CHECKED static rmf_status build(struct extension *e, int row, rmf_tree **out)
{
    const rmf_tree *tree = e->tree;
    const size_t most = (size_t)tree->n_branches + 2;
    const int leaf_class = tree->n_names;
    const char **names;
    int *rows;
    rmf_tree *made = NULL;
    RMF_NEW(e->arena, most, e->spec);
    RMF_NEW(e->arena, most, e->row);
    RMF_NEW(e->arena, most, e->place);
    RMF_NEW(e->arena, most, rows);
    RMF_NEW(e->arena, (size_t)leaf_class + 1, names);
    for (int c = 0; c < leaf_class; c++)
        names[c] = tree->name[c];
    names[leaf_class] = e->name;
    RMF_TRY(list_branches(e, &leaf_class));
    e->row[e->n - 1] = row;
    const rmf_tree_parts parts = {leaf_class + 1, names, tree->t_limit, e->n, e->spec};
    RMF_TRY(rmf_tree_build(&parts, e->place, &made));
    for (int i = 0; i < e->n; i++)
        rows[e->place[i]] = e->row[i];
    rmf_status status = rmf_tree_set_rows(made, rows);
    if (status == RMF_OK && tree->facts != NULL) status = rmf_tree_set_facts(made, tree->facts);
    if (status == RMF_OK && tree->n_merges > 0)
        status = rmf_tree_set_merges(made, tree->n_merges, tree->merge);
    if (status == RMF_OK)
        *out = made;
    else
        rmf_tree_free(made);
    return status;
}

rmf_status rmf_tree_extend(const rmf_tree *tree, const char *name, const rmf_attachment *at,
                           int row, rmf_tree **out)
{
    struct extension e = {.tree = tree, .name = name, .at = at};
    RMF_TRY(check(tree, name, at));
    RMF_TRY(rmf_arena_create(&e.arena));
    rmf_status status = build(&e, row, out);
    rmf_arena_free(e.arena);
    return status;
}

rmf_status rmf_tree_set_rows(rmf_tree *tree, const int *row)
{
    for (int b = 0; b < tree->n_branches; b++) {
        tree->branch[b].row = row[b];
        tree->extended = tree->extended || row[b] != b;
    }
    return rmf_tree_check(tree);
}
