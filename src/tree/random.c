/*
 * tree/random.c – a random tree with the branch times of another.
 *
 * At each of its times, from the earliest on, two groups drawn at random become one: Kingman's
 * (1982) coalescent with given times, under which all orders of joining are equally likely.
 */

#include "core/order.h"
#include "tree/dendrogram.h"

/* A branch point of k children stands for k − 1 joins at its time. */
RMF_CHECKED static rmf_status list_times(rmf_arena *arena, const rmf_tree *like, double **out)
{
    double *time;
    int n = 0;
    RMF_NEW(arena, like->n_names, time);
    for (int b = 0; b < like->n_branches; b++)
        for (int k = 1; k < like->branch[b].n_children; k++)
            time[n++] = like->branch[b].t_start;
    rmf_sort(time, (size_t)n);
    *out = time;
    return RMF_OK;
}

/* Joins representatives: group[0 … left) are the groups that are left. */
RMF_CHECKED static rmf_status draw(rmf_arena *arena, const rmf_tree *like, uint64_t seed,
                                   rmf_tree **out)
{
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_BOOTSTRAP);
    rmf_discovery options;
    rmf_join *joins;
    double *time;
    int *group;
    rmf_discovery_init(&options);
    options.t_limit = like->t_limit;
    RMF_TRY(list_times(arena, like, &time));
    RMF_NEW(arena, like->n_names, joins);
    RMF_NEW(arena, like->n_names, group);
    for (int c = 0; c < like->n_names; c++)
        group[c] = c;
    for (int left = like->n_names, i = 0; left > 1; left--, i++) {
        const int a = (int)rmf_random_below(key, (uint64_t)i, 0, (uint64_t)left);
        const int other = (int)rmf_random_below(key, (uint64_t)i, 1, (uint64_t)left - 1);
        const int b = other < a ? other : other + 1;
        joins[i] = (rmf_join){group[a], group[b], time[i]};
        group[b] = group[left - 1];
    }
    /* The times are those of `like`: on steps already, if that is. */
    const rmf_dendrogram parts = {.n_names = like->n_names,
                                  .names = (const char *const *)like->name,
                                  .joins = joins,
                                  .options = &options};
    return rmf_dendrogram_tree(&parts, out);
}

rmf_status rmf_tree_random(const rmf_tree *like, uint64_t seed, rmf_tree **out)
{
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = draw(arena, like, seed, out);
    rmf_arena_free(arena);
    return status;
}
