/**
 * ramify/tree.h – the class hierarchy: branches, branch points, lookup, discovery from data, files.
 *
 * Invariants (rmf_tree_check tests each; method: Tseng et al. 2024, section 3):
 *  1. Branch 0 is the root: it holds every class and ends at t_limit.
 *  2. Parents come before children; a child's t_end equals its parent's t_start.
 *  3. The children of a branch partition its classes.
 *  4. A leaf holds one class and starts at 0; every class has exactly one leaf.  (A node with one
 *     child is legal: extension splits branches; so is a leaf of length 0.)
 *  5. 0 ≤ t_start ≤ t_end; a branch lives on [t_start, t_end), the root on [t_start, t_limit].
 *     At a branch point a class is therefore in the parent.
 *  6. A branch has the row of a network's banks that has its number, unless classes were added to
 *     the tree: a branch that was split there goes on in one child of the same row, its
 *     continuation.  No other two branches have the same row.
 */
#ifndef RAMIFY_TREE_H
#define RAMIFY_TREE_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

typedef struct rmf_branch {
    int parent; /* −1 for the root */
    int n_children;
    const int *children; /* [n_children], branch numbers, ascending */
    int n_classes;
    const int *classes; /* [n_classes], class numbers, ascending */
    double t_start, t_end;
    double support; /* share of bootstrap trees that hold this clade; NAN = not measured, as for the
                       root and the leaves, which every tree holds */
    int row;        /* of a network's banks */
} rmf_branch;

typedef struct rmf_merge { /* one joining event of discovery, in order of time */
    double time;
    double low, high; /* bootstrap interval of the time; NAN = not measured */
    int n_left, n_right;
    const int *left, *right; /* class numbers */
} rmf_merge;

typedef struct rmf_tree rmf_tree;

/** What rmf_tree_create() takes a branch from; classes are numbers into `names`. */
typedef struct rmf_branch_spec {
    int n_classes;
    const int *classes;
    double t_start, t_end;
    double support; /* NAN = unknown */
} rmf_branch_spec;

/**
 * Builds a tree of n_names classes.  Branches may come in any order; parents are found from class
 * sets and times, and the result is sorted (root first, parents before children).  All is copied.
 * RMF_ERR_FORMAT with the broken invariant if they form no tree.
 */
RMF_API RMF_CHECKED rmf_status rmf_tree_create(int n_names, const char *const *names,
                                               double t_limit, int n_branches,
                                               const rmf_branch_spec *branches, rmf_tree **out);
/** The tree without hierarchy: every class its own branch over [0, t_limit] would need a root of
 * length 0; this gives a root [t_split, t_limit] and one leaf a class. */
RMF_API RMF_CHECKED rmf_status rmf_tree_star(int n_names, const char *const *names, double t_split,
                                             double t_limit, rmf_tree **out);
RMF_API void rmf_tree_free(rmf_tree *tree);
RMF_API RMF_CHECKED rmf_status rmf_tree_check(const rmf_tree *tree);

RMF_API int rmf_tree_class_count(const rmf_tree *tree);
RMF_API const char *rmf_tree_class_name(const rmf_tree *tree, int class_index);
/** Class number of a name, or −1. */
RMF_API int rmf_tree_class_index(const rmf_tree *tree, const char *name);
RMF_API int rmf_tree_branch_count(const rmf_tree *tree);
RMF_API const rmf_branch *rmf_tree_branch(const rmf_tree *tree, int branch);
RMF_API double rmf_tree_limit(const rmf_tree *tree);
/** Branch that answers for (class, t), in O(log depth).  t < 0 counts as 0, t > t_limit as t_limit;
 * a class out of range or a time NaN gives −1. */
RMF_API int rmf_tree_find(const rmf_tree *tree, int class_index, double t);
RMF_API int rmf_tree_leaf(const rmf_tree *tree, int class_index);
/** Deepest branch that holds both classes; its t_start is their branch point. */
RMF_API int rmf_tree_common(const rmf_tree *tree, int class_a, int class_b);
/** The child that goes on with the row of a branch which was split (invariant 6), or −1. */
RMF_API int rmf_tree_continuation(const rmf_tree *tree, int branch);
/** Σ branch lengths / (classes · t_limit): sampling cost along the tree against flat sampling. */
RMF_API double rmf_tree_cost(const rmf_tree *tree);
RMF_API int rmf_tree_merge_count(const rmf_tree *tree);
RMF_API const rmf_merge *rmf_tree_merge(const rmf_tree *tree, int merge);

/* ---- several trees of the same classes ------------------------------------------------------- */

/**
 * A clade is a class set that has a branch; its length is the time that it lives, root and leaves
 * included.  A set that a tree lacks has length 0 there.
 */
