/* tree/reorder.c – the same tree with its classes counted in another order. */
#include <string.h>

#include "tree/internal.h"

/* number[c]: the place among `names` of the tree's class c. */
RMF_CHECKED static rmf_status match_names(rmf_arena *arena, const rmf_tree *tree, int n,
                                          const char *const *names, const char *place, int *number)
{
    rmf_name_entry *entries;
    if (tree->n_names != n)
        return rmf_fail(RMF_ERR_USAGE, "%s: a tree of %d classes; expected the %d of the data",
                        place, tree->n_names, n);
    RMF_NEW(arena, n, entries);
    for (int c = 0; c < n; c++)
        entries[c] = (rmf_name_entry){names[c], c};
    rmf_names_sort(entries, (size_t)n);
    for (int c = 0; c < n; c++) {
        number[c] = rmf_names_find(entries, (size_t)n, tree->name[c]);
        if (number[c] < 0)
            return rmf_fail(RMF_ERR_USAGE,
                            "%s: class \"%.60s\" is not in the data; expected their %d classes",
                            place, tree->name[c], n);
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status reorder(rmf_arena *arena, const rmf_tree *tree, int n,
                                      const char *const *names, const char *place, rmf_tree **out)
{
    rmf_branch_spec *specs;
    int *number;
    RMF_NEW(arena, n, number);
    RMF_NEW(arena, tree->n_branches, specs);
    RMF_TRY(match_names(arena, tree, n, names, place, number));
    for (int i = 0; i < tree->n_branches; i++) {
        const rmf_branch *b = &tree->branch[i];
        int *mapped;
        RMF_NEW(arena, b->n_classes, mapped);
        for (int c = 0; c < b->n_classes; c++)
            mapped[c] = number[b->classes[c]];
        specs[i] = (rmf_branch_spec){b->n_classes, mapped, b->t_start, b->t_end, b->support};
    }
    return rmf_tree_create(n, names, tree->t_limit, tree->n_branches, specs, out);
}

rmf_status rmf_tree_reorder(const rmf_tree *tree, int n, const char *const *names,
                            const char *place, rmf_tree **out)
{
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = reorder(arena, tree, n, names, place, out);
    rmf_arena_free(arena);
    return status;
}
