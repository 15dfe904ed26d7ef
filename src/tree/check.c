/* tree/check.c – the invariants of ramify/tree.h, each tested and named by its number. */
#include <stdlib.h>
#include <string.h>

#include "tree/internal.h"

static rmf_status broken(const rmf_tree *tree, int branch, int invariant, const char *what)
{
    char text[RMF_BRANCH_TEXT];
    return rmf_fail(RMF_ERR_FORMAT, "tree: branch %s %s (invariant %d)",
                    rmf_branch_text(tree, branch, text), what, invariant);
}

/* Invariants 1, 2 and 5. */
RMF_CHECKED static rmf_status check_times(const rmf_tree *tree)
{
    const rmf_branch *root = &tree->branch[0];
    if (root->parent != -1 || root->n_classes != tree->n_names)
        return broken(tree, 0, 1, "stands first; expected the root with every class");
    if (root->t_end != tree->t_limit)
        return rmf_fail(RMF_ERR_FORMAT,
                        "tree: the root ends at %.9g; expected t_limit = %.9g; correct one of "
                        "them (invariant 1)",
                        root->t_end, tree->t_limit);
    for (int b = 0; b < tree->n_branches; b++) {
        const rmf_branch *branch = &tree->branch[b];
        if (!(branch->t_start >= 0 && branch->t_start <= branch->t_end))
            return broken(tree, b, 5,
                          "has impossible times; expected 0 ≤ t_start ≤ t_end; correct them");
        if (b == 0) continue;
        if (branch->parent < 0 || branch->parent >= b)
            return broken(tree, b, 2, "has no parent before it; expected one; sort the branches");
        const rmf_branch *parent = &tree->branch[branch->parent];
        char text[RMF_BRANCH_TEXT], above[RMF_BRANCH_TEXT];
        if (branch->t_end != parent->t_start)
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: branch %s hangs below %s; expected its t_end to be the "
                            "parent's t_start, %.9g; correct one of them (invariant 2)",
                            rmf_branch_text(tree, b, text),
                            rmf_branch_text(tree, branch->parent, above), parent->t_start);
    }
    return RMF_OK;
}

/* Invariant 3: marks the classes of a branch, then strikes out those of its children. */
RMF_CHECKED static rmf_status check_cover(const rmf_tree *tree, int b, int *mark)
{
    const rmf_branch *branch = &tree->branch[b];
    for (int i = 0; i < branch->n_classes; i++)
        mark[branch->classes[i]] = b + 1;
    for (int k = 0; k < branch->n_children; k++) {
        const rmf_branch *child = &tree->branch[branch->children[k]];
        for (int i = 0; i < child->n_classes; i++) {
            if (mark[child->classes[i]] != b + 1)
                return broken(tree, branch->children[k], 3,
                              "shares a class with a sister, or has one that its parent lacks; "
                              "expected children that partition the parent; correct its classes");
            mark[child->classes[i]] = 0;
        }
    }
    for (int i = 0; i < branch->n_classes && branch->n_children > 0; i++)
        if (mark[branch->classes[i]] != 0) {
            char text[RMF_BRANCH_TEXT];
            return rmf_fail(RMF_ERR_FORMAT,
                            "tree: the children of branch %s leave out class \"%s\"; expected "
                            "each class in one child; add its branch (invariant 3)",
                            rmf_branch_text(tree, b, text), tree->name[branch->classes[i]]);
        }
    return RMF_OK;
}

/* Invariants 3 and 4. */
RMF_CHECKED static rmf_status check_classes(const rmf_tree *tree, int *mark)
{
    for (int b = 0; b < tree->n_branches; b++) {
        const rmf_branch *branch = &tree->branch[b];
        for (int i = 1; i < branch->n_classes; i++)
            if (branch->classes[i - 1] >= branch->classes[i])
                return broken(tree, b, 3, "has unsorted classes; expected ascending numbers");
        RMF_TRY(check_cover(tree, b, mark));
        if (branch->n_children > 0) continue;
        if (branch->n_classes != 1)
            return broken(tree, b, 4,
                          "has no children; expected a leaf of one class; add branches that part "
                          "its classes");
        if (branch->t_start != 0)
            return broken(tree, b, 4, "is a leaf; expected t_start 0; correct it");
        if (tree->leaf[branch->classes[0]] != b)
            return broken(tree, b, 4, "is a second leaf of its class; expected one; remove one");
    }
    return RMF_OK;
}

static int compare_pointers(const void *a, const void *b)
{
    const rmf_branch *x = *(const rmf_branch *const *)a, *y = *(const rmf_branch *const *)b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x > y) - (x < y);
}

/* Invariant 6: in the order of rows, then of branches, each equal row belongs to a child of the
 * one before. */
RMF_CHECKED static rmf_status check_rows(const rmf_tree *tree)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)tree->n_branches, sizeof(rmf_branch *), &block));
    const rmf_branch **sorted = block;
    for (int b = 0; b < tree->n_branches; b++)
        sorted[b] = &tree->branch[b];
    qsort(sorted, (size_t)tree->n_branches, sizeof *sorted, compare_pointers);
    rmf_status status = RMF_OK;
    for (int i = 0; status == RMF_OK && i < tree->n_branches; i++) {
        const bool shared = i > 0 && sorted[i]->row == sorted[i - 1]->row;
        if (sorted[i]->row < 0 || (shared && sorted[i]->parent != sorted[i - 1] - tree->branch))
            status = broken(tree, (int)(sorted[i] - tree->branch), 6,
                            "has the row of another branch, or none; expected one of its own or "
                            "its parent's; correct it");
    }
    rmf_free(block);
    return status;
}

rmf_status rmf_tree_check(const rmf_tree *tree)
{
    void *mark = NULL;
    RMF_TRY(check_times(tree));
    RMF_TRY(rmf_alloc((size_t)tree->n_names, sizeof(int), &mark));
    rmf_status status = check_classes(tree, mark);
    rmf_free(mark);
    return status == RMF_OK ? check_rows(tree) : status;
}
