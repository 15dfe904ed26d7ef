/*
 * tree/dendrogram.c – joins of two groups at a time become branches.
 *
 * The time of a branch point is max(crossing, its children's times + min_branch_length,
 * min_branch_time for leaves), as in the reference; of a process in steps the next whole step after
 * it, where siblings are no easier to tell apart.  Joins at equal times become one branch point
 * with more than two children: an inner branch of no length would never be used.
 */
#include <math.h>
#include <string.h>

#include "tree/dendrogram.h"

struct node {
    double crossing, time;
    int size, *classes;    /* ascending */
    int first, last, next; /* children as a list; next sister; −1 = none */
    bool absorbed;         /* its children now hang below its parent */
};

struct work {
    rmf_arena *arena;
    const rmf_dendrogram *from;
    struct node *node;
    int n_nodes, *group, *node_of; /* [n_names]: forest of classes; node of each group */
    rmf_merge *merge;
    double tie;
};

RMF_CHECKED static rmf_status unite_classes(struct work *w, const struct node *a,
                                            const struct node *b, struct node *out)
{
    int i = 0, j = 0;
    out->size = a->size + b->size;
    RMF_NEW(w->arena, out->size, out->classes);
    for (int k = 0; k < out->size; k++) {
        bool from_a = j == b->size || (i < a->size && a->classes[i] < b->classes[j]);
        out->classes[k] = from_a ? a->classes[i++] : b->classes[j++];
    }
    return RMF_OK;
}

/* Hangs node `child` below `parent`, or its children if it joined at the same time. */
static void hang(struct work *w, struct node *parent, int child, bool absorb)
{
    struct node *c = &w->node[child];
    int first = absorb ? c->first : child, last = absorb ? c->last : child;
    c->absorbed = absorb;
    if (parent->first < 0)
        parent->first = first;
    else
        w->node[parent->last].next = first;
    parent->last = last;
}

/* The earliest time that a group allows for the branch point above it. */
static double floor_above(const struct work *w, const struct node *node)
{
    const rmf_discovery *o = w->from->options;
    return node->first < 0 ? o->min_branch_time : node->time + o->min_branch_length;
}

/* The floor that counts when `node` joins at `crossing`: with a tie, that of its children. */
static double floor_below(const struct work *w, int index, double crossing, bool *tie)
{
    const struct node *node = &w->node[index];
    *tie = node->first >= 0 && crossing - node->crossing <= w->tie;
    if (!*tie) return floor_above(w, node);
    double highest = 0;
    for (int child = node->first; child >= 0; child = w->node[child].next)
        highest = fmax(highest, floor_above(w, &w->node[child]));
    return highest;
}

/* The time itself, or the first whole step that is not before it. */
static double settle(const struct work *w, double time)
{
    const double limit = w->from->options->t_limit, steps = w->from->steps;
    if (!(steps > 0)) return time;
    return fmin(ceil(time / limit * steps - RMF_STEP_TOLERANCE) / steps, 1) * limit;
}

RMF_CHECKED static rmf_status add_join(struct work *w, int index)
{
    const rmf_join *join = &w->from->joins[index];
    int a = rmf_group_of(w->group, join->a), b = rmf_group_of(w->group, join->b);
    int side[2] = {w->node_of[a < b ? a : b], w->node_of[a < b ? b : a]};
    bool tie[2];
    struct node *node = &w->node[w->n_nodes];
    *node = (struct node){.crossing = join->time, .first = -1, .last = -1, .next = -1};
    node->time = settle(w, fmax(join->time, fmax(floor_below(w, side[0], join->time, &tie[0]),
                                                 floor_below(w, side[1], join->time, &tie[1]))));
    RMF_TRY(unite_classes(w, &w->node[side[0]], &w->node[side[1]], node));
    for (int k = 0; k < 2; k++) {
        const struct node *child = &w->node[side[k]];
        bool same = child->first >= 0 && node->time - child->time <= w->tie;
        hang(w, node, side[k], tie[k] || same);
    }
    const struct node *left = &w->node[side[0]], *right = &w->node[side[1]];
    w->merge[index] = (rmf_merge){.time = node->time,
                                  .low = NAN,
                                  .high = NAN,
                                  .n_left = left->size,
                                  .n_right = right->size,
                                  .left = left->classes,
                                  .right = right->classes};
    w->group[a < b ? b : a] = a < b ? a : b;
    w->node_of[a < b ? a : b] = w->n_nodes++;
    return RMF_OK;
}

RMF_CHECKED static rmf_status make_tree(struct work *w, rmf_tree **out)
{
    const rmf_discovery *o = w->from->options;
    rmf_branch_spec *specs;
    int n = 0, root = w->n_nodes - 1;
    double *end;
    RMF_NEW(w->arena, w->n_nodes, specs);
    RMF_NEW(w->arena, w->n_nodes, end);
    if (w->node[root].time > o->t_limit)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "discovery: min_branch_time %g and min_branch_length %g push the root's "
                        "branch point to %g; expected at most t_limit = %g; lower them",
                        o->min_branch_time, o->min_branch_length, w->node[root].time, o->t_limit);
    end[root] = o->t_limit;
    for (int i = root; i >= 0; i--) { /* parents come after their children */
        const struct node *node = &w->node[i];
        if (node->absorbed) continue;
        for (int child = node->first; child >= 0; child = w->node[child].next)
            end[child] = node->time;
        specs[n++] = (rmf_branch_spec){node->size, node->classes, node->time, end[i], NAN};
    }
    return rmf_tree_create(w->from->n_names, w->from->names, o->t_limit, n, specs, out);
}

RMF_CHECKED static rmf_status build(struct work *w, rmf_tree **out)
{
    const int n = w->from->n_names;
    rmf_tree *tree = NULL;
    RMF_NEW(w->arena, 2 * n, w->node);
    RMF_NEW(w->arena, n, w->group);
    RMF_NEW(w->arena, n, w->node_of);
    RMF_NEW(w->arena, n, w->merge);
    for (int c = 0; c < n; c++) {
        w->node[c] = (struct node){.size = 1, .first = -1, .last = -1, .next = -1};
        RMF_NEW(w->arena, 1, w->node[c].classes);
        w->node[c].classes[0] = w->node_of[c] = w->group[c] = c;
    }
    w->n_nodes = n;
    for (int i = 0; i + 1 < n; i++)
        RMF_TRY(add_join(w, i));
    RMF_TRY(make_tree(w, &tree));
    rmf_status status = rmf_tree_set_merges(tree, n - 1, w->merge);
    if (status == RMF_OK)
        *out = tree;
    else
        rmf_tree_free(tree);
    return status;
}

rmf_status rmf_dendrogram_tree(const rmf_dendrogram *from, rmf_tree **out)
{
    struct work w = {.from = from, .tie = RMF_TIME_TOLERANCE * from->options->t_limit};
    RMF_TRY(rmf_arena_create(&w.arena));
    rmf_status status = build(&w, out);
    rmf_arena_free(w.arena);
    return status;
}
