/*
 * tree/compare.c – how far apart two trees of the same classes are.
 *
 * Branches stand in one fixed order (tree.c): more classes first, then by class numbers.  So the
 * clades of two trees are compared as two sorted lists, in one pass.
 */
#include <math.h>
#include <string.h>

#include "tree/internal.h"

/* A clade at a place in the list of branches: a class set, and the time that it lives.  A branch
 * that was split is one clade in several pieces. */
typedef struct clade {
    const rmf_branch *branch; /* NULL beyond the last */
    double length;
    int next; /* where the one after it begins */
} clade;

static int compare_sets(const rmf_branch *a, const rmf_branch *b)
{
    if (a->n_classes != b->n_classes) return a->n_classes > b->n_classes ? -1 : 1;
    for (int i = 0; i < a->n_classes; i++)
        if (a->classes[i] != b->classes[i]) return a->classes[i] < b->classes[i] ? -1 : 1;
    return 0;
}

static clade clade_at(const rmf_tree *tree, int index)
{
    clade c = {.next = index};
    if (index == tree->n_branches) return c;
    c.branch = &tree->branch[index];
    for (; c.next < tree->n_branches; c.next++) {
        const rmf_branch *b = &tree->branch[c.next];
        if (compare_sets(b, c.branch) != 0) break;
        c.length += b->t_end - b->t_start;
    }
    return c;
}

static int is_group(const rmf_branch *b, int n_names)
{
    return b->n_classes > 1 && b->n_classes < n_names;
}

RMF_CHECKED static rmf_status check_classes(const rmf_tree *a, const rmf_tree *b)
{
    if (a->n_names != b->n_names)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "distance of trees: %d and %d classes; expected the same classes",
                        a->n_names, b->n_names);
    for (int c = 0; c < a->n_names; c++)
        if (strcmp(a->name[c], b->name[c]) != 0)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "distance of trees: class %d is \"%.60s\" and \"%.60s\"; expected the "
                            "same classes in the same order; rmf_tree_reorder() makes it",
                            c, a->name[c], b->name[c]);
    return RMF_OK;
}

rmf_status rmf_tree_compare(const rmf_tree *a, const rmf_tree *b, rmf_tree_gap *out)
{
    double square = 0;
    rmf_tree_gap gap = {0};
    RMF_TRY(check_classes(a, b));
    clade x = clade_at(a, 0), y = clade_at(b, 0);
    while (x.branch != NULL || y.branch != NULL) {
        const int order = x.branch == NULL   ? 1
                          : y.branch == NULL ? -1
                                             : compare_sets(x.branch, y.branch);
        const rmf_branch *set = order <= 0 ? x.branch : y.branch;
        const double change = (order <= 0 ? x.length : 0) - (order >= 0 ? y.length : 0);
        square += change * change;
        if (order == 0)
            gap.shared += is_group(set, a->n_names);
        else
            gap.robinson_foulds += is_group(set, a->n_names);
        if (order <= 0) x = clade_at(a, x.next);
        if (order >= 0) y = clade_at(b, y.next);
    }
    gap.branch_score = sqrt(square);
    gap.robinson_foulds_share = a->n_names > 2 ? gap.robinson_foulds / (2.0 * (a->n_names - 2)) : 0;
    *out = gap;
    return RMF_OK;
}

int rmf_tree_group_count(const rmf_tree *tree)
{
    int groups = 0;
    for (clade c = clade_at(tree, 0); c.branch != NULL; c = clade_at(tree, c.next))
        groups += is_group(c.branch, tree->n_names);
    return groups;
}
