/* diffusion/steps.c – times of processes that are defined at whole steps only. */
#include "ramify/diffusion.h"

#include <math.h>

int rmf_sde_steps(const rmf_sde *sde)
{
    return sde->ops->steps ? sde->ops->steps(sde) : 0;
}

double rmf_sde_settle(const rmf_sde *sde, double t)
{
    const int steps = rmf_sde_steps(sde);
    return steps > 0 ? round(t / sde->t_limit * steps) / steps * sde->t_limit : t;
}

rmf_status rmf_sde_check_time(const rmf_sde *sde, const char *what, double t)
{
    const int steps = rmf_sde_steps(sde);
    const double at = t / sde->t_limit * steps;
    if (steps == 0 || fabs(at - round(at)) <= RMF_STEP_TOLERANCE) return RMF_OK;
    return rmf_fail(RMF_ERR_USAGE,
                    "%s is %.9g, step %.6g of %d; expected a whole step, such as %.9g", what, t, at,
                    steps, rmf_sde_settle(sde, t));
}

int rmf_sde_branch(const rmf_sde *sde, const rmf_tree *tree, int class_index, double t)
{
    const int steps = rmf_sde_steps(sde);
    return rmf_tree_find(tree, class_index, steps > 0 ? t - 0.5 * sde->t_limit / steps : t);
}
