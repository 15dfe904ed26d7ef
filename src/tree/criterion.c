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

#define COARSE 128

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

struct search {
    const rmf_criterion_ops *ops;
    void *state;
    const rmf_sweeping *how;
    int n;
    double limit; /* of d'² */
    double alpha[COARSE + 1], sigma[COARSE + 1];
    double *crossing;
    bool *gone;
};

static double find_crossing(const struct search *s, int a, int b)
{
    int g = 0;
    while (g <= COARSE &&
           !(s->ops->separation(s->state, a, b, s->alpha[g], s->sigma[g]) <= s->limit))
        g++;
    if (g > COARSE) return INFINITY;
    if (g == 0) return 0;
    double low = s->how->t_limit * (g - 1) / COARSE, high = s->how->t_limit * g / COARSE;
    while (high - low > 1e-12 * s->how->t_limit) {
        double t = 0.5 * (low + high), alpha, sigma;
        if (t <= low || t >= high) break;
        s->how->noise->kernel(s->how->noise->context, t, &alpha, &sigma);
        if (s->ops->separation(s->state, a, b, alpha, sigma) <= s->limit)
            high = t;
        else
            low = t;
    }
    return high;
}

static void fill_row(const struct search *s, int a, int first)
{
    for (int b = first; b < s->n; b++)
        if (b != a && !s->gone[b])
            s->crossing[(int64_t)a * s->n + b] = s->crossing[(int64_t)b * s->n + a] =
                find_crossing(s, a, b);
}

static void pool(void *context, int a, int b)
{
    struct search *s = context;
    s->ops->pool(s->state, a, b);
    fill_row(s, a, 0);
}

RMF_CHECKED static rmf_status search(struct search *s, const rmf_labelled *data, rmf_join *joins)
{
    int apart[2];
    for (int g = 0; g <= COARSE; g++)
        RMF_TRY(
            rmf_noise_at(s->how->noise, s->how->t_limit * g / COARSE, &s->alpha[g], &s->sigma[g]));
    for (int a = 0; a < s->n; a++) {
        rmf_progress_event event = {"discovery", a + 1, s->n, "classes", NAN, NAN, NULL};
        fill_row(s, a, a + 1);
        if (!rmf_progress_tell(s->how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    const rmf_linking linking = {s->n, s->how->linkage, s->crossing, s->gone, s, pool};
    if (rmf_link(&linking, joins, apart)) return RMF_OK;
    return rmf_fail(RMF_ERR_NUMERIC,
                    "discovery: classes \"%.60s\" and \"%.60s\" are still apart at t = %g by the "
                    "criterion %s; expected at most ε = %.4g; use more noise or a larger ε",
                    data->names[apart[0]], data->names[apart[1]], s->how->t_limit, s->ops->name,
                    s->how->epsilon);
}

rmf_status rmf_criterion_joins(const rmf_criterion_ops *criterion, const rmf_labelled *data,
                               const rmf_picks *picks, const rmf_sweeping *how, rmf_join *joins)
{
    struct search s = {.ops = criterion,
                       .how = how,
                       .n = data->n_names,
                       .limit = 2 * (double)data->features * how->epsilon};
    const size_t n = (size_t)s.n;
    rmf_arena *arena = NULL;
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_arena_alloc(arena, n * n, sizeof(double), (void **)&s.crossing);
    if (status == RMF_OK) status = rmf_arena_alloc(arena, n, sizeof(bool), (void **)&s.gone);
    if (status == RMF_OK) status = criterion->create(data, picks, &s.state);
    if (status == RMF_OK) status = search(&s, data, joins);
    criterion->destroy(s.state);
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
