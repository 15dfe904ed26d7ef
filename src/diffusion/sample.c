/* diffusion/sample.c – sampling along a tree (Tseng et al. 2024, section 3.3).
 *
 * Branches run parents first; within one, blocks of rows go through all of its steps.  The state of
 * a row lives in the output array from the start.  Shared mode: the rows of a branch live in the
 * segment of the first requested class below it, its "owner"; when the branch is done they go to
 * the owners of its children.  The pieces of a branch that was split when a class was added run as
 * the one branch that they were: a block goes through all of them, and is copied where classes
 * leave.
 *
 * Where noise comes from (so that a sample's bytes depend on nothing but its address):
 *  1. Shared: key = seed and the smallest class number of the branch *in the tree*, sample = its
 *     number; independent: key = seed, sample = (class number in the tree, its number).
 *  2. The counter runs on along the path from the root, 64 a step; a parent and its first child,
 *     which have the same smallest class, so never meet.
 *  3. A run that begins inside a branch, at t_from, has noise of its own there: the key is folded
 *     once more.  One that begins at a branch point has the noise of an unbroken run.
 *  4. Langevin steps at a branch point have a stream of their own, counted from the branch's first
 *     step.
 *  5. None depends on the request, nor on the numbering of branches, which a later class
 * changes.
 */
#include "diffusion/langevin.h"
#include "diffusion/sampler.h"
#include "diffusion/vector.h"
#include "diffusion/walk.h"

#include <string.h>

/* Counts the calls on their way to the caller's score. */
static rmf_status counted_eval(void *context, int branch, double t, const float *x, float *score)
{
    rmf_walk *w = context;
    w->calls++;
    return w->s->score->eval(w->s->score->context, branch, t, x, score);
}

static uint64_t noise_address(const rmf_walk *w, int64_t output_row)
{
    int64_t sample = output_row % w->s->count;
    if (w->s->shared) return (uint64_t)sample;
    int class_index = w->s->classes[output_row / w->s->count];
    return ((uint64_t)(class_index + 1) << 40) + (uint64_t)sample;
}

static void draw_prior(rmf_walk *w, int64_t first, int64_t rows)
{
    const rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_PRIOR);
    const float scale = (float)rmf_sde_prior(w->s->sde);
#pragma omp parallel for schedule(static) if (rows * w->features >= RMF_PARALLEL_FROM)
    for (int64_t r = first; r < first + rows; r++) {
        float *row = w->x + r * w->features;
        rmf_random_normal(key, noise_address(w, r), 0, row, (size_t)w->features);
        for (int64_t i = 0; i < w->features; i++)
            row[i] *= scale;
    }
}

/* ---- one branch ---- */

/* All rows of the class at this place of the request, in blocks.  Sample k is always row k mod rows
 * of its block: a matrix product may round a row by where it stands in the block. */
static rmf_status run_rows(rmf_walk *w, int branch, int place)
{
    const int64_t count = w->s->count;
    for (int64_t first = 0; first < count; first += w->rows) {
        int64_t used = count - first < w->rows ? count - first : w->rows;
        for (int64_t r = 0; r < used; r++) {
            w->row[r] = place * count + first + r;
            w->address[r] = noise_address(w, w->row[r]);
        }
        RMF_TRY(rmf_walk_block(w, branch, place, used));
    }
    return RMF_OK;
}

/* Places in the request of the classes below a branch, ascending by class number. */
static int places_below(const rmf_walk *w, int branch, int *places)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    int n = 0;
    for (int i = 0; i < b->n_classes; i++)
        if (w->position[b->classes[i]] >= 0) places[n++] = w->position[b->classes[i]];
    return n;
}

/* A class that is asked for lies below, and a part of the branch between t_from and t_until. (Above
 * t_from nothing may be handed down: every row has its own state already.) */
static bool takes_part(const rmf_walk *w, int branch)
{
    if (w->runs[branch].owner < 0) return false;
    return w->router || w->s->t_from == 0 ||
           rmf_tree_branch(w->s->tree, branch)->t_start < w->s->t_from;
}

/* Does it run with the piece above it? */
static bool is_joined(const rmf_walk *w, int branch)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    return !w->encodes && !w->router && b->parent >= 0 && takes_part(w, b->parent) &&
           rmf_tree_branch(w->s->tree, b->parent)->row == b->row;
}

static rmf_status run_branch(rmf_walk *w, int branch)
{
    if (w->router) return rmf_walk_routed(w, branch);
    if (is_joined(w, branch)) return RMF_OK;
    if (w->s->shared) return run_rows(w, branch, w->runs[branch].owner);
    int n = places_below(w, branch, w->group);
    for (int i = 0; i < n; i++)
        RMF_TRY(run_rows(w, branch, w->group[i]));
    return RMF_OK;
}

/* ---- the whole tree ---- */

