/* tree/sweep.h – from sums to joins: which groups of classes meet at which time. */
#ifndef RMF_TREE_SWEEP_H
#define RMF_TREE_SWEEP_H

#include "tree/sums.h"

/* The groups of classes a and b become one at this time; joins come in order of time. */
typedef struct rmf_join {
    int a, b;
    double time;
} rmf_join;

typedef struct rmf_sweeping {
    const rmf_noise *noise;
    const rmf_progress *progress; /* NULL is fine */
    enum rmf_linkage linkage;
    double epsilon, t_limit;
    int times;                    /* finest grid, where distances turn out not to fall steadily */
    const rmf_topology *topology; /* NULL: to be found */
    enum rmf_fitting fit;
} rmf_sweeping;

/* The ε that options mean for objects of so many features. */
double rmf_discovery_epsilon(const rmf_discovery *options, int64_t features);

/* joins [n_names − 1].  RMF_ERR_NUMERIC if classes are still apart at t_limit. */
RMF_CHECKED rmf_status rmf_sweep(const rmf_sums *sums, const rmf_sweeping *how, rmf_join *joins);

/* α(t) and σ(t), checked: finite, not negative. */
RMF_CHECKED rmf_status rmf_noise_at(const rmf_noise *noise, double t, double *alpha, double *sigma);

/* The group that a class belongs to, in a forest of parents; paths are halved on the way. */
int rmf_group_of(int *parent, int class);

/* ---- one pair of classes (pair.c) --------------------------------------------------------- */

/* ½(S_ii − ‖m_i‖²) as a quadratic form in the ρ of the nodes, [nodes, nodes]. */
void rmf_class_form(const rmf_sums *sums, int class, double *form);
/* D of a pair as such a form; class_form [n_names, nodes, nodes], scratch [nodes, features]. */
void rmf_pair_form(const rmf_sums *sums, const double *class_form, const int pair[2],
                   double *scratch, double *form);
/* An interval of time and the ρ of all nodes at its ends, the same for many pairs. */
typedef struct rmf_span {
    double time[2];
    double rho[2][RMF_MOST_NODES];
} rmf_span;
void rmf_span_fill(const rmf_sums *sums, const rmf_noise *noise, rmf_span *span);
/* Such a form at a time. */
double rmf_form_at(const rmf_sums *sums, const rmf_noise *noise, const double *form, double t);
/* The time in the span at which D falls to ε; an end of the span if it does not cross. */
double rmf_pair_crossing(const rmf_sums *sums, const rmf_sweeping *how, const double *form,
                         const rmf_span *span);

/* ---- all pairs at one time (distance.c) ---------------------------------------------------- */

typedef struct rmf_distances {
    int n;          /* classes in use */
    int *item;      /* [n] their numbers, ascending */
    double *mean;   /* [n, features] mean noised direction of each */
    double *gram;   /* [n, n], upper part: products of means */
    double *excess; /* [n] S_ii − ‖mean‖²: what leaving out equal pairs adds */
} rmf_distances;

/* Room for all classes of the sums; item becomes 0, 1, 2 … */
RMF_CHECKED rmf_status rmf_distances_new(rmf_arena *arena, const rmf_sums *sums,
                                         rmf_distances *out);
void rmf_distances_fill(rmf_distances *at, const rmf_sums *sums, double alpha, double sigma);
/* ½(S_ii + S_jj) − S_ij of the items i < j (positions in item). */
double rmf_distance(const rmf_distances *at, int i, int j);
/* S_ii − ‖m‖² given ‖m‖² = self and the ρ of all nodes. */
double rmf_excess(const rmf_sums *sums, int class, double self, const double *rho);

#endif
