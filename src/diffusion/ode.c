/* diffusion/ode.c – ARKODE's explicit integrator, one solver a call: its vectors are little beside
 * the networks that slopes are made of, and no state outlives a call.  The only file that knows
 * SUNDIALS. */
#include "diffusion/ode.h"

#include <math.h>

#include <arkode/arkode_erkstep.h>
#include <nvector/nvector_serial.h>

enum { MOST_FAILURES = 20 };

typedef struct solver {
    const rmf_ode *ode;
    rmf_status status; /* of the slope */
    SUNContext context;
    N_Vector y;
    void *memory;
} solver;

static int slope(realtype s, N_Vector y, N_Vector dy, void *data)
{
    solver *v = data;
    v->status = v->ode->slope(v->ode->context, s, NV_DATA_S(y), NV_DATA_S(dy));
    return v->status == RMF_OK ? 0 : -1;
}

/* The library never prints: what went wrong is in the return value. */
static void say_nothing(int code, const char *module, const char *function, char *text, void *data)
{
    (void)code, (void)module, (void)function, (void)text, (void)data;
}

static void finish(solver *v)
{
    if (v->memory) ERKStepFree(&v->memory);
    if (v->y) N_VDestroy(v->y);
    if (v->context) SUNContext_Free(&v->context);
}

/* A message that the slope left is the better one. */
static rmf_status fail(const solver *v, const char *what)
{
    if (v->status != RMF_OK) return v->status;
    return rmf_fail(RMF_ERR_NUMERIC, "differential equation: %s", what);
}

static bool create(solver *v, double from, double *y)
{
    static const ARKODE_ERKTableID table[] = {ARKODE_BOGACKI_SHAMPINE_4_2_3,
                                              ARKODE_DORMAND_PRINCE_7_4_5};
    if (SUNContext_Create(NULL, &v->context) != 0) return false;
    v->y = N_VMake_Serial(v->ode->n, y, v->context);
    if (v->y) v->memory = ERKStepCreate(slope, from, v->y, v->context);
    return v->memory && ERKStepSetErrHandlerFn(v->memory, say_nothing, NULL) == ARK_SUCCESS &&
           ERKStepSetUserData(v->memory, v) == ARK_SUCCESS &&
           ERKStepSetTableNum(v->memory, table[v->ode->pair]) == ARK_SUCCESS &&
           ERKStepSetInterpolantDegree(v->memory, 3) == ARK_SUCCESS;
}

rmf_status rmf_ode_follow(const rmf_ode *ode, int steps, const double *s, double *y)
{
    solver v = {.ode = ode};
    double reached = s[0];
    rmf_status status = RMF_OK;
    if (!create(&v, s[0], y))
        status = rmf_fail(RMF_ERR_MEMORY, "differential equation: no memory for its solver");
    for (int i = 1; status == RMF_OK && i <= steps; i++)
        if (ERKStepSetFixedStep(v.memory, s[i] - reached) != ARK_SUCCESS ||
            ERKStepEvolve(v.memory, s[i], v.y, &reached, ARK_ONE_STEP) < 0)
            status =
                fail(&v, "no step can be made; expected times that differ, and finite numbers");
    finish(&v);
    return status;
}

rmf_status rmf_ode_between(const rmf_ode_step_done *done, double s, double *y)
{
    solver *v = done->solver;
    N_Vector into = N_VMake_Serial(done->n, y, v->context);
    if (!into) return rmf_fail(RMF_ERR_MEMORY, "differential equation: no memory for a state");
    const int result = ERKStepGetDky(v->memory, s, 0, into);
    N_VDestroy(into);
    return result == ARK_SUCCESS ? RMF_OK : fail(v, "asked for a time outside of the last step");
}

static rmf_status run(solver *v, const rmf_ode_control *control, double from, double to)
{
    double reached = from;
    for (int i = 0; reached != to; i++) {
        if (i == control->most)
            return rmf_fail(RMF_ERR_NUMERIC,
                            "differential equation: more than %d steps with rtol %g and atol %g; "
                            "expected larger tolerances",
                            control->most, control->rtol, control->atol);
        rmf_ode_step_done done = {.from = reached, .solver = v, .n = v->ode->n};
        if (ERKStepEvolve(v->memory, to, v->y, &reached, ARK_ONE_STEP) < 0)
            return fail(v, "its steps became too small; expected larger tolerances: rounding of "
                           "the network is about 1e-6");
        done.to = reached;
        RMF_TRY(control->after(v->ode->context, &done));
    }
    return RMF_OK;
}

rmf_status rmf_ode_solve(const rmf_ode *ode, const rmf_ode_control *control, double from, double to,
                         double *y)
{
    solver v = {.ode = ode};
    rmf_status status;
    if (!create(&v, from, y) ||
        ERKStepSStolerances(v.memory, control->rtol, control->atol) != ARK_SUCCESS ||
        ERKStepSetInitStep(v.memory, copysign(fmin(control->first, fabs(to - from)), to - from)) !=
            ARK_SUCCESS ||
        ERKStepSetMaxStep(v.memory, control->longest) != ARK_SUCCESS ||
        ERKStepSetMaxErrTestFails(v.memory, MOST_FAILURES) != ARK_SUCCESS ||
        ERKStepSetStopTime(v.memory, to) != ARK_SUCCESS)
        status = rmf_fail(RMF_ERR_MEMORY, "differential equation: no memory for its solver");
    else
        status = run(&v, control, from, to);
    finish(&v);
    return status;
}
