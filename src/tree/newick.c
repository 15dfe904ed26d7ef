/*
 * tree/newick.c – trees as Newick text, with branch lengths in time units.
 *
 *     tree  = node ";"
 *     node  = [ "(" node { "," node } ")" ] [ label ] [ ":" length ]
 *     label = "'" any text, a quote doubled "'"  |  text without blanks and ( ) [ ] ' : ; ,
 *
 * Blanks and comments in square brackets may stand between these.  Leaves are classes and live
 * down to time 0; a branch point's time is the sum of the lengths below it, the same down to each
 * of its leaves.  The root's own length ends at t_limit; a tree without it ends at 1.  A number in
 * [0, 1] as the label of an inner node below the root is its support; other inner labels are left
 * aside.  Class numbers follow the names: by value if all are whole numbers, else by strcmp.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tree/newick.h"

/* ---- writing ----------------------------------------------------------------------------- */

static void put_label(FILE *out, const char *name)
{
    if (name[strcspn(name, " \t\r\n\f\v()[]':;,_\"")] == 0) {
        fputs(name, out);
        return;
    }
    fputc('\'', out);
    for (const char *c = name; *c != 0; c++) {
        if (*c == '\'') fputc('\'', out);
        fputc(*c, out);
    }
    fputc('\'', out);
}

static void put_length(FILE *out, const rmf_branch *branch)
{
    fprintf(out, ":%.17g", branch->t_end - branch->t_start);
}

static void put_newick(FILE *out, const rmf_tree *tree, const int *order)
{
    for (int i = 0; i < tree->n_branches; i++) {
        int b = order[i], next = i + 1 < tree->n_branches ? order[i + 1] : -1;
        const rmf_branch *branch = &tree->branch[b];
        if (branch->n_children > 0) {
            fputc('(', out);
            continue;
        }
        put_label(out, tree->name[branch->classes[0]]);
        put_length(out, branch);
        int stop = next < 0 ? -1 : tree->branch[next].parent;
        while ((b = tree->branch[b].parent) != stop) {
            branch = &tree->branch[b];
            fputc(')', out);
            if (b > 0 && !isnan(branch->support)) fprintf(out, "%.6g", branch->support);
            put_length(out, branch);
        }
        fputc(next < 0 ? ';' : ',', out);
    }
    fputc('\n', out);
}

rmf_status rmf_tree_to_newick(const rmf_tree *tree, char **out)
{
    rmf_layout layout;
    rmf_text text;
    RMF_TRY(rmf_layout_create(tree, &layout));
    rmf_status status = rmf_text_begin("tree: no memory left for its Newick text", &text);
    if (status == RMF_OK) {
        put_newick(text.to, tree, layout.order);
        status = rmf_text_end(&text, out);
    }
    rmf_layout_free(&layout);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* Heights from the leaves up; all paths down from a node must have the same length. */
RMF_CHECKED static rmf_status measure(rmf_newick *p, double *limit)
{
    for (int i = p->n_nodes - 1; i >= 0; i--) {
        rmf_newick_node *node = &p->node[i],
                        *parent = node->parent < 0 ? NULL : p->node + node->parent;
        if (node->leaf_count == 1) node->height = 0;
        if (parent == NULL) break;
        if (isnan(node->length))
            return rmf_newick_fail(p, node->at,
                                   "found no branch length; expected : and a number; add it");
        double height = node->height + node->length;
        if (parent->height >= 0 && fabs(parent->height - height) > 1e-6 * (parent->height + height))
            return rmf_newick_fail(
                p, node->at,
                "found a path of length %.9g down from its parent; expected %.9g as "
                "beside it; all classes must reach time 0: correct the lengths",
                height, parent->height);
        if (parent->height < 0) parent->height = height;
    }
    const rmf_newick_node *root = &p->node[0];
    *limit = isnan(root->length) ? 1 : root->height + root->length;
    if (fabs(*limit - round(*limit)) <= RMF_TIME_TOLERANCE * *limit) /* sums of rounded lengths */
        *limit = round(*limit);
    if (*limit < root->height || *limit <= 0)
        return rmf_newick_fail(
            p, root->at,
            "found a root at time %.9g without length; expected t_limit after it; "
            "write : and the time from there to t_limit",
            root->height);
    return RMF_OK;
}

/* A whole number of up to 15 digits, exactly as it would be printed. */
static bool is_whole(const char *text, double *value)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15 || text[digits] != 0 || (digits > 1 && text[0] == '0'))
        return false;
    *value = strtod(text, NULL);
    return true;
}

static int compare_whole(const void *a, const void *b)
{
    double x = 0, y = 0;
    bool both = is_whole(((const rmf_name_entry *)a)->text, &x) &&
                is_whole(((const rmf_name_entry *)b)->text, &y);
    return both ? (x > y) - (x < y) : 0;
}

/* names[class], and class[leaf] for the leaves in the order of the text. */
RMF_CHECKED static rmf_status number_classes(rmf_newick *p, const char ***names, int **classes)
{
    rmf_name_entry *entries;
    bool whole = true;
    double value;
    int n = 0;
    RMF_NEW(p->arena, p->n_leaves, entries);
    RMF_NEW(p->arena, p->n_leaves, *names);
    RMF_NEW(p->arena, p->n_leaves, *classes);
    for (int i = 0; i < p->n_nodes; i++) {
        if (p->node[i].name == NULL) continue;
        entries[n] = (rmf_name_entry){p->node[i].name, n};
        whole = whole && is_whole(p->node[i].name, &value);
        n++;
    }
    if (whole)
        qsort(entries, (size_t)n, sizeof *entries, compare_whole);
    else
        rmf_names_sort(entries, (size_t)n);
    for (int i = 0; i < n; i++) {
        (*names)[i] = entries[i].text;
        (*classes)[entries[i].number] = i;
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status build(rmf_newick *p, rmf_tree **out)
{
    rmf_branch_spec *specs;
    const char **names;
    int *classes;
    double limit = 1;
    RMF_TRY(measure(p, &limit));
    RMF_TRY(number_classes(p, &names, &classes));
    RMF_NEW(p->arena, p->n_nodes, specs);
    for (int i = 0; i < p->n_nodes; i++) {
        const rmf_newick_node *node = &p->node[i];
        double end = node->parent < 0 ? limit : p->node[node->parent].height;
        specs[i] = (rmf_branch_spec){node->end_leaf - node->first_leaf, classes + node->first_leaf,
                                     fmin(node->height, end), end, node->support};
    }
    rmf_status status = rmf_tree_create(p->n_leaves, names, limit, p->n_nodes, specs, out);
    return status == RMF_OK ? RMF_OK : rmf_fail_in(status, p->place);
}

rmf_status rmf_tree_from_newick(const char *text, const char *place, rmf_tree **out)
{
    rmf_newick p;
    RMF_TRY(rmf_newick_open(text, place, &p));
    rmf_status status = build(&p, out);
    rmf_newick_close(&p);
    return status;
}
