/*
 * tree/criterion.c – the registry of criteria, and joins by any of them.
 *
 * A pair crosses at the first time with d'² ≤ 2·d·ε.  Times of a coarse grid bracket the crossing,
 * halving finds it.
 */
#include "tree/criterion.h"

#include <math.h>
#include <string.h>

#include "tree/linking.h"

static const rmf_criterion_ops *const rows[] = {&rmf_criterion_cosine, &rmf_criterion_linear,
                                                &rmf_criterion_mmd, NULL};

const rmf_criterion_ops *const *rmf_criterion_registry(void)
{
    return rows;
}

const rmf_criterion_ops *rmf_criterion_find(const char *name)
{
    for (const rmf_criterion_ops *const *row = rows; *row; row++)
        if (strcmp((*row)->name, name) == 0) return *row;
    return NULL;
}

double rmf_sibling_accuracy(double separation)
{
    return 0.5 * erfc(-0.5 * sqrt(separation) * 0.70710678118654752440);
}

double rmf_sibling_epsilon(double accuracy, int64_t features)
{
    const double separation = 2 * rmf_normal_quantile(accuracy); /* d' */
    return separation * separation / (2 * (double)features);
}

int64_t rmf_criterion_most(const rmf_criterion_ops *criterion, int64_t max_per_class)
{
    return max_per_class > 0 || criterion == NULL ? max_per_class : criterion->most_objects;
}

rmf_status rmf_criterion_room(const char *name, double numbers)
{
    if (numbers <= (double)(RMF_CRITERION_BYTES / sizeof(double))) return RMF_OK;
    return rmf_fail(RMF_ERR_UNSUPPORTED,
                    "discovery: criterion %s would need %.1f GiB; use the cosine, or fewer objects",
                    name, numbers * sizeof(double) / (double)((size_t)1 << 30));
}

rmf_status rmf_crossings_open(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                              const rmf_picks *picks, const rmf_sweeping *how, rmf_crossings *out)
{
    rmf_crossings c = {
        .ops = criterion, .how = how, .limit = 2 * (double)data->features * how->epsilon};
    for (int g = 0; g <= RMF_COARSE; g++)
        RMF_TRY(rmf_noise_at(how->noise, how->t_limit * g / RMF_COARSE, &c.alpha[g], &c.sigma[g]));
    RMF_TRY(criterion->create(data, picks, &c.state));
    *out = c;
    return RMF_OK;
}

void rmf_crossings_close(rmf_crossings *crossings)
{
    if (crossings->ops != NULL) crossings->ops->destroy(crossings->state);
    *crossings = (rmf_crossings){0};
}

static bool alike(const rmf_crossings *c, int a, int b, double alpha, double sigma)
{
    return c->ops->separation(c->state, a, b, alpha, sigma) <= c->limit;
}

static bool alike_at(const rmf_crossings *c, int a, int b, int g)
{
    return alike(c, a, b, c->alpha[g], c->sigma[g]);
}

/* The crossing between grid points g − 1, where the classes are apart, and g. */
static double halve(const rmf_crossings *c, int a, int b, int g)
{
    const double limit = c->how->t_limit;
    double low = limit * (g - 1) / RMF_COARSE, high = limit * g / RMF_COARSE;
    while (high - low > 1e-12 * limit) {
        double t = 0.5 * (low + high), alpha, sigma;
        if (t <= low || t >= high) break;
        c->how->noise->kernel(c->how->noise->context, t, &alpha, &sigma);
        if (alike(c, a, b, alpha, sigma))
            high = t;
        else
            low = t;
    }
    return high;
}

double rmf_crossing_first(const rmf_crossings *c, int a, int b)
{
    int g = 0;
    while (g <= RMF_COARSE && !alike_at(c, a, b, g))
        g++;
    if (g > RMF_COARSE) return INFINITY;
    return g == 0 ? 0 : halve(c, a, b, g);
}

