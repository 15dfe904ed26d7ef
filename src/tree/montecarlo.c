/*
 * tree/montecarlo.c – the reference's discovery (Tseng et al. 2024): noise the objects at every
 * time of a grid, average the cosines of index-paired objects, smooth the averages over time, and
 * let a pair of classes cross at the first time with S_ij ≥ ½(S_ii + S_jj) − ε.
 *
 * Between classes object k meets object k; within a class of n, object k meets n − 1 − k (the
 * middle one of an odd number has no partner: it would meet itself).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree/dendrogram.h"
#include "tree/linking.h"
#include "tree/products.h"

#define MOST_BYTES ((size_t)2 << 30) /* for the curves of all pairs */

struct curves {
    rmf_arena *arena;
    const rmf_sweeping *how;
    const rmf_labelled *data;
    int n, times;
    double *value;    /* [pairs, times] S over time: see pair_of() */
    double *weight;   /* [n] objects of each group */
    double *crossing; /* [n, n] time, INFINITY for never */
    bool *gone;       /* [n] pooled into another class */
};

static int64_t pair_of(int i, int j)
{
    int64_t low = i < j ? i : j, high = i < j ? j : i;
    return high * (high + 1) / 2 + low;
}

/* Noised directions of all objects. */
static void noise_objects(const rmf_simulation *s, const double kernel[2], uint32_t step)
{
    const int64_t n = s->picks->start[s->data->n_names], d = s->data->features;
    const float alpha = (float)kernel[0], sigma = (float)kernel[1];
#pragma omp parallel for schedule(static) if (n * d > RMF_SMALL / 8)
    for (int64_t i = 0; i < n; i++) {
        const float *x = s->data->x + s->picks->row[i] * d;
        float *out = s->noised + i * d;
        rmf_random_normal(s->key, (uint64_t)s->picks->row[i], step, out, (size_t)d);
        for (int64_t j = 0; j < d; j++)
            out[j] = alpha * x[j] + sigma * out[j];
        double norm = sqrt(rmf_dot_f32(out, out, d));
        float scale = norm > 0 ? (float)(1 / norm) : 0;
        for (int64_t j = 0; j < d; j++)
            out[j] *= scale;
    }
}

static double mean_cosine(const rmf_simulation *s, int a, int b)
{
    const int64_t d = s->data->features, *start = s->picks->start;
    const float *x = s->noised + start[a] * d, *y = s->noised + start[b] * d;
    int64_t n = start[a + 1] - start[a], other = start[b + 1] - start[b], pairs;
    double sum = 0;
    pairs = a == b ? n / 2 : n < other ? n : other;
    for (int64_t k = 0; k < pairs; k++)
        sum += rmf_dot_f32(x + k * d, y + (a == b ? n - 1 - k : k) * d, d);
    return sum / (double)pairs;
}

rmf_status rmf_simulate(const rmf_simulation *simulation, double t, uint32_t step, double *out)
{
    const int n = simulation->data->n_names;
    double kernel[2];
    RMF_TRY(rmf_noise_at(simulation->noise, t, &kernel[0], &kernel[1]));
    noise_objects(simulation, kernel, step);
    const int64_t work = simulation->picks->start[n] * simulation->data->features * n;
#pragma omp parallel for collapse(2) schedule(dynamic) if (work > RMF_SMALL)
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (j >= i) out[(int64_t)i * n + j] = mean_cosine(simulation, i, j);
    return RMF_OK;
}

RMF_CHECKED static rmf_status simulate_all(struct curves *c, const rmf_picks *picks, uint64_t seed)
{
    double *similarity;
    rmf_simulation s = {.data = c->data, .picks = picks, .noise = c->how->noise};
    s.key = rmf_key_fold(rmf_key_make(seed, RMF_STREAM_DISCOVERY), (uint64_t)1 << 32);
    RMF_NEW(c->arena, (size_t)picks->start[c->n] * (size_t)c->data->features, s.noised);
    RMF_NEW(c->arena, (size_t)c->n * (size_t)c->n, similarity);
    for (int g = 0; g < c->times; g++) {
        rmf_progress_event event = {"discovery", g + 1, c->times, "times", NAN, NAN, NULL};
        RMF_TRY(rmf_simulate(&s, c->how->t_limit * g / (c->times - 1), (uint32_t)g, similarity));
        for (int i = 0; i < c->n; i++)
            for (int j = i; j < c->n; j++)
                c->value[pair_of(i, j) * c->times + g] = similarity[(int64_t)i * c->n + j];
        if (!rmf_progress_tell(c->how->progress, &event))
            return rmf_fail(RMF_ERR_INTERRUPTED, "discovery: stopped on request");
    }
    return RMF_OK;
}

/* Gaussian over the grid, cut at four deviations; the curve is mirrored at its ends, as
 * scipy.ndimage.gaussian_filter1d does by default. */
