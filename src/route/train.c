/* route/train.c – the heads of a model, trained on its data: for each branch a classifier among its
 * children, of objects noised to the branch point.
 *
 * Log-loss is a proper score: its minimum is the posterior itself.  Noise is fresh whenever an
 * object is seen, so a head can hardly learn its objects by heart, and the test on objects that
 * were held out says whether it did. */
#include "route/heads.h"
#include "train/train_private.h"

#include <string.h>

/* The children of one branch as classes. */
typedef struct task {
    const rmf_dataset *data; /* labels are class numbers of the tree */
    int32_t *child;          /* [data->n] */
    int64_t *row;            /* [n] objects of the branch */
    int64_t n;
} task;

static void free_task(task *t)
{
    rmf_free(t->child);
    rmf_free(t->row);
}

/* child_of[class]: place among the children, −1 for classes of other branches. */
static void find_children(const rmf_tree *tree, int branch, int *child_of)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    for (int c = 0; c < rmf_tree_class_count(tree); c++)
        child_of[c] = -1;
    for (int k = 0; k < b->n_children; k++) {
        const rmf_branch *child = rmf_tree_branch(tree, b->children[k]);
        for (int i = 0; i < child->n_classes; i++)
            child_of[child->classes[i]] = k;
    }
}

static rmf_status make_task(const rmf_dataset *data, const int *child_of, task *t)
{
    t->data = data;
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof *t->child, (void **)&t->child));
    RMF_TRY(rmf_alloc((size_t)data->n, sizeof *t->row, (void **)&t->row));
    for (int64_t i = 0; i < data->n; i++) {
        t->child[i] = child_of[data->label[i]];
        if (t->child[i] >= 0) t->row[t->n++] = i;
    }
    return RMF_OK;
}

/* Every class as often as the largest one: its objects once more and once more, each class's in
 * turn. */
static rmf_status balance(task *t, int classes)
{
    int64_t *count = NULL, *row = NULL, *seen = NULL, most = 0, there = 0;
    rmf_status s = rmf_alloc((size_t)classes, sizeof *count, (void **)&count);
    if (s == RMF_OK) s = rmf_alloc((size_t)classes, sizeof *seen, (void **)&seen);
    for (int64_t i = 0; s == RMF_OK && i < t->n; i++)
        if (++count[t->data->label[t->row[i]]] > most) most = count[t->data->label[t->row[i]]];
    for (int c = 0; s == RMF_OK && c < classes; c++)
        there += count[c] > 0;
    if (s == RMF_OK) s = rmf_alloc((size_t)(there * most), sizeof *row, (void **)&row);
    int64_t n = 0;
    while (s == RMF_OK && n < there * most)
        for (int64_t i = 0; i < t->n; i++) {
            const int c = t->data->label[t->row[i]];
            if (seen[c] < most) {
                row[n++] = t->row[i];
                seen[c]++;
            }
        }
    rmf_free(count);
    rmf_free(seen);
    if (s != RMF_OK) return s;
    rmf_free(t->row);
    t->row = row;
    t->n = n;
    return RMF_OK;
}

/* A head that routes has blocks of its own size and no memory for gradients; the bytes that it says
 * are then the same as of one that was read from its file. */
static rmf_status settle(rmf_heads *h, int head, const rmf_classifier *trained)
{
    const rmf_eval_options options = rmf_head_options(h, head);
    const size_t inputs = (size_t)options.features * sizeof(float);
    RMF_TRY(rmf_classifier_create(&options, RMF_HEAD_ROWS, false, &h->head[head]));
    const rmf_classifier_parts to = rmf_classifier_inside(h->head[head]);
    const rmf_classifier_parts from = rmf_classifier_inside(trained);
    memcpy(rmf_params_values(to.params), rmf_params_values(from.params),
           (size_t)rmf_params_elements(to.params) * sizeof(float));
    memcpy(to.mean, from.mean, inputs);
    memcpy(to.gain, from.gain, inputs);
    return RMF_OK;
}

