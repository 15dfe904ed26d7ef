/* diffusion/pilot.c – the times of an adaptive method.
 *
 * All rows of a block are at one time.  Steps that each block chose for itself would make a sample
 * depend on its neighbours; steps that each row chose would evaluate the network row by row.  So a
 * pilot goes down the tree first: one block of samples under the method's own error control.  Its
 * steps are those of all blocks, and the error that it keeps is theirs up to the difference of two
 * draws.  The pilot is the same for every seed, request and number of samples, and each branch gets
 * the states that its parent's pilot ended with; so the times of a branch depend on the model and
 * the tolerances alone.
 *
 * The pieces of a branch that was split when a class was added are flown as the branch that they
 * were, so that old classes keep their times; the pilot of the class that leaves starts from the
 * state in between. */
#include "diffusion/plan.h"

#include <math.h>
#include <string.h>

typedef struct flight {
    const rmf_sampling *s;
    const rmf_score *score;
    const rmf_pullback_score *pull;
    const bool *wanted;
    rmf_pilot *pilot;
} flight;

bool rmf_is_adaptive(const rmf_sampling *sampling)
{
    return sampling->steps == 0 && sampling->sampler->choose;
}

void rmf_pilot_free(rmf_pilot *pilot)
{
    for (int b = 0; pilot->times && b < pilot->branches; b++)
        rmf_free(pilot->times[b]);
    rmf_free(pilot->times);
    rmf_free(pilot->steps);
    *pilot = (rmf_pilot){0};
}

/* Scores of the piece that holds the time. */
static rmf_status piece_eval(void *context, int branch, double t, const float *x, float *score)
{
    const flight *f = context;
    const rmf_tree *tree = f->s->tree;
    int piece = branch, next;
    while (t < rmf_tree_branch(tree, piece)->t_start &&
           (next = rmf_tree_continuation(tree, piece)) >= 0)
        piece = next;
    RMF_TRY(f->score->eval(f->score->context, piece, t, x, score));
    const int64_t n = f->score->rows * f->score->features;
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(score[i]))
            return rmf_fail(RMF_ERR_NUMERIC,
                            "sampling: branch %d gave a score that is not finite; expected finite "
                            "ones: train longer",
                            piece);
    return RMF_OK;
}

/* ---- who goes on where ---- */

/* A branch that begins within or at the end of the one under way, and its first states. */
typedef struct heir {
    int branch;
    double time;
    float *x;
} heir;

static int last_piece(const flight *f, int branch)
{
    for (int next = branch; next >= 0; next = rmf_tree_continuation(f->s->tree, next))
        branch = next;
    return branch;
}

static int count_heirs(const flight *f, int first)
{
    int n = 0;
    for (int b = first; b >= 0; b = rmf_tree_continuation(f->s->tree, b))
        n += rmf_tree_branch(f->s->tree, b)->n_children;
    return n;
}

/* Times falling, as the pieces come. */
static int list_heirs(const flight *f, int first, heir *heirs)
{
    const double end = fmax(f->s->t_start, f->s->t_until);
    int n = 0;
    for (int b = first; b >= 0; b = rmf_tree_continuation(f->s->tree, b)) {
        const rmf_branch *branch = rmf_tree_branch(f->s->tree, b);
        const int next = rmf_tree_continuation(f->s->tree, b);
        for (int i = 0; i < branch->n_children; i++) {
            const int child = branch->children[i];
            if (child != next && f->wanted[child] && branch->t_start > end)
                heirs[n++] = (heir){.branch = child, .time = branch->t_start};
        }
    }
    return n;
}

static rmf_status fly(flight *f, int first, float *x);

static rmf_status fly_heirs(flight *f, const heir *heirs, int n)
{
    rmf_status status = RMF_OK;
    for (int i = 0; status == RMF_OK && i < n; i++)
        status = fly(f, heirs[i].branch, heirs[i].x);
    return status;
}

