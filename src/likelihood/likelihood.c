/* likelihood/likelihood.c – log densities by the instantaneous change of variables (Chen et al.
 * 2018): along du/dθ = v(u, θ) (diffusion/flow.h) the log density of u falls by ∫ div v dθ.  Up the
 * branches of a class's path the state goes on where a branch ends; the density of the child's flow
 * there is that of its parent, which is what the sampler assumes too. */
#include "ramify/likelihood.h"

#include "diffusion/ode.h"
#include "diffusion/plan.h"
#include "likelihood/path.h"

#include <math.h>
#include <string.h>

typedef struct work {
    const rmf_likelihood *request;
    const rmf_progress *progress;
    const rmf_sampling *s;
    const float *objects;
    int64_t n, rows, d, sums; /* sums: log densities of a row that are carried along */
    rmf_ways ways;
    const rmf_stage_up *stage;
    int branch;
    float *x, *score, *probe, *product; /* [rows, d]; probe [probes, rows, d] */
    double *y;                          /* [rows, d] u, then [rows, sums] */
    double *trace;                      /* [rows, sums] */
    int64_t *row;                       /* [rows] objects of the block */
    int64_t done, total;
    rmf_likelihood_report report;
    double began;
} work;

static rmf_status pull(work *w, const float *v)
{
    w->report.products++;
    return w->request->score->pullback(w->request->score->score.context, v, w->product);
}

static rmf_status exact_trace(work *w)
{
    memset(w->trace, 0, (size_t)w->rows * sizeof *w->trace);
    for (int64_t j = 0; j < w->d; j++) {
        for (int64_t r = 0; r < w->rows; r++) {
            w->probe[r * w->d + (j + w->d - 1) % w->d] = 0;
            w->probe[r * w->d + j] = 1;
        }
        RMF_TRY(pull(w, w->probe));
        for (int64_t r = 0; r < w->rows; r++)
            w->trace[r] += w->product[r * w->d + j];
    }
    return RMF_OK;
}

static rmf_status estimated_trace(work *w)
{
    for (int64_t k = 0; k < w->sums; k++) {
        const float *v = w->probe + k * w->rows * w->d;
        RMF_TRY(pull(w, v));
        rmf_probe_traces(&(rmf_probe){v, w->product, w->rows, w->d, w->sums}, w->trace + k);
    }
    return RMF_OK;
}

static rmf_status slope(void *context, double theta, const double *y, double *dy)
{
    work *w = context;
    const rmf_score *score = &w->request->score->score;
    const rmf_angle at = rmf_angle_between(w->s->sde, theta, &w->stage->from, &w->stage->to);
    const int64_t n = w->rows * w->d;
    rmf_flow_state(&at, y, n, w->x);
    w->report.calls++;
    RMF_TRY(score->eval(score->context, w->branch, at.t, w->x, w->score));
    rmf_flow_velocity(&at, w->x, w->score, n, dy);
    RMF_TRY(w->request->probes > 0 ? estimated_trace(w) : exact_trace(w));
    for (int64_t i = 0; i < w->rows * w->sums; i++)
        dy[n + i] = rmf_flow_divergence(&at, w->d, w->trace[i]);
    return RMF_OK;
}

/* ---- a block ---- */

/* An object's u at t_start, where it stands at α·x0. */
static void place(work *w, int64_t r)
{
    const float *x0 = w->objects + w->row[r] * w->d;
    const double cosine = cos(rmf_angle_at(w->s->sde, w->s->t_start).theta); /* α/r */
    for (int64_t i = 0; i < w->d; i++)
        w->y[r * w->d + i] = cosine * x0[i];
}

/* Objects row[0 … used) of a class; padding repeats the first: finite and typical. */
static void begin(work *w, int64_t used)
{
    const int64_t n = w->rows * w->d;
    const rmf_key key = rmf_key_make(w->s->seed, RMF_STREAM_PROBE);
    for (int64_t r = used; r < w->rows; r++)
        w->row[r] = w->row[0];
    for (int64_t r = 0; r < w->rows; r++) {
        place(w, r);
        for (int64_t k = 0; k < w->request->probes; k++)
            rmf_probe_draw(key, (uint64_t)w->row[r], (uint32_t)k, w->d,
                           w->probe + k * n + r * w->d);
    }
    if (w->request->probes == 0) memset(w->probe, 0, (size_t)n * sizeof *w->probe);
    memset(w->y + n, 0, (size_t)(w->rows * w->sums) * sizeof *w->y);
}

