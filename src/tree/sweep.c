/*
 * tree/sweep.c – single and centroid linkage as one sweep from t = 0 to t_limit.
 *
 * Distances of all pairs are computed at coarse times only.  A pair of groups whose distance has
 * fallen to ε between two of them is a candidate; where candidates are few, the exact time of each
 * is found as a root and they join in order of time; where they are many, the interval is halved:
 * joins in its first half make most candidates of the second pointless.  So only pairs that
 * matter are ever solved, and the exact times do not depend on the coarse ones.
 *
 * Invariant: at the start of an interval no two groups are within ε of each other.
 */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "tree/products.h"
#include "tree/sweep.h"

#define COARSE 129     /* times, up to MANY classes */
#define VERY_COARSE 65 /* times, beyond */
#define MANY 200
#define BATCH 64 /* candidates solved at once where one may do */
#define FEW 400  /* candidates worth solving rather than halving the interval */

struct candidate {
    double time; /* at least, until solved */
    int a, b;    /* classes, a < b */
    bool solved;
};

struct sweep {
    rmf_arena *arena;
    const rmf_sweeping *how;
    rmf_sums *sums; /* centroid linkage pools them; single linkage leaves them alone */
    rmf_distances at;
    int *group; /* forest of classes */
    int groups, n_joins;
    rmf_join *join;
    double *before;     /* [n, n] distances one coarse time earlier */
    double *class_form; /* [n, nodes, nodes] */
    double *scratch;    /* [threads, nodes, features] */
    struct candidate *candidate;
    int64_t count, capacity; /* candidates */
};

int rmf_group_of(int *parent, int class)
{
    while (parent[class] != class)
        class = parent[class] = parent[parent[class]];
    return class;
}

rmf_status rmf_noise_at(const rmf_noise *noise, double t, double *alpha, double *sigma)
{
    *alpha = *sigma = NAN;
    noise->kernel(noise->context, t, alpha, sigma);
    if (isfinite(*alpha) && isfinite(*sigma) && *alpha >= 0 && *sigma >= 0) return RMF_OK;
    return rmf_fail(RMF_ERR_NUMERIC,
                    "noise %.60s: α = %g, σ = %g at t = %g; expected finite numbers of at least "
                    "0; correct its parameters",
                    noise->name, *alpha, *sigma, t);
}

/* Distances of the classes in use; those pooled into others (item −1) are dropped first. */
RMF_CHECKED static rmf_status measure(struct sweep *s, double t)
{
    double alpha, sigma;
    int kept = 0;
    for (int i = 0; i < s->at.n; i++)
        if (s->at.item[i] >= 0) s->at.item[kept++] = s->at.item[i];
    s->at.n = kept;
    RMF_TRY(rmf_noise_at(s->how->noise, t, &alpha, &sigma));
    rmf_distances_fill(&s->at, s->sums, alpha, sigma);
    return RMF_OK;
}

RMF_CHECKED static rmf_status add_candidate(struct sweep *s, int a, int b)
{
    if (s->count == s->capacity) {
        int64_t capacity = 2 * s->capacity + 64;
        struct candidate *grown;
        RMF_NEW(s->arena, capacity, grown);
        if (s->count > 0) memcpy(grown, s->candidate, (size_t)s->count * sizeof *grown);
        s->candidate = grown;
        s->capacity = capacity;
    }
    s->candidate[s->count++] = (struct candidate){0, a, b, false};
    return RMF_OK;
}

/* Makes group[c] the group itself, so that loops over pairs need no search. */
static void flatten(struct sweep *s)
{
    for (int c = 0; c < s->sums->n_names; c++)
        s->group[c] = rmf_group_of(s->group, c);
}

/* Are the items i and j of different groups?  After flatten(). */
static bool apart(const struct sweep *s, int i, int j)
{
    return s->group[s->at.item[i]] != s->group[s->at.item[j]];
}

