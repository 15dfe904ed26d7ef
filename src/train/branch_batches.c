/* train/branch_batches.c – batches from few branches, so that a step in a large tree costs what it
 * costs in a small one: a branch that a batch meets has weights to read and moments to update.
 *
 * A branch's mass is the probability that a random (object, time) pair falls into it.  `branches`
 * of them are taken by systematic sampling over the masses in depth-first order, and each gives
 * an equal share of the rows: a class of the branch by its weight, an object of it, and a time
 * from equal slices of the branch's quantiles.  Every (object, time) keeps the probability it has
 * without the limit, so the expected gradient does too; only its variance grows. */
#include "train/train_private.h"

struct rmf_branch_batches {
    rmf_time_law law;
    const rmf_sde *sde;
    const rmf_tree *tree;
    rmf_key key;
    int64_t groups;
    int n_branches;
    int *order;         /* [n_branches], depth first */
    double *cumulative; /* [n_branches], masses in that order */
    double *weight;     /* [classes], sums to 1 */
    int64_t *start;     /* [classes + 1]: members of class c are member[start[c]…start[c + 1]) */
    int64_t *member;    /* [objects] */
};

static void list_members(rmf_branch_batches *b, const rmf_dataset *data, bool balanced)
{
    const int classes = data->n_classes;
    for (int64_t i = 0; i < data->n; i++)
        b->start[data->label[i] + 1]++;
    for (int c = 0; c < classes; c++) {
        const double share = (double)b->start[c + 1] / (double)data->n;
        b->weight[c] = balanced ? 1.0 / classes : share;
        b->start[c + 1] += b->start[c];
    }
    for (int64_t i = data->n - 1; i >= 0; i--) /* start[c + 1] runs down to where class c begins */
        b->member[--b->start[data->label[i] + 1]] = i;
    for (int c = 0; c < classes; c++)
        b->start[c] = b->start[c + 1];
    b->start[classes] = data->n;
}

/* Times of a branch as quantiles of the law. */
static void quantiles(const rmf_branch_batches *b, const rmf_branch *branch, double ends[2])
{
    ends[0] = rmf_time_quantile(&b->law, b->sde, branch->t_start);
    ends[1] = rmf_time_quantile(&b->law, b->sde, branch->t_end);
}

static double branch_mass(const rmf_branch_batches *b, const rmf_branch *branch)
{
    double ends[2], classes = 0;
    quantiles(b, branch, ends);
    for (int i = 0; i < branch->n_classes; i++)
        classes += b->weight[branch->classes[i]];
    return classes * (ends[0] < ends[1] ? ends[1] - ends[0] : ends[0] - ends[1]);
}

/* Siblings stand side by side, so that neighbouring draws fall into different parts of the tree. */
static rmf_status sort_depth_first(rmf_branch_batches *b)
{
    int *stack = NULL, depth = 1, n = 0;
    RMF_TRY(rmf_alloc((size_t)b->n_branches, sizeof *stack, (void **)&stack));
    stack[0] = 0;
    while (depth > 0) {
        const int at = stack[--depth];
        const rmf_branch *branch = rmf_tree_branch(b->tree, at);
        b->order[n++] = at;
        for (int i = branch->n_children - 1; i >= 0; i--)
            stack[depth++] = branch->children[i];
    }
    rmf_free(stack);
    double sum = 0;
    for (int i = 0; i < n; i++)
        b->cumulative[i] = sum += branch_mass(b, rmf_tree_branch(b->tree, b->order[i]));
    return RMF_OK;
}

static rmf_status alloc_lists(rmf_branch_batches *b, const rmf_dataset *data)
{
    const size_t branches = (size_t)b->n_branches, classes = (size_t)data->n_classes;
    RMF_TRY(rmf_alloc(branches, sizeof *b->order, (void **)&b->order));
    RMF_TRY(rmf_alloc(branches, sizeof *b->cumulative, (void **)&b->cumulative));
    RMF_TRY(rmf_alloc(classes, sizeof *b->weight, (void **)&b->weight));
    RMF_TRY(rmf_alloc(classes + 1, sizeof *b->start, (void **)&b->start));
    return rmf_alloc((size_t)data->n, sizeof *b->member, (void **)&b->member);
}