static rmf_status tell(work *w)
{
    const double spent = rmf_seconds() - w->began;
    w->done++;
    const rmf_progress_event event = {.activity = "integrating",
                                      .done = w->done,
                                      .total = w->total,
                                      .unit = "branches of blocks",
                                      .loss = NAN,
                                      .seconds_left =
                                          spent / (double)w->done * (double)(w->total - w->done)};
    if (rmf_progress_tell(w->progress, &event)) return RMF_OK;
    return rmf_fail(RMF_ERR_INTERRUPTED, "likelihood: stopped on request; nothing was kept");
}

/* All branches from the one that holds t_start up to the root. */
static rmf_status climb(work *w, int branch)
{
    const rmf_ode ode = {w->s->sampler->order == 3 ? RMF_PAIR_23 : RMF_PAIR_45,
                         w->rows * (w->d + w->sums), slope, w};
    for (int b = branch; b >= 0; b = rmf_tree_branch(w->s->tree, b)->parent) {
        w->branch = b;
        w->stage = &w->ways.stage[b];
        if (w->stage->steps > 0)
            RMF_TRY(rmf_ode_follow(&ode, w->stage->steps, w->stage->theta, w->y));
        RMF_TRY(tell(w));
    }
    return RMF_OK;
}

/* log p(x0) less the integral: the prior's density at the top, and the change of variables at both
 * ends. */
static double ends_of(const work *w, int64_t r)
{
    const double d = (double)w->d, prior = rmf_sde_prior(w->s->sde);
    const rmf_angle top = rmf_angle_at(w->s->sde, w->s->sde->t_limit);
    const rmf_angle bottom = rmf_angle_at(w->s->sde, w->s->t_start);
    double square = 0;
    for (int64_t i = r * w->d; i < (r + 1) * w->d; i++)
        square += w->y[i] * w->y[i];
    const double ratio = top.radius / prior;
    const double at_top = -0.5 * (square * ratio * ratio + d * log(2 * M_PI)) + d * log(ratio);
    return at_top + d * log(cos(bottom.theta));
}

static rmf_status store(const work *w, int place, int64_t used, double *value, double *error)
{
    const int64_t classes = w->s->n_classes, sums = w->sums;
    for (int64_t r = 0; r < used; r++) {
        const double *integral = w->y + w->rows * w->d + r * sums;
        const int64_t to = w->row[r] * classes + place;
        double mean = 0, square = 0;
        for (int64_t k = 0; k < sums; k++)
            mean += integral[k] / (double)sums;
        for (int64_t k = 0; k < sums; k++)
            square += (integral[k] - mean) * (integral[k] - mean);
        value[to] = ends_of(w, r) + mean;
        error[to] = w->request->probes == 0 ? 0
                    : sums == 1             ? NAN
                                            : sqrt(square / (double)(sums - 1) / (double)sums);
        if (!isfinite(value[to]))
            return rmf_fail(RMF_ERR_NUMERIC,
                            "likelihood: that of object %lld is not finite; expected objects like "
                            "those of the training, and tolerances that are not too loose",
                            (long long)w->row[r]);
    }
    return RMF_OK;
}

/* ---- all objects ---- */

static bool takes(const work *w, int64_t object, int place)
{
    return !w->request->only || w->request->only[object] == place;
}

static int first_branch(const work *w, int place)
{
    return rmf_tree_find(w->s->tree, w->s->classes[place], w->s->t_start);
}

static rmf_status run_class(work *w, int place, double *value, double *error)
{
    const int branch = first_branch(w, place);
    for (int64_t next = 0; next < w->n;) {
        int64_t used = 0;
        for (; next < w->n && used < w->rows; next++)
            if (takes(w, next, place)) w->row[used++] = next;
        if (used == 0) break;
        begin(w, used);
        RMF_TRY(climb(w, branch));
        RMF_TRY(store(w, place, used, value, error));
    }
    return RMF_OK;
}

/* A class before this one whose way is the same. */
static int twin(const work *w, int place)
{
    for (int i = 0; i < place && !w->request->only; i++)
        if (first_branch(w, i) == first_branch(w, place)) return i;
    return -1;
}