typedef struct rmf_tree_gap {
    double branch_score; /* √Σ (difference of lengths)² over all clades (Kuhner & Felsenstein 1994),
                            in units of time: a metric of trees */
    int robinson_foulds; /* clades of 2 … n − 1 classes that just one of the trees has (Robinson &
                            Foulds 1981, of rooted trees): a metric of shapes */
    double robinson_foulds_share; /* the same, of the 2(n − 2) that two binary trees can have */
    int shared;                   /* clades of 2 … n − 1 classes that both have */
} rmf_tree_gap;
/** RMF_ERR_ARGUMENT unless both have the same classes in the same order. */
RMF_API RMF_CHECKED rmf_status rmf_tree_compare(const rmf_tree *a, const rmf_tree *b,
                                                rmf_tree_gap *out);
/** Clades of 2 … n − 1 classes. */
RMF_API int rmf_tree_group_count(const rmf_tree *tree);
/**
 * The same branches with the classes in the order of `names`; facts of discovery are left behind.
 * RMF_ERR_USAGE, beginning with `place`, where the classes are others.
 */
RMF_API RMF_CHECKED rmf_status rmf_tree_reorder(const rmf_tree *tree, int n,
                                                const char *const *names, const char *place,
                                                rmf_tree **out);
/** A random tree with the branch times and classes of `like`: at each time two groups drawn at
 * random become one.  The same for the same seed. */
RMF_API RMF_CHECKED rmf_status rmf_tree_random(const rmf_tree *like, uint64_t seed, rmf_tree **out);
/* ---- discrete time --------------------------------------------------------------------------- */

/** Times this close to a whole step, in steps, are meant to be there: files hold rounded times. */
#define RMF_STEP_TOLERANCE 1e-6
/**
 * A copy for a process of `steps` steps: t_limit is 1 and every branch begins and ends at exactly
 * k/steps for a whole k.  A tree that ends at 1 has such times already, one that ends at `steps`
 * has them in steps.  RMF_ERR_FORMAT, naming `place`, for another end or a time between two steps.
 */
RMF_API RMF_CHECKED rmf_status rmf_tree_on_steps(const rmf_tree *tree, int steps, const char *place,
                                                 rmf_tree **out);

/* ---- adding a class -------------------------------------------------------------------------- */

/** Where a new class leaves a tree. */
typedef struct rmf_attachment {
    int branch;      /* it leaves this one … */
    double time;     /* … at this time in [t_start, t_end), of the root also at t_end; above 0 */
    int nearest;     /* the class of that branch that is most like it then; −1: not known */
    double distance; /* ½‖m_new − m_branch‖² then, of its classes pooled; NAN: not known */
    double epsilon;  /* … and what it would be if the branch fitted the class as siblings do */
} rmf_attachment;

/**
 * A copy of `tree` with one class more, which gets the next class number and a leaf [0, time] with
 * the row `row`, free so far.  Where `time` is not the branch's t_start, the branch is split in two
 * that share its row; all other branches keep their rows, classes their numbers.  RMF_ERR_USAGE if
 * the class exists or the time lies outside the branch.
 */
RMF_API RMF_CHECKED rmf_status rmf_tree_extend(const rmf_tree *tree, const char *name,
                                               const rmf_attachment *at, int row, rmf_tree **out);

/* ---- files --------------------------------------------------------------------------------- */

/** Reads tree.json, a bare {"branches": […]} (class names from "classes" or from the root) or
 * Newick with branch lengths (file name ending .nwk/.newick or text starting with "("). */
RMF_API RMF_CHECKED rmf_status rmf_tree_read(const char *path, rmf_tree **out);
RMF_API RMF_CHECKED rmf_status rmf_tree_write(const rmf_tree *tree, const char *path, bool replace);
RMF_API RMF_CHECKED rmf_status rmf_tree_from_json(const struct json_t *value, rmf_tree **out);
/** New reference; includes discovery facts and merges where the tree has them. */
RMF_API RMF_CHECKED rmf_status rmf_tree_to_json(const rmf_tree *tree, struct json_t **out);
/** Newick text: branch lengths in time units, the root's own length after its label-less closing.
 */
RMF_API RMF_CHECKED rmf_status rmf_tree_to_newick(const rmf_tree *tree, char **out); /* rmf_free */
RMF_API RMF_CHECKED rmf_status rmf_tree_from_newick(const char *text, const char *place,
                                                    rmf_tree **out);
/** A drawing with a time axis, class names at the leaves, times (and support) at branch points. */
RMF_API RMF_CHECKED rmf_status rmf_tree_write_svg(const rmf_tree *tree, const char *path,
                                                  bool replace, const char *title);
/** The same as text for a terminal; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_tree_to_text(const rmf_tree *tree, char **out);

/* ---- discovery ------------------------------------------------------------------------------- */

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
