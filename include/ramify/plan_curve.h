/**
 * ramify/plan_curve.h – what a tree costs and what it can give at best, before a network is
 * trained.
 *
 * The ideal branched sampler has the perfect scores of the empirical distribution.  A random object
 * of the root's group is noised to the root's branch time; at each branch point on a class's path
 * x0 is drawn from the exact posterior p(x0 | x(t)) within the next group, and the state moves on
 * to that group's branch time by the Gaussian bridge p(x(u) | x(t), x0); below the last branch
 * point x0 is drawn within the class.  No sampler that forgets nothing can do better along the same
 * tree.
 */
#ifndef RAMIFY_PLAN_CURVE_H
#define RAMIFY_PLAN_CURVE_H

#include "ramify/core.h"
#include "ramify/eval.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

/* ---- the ideal sampler ---- */

typedef struct rmf_ideal_options {
    int64_t objects; /* a class, generated and real; at most half of what a class has; 1000 */
    uint64_t seed;
    const rmf_metric_ops *metric; /* compares two sets; NULL = frechet */
} rmf_ideal_options;
RMF_API void rmf_ideal_options_init(rmf_ideal_options *options);

/**
 * Labelled objects cut in two: of each class `objects` are held back as the real ones, and all the
 * others are what the sampler knows.  data and noise are borrowed and must outlive it.
 * RMF_ERR_ARGUMENT for a class with fewer than four objects, or data as rmf_discover() refuses.
 */
typedef struct rmf_ideal rmf_ideal;
RMF_API RMF_CHECKED rmf_status rmf_ideal_create(const rmf_labelled *data, const rmf_noise *noise,
                                                const rmf_ideal_options *options, rmf_ideal **out);
RMF_API void rmf_ideal_free(rmf_ideal *ideal);
/** Generated, and real, objects of a class. */
RMF_API int64_t rmf_ideal_count(const rmf_ideal *ideal, int class_index);

/**
 * Draws along a tree with the data's classes in the same order: row[k] is the row of data that the
 * k-th sample ends at, class by class, rmf_ideal_count() of each; caller's.
 * RMF_ERR_ARGUMENT for a tree of other classes.
 */
RMF_API RMF_CHECKED rmf_status rmf_ideal_draw(const rmf_ideal *ideal, const rmf_tree *tree,
                                              const rmf_progress *progress, int64_t *row);

/** A metric of every class.  value [classes], owned: rmf_ideal_score_free(). */
typedef struct rmf_ideal_score {
    double *value;
    double mean, worst;
    int worst_class;
} rmf_ideal_score;
RMF_API void rmf_ideal_score_free(rmf_ideal_score *score);
/** Ideal samples along a tree against the real objects. */
RMF_API RMF_CHECKED rmf_status rmf_ideal_evaluate(const rmf_ideal *ideal, const rmf_tree *tree,
                                                  const rmf_progress *progress,
                                                  rmf_ideal_score *out);
/**
 * The two floors.  real: other real objects against the real ones, without replacement.  flat: what
 * the ideal sampler gives without a tree, objects of the class drawn with replacement; it is higher
 * where a class is small, and what an ideal tree tends to as its branch points go to noise.
 */
RMF_API RMF_CHECKED rmf_status rmf_ideal_floors(const rmf_ideal *ideal, rmf_ideal_score *real,
                                                rmf_ideal_score *flat);

/* ---- the curve ---- */

typedef struct rmf_curve_point {
    const char *name;                 /* of a tree that was given; NULL: discovered */
    double sibling_accuracy, epsilon; /* 0 where a given tree does not tell */
    double cost;                      /* rmf_tree_cost() */
    double root_time, first_time;     /* branch point of the root; the earliest one */
    rmf_tree *tree;
    rmf_ideal_score score;
} rmf_curve_point;

typedef struct rmf_curve {
    rmf_arena *arena;
    char *metric, *sde, *source;
    int n_classes, n_points;
    char **class_name;
    int64_t *count;         /* [n_classes] objects a side */
    rmf_curve_point *point; /* by falling sibling accuracy, then the given trees */
    rmf_ideal_score real, flat;
    double seconds;
    uint64_t seed;
} rmf_curve;

typedef struct rmf_curve_request {
    const rmf_labelled *data;
    const rmf_noise *noise;
    const char *source;             /* of the data, recorded */
    const rmf_discovery *discovery; /* everything but the two below */
    const double *level;            /* [n_levels] sibling accuracies, or thresholds ε */
    int n_levels;
    bool level_is_epsilon;
    const rmf_tree *const *tree; /* [n_trees] further trees, borrowed */
    const char *const *tree_name;
    int n_trees;
    rmf_ideal_options ideal;
    int bisect;    /* points to add between the tree that rmf_curve_pick() would choose and its
                      neighbour, halving the interval of sibling accuracy; 0 = none */
    double margin; /* of that choice */
} rmf_curve_request;

/** Discovers the tree of every level from all objects of data and evaluates it. */
RMF_API RMF_CHECKED rmf_status rmf_curve_make(const rmf_curve_request *request,
                                              const rmf_progress *progress, rmf_curve **out);
RMF_API void rmf_curve_free(rmf_curve *curve);
/**
 * The cheapest point whose mean is at most (1 + margin) × the flat floor.  RMF_ERR_NUMERIC, naming
 * the best point, if there is none.
 */
RMF_API RMF_CHECKED rmf_status rmf_curve_pick(const rmf_curve *curve, double margin, int *point);
/** A table for people; `picked` marks a row, −1 = none; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_curve_table(const rmf_curve *curve, int picked, char **out);
/** plan.json (docs/formats.md); new reference. */
RMF_API RMF_CHECKED rmf_status rmf_curve_to_json(const rmf_curve *curve, int picked,
                                                 struct json_t **out);
/** Cost against error, with both floors, as SVG. */
RMF_API RMF_CHECKED rmf_status rmf_curve_write_svg(const rmf_curve *curve, int picked,
                                                   const char *path, bool replace);

#ifdef __cplusplus
}
#endif
#endif
