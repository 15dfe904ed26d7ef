/* transmute/kept.c – how much of an object its transmuted one keeps: Pearson correlations over
 * pairs, against random pairings. */
#include "ramify/transmute.h"

#include <math.h>
#include <string.h>

typedef struct counts {
    double sum; /* of r over permutations */
    int exceeding;
} counts;

typedef struct table {
    int64_t n, features;
    float *before, *after; /* [features, n] standardised: mean 0, Σ x² = 1 */
    bool *constant;        /* [features] */
} table;

/* Column i of x as a unit vector around 0; false if it is constant. */
static bool standardise(const float *x, int64_t n, int64_t features, int64_t i, float *out)
{
    double mean = 0, square = 0;
    for (int64_t r = 0; r < n; r++)
        mean += x[r * features + i] / (double)n;
    for (int64_t r = 0; r < n; r++)
        square += (x[r * features + i] - mean) * (x[r * features + i] - mean);
    /* rounding alone is no variation */
    if (!(square > 1e-12 * (double)n * (mean * mean + 1e-30))) return false;
    for (int64_t r = 0; r < n; r++)
        out[r] = (float)((x[r * features + i] - mean) / sqrt(square));
    return true;
}

/* Correlation of feature i under a pairing; order NULL: as they are. */
static double correlation(const table *t, int64_t i, const int64_t *order)
{
    const float *a = t->before + i * t->n, *b = t->after + i * t->n;
    double sum = 0;
    for (int64_t r = 0; r < t->n; r++)
        sum += (double)a[r] * b[order ? order[r] : r];
    return sum;
}

static void count(counts *c, double r, double observed)
{
    c->sum += r;
    c->exceeding += r >= observed;
}

static rmf_kept result(double r, const counts *c, int permutations)
{
    return (rmf_kept){r, (1.0 + c->exceeding) / (1.0 + permutations), c->sum / permutations};
}

/* The same pairings for every feature, so that their mean has a distribution too. */
static void permute(const table *t, int permutations, uint64_t seed, int64_t *order, counts *each,
                    rmf_kept *kept, rmf_kept *mean)
{
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_BOOTSTRAP);
    counts all = {0};
    double observed = 0;
    int64_t varying = 0;
    for (int64_t i = 0; i < t->features; i++) {
        if (t->constant[i]) continue;
        kept[i].r = correlation(t, i, NULL);
        observed += kept[i].r;
        varying++;
    }
    for (int k = 0; k < permutations; k++) {
        double sum = 0;
        rmf_random_permutation(rmf_key_fold(key, (uint64_t)k), order, t->n);
        for (int64_t i = 0; i < t->features; i++) {
            if (t->constant[i]) continue;
            double r = correlation(t, i, order);
            count(&each[i], r, kept[i].r);
            sum += r;
        }
        count(&all, sum, observed);
    }
    for (int64_t i = 0; i < t->features; i++)
        kept[i] =
            t->constant[i] ? (rmf_kept){NAN, NAN, NAN} : result(kept[i].r, &each[i], permutations);
    *mean = (rmf_kept){NAN, NAN, NAN};
    if (varying == 0) return;
    *mean = result(observed, &all, permutations);
    mean->r /= (double)varying;
    mean->baseline /= (double)varying;
}

rmf_status rmf_kept_features(const float *before, const float *after, int64_t n, int64_t features,
                             int permutations, uint64_t seed, rmf_kept *kept, rmf_kept *mean)
{
    table t = {.n = n, .features = features};
    int64_t *order;
    counts *each;
    rmf_arena *arena;
    if (n < 3 || features < 1 || permutations < 1)
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "kept features: %lld pairs, %lld features, %d permutations; expected at "
                        "least 3, 1 and 1",
                        (long long)n, (long long)features, permutations);
    RMF_TRY(rmf_arena_create(&arena));
    const size_t values = (size_t)n * sizeof(float), columns = (size_t)features;
    rmf_status s = rmf_arena_alloc(arena, columns, values, (void **)&t.before);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, columns, values, (void **)&t.after);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, columns, sizeof(bool), (void **)&t.constant);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, (size_t)n, sizeof *order, (void **)&order);
    if (s == RMF_OK) s = rmf_arena_alloc(arena, columns, sizeof *each, (void **)&each);
    if (s == RMF_OK) {
        for (int64_t i = 0; i < features; i++)
            t.constant[i] = !standardise(before, n, features, i, t.before + i * n) ||
                            !standardise(after, n, features, i, t.after + i * n);
        permute(&t, permutations, seed, order, each, kept, mean);
    }
    rmf_arena_free(arena);
    return s;
}
