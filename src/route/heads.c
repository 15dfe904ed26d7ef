/* route/heads.c – heads of a tree: what they are made of, and what they say. */
#include "route/heads.h"

#include <math.h>

void rmf_heads_free(rmf_heads *heads)
{
    if (!heads) return;
    for (int i = 0; heads->head && i < heads->n; i++)
        rmf_classifier_free(heads->head[i]);
    rmf_free(heads->head);
    rmf_free(heads->report);
    rmf_free(heads->of_branch);
    rmf_free(heads->logit);
    rmf_free(heads);
}

static rmf_status fill(rmf_heads *h)
{
    const rmf_tree *tree = rmf_model_tree(h->model);
    const int branches = rmf_tree_branch_count(tree);
    int most = 1;
    RMF_TRY(rmf_alloc((size_t)branches, sizeof *h->of_branch, (void **)&h->of_branch));
    RMF_TRY(rmf_alloc((size_t)branches, sizeof *h->report, (void **)&h->report));
    RMF_TRY(rmf_alloc((size_t)branches, sizeof *h->head, (void **)&h->head));
    for (int b = 0; b < branches; b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        h->of_branch[b] = -1;
        if (branch->n_children < 2) continue;
        if (branch->n_children > most) most = branch->n_children;
        h->report[h->n] = (rmf_head_report){.branch = b,
                                            .time = branch->t_start,
                                            .log_loss = NAN,
                                            .chance = NAN,
                                            .accuracy = NAN,
                                            .calibration_error = NAN};
        h->of_branch[b] = h->n++;
    }
    return rmf_alloc((size_t)(RMF_HEAD_ROWS * most), sizeof *h->logit, (void **)&h->logit);
}

rmf_status rmf_heads_create(const rmf_model *model, rmf_heads **out)
{
    rmf_heads *h = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *h, (void **)&h));
    h->model = model;
    rmf_status s = fill(h);
    if (s == RMF_OK)
        *out = h;
    else
        rmf_heads_free(h);
    return s;
}

rmf_eval_options rmf_head_options(const rmf_heads *heads, int head)
{
    const int branch = heads->report[head].branch;
    rmf_eval_options o;
    rmf_eval_options_init(&o);
    o.features = rmf_model_features(heads->model);
    o.rank = rmf_model_shape(heads->model, o.shape);
    o.n_classes = rmf_tree_branch(rmf_model_tree(heads->model), branch)->n_children;
    o.seed = heads->seed;
    o.precision = "f32"; /* which way a sample goes must not depend on what is fast */
    return o;
}

int rmf_heads_report(const rmf_heads *heads, const rmf_head_report **report)
{
    *report = heads->report;
    return heads->n;
}

/* ---- noise ---- */

rmf_status rmf_head_noise_create(const rmf_heads *heads, int head, uint64_t seed, uint64_t use,
                                 rmf_head_noise *out)
{
    const rmf_head_report *report = &heads->report[head];
    const rmf_sde *sde = rmf_model_sde(heads->model);
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_ROUTE);
    rmf_head_noise n = {.features = rmf_model_features(heads->model)};
    n.key = rmf_key_fold(rmf_key_fold(key, (uint64_t)report->branch), use);
    sde->ops->kernel(sde, report->time, &n.alpha, &n.sigma);
    RMF_TRY(rmf_alloc((size_t)n.features, sizeof *n.z, (void **)&n.z));
    *out = n;
    return RMF_OK;
}

void rmf_head_noise_add(void *noise, uint64_t draw, float *x)
{
    rmf_head_noise *n = noise;
    rmf_random_normal(n->key, draw, 0, n->z, (size_t)n->features);
    for (int64_t i = 0; i < n->features; i++)
        x[i] = (float)(n->alpha * x[i] + n->sigma * n->z[i]);
}

/* ---- probabilities ---- */

static void softmax(const float *logit, int n, double *p)
{
    double largest = logit[0], sum = 0;
    for (int k = 1; k < n; k++)
        largest = fmax(largest, logit[k]);
    for (int k = 0; k < n; k++)
        sum += p[k] = exp(logit[k] - largest);
    for (int k = 0; k < n; k++)
        p[k] /= sum;
}

rmf_status rmf_head_probabilities(rmf_heads *heads, int head, const float *x, int64_t rows,
                                  double *p)
{
    const rmf_tree *tree = rmf_model_tree(heads->model);
    const int children = rmf_tree_branch(tree, heads->report[head].branch)->n_children;
    const int64_t features = rmf_model_features(heads->model);
    for (int64_t first = 0; first < rows; first += RMF_HEAD_ROWS) {
        const int64_t n = rows - first < RMF_HEAD_ROWS ? rows - first : RMF_HEAD_ROWS;
        RMF_TRY(rmf_classifier_logits(heads->head[head], x + first * features, n, heads->logit));
        for (int64_t r = 0; r < n; r++)
            softmax(heads->logit + r * children, children, p + (first + r) * children);
    }
    return RMF_OK;
}

static rmf_status posterior(void *context, int branch, const float *x, int64_t rows, double *p)
{
    rmf_heads *heads = context;
    return rmf_head_probabilities(heads, heads->of_branch[branch], x, rows, p);
}

rmf_router rmf_heads_router(rmf_heads *heads)
{
    return (rmf_router){posterior, heads};
}
