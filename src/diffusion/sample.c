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
 *  4. None depends on the request, nor on the numbering of branches, which a later class
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
    rmf_guidance guidance; /* of the caller's score, its calls counted */
    rmf_score score;       /* what samplers get: the same, guided */
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
    bool encodes; /* upwards: children before parents */
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

/* The step is done: the next one may look back at it. */
static void remember(rmf_step *step)
{
    memmove(step->before + 1, step->before, (RMF_HISTORY - 1) * sizeof *step->before);
    step->before[0] = step->t;
    step->index++;
}

/* To the same samples of the class at this place of the request. */
static void store_block(walk *w, int place, int64_t used)
{
    const int64_t first = place * w->s->count + w->row[0] % w->s->count;
    memcpy(w->x + first * w->features, w->block, (size_t)(used * w->features) * sizeof(float));
}

static double top_of(const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    while (b->parent >= 0 && rmf_tree_branch(tree, b->parent)->row == b->row)
        b = rmf_tree_branch(tree, b->parent);
    return b->t_end;
}

static rmf_key noise_key(const walk *w, int branch)
{
    rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_SAMPLER);
    if (w->s->shared)
        key = rmf_key_fold(key, (uint64_t)rmf_tree_branch(w->s->tree, branch)->classes[0]);
    return w->runs[branch].plan.inside ? rmf_key_fold(key, RMF_STREAM_SAMPLER) : key;
}

/* The steps of one branch.  `step` comes with what does not change from branch to branch, and with
 * the history of the piece above where the branch was split. */
