/* diffusion/grid.c – the times of a branch.
 *
 * A global grid of `steps` steps is a map from time to a coordinate u: 0 at t_limit, steps − 1 at
 * t_start, and one more step from there to 0, unless samples keep the noise of t_start.  A branch
 * from u0 to u1 gets round(u1 − u0) steps, at least 1, equally spaced in u.  So the steps of all
 * branches sum up to (Σ branch lengths)·steps without bias, no step is longer than 1.5 of the
 * global grid's, and the ends are met exactly.
 *
 * Not at least 2, which would give a multistep method a history in every branch: a branch shorter
 * than a step costs little error with the first-order step that it gets.  On a tree with branch
 * points at 0.70, 0.66, 0.63, 0.58 and 0.50, exact scores of a Gaussian mixture and 8 steps on the
 * logsnr grid, dpm-solver++2m is off by 0.0063 (root mean square) at 9.8 evaluations, and with 2
 * steps a branch or more by 0.0062 at 12.2.
 *
 * In discrete time all times are whole steps, at which a network was trained: the nearest ones that
 * leave one for every time to come.  A branch of few steps is never given more than it has.
 *
 * A branch that was split when a class was added keeps the steps that it had, so that its classes
 * keep their samples: a piece's steps begin at the last of these times that is not below its t_end.
 * A class that leaves between two of them does so in one more step, from the time before to its
 * own branch's t_end, which is the first step of that branch though the score is the parent's.
 *
 * With an adaptive method there is no global grid: the pilot's times stand in its place (pilot.c).
 */
#include "diffusion/plan.h"

#include <math.h>

/* The branch that is asked for; pilot NULL: its times are cut from the global grid. */
typedef struct asked {
    const rmf_sampling *s;
    const rmf_pilot *pilot;
    int branch;
} asked;

static double warped(const rmf_sampling *s, double t)
{
    double alpha, sigma;
    if (s->grid == RMF_GRID_UNIFORM) return t;
    s->sde->ops->kernel(s->sde, t, &alpha, &sigma);
    return s->grid == RMF_GRID_RHO ? pow(sigma / alpha, 1 / s->rho) : log(sigma / alpha);
}

static double unwarped(const rmf_sampling *s, double w)
{
    if (s->grid == RMF_GRID_UNIFORM) return w;
    return s->sde->ops->time_of_ratio(s->sde, s->grid == RMF_GRID_RHO ? pow(w, s->rho) : exp(w));
}

static rmf_status allocate_times(int steps, rmf_plan *out)
{
    void *block;
    RMF_TRY(rmf_alloc((size_t)steps + 1, sizeof(double), &block));
    out->times = block;
    out->steps = steps;
    return RMF_OK;
}

/* Whole steps of a discrete process between two times. */
static int whole_steps(const rmf_sampling *s, double high, double low)
{
    return (int)lround((high - low) / s->sde->t_limit * rmf_sde_steps(s->sde));
}

static int step_count(const rmf_sampling *s, double high, double low)
{
    const double top = warped(s, s->sde->t_limit), bottom = warped(s, s->t_start);
    const double length = (warped(s, high) - warped(s, low)) / (top - bottom) * (s->steps - 1);
    const int count = !(low < high) ? 0 : length > 1.5 ? (int)lround(length) : 1;
    const int most = whole_steps(s, high, low);
    return rmf_sde_steps(s->sde) > 0 && count > most ? most : count;
}

/* A time between `before` and `low`, with `left` more to come until there. */
static double settle(const rmf_sampling *s, double t, double before, double low, int left)
{
    const double steps = rmf_sde_steps(s->sde) / s->sde->t_limit;
    if (steps == 0) return t;
    return fmin(fmax(round(t * steps), round(low * steps) + left), round(before * steps) - 1) /
           steps;
}

/* ---- times that error control chose ---- */

static int first_piece(const rmf_tree *tree, int branch)
{
    const rmf_branch *b = rmf_tree_branch(tree, branch);
    while (b->parent >= 0 && rmf_tree_branch(tree, b->parent)->row == b->row) {
        branch = b->parent;
        b = rmf_tree_branch(tree, branch);
    }
    return branch;
}

/* Those between the two: [*from, *to) of the times, which may be NULL: no rows, no times. */
static const double *chosen_between(const asked *q, double high, double low, int *from, int *to)
{
    const int first = first_piece(q->s->tree, q->branch);
    const double *times = q->pilot->times ? q->pilot->times[first] : NULL;
    const int steps = times ? q->pilot->steps[first] : 0;
    for (*from = 0; *from < steps && times[*from] >= high;)
        ++*from;
    for (*to = *from; *to < steps && times[*to] > low;)
        ++*to;
    return times;
}

/* Those between the two, and the two. */
static rmf_status choose(const asked *q, double high, double low, rmf_plan *plan)
{
    int from, to;
    const double *times = chosen_between(q, high, low, &from, &to);
    RMF_TRY(allocate_times(to - from + 1 + (plan->finishes ? 1 : 0), plan));
    plan->times[0] = high;
    for (int i = from; i < to; i++)
        plan->times[i - from + 1] = times[i];
    plan->times[to - from + 1] = low;
    return RMF_OK;
}

