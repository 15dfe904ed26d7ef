/* tree/layout.c – the order and the rows in which drawings and nested texts show the branches. */
#include "tree/internal.h"

RMF_CHECKED static rmf_status lay_out(const rmf_tree *tree, rmf_layout *out)
{
    int *stack, waiting = 1, done = 0, leaves = 0; /* a stack of our own: trees may be deep */
    RMF_NEW(out->arena, tree->n_branches, stack);
    RMF_NEW(out->arena, tree->n_branches, out->order);
    RMF_NEW(out->arena, tree->n_branches, out->row);
    stack[0] = 0;
    while (waiting > 0) {
        int b = stack[--waiting];
        const rmf_branch *branch = &tree->branch[b];
        out->order[done++] = b;
        if (branch->n_children == 0) out->row[b] = leaves++;
        for (int k = branch->n_children - 1; k >= 0; k--)
            stack[waiting++] = branch->children[k];
    }
    while (done-- > 0) {
        const rmf_branch *branch = &tree->branch[out->order[done]];
        int n = branch->n_children;
        if (n > 0)
            out->row[out->order[done]] =
                0.5 * (out->row[branch->children[0]] + out->row[branch->children[n - 1]]);
    }
    return RMF_OK;
}

rmf_status rmf_layout_create(const rmf_tree *tree, rmf_layout *out)
{
    rmf_layout layout = {0};
    RMF_TRY(rmf_arena_create(&layout.arena));
    rmf_status status = lay_out(tree, &layout);
    if (status == RMF_OK)
        *out = layout;
    else
        rmf_arena_free(layout.arena);
    return status;
}

void rmf_layout_free(rmf_layout *layout)
{
    rmf_arena_free(layout->arena);
    *layout = (rmf_layout){0};
}