/* One branch from its t_end to its end or t_start; x [rows, features] is lost. */
static rmf_status fly_branch(flight *f, int first, double low, rmf_arena *arena, float *x)
{
    const rmf_branch *b = rmf_tree_branch(f->s->tree, first);
    const size_t block = (size_t)(f->score->rows * f->score->features);
    const size_t room = (size_t)count_heirs(f, first) + 1;
    heir *heirs = NULL;
    double *look = NULL;
    float **seen = NULL;
    RMF_TRY(rmf_arena_alloc(arena, room, sizeof *heirs, (void **)&heirs));
    RMF_TRY(rmf_arena_alloc(arena, room, sizeof *look, (void **)&look));
    RMF_TRY(rmf_arena_alloc(arena, room, sizeof *seen, (void **)&seen));
    const int n = list_heirs(f, first, heirs);
    for (int i = 0; i < n; i++) {
        RMF_TRY(rmf_arena_alloc(arena, block, sizeof *x, (void **)&heirs[i].x));
        look[i] = heirs[i].time;
        seen[i] = heirs[i].x;
        memcpy(seen[i], x, block * sizeof *x); /* of a branch without length */
    }
    const rmf_score pieces = {piece_eval, f, f->score->rows, f->score->features};
    rmf_stretch stretch = {.sde = f->s->sde,
                           .score = &pieces,
                           .branch = first,
                           .from = b->t_end,
                           .to = low,
                           .rtol = f->s->rtol,
                           .atol = f->s->atol,
                           .pull = f->pull,
                           .x = x,
                           .n_looks = n,
                           .look = look,
                           .seen = seen};
    if (low < b->t_end) {
        RMF_TRY(f->s->sampler->choose(&stretch));
        f->pilot->times[first] = stretch.times;
        f->pilot->steps[first] = stretch.steps;
    }
    return fly_heirs(f, heirs, n);
}

static rmf_status fly(flight *f, int first, float *x)
{
    const rmf_branch *last = rmf_tree_branch(f->s->tree, last_piece(f, first));
    const double low = fmax(last->t_start, f->s->t_start);
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = fly_branch(f, first, low, arena, x);
    rmf_arena_free(arena);
    return status;
}

static rmf_status start(flight *f)
{
    const rmf_key key = rmf_key_fold(rmf_key_make(0, RMF_STREAM_PRIOR), RMF_STREAM_SAMPLER);
    const int64_t d = f->score->features;
    const float scale = (float)rmf_sde_prior(f->s->sde);
    float *x = NULL;
    RMF_TRY(rmf_alloc((size_t)f->score->rows, (size_t)d * sizeof *x, (void **)&x));
    for (int64_t r = 0; r < f->score->rows; r++) {
        rmf_random_normal(key, (uint64_t)r, 0, x + r * d, (size_t)d);
        for (int64_t i = 0; i < d; i++)
            x[r * d + i] *= scale;
    }
    rmf_status status = fly(f, 0, x);
    rmf_free(x);
    return status;
}

rmf_status rmf_pilot_fly(const rmf_sampling *sampling, const rmf_pilot_orders *orders,
                         rmf_pilot *out)
{
    rmf_pilot pilot = {.branches = rmf_tree_branch_count(sampling->tree)};
    const size_t branches = (size_t)pilot.branches;
    rmf_status status = rmf_alloc(branches, sizeof *pilot.times, (void **)&pilot.times);
    if (status == RMF_OK) status = rmf_alloc(branches, sizeof *pilot.steps, (void **)&pilot.steps);
    flight f = {.s = sampling,
                .score = orders->score,
                .pull = orders->pull,
                .wanted = orders->wanted,
                .pilot = &pilot};
    if (status == RMF_OK) status = start(&f);
    if (status != RMF_OK) {
        rmf_pilot_free(&pilot);
        return status;
    }
    *out = pilot;
    return RMF_OK;
}
