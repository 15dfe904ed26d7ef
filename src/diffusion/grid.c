/* diffusion/grid.c – the times of a branch.
 *
 * A global grid of `steps` steps is a map from time to a coordinate u: 0 at t_limit, steps − 1 at
 * t_start, and one more step from there to 0.  A branch from u0 to u1 gets round(u1 − u0) steps, at
 * least 1, equally spaced in u.  So the steps of all branches sum up to (Σ branch lengths)·steps
 * without bias, no step is longer than 1.5 of the global grid's, and the ends are met exactly. */
#include "diffusion/plan.h"

#include <math.h>

static double warped(const rmf_sampling *s, double t)
{
    double alpha, sigma;
    if (s->grid == RMF_GRID_UNIFORM) return t;
    s->sde->ops->kernel(s->sde, t, &alpha, &sigma);
    return pow(sigma / alpha, 1 / s->rho);
}

static double unwarped(const rmf_sampling *s, double w)
{
    return s->grid == RMF_GRID_UNIFORM ? w : s->sde->ops->time_of_ratio(s->sde, pow(w, s->rho));
}

static rmf_status allocate_times(int steps, rmf_plan *out)
{
    void *block;
    RMF_TRY(rmf_alloc((size_t)steps + 1, sizeof(double), &block));
    out->times = block;
    out->steps = steps;
    return RMF_OK;
}

static int step_count(const rmf_sampling *s, double high, double low)
{
    const double top = warped(s, s->sde->t_limit), bottom = warped(s, s->t_start);
    const double length = (warped(s, high) - warped(s, low)) / (top - bottom) * (s->steps - 1);
    return !(low < high) ? 0 : length > 1.5 ? (int)lround(length) : 1;
}

/* Interior points are kept strictly between their neighbours: in a branch shorter than the rounding
 * of the warp they would not be. */
static rmf_status spread(const rmf_sampling *s, double high, double low, rmf_plan *plan)
{
    const double from = warped(s, high), to = warped(s, low);
    const int n = step_count(s, high, low);
    RMF_TRY(allocate_times(n + (plan->finishes ? 1 : 0), plan));
    plan->times[0] = high;
    for (int i = 1; i < n; i++) {
        double t = unwarped(s, from + (to - from) * i / n);
        if (!(t < plan->times[i - 1] && t > low))
            t = low + (plan->times[i - 1] - low) * (n - i) / (n - i + 1);
        plan->times[i] = t;
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
    RMF_TRY(allocate_times(end - first, plan));
    for (int i = first; i <= end; i++)
        plan->times[i - first] = published_time(s, i);
    return RMF_OK;
}

/* Own grid: all of the branch that lies between t_from and t_until. */
static rmf_status cut(const rmf_sampling *s, const rmf_branch *b, rmf_plan *plan)
{
    const double bottom = fmax(b->t_start, s->t_start);
    const double high = s->t_from > 0 ? fmin(b->t_end, s->t_from) : b->t_end;
    const double low = fmax(bottom, s->t_until);
    const bool holds_start = b->t_start <= s->t_start && s->t_start < b->t_end;
    plan->finishes = holds_start && s->t_until == 0;
    plan->inside = bottom < high && high < b->t_end;
    if (low < high) {
        RMF_TRY(spread(s, high, low, plan));
    } else {
        RMF_TRY(allocate_times(0, plan));
        plan->times[0] = b->t_end;
    }
    plan->whole = step_count(s, b->t_end, bottom) + (holds_start ? 1 : 0);
    return RMF_OK;
}

rmf_status rmf_plan_make(const rmf_sampling *s, int branch, rmf_plan *out)
{
    const rmf_branch *b = rmf_tree_branch(s->tree, branch);
    rmf_plan plan = {.finishes = b->t_start <= s->t_start && s->t_start < b->t_end};
    const bool broken = s->t_from > 0 || s->t_until > 0;
    if (s->paper && s->sampler->stochastic && s->grid == RMF_GRID_UNIFORM && !broken) {
        RMF_TRY(published(s, b, &plan));
        plan.whole = plan.steps;
    } else {
        RMF_TRY(cut(s, b, &plan));
    }
    *out = plan;
    return RMF_OK;
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

rmf_status rmf_branch_grid(const rmf_sampling *sampling, int branch, double **times, int *steps)
{
    rmf_plan plan;
    RMF_TRY(rmf_sampling_check(sampling));
    if (branch < 0 || branch >= rmf_tree_branch_count(sampling->tree))
        return rmf_fail(RMF_ERR_ARGUMENT, "time grid: branch %d; expected 0 to %d", branch,
                        rmf_tree_branch_count(sampling->tree) - 1);
    RMF_TRY(rmf_plan_make(sampling, branch, &plan));
    *times = plan.times;
    *steps = plan.steps;
    return RMF_OK;
}
