/* diffusion/sampler_runge_kutta.c – the probability-flow ODE by embedded Runge–Kutta pairs, with
 * ARKODE's error control or with steps that are given.
 *
 * The slope at a step's end is its last stage, at the state that the step returns, to the last
 * bit: so the score there is kept, and the next step with this network, or the denoised estimate
 * at the end, needs no call for it. */
#include "diffusion/flow.h"
#include "diffusion/ode.h"
#include "diffusion/sampler.h"

#include <math.h>
#include <string.h>

/* A block on its way between two times. */
typedef struct flight {
    const rmf_sde *sde;
    const rmf_score *score;
    int branch;
    rmf_angle from, to;
    int64_t n;
    float *x, *s; /* [n]: where the score was evaluated last, and what it was */
    bool known;   /* s is the score at `from` already */
    /* With log densities, which stand after u: one probe vector a row. */
    const rmf_pullback_score *pull;
    float *probe, *product; /* [n] */
} flight;

static rmf_status density_slope(flight *f, const rmf_angle *at, double *slope)
{
    const int64_t rows = f->score->rows, d = f->score->features;
    RMF_TRY(f->pull->pullback(f->pull->score.context, f->probe, f->product));
    rmf_probe_traces(&(rmf_probe){f->probe, f->product, rows, d, 1}, slope);
    for (int64_t r = 0; r < rows; r++)
        slope[r] = rmf_flow_divergence(at, d, slope[r]);
    return RMF_OK;
}

static rmf_status slope(void *context, double theta, const double *u, double *du)
{
    flight *f = context;
    const rmf_angle at = rmf_angle_between(f->sde, theta, &f->from, &f->to);
    rmf_flow_state(&at, u, f->n, f->x);
    if (!f->known) RMF_TRY(f->score->eval(f->score->context, f->branch, at.t, f->x, f->s));
    f->known = false;
    rmf_flow_velocity(&at, f->x, f->s, f->n, du);
    return f->pull ? density_slope(f, &at, du + f->n) : RMF_OK;
}

/* ---- one step ---- */

static rmf_status advance(const rmf_step *step, enum rmf_pair pair, flight *f, double *u, float *x)
{
    const rmf_ode ode = {pair, f->n, slope, f};
    const int64_t used = step->used_rows * step->score->features;
    for (int64_t i = 0; i < f->n; i++) /* padding too: it goes through the network */
        u[i] = x[i] / f->from.radius;
    const double theta[] = {f->from.theta, f->to.theta};
    RMF_TRY(rmf_ode_follow(&ode, 1, theta, u));
    for (int64_t i = 0; i < used; i++)
        x[i] = (float)(f->to.radius * u[i]);
    return RMF_OK;
}

/* Times that rounding makes one angle: nothing moves. */
static bool is_point(const flight *f)
{
    return fabs(f->from.theta - f->to.theta) < 1e-13;
}

static rmf_status take_step(const rmf_step *step, enum rmf_pair pair, float *x)
{
    const int64_t block = step->score->rows * step->score->features;
    double *u = (double *)(void *)step->work; /* work_floats: 2 for u, x, the score */
    flight f = {.sde = step->sde,
                .score = step->score,
                .branch = step->branch,
                .from = rmf_angle_at(step->sde, step->t),
                .n = block,
                .x = step->work + 2 * block,
                .s = step->work + 3 * block,
                .known = step->index > 0};
    if (step->last) {
        if (!f.known) RMF_TRY(rmf_step_score(step, step->t, x, f.s));
        rmf_step_finish(step, f.s, x);
        return RMF_OK;
    }
    f.to = rmf_angle_at(step->sde, step->s);
    if (is_point(&f)) return f.known ? RMF_OK : rmf_step_score(step, step->t, x, f.s);
    return advance(step, pair, &f, u, x);
}

/* ---- choosing times ---- */

typedef struct chooser {
    flight flight; /* first: the context of slope() */
    rmf_stretch *stretch;
    double *u; /* [n] interpolated */
    int room, looked;
} chooser;

enum { MOST_STEPS = 20000, FIRST_ROOM = 64 };
/* Of the quarter circle that θ can go.  ARKODE's own first step, a guess from the slope alone, is
 * some ten times too short, and a branch is often done in a step or two; but a step over half of
 * the way may look good to both methods of a pair and be bad. */
static const double first_step = 0.2, longest_step = 0.4;

static rmf_status add_time(chooser *c, double t)
{
    rmf_stretch *s = c->stretch;
    if (s->steps + 1 == c->room) {
        double *more = NULL;
        RMF_TRY(rmf_alloc((size_t)c->room * 2, sizeof *more, (void **)&more));
        memcpy(more, s->times, (size_t)c->room * sizeof *more);
        rmf_free(s->times);
        s->times = more;
        c->room *= 2;
    }
    s->times[++s->steps] = t;
    return RMF_OK;
}

