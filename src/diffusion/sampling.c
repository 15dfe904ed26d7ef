/* diffusion/sampling.c – what must hold before sampling starts. */
#include "diffusion/plan.h"
#include "diffusion/sampler.h"

#include <math.h>

#define MAX_STEPS 1000000     /* a step owns 64 of 2³² noise counters */
#define MAX_COUNT (1LL << 40) /* samples share an address with their class */

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
    if (s->steps < 2 || s->steps > MAX_STEPS)
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
    if (s->count < 0 || s->count >= MAX_COUNT)
        return rmf_fail(RMF_ERR_USAGE, "sampling: %lld samples a class; expected 0 to %lld",
                        (long long)s->count, MAX_COUNT - 1);
    return RMF_OK;
}
