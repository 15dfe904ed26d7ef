/**
 * ramify/tree_structure.h – the class hierarchy: branches, branch points, lookup, comparison,
 * files.
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
#ifndef RAMIFY_TREE_STRUCTURE_H
#define RAMIFY_TREE_STRUCTURE_H

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

#ifdef __cplusplus
}
#endif
#endif
