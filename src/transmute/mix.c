/* transmute/mix.c – a reverse process with the weighted mean of several classes' scores.
 *
 * Sampling wants branches, and its steps must meet every branch point of every class.  So the mix
 * gets a tree of its own: one class, and a chain of branches cut wherever a class of the hybrid
 * passes a branch point.  Within a link of the chain each class has one branch of the real tree. */
#include "transmute/internal.h"

#include <math.h>
#include <string.h>

#include "core/order.h"

typedef struct mix {
    const rmf_hybrid *hybrid;
    const double *weights;
    double total;
    rmf_guidance guidance; /* of the real tree's branches */
    rmf_score own;         /* their score, guided */
    rmf_tree *chain;
    int *branch;    /* [links, n_classes]: branch of the real tree */
    double *times;  /* [links + 1], ascending from 0 */
    float *partial; /* [rows, features] */
    int links;
} mix;

/* ---- the score ---- */

/* Weight of all classes that are on the branch of class k; 0 where an earlier class has it. */
static double branch_weight(const mix *m, const int *branch, int k)
{
    double sum = 0;
    for (int i = 0; i < m->hybrid->n_classes; i++) {
        if (branch[i] != branch[k]) continue;
        if (i < k) return 0;
        sum += m->weights[i];
    }
    return sum / m->total;
}

static rmf_status mixed_score(void *context, int link, double t, const float *x, float *score)
{
    mix *m = context;
    const rmf_score *own = &m->own;
    const int *branch = m->branch + (int64_t)link * m->hybrid->n_classes;
    const int64_t n = own->rows * own->features;
    memset(score, 0, (size_t)n * sizeof *score);
    for (int k = 0; k < m->hybrid->n_classes; k++) {
        const double weight = branch_weight(m, branch, k);
        if (weight == 0) continue;
        RMF_TRY(own->eval(own->context, branch[k], t, x, m->partial));
        for (int64_t i = 0; i < n; i++)
            score[i] += (float)weight * m->partial[i];
    }
    return RMF_OK;
}

/* ---- the chain ---- */

/* Every time at which a branch of one of the classes ends, each once, and 0. */
static rmf_status collect_times(mix *m, rmf_arena *arena)
{
    const rmf_hybrid *h = m->hybrid;
    const rmf_tree *tree = h->sampling->tree;
    const size_t most = (size_t)rmf_tree_branch_count(tree) * (size_t)h->n_classes + 1;
    size_t n = 1, kept = 1;
    RMF_TRY(rmf_arena_alloc(arena, most, sizeof *m->times, (void **)&m->times));
    for (int k = 0; k < h->n_classes; k++)
        for (int b = rmf_tree_leaf(tree, h->classes[k]); b >= 0;
             b = rmf_tree_branch(tree, b)->parent)
            m->times[n++] = rmf_tree_branch(tree, b)->t_end;
    rmf_sort(m->times, n);
    for (size_t i = 1; i < n; i++)
        if (m->times[i] > m->times[kept - 1]) m->times[kept++] = m->times[i];
    m->links = (int)kept - 1;
    return RMF_OK;
}

static rmf_status make_chain(mix *m, rmf_arena *arena)
{
    static const int only[] = {0};
    static const char *const name[] = {"mix"};
    rmf_branch_spec *links;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)m->links, sizeof *links, (void **)&links));
    for (int i = 0; i < m->links; i++)
        links[i] = (rmf_branch_spec){1, only, m->times[i], m->times[i + 1], NAN};
    return rmf_tree_create(1, name, m->times[m->links], m->links, links, &m->chain);
}

static rmf_status prepare(mix *m, rmf_arena *arena)
{
    const rmf_hybrid *h = m->hybrid;
    const rmf_score *own = h->sampling->score;
    const size_t classes = (size_t)h->n_classes;
    RMF_TRY(rmf_arena_alloc(arena, (size_t)own->rows, (size_t)own->features * sizeof *m->partial,
                            (void **)&m->partial));
    RMF_TRY(rmf_arena_alloc(arena, (size_t)own->rows, (size_t)own->features * sizeof(float),
                            (void **)&m->guidance.work));
    m->guidance.score = *own;
    m->guidance.weight = h->sampling->guidance;
    m->guidance.guide = h->sampling->guide;
    m->own = rmf_guided_score(&m->guidance);
    RMF_TRY(collect_times(m, arena));
    RMF_TRY(make_chain(m, arena));
    RMF_TRY(
        rmf_arena_alloc(arena, (size_t)m->links * classes, sizeof *m->branch, (void **)&m->branch));
    for (int i = 0; i < m->links; i++) {
        const rmf_branch *link = rmf_tree_branch(m->chain, i);
        const double middle = 0.5 * (link->t_start + link->t_end);
        for (int k = 0; k < h->n_classes; k++)
            m->branch[i * h->n_classes + k] =
                rmf_tree_find(h->sampling->tree, h->classes[k], middle);
    }
    return RMF_OK;
}

static rmf_status check_weights(mix *m)
{
    for (int k = 0; k < m->hybrid->n_classes; k++) {
        if (!(m->weights[k] >= 0 && isfinite(m->weights[k])))
            return rmf_fail(RMF_ERR_USAGE, "mix: a weight is %g; expected numbers from 0 on",
                            m->weights[k]);
        m->total += m->weights[k];
    }
    return m->total > 0 && isfinite(m->total)
               ? RMF_OK
               : rmf_fail(RMF_ERR_USAGE, "mix: the weights add up to %g; expected more than 0",
                          m->total);
}

rmf_status rmf_hybrid_mix(const rmf_hybrid *h, const double *weights, const rmf_progress *progress,
                          const float *states, float *x, rmf_sampling_report *report)
{
    static const int only[] = {0};
    mix m = {.hybrid = h, .weights = weights};
    double time;
    int branch;
    rmf_arena *arena;
    RMF_TRY(rmf_hybrid_check(h, &time, &branch));
    RMF_TRY(check_weights(&m));
    const rmf_score *own = h->sampling->score;
    const rmf_score score = {mixed_score, &m, own->rows, own->features};
    if (x != states) memcpy(x, states, (size_t)(h->count * own->features) * sizeof *x);
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = prepare(&m, arena);
    rmf_sampling s = *h->sampling;
    s.tree = m.chain;
    s.score = &score;
    s.guidance = 0; /* the chain's branches have no guides: theirs are in the score */
    s.classes = only;
    s.n_classes = 1;
    s.count = h->count;
    s.t_from = time;
    s.t_until = 0;
    if (status == RMF_OK) status = rmf_sample(&s, progress, x, report);
    rmf_tree_free(m.chain);
    rmf_arena_free(arena);
    return status;
}
