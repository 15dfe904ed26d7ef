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
 *  3. Neither depends on the request, nor on the numbering of branches, which a later class
 * changes.
 */
#include "diffusion/plan.h"
#include "diffusion/sampler.h"
#include "diffusion/vector.h"

#include <math.h>
#include <string.h>

typedef struct branch_run {
    rmf_plan plan;
    int owner;           /* position in the request of the first class below; −1 = not needed */
    int64_t evaluations; /* network calls of one block */
    uint32_t first_counter; /* of the branch's first step */
} branch_run;

typedef struct walk {
    const rmf_sampling *s;
    const rmf_progress *progress;
    int64_t features, rows;
    float *x;            /* the caller's output */
    branch_run *runs;    /* [branches] */
    int *position;       /* [classes of the tree]: place in the request, or −1 */
    int *group;          /* [n_classes]: places of the classes below a branch */
    float *block, *work; /* one block's state and the sampler's scratch */
    int64_t *row;        /* [rows]: output row of each block row */
    uint64_t *address;   /* [rows]: its noise address */
    int64_t calls, evaluated_rows, done, total;
    double started;
} walk;

/* Counts the calls on their way to the caller's score. */
static rmf_status counted_eval(void *context, int branch, double t, const float *x, float *score)
{
    walk *w = context;
    w->calls++;
    return w->s->score->eval(w->s->score->context, branch, t, x, score);
}

static uint64_t noise_address(const walk *w, int64_t output_row)
{
    int64_t sample = output_row % w->s->count;
    if (w->s->shared) return (uint64_t)sample;
    int class_index = w->s->classes[output_row / w->s->count];
    return ((uint64_t)(class_index + 1) << 40) + (uint64_t)sample;
}

static void draw_prior(walk *w, int64_t first, int64_t rows)
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

/* ---- one block ---- */

static rmf_status record_rows(walk *w, int branch, double t, int64_t used)
{
    const rmf_recorder *rec = w->s->recorder;
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    if (w->s->shared) {
        for (int i = 0; i < b->n_classes; i++) {
            int at = w->position[b->classes[i]];
            if (at < 0) continue;
            int64_t first = at * w->s->count + w->row[0] % w->s->count;
            RMF_TRY(rec->record(rec->context, branch, t, first, used, w->block));
        }
        return RMF_OK;
    }
    return rec->record(rec->context, branch, t, w->row[0], used, w->block);
}

static rmf_status after_step(walk *w, int branch, double t, int64_t used)
{
    w->done++;
    if (w->s->recorder) RMF_TRY(record_rows(w, branch, t, used));
    double spent = rmf_seconds() - w->started;
    rmf_progress_event event = {
        .activity = "sampling",
        .done = w->done,
        .total = w->total,
        .unit = "steps",
        .loss = NAN,
        .seconds_left = spent / (double)w->done * (double)(w->total - w->done),
    };
    if (!rmf_progress_tell(w->progress, &event))
        return rmf_fail(RMF_ERR_INTERRUPTED,
                        "sampling: stopped on request after %lld of %lld steps; nothing was kept: "
                        "start again with the same seed for the same samples",
                        (long long)w->done, (long long)w->total);
    return RMF_OK;
}

static void load_block(walk *w, int64_t used)
{
    const size_t bytes = (size_t)w->features * sizeof(float);
    for (int64_t r = 0; r < w->rows; r++) /* padding repeats the first row: finite and typical */
        memcpy(w->block + r * w->features, w->x + w->row[r < used ? r : 0] * w->features, bytes);
}

static rmf_status check_block(const walk *w, int branch, int64_t used)
{
    for (int64_t i = 0; i < used * w->features; i++)
        if (!isfinite(w->block[i]))
            return rmf_fail(RMF_ERR_NUMERIC,
                            "sampling: branch %d gave a number that is not finite; expected finite "
                            "states: train longer, or take more steps or another sampler",
                            branch);
    return RMF_OK;
}

/* To the same samples of the class at this place of the request. */
static void store_block(walk *w, int place, int64_t used)
{
    const int64_t first = place * w->s->count + w->row[0] % w->s->count;
    memcpy(w->x + first * w->features, w->block, (size_t)(used * w->features) * sizeof(float));
}

/* The steps of one branch; `before` is where the last step started, if it was of the same branch
 * before that was split, else NAN. */