rmf_status rmf_branch_batches_create(const rmf_branch_batches_options *options,
                                     const rmf_dataset *data, rmf_branch_batches **out)
{
    rmf_branch_batches *b = NULL;
    RMF_TRY(rmf_alloc(1, sizeof *b, (void **)&b));
    b->law = options->law;
    b->sde = options->sde;
    b->tree = options->tree;
    b->groups = options->branches;
    b->key = rmf_key_fold(rmf_key_make(options->seed, RMF_STREAM_BATCH), 1);
    b->n_branches = rmf_tree_branch_count(options->tree);
    rmf_status s = alloc_lists(b, data);
    if (s == RMF_OK) {
        list_members(b, data, options->balanced);
        s = sort_depth_first(b);
    }
    if (s != RMF_OK) {
        rmf_branch_batches_free(b);
        return s;
    }
    *out = b;
    return RMF_OK;
}

void rmf_branch_batches_free(rmf_branch_batches *b)
{
    if (!b) return;
    rmf_free(b->order);
    rmf_free(b->cumulative);
    rmf_free(b->weight);
    rmf_free(b->start);
    rmf_free(b->member);
    rmf_free(b);
}

/* The branch in which `point` of [0, 1) falls. */
static const rmf_branch *branch_at(const rmf_branch_batches *b, double point)
{
    const double mass = point * b->cumulative[b->n_branches - 1];
    int low = 0, high = b->n_branches - 1;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (b->cumulative[middle] <= mass)
            low = middle + 1;
        else
            high = middle;
    }
    return rmf_tree_branch(b->tree, b->order[low]);
}

static int class_at(const rmf_branch_batches *b, const rmf_branch *branch, double point)
{
    double sum = 0;
    for (int i = 0; i < branch->n_classes; i++)
        sum += b->weight[branch->classes[i]];
    double left = point * sum;
    for (int i = 0; i < branch->n_classes - 1; i++)
        if ((left -= b->weight[branch->classes[i]]) < 0) return branch->classes[i];
    return branch->classes[branch->n_classes - 1];
}

void rmf_branch_batches_draw(const rmf_branch_batches *b, uint32_t step, int64_t batch,
                             int64_t *rows, double *t)
{
    const rmf_key objects = rmf_key_fold(b->key, 1), classes = rmf_key_fold(b->key, 2),
                  times = rmf_key_fold(b->key, 3);
    const double offset = rmf_random_unit(b->key, 0, step);
    for (int64_t g = 0; g < b->groups; g++) {
        const int64_t first = g * batch / b->groups, end = (g + 1) * batch / b->groups;
        /* The offset turns the whole circle: any row may meet any branch, whatever groups get. */
        const double point = (double)g / (double)b->groups + offset;
        const rmf_branch *branch = branch_at(b, point < 1 ? point : point - 1);
        double ends[2];
        quantiles(b, branch, ends);
        for (int64_t r = first; r < end; r++) {
            const uint64_t at = (uint64_t)r;
            const int c = class_at(b, branch, rmf_random_unit(classes, at, step));
            const uint64_t count = (uint64_t)(b->start[c + 1] - b->start[c]);
            const double slice = (double)(r - first) + rmf_random_unit(times, at, step);
            const double quantile = ends[0] + (ends[1] - ends[0]) * slice / (double)(end - first);
            rows[r] = b->member[b->start[c] + (int64_t)rmf_random_below(objects, at, step, count)];
            t[r] = rmf_time_within(&b->law, b->sde, quantile, branch->t_start, branch->t_end);
        }
    }
}