/* Interior points are kept strictly between their neighbours: in a branch shorter than the rounding
 * of the warp they would not be. */
static rmf_status spread(const asked *q, double high, double low, rmf_plan *plan)
{
    const rmf_sampling *s = q->s;
    if (q->pilot) return choose(q, high, low, plan);
    const double from = warped(s, high), to = warped(s, low);
    const int n = step_count(s, high, low);
    RMF_TRY(allocate_times(n + (plan->finishes ? 1 : 0), plan));
    plan->times[0] = high;
    for (int i = 1; i < n; i++) {
        double t = unwarped(s, from + (to - from) * i / n);
        if (!(t < plan->times[i - 1] && t > low))
            t = low + (plan->times[i - 1] - low) * (n - i) / (n - i + 1);
        plan->times[i] = settle(s, t, plan->times[i - 1], low, n - i);
    }
    plan->times[n] = low; /* and, where the branch finishes, 0 after it: memory comes zeroed */
    return RMF_OK;
}

/* Point i of the published grid; i = steps is the time that its last step reaches. */
static double published_time(const rmf_sampling *s, int i)
{
    const int n = s->steps;
    double spacing = (s->sde->t_limit - s->t_start) / (n - 1);
    return i == n - 1 ? s->t_start : i == n ? s->t_start - spacing : s->sde->t_limit - spacing * i;
}

static rmf_status published(const rmf_sampling *s, const rmf_branch *b, rmf_plan *plan)
{
    int first = 0, end;
    if (b->parent >= 0)
        while (first < s->steps && published_time(s, first) >= b->t_end)
            first++;
    for (end = first; end < s->steps && published_time(s, end) >= b->t_start;)
        end++;
    if (s->noisy_end && end == s->steps && end > first) end--;
    RMF_TRY(allocate_times(end - first, plan));
    for (int i = first; i <= end; i++)
        plan->times[i - first] = published_time(s, i);
    return RMF_OK;
}

/* Does a branch of these ends hold the last, noise-free step? */
static bool holds_last_step(const rmf_sampling *s, double t_end, double t_start)
{
    return !s->noisy_end && t_start <= s->t_start && s->t_start < t_end;
}

static rmf_status spread_or_rest(const asked *q, double high, double low, rmf_plan *plan)
{
    if (low < high) return spread(q, high, low, plan);
    RMF_TRY(allocate_times(0, plan));
    plan->times[0] = high;
    return RMF_OK;
}

/* ---- runs that begin or stop at a time ---- */

/* All of the branch that lies between t_from and t_until. */
/* Steps between the two of a run that is not cut there. */
static int count_steps(const asked *q, double high, double low)
{
    int from, to;
    if (!q->pilot) return step_count(q->s, high, low);
    if (!(low < high)) return 0;
    chosen_between(q, high, low, &from, &to);
    return to - from + 1;
}

static rmf_status cut(const asked *q, rmf_plan *plan)
{
    const rmf_sampling *s = q->s;
    const rmf_branch *b = rmf_tree_branch(s->tree, q->branch);
    const double bottom = fmax(b->t_start, s->t_start);
    const double high = s->t_from > 0 ? fmin(b->t_end, s->t_from) : b->t_end;
    const bool last = holds_last_step(s, b->t_end, b->t_start);
    plan->finishes = last && s->t_until == 0;
    plan->inside = bottom < high && high < b->t_end;
    plan->whole = count_steps(q, b->t_end, bottom) + (last ? 1 : 0);
    return spread_or_rest(q, high, fmax(bottom, s->t_until), plan);
}

/* ---- whole runs ---- */

/* The last time of a plan that is not below t. */
static int last_from(const rmf_plan *plan, double t)
{
    int i = 0;
    while (i < plan->steps && plan->times[i + 1] >= t)
        i++;
    return i;
}

/* The steps of a branch before it was split, whichever piece of it is asked for. */
static rmf_status whole_branch(const asked *q, rmf_plan *out)
{
    const rmf_sampling *s = q->s;
    const rmf_branch *first = rmf_tree_branch(s->tree, first_piece(s->tree, q->branch));
    const rmf_branch *last = first;
    for (int next = q->branch; next >= 0; next = rmf_tree_continuation(s->tree, next))
        last = rmf_tree_branch(s->tree, next);
    out->finishes = holds_last_step(s, first->t_end, last->t_start);
    return spread_or_rest(q, first->t_end, fmax(last->t_start, s->t_start), out);
}

static rmf_status piece(const asked *q, rmf_plan *out)
{
    const rmf_sampling *s = q->s;
    const rmf_branch *b = rmf_tree_branch(s->tree, q->branch);
    rmf_plan whole = {0}, plan = {.finishes = holds_last_step(s, b->t_end, b->t_start)};
    RMF_TRY(whole_branch(q, &whole));
    const bool rests = b->t_end <= s->t_start; /* all is done above it */
    const int from = rests ? whole.steps : last_from(&whole, b->t_end);
    const int to = plan.finishes || rests ? whole.steps : last_from(&whole, b->t_start);
    rmf_status status = allocate_times(to - from, &plan);
    for (int i = from; status == RMF_OK && i <= to; i++)
        plan.times[i - from] = whole.times[i];
    rmf_free(whole.times);
    if (status == RMF_OK) *out = plan;
    return status;
}

