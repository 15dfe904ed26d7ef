/*
 * tree/fit.c – branch points for groups that somebody else chose.
 *
 * From a group's branch point on (towards noise) its children share one way, so the point must be
 * late enough that they are alike from then on.  Two readings of "alike", rmf_fitting: every two
 * classes of different children, or the children pooled.  A group's time is the latest of these,
 * and never before those of the groups in it: among all times that grow along every path, the
 * smallest that keep what each group needs.  (Least squares, isotonic regression, would move some
 * below their need, and so break the promise of p, to save time.)  Times then become joins, from
 * which dendrogram.c makes the tree as it does in discovery, minima and ties included.
 */
#include <math.h>
#include <stdlib.h>

#include "tree/criterion.h"
#include "tree/topology.h"

struct fit {
    rmf_arena *arena;
    const rmf_labelled *data;
    const rmf_topology *topology;
    rmf_crossings at;
    int *class_of;     /* [leaves] */
    int *child;        /* [leaves]: the child of the group at hand that holds a leaf */
    int *first, *next; /* [nodes]: children as lists, in the order of their leaves; −1 = none */
    double *time;      /* [nodes] */
    int apart[2];      /* classes that never meet */
};

/* Classes of a node are pooled in the first of them. */
static int head(const struct fit *f, int node)
{
    return f->class_of[f->topology->node[node].first];
}

/* The group's time where its children were pooled; they are pooled on the way out. */
static double pooled_time(struct fit *f, int node, double time)
{
    for (int i = f->first[node]; i >= 0; i = f->next[i])
        for (int j = f->next[i]; j >= 0 && time < INFINITY; j = f->next[j]) {
            time = rmf_crossing_last(&f->at, head(f, i), head(f, j), time);
            if (time == INFINITY) {
                f->apart[0] = head(f, i);
                f->apart[1] = head(f, j);
            }
        }
    for (int i = f->next[f->first[node]]; i >= 0; i = f->next[i])
        f->at.ops->pool(f->at.state, head(f, node), head(f, i));
    return time;
}

static double pairs_time(struct fit *f, int node, double time)
{
    const rmf_topology_node *group = &f->topology->node[node];
    for (int i = f->first[node]; i >= 0; i = f->next[i])
        for (int leaf = f->topology->node[i].first; leaf < f->topology->node[i].end; leaf++)
            f->child[leaf] = i;
    for (int a = group->first; a < group->end; a++)
        for (int b = a + 1; b < group->end && time < INFINITY; b++) {
            if (f->child[a] == f->child[b]) continue;
            time = rmf_crossing_last(&f->at, f->class_of[a], f->class_of[b], time);
            if (time == INFINITY) {
                f->apart[0] = f->class_of[a];
                f->apart[1] = f->class_of[b];
            }
        }
    return time;
}

/* Children come after their parents: the last group is the first whose children are known. */
RMF_CHECKED static rmf_status find_times(struct fit *f)
{
    const rmf_topology *t = f->topology;
    for (int i = t->n_nodes - 1; i >= 0; i--) {
        rmf_progress_event event = {"fitting", t->n_nodes - i, t->n_nodes, "groups", NAN, NAN,
                                    NULL};
        if (t->node[i].leaf) continue;
        double time = 0;
        for (int child = f->first[i]; child >= 0; child = f->next[child])
            time = fmax(time, f->time[child]);
        f->time[i] =
            f->at.how->fit == RMF_FIT_PAIRS ? pairs_time(f, i, time) : pooled_time(f, i, time);
        if (f->time[i] == INFINITY) return rmf_crossings_fail(&f->at, f->data, f->apart);
        if (!rmf_progress_tell(f->at.how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    return RMF_OK;
}

struct timed_join {
    rmf_join join;
    int order; /* groups within others come first */
};

static int by_time(const void *a, const void *b)
{
    const struct timed_join *x = a, *y = b;
    if (x->join.time != y->join.time) return x->join.time < y->join.time ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

RMF_CHECKED static rmf_status list_joins(struct fit *f, rmf_join *joins)
{
    struct timed_join *list;
    int n = 0;
    RMF_NEW(f->arena, f->topology->n_leaves, list);
    for (int i = f->topology->n_nodes - 1; i >= 0; i--)
        for (int child = f->first[i]; child >= 0; child = f->next[child]) {
            if (child == f->first[i]) continue;
            list[n] = (struct timed_join){{head(f, i), head(f, child), f->time[i]}, n};
            n++;
        }
    qsort(list, (size_t)n, sizeof *list, by_time);
    for (int i = 0; i < n; i++)
        joins[i] = list[i].join;
    return RMF_OK;
}

RMF_CHECKED static rmf_status prepare(struct fit *f)
{
    const rmf_topology *t = f->topology;
    RMF_NEW(f->arena, t->n_leaves, f->class_of);
    RMF_NEW(f->arena, t->n_leaves, f->child);
    RMF_NEW(f->arena, t->n_nodes, f->first);
    RMF_NEW(f->arena, t->n_nodes, f->next);
    RMF_NEW(f->arena, t->n_nodes, f->time);
    for (int i = 0; i < t->n_nodes; i++)
        f->first[i] = f->next[i] = -1;
    for (int i = t->n_nodes - 1; i > 0; i--) { /* from behind, so that lists run forwards */
        f->next[i] = f->first[t->node[i].parent];
        f->first[t->node[i].parent] = i;
    }
    return rmf_topology_match(t, f->data->n_names, f->data->names, f->class_of);
}

rmf_status rmf_fit(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                   const rmf_picks *picks, const rmf_sweeping *how, rmf_join *joins)
{
    struct fit f = {.data = data, .topology = how->topology};
    RMF_TRY(rmf_arena_create(&f.arena));
    rmf_status status = prepare(&f);
    if (status == RMF_OK) status = rmf_crossings_open(criterion, data, picks, how, &f.at);
    if (status == RMF_OK) status = find_times(&f);
    if (status == RMF_OK) status = list_joins(&f, joins);
    rmf_crossings_close(&f.at);
    rmf_arena_free(f.arena);
    return status;
}
