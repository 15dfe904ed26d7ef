/*
 * tree/sums_join.c – the sums of a later class beside those of a run.
 *
 * Sums over other interpolation points v_k become sums over the points v'_j of a range that holds
 * both: ρ(v_k) = Σ_j L'_j(v_k)·ρ(v'_j), so direction'[j] = Σ_k L'_j(v_k)·direction[k], and square'
 * in the same way on both sides.  The error is that of interpolating ρ, as for the sums themselves.
 */
#include <math.h>
#include <string.h>

#include "tree/products.h"
#include "tree/sums.h"

#define PI 3.14159265358979323846

/* The range of log norms that Chebyshev points were made for. */
static void range_of(const rmf_sums *s, double range[2])
{
    const double first = s->log_norm[0], last = s->log_norm[s->nodes - 1];
    const double middle = 0.5 * (first + last);
    const double half = s->nodes > 1 ? 0.5 * (last - first) / cos(PI / (2.0 * s->nodes)) : 0;
    range[0] = middle - half;
    range[1] = middle + half;
}

/* Classes first … of `to` from all classes of `from`; basis [from->nodes, to->nodes]. */
static void carry_over(const rmf_sums *from, const double *basis, rmf_sums *to, int first)
{
    const int old = from->nodes, new = to->nodes;
    const int64_t d = to->features;
    for (int c = 0; c < from->n_names; c++) {
        const double *direction = from->direction + (int64_t)c * old * d;
        const double *square = from->square + (int64_t)c * old * old;
        double *direction_to = to->direction + (int64_t)(first + c) * new *d;
        double *square_to = to->square + (int64_t)(first + c) * new *new;
        to->weight[first + c] = from->weight[c];
        to->weight_squared[first + c] = from->weight_squared[c];
        for (int k = 0; k < old; k++)
            for (int j = 0; j < new; j++)
                for (int64_t i = 0; i < d; i++)
                    direction_to[j * d + i] += basis[k * new + j] * direction[k * d + i];
        for (int k = 0; k < old; k++)
            for (int l = 0; l < old; l++)
                for (int j = 0; j < new; j++)
                    for (int m = 0; m < new; m++)
                        square_to[j * new + m] +=
                            basis[k * new + j] * basis[l * new + m] * square[k * old + l];
    }
}

static bool same_points(const rmf_sums *from, const rmf_sums *to)
{
    return from->nodes == to->nodes &&
           memcmp(from->log_norm, to->log_norm, (size_t)to->nodes * sizeof(double)) == 0;
}

RMF_CHECKED static rmf_status put(const rmf_sums *from, rmf_sums *to, int first)
{
    void *block = NULL;
    const int old = from->nodes, new = to->nodes;
    RMF_TRY(rmf_alloc((size_t)old * (size_t) new, sizeof(double), &block));
    double *basis = block;
    for (int k = 0; k < old; k++)
        if (same_points(from, to)) /* exactly themselves */
            basis[k * new + k] = 1;
        else
            rmf_chebyshev_basis(to->log_norm, new, from->log_norm[k], basis + k * new);
    carry_over(from, basis, to, first);
    rmf_free(basis);
    return RMF_OK;
}

/* The points of `a` where they do for both, else those of a range that holds both. */
static int choose_points(const rmf_sums *a, const rmf_sums *b, double *points)
{
    double one[2], two[2];
    range_of(a, one);
    range_of(b, two);
    const double slack = 1e-9;
    if (two[0] >= one[0] - slack && two[1] <= one[1] + slack) {
        memcpy(points, a->log_norm, (size_t)a->nodes * sizeof(double));
        return a->nodes;
    }
    const double low = fmin(one[0], two[0]), high = fmax(one[1], two[1]);
    const int n = rmf_chebyshev_count(low, high, a->features);
    rmf_chebyshev_points(low, high, n, points);
    return n;
}

RMF_CHECKED static rmf_status join(const rmf_sums *a, const rmf_sums *b, const char **names,
                                   rmf_sums **out)
{
    double points[RMF_MOST_NODES];
    const int nodes = choose_points(a, b, points);
    rmf_sums *made = NULL;
    for (int c = 0; c < a->n_names + b->n_names; c++)
        names[c] = c < a->n_names ? a->name[c] : b->name[c - a->n_names];
    RMF_TRY(rmf_sums_new(a->n_names + b->n_names, names, nodes, a->features, &made));
    memcpy(made->log_norm, points, (size_t)nodes * sizeof(double));
    rmf_status status = put(a, made, 0);
    if (status == RMF_OK) status = put(b, made, a->n_names);
    if (status == RMF_OK)
        *out = made;
    else
        rmf_sums_free(made);
    return status;
}

rmf_status rmf_sums_join(const rmf_sums *a, const rmf_sums *b, rmf_sums **out)
{
    void *names = NULL;
    if (a->features != b->features)
        return rmf_fail(RMF_ERR_FORMAT,
                        "discovery sums: %lld and %lld features; expected sums of objects of the "
                        "same kind",
                        (long long)a->features, (long long)b->features);
    RMF_TRY(rmf_alloc((size_t)(a->n_names + b->n_names), sizeof(char *), &names));
    rmf_status status = join(a, b, names, out);
    rmf_free(names);
    return status;
}