static rmf_status prepend(double time, rmf_plan *plan)
{
    rmf_plan longer = {.finishes = plan->finishes, .enters = true};
    RMF_TRY(allocate_times(plan->steps + 1, &longer));
    longer.times[0] = time;
    for (int i = 0; i <= plan->steps; i++)
        longer.times[i + 1] = plan->times[i];
    rmf_free(plan->times);
    *plan = longer;
    return RMF_OK;
}

/* Where the parent was split, its steps may have ended above the branch. */
static rmf_status enter(const asked *q, rmf_plan *plan)
{
    const rmf_sampling *s = q->s;
    const rmf_branch *b = rmf_tree_branch(s->tree, q->branch);
    rmf_plan parent = {0};
    if (b->t_end <= s->t_start || b->parent < 0 ||
        rmf_tree_branch(s->tree, b->parent)->row == b->row ||
        rmf_tree_continuation(s->tree, b->parent) < 0)
        return RMF_OK;
    const asked above = {s, q->pilot, b->parent};
    RMF_TRY(piece(&above, &parent));
    const double end = parent.times[parent.steps];
    rmf_free(parent.times);
    return end > b->t_end ? prepend(end, plan) : RMF_OK;
}

static rmf_status whole_run(const asked *q, rmf_plan *plan)
{
    RMF_TRY(piece(q, plan));
    return enter(q, plan);
}

rmf_status rmf_plan_make(const rmf_sampling *s, const rmf_pilot *pilot, int branch, rmf_plan *out)
{
    const asked q = {s, pilot, branch};
    const rmf_branch *b = rmf_tree_branch(s->tree, branch);
    rmf_plan plan = {.finishes = holds_last_step(s, b->t_end, b->t_start)};
    rmf_status status;
    if (s->t_from > 0 || s->t_until > 0) {
        status = cut(&q, &plan);
    } else {
        const bool paper = s->paper && s->sampler->stochastic && s->grid == RMF_GRID_UNIFORM &&
                           rmf_sde_steps(s->sde) == 0;
        status = paper ? published(s, b, &plan) : whole_run(&q, &plan);
        plan.whole = plan.steps;
    }
    if (status == RMF_OK)
        *out = plan;
    else
        rmf_free(plan.times);
    return status;
}

void rmf_plan_mirror(rmf_plan *plan)
{
    if (plan->finishes) plan->steps--;
    plan->finishes = false;
    for (int i = 0, k = plan->steps; i < k; i++, k--) {
        double t = plan->times[i];
        plan->times[i] = plan->times[k];
        plan->times[k] = t;
    }
}

/* One branch, with a pilot of its own. */
static rmf_status plan_alone(const rmf_sampling *s, int branch, rmf_plan *plan)
{
    rmf_pilot pilot = {0};
    rmf_guidance guidance = {.weight = s->guidance, .guide = s->guide};
    bool *wanted = NULL;
    if (!rmf_is_adaptive(s)) return rmf_plan_make(s, NULL, branch, plan);
    if (!s->score) return rmf_fail(RMF_ERR_ARGUMENT, "time grid: no score for the pilot");
    guidance.score = *s->score;
    const size_t block = (size_t)(s->score->rows * s->score->features);
    RMF_TRY(rmf_alloc(block, sizeof *guidance.work, (void **)&guidance.work));
    const rmf_score score = rmf_guided_score(&guidance);
    const size_t branches = (size_t)rmf_tree_branch_count(s->tree);
    rmf_status status = rmf_alloc(branches, sizeof *wanted, (void **)&wanted);
    for (int b = branch; status == RMF_OK && b >= 0; b = rmf_tree_branch(s->tree, b)->parent)
        wanted[b] = true;
    if (status == RMF_OK)
        status = rmf_pilot_fly(s, &(rmf_pilot_orders){&score, NULL, wanted}, &pilot);
    if (status == RMF_OK) status = rmf_plan_make(s, &pilot, branch, plan);
    rmf_pilot_free(&pilot);
    rmf_free(wanted);
    rmf_free(guidance.work);
    return status;
}

rmf_status rmf_branch_grid(const rmf_sampling *sampling, int branch, double **times, int *steps)
{
    rmf_plan plan;
    RMF_TRY(rmf_sampling_check(sampling));
    if (branch < 0 || branch >= rmf_tree_branch_count(sampling->tree))
        return rmf_fail(RMF_ERR_ARGUMENT, "time grid: branch %d; expected 0 to %d", branch,
                        rmf_tree_branch_count(sampling->tree) - 1);
    RMF_TRY(plan_alone(sampling, branch, &plan));
    *times = plan.times;
    *steps = plan.steps;
    return RMF_OK;
}
