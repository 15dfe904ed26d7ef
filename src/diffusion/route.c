/* diffusion/route.c – samples of a mixture of classes: at a branch point each goes into one child.
 *
 * Blocks are packed: the samples of a branch stand in it one behind the other, in the order of
 * their numbers, so that a branch costs what its samples cost.  Where a sample stands in its block,
 * and so how a matrix product may round it, is then a matter of the samples before it alone, and
 * these are the same in every run that is long enough. */
#include "diffusion/walk.h"

#include <math.h>
#include <string.h>

/* The draw of sample k at a branch is its own: addressed, as noise is, by the branch's smallest
 * class, which two branches of one path may share, and by its depth. */
static double draw(const rmf_walk *w, int branch, int64_t k)
{
    const rmf_tree *tree = w->s->tree;
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    uint32_t depth = 0;
    for (int above = b->parent; above >= 0; above = rmf_tree_branch(tree, above)->parent)
        depth++;
    const rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_ROUTE);
    return rmf_random_unit(rmf_key_fold(key, (uint64_t)b->classes[0]), (uint64_t)k, depth);
}

/* Which of n children has the quantile u in [0, 1); −1: p are no probabilities. */
static int choose(const double *p, int n, double u)
{
    double sum = 0, below = 0;
    int last = 0;
    for (int i = 0; i < n; i++) {
        if (!(p[i] >= 0)) return -1;
        sum += p[i];
    }
    if (!(fabs(sum - 1) < 1e-3)) return -1;
    for (int i = 0; i < n; i++) {
        if (p[i] > 0) last = i;
        below += p[i] / sum;
        if (u < below) return i;
    }
    return last; /* of a sum that rounding keeps below u */
}

static rmf_status choose_children(rmf_walk *w, int branch, int64_t used)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    if (b->n_children > 1)
        RMF_TRY(
            w->router->posterior(w->router->context, branch, w->block, w->rows, w->probability));
    for (int64_t r = 0; r < used; r++) {
        const int64_t k = w->row[r];
        const double *p = w->probability + r * b->n_children;
        const int chosen = b->n_children > 1 ? choose(p, b->n_children, draw(w, branch, k)) : 0;
        if (chosen < 0)
            return rmf_fail(RMF_ERR_NUMERIC,
                            "routed sampling: the router gives no probabilities to the children of "
                            "branch %d; expected numbers from 0 on that add up to 1",
                            branch);
        w->at[k] = b->children[chosen];
    }
    return RMF_OK;
}

rmf_status rmf_route_block(rmf_walk *w, int branch, int64_t used)
{
    const size_t bytes = (size_t)w->features * sizeof *w->x;
    for (int64_t r = 0; r < used; r++)
        memcpy(w->x + w->row[r] * w->features, w->block + r * w->features, bytes);
    if (rmf_tree_branch(w->s->tree, branch)->n_children == 0) return RMF_OK;
    return choose_children(w, branch, used);
}

rmf_status rmf_walk_routed(rmf_walk *w, int branch)
{
    for (int64_t k = 0, used = 0; k < w->s->count; k++) {
        if (w->at[k] == branch) {
            w->row[used] = k;
            w->address[used++] = (uint64_t)k;
        }
        if (used == w->rows || (used > 0 && k + 1 == w->s->count)) {
            RMF_TRY(rmf_walk_block(w, branch, 0, used));
            used = 0;
        }
    }
    return RMF_OK;
}
