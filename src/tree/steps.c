/* tree/steps.c – trees for processes in steps: every time is a whole one. */
#include <jansson.h>
#include <math.h>

#include "tree/internal.h"

struct axis {
    const char *place;
    double scale; /* steps a unit of the tree's time */
    int steps;
};

/* t → k/steps; a time between two steps stays between them. */
static double settled(const struct axis *axis, double t)
{
    const double at = t * axis->scale, near = round(at);
    return (fabs(at - near) <= RMF_STEP_TOLERANCE ? near : at) / axis->steps;
}

RMF_CHECKED static rmf_status settle_branch(const struct axis *axis, rmf_tree *tree, int branch)
{
    rmf_branch *b = &tree->branch[branch];
    const double at = b->t_start * axis->scale;
    char text[RMF_BRANCH_TEXT];
    if (fabs(at - round(at)) > RMF_STEP_TOLERANCE)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: branch %s starts at step %.9g of %d; expected whole steps, as in a "
                        "tree that was made for such a process",
                        axis->place, rmf_branch_text(tree, branch, text), at, axis->steps);
    b->t_start = settled(axis, b->t_start);
    b->t_end = settled(axis, b->t_end); /* its parent's start */
    return RMF_OK;
}

RMF_CHECKED static rmf_status settle_tree(const struct axis *axis, rmf_tree *tree)
{
    for (int b = 0; b < tree->n_branches; b++)
        RMF_TRY(settle_branch(axis, tree, b));
    for (int i = 0; i < tree->n_merges; i++) {
        rmf_merge *m = &tree->merge[i];
        m->time = settled(axis, m->time);
        m->low = settled(axis, m->low);
        m->high = settled(axis, m->high);
    }
    tree->t_limit = 1;
    return rmf_tree_check(tree);
}

rmf_status rmf_tree_on_steps(const rmf_tree *tree, int steps, const char *place, rmf_tree **out)
{
    const double limit = tree->t_limit, tolerance = RMF_TIME_TOLERANCE * limit;
    json_t *json = NULL;
    rmf_tree *copy = NULL;
    if (fabs(limit - 1) > tolerance && fabs(limit - steps) > tolerance)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: the root ends at %.9g; expected 1, or %d for times in steps", place,
                        limit, steps);
    const struct axis axis = {place, fabs(limit - 1) > tolerance ? 1 : steps, steps};
    RMF_TRY(rmf_tree_to_json(tree, &json)); /* trees are their JSON: names, rows, discovery, all */
    rmf_status status = rmf_tree_from_json(json, &copy);
    json_decref(json);
    if (status == RMF_OK) status = settle_tree(&axis, copy);
    if (status == RMF_OK)
        *out = copy;
    else
        rmf_tree_free(copy);
    return status;
}