/* The pilot of an adaptive method; without rows there is nothing to choose times for. */
static rmf_status choose_times(rmf_walk *w)
{
    const int branches = rmf_tree_branch_count(w->s->tree);
    bool *wanted = NULL;
    RMF_TRY(rmf_alloc((size_t)branches, sizeof *wanted, (void **)&wanted));
    for (int b = 0; b < branches; b++)
        wanted[b] = w->s->count > 0 && places_below(w, b, w->group) > 0;
    rmf_status status = RMF_OK;
    if (w->s->count > 0)
        status = rmf_pilot_fly(w->s, &(rmf_pilot_orders){&w->score, NULL, wanted}, &w->pilot);
    w->pilot_calls = w->calls;
    w->evaluated_rows = w->calls * w->rows;
    rmf_free(wanted);
    return status;
}

/* Steps of all blocks, for progress; routed: if classes came equally often. */
static int64_t block_steps(rmf_walk *w, int branch)
{
    const int64_t rows = w->rows;
    int64_t count = w->s->count;
    if (w->router) count = count * rmf_tree_branch(w->s->tree, branch)->n_classes / w->s->n_classes;
    int64_t n = w->s->shared ? 1 : places_below(w, branch, w->group);
    return n * ((count + rows - 1) / rows) * w->runs[branch].plan.steps;
}

static rmf_status prepare(rmf_walk *w)
{
    const rmf_sampling *s = w->s;
    const int classes = rmf_tree_class_count(s->tree), branches = rmf_tree_branch_count(s->tree);
    for (int c = 0; c < classes; c++)
        w->position[c] = -1;
    for (int i = 0; i < s->n_classes; i++) {
        int c = s->classes[i];
        if (c < 0 || c >= classes || w->position[c] >= 0)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "sampling: class number %d; expected distinct numbers from 0 to %d", c,
                            classes - 1);
        w->position[c] = i;
    }
    const bool adaptive = rmf_is_adaptive(s);
    if (adaptive) RMF_TRY(choose_times(w));
    for (int b = 0; b < branches; b++) {
        rmf_branch_run *run = &w->runs[b];
        const rmf_branch *branch = rmf_tree_branch(s->tree, b);
        run->owner = -1;
        if (places_below(w, b, w->group) == 0) continue;
        run->owner = w->group[0];
        RMF_TRY(rmf_plan_make(s, adaptive ? &w->pilot : NULL, b, &run->plan));
        if (w->encodes) rmf_plan_mirror(&run->plan);
        if (branch->parent >= 0) {
            const rmf_branch_run *parent = &w->runs[branch->parent];
            run->first_counter =
                parent->first_counter + (uint32_t)parent->plan.whole * RMF_STEP_COUNTERS;
        }
        w->total += block_steps(w, b);
    }
    return RMF_OK;
}

static void fill_report(const rmf_walk *w, rmf_sampling_report *report)
{
    int64_t path_evaluations = 0, own = w->evaluated_rows - w->pilot_calls * w->rows;
    for (int i = 0; i < w->s->n_classes; i++)
        for (int b = rmf_tree_leaf(w->s->tree, w->s->classes[i]); b >= 0;
             b = rmf_tree_branch(w->s->tree, b)->parent)
            path_evaluations += w->runs[b].evaluations;
    *report = (rmf_sampling_report){
        .evaluated_rows = w->evaluated_rows,
        .independent_rows =
            (w->router ? own : path_evaluations * w->s->count) + w->pilot_calls * w->rows,
        .calls = w->calls,
        .pilot_calls = w->pilot_calls,
        .nfe = w->router ? (double)own / (double)(w->s->count > 0 ? w->s->count : 1)
                         : (double)path_evaluations / w->s->n_classes,
        .seconds = rmf_seconds() - w->started,
    };
}

/* The states at the beginning: objects to encode, the caller's, or noise. */
static void begin(rmf_walk *w)
{
    const rmf_sampling *s = w->s;
    const int64_t rows = s->n_classes * s->count;
    double alpha, sigma;
    if (w->encodes && s->t_until == 0) {
        s->sde->ops->kernel(s->sde, s->t_start, &alpha, &sigma);
        for (int64_t i = 0; i < rows * w->features; i++)
            w->x[i] *= (float)alpha;
    } else if (!w->encodes && (s->t_from == 0 || w->router)) {
        if (s->shared)
            draw_prior(w, w->runs[0].owner * s->count, s->count);
        else
            draw_prior(w, 0, rows);
    }
}

static rmf_status run_tree(rmf_walk *w, rmf_sampling_report *report)
{
    const int branches = rmf_tree_branch_count(w->s->tree);
    RMF_TRY(prepare(w));
    begin(w);
    for (int i = 0; i < branches; i++) {
        int b = w->encodes ? branches - 1 - i : i;
        if (takes_part(w, b)) RMF_TRY(run_branch(w, b));
    }
    if (report) fill_report(w, report);
    for (int b = 0; w->s->evaluations && b < branches; b++)
        w->s->evaluations[b] = w->runs[b].evaluations;
    return RMF_OK;
}

static int work_floats(const rmf_sampling *s)
{
    const int own = s->sampler->work_floats;
    return s->branch_corrector_steps > 0 && own < RMF_LANGEVIN_FLOATS ? RMF_LANGEVIN_FLOATS : own;
}