/* Pairs of groups that are within ε at the time measured last. */
RMF_CHECKED static rmf_status collect(struct sweep *s)
{
    const rmf_distances *at = &s->at;
    s->count = 0;
    flatten(s);
    for (int i = 0; i < at->n; i++)
        for (int j = i + 1; j < at->n; j++)
            if (apart(s, i, j) && rmf_distance(at, i, j) <= s->how->epsilon)
                RMF_TRY(add_candidate(s, at->item[i], at->item[j]));
    return RMF_OK;
}

/* The exact times of candidates first … last − 1, in an interval. */
static void solve(struct sweep *s, int64_t first, int64_t last, const double interval[2])
{
    const int64_t scratch_size = s->sums->nodes * s->sums->features;
    const bool narrow = interval[1] - interval[0] <= RMF_TIME_TOLERANCE * s->how->t_limit;
    rmf_span span = {.time = {interval[0], interval[1]}};
    rmf_span_fill(s->sums, s->how->noise, &span);
#pragma omp parallel for schedule(dynamic, 4) if (last - first > 8)
    for (int64_t i = first; i < last; i++) {
        struct candidate *c = &s->candidate[i];
        double form[RMF_MOST_NODES * RMF_MOST_NODES];
        const int pair[2] = {c->a, c->b};
        c->time = interval[1];
        c->solved = true;
        if (narrow) continue;
        rmf_pair_form(s->sums, s->class_form, pair,
                      s->scratch + omp_get_thread_num() * scratch_size, form);
        c->time = rmf_pair_crossing(s->sums, s->how, form, &span);
    }
}

