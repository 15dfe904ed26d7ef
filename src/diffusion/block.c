/* diffusion/block.c – a block of rows on its way through a branch. */
#include "diffusion/langevin.h"
#include "diffusion/sampler.h"
#include "diffusion/walk.h"

#include <math.h>
#include <string.h>

static rmf_status record_rows(rmf_walk *w, int branch, double t, int64_t used)
{
    const rmf_recorder *rec = w->s->recorder;
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    if (w->router) { /* rows of a block are in order, but some are elsewhere */
        for (int64_t r = 0, next; r < used; r = next) {
            for (next = r + 1; next < used && w->row[next] == w->row[next - 1] + 1;)
                next++;
            RMF_TRY(rec->record(rec->context, branch, t, w->row[r], next - r,
                                w->block + r * w->features));
        }
        return RMF_OK;
    }
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

static rmf_status after_step(rmf_walk *w, int branch, double t, int64_t used)
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

static void load_block(rmf_walk *w, int64_t used)
{
    const size_t bytes = (size_t)w->features * sizeof(float);
    for (int64_t r = 0; r < w->rows; r++) /* padding repeats the first row: finite and typical */
        memcpy(w->block + r * w->features, w->x + w->row[r < used ? r : 0] * w->features, bytes);
}

static rmf_status check_block(const rmf_walk *w, int branch, int64_t used)
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
static void store_block(rmf_walk *w, int place, int64_t used)
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

static rmf_key noise_key(const rmf_walk *w, int branch, enum rmf_stream stream)
{
    rmf_key key = rmf_key_make(w->s->seed, stream);
    if (w->s->shared)
        key = rmf_key_fold(key, (uint64_t)rmf_tree_branch(w->s->tree, branch)->classes[0]);
    return w->runs[branch].plan.inside ? rmf_key_fold(key, RMF_STREAM_SAMPLER) : key;
}

/* Does the branch get states that another network brought to where it begins?  Those at t_limit are
 * noise, good for all. */
static bool takes_over(const rmf_walk *w, int branch)
{
    const rmf_branch *b = rmf_tree_branch(w->s->tree, branch);
    const rmf_branch_run *run = &w->runs[branch];
    if (w->encodes || run->plan.inside || b->parent < 0) return false;
    if (rmf_tree_branch(w->s->tree, b->parent)->row == b->row) return false;
    return run->first_counter > 0 || run->plan.enters;
}

static rmf_status correct_block(rmf_walk *w, const rmf_step *step)
{
    rmf_step own = *step;
    own.key = noise_key(w, step->branch, RMF_STREAM_CORRECTOR);
    own.paper = false;
    for (int k = 0; k < w->s->branch_corrector_steps; k++)
        RMF_TRY(
            rmf_langevin_step(&own, w->runs[step->branch].first_counter + (uint32_t)k, w->block));
    return RMF_OK;
}

/* The steps of one branch.  `step` comes with what does not change from branch to branch, and with
 * the history of the piece above where the branch was split.  *uncorrected: the network takes over
 * with its next step. */
static rmf_status run_steps(rmf_walk *w, int branch, int64_t used, rmf_step *step,
                            bool *uncorrected)
{
    const rmf_sampling *s = w->s;
    rmf_branch_run *run = &w->runs[branch];
    const int64_t calls_before = w->calls;
    step->key = noise_key(w, branch, RMF_STREAM_SAMPLER);
    for (int i = 0; i < run->plan.steps; i++) {
        const bool enters = run->plan.enters && i == 0;
        step->branch = enters ? rmf_tree_branch(s->tree, branch)->parent : branch;
        step->top = top_of(s->tree, step->branch);
        step->t = run->plan.times[i];
        step->s = run->plan.times[i + 1];
        step->last = run->plan.finishes && i + 1 == run->plan.steps;
        step->counter = run->first_counter + (uint32_t)i * RMF_STEP_COUNTERS;
        if (*uncorrected && !enters) {
            RMF_TRY(correct_block(w, step));
            *uncorrected = false;
        }
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
static void hand_down(rmf_walk *w, int branch, int64_t used)
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
static bool goes_on(const rmf_walk *w, int next, int place)
{
    if (w->encodes || next < 0 || w->runs[next].owner < 0) return false;
    const int c = w->s->classes[place];
    const rmf_branch *b = rmf_tree_branch(w->s->tree, next);
    for (int i = 0; !w->s->shared && i < b->n_classes; i++)
        if (b->classes[i] == c) return true;
    return w->s->shared;
}

rmf_status rmf_walk_block(rmf_walk *w, int branch, int place, int64_t used)
{
    const rmf_sampling *s = w->s;
    rmf_step step = {
        .sde = s->sde,
        .score = &w->score,
        .paper = s->paper,
        .snr = s->snr,
        .corrector_steps = s->corrector_steps,
        .churn = s->churn,
        .eta = s->eta,
        .steps = s->steps,
        .sample = w->address,
        .used_rows = used,
        .work = w->work,
    };
    bool uncorrected = takes_over(w, branch);
    load_block(w, used);
    if (w->router) {
        RMF_TRY(run_steps(w, branch, used, &step, &uncorrected));
        return rmf_route_block(w, branch, used);
    }
    for (int b = branch, next; b >= 0; b = next) {
        RMF_TRY(run_steps(w, b, used, &step, &uncorrected));
        if (s->shared) hand_down(w, b, used);
        next = rmf_tree_continuation(s->tree, b);
        if (!goes_on(w, next, place)) next = -1;
    }
    if (!s->shared) store_block(w, place, used);
    return RMF_OK;
}
