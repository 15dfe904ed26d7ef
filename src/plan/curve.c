/* plan/curve.c – a tree and its ideal error for each sibling accuracy, and the choice among them.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/text.h"
#include "ramify/plan.h"

static void describe_tree(rmf_curve_point *point)
{
    const rmf_tree *tree = point->tree;
    point->cost = rmf_tree_cost(tree);
    point->root_time = rmf_tree_branch(tree, 0)->t_start;
    point->first_time = point->root_time;
    for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        if (branch->n_children > 0 && branch->t_start < point->first_time)
            point->first_time = branch->t_start;
    }
}

/* ---- making the curve ---- */

static int by_falling_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static rmf_status discover(const rmf_curve_request *request, double level,
                           const rmf_progress *progress, rmf_curve_point *point)
{
    rmf_discovery options = *request->discovery;
    const int64_t d = request->data->features;
    options.sibling_accuracy = request->level_is_epsilon ? 0 : level;
    options.epsilon = request->level_is_epsilon ? level : 0;
    RMF_TRY(rmf_discover(request->data, request->noise, &options, progress, &point->tree));
    point->sibling_accuracy =
        request->level_is_epsilon ? rmf_sibling_accuracy(2 * (double)d * level) : level;
    point->epsilon = request->level_is_epsilon ? level : rmf_sibling_epsilon(level, d);
    return RMF_OK;
}

static rmf_status make_trees(const rmf_curve_request *request, const rmf_progress *progress,
                             rmf_curve *curve)
{
    double *level = NULL;
    RMF_TRY(rmf_arena_alloc(curve->arena, (size_t)request->n_levels + 1, sizeof *level,
                            (void **)&level));
    memcpy(level, request->level, (size_t)request->n_levels * sizeof *level);
    qsort(level, (size_t)request->n_levels, sizeof *level, by_falling_value);
    for (int i = 0; i < curve->n_points; i++) {
        rmf_curve_point *point = &curve->point[i];
        const int given = i - request->n_levels;
        if (given < 0) {
            RMF_TRY(discover(request, level[i], progress, point));
        } else {
            char *name = NULL;
            RMF_TRY(rmf_arena_text(curve->arena, request->tree_name[given], &name));
            RMF_TRY(rmf_tree_reorder(request->tree[given], request->data->n_names,
                                     request->data->names, name, &point->tree));
            point->name = name;
        }
        describe_tree(point);
    }
    return RMF_OK;
}

static rmf_status fill_facts(const rmf_curve_request *request, const rmf_ideal *ideal,
                             rmf_curve *curve)
{
    const rmf_labelled *data = request->data;
    const rmf_metric_ops *metric = request->ideal.metric;
    RMF_TRY(rmf_arena_text(curve->arena, metric ? metric->name : "frechet", &curve->metric));
    RMF_TRY(rmf_arena_text(curve->arena, request->noise->name, &curve->sde));
    RMF_TRY(rmf_arena_text(curve->arena, request->source ? request->source : "", &curve->source));
    RMF_TRY(rmf_arena_alloc(curve->arena, (size_t)data->n_names, sizeof(char *),
                            (void **)&curve->class_name));
    RMF_TRY(rmf_arena_alloc(curve->arena, (size_t)data->n_names, sizeof(int64_t),
                            (void **)&curve->count));
    for (int c = 0; c < data->n_names; c++) {
        RMF_TRY(rmf_arena_text(curve->arena, data->names[c], &curve->class_name[c]));
        curve->count[c] = rmf_ideal_count(ideal, c);
    }
    curve->n_classes = data->n_names;
    curve->seed = request->ideal.seed;
    return RMF_OK;
}

static rmf_status fill(const rmf_curve_request *request, const rmf_ideal *ideal,
                       const rmf_progress *progress, rmf_curve *curve)
{
    RMF_TRY(fill_facts(request, ideal, curve));
    RMF_TRY(make_trees(request, progress, curve));
    RMF_TRY(rmf_ideal_floors(ideal, &curve->real, &curve->flat));
    for (int i = 0; i < curve->n_points; i++) {
        rmf_curve_point *point = &curve->point[i];
        RMF_TRY(rmf_ideal_evaluate(ideal, point->tree, progress, &point->score));
    }
    return RMF_OK;
}

