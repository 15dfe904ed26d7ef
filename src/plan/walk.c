/*
 * plan/walk.c – the ideal sampler goes along a tree.
 *
 * As in sampling along the tree, a branch is run once for all its classes, so a class's sample k
 * shares its way with sample k of the others until they part; within a class samples are
 * independent.  A branch's states stand at its branch point.  Leaves come first among sisters and
 * keep nothing; the last inner sister takes over its parent's states: a caterpillar of any length
 * needs two blocks of memory.
 */
#include "plan/ideal.h"

#include <math.h>
#include <string.h>

typedef struct walk {
    const rmf_ideal *of;
    const rmf_tree *tree;
    const rmf_progress *progress;
    int64_t n, features; /* states of a branch: those of the largest class */
    int64_t *place;      /* [n] the last draw's objects */
    int64_t *row;        /* the caller's */
    int64_t done;        /* branches */
} walk;

static void kernel(const walk *w, double t, double *alpha, double *sigma)
{
    w->of->noise->kernel(w->of->noise->context, t, alpha, sigma);
}

static rmf_key branch_key(const walk *w, int use, int branch)
{
    return rmf_key_fold(rmf_ideal_key(w->of, use), (uint64_t)branch);
}

static const float *object(const walk *w, int64_t k)
{
    const rmf_pool *pool = &w->of->pool;
    return pool->x + pool->row[w->place[k]] * w->features;
}

/* out = keep·x + pull·x0 + spread·z for every state; x may be out, or NULL for keep = 0. */
static void blend(const walk *w, int branch, const double factor[3], const float *x, float *out)
{
    const rmf_key key = branch_key(w, RMF_IDEAL_NOISE, branch);
    const double keep = factor[0], pull = factor[1], spread = factor[2];
    const int64_t d = w->features;
#pragma omp parallel for schedule(static) if (w->n * d > 16384)
    for (int64_t k = 0; k < w->n; k++) {
        const float *x0 = object(w, k);
        float z[256];
        for (int64_t first = 0; first < d; first += 256) {
            const int64_t width = d - first < 256 ? d - first : 256;
            rmf_random_normal(rmf_key_fold(key, (uint64_t)first), (uint64_t)k, 0, z, (size_t)width);
            for (int64_t j = 0; j < width; j++) {
                const int64_t at = k * d + first + j;
                const double old = x ? keep * x[at] : 0;
                out[at] = (float)(old + pull * x0[first + j] + spread * z[j]);
            }
        }
    }
}

/* The root's states: a random object of all, noised to the root's branch time. */
static void start(const walk *w, float *out)
{
    const rmf_key key = branch_key(w, RMF_IDEAL_PICK, 0);
    double alpha, sigma;
    kernel(w, rmf_tree_branch(w->tree, 0)->t_start, &alpha, &sigma);
    for (int64_t k = 0; k < w->n; k++)
        w->place[k] = (int64_t)rmf_random_below(key, (uint64_t)k, 0,
                                                (uint64_t)w->of->pool.start[w->of->pool.n_classes]);
    blend(w, 0, (const double[3]){0, alpha, sigma}, NULL, out);
}

/* x0 within the branch's group, given states at its end. */
static rmf_status draw(const walk *w, int branch, const float *states, int64_t n)
{
    const rmf_branch *b = rmf_tree_branch(w->tree, branch);
    rmf_posterior posterior = {.pool = &w->of->pool,
                               .classes = b->classes,
                               .n_classes = b->n_classes,
                               .key = branch_key(w, RMF_IDEAL_PICK, branch)};
    kernel(w, b->t_end, &posterior.alpha, &posterior.sigma);
    return rmf_posterior_draw(&posterior, states, n, w->place);
}

/* The Gaussian bridge from t = the branch's end to u = its start: with r = α_t/α_u the state at t
 * is r·x_u plus noise of variance σ_t² − r²σ_u², so x_u given x_t and x0 has the mean α_u·x0 +
 * (r·σ_u²/σ_t²)·(x_t − α_t·x0) and the variance σ_u²·(σ_t² − r²σ_u²)/σ_t². */
static void bridge(const walk *w, int branch, const float *from, float *to)
{
    const rmf_branch *b = rmf_tree_branch(w->tree, branch);
    double alpha_t, sigma_t, alpha_u, sigma_u;
    kernel(w, b->t_end, &alpha_t, &sigma_t);
    kernel(w, b->t_start, &alpha_u, &sigma_u);
    const double r = alpha_t / alpha_u;
    const double keep = sigma_t > 0 ? r * sigma_u * sigma_u / (sigma_t * sigma_t) : 1;
    const double rest = sigma_t * sigma_t - r * r * sigma_u * sigma_u;
    const double spread = sigma_t > 0 ? sigma_u / sigma_t * sqrt(fmax(rest, 0)) : 0;
    blend(w, branch, (const double[3]){keep, alpha_u - keep * alpha_t, spread}, from, to);
}

