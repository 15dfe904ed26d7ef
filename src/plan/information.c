/* plan/information.c – where along the tree what tells classes apart appears; see ramify/plan.h.
 *
 * All branch points share one grid of times, so that a network answers once for each time and
 * class: square[c, e] is what a pair of classes adds, and a branch point averages over its pairs.
 */
#include "plan/objects.h"

#include <math.h>
#include <string.h>

typedef struct work {
    const rmf_information_request *request;
    const rmf_progress *progress;
    rmf_information *information;
    rmf_tree_objects objects;
    double *grid; /* [n_grid] times, falling */
    int n_grid, classes;
    int *answers;   /* [classes] the branch that answers for each at the time at hand */
    int *place;     /* [branches] which of `means` is its */
    double *square; /* [classes, classes] E ‖D_c − D_e‖² over states of class c */
    float *states;  /* [count, features] */
    float *means;   /* [classes, count, features] */
    int64_t done, total;
} work;

static double level_at(const rmf_sde *sde, double t)
{
    double alpha, sigma;
    sde->ops->kernel(sde, t, &alpha, &sigma);
    return log(alpha / sigma);
}

/* ---- times ---- */

/* Even in λ from the first branch point down to t_start, whole steps of a discrete process. */
static rmf_status place_grid(work *w)
{
    const rmf_sde *sde = w->request->sde;
    const double high = rmf_tree_branch(w->request->tree, w->information->point[0].branch)->t_start;
    const double top = level_at(sde, high), bottom = level_at(sde, w->request->t_start);
    const int n = w->request->times;
    RMF_TRY(rmf_arena_alloc(w->information->arena, (size_t)n, sizeof *w->grid, (void **)&w->grid));
    for (int i = 1; i < n; i++) { /* the first one is the branch point itself */
        const double level = top + (bottom - top) * i / (n - 1);
        double t = i == n - 1 ? w->request->t_start : sde->ops->time_of_ratio(sde, exp(-level));
        t = rmf_sde_settle(sde, t);
        if (t < (w->n_grid > 0 ? w->grid[w->n_grid - 1] : high)) w->grid[w->n_grid++] = t;
    }
    return RMF_OK;
}

/* The branch point, then the times of the grid below it. */
static rmf_status place_rows(work *w, rmf_information_point *point)
{
    const double high = rmf_tree_branch(w->request->tree, point->branch)->t_start;
    RMF_TRY(rmf_arena_alloc(w->information->arena, (size_t)w->n_grid + 1, sizeof *point->row,
                            (void **)&point->row));
    point->row[point->n_rows++].time = high;
    for (int i = 0; i < w->n_grid; i++)
        if (w->grid[i] < high) point->row[point->n_rows++].time = w->grid[i];
    for (int k = 0; k < point->n_rows; k++)
        point->row[k].level = level_at(w->request->sde, point->row[k].time);
    return RMF_OK;
}

static rmf_status find_points(work *w)
{
    const rmf_tree *tree = w->request->tree;
    const int branches = rmf_tree_branch_count(tree);
    rmf_information *all = w->information;
    RMF_TRY(
        rmf_arena_alloc(all->arena, (size_t)branches, sizeof *all->point, (void **)&all->point));
    for (int b = 0; b < branches; b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        if (branch->n_children < 2 || branch->t_start <= w->request->t_start) continue;
        int at = all->n_points++; /* by falling time; of equal ones the first stays first */
        for (;
             at > 0 && rmf_tree_branch(tree, all->point[at - 1].branch)->t_start < branch->t_start;
             at--)
            all->point[at] = all->point[at - 1];
        all->point[at] = (rmf_information_point){.branch = b};
    }
    if (all->n_points == 0) return RMF_OK;
    RMF_TRY(place_grid(w));
    for (int i = 0; i < all->n_points; i++)
        RMF_TRY(place_rows(w, &all->point[i]));
    w->total = w->n_grid + all->n_points;
    return RMF_OK;
}

/* ---- one time ---- */

/* Just below t: at a branch point the children answer. */
static int answering(const work *w, int class, double t)
{
    const rmf_sde *sde = w->request->sde;
    const double below = rmf_sde_steps(sde) > 0 ? t : t * (1 - 1e-9);
    return rmf_sde_branch(sde, w->request->tree, class, below);
}

static double distance(const work *w, int class, int other)
{
    const int64_t values = w->request->count * w->request->real->features;
    const float *own = w->means + w->place[w->answers[class]] * values;
    const float *theirs = w->means + w->place[w->answers[other]] * values;
    double sum = 0;
    for (int64_t k = 0; own != theirs && k < values; k++) {
        const double apart = (double)own[k] - theirs[k];
        sum += apart * apart;
    }
    return sum / (double)w->request->count;
}

/* States of one class, what every branch expects of them, and how far that is from its own. */
static rmf_status measure_class(const work *w, const rmf_branch *among, int class, double t)
{
    const rmf_information_request *r = w->request;
    const int64_t values = r->count * r->real->features;
    const rmf_key key = rmf_key_fold(rmf_key_make(r->seed, RMF_STREAM_EVAL), (uint64_t) class + 1);
    int n = 0;
    rmf_tree_objects_noise(&w->objects, r->sde, class, t, 0, r->count, key, w->states);
    for (int i = 0; i < among->n_classes; i++)
        w->place[w->answers[among->classes[i]]] = -1;
    for (int i = 0; i < among->n_classes; i++) {
        const int branch = w->answers[among->classes[i]];
        if (w->place[branch] >= 0) continue;
        w->place[branch] = n;
        RMF_TRY(
            rmf_denoise(r->sde, r->score, branch, t, r->count, w->states, w->means + n++ * values));
    }
    for (int i = 0; i < among->n_classes; i++)
        w->square[class * w->classes + among->classes[i]] = distance(w, class, among->classes[i]);
    return RMF_OK;
}

