/* likelihood/path.c – times of all branches, upwards. */
#include "likelihood/path.h"

#include "diffusion/plan.h"

/* The caller's score and products, counted. */
typedef struct counter {
    const rmf_pullback_score *caller;
    rmf_ways *ways;
} counter;

static rmf_status count_call(void *context, int branch, double t, const float *x, float *score)
{
    const counter *c = context;
    c->ways->pilot_calls++;
    return c->caller->score.eval(c->caller->score.context, branch, t, x, score);
}

static rmf_status count_product(void *context, const float *v, float *product)
{
    const counter *c = context;
    c->ways->pilot_products++;
    return c->caller->pullback(c->caller->score.context, v, product);
}

/* Angles of a plan's times, falling, as a stage. */
static rmf_status turn_round(const rmf_sde *sde, const rmf_plan *plan, rmf_stage_up *out)
{
    const int n = plan->steps;
    out->steps = 0;
    if (n == 0) return RMF_OK;
    RMF_TRY(rmf_alloc((size_t)n + 1, sizeof *out->theta, (void **)&out->theta));
    out->from = rmf_angle_at(sde, plan->times[n]);
    out->to = rmf_angle_at(sde, plan->times[0]);
    out->theta[0] = out->from.theta;
    /* Times that rounding makes one angle are one. */
    for (int i = n - 1; i >= 0; i--) {
        const double theta = rmf_angle_at(sde, plan->times[i]).theta;
        if (theta - out->theta[out->steps] > 1e-13) out->theta[++out->steps] = theta;
    }
    return RMF_OK;
}

static rmf_status fill(const rmf_sampling *s, const bool *wanted, const rmf_pilot *pilot,
                       rmf_ways *ways)
{
    for (int b = 0; b < ways->branches; b++) {
        rmf_plan plan = {0};
        if (!wanted[b]) continue;
        RMF_TRY(rmf_plan_make(s, pilot, b, &plan));
        rmf_status status = turn_round(s->sde, &plan, &ways->stage[b]);
        rmf_free(plan.times);
        RMF_TRY(status);
    }
    return RMF_OK;
}

static rmf_status make(const rmf_sampling *s, const rmf_pullback_score *score, bool *wanted,
                       rmf_ways *ways)
{
    rmf_pilot pilot = {0};
    counter count = {score, ways};
    const rmf_pullback_score counted = {
        {count_call, &count, score->score.rows, score->score.features}, count_product};
    RMF_TRY(rmf_alloc((size_t)ways->branches, sizeof *ways->stage, (void **)&ways->stage));
    for (int i = 0; i < s->n_classes; i++)
        for (int b = rmf_tree_leaf(s->tree, s->classes[i]); b >= 0;
             b = rmf_tree_branch(s->tree, b)->parent)
            wanted[b] = true;
    if (!rmf_is_adaptive(s)) return fill(s, wanted, NULL, ways);
    RMF_TRY(rmf_pilot_fly(s, &(rmf_pilot_orders){&counted.score, &counted, wanted}, &pilot));
    rmf_status status = fill(s, wanted, &pilot, ways);
    rmf_pilot_free(&pilot);
    return status;
}

rmf_status rmf_ways_make(const rmf_sampling *sampling, const rmf_pullback_score *score,
                         rmf_ways *out)
{
    rmf_ways ways = {.branches = rmf_tree_branch_count(sampling->tree)};
    rmf_sampling s = *sampling;
    bool *wanted = NULL;
    s.t_from = s.sde->t_limit; /* every branch on its own times, pieces of a split one too */
    s.t_until = 0;
    s.noisy_end = true;
    s.paper = false;
    s.guidance = 0;
    s.count = 1;
    RMF_TRY(rmf_sampling_check(&s));
    RMF_TRY(rmf_alloc((size_t)ways.branches, sizeof *wanted, (void **)&wanted));
    rmf_status status = make(&s, score, wanted, &ways);
    rmf_free(wanted);
    if (status == RMF_OK)
        *out = ways;
    else
        rmf_ways_free(&ways);
    return status;
}

void rmf_ways_free(rmf_ways *ways)
{
    for (int b = 0; ways->stage && b < ways->branches; b++)
        rmf_free(ways->stage[b].theta);
    rmf_free(ways->stage);
    *ways = (rmf_ways){0};
}
