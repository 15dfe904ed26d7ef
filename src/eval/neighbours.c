/* eval/neighbours.c – all pairs of distances by four rows of queries at once, so that an object of
 * the base is loaded once for four; and the two visitors that more than one metric needs. */
#include "eval/neighbours.h"

#include <math.h>
#include <string.h>

#define LANES 8
#define TILE 4
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

/* Clones are chosen at run time; without fused multiply-add all of them round alike.  Sanitizers
 * cannot run the resolver of clones. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("default", "avx2")))
#else
#define CLONES
#endif

/* square[q][i] = ‖query_q − base_i‖² for TILE queries. */
CLONES static void tile(const float *query, const float *base, int64_t n, int64_t d, float *square)
{
    for (int64_t i = 0; i < n; i++) {
        const float *b = base + i * d;
        lanes sum[TILE] = {{0}};
        int64_t j = 0;
        for (; j + LANES <= d; j += LANES) {
            lanes y;
            memcpy(&y, b + j, sizeof y);
            for (int q = 0; q < TILE; q++) {
                lanes x;
                memcpy(&x, query + q * d + j, sizeof x);
                x -= y;
                sum[q] += x * x;
            }
        }
        for (int q = 0; q < TILE; q++) {
            float total = 0;
            for (int l = 0; l < LANES; l++)
                total += sum[q][l];
            for (int64_t k = j; k < d; k++) {
                float difference = query[q * d + k] - b[k];
                total += difference * difference;
            }
            square[q * n + i] = total;
        }
    }
}

rmf_status rmf_distances(const rmf_sample_set *query, const rmf_sample_set *base,
                         rmf_distance_visitor *visit, void *context)
{
    int64_t d = query->features, n = base->n, tiles = (query->n + TILE - 1) / TILE;
    int threads = rmf_threads();
    size_t piece = TILE * (size_t)(n + d); /* of one thread: distances, queries */
    float *scratch = NULL;
    RMF_TRY(rmf_alloc((size_t)threads * piece, sizeof *scratch, (void **)&scratch));
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int thread = 0; thread < threads; thread++) {
        float *square = scratch + (size_t)thread * piece, *rows = square + TILE * n;
        for (int64_t t = thread; t < tiles; t += threads) {
            int64_t first = t * TILE;
            int64_t count = query->n - first < TILE ? query->n - first : TILE;
            /* A last tile that is not full repeats stale rows; nobody visits those. */
            memcpy(rows, query->x + first * d, (size_t)(count * d) * sizeof *rows);
            tile(rows, base->x, n, d, square);
            for (int64_t q = 0; q < count; q++)
                visit(context, first + q, square + q * n, n);
        }
    }
    rmf_free(scratch);
    return RMF_OK;
}

struct radii {
    int k;
    float *square;
};

static void keep_radius(void *context, int64_t row, const float *square, int64_t n)
{
    const struct radii *r = context;
    float best[RMF_NEIGHBOURS_MOST]; /* ascending */
    int filled = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == row || (filled == r->k && square[i] >= best[filled - 1])) continue;
        int place = filled < r->k ? filled++ : filled - 1;
        for (; place > 0 && best[place - 1] > square[i]; place--)
            best[place] = best[place - 1];
        best[place] = square[i];
    }
    r->square[row] = best[r->k - 1];
}

rmf_status rmf_neighbour_radii(const rmf_sample_set *set, int k, float *square)
{
    struct radii r = {k, square};
    if (k < 1 || k > RMF_NEIGHBOURS_MOST || set->n <= k)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "neighbours: number %d of %lld objects; expected 1 to %d and more objects "
                        "than that",
                        k, (long long)set->n, RMF_NEIGHBOURS_MOST);
    return rmf_distances(set, set, keep_radius, &r);
}

struct nearest {
    float *square;  /* or NULL */
    int64_t *index; /* or NULL */
};

static void keep_nearest(void *context, int64_t row, const float *square, int64_t n)
{
    const struct nearest *out = context;
    int64_t least = 0;
    for (int64_t i = 1; i < n; i++)
        least = square[i] < square[least] ? i : least;
    if (out->square) out->square[row] = square[least];
    if (out->index) out->index[row] = least;
}

static rmf_status find_nearest(const rmf_sample_set *query, const rmf_sample_set *base,
                               struct nearest out)
{
    if (base->n < 1)
        return rmf_fail(RMF_ERR_NUMERIC,
                        "neighbours: nothing to be near to; expected at least 1 object");
    return rmf_distances(query, base, keep_nearest, &out);
}

rmf_status rmf_nearest_distances(const rmf_sample_set *query, const rmf_sample_set *base,
                                 float *square)
{
    return find_nearest(query, base, (struct nearest){square, NULL});
}

rmf_status rmf_nearest_objects(const rmf_sample_set *query, const rmf_sample_set *base,
                               int64_t *index)
{
    return find_nearest(query, base, (struct nearest){NULL, index});
}