static rmf_status allocate(rmf_walk *w, rmf_arena *arena)
{
    const size_t rows = (size_t)w->rows, features = (size_t)w->features;
    const size_t per_row = features * sizeof(float);
    void *block[9];
    const struct {
        size_t count, size;
    } need[9] = {
        {(size_t)rmf_tree_branch_count(w->s->tree), sizeof *w->runs},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->position},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->group},
        {rows, per_row},
        {rows, per_row * (size_t)work_floats(w->s)},
        {rows, sizeof *w->row},
        {rows, sizeof *w->address},
        {w->s->guidance != 0 ? rows : 0, per_row},
        {w->router ? rows : 0, (size_t)w->s->n_classes * sizeof *w->probability},
    };
    for (int i = 0; i < 9; i++)
        RMF_TRY(rmf_arena_alloc(arena, need[i].count, need[i].size, &block[i]));
    w->runs = block[0];
    w->position = block[1];
    w->group = block[2];
    w->block = block[3];
    w->work = block[4];
    w->row = block[5];
    w->address = block[6];
    w->guidance = (rmf_guidance){.score = {counted_eval, w, w->rows, w->features},
                                 .weight = w->s->guidance,
                                 .guide = w->s->guide,
                                 .work = block[7]};
    w->probability = block[8];
    w->score = rmf_guided_score(&w->guidance);
    return RMF_OK;
}

/* Checks, allocates and runs the walk that `way` describes: sampling, progress, x, direction. */
static rmf_status run_walk(const rmf_walk *way, rmf_sampling_report *report)
{
    const rmf_sampling *sampling = way->s;
    RMF_TRY(rmf_sampling_check(sampling));
    const rmf_score *score = sampling->score;
    if (!score || score->rows < 1 || score->features < 1 || score->features > INT32_MAX ||
        sampling->n_classes < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: no score, or an empty block, or no class; expected at least one "
                        "row, feature and class");
    rmf_walk w = *way;
    w.features = score->features;
    w.rows = score->rows;
    w.started = rmf_seconds();
    rmf_arena *arena;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&w, arena);
    if (status == RMF_OK) status = run_tree(&w, report);
    for (int b = 0; w.runs && b < rmf_tree_branch_count(sampling->tree); b++)
        rmf_free(w.runs[b].plan.times);
    rmf_pilot_free(&w.pilot);
    rmf_arena_free(arena);
    return status;
}

rmf_status rmf_sample(const rmf_sampling *sampling, const rmf_progress *progress, float *x,
                      rmf_sampling_report *report)
{
    const rmf_walk down = {.s = sampling, .progress = progress, .x = x};
    return run_walk(&down, report);
}

rmf_status rmf_encode(const rmf_sampling *sampling, const rmf_progress *progress, float *x,
                      rmf_sampling_report *report)
{
    rmf_sampling own = *sampling;
    if (rmf_is_adaptive(&own)) {
        own.steps = rmf_sampler_heun.default_steps;
        own.grid = rmf_sampler_heun.grid;
    }
    own.sampler = &rmf_sampler_heun;
    own.shared = own.paper = false;
    if (own.t_from == 0) own.t_from = own.sde->t_limit; /* on each branch's own times */
    own.branch_corrector_steps = 0;                     /* it goes the other way */
    own.guidance = 0; /* a guide leads to a class, and these objects are there */
    const rmf_walk up = {.s = &own, .progress = progress, .x = x, .encodes = true};
    return run_walk(&up, report);
}

/* The class of a sample is that of the leaf where it is at the end. */
static void name_leaves(const rmf_sampling *s, int *at)
{
    for (int64_t k = 0; k < s->count; k++)
        at[k] = rmf_tree_branch(s->tree, at[k])->classes[0];
}

rmf_status rmf_sample_routed(const rmf_sampling *sampling, const rmf_router *router,
                             const rmf_progress *progress, float *x, int *class_index,
                             rmf_sampling_report *report)
{
    rmf_sampling own = *sampling;
    int *all = NULL;
    if (!sampling->tree || sampling->t_from != 0 || sampling->t_until != 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "routed sampling: no tree, or only a part of the way; expected a tree and "
                        "the whole of it");
    own.n_classes = rmf_tree_class_count(sampling->tree);
    RMF_TRY(rmf_alloc((size_t)own.n_classes, sizeof *all, (void **)&all));
    for (int c = 0; c < own.n_classes; c++)
        all[c] = c;
    for (int64_t k = 0; k < own.count; k++)
        class_index[k] = 0; /* the root */
    own.classes = all;
    own.shared = true;
    own.paper = false;
    if (own.sde) own.t_from = own.sde->t_limit; /* on each branch's own times, to its very end */
    const rmf_walk down = {
        .s = &own, .progress = progress, .x = x, .router = router, .at = class_index};
    rmf_status status = run_walk(&down, report);
    if (status == RMF_OK) name_leaves(&own, class_index);
    rmf_free(all);
    return status;
}
