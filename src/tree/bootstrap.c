/*
 * tree/bootstrap.c – how far branch points and clades depend on the objects at hand.
 *
 * Each resample draws as many objects of each class as there are, with replacement, and discovers
 * a tree.  An object's count is its weight in the sums; pairs of one object with itself are left
 * out of S_ii with these weights too, so resampling does not shift distances.
 *
 * Support of a clade: the share of resampled trees that have a branch with just these classes
 * (Felsenstein 1985).  Interval of a merge: the middle 95 % of the times at which, in the resampled
 * trees, its two sides first meet.
 */
#include <math.h>
#include <string.h>

#include "core/order.h"
#include "tree/dendrogram.h"

struct work {
    const rmf_bootstrap *from;
    rmf_arena *arena;
    rmf_tree *tree; /* gets the results */
    rmf_sums *sums;
    rmf_join *join;
    int32_t *count; /* [objects] draws of each */
    int *held;      /* [branches] trees with this clade */
    double *time;   /* [merges, resamples] */
};

/* Draws until a class has two different objects: with one, S_ii is not defined. */
void rmf_resample(const rmf_picks *picks, int n_names, uint64_t seed, int resample, int32_t *count)
{
    rmf_key root = rmf_key_fold(rmf_key_make(seed, RMF_STREAM_BOOTSTRAP), (uint64_t)resample);
    memset(count, 0, (size_t)picks->start[n_names] * sizeof *count);
#pragma omp parallel for schedule(dynamic) if (picks->start[n_names] > RMF_SMALL / 8)
    for (int c = 0; c < n_names; c++) {
        rmf_key key = rmf_key_fold(root, (uint64_t)c);
        int32_t *own = count + picks->start[c];
        int64_t n = picks->start[c + 1] - picks->start[c];
        for (uint32_t attempt = 0, distinct = 0; distinct < 2; attempt++) {
            memset(own, 0, (size_t)n * sizeof *own);
            distinct = 0;
            for (int64_t i = 0; i < n; i++)
                distinct += own[rmf_random_below(key, (uint64_t)i, attempt, (uint64_t)n)]++ == 0;
        }
    }
}

static bool has_clade(const rmf_tree *tree, const rmf_branch *clade)
{
    int common = tree->leaf[clade->classes[0]];
    for (int i = 1; i < clade->n_classes; i++)
        if (common != 0) {
            int b = rmf_tree_common(tree, clade->classes[0], clade->classes[i]);
            common = tree->depth[b] < tree->depth[common] ? b : common;
        }
    return tree->branch[common].n_classes == clade->n_classes;
}

static double meeting_time(const rmf_tree *tree, const rmf_merge *merge)
{
    double first = tree->t_limit;
    for (int i = 0; i < merge->n_left; i++)
        for (int j = 0; j < merge->n_right; j++) {
            int b = rmf_tree_common(tree, merge->left[i], merge->right[j]);
            first = fmin(first, tree->branch[b].t_start);
        }
    return first;
}

static void compare(struct work *w, const rmf_tree *tree, int resample)
{
    const int resamples = w->from->options->bootstrap;
    for (int b = 0; b < w->tree->n_branches; b++)
        w->held[b] += has_clade(tree, &w->tree->branch[b]);
    for (int m = 0; m < w->tree->n_merges; m++)
        w->time[m * (int64_t)resamples + resample] = meeting_time(tree, &w->tree->merge[m]);
}

/* One resample; classes that never mix in it count as mixing at t_limit, in no clade. */
RMF_CHECKED static rmf_status resample(struct work *w, int index)
{
    const rmf_bootstrap *from = w->from;
    const int resamples = from->options->bootstrap;
    rmf_tree *tree = NULL;
    rmf_resample(from->picks, from->data->n_names, from->options->seed, index, w->count);
    rmf_sums_fill(w->sums, from->data, from->picks, from->basis, w->count);
    rmf_status status = rmf_sweep(w->sums, from->how, w->join);
    const rmf_dendrogram parts = {from->data->n_names, from->data->names, w->join, from->options,
                                  from->how->noise->steps};
    if (status == RMF_OK) status = rmf_dendrogram_tree(&parts, &tree);
    if (status == RMF_OK) compare(w, tree, index);
    rmf_tree_free(tree);
    if (status != RMF_ERR_NUMERIC && status != RMF_ERR_ARGUMENT) return status;
    for (int m = 0; m < w->tree->n_merges; m++)
        w->time[m * (int64_t)resamples + index] = w->tree->t_limit;
    return RMF_OK;
}

static void conclude(struct work *w)
{
    const int n = w->from->options->bootstrap;
    for (int b = 1; b < w->tree->n_branches; b++) /* the root and the leaves are in every tree */
        if (w->tree->branch[b].n_classes > 1) w->tree->branch[b].support = (double)w->held[b] / n;
    for (int m = 0; m < w->tree->n_merges; m++) {
        double *time = w->time + m * (int64_t)n;
        rmf_sort(time, (size_t)n);
        w->tree->merge[m].low = rmf_quantile(time, n, 0.025);
        w->tree->merge[m].high = rmf_quantile(time, n, 0.975);
    }
}

RMF_CHECKED static rmf_status run(struct work *w)
{
    const rmf_bootstrap *from = w->from;
    const int n = from->options->bootstrap, n_names = from->data->n_names;
    RMF_NEW(w->arena, from->picks->start[n_names], w->count);
    RMF_NEW(w->arena, n_names, w->join);
    RMF_NEW(w->arena, w->tree->n_branches, w->held);
    RMF_NEW(w->arena, (size_t)w->tree->n_merges * (size_t)n, w->time);
    RMF_TRY(rmf_sums_new(n_names, from->data->names, from->basis->nodes, from->data->features,
                         &w->sums));
    for (int i = 0; i < n; i++) {
        rmf_progress_event event = {"bootstrap", i + 1, n, "resamples", NAN, NAN, NULL};
        RMF_TRY(resample(w, i));
        if (!rmf_progress_tell(from->how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    conclude(w);
    return RMF_OK;
}

rmf_status rmf_bootstrap_tree(const rmf_bootstrap *from, rmf_tree *tree)
{
    struct work w = {.from = from, .tree = tree};
    RMF_TRY(rmf_arena_create(&w.arena));
    rmf_status status = run(&w);
    rmf_sums_free(w.sums);
    rmf_arena_free(w.arena);
    return status;
}
