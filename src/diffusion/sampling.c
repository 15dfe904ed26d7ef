/* diffusion/sampling.c – what must hold before sampling starts. */
#include "diffusion/plan.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <stdio.h>

#define MAX_STEPS 1000000     /* a step owns 64 of 2³² noise counters */
#define MAX_COUNT (1LL << 40) /* samples share an address with their class */

static rmf_status check_guides(const rmf_sampling *s)
{
    if (s->guidance == 0) return RMF_OK;
    if (!s->guide)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: guidance is %g but no branch has a guide; expected a list of "
                        "them, or guidance 0",
                        s->guidance);
    const int branches = rmf_tree_branch_count(s->tree);
    for (int b = 0; b < branches; b++)
        if (s->guide[b] < -1 || s->guide[b] >= branches)
            return rmf_fail(RMF_ERR_ARGUMENT,
                            "sampling: the guide of branch %d is %d; expected -1 to %d", b,
                            s->guide[b], branches - 1);
    return RMF_OK;
}

/* In discrete time there is nothing between the steps. */
static rmf_status check_steps(const rmf_sampling *s)
{
    char what[64];
    RMF_TRY(rmf_sde_check_time(s->sde, "sampling: t_start", s->t_start));
    RMF_TRY(rmf_sde_check_time(s->sde, "sampling: the time where it starts", s->t_from));
    RMF_TRY(rmf_sde_check_time(s->sde, "sampling: the time where it stops", s->t_until));
    for (int b = 0; b < rmf_tree_branch_count(s->tree); b++) {
        snprintf(what, sizeof what, "sampling: the start of branch %d", b);
        RMF_TRY(rmf_sde_check_time(s->sde, what, rmf_tree_branch(s->tree, b)->t_start));
    }
    return RMF_OK;
}

rmf_status rmf_sampling_check(const rmf_sampling *s)
{
    if (!s->tree || !s->sde || !s->sampler)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: tree, process or sampler is missing; expected all three");
    const double limit = s->sde->t_limit;
    if (fabs(rmf_tree_limit(s->tree) - limit) > 1e-9)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "sampling: the tree ends at time %g and the process at %g; expected the "
                        "same time",
                        rmf_tree_limit(s->tree), limit);
    if (rmf_is_adaptive(s)) {
        if (!(s->rtol > 0 && s->atol > 0 && isfinite(s->rtol) && isfinite(s->atol)))
            return rmf_fail(RMF_ERR_USAGE,
                            "sampling: tolerances are %g and %g; expected positive numbers",
                            s->rtol, s->atol);
        if (rmf_sde_steps(s->sde) > 0)
            return rmf_fail(
                RMF_ERR_USAGE,
                "sampling: %s chooses its times, but the process has %d steps and no time "
                "between; expected a number of steps, or another sampler",
                s->sampler->name, rmf_sde_steps(s->sde));
    } else if (s->steps < 2 || s->steps > MAX_STEPS)
        return rmf_fail(RMF_ERR_USAGE, "sampling: %d steps; expected 2 to %d", s->steps, MAX_STEPS);
    if (!(s->t_start > 0 && s->t_start < limit))
        return rmf_fail(RMF_ERR_USAGE, "sampling: t_start is %g; expected between 0 and %g",
                        s->t_start, limit);
    const double from = s->t_from == 0 ? limit : s->t_from;
    if (!(from > s->t_start && from <= limit))
        return rmf_fail(RMF_ERR_USAGE,
                        "sampling: it starts at time %g; expected a time above %g, up to %g",
                        s->t_from, s->t_start, limit);
    if (s->t_until != 0 && !(s->t_until >= s->t_start && s->t_until <= from))
        return rmf_fail(RMF_ERR_USAGE,
                        "sampling: it stops at time %g; expected 0, or a time from %g to %g",
                        s->t_until, s->t_start, from);
    if (s->grid == RMF_GRID_RHO && !(s->rho > 0 && isfinite(s->rho)))
        return rmf_fail(RMF_ERR_USAGE, "sampling: rho is %g; expected a positive number", s->rho);
    if (!(s->snr >= 0 && isfinite(s->snr)))
        return rmf_fail(RMF_ERR_USAGE, "sampling: snr is %g; expected 0 or more", s->snr);
    if (s->corrector_steps < 0 || s->corrector_steps > RMF_MAX_CORRECTOR_STEPS)
        return rmf_fail(RMF_ERR_USAGE, "sampling: %d corrector steps; expected 0 to %d",
                        s->corrector_steps, RMF_MAX_CORRECTOR_STEPS);
    if (s->branch_corrector_steps < 0 || s->branch_corrector_steps > RMF_MAX_CORRECTOR_STEPS)
        return rmf_fail(RMF_ERR_USAGE,
                        "sampling: %d corrector steps at branch points; expected 0 to %d",
                        s->branch_corrector_steps, RMF_MAX_CORRECTOR_STEPS);
    if (!(s->churn.amount >= 0 && s->churn.noise >= 0 && isfinite(s->churn.noise)))
        return rmf_fail(RMF_ERR_USAGE, "sampling: churn is %g with noise %g; expected 0 or more",
                        s->churn.amount, s->churn.noise);
    if (s->count < 0 || s->count >= MAX_COUNT)
        return rmf_fail(RMF_ERR_USAGE, "sampling: %lld samples a class; expected 0 to %lld",
                        (long long)s->count, MAX_COUNT - 1);
    if (!(s->guidance >= -1 && isfinite(s->guidance)))
        return rmf_fail(RMF_ERR_USAGE, "sampling: guidance is %g; expected -1 or more, 0 for none",
                        s->guidance);
    if (!(s->eta >= 0 && s->eta <= 1))
        return rmf_fail(RMF_ERR_USAGE, "sampling: eta is %g; expected 0 to 1", s->eta);
    RMF_TRY(check_steps(s));
    return check_guides(s);
}