static rmf_status learn(rmf_heads *h, int head, const task *t, const rmf_progress *progress)
{
    const rmf_eval_options options = rmf_head_options(h, head);
    const rmf_eval_set set = {t->data->x, t->child, t->data->n};
    rmf_head_noise noise;
    rmf_classifier *trained = NULL;
    RMF_TRY(rmf_head_noise_create(h, head, h->seed, 1, &noise));
    const rmf_examples examples = {.set = &set,
                                   .row = t->row,
                                   .n = t->n,
                                   .steps = h->steps,
                                   .vary = rmf_head_noise_add,
                                   .context = &noise};
    rmf_status s = rmf_classifier_train(&options, &examples, progress, &trained);
    if (s == RMF_OK) s = settle(h, head, trained);
    rmf_classifier_free(trained);
    rmf_free(noise.z);
    return s;
}

static rmf_status measure(rmf_heads *h, int head, const task *t, const task *test)
{
    const int children = rmf_head_options(h, head).n_classes;
    double *share = NULL;
    RMF_TRY(rmf_alloc((size_t)children, sizeof *share, (void **)&share));
    for (int64_t i = 0; i < t->n; i++)
        share[t->child[t->row[i]]] += 1.0 / (double)t->n;
    const rmf_head_test of = {test->data->x, test->child, test->row, test->n, share, h->seed};
    h->report[head].trained = t->n;
    rmf_status s = rmf_head_measure(h, head, &of);
    rmf_free(share);
    return s;
}

static rmf_status train_head(rmf_heads *h, int head, const rmf_dataset part[2],
                             const rmf_progress *progress)
{
    const rmf_tree *tree = rmf_model_tree(h->model);
    const int classes = rmf_tree_class_count(tree);
    const bool balanced = rmf_settings_bool(rmf_model_settings(h->model), "train.balance", false);
    int *child_of = NULL;
    task t = {0}, test = {0};
    RMF_TRY(rmf_alloc((size_t)classes, sizeof *child_of, (void **)&child_of));
    find_children(tree, h->report[head].branch, child_of);
    rmf_status s = make_task(&part[0], child_of, &t);
    if (s == RMF_OK) s = make_task(&part[1], child_of, &test);
    if (s == RMF_OK && balanced) s = balance(&t, classes);
    if (s == RMF_OK) s = learn(h, head, &t, progress);
    if (s == RMF_OK) s = measure(h, head, &t, &test);
    free_task(&t);
    free_task(&test);
    rmf_free(child_of);
    return s;
}

static rmf_status train_all(rmf_heads *h, const rmf_progress *progress)
{
    rmf_dataset part[2] = {{0}, {0}};
    rmf_normalisation map = {0};
    RMF_TRY(rmf_model_data(h->model, ".", &part[0], &part[1], &map));
    rmf_status s = RMF_OK;
    for (int i = 0; s == RMF_OK && i < 2; i++) {
        rmf_normalisation_apply(&map, part[i].x, part[i].n, part[i].features);
        s = rmf_labels_to_tree(&part[i], rmf_model_tree(h->model));
    }
    for (int i = 0; s == RMF_OK && i < h->n; i++)
        s = train_head(h, i, part, progress);
    rmf_normalisation_free(&map);
    rmf_dataset_free(&part[0]);
    rmf_dataset_free(&part[1]);
    return s;
}

rmf_status rmf_heads_train(const rmf_model *model, int64_t steps, uint64_t seed,
                           const rmf_progress *progress, rmf_heads **out)
{
    rmf_heads *h = NULL;
    if (model->extensions)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "router: classes were added to the model, and its shared branches do not "
                        "know them; expected a model as ramify train makes it");
    RMF_TRY(rmf_heads_create(model, &h));
    h->steps = steps;
    h->seed = seed;
    rmf_status s = train_all(h, progress);
    if (s == RMF_OK)
        *out = h;
    else
        rmf_heads_free(h);
    return s;
}
