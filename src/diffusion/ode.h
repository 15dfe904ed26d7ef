/* diffusion/ode.h – ordinary differential equations by the explicit Runge–Kutta pairs of ARKODE
 * (SUNDIALS; Reynolds et al. 2023). */
#ifndef RMF_DIFFUSION_ODE_H
#define RMF_DIFFUSION_ODE_H

#include "ramify/core.h"

/** Both have the slope at the end of a step as their last stage: who keeps it saves the first call
 * of the next one. */
enum rmf_pair {
    RMF_PAIR_23, /* order 3 with a second one of order 2, 4 calls (Bogacki & Shampine 1989) */
    RMF_PAIR_45  /* order 5 with a second one of order 4, 7 calls (Dormand & Prince 1980) */
};

/** dy/ds = slope(s, y) for n numbers. */
typedef struct rmf_ode {
    enum rmf_pair pair;
    int64_t n;
    rmf_status (*slope)(void *context, double s, const double *y, double *dy);
    void *context;
} rmf_ode;

/** Steps through s[0] … s[steps], rising or falling, y [n] at the first to y at the last; no error
 * control, so no number of y depends on another but through slope().  RMF_ERR_NUMERIC where two are
 * less than rounding apart. */
RMF_CHECKED rmf_status rmf_ode_follow(const rmf_ode *ode, int steps, const double *s, double *y);

/** A step that was just made. */
typedef struct rmf_ode_step_done {
    double from, to;
    void *solver;
    int64_t n;
} rmf_ode_step_done;
/** Steps by error control: in each one the root mean square of error/(rtol·|y| + atol) over all n
 * numbers stays below 1. */
typedef struct rmf_ode_control {
    double rtol, atol;
    double first, longest; /* steps: the first one that is tried, and none is longer than */
    int most;              /* steps */
    /** After every step.  rmf_ode_between() answers for what lies within it. */
    rmf_status (*after)(void *context, const rmf_ode_step_done *done);
} rmf_ode_control;
/** y [n] at a time within the step, interpolated to third order. */
RMF_CHECKED rmf_status rmf_ode_between(const rmf_ode_step_done *done, double s, double *y);
/** From y at `from` to y at `to`.  RMF_ERR_NUMERIC if that takes too many steps, or too small ones.
 */
RMF_CHECKED rmf_status rmf_ode_solve(const rmf_ode *ode, const rmf_ode_control *control,
                                     double from, double to, double *y);

#endif