static rmf_status after_step(void *context, const rmf_ode_step_done *done)
{
    chooser *c = context;
    flight *f = &c->flight;
    rmf_stretch *s = c->stretch;
    const rmf_angle at = rmf_angle_between(f->sde, done->to, &f->from, &f->to);
    for (; c->looked < s->n_looks && s->look[c->looked] >= at.t; c->looked++) {
        const rmf_angle look = rmf_angle_at(f->sde, s->look[c->looked]);
        RMF_TRY(rmf_ode_between(done, fmin(fmax(look.theta, done->to), done->from), c->u));
        for (int64_t i = 0; i < f->n; i++)
            s->seen[c->looked][i] = (float)(look.radius * c->u[i]);
    }
    return at.t < s->times[s->steps] ? add_time(c, at.t) : RMF_OK;
}

static rmf_status fly(chooser *c, enum rmf_pair pair, double *u)
{
    rmf_stretch *s = c->stretch;
    flight *f = &c->flight;
    const rmf_ode ode = {pair, f->n + (f->pull ? f->score->rows : 0), slope, c};
    const rmf_ode_control control = {s->rtol,      s->atol,    first_step,
                                     longest_step, MOST_STEPS, after_step};
    for (int64_t i = 0; i < f->n; i++)
        u[i] = s->x[i] / f->from.radius;
    s->times[0] = s->from;
    if (is_point(f)) return add_time(c, s->to);
    RMF_TRY(rmf_ode_solve(&ode, &control, f->from.theta, f->to.theta, u));
    for (int64_t i = 0; i < f->n; i++)
        s->x[i] = (float)(f->to.radius * u[i]);
    return RMF_OK;
}

static rmf_status allocate(chooser *c, rmf_arena *arena, double **u)
{
    flight *f = &c->flight;
    const size_t n = (size_t)f->n, all = n + (size_t)f->score->rows;
    RMF_TRY(rmf_arena_alloc(arena, all, sizeof **u, (void **)u));
    RMF_TRY(rmf_arena_alloc(arena, all, sizeof *c->u, (void **)&c->u));
    RMF_TRY(rmf_arena_alloc(arena, n, sizeof *f->x, (void **)&f->x));
    RMF_TRY(rmf_arena_alloc(arena, n, sizeof *f->s, (void **)&f->s));
    if (!f->pull) return RMF_OK;
    RMF_TRY(rmf_arena_alloc(arena, n, sizeof *f->probe, (void **)&f->probe));
    RMF_TRY(rmf_arena_alloc(arena, n, sizeof *f->product, (void **)&f->product));
    rmf_probe_draw(rmf_key_make(0, RMF_STREAM_PROBE), 0, 0, f->n, f->probe);
    return RMF_OK;
}

static rmf_status choose_times(rmf_stretch *stretch, enum rmf_pair pair)
{
    const int64_t n = stretch->score->rows * stretch->score->features;
    rmf_arena *arena = NULL;
    double *u = NULL;
    chooser c = {.flight = {.sde = stretch->sde,
                            .score = stretch->score,
                            .branch = stretch->branch,
                            .from = rmf_angle_at(stretch->sde, stretch->from),
                            .to = rmf_angle_at(stretch->sde, stretch->to),
                            .n = n,
                            .pull = stretch->pull},
                 .stretch = stretch,
                 .room = FIRST_ROOM};
    stretch->times = NULL;
    stretch->steps = 0;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&c, arena, &u);
    if (status == RMF_OK)
        status = rmf_alloc(FIRST_ROOM, sizeof *stretch->times, (void **)&stretch->times);
    if (status == RMF_OK) status = fly(&c, pair, u);
    if (status != RMF_OK) {
        rmf_free(stretch->times);
        stretch->times = NULL;
    }
    rmf_arena_free(arena);
    return status;
}

/* ---- the two pairs ---- */

static rmf_status rk23(const rmf_step *step, float *x)
{
    return take_step(step, RMF_PAIR_23, x);
}
static rmf_status choose_23(rmf_stretch *stretch)
{
    return choose_times(stretch, RMF_PAIR_23);
}
static rmf_status rk45(const rmf_step *step, float *x)
{
    return take_step(step, RMF_PAIR_45, x);
}
static rmf_status choose_45(rmf_stretch *stretch)
{
    return choose_times(stretch, RMF_PAIR_45);
}

const rmf_sampler_ops rmf_sampler_rk23 = {
    .name = "rk23",
    .summary = "probability-flow ODE, third order, steps by error control",
    .source = "Bogacki & Shampine 1989, by ARKODE (Reynolds et al. 2023)",
    .order = 3,
    .nfe_per_step = 3,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 0,
    .work_floats = 4,
    .step = rk23,
    .choose = choose_23,
};

const rmf_sampler_ops rmf_sampler_rk45 = {
    .name = "rk45",
    .summary = "probability-flow ODE, fifth order, steps by error control",
    .source = "Dormand & Prince 1980, as in Song et al. 2021, by ARKODE (Reynolds et al. 2023)",
    .order = 5,
    .nfe_per_step = 6,
    .stochastic = false,
    .grid = RMF_GRID_LOGSNR,
    .default_steps = 0,
    .work_floats = 4,
    .step = rk45,
    .choose = choose_45,
};