static rmf_status run_steps(walk *w, int branch, int64_t used, rmf_step *step)
{
    const rmf_sampling *s = w->s;
    branch_run *run = &w->runs[branch];
    const int64_t calls_before = w->calls;
    step->key = noise_key(w, branch);
    for (int i = 0; i < run->plan.steps; i++) {
        const bool enters = run->plan.enters && i == 0;
        step->branch = enters ? rmf_tree_branch(s->tree, branch)->parent : branch;
        step->top = top_of(s->tree, step->branch);
        step->t = run->plan.times[i];
        step->s = run->plan.times[i + 1];
        step->last = run->plan.finishes && i + 1 == run->plan.steps;
        step->counter = run->first_counter + (uint32_t)i * RMF_STEP_COUNTERS;
        RMF_TRY(s->sampler->step(step, w->block));
        RMF_TRY(after_step(w, branch, step->s, used));
        remember(step);
        if (enters) step->index = 0; /* the next network is another one */
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
 * if the class at `place` is below it.  Encoding goes the other way, piece by piece. */
static bool goes_on(const walk *w, int next, int place)
{
    if (w->encodes || next < 0 || w->runs[next].owner < 0) return false;
    const int c = w->s->classes[place];
    const rmf_branch *b = rmf_tree_branch(w->s->tree, next);
    for (int i = 0; !w->s->shared && i < b->n_classes; i++)
        if (b->classes[i] == c) return true;
    return w->s->shared;
}

static rmf_status run_block(walk *w, int branch, int place, int64_t used)
{
    const rmf_sampling *s = w->s;
    rmf_step step = {
        .sde = s->sde,
        .score = &w->score,
        .paper = s->paper,
        .snr = s->snr,
        .corrector_steps = s->corrector_steps,
        .churn = s->churn,
        .steps = s->steps,
        .sample = w->address,
        .used_rows = used,
        .work = w->work,
    };
    load_block(w, used);
    for (int b = branch, next; b >= 0; b = next) {
        RMF_TRY(run_steps(w, b, used, &step));
        if (s->shared) hand_down(w, b, used);
        next = rmf_tree_continuation(s->tree, b);
        if (!goes_on(w, next, place)) next = -1;
    }
    if (!s->shared) store_block(w, place, used);
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

/* A class that is asked for lies below, and a part of the branch between t_from and t_until. (Above
 * t_from nothing may be handed down: every row has its own state already.) */
static bool takes_part(const walk *w, int branch)
{
    if (w->runs[branch].owner < 0) return false;
    return w->s->t_from == 0 || rmf_tree_branch(w->s->tree, branch)->t_start < w->s->t_from;
}

/* Does it run with the piece above it? */
static bool is_joined(const walk *w, int branch)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    return !w->encodes && b->parent >= 0 && takes_part(w, b->parent) &&
           rmf_tree_branch(w->s->tree, b->parent)->row == b->row;
}

static rmf_status run_branch(walk *w, int branch)
{
    if (is_joined(w, branch)) return RMF_OK;
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
        if (w->encodes) rmf_plan_mirror(&run->plan);
        if (branch->parent >= 0) {
            const branch_run *parent = &w->runs[branch->parent];
            run->first_counter =
                parent->first_counter + (uint32_t)parent->plan.whole * RMF_STEP_COUNTERS;
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

/* The states at the beginning: objects to encode, the caller's, or noise. */
static void begin(walk *w)
{
    const rmf_sampling *s = w->s;
    const int64_t rows = s->n_classes * s->count;
    double alpha, sigma;
    if (w->encodes && s->t_until == 0) {
        s->sde->ops->kernel(s->sde, s->t_start, &alpha, &sigma);
        for (int64_t i = 0; i < rows * w->features; i++)
            w->x[i] *= (float)alpha;
    } else if (!w->encodes && s->t_from == 0) {
        if (s->shared)
            draw_prior(w, w->runs[0].owner * s->count, s->count);
        else
            draw_prior(w, 0, rows);
    }
}

static rmf_status run_tree(walk *w, rmf_sampling_report *report)
{
    const int branches = rmf_tree_branch_count(w->s->tree);
    RMF_TRY(prepare(w));
    begin(w);
    for (int i = 0; i < branches; i++) {
        int b = w->encodes ? branches - 1 - i : i;
        if (takes_part(w, b)) RMF_TRY(run_branch(w, b));
    }
    if (report) fill_report(w, report);
    return RMF_OK;
}

static rmf_status allocate(walk *w, rmf_arena *arena)
{
    const size_t rows = (size_t)w->rows, features = (size_t)w->features;
    const size_t per_row = features * sizeof(float);
    void *block[8];
    const struct {
        size_t count, size;
    } need[8] = {
        {(size_t)rmf_tree_branch_count(w->s->tree), sizeof *w->runs},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->position},
        {(size_t)rmf_tree_class_count(w->s->tree), sizeof *w->group},
        {rows, per_row},
        {rows, per_row * (size_t)w->s->sampler->work_floats},
        {rows, sizeof *w->row},
        {rows, sizeof *w->address},
        {w->s->guidance != 0 ? rows : 0, per_row},
    };
    for (int i = 0; i < 8; i++)
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
    w->score = rmf_guided_score(&w->guidance);
    return RMF_OK;
}

/* Checks, allocates and runs the walk that `way` describes: sampling, progress, x, direction. */
static rmf_status run_walk(const walk *way, rmf_sampling_report *report)
{
    const rmf_sampling *sampling = way->s;
    RMF_TRY(rmf_sampling_check(sampling));
    const rmf_score *score = sampling->score;
    if (!score || score->rows < 1 || score->features < 1 || score->features > INT32_MAX ||
        sampling->n_classes < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: no score, or an empty block, or no class; expected at least one "
                        "row, feature and class");
    walk w = *way;
    w.features = score->features;
    w.rows = score->rows;
    w.started = rmf_seconds();
    rmf_arena *arena;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&w, arena);
    if (status == RMF_OK) status = run_tree(&w, report);
    for (int b = 0; w.runs && b < rmf_tree_branch_count(sampling->tree); b++)
        rmf_free(w.runs[b].plan.times);
    rmf_arena_free(arena);
    return status;
}

rmf_status rmf_sample(const rmf_sampling *sampling, const rmf_progress *progress, float *x,
                      rmf_sampling_report *report)
{
    const walk down = {.s = sampling, .progress = progress, .x = x};
    return run_walk(&down, report);
}

rmf_status rmf_encode(const rmf_sampling *sampling, const rmf_progress *progress, float *x,
                      rmf_sampling_report *report)
{
    rmf_sampling own = *sampling;
    own.sampler = &rmf_sampler_heun;
    own.shared = own.paper = false;
    if (own.t_from == 0) own.t_from = own.sde->t_limit; /* on each branch's own times */
    own.guidance = 0; /* a guide leads to a class, and these objects are there */
    const walk up = {.s = &own, .progress = progress, .x = x, .encodes = true};
    return run_walk(&up, report);
}
