/**
 * ramify/tree_discovery.h – trees from labelled data: what tells classes apart, groups of one's own
 * with times fitted to them, discovery, and where a later class leaves a tree.
 */
#ifndef RAMIFY_TREE_DISCOVERY_H
#define RAMIFY_TREE_DISCOVERY_H

#include "ramify/tree_structure.h"

#ifdef __cplusplus
extern "C" {
#endif

/** α(t) and σ(t) of the forward process, as the diffusion room's SDEs give them. */
typedef struct rmf_noise {
    void (*kernel)(const void *context, double t, double *alpha, double *sigma);
    const void *context;
    int steps; /* of a process in steps over [0, t_limit]: branch points are whole steps, the next
                  one after the time that is found; 0: any time */
    char name[64]; /* "vp:0.1,20"; recorded in the tree */
} rmf_noise;

enum rmf_discovery_method { RMF_DISCOVER_EXACT, RMF_DISCOVER_MONTECARLO };
enum rmf_linkage { RMF_LINKAGE_SINGLE, RMF_LINKAGE_CENTROID };

struct rmf_picks;
struct rmf_labelled;
/**
 * How far apart two classes are at a noise level.  All criteria answer on one scale: the squared
 * separation d'² of two siblings that differ by a shift Δ under round noise is α²‖Δ‖²/σ², the best
 * classifier tells them apart with accuracy p = Φ(d'/2), and ε = d'²/(2·features).
 */
typedef struct rmf_criterion_ops {
    const char *name, *summary, *source; /* cosine | linear | mmd */
    int64_t most_objects;                /* a class, where the caller sets no limit; 0 = all */
    rmf_status (*create)(const struct rmf_labelled *data, const struct rmf_picks *picks,
                         void **state);
    void (*destroy)(void *state); /* NULL is fine */
    /** d'² of two different classes; never negative, INFINITY where noise is missing. */
    double (*separation)(const void *state, int a, int b, double alpha, double sigma);
    void (*pool)(void *state, int a, int b); /* class b becomes part of class a */
} rmf_criterion_ops;
RMF_API const rmf_criterion_ops *const *rmf_criterion_registry(void); /* NULL-ended */
RMF_API const rmf_criterion_ops *rmf_criterion_find(const char *name);
/** p = Φ(√d'²/2). */
RMF_API double rmf_sibling_accuracy(double separation);
/** ε = (2Φ⁻¹(p))²/(2·features). */
RMF_API double rmf_sibling_epsilon(double accuracy, int64_t features);

/** Groups within groups of classes, without times: a taxonomy of one's own. */
typedef struct rmf_topology rmf_topology;
/** Newick (by name or first character; lengths and inner labels are left aside), or the shape of a
 * tree in JSON. */
RMF_API RMF_CHECKED rmf_status rmf_topology_read(const char *path, rmf_topology **out);
/** `place` names the text in messages. */
RMF_API RMF_CHECKED rmf_status rmf_topology_from_newick(const char *text, const char *place,
                                                        rmf_topology **out);
RMF_API RMF_CHECKED rmf_status rmf_topology_of_tree(const rmf_tree *tree, const char *place,
                                                    rmf_topology **out);
/** Classes named as in nested folders: "animal/cat" is a class in the group "animal".
 * RMF_ERR_FORMAT where no name has a slash. */
RMF_API RMF_CHECKED rmf_status rmf_topology_from_names(int n, const char *const *names,
                                                       rmf_topology **out);
RMF_API void rmf_topology_free(rmf_topology *topology);
RMF_API const char *rmf_topology_place(const rmf_topology *topology);
/** Groups of at least two classes, the whole one too; equal ones count once. */
RMF_API int rmf_topology_group_count(const rmf_topology *topology);

/** When the children of a group are alike, so that they may share one way: every two classes of
 * different children, or the children pooled. */
enum rmf_fitting { RMF_FIT_PAIRS, RMF_FIT_POOLED };

typedef struct rmf_discovery {
    enum rmf_discovery_method method;
    const rmf_criterion_ops *criterion; /* NULL = cosine; others: exact method, no bootstrap */
    const rmf_topology *topology;       /* borrowed; NULL = groups are found.  Else times alone are:
                                           exact method, no bootstrap, linkage is not used */
    enum rmf_fitting fit;               /* with a topology; pairs */
    enum rmf_linkage linkage;
    double epsilon;          /* > 0; used when sibling_accuracy is 0 */
    double sibling_accuracy; /* p in (0.5, 1): ε = (2Φ⁻¹(p))²/(2d) */
    double min_branch_time, min_branch_length;
    double t_limit;        /* 1 */
    int times;             /* grid points in [0, t_limit]; 1000 */
    double smooth;         /* Monte Carlo only: Gaussian over the time grid, in grid points; 3 */
    int64_t max_per_class; /* 0 = all (Monte Carlo: 100 in the reference) */
    int bootstrap;         /* resamples; 0 = none; exact method only */
    int resample;          /* r > 0: the tree of the r-th of these resamples, not of the objects */
    uint64_t seed;
} rmf_discovery;
RMF_API void rmf_discovery_init(rmf_discovery *options); /* exact, single, p = 0.60, 1000 times */

/**
 * Labelled objects: x [n, features] f32 in normalised units, label [n] in 0…n_names−1; borrowed.
 * RMF_ERR_ARGUMENT names a class with fewer than two objects, NaN in x, or all objects equal;
 * RMF_ERR_NUMERIC two classes that are still apart at t_limit.
 */
typedef struct rmf_labelled {
    int64_t n, features;
    const float *x;
    const int32_t *label;
    int n_names;
    const char *const *names;
} rmf_labelled;

/** out [n_names, n_names]: d'² of all pairs at noise (α, σ), 0 on the diagonal. */
RMF_API RMF_CHECKED rmf_status rmf_criterion_separations(const rmf_criterion_ops *criterion,
                                                         const rmf_labelled *data,
                                                         int64_t max_per_class, uint64_t seed,
                                                         double alpha, double sigma, double *out);

RMF_API RMF_CHECKED rmf_status rmf_discover(const rmf_labelled *data, const rmf_noise *noise,
                                            const rmf_discovery *options,
                                            const rmf_progress *progress, rmf_tree **out);

/** ρ(r, d): mean resultant length of the direction of N(r·e, I_d); 0 at r = 0, → 1 as r → ∞.
 * Relative error below 1e-6 for 1 ≤ d ≤ 100,000 and 1e-4 ≤ r ≤ 1e6.  (method.md section 4;
 * Presnell et al. 1998, the projected normal distribution.) */
RMF_API double rmf_rho(double r, int64_t d);
/** Inverse of the standard normal distribution function; p in (0, 1). */
RMF_API double rmf_normal_quantile(double p);

/**
 * The sums that exact discovery needs: per class K Chebyshev-weighted direction sums, so that a
 * later class can be placed without the old data.
 */
typedef struct rmf_sums rmf_sums;
RMF_API RMF_CHECKED rmf_status rmf_sums_create(const rmf_labelled *data, int64_t max_per_class,
                                               uint64_t seed, rmf_sums **out);
RMF_API void rmf_sums_free(rmf_sums *sums);
/** S [classes, classes]: expected mean cosine similarities at noise (α, σ); diagonal over distinct
 * pairs. */
RMF_API RMF_CHECKED rmf_status rmf_sums_similarity(const rmf_sums *sums, double alpha, double sigma,
                                                   double *out);
RMF_API RMF_CHECKED rmf_status rmf_sums_write(const rmf_sums *sums, const char *path, bool replace);
RMF_API RMF_CHECKED rmf_status rmf_sums_read(const char *path, rmf_sums **out);
/** The classes of both, those of `a` first.  Where norms of `b` lie outside the range of `a`, all
 * sums are carried over to points of the wider range. */
RMF_API RMF_CHECKED rmf_status rmf_sums_join(const rmf_sums *a, const rmf_sums *b, rmf_sums **out);

/** What is known of where a class is to leave the tree. */
typedef struct rmf_attach {
    const char *name;       /* of the new class; its sums are among `sums` */
    const rmf_tree *tree;   /* without it */
    const rmf_sums *sums;   /* of it and all classes of the tree; NULL: time and from are given */
    const rmf_noise *noise; /* unused without sums */
    const rmf_discovery *options; /* ε, linkage, min_branch_time and min_branch_length */
    double time;                  /* NAN: to be found */
    int n_from;      /* 0: to be found; else the classes of the branch that it leaves */
    const int *from; /* [n_from] class numbers, ascending */
} rmf_attach;
/**
 * Finds the rest: the first time at which the class is within ε of a class of the tree (single
 * linkage) or of a branch's classes pooled (centroid), as discovery does, but with the old branch
 * points as they are.  RMF_ERR_NUMERIC if it is nowhere within ε, or everywhere; RMF_ERR_USAGE if
 * no branch holds just `from`, or `time` is outside of it.
 */
RMF_API RMF_CHECKED rmf_status rmf_attach_find(const rmf_attach *attach, rmf_attachment *out);
RMF_API RMF_CHECKED rmf_status rmf_discover_from_sums(const rmf_sums *sums, const rmf_noise *noise,
                                                      const rmf_discovery *options, rmf_tree **out);

#ifdef __cplusplus
}
#endif
#endif