static rmf_status tell(walk *w)
{
    rmf_progress_event event = {
        "ideal samples", ++w->done, rmf_tree_branch_count(w->tree), "branches", NAN, NAN, NULL};
    if (rmf_progress_tell(w->progress, &event)) return RMF_OK;
    return rmf_fail(RMF_ERR_INTERRUPTED, "plan: stopped on request; nothing was kept");
}

/* The objects drawn last are the samples of the leaf's class. */
static rmf_status keep(walk *w, int leaf)
{
    const rmf_ideal *p = w->of;
    const int class = rmf_tree_branch(w->tree, leaf)->classes[0];
    for (int64_t k = 0; k < rmf_ideal_count(p, class); k++)
        w->row[p->first[class] + k] = p->pool.row[w->place[k]];
    return tell(w);
}

/* A leaf's samples; given are the states of its parent. */
static rmf_status finish(walk *w, int leaf, const float *states)
{
    const int class = rmf_tree_branch(w->tree, leaf)->classes[0];
    RMF_TRY(draw(w, leaf, states, rmf_ideal_count(w->of, class)));
    return keep(w, leaf);
}

static bool is_leaf(const walk *w, int branch)
{
    return rmf_tree_branch(w->tree, branch)->n_children == 0;
}

/* Everything below a branch whose states stand at its branch point; they may be overwritten. */
static rmf_status descend(walk *w, int branch, float *states)
{
    const rmf_branch *b = rmf_tree_branch(w->tree, branch);
    int inner = 0;
    RMF_TRY(tell(w));
    for (int i = 0; i < b->n_children; i++) {
        if (is_leaf(w, b->children[i]))
            RMF_TRY(finish(w, b->children[i], states));
        else
            inner++;
    }
    for (int i = 0; i < b->n_children; i++) {
        const int child = b->children[i];
        float *own = NULL;
        if (is_leaf(w, child)) continue;
        if (--inner > 0)
            RMF_TRY(rmf_alloc((size_t)(w->n * w->features), sizeof *own, (void **)&own));
        rmf_status status = draw(w, child, states, w->n);
        if (status == RMF_OK) bridge(w, child, states, own ? own : states);
        if (status == RMF_OK) status = descend(w, child, own ? own : states);
        rmf_free(own);
        RMF_TRY(status);
    }
    return RMF_OK;
}

static rmf_status check_tree(const rmf_ideal *p, const rmf_tree *tree)
{
    const int classes = rmf_tree_class_count(tree);
    bool same = classes == p->data->n_names;
    for (int c = 0; c < classes && same; c++)
        same = strcmp(rmf_tree_class_name(tree, c), p->data->names[c]) == 0;
    if (!same)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "plan: the tree has other classes than the data; expected "
                        "the same, in the same order");
    for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
        double alpha = NAN, sigma = NAN, t = rmf_tree_branch(tree, b)->t_start;
        p->noise->kernel(p->noise->context, t, &alpha, &sigma);
        if (!(alpha > 0 && isfinite(alpha) && sigma >= 0 && isfinite(sigma)))
            return rmf_fail(RMF_ERR_NUMERIC,
                            "plan: α = %g, σ = %g at t = %g; expected finite numbers, α above 0",
                            alpha, sigma, t);
    }
    return RMF_OK;
}

rmf_status rmf_ideal_draw(const rmf_ideal *ideal, const rmf_tree *tree,
                          const rmf_progress *progress, int64_t *row)
{
    walk w = {.of = ideal,
              .tree = tree,
              .progress = progress,
              .features = ideal->data->features,
              .row = row};
    float *states = NULL;
    RMF_TRY(check_tree(ideal, tree));
    for (int c = 0; c < ideal->data->n_names; c++)
        if (rmf_ideal_count(ideal, c) > w.n) w.n = rmf_ideal_count(ideal, c);
    RMF_TRY(rmf_alloc((size_t)w.n, sizeof *w.place, (void **)&w.place));
    rmf_status status = rmf_alloc((size_t)(w.n * w.features), sizeof *states, (void **)&states);
    if (status == RMF_OK) {
        start(&w, states);
        /* The root of a single class is its leaf: there is nothing to part. */
        status = is_leaf(&w, 0) ? keep(&w, 0) : descend(&w, 0, states);
    }
    rmf_free(states);
    rmf_free(w.place);
    return status;
}
