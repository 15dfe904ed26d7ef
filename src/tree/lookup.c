/*
 * tree/lookup.c – reading a tree: (class, time) → branch, common ancestors, plain accessors.
 *
 * Every branch keeps beside its parent one far ancestor, `jump` (skew-binary jump pointers, Myers
 * 1983), so that climbing to the first ancestor with a monotone property takes O(log depth)
 * steps and the tables stay linear in the number of branches, also for trees like a comb.
 */
#include <math.h>
#include <string.h>

#include "tree/internal.h"

void rmf_tree_link(rmf_tree *tree)
{
    for (int b = 1; b < tree->n_branches; b++) {
        int p = tree->branch[b].parent, q = tree->jump[p];
        bool same = tree->depth[p] - tree->depth[q] == tree->depth[q] - tree->depth[tree->jump[q]];
        tree->depth[b] = tree->depth[p] + 1;
        tree->jump[b] = same ? tree->jump[q] : p;
    }
}

int rmf_tree_find(const rmf_tree *tree, int class_index, double t)
{
    if (class_index < 0 || class_index >= tree->n_names || isnan(t)) return -1;
    if (t < 0) t = 0;
    int b = tree->leaf[class_index];
    while (b != 0 && !(t < tree->branch[b].t_end)) {
        int far = tree->jump[b];
        b = far != 0 && !(t < tree->branch[far].t_end) ? far : tree->branch[b].parent;
    }
    return b;
}

int rmf_tree_leaf(const rmf_tree *tree, int class_index)
{
    return class_index < 0 || class_index >= tree->n_names ? -1 : tree->leaf[class_index];
}

int rmf_tree_common(const rmf_tree *tree, int class_a, int class_b)
{
    int a = rmf_tree_leaf(tree, class_a), b = rmf_tree_leaf(tree, class_b);
    if (a < 0 || b < 0) return -1;
    if (tree->depth[a] < tree->depth[b]) {
        int swap = a;
        a = b;
        b = swap;
    }
    while (tree->depth[a] > tree->depth[b])
        a = tree->depth[tree->jump[a]] >= tree->depth[b] ? tree->jump[a] : tree->branch[a].parent;
    while (a != b) { /* equal depths have jumps of equal length */
        bool far = tree->jump[a] != tree->jump[b];
        a = far ? tree->jump[a] : tree->branch[a].parent;
        b = far ? tree->jump[b] : tree->branch[b].parent;
    }
    return a;
}

int rmf_tree_continuation(const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    for (int i = 0; b != NULL && i < b->n_children; i++)
        if (tree->branch[b->children[i]].row == b->row) return b->children[i];
    return -1;
}

int rmf_tree_class_count(const rmf_tree *tree)
{
    return tree->n_names;
}

const char *rmf_tree_class_name(const rmf_tree *tree, int class_index)
{
    return class_index < 0 || class_index >= tree->n_names ? NULL : tree->name[class_index];
}

int rmf_tree_class_index(const rmf_tree *tree, const char *name)
{
    int low = 0, high = tree->n_names;
    while (low < high) {
        int middle = low + (high - low) / 2, class = tree->by_name[middle];
        int order = strcmp(tree->name[class], name);
        if (order == 0) return class;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int rmf_tree_branch_count(const rmf_tree *tree)
{
    return tree->n_branches;
}

const rmf_branch *rmf_tree_branch(const rmf_tree *tree, int branch)
{
    return branch < 0 || branch >= tree->n_branches ? NULL : &tree->branch[branch];
}

double rmf_tree_limit(const rmf_tree *tree)
{
    return tree->t_limit;
}

double rmf_tree_cost(const rmf_tree *tree)
{
    double sum = 0;
    for (int b = 0; b < tree->n_branches; b++)
        sum += tree->branch[b].t_end - tree->branch[b].t_start;
    return sum / (tree->n_names * tree->t_limit);
}

int rmf_tree_merge_count(const rmf_tree *tree)
{
    return tree->n_merges;
}

const rmf_merge *rmf_tree_merge(const rmf_tree *tree, int merge)
{
    return merge < 0 || merge >= tree->n_merges ? NULL : &tree->merge[merge];
}

/* ---- discovery facts, which the tree only carries ----------------------------------------- */

RMF_CHECKED static rmf_status copy_classes(rmf_tree *tree, int n, const int *classes,
                                           const int **out)
{
    int *copy;
    if (n < 1 || n > tree->n_names)
        return rmf_fail(RMF_ERR_FORMAT,
                        "merges: a side has %d classes; expected 1 to %d; correct it", n,
                        tree->n_names);
    RMF_NEW(tree->arena, n, copy);
    for (int i = 0; i < n; i++) {
        if (classes[i] < 0 || classes[i] >= tree->n_names)
            return rmf_fail(RMF_ERR_FORMAT, "merges: class %d; expected 0 to %d; correct it",
                            classes[i], tree->n_names - 1);
        copy[i] = classes[i];
    }
    *out = copy;
    return RMF_OK;
}

rmf_status rmf_tree_set_merges(rmf_tree *tree, int n, const rmf_merge *merges)
{
    rmf_merge *copy;
    RMF_NEW(tree->arena, n, copy);
    for (int i = 0; i < n; i++) {
        copy[i] = merges[i];
        if (!(merges[i].time >= 0 && merges[i].time <= tree->t_limit))
            return rmf_fail(RMF_ERR_FORMAT,
                            "merges[%d]: time %g; expected 0 to t_limit = %g; correct it", i,
                            merges[i].time, tree->t_limit);
        RMF_TRY(copy_classes(tree, merges[i].n_left, merges[i].left, &copy[i].left));
        RMF_TRY(copy_classes(tree, merges[i].n_right, merges[i].right, &copy[i].right));
    }
    tree->merge = copy;
    tree->n_merges = n;
    return RMF_OK;
}

rmf_status rmf_tree_set_facts(rmf_tree *tree, const char *json)
{
    char *copy;
    RMF_NEW(tree->arena, strlen(json) + 1, copy);
    strcpy(copy, json);
    tree->facts = copy;
    return RMF_OK;
}