static int way_length(const work *w, int place, int64_t *calls)
{
    int n = 0;
    for (int b = first_branch(w, place); b >= 0; b = rmf_tree_branch(w->s->tree, b)->parent) {
        const int64_t steps = w->ways.stage[b].steps;
        *calls += steps > 0 ? w->s->sampler->nfe_per_step * steps + 1 : 0;
        n++;
    }
    return n;
}

static void count_work(work *w)
{
    int64_t calls = 0;
    for (int c = 0; c < w->s->n_classes; c++) {
        int64_t objects = 0;
        const int branches = way_length(w, c, &calls);
        for (int64_t i = 0; i < w->n; i++)
            objects += takes(w, i, c);
        if (twin(w, c) < 0) w->total += branches * ((objects + w->rows - 1) / w->rows);
    }
    w->report.nfe = (double)calls / w->s->n_classes;
}

static rmf_status run(work *w, double *value, double *error)
{
    const int classes = w->s->n_classes;
    RMF_TRY(rmf_ways_make(w->s, w->request->score, &w->ways));
    w->report.calls = w->ways.pilot_calls;
    w->report.products = w->ways.pilot_products;
    count_work(w);
    for (int64_t i = 0; i < w->n * classes; i++)
        value[i] = error[i] = NAN;
    for (int c = 0; c < classes; c++) {
        const int same = twin(w, c);
        if (same < 0) RMF_TRY(run_class(w, c, value, error));
        for (int64_t i = 0; same >= 0 && i < w->n; i++) {
            value[i * classes + c] = value[i * classes + same];
            error[i * classes + c] = error[i * classes + same];
        }
    }
    return RMF_OK;
}

static rmf_status allocate(work *w, rmf_arena *arena)
{
    const size_t rows = (size_t)w->rows, block = rows * (size_t)w->d, sums = (size_t)w->sums;
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->x, (void **)&w->x));
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->score, (void **)&w->score));
    RMF_TRY(rmf_arena_alloc(arena, block, sums * sizeof *w->probe, (void **)&w->probe));
    RMF_TRY(rmf_arena_alloc(arena, block, sizeof *w->product, (void **)&w->product));
    RMF_TRY(rmf_arena_alloc(arena, block + rows * sums, sizeof *w->y, (void **)&w->y));
    RMF_TRY(rmf_arena_alloc(arena, rows * sums, sizeof *w->trace, (void **)&w->trace));
    return rmf_arena_alloc(arena, rows, sizeof *w->row, (void **)&w->row);
}

static rmf_status check(const rmf_likelihood *request)
{
    const rmf_sampling *s = request->sampling;
    if (!request->score || !request->score->pullback || s->n_classes < 1 || request->probes < 0)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "likelihood: no score with pullback, no class or %d probes; expected all",
                        request->probes);
    for (int i = 0; i < s->n_classes; i++)
        if (s->classes[i] < 0 || s->classes[i] >= rmf_tree_class_count(s->tree))
            return rmf_fail(RMF_ERR_ARGUMENT, "likelihood: class number %d; expected 0 to %d",
                            s->classes[i], rmf_tree_class_count(s->tree) - 1);
    if (!s->sampler || !s->sampler->choose)
        return rmf_fail(RMF_ERR_USAGE,
                        "likelihood: the sampler is \"%s\"; expected rk23 or rk45, which integrate "
                        "a density along with a state",
                        s->sampler ? s->sampler->name : "");
    return RMF_OK;
}

rmf_status rmf_likelihoods(const rmf_likelihood *request, const rmf_progress *progress,
                           rmf_rows objects, double *value, double *error,
                           rmf_likelihood_report *report)
{
    RMF_TRY(check(request));
    rmf_sampling s = *request->sampling;
    s.score = &request->score->score;
    work w = {.request = request,
              .progress = progress,
              .s = &s,
              .objects = objects.x,
              .n = objects.n,
              .rows = s.score->rows,
              .d = s.score->features,
              .sums = request->probes > 0 ? request->probes : 1,
              .began = rmf_seconds()};
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = allocate(&w, arena);
    if (status == RMF_OK) status = run(&w, value, error);
    w.report.seconds = rmf_seconds() - w.began;
    if (status == RMF_OK && report) *report = w.report;
    rmf_ways_free(&w.ways);
    rmf_arena_free(arena);
    return status;
}

void rmf_dequantise(float *x, int64_t n, int64_t features, uint64_t seed)
{
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_DEQUANTISE);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < features; j++)
            x[i * features + j] += (float)(rmf_random_unit(key, (uint64_t)i, (uint32_t)j) - 0.5);
}