/* Earlier times first; then solved ones, so that a join at hand spares solving the others. */
static int by_time(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    if (x->solved != y->solved) return x->solved ? -1 : 1;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void join(struct sweep *s, const struct candidate *c)
{
    int a = rmf_group_of(s->group, c->a), b = rmf_group_of(s->group, c->b);
    s->join[s->n_joins++] = (rmf_join){c->a, c->b, c->time};
    s->group[a > b ? a : b] = a > b ? b : a;
    s->groups--;
}

static int position(const rmf_distances *at, int class)
{
    int i = 0;
    while (at->item[i] != class)
        i++;
    return i;
}

/* Centroid linkage: class b becomes part of class a; its means and distances are brought up to
 * date at time t, where they were measured last. */
RMF_CHECKED static rmf_status pool(struct sweep *s, int a, int b, double t)
{
    const int64_t d = s->sums->features, n_all = s->sums->n_names, size = s->sums->nodes;
    rmf_distances *at = &s->at;
    int64_t i = position(at, a), gone = position(at, b);
    double alpha, sigma, rho[RMF_MOST_NODES];
    double share = s->sums->weight[a] / (s->sums->weight[a] + s->sums->weight[b]);
    for (int64_t k = 0; k < d; k++)
        at->mean[i * d + k] = share * at->mean[i * d + k] + (1 - share) * at->mean[gone * d + k];
    rmf_sums_pool(s->sums, a, b);
    rmf_class_form(s->sums, a, s->class_form + a * size * size);
    at->item[gone] = -1;
    for (int64_t j = 0; j < at->n; j++)
        at->gram[(i < j ? i : j) * at->n + (i < j ? j : i)] =
            rmf_dot_f64(at->mean + i * d, at->mean + j * d, d);
    RMF_TRY(rmf_noise_at(s->how->noise, t, &alpha, &sigma));
    rmf_sums_rho(s->sums, alpha, sigma, rho);
    at->excess[i] = rmf_excess(s->sums, a, at->gram[i * at->n + i], rho);
    for (int64_t j = 0; j < n_all; j++) /* a new thing: it did not rise */
        s->before[a * n_all + j] = s->before[j * n_all + a] = INFINITY;
    return RMF_OK;
}

/* Solves candidates from `first` on until one of them joins at once: it is the next to join, and
 * that makes the others, which have a class in common with it, obsolete. */
static void solve_until_one_joins(struct sweep *s, int64_t first, const double interval[2])
{
    bool joins = false;
    for (int64_t i = first; i < s->count; i++)
        s->candidate[i].time = interval[0];
    for (int64_t done = first; done < s->count && !joins; done += BATCH) {
        int64_t last = done + BATCH < s->count ? done + BATCH : s->count;
        solve(s, done, last, interval);
        for (int64_t i = done; i < last; i++)
            joins = joins || s->candidate[i].time <= interval[0];
    }
}

/* Drops the candidates of two classes that were pooled and adds those of the result. */
RMF_CHECKED static rmf_status renew(struct sweep *s, const struct candidate *joined, double end)
{
    const double interval[2] = {joined->time, end};
    int64_t kept = 0;
    int i = position(&s->at, joined->a);
    for (int64_t k = 0; k < s->count; k++) {
        const struct candidate *c = &s->candidate[k];
        if (c->a != joined->a && c->a != joined->b && c->b != joined->a && c->b != joined->b)
            s->candidate[kept++] = *c;
    }
    s->count = kept;
    for (int j = 0; j < s->at.n; j++) {
        int other = s->at.item[j];
        if (j == i || other < 0 ||
            rmf_distance(&s->at, i < j ? i : j, i < j ? j : i) > s->how->epsilon)
            continue;
        RMF_TRY(add_candidate(s, other < joined->a ? other : joined->a,
                              other < joined->a ? joined->a : other));
    }
    solve_until_one_joins(s, kept, interval);
    return RMF_OK;
}

/* The candidate that joins next. */
static int64_t find_first(const struct sweep *s)
{
    int64_t first = 0;
    for (int64_t k = 1; k < s->count; k++)
        if (by_time(&s->candidate[k], &s->candidate[first]) < 0) first = k;
    return first;
}

/* All joins of the candidates at hand. */
RMF_CHECKED static rmf_status resolve(struct sweep *s, const double interval[2])
{
    if (s->count == 0) return RMF_OK;
    solve(s, 0, s->count, interval);
    if (s->how->linkage == RMF_LINKAGE_SINGLE) {
        qsort(s->candidate, (size_t)s->count, sizeof *s->candidate, by_time);
        for (int64_t k = 0; k < s->count; k++) {
            const struct candidate *c = &s->candidate[k];
            if (rmf_group_of(s->group, c->a) != rmf_group_of(s->group, c->b)) join(s, c);
        }
        return RMF_OK;
    }
    while (s->count > 0) {
        int64_t first = find_first(s);
        const struct candidate next = s->candidate[first];
        if (!next.solved) {
            solve(s, first, first + 1, (const double[2]){next.time, interval[1]});
            continue;
        }
        join(s, &next);
        RMF_TRY(pool(s, next.a, next.b, interval[1]));
        RMF_TRY(renew(s, &next, interval[1]));
    }
    return RMF_OK;
}

/* All joins in (low, high]; distances have been measured at high. */
RMF_CHECKED static rmf_status advance(struct sweep *s, double low, double high)
{
    const double interval[2] = {low, high}, middle = 0.5 * (low + high);
    RMF_TRY(collect(s));
    if (s->count <= FEW || high - low <= RMF_TIME_TOLERANCE * s->how->t_limit)
        return resolve(s, interval);
    RMF_TRY(measure(s, middle));
    RMF_TRY(advance(s, low, middle));
    if (s->groups == 1) return RMF_OK;
    RMF_TRY(measure(s, high));
    return advance(s, middle, high);
}

/* Did a distance of two groups grow since the coarse time before?  Keeps the new ones. */
static bool rises(struct sweep *s)
{
    const rmf_distances *at = &s->at;
    const int64_t n = s->sums->n_names;
    bool grown = false;
    flatten(s);
    for (int i = 0; i < at->n; i++)
        for (int j = i + 1; j < at->n; j++) {
            double *before = &s->before[at->item[i] * n + at->item[j]];
            double now = rmf_distance(at, i, j);
            grown = grown || (now > *before + 1e-6 * s->how->epsilon && apart(s, i, j));
            *before = now;
        }
    return grown;
}

/* Where distances do not fall steadily a dip below ε may hide: look at all times asked for. */
RMF_CHECKED static rmf_status advance_finely(struct sweep *s, double low, double high)
{
    int parts = (int)ceil((high - low) / s->how->t_limit * (s->how->times - 1));
    for (int p = 1; p <= parts && s->groups > 1; p++) {
        double from = low + (high - low) * (p - 1) / parts, to = low + (high - low) * p / parts;
        RMF_TRY(measure(s, p == parts ? high : to));
        RMF_TRY(advance(s, from, p == parts ? high : to));
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status fail_apart(struct sweep *s)
{
    const rmf_distances *at = &s->at;
    int a = -1, b = -1;
    double nearest = INFINITY;
    flatten(s);
    for (int i = 0; i < at->n; i++)
        for (int j = i + 1; j < at->n; j++) {
            if (at->item[i] < 0 || at->item[j] < 0 || !apart(s, i, j) ||
                rmf_distance(at, i, j) >= nearest)
                continue;
            nearest = rmf_distance(at, i, j);
            a = at->item[i];
            b = at->item[j];
        }
    return rmf_fail(RMF_ERR_NUMERIC,
                    "discovery: classes \"%.60s\" and \"%.60s\" are still %.4g apart at t = %g; "
                    "expected at most ε = %.4g; use more noise or a larger ε",
                    a < 0 ? "?" : s->sums->name[a], b < 0 ? "?" : s->sums->name[b], nearest,
                    s->how->t_limit, s->how->epsilon);
}

RMF_CHECKED static rmf_status run(struct sweep *s)
{
    const int steps = (s->sums->n_names <= MANY ? COARSE : VERY_COARSE) - 1;
    const double start[2] = {0, 0};
    RMF_TRY(measure(s, 0));
    (void)rises(s);
    RMF_TRY(collect(s));
    RMF_TRY(resolve(s, start));
    for (int g = 1; g <= steps && s->groups > 1; g++) {
        double low = s->how->t_limit * (g - 1) / steps, high = s->how->t_limit * g / steps;
        rmf_progress_event event = {"discovery", g, steps, "times", NAN, NAN, NULL};
        RMF_TRY(measure(s, high));
        if (rises(s) && (s->how->times - 1) > steps)
            RMF_TRY(advance_finely(s, low, high));
        else
            RMF_TRY(advance(s, low, high));
        if (!rmf_progress_tell(s->how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    return s->groups > 1 ? fail_apart(s) : RMF_OK;
}

RMF_CHECKED static rmf_status prepare(struct sweep *s, const rmf_sums *sums)
{
    const size_t n = (size_t)sums->n_names, nodes = (size_t)sums->nodes;
    if (s->how->linkage == RMF_LINKAGE_CENTROID)
        RMF_TRY(rmf_sums_copy(sums, &s->sums));
    else
        s->sums = (rmf_sums *)sums; /* only read */
    RMF_TRY(rmf_distances_new(s->arena, sums, &s->at));
    RMF_NEW(s->arena, n, s->group);
    RMF_NEW(s->arena, n * n, s->before);
    RMF_NEW(s->arena, n * nodes * nodes, s->class_form);
    RMF_NEW(s->arena, (size_t)omp_get_max_threads() * nodes * (size_t)sums->features, s->scratch);
    s->groups = sums->n_names;
    for (int c = 0; c < sums->n_names; c++) {
        s->group[c] = c;
        rmf_class_form(sums, c, s->class_form + (size_t)c * nodes * nodes);
    }
    for (size_t i = 0; i < n * n; i++)
        s->before[i] = INFINITY;
    return run(s);
}

rmf_status rmf_sweep(const rmf_sums *sums, const rmf_sweeping *how, rmf_join *joins)
{
    struct sweep s = {.how = how, .join = joins};
    RMF_TRY(rmf_arena_create(&s.arena));
    rmf_status status = prepare(&s, sums);
    if (how->linkage == RMF_LINKAGE_CENTROID) rmf_sums_free(s.sums);
    rmf_arena_free(s.arena);
    return status;
}