static rmf_status run_steps(walk *w, int branch, int64_t used, double *before)
{
    const rmf_sampling *s = w->s;
    const rmf_branch *b = rmf_tree_branch(s->tree, branch);
    branch_run *run = &w->runs[branch];
    const rmf_score score = {counted_eval, w, w->rows, w->features};
    const int64_t calls_before = w->calls;
    rmf_key key = rmf_key_make(s->seed, RMF_STREAM_SAMPLER);
    if (s->shared) key = rmf_key_fold(key, (uint64_t)b->classes[0]);
    rmf_step step = {
        .sde = s->sde,
        .score = &score,
        .paper = s->paper,
        .snr = s->snr,
        .corrector_steps = s->corrector_steps,
        .key = key,
        .sample = w->address,
        .used_rows = used,
        .work = w->work,
    };
    for (int i = 0; i < run->plan.steps; i++) {
        const bool enters = run->plan.enters && i == 0;
        step.branch = enters ? b->parent : branch;
        step.t = run->plan.times[i];
        step.s = run->plan.times[i + 1];
        step.before = isnan(*before) ? step.t : *before;
        step.last = run->plan.finishes && i + 1 == run->plan.steps;
        step.counter = run->first_counter + (uint32_t)i * RMF_STEP_COUNTERS;
        RMF_TRY(s->sampler->step(&step, w->block));
        RMF_TRY(after_step(w, branch, step.s, used));
        *before = enters ? NAN : step.t;
    }
    run->evaluations = w->calls - calls_before;
    w->evaluated_rows += run->evaluations * used;
    return check_block(w, branch, used);
}

/* Hands the block to the branches that begin where this one ends, but its continuation. */
static void hand_down(walk *w, int branch, int64_t used)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    const int next = rmf_tree_continuation(w->s->tree, branch);
    for (int i = 0; i < b->n_children; i++) {
        const int heir = w->runs[b->children[i]].owner;
        if (heir >= 0 && b->children[i] != next) store_block(w, heir, used);
    }
    if (b->n_children == 0) store_block(w, w->runs[branch].owner, used);
}

/* Does the block go on in this continuation?  Shared: if a class below it is wanted; independent:
 * if the class at `place` is below it. */
static bool goes_on(const walk *w, int next, int place)
{
    if (next < 0 || w->runs[next].owner < 0) return false;
    const int c = w->s->classes[place];
    const rmf_branch *b = rmf_tree_branch(w->s->tree, next);
    for (int i = 0; !w->s->shared && i < b->n_classes; i++)
        if (b->classes[i] == c) return true;
    return w->s->shared;
}

static rmf_status run_block(walk *w, int branch, int place, int64_t used)
{
    double before = NAN;
    load_block(w, used);
    for (int b = branch, next; b >= 0; b = next) {
        RMF_TRY(run_steps(w, b, used, &before));
        if (w->s->shared) hand_down(w, b, used);
        next = rmf_tree_continuation(w->s->tree, b);
        if (!goes_on(w, next, place)) next = -1;
    }
    if (!w->s->shared) store_block(w, place, used);
    return RMF_OK;
}

/* ---- one branch ---- */

/* All rows of the class at this place of the request, in blocks.  Sample k is always row k mod rows
 * of its block: a matrix product may round a row by where it stands in the block. */
static rmf_status run_rows(walk *w, int branch, int place)
{
    const int64_t count = w->s->count;
    for (int64_t first = 0; first < count; first += w->rows) {
        int64_t used = count - first < w->rows ? count - first : w->rows;
        for (int64_t r = 0; r < used; r++) {
            w->row[r] = place * count + first + r;
            w->address[r] = noise_address(w, w->row[r]);
        }
        RMF_TRY(run_block(w, branch, place, used));
    }
    return RMF_OK;
}

/* Places in the request of the classes below a branch, ascending by class number. */
static int places_below(const walk *w, int branch, int *places)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    int n = 0;
    for (int i = 0; i < b->n_classes; i++)
        if (w->position[b->classes[i]] >= 0) places[n++] = w->position[b->classes[i]];
    return n;
}

static rmf_status run_branch(walk *w, int branch)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    if (b->parent >= 0 && rmf_tree_branch(w->s->tree, b->parent)->row == b->row)
        return RMF_OK; /* it ran with the piece above it */
    if (w->s->shared) return run_rows(w, branch, w->runs[branch].owner);
    int n = places_below(w, branch, w->group);
    for (int i = 0; i < n; i++)
        RMF_TRY(run_rows(w, branch, w->group[i]));
    return RMF_OK;
}