double rmf_crossing_last(const rmf_crossings *c, int a, int b, double floor)
{
    const double limit = c->how->t_limit;
    int g = RMF_COARSE;
    if (!alike_at(c, a, b, g)) return INFINITY;
    while (g > 0 && limit * g / RMF_COARSE > floor && alike_at(c, a, b, g - 1))
        g--;
    if (g == 0 || limit * g / RMF_COARSE <= floor) return floor;
    return fmax(floor, halve(c, a, b, g));
}

struct search {
    rmf_crossings at;
    int n;
    double *crossing;
    bool *gone;
};

static void fill_row(const struct search *s, int a, int first)
{
    for (int b = first; b < s->n; b++)
        if (b != a && !s->gone[b])
            s->crossing[(int64_t)a * s->n + b] = s->crossing[(int64_t)b * s->n + a] =
                rmf_crossing_first(&s->at, a, b);
}

static void pool(void *context, int a, int b)
{
    struct search *s = context;
    s->at.ops->pool(s->at.state, a, b);
    fill_row(s, a, 0);
}

RMF_CHECKED static rmf_status search(struct search *s, const rmf_labelled *data, rmf_join *joins)
{
    const rmf_sweeping *how = s->at.how;
    int apart[2];
    for (int a = 0; a < s->n; a++) {
        rmf_progress_event event = {"discovery", a + 1, s->n, "classes", NAN, NAN, NULL};
        fill_row(s, a, a + 1);
        if (!rmf_progress_tell(how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    const rmf_linking linking = {s->n, how->linkage, s->crossing, s->gone, s, pool};
    if (rmf_link(&linking, joins, apart)) return RMF_OK;
    return rmf_crossings_fail(&s->at, data, apart);
}

rmf_status rmf_crossings_fail(const rmf_crossings *c, const rmf_labelled *data, const int apart[2])
{
    return rmf_fail(RMF_ERR_NUMERIC,
                    "discovery: classes \"%.60s\" and \"%.60s\" are still apart at t = %g by the "
                    "criterion %s; expected at most ε = %.4g; use more noise or a larger ε",
                    data->names[apart[0]], data->names[apart[1]], c->how->t_limit, c->ops->name,
                    c->how->epsilon);
}

rmf_status rmf_criterion_joins(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                               const rmf_picks *picks, const rmf_sweeping *how, rmf_join *joins)
{
    struct search s = {.n = data->n_names};
    const size_t n = (size_t)s.n;
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, n * n, sizeof(double), (void **)&s.crossing);
    if (status == RMF_OK) status = rmf_arena_alloc(arena, n, sizeof(bool), (void **)&s.gone);
    if (status == RMF_OK) status = rmf_crossings_open(criterion, data, picks, how, &s.at);
    if (status == RMF_OK) status = search(&s, data, joins);
    rmf_crossings_close(&s.at);
    rmf_arena_free(arena);
    return status;
}

rmf_status rmf_criterion_separations(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                                     int64_t max_per_class, uint64_t seed, double alpha,
                                     double sigma, double *out)
{
    rmf_picks picks;
    void *state = NULL;
    const int n = data->n_names;
    if (!(alpha >= 0 && sigma >= 0 && isfinite(alpha) && isfinite(sigma)))
        return rmf_fail(RMF_ERR_ARGUMENT, "noise: α = %g, σ = %g; expected numbers of at least 0",
                        alpha, sigma);
    RMF_TRY(rmf_picks_create(data, rmf_criterion_most(criterion, max_per_class), seed, &picks));
    rmf_status status = criterion->create(data, &picks, &state);
    for (int a = 0; a < n && status == RMF_OK; a++) {
        out[(int64_t)a * n + a] = 0;
        for (int b = a + 1; b < n; b++)
            out[(int64_t)a * n + b] = out[(int64_t)b * n + a] =
                criterion->separation(state, a, b, alpha, sigma);
    }
    criterion->destroy(state);
    rmf_picks_free(&picks);
    return status;
}
