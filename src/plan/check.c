/*
 * plan/check.c – the branch-point error of a trained model.
 *
 * A class that comes down the shared way arrives at its branch points with states of the whole
 * group.  Its own real objects, noised to the same time, are the states that it should have had;
 * both go on along the same branches of the same network.  What the two sets of samples differ by,
 * beyond two draws of the second kind, is what sharing costs; what the network gets wrong below the
 * branch point is in both and cancels.
 */
#include "plan/objects.h"

#include <math.h>
#include <string.h>

typedef struct work {
    const rmf_check_request *request;
    const rmf_progress *progress;
    rmf_sampling sampling;
    const rmf_metric_ops *metric;
    rmf_check *check;
    int64_t features, count;
    rmf_tree_objects objects;
    float *shared;      /* [classes · count, features] */
    float *own, *again; /* [count, features] */
} work;

static const rmf_tree *tree_of(const work *w)
{
    return w->request->sampling.tree;
}

/* States at time t of the class's own objects: number `first` on, round and round. */
static void noise_objects(const work *w, int class, double t, int64_t first, uint64_t stream,
                          float *x)
{
    const rmf_key key = rmf_key_fold(
        rmf_key_fold(rmf_key_make(w->sampling.seed, RMF_STREAM_EVAL), stream), (uint64_t) class);
    rmf_tree_objects_noise(&w->objects, w->sampling.sde, class, t, first,
                           w->check->of_class[class].count, key, x);
}

/* Samples of a class from its own objects at time t. */
static rmf_status start_own(const work *w, int class, double t, int which, float *x)
{
    const int64_t count = w->check->of_class[class].count;
    rmf_sampling s = w->sampling;
    s.classes = &class;
    s.n_classes = 1;
    s.count = count;
    s.shared = false;
    s.seed = w->sampling.seed + 1 + (uint64_t)which; /* not the noise of the shared samples */
    s.t_from = t;
    noise_objects(w, class, t, which * count, 1 + (uint64_t)which, x);
    return rmf_sample(&s, w->progress, x, NULL);
}

static rmf_status distance(const work *w, int class, const float *a, const float *b, double *value)
{
    const int64_t n = w->check->of_class[class].count;
    const rmf_sample_set one = {a, n, w->features}, two = {b, n, w->features};
    rmf_status status = rmf_metric_compute(w->metric, &one, &two, value);
    return status == RMF_OK ? RMF_OK : rmf_fail_in(status, "check");
}

/* Branch points on a class's way that a sampler can start from. */
static bool can_start(const work *w, const rmf_branch *b)
{
    return b->t_start > w->sampling.t_start && b->t_start < rmf_tree_limit(tree_of(w));
}

static rmf_status find_points(work *w, int c)
{
    const rmf_tree *tree = tree_of(w);
    rmf_check_class *class = &w->check->of_class[c];
    const int leaf = rmf_tree_leaf(tree, c);
    int most = 1;
    for (int b = leaf; b >= 0; b = rmf_tree_branch(tree, b)->parent)
        most++;
    RMF_TRY(rmf_arena_alloc(w->check->arena, (size_t)most, sizeof *class->point,
                            (void **)&class->point));
    for (int b = rmf_tree_branch(tree, leaf)->parent; b >= 0;
         b = rmf_tree_branch(tree, b)->parent) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        if (branch->n_children > 1 && can_start(w, branch))
            class->point[class->n_points++] = (rmf_check_point){b, branch->t_start, 0};
    }
    return RMF_OK;
}

static rmf_status measure(work *w, int c)
{
    rmf_check_class *class = &w->check->of_class[c];
    const float *shared = w->shared + c * w->count * w->features;
    for (int i = 0; i < class->n_points; i++) {
        RMF_TRY(start_own(w, c, class->point[i].time, 0, w->own));
        RMF_TRY(distance(w, c, shared, w->own, &class->point[i].error));
        if (i > 0) continue;
        RMF_TRY(start_own(w, c, class->point[i].time, 1, w->again));
        RMF_TRY(distance(w, c, w->own, w->again, &class->floor));
    }
    return RMF_OK;
}

static rmf_status allocate(work *w)
{
    rmf_check *check = w->check;
    const int classes = rmf_tree_class_count(tree_of(w));
    const size_t values = (size_t)w->count * (size_t)w->features;
    check->n_classes = classes;
    check->metric = w->metric->name;
    RMF_TRY(rmf_arena_alloc(check->arena, (size_t)classes, sizeof *check->of_class,
                            (void **)&check->of_class));
    RMF_TRY(rmf_arena_alloc(check->arena, (size_t)classes * values, sizeof *w->shared,
                            (void **)&w->shared));
    RMF_TRY(rmf_arena_alloc(check->arena, values, sizeof *w->own, (void **)&w->own));
    return rmf_arena_alloc(check->arena, values, sizeof *w->again, (void **)&w->again);
}

static rmf_status draw_shared(work *w)
{
    const int classes = w->check->n_classes;
    int *all = NULL;
    rmf_sampling s = w->sampling;
    RMF_TRY(rmf_arena_alloc(w->check->arena, (size_t)classes, sizeof *all, (void **)&all));
    for (int c = 0; c < classes; c++)
        all[c] = c;
    s.classes = all;
    s.n_classes = classes;
    s.count = w->count;
    s.shared = true;
    return rmf_sample(&s, w->progress, w->shared, NULL);
}

static rmf_status run(work *w)
{
    rmf_check *check = w->check;
    RMF_TRY(allocate(w));
    RMF_TRY(rmf_tree_objects_sort(w->request->real, tree_of(w), w->sampling.seed, 2, "check",
                                  check->arena, &w->objects));
    RMF_TRY(draw_shared(w));
    for (int c = 0; c < check->n_classes; c++) {
        rmf_check_class *class = &check->of_class[c];
        const int64_t known = w->objects.start[c + 1] - w->objects.start[c];
        class->count = w->count < known ? w->count : known;
        RMF_TRY(find_points(w, c));
        RMF_TRY(measure(w, c));
        const double error = class->n_points > 0 ? class->point[0].error : 0;
        check->mean += error / check->n_classes;
        check->floor_mean += class->floor / check->n_classes;
        if (error > check->worst) {
            check->worst = error;
            check->worst_class = c;
        }
    }
    return RMF_OK;
}

rmf_status rmf_check_branches(const rmf_check_request *request, const rmf_progress *progress,
                              rmf_check **out)
{
    rmf_arena *arena = NULL;
    work w = {.request = request,
              .progress = progress,
              .sampling = request->sampling,
              .metric = request->metric ? request->metric : rmf_metric_find("frechet"),
              .features = request->real->features,
              .count = request->count};
    if (!request->sampling.score || request->sampling.score->features != w.features)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "check: objects of %lld features; expected those of the model",
                        (long long)w.features);
    if (w.count < 2 || !w.metric || !rmf_metric_compares(w.metric) || !w.metric->lower_is_better)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "check: %lld objects a set, or no distance of two sets; "
                        "expected at least 2, and such as frechet",
                        (long long)w.count);
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *w.check, (void **)&w.check);
    if (status == RMF_OK) {
        w.check->arena = arena;
        status = run(&w);
    }
    if (status == RMF_OK)
        *out = w.check;
    else
        rmf_arena_free(arena);
    return status;
}

void rmf_check_free(rmf_check *check)
{
    if (check) rmf_arena_free(check->arena);
}