/* ---- the whole tree ---- */

/* Steps of all blocks, for progress. */
static int64_t block_steps(walk *w, int branch)
{
    const int64_t count = w->s->count, rows = w->rows;
    int64_t n = w->s->shared ? 1 : places_below(w, branch, w->group);
    return n * ((count + rows - 1) / rows) * w->runs[branch].plan.steps;
}

static rmf_status prepare(walk *w)
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
    for (int b = 0; b < branches; b++) {
        branch_run *run = &w->runs[b];
        const rmf_branch *branch = rmf_tree_branch(s->tree, b);
        run->owner = -1;
        if (places_below(w, b, w->group) == 0) continue;
        run->owner = w->group[0];
        RMF_TRY(rmf_plan_make(s, b, &run->plan));
        if (branch->parent >= 0) {
            const branch_run *parent = &w->runs[branch->parent];
            run->first_counter =
                parent->first_counter + (uint32_t)parent->plan.steps * RMF_STEP_COUNTERS;
        }
        w->total += block_steps(w, b);
    }
    return RMF_OK;
}

static void fill_report(const walk *w, rmf_sampling_report *report)
{
    int64_t path_evaluations = 0;
    for (int i = 0; i < w->s->n_classes; i++)
        for (int b = rmf_tree_leaf(w->s->tree, w->s->classes[i]); b >= 0;
             b = rmf_tree_branch(w->s->tree, b)->parent)
            path_evaluations += w->runs[b].evaluations;
    *report = (rmf_sampling_report){
        .evaluated_rows = w->evaluated_rows,
        .independent_rows = path_evaluations * w->s->count,
        .calls = w->calls,
        .nfe = (double)path_evaluations / w->s->n_classes,
        .seconds = rmf_seconds() - w->started,
    };
}

static rmf_status run_tree(walk *w, rmf_sampling_report *report)
{
    RMF_TRY(prepare(w));
    if (w->s->shared)
        draw_prior(w, w->runs[0].owner * w->s->count, w->s->count);
    else
        draw_prior(w, 0, w->s->n_classes * w->s->count);
    for (int b = 0; b < rmf_tree_branch_count(w->s->tree); b++)
        if (w->runs[b].owner >= 0) RMF_TRY(run_branch(w, b));
    if (report) fill_report(w, report);
    return RMF_OK;
}

static rmf_status allocate(walk *w, rmf_arena *arena)
{
    const size_t rows = (size_t)w->rows, features = (size_t)w->features;
    const size_t per_row = features * sizeof(float);
    void *block[7];
    const struct {
        size_t count, size;
    } need[7] = {
        {(size_t)rmf_tree_branch_count(w->s->tree), sizeof *w->runs},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->position},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->group},
        {rows, per_row},
        {rows, per_row * (size_t)w->s->sampler->work_floats},
        {rows, sizeof *w->row},
        {rows, sizeof *w->address},
    };
    for (int i = 0; i < 7; i++)
        RMF_TRY(rmf_arena_alloc(arena, need[i].count, need[i].size, &block[i]));
    w->runs = block[0];
    w->position = block[1];
    w->group = block[2];
    w->block = block[3];
    w->work = block[4];
    w->row = block[5];
    w->address = block[6];
    return RMF_OK;
}

rmf_status rmf_sample(const rmf_sampling *sampling, const rmf_progress *progress, float *x,
                      rmf_sampling_report *report)
{
    RMF_TRY(rmf_sampling_check(sampling));
    const rmf_score *score = sampling->score;
    if (!score || score->rows < 1 || score->features < 1 || score->features > INT32_MAX ||
        sampling->n_classes < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: no score, or an empty block, or no class; expected at least one "
                        "row, feature and class");
    walk w = {.s = sampling,
              .progress = progress,
              .features = score->features,
              .rows = score->rows,
              .x = x,
              .started = rmf_seconds()};
    rmf_arena *arena;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&w, arena);
    if (status == RMF_OK) status = run_tree(&w, report);
    for (int b = 0; w.runs && b < rmf_tree_branch_count(sampling->tree); b++)
        rmf_free(w.runs[b].plan.times);
    rmf_arena_free(arena);
    return status;
}
