/*
 * tree/sums.h – the sums that exact discovery works on, and what follows from them at a time.
 *
 * For an object x with direction u = x/‖x‖, E of the noised direction is ρ(α‖x‖/σ)·u.  As a
 * function of v = log‖x‖, ρ is interpolated at K Chebyshev points v_k with Lagrange polynomials
 * L_k, so a class needs only direction[k] = Σ w·L_k(v)·u and square[k, l] = Σ w²·L_k(v)·L_l(v),
 * and any (α, σ) only the K numbers ρ_k = ρ(α·exp(v_k)/σ).  w counts an object: 1, or how often a
 * bootstrap drew it.  Objects of norm 0 add nothing but their count.
 */
#ifndef RMF_TREE_SUMS_H
#define RMF_TREE_SUMS_H

#include "tree/objects.h"

#define RMF_MOST_NODES 48

struct rmf_sums {
    rmf_arena *arena;
    int n_names, nodes;
    int64_t features;
    char **name;
    double *log_norm;       /* [nodes] */
    double *weight;         /* [n_names] Σ w */
    double *weight_squared; /* [n_names] Σ w² */
    double *direction;      /* [n_names, nodes, features] */
    double *square;         /* [n_names, nodes, nodes] */
};

/* Empty sums with room for everything. */
RMF_CHECKED rmf_status rmf_sums_new(int n_names, const char *const *names, int nodes,
                                    int64_t features, rmf_sums **out);

RMF_CHECKED rmf_status rmf_sums_copy(const rmf_sums *sums, rmf_sums **out);

/* What is the same for every resample of the same objects. */
typedef struct rmf_basis {
    int nodes;
    double *log_norm; /* [nodes] */
    double *value;    /* [objects, nodes] L_k(log‖x‖), 0 for objects of norm 0 */
} rmf_basis;
RMF_CHECKED rmf_status rmf_basis_create(const rmf_picks *picks, int64_t n, int64_t features,
                                        rmf_basis *out);
void rmf_basis_free(rmf_basis *basis);

/* Fills the sums; count[i] says how often pick i counts (NULL: once). */
void rmf_sums_fill(rmf_sums *sums, const rmf_labelled *data, const rmf_picks *picks,
                   const rmf_basis *basis, const int32_t *count);

/* K Chebyshev points of the first kind in [low, high], ascending, and the basis at v. */
void rmf_chebyshev_points(double low, double high, int n, double *points);
void rmf_chebyshev_basis(const double *points, int n, double v, double *out);
/* Points enough to interpolate ρ(s·exp(v), d) over [low, high] for every s. */
int rmf_chebyshev_count(double low, double high, int64_t d);

/* Class b becomes part of class a: sums add up, so the pooled class is exact, not an average. */
void rmf_sums_pool(rmf_sums *sums, int a, int b);

/* rho[k] = ρ(α·exp(log_norm[k])/σ). */
void rmf_sums_rho(const rmf_sums *sums, double alpha, double sigma, double *rho);

#endif