RMF_CHECKED static rmf_status smooth(struct curves *c, double deviation)
{
    const int reach = (int)(4 * deviation + 0.5), n = c->times;
    double *kernel, *copy, sum = 0;
    if (reach < 1) return RMF_OK;
    RMF_NEW(c->arena, reach + 1, kernel);
    RMF_NEW(c->arena, n, copy);
    for (int k = 0; k <= reach; k++) {
        kernel[k] = exp(-0.5 * k * k / (deviation * deviation));
        sum += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (int64_t pair = 0; pair < pair_of(0, c->n); pair++) {
        double *value = c->value + pair * n;
        memcpy(copy, value, (size_t)n * sizeof *copy);
        for (int g = 0; g < n; g++) {
            double total = 0;
            for (int k = -reach; k <= reach; k++) {
                int at = (g + k) % (2 * n);
                if (at < 0) at += 2 * n;
                total += kernel[abs(k)] * copy[at < n ? at : 2 * n - 1 - at];
            }
            value[g] = total / sum;
        }
    }
    return RMF_OK;
}

static void find_crossing(struct curves *c, int i, int j)
{
    const double *between = c->value + pair_of(i, j) * c->times;
    const double *first = c->value + pair_of(i, i) * c->times;
    const double *second = c->value + pair_of(j, j) * c->times;
    int g = 0;
    while (g < c->times && between[g] < 0.5 * (first[g] + second[g]) - c->how->epsilon)
        g++;
    c->crossing[i * c->n + j] = c->crossing[j * c->n + i] =
        g < c->times ? c->how->t_limit * g / (c->times - 1) : INFINITY;
}

/* Class b becomes part of class a: its curves are means over the pairs of objects. */
static void pool(void *context, int a, int b)
{
    struct curves *c = context;
    const double p = c->weight[a], q = c->weight[b], all = p + q;
    double *self = c->value + pair_of(a, a) * c->times;
    const double *other = c->value + pair_of(b, b) * c->times;
    const double *between = c->value + pair_of(a, b) * c->times;
    for (int g = 0; g < c->times; g++)
        self[g] = (p * (p - 1) * self[g] + q * (q - 1) * other[g] + 2 * p * q * between[g]) /
                  (all * (all - 1));
    for (int k = 0; k < c->n; k++) {
        if (k == a || k == b || c->gone[k]) continue;
        double *mine = c->value + pair_of(a, k) * c->times;
        const double *theirs = c->value + pair_of(b, k) * c->times;
        for (int g = 0; g < c->times; g++)
            mine[g] = (p * mine[g] + q * theirs[g]) / all;
        find_crossing(c, a, k);
    }
    c->weight[a] = all;
}

RMF_CHECKED static rmf_status link_classes(struct curves *c, rmf_join *joins)
{
    const rmf_linking linking = {c->n, c->how->linkage, c->crossing, c->gone, c, pool};
    int apart[2];
    for (int i = 0; i < c->n; i++)
        for (int j = i + 1; j < c->n; j++)
            find_crossing(c, i, j);
    if (rmf_link(&linking, joins, apart)) return RMF_OK;
    return rmf_fail(RMF_ERR_NUMERIC,
                    "discovery: classes \"%.60s\" and \"%.60s\" stay apart up to t = %g; "
                    "expected every class to mix; use more noise or a larger ε than %.4g",
                    c->data->names[apart[0]], c->data->names[apart[1]], c->how->t_limit,
                    c->how->epsilon);
}

RMF_CHECKED static rmf_status run(struct curves *c, const rmf_picks *picks,
                                  const rmf_discovery *options, rmf_join *joins)
{
    const size_t n = (size_t)c->n, pairs = n * (n + 1) / 2, times = (size_t)c->times;
    if (times > MOST_BYTES / sizeof(double) / pairs)
        return rmf_fail(RMF_ERR_UNSUPPORTED,
                        "discovery: Monte Carlo of %zu classes at %zu times would need %.1f GiB; "
                        "use the exact method or fewer times",
                        n, times, (double)times * (double)pairs * 8 / (1 << 30));
    RMF_NEW(c->arena, pairs * times, c->value);
    RMF_NEW(c->arena, n, c->weight);
    RMF_NEW(c->arena, n * n, c->crossing);
    RMF_NEW(c->arena, n, c->gone);
    for (size_t i = 0; i < n; i++)
        c->weight[i] = (double)(picks->start[i + 1] - picks->start[i]);
    RMF_TRY(simulate_all(c, picks, options->seed));
    RMF_TRY(smooth(c, options->smooth));
    return link_classes(c, joins);
}

rmf_status rmf_montecarlo(const rmf_labelled *data, const rmf_picks *picks,
                          const rmf_discovery *options, const rmf_sweeping *how, rmf_join *joins)
{
    struct curves c = {.how = how, .data = data, .n = data->n_names, .times = options->times};
    RMF_TRY(rmf_arena_create(&c.arena));
    rmf_status status = run(&c, picks, options, joins);
    rmf_arena_free(c.arena);
    return status;
}