static rmf_status measure_time(work *w, const rmf_branch *among, double t)
{
    for (int i = 0; i < among->n_classes; i++)
        w->answers[among->classes[i]] = answering(w, among->classes[i], t);
    for (int i = 0; i < among->n_classes; i++)
        RMF_TRY(measure_class(w, among, among->classes[i], t));
    const rmf_progress_event event = {.activity = "comparing branches",
                                      .done = ++w->done,
                                      .total = w->total,
                                      .unit = "times",
                                      .loss = NAN,
                                      .seconds_left = NAN};
    return rmf_progress_tell(w->progress, &event)
               ? RMF_OK
               : rmf_fail(RMF_ERR_INTERRUPTED, "information: stopped on request");
}

/* ---- one branch point ---- */

static double mean_of_pairs(const work *w, const rmf_branch *a, const rmf_branch *b)
{
    double sum = 0;
    for (int i = 0; i < a->n_classes; i++)
        for (int k = 0; k < b->n_classes; k++)
            sum += w->square[a->classes[i] * w->classes + b->classes[k]];
    return sum / a->n_classes / b->n_classes;
}

/* Children alike, and the classes of each. */
static rmf_status fill_row(const work *w, const rmf_information_point *point,
                           rmf_information_row *row)
{
    const rmf_tree *tree = w->request->tree;
    const rmf_branch *b = rmf_tree_branch(tree, point->branch);
    const int n = b->n_children;
    double mean = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (i != j)
                mean += mean_of_pairs(w, rmf_tree_branch(tree, b->children[i]),
                                      rmf_tree_branch(tree, b->children[j]));
    row->difference = exp(row->level) * sqrt(mean / n / (n - 1));
    if (isfinite(row->difference)) return RMF_OK;
    return rmf_fail(RMF_ERR_NUMERIC,
                    "information: the networks below branch %d give numbers that are not finite at "
                    "time %g; expected a trained model",
                    point->branch, row->time);
}

static void integrate(rmf_information_point *point)
{
    for (int k = 1; k < point->n_rows; k++) {
        rmf_information_row *row = &point->row[k], *last = row - 1;
        row->nats = last->nats +
                    0.5 * (row->level - last->level) *
                        (row->difference * row->difference + last->difference * last->difference);
    }
}

/* ---- all ---- */

static rmf_status measure(work *w)
{
    const rmf_tree *tree = w->request->tree;
    rmf_information *all = w->information;
    for (int i = 0; i < all->n_points; i++) {
        rmf_information_point *point = &all->point[i];
        RMF_TRY(measure_time(w, rmf_tree_branch(tree, point->branch), point->row[0].time));
        RMF_TRY(fill_row(w, point, &point->row[0]));
    }
    for (int g = 0; g < w->n_grid; g++) {
        RMF_TRY(measure_time(w, rmf_tree_branch(tree, 0), w->grid[g]));
        for (int i = 0; i < all->n_points; i++) {
            rmf_information_point *point = &all->point[i];
            const int k = point->n_rows - w->n_grid + g; /* all end with the grid's last time */
            if (k > 0) RMF_TRY(fill_row(w, point, &point->row[k]));
        }
    }
    for (int i = 0; i < all->n_points; i++)
        integrate(&all->point[i]);
    return RMF_OK;
}

static rmf_status allocate(work *w)
{
    const rmf_information_request *r = w->request;
    rmf_arena *arena = w->information->arena;
    const size_t classes = (size_t)rmf_tree_class_count(r->tree);
    const size_t row = (size_t)r->real->features * sizeof(float), count = (size_t)r->count;
    void *block[5];
    const struct {
        size_t count, size;
    } need[5] = {{classes, sizeof *w->answers},
                 {(size_t)rmf_tree_branch_count(r->tree), sizeof *w->place},
                 {classes * classes, sizeof *w->square},
                 {count, row},
                 {classes * count, row}};
    for (int i = 0; i < 5; i++)
        RMF_TRY(rmf_arena_alloc(arena, need[i].count, need[i].size, &block[i]));
    w->classes = (int)classes;
    w->answers = block[0];
    w->place = block[1];
    w->square = block[2];
    w->states = block[3];
    w->means = block[4];
    return RMF_OK;
}

static rmf_status run(work *w)
{
    const rmf_information_request *r = w->request;
    w->information->count = r->count;
    RMF_TRY(rmf_tree_objects_sort(r->real, r->tree, r->seed, 1, "information",
                                  w->information->arena, &w->objects));
    RMF_TRY(find_points(w));
    RMF_TRY(allocate(w));
    return measure(w);
}

rmf_status rmf_information_measure(const rmf_information_request *request,
                                   const rmf_progress *progress, rmf_information **out)
{
    rmf_arena *arena = NULL;
    work w = {.request = request, .progress = progress};
    if (request->score->features != request->real->features || request->count < 1 ||
        request->times < 2 || !(request->t_start > 0))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "information: %lld objects a class of %lld features, %d times from %g on; "
                        "expected objects of the model, at least 2 times above 0",
                        (long long)request->count, (long long)request->real->features,
                        request->times, request->t_start);
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *w.information, (void **)&w.information);
    if (status == RMF_OK) {
        w.information->arena = arena;
        status = run(&w);
    }
    if (status == RMF_OK)
        *out = w.information;
    else
        rmf_arena_free(arena);
    return status;
}

void rmf_information_free(rmf_information *information)
{
    if (information) rmf_arena_free(information->arena);
}
