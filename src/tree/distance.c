/*
 * tree/distance.c – mean directions of all classes at one time, and their distances.
 *
 * With m_i the mean noised direction of class i (method: ramify/tree.h),
 *     S_ij = m_i·m_j,   S_ii = (n²‖m_i‖² − Σ w²ρ²)/(n² − Σ w²),   n = Σ w,
 * S_ii over pairs of different objects; then
 *     D_ij = ½(S_ii + S_jj) − S_ij = ½‖m_i − m_j‖² + ½(excess_i + excess_j).
 */
#include "tree/products.h"
#include "tree/sweep.h"

rmf_status rmf_distances_new(rmf_arena *arena, const rmf_sums *sums, rmf_distances *out)
{
    size_t n = (size_t)sums->n_names;
    RMF_NEW(arena, n, out->item);
    RMF_NEW(arena, n * (size_t)sums->features, out->mean);
    RMF_NEW(arena, n * n, out->gram);
    RMF_NEW(arena, n, out->excess);
    out->n = sums->n_names;
    for (int i = 0; i < out->n; i++)
        out->item[i] = i;
    return RMF_OK;
}

double rmf_excess(const rmf_sums *sums, int class, double self, const double *rho)
{
    const int nodes = sums->nodes;
    const double *square = sums->square + (int64_t) class * nodes * nodes;
    double n = sums->weight[class], n2 = sums->weight_squared[class], equal = 0;
    for (int k = 0; k < nodes; k++)
        for (int l = 0; l < nodes; l++)
            equal += rho[k] * rho[l] * square[k * nodes + l];
    return (self * n2 - equal) / (n * n - n2);
}

static void fill_mean(const rmf_sums *sums, int class, const double *rho, double *mean)
{
    const int64_t d = sums->features;
    const double *direction = sums->direction + class * sums->nodes * d;
    for (int64_t j = 0; j < d; j++)
        mean[j] = 0;
    for (int k = 0; k < sums->nodes; k++) {
        const double factor = rho[k] / sums->weight[class];
        for (int64_t j = 0; j < d; j++)
            mean[j] += factor * direction[k * d + j];
    }
}

void rmf_distances_fill(rmf_distances *at, const rmf_sums *sums, double alpha, double sigma)
{
    const int64_t d = sums->features;
    double rho[RMF_MOST_NODES];
    rmf_sums_rho(sums, alpha, sigma, rho);
#pragma omp parallel for schedule(static) if (at->n * d * sums->nodes > RMF_SMALL)
    for (int i = 0; i < at->n; i++)
        fill_mean(sums, at->item[i], rho, at->mean + i * d);
    rmf_gram(at->mean, at->n, d, at->gram);
    for (int64_t i = 0; i < at->n; i++)
        at->excess[i] = rmf_excess(sums, at->item[i], at->gram[i * at->n + i], rho);
}

double rmf_distance(const rmf_distances *at, int i, int j)
{
    const int64_t n = at->n;
    return 0.5 * (at->gram[i * n + i] + at->gram[j * n + j]) - at->gram[i * n + j] +
           0.5 * (at->excess[i] + at->excess[j]);
}

rmf_status rmf_sums_similarity(const rmf_sums *sums, double alpha, double sigma, double *out)
{
    rmf_arena *arena = NULL;
    rmf_distances at = {0};
    if (!(alpha >= 0 && sigma >= 0))
        return rmf_fail(RMF_ERR_ARGUMENT, "noise: α = %g, σ = %g; expected numbers of at least 0",
                        alpha, sigma);
    RMF_TRY(rmf_arena_create(&arena));
    rmf_status status = rmf_distances_new(arena, sums, &at);
    if (status == RMF_OK) {
        rmf_distances_fill(&at, sums, alpha, sigma);
        for (int64_t i = 0, n = at.n; i < n; i++) {
            out[i * n + i] = at.gram[i * n + i] + at.excess[i];
            for (int64_t j = i + 1; j < n; j++)
                out[i * n + j] = out[j * n + i] = at.gram[i * n + j];
        }
    }
    rmf_arena_free(arena);
    return status;
}