/* Between the tree that would be picked and its neighbour with a larger sibling accuracy, which is
 * not good enough, there may be a cheaper one: halves the interval. */
static rmf_status bisect(const rmf_curve_request *request, const rmf_ideal *ideal,
                         const rmf_progress *progress, rmf_curve *curve)
{
    for (int i = 0, at = -1; i < request->bisect; i++) {
        rmf_status picked = rmf_curve_pick(curve, request->margin, &at);
        if (picked == RMF_ERR_NUMERIC) return RMF_OK;
        RMF_TRY(picked);
        rmf_curve_point *point = &curve->point[at];
        if (point->name || at == 0) return RMF_OK;
        const double p = 0.5 * (point->sibling_accuracy + point[-1].sibling_accuracy);
        memmove(point + 1, point, (size_t)(curve->n_points - at) * sizeof *point);
        *point = (rmf_curve_point){.name = NULL};
        curve->n_points++;
        RMF_TRY(discover(request,
                         request->level_is_epsilon ? rmf_sibling_epsilon(p, request->data->features)
                                                   : p,
                         progress, point));
        describe_tree(point);
        RMF_TRY(rmf_ideal_evaluate(ideal, point->tree, progress, &point->score));
    }
    return RMF_OK;
}

static rmf_status curve_new(int points, int room, rmf_curve **out)
{
    rmf_arena *arena = NULL;
    rmf_curve *curve = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, 1, sizeof *curve, (void **)&curve);
    if (status == RMF_OK) {
        *curve = (rmf_curve){.arena = arena, .n_points = points};
        status = rmf_arena_alloc(arena, (size_t)room, sizeof *curve->point, (void **)&curve->point);
    }
    if (status == RMF_OK)
        *out = curve;
    else
        rmf_arena_free(arena);
    return status;
}

rmf_status rmf_curve_make(const rmf_curve_request *request, const rmf_progress *progress,
                          rmf_curve **out)
{
    const double started = rmf_seconds();
    rmf_ideal *ideal = NULL;
    rmf_curve *curve = NULL;
    if (request->n_levels + request->n_trees < 1)
        return rmf_fail(RMF_ERR_ARGUMENT, "plan: no sibling accuracy and no tree; expected some");
    RMF_TRY(rmf_ideal_create(request->data, request->noise, &request->ideal, &ideal));
    const int points = request->n_levels + request->n_trees;
    rmf_status status = curve_new(points, points + request->bisect, &curve);
    if (status == RMF_OK) status = fill(request, ideal, progress, curve);
    if (status == RMF_OK) status = bisect(request, ideal, progress, curve);
    rmf_ideal_free(ideal);
    if (status != RMF_OK) {
        rmf_curve_free(curve);
        return status;
    }
    curve->seconds = rmf_seconds() - started;
    *out = curve;
    return RMF_OK;
}

void rmf_curve_free(rmf_curve *curve)
{
    if (!curve) return;
    for (int i = 0; i < curve->n_points; i++) {
        rmf_tree_free(curve->point[i].tree);
        rmf_ideal_score_free(&curve->point[i].score);
    }
    rmf_ideal_score_free(&curve->real);
    rmf_ideal_score_free(&curve->flat);
    rmf_arena_free(curve->arena);
}

rmf_status rmf_curve_pick(const rmf_curve *curve, double margin, int *point)
{
    const double most = curve->flat.mean * (1 + margin);
    int found = -1, best = 0;
    for (int i = 0; i < curve->n_points; i++) {
        const rmf_curve_point *p = &curve->point[i];
        if (p->score.mean < curve->point[best].score.mean) best = i;
        if (p->score.mean <= most && (found < 0 || p->cost < curve->point[found].cost)) found = i;
    }
    if (found < 0)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "plan: no tree is within %g of the flat floor %.4g; the nearest, at cost "
                        "%.3f, has %.4g; give a larger margin or a smaller sibling accuracy",
                        margin, curve->flat.mean, curve->point[best].cost,
                        curve->point[best].score.mean);
    *point = found;
    return RMF_OK;
}
