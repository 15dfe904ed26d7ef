/**
 * ramify/plan.h – what a tree costs and what it can give at best, before a network is trained; and
 * what sharing costs in a trained model; its samples against its data.
 *
 * The ideal branched sampler has the perfect scores of the empirical distribution.  A random object
 * of the root's group is noised to the root's branch time; at each branch point on a class's path
 * x0 is drawn from the exact posterior p(x0 | x(t)) within the next group, and the state moves on
 * to that group's branch time by the Gaussian bridge p(x(u) | x(t), x0); below the last branch
 * point x0 is drawn within the class.  No sampler that forgets nothing can do better along the same
 * tree.
 */
#ifndef RAMIFY_PLAN_H
#define RAMIFY_PLAN_H

#include "ramify/core.h"
#include "ramify/eval.h"
#include "ramify/train.h"
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

/* ---- trees from different samples ---- */

/**
 * How much trees depend on what they were found from.  Groups of trees (0 is the reference, found
 * from all objects by the closed form) and the distances of all pairs, rmf_tree_compare().
 */
enum rmf_study_group {
    RMF_STUDY_REFERENCE,
    RMF_STUDY_GIVEN,      /* trees, and topologies with times fitted to them */
    RMF_STUDY_MONTECARLO, /* as published: a draw of objects and of noise each */
    RMF_STUDY_SUBSAMPLE,  /* the closed form on the objects of each of these draws */
    RMF_STUDY_BOOTSTRAP,  /* the closed form on resamples of all objects */
    RMF_STUDY_SWEEP,      /* other sibling accuracies */
    RMF_STUDY_LINKAGE,    /* the other linkage */
    RMF_STUDY_RANDOM,     /* the reference's branch times on random shapes */
    RMF_STUDY_GROUPS
};

typedef struct rmf_study_tree {
    char *name;
    enum rmf_study_group group;
    rmf_tree *tree;
} rmf_study_tree;

/** A model trained on a tree, and what its samples are worth. */
typedef struct rmf_study_model {
    int tree;                /* index into the study's trees */
    const char *run;         /* its run folder, within that of the study */
    int64_t steps;           /* of training */
    double seconds;          /* likewise */
    struct json_t *distance; /* "frechet" of its evaluation, with floors (docs/formats.md) */
} rmf_study_model;

typedef struct rmf_study {
    rmf_arena *arena;
    char *source, *sde;
    int n_trees;
    rmf_study_tree *tree;         /* the reference first, group by group */
    rmf_tree_gap *gap;            /* [n_trees, n_trees] */
    int failed[RMF_STUDY_GROUPS]; /* draws whose classes never met: no tree */
    double seconds;               /* of finding the trees */
    int n_models;
    rmf_study_model *model; /* [n_models], by tree; rmf_study_add_model() */
} rmf_study;

typedef struct rmf_study_request {
    const rmf_labelled *data;
    const rmf_noise *noise;
    const char *source;                /* of the data, recorded */
    const rmf_discovery *discovery;    /* of the reference; its seed is that of all draws */
    int montecarlo, bootstrap, random; /* trees of each */
    int64_t objects;                   /* a class, of a Monte Carlo draw; 100 as published */
    const double *level;               /* [n_levels] sibling accuracies of the sweep */
    int n_levels;
    bool linkages;
    const rmf_tree *const *given; /* [n_given], borrowed */
    const char *const *given_name;
    int n_given;
    const rmf_topology *const *topology; /* [n_topologies], borrowed */
    int n_topologies;
} rmf_study_request;

/** The word for a group, and what is in it; NULL beyond the last. */
RMF_API const char *rmf_study_group_name(int group);
RMF_API const char *rmf_study_group_summary(int group);
/** Distances within a group (pairs of its trees), and of its trees to the reference.  sd is NAN
 * below two values, mean below one. */
typedef struct rmf_study_spread {
    int n;
    double mean, sd;
} rmf_study_spread;
typedef struct rmf_study_row {
    int trees;
    double groups, cost; /* mean clades of 2 … n − 1 classes; mean rmf_tree_cost() */
    /* 0: within, 1: to the reference */
    rmf_study_spread shared[2], foulds[2], score[2];
} rmf_study_row;
RMF_API void rmf_study_summarise(const rmf_study *study, enum rmf_study_group group,
                                 rmf_study_row *out);

/** RMF_ERR_USAGE, RMF_ERR_FORMAT for given trees or topologies of other classes, before any draw;
 * RMF_ERR_NUMERIC where all objects give no tree; else as rmf_discover(). */
RMF_API RMF_CHECKED rmf_status rmf_study_make(const rmf_study_request *request,
                                              const rmf_progress *progress, rmf_study **out);
RMF_API void rmf_study_free(rmf_study *study);
/** Adds a model on a tree that has none yet, trees in rising order; copies the name of its run, and
 * takes a reference to the distance: an object whose mean and floor_mean are numbers, else
 * RMF_ERR_FORMAT. */
RMF_API RMF_CHECKED rmf_status rmf_study_add_model(rmf_study *study, const rmf_study_model *model);
/** The file that makes a folder a study. */
#define RMF_STUDY_FILE "study.json"
/** A row a group, for people; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_study_table(const rmf_study *study, char **out);
/** A row a model, of at least one. */
RMF_API RMF_CHECKED rmf_status rmf_study_models_table(const rmf_study *study, char **out);
/**
 * Into a folder, made where it is missing: trees.nwk (a tree a line, its name before it as a
 * comment), distances.csv (a row a pair), distances.svg, a drawing of the first tree of each group,
 * models.svg where there are models, and last study.json.
 */
RMF_API RMF_CHECKED rmf_status rmf_study_write(const rmf_study *study, const char *folder,
                                               bool replace);
/** *found: a study is in the folder.  RMF_ERR_USAGE unless its trees are then the same as these. */
RMF_API RMF_CHECKED rmf_status rmf_study_compare(const rmf_study *study, const char *folder,
                                                 bool *found);

/* ---- what sharing costs a trained model ---- */

/**
 * A class drawn along the shared way from noise against the same class started from its own real
 * objects, noised to a branch point on its way and taken down its own branches from there.
 */
typedef struct rmf_check_point {
    int branch;   /* whose branch point it is */
    double time;  /* of the branch point */
    double error; /* distance of the two sets: what was lost from noise down to there */
} rmf_check_point;
typedef struct rmf_check_class {
    int64_t count;          /* objects a set */
    double floor;           /* two sets started from real objects, both at the leaf's end */
    rmf_check_point *point; /* [n_points], the leaf's end first, then towards the root */
    int n_points;           /* 0: the class shares nothing */
} rmf_check_class;
typedef struct rmf_check {
    rmf_arena *arena;
    const char *metric;
    int n_classes;
    rmf_check_class *of_class; /* [n_classes], in the order of the tree */
    double mean, worst;        /* errors at the leaf's end; 0 where nothing is shared */
    int worst_class;
    double floor_mean;
} rmf_check;

typedef struct rmf_check_request {
    rmf_sampling sampling;    /* tree, process, score, sampler, steps, seed; classes are set here */
    int64_t count;            /* objects a set, at most */
    const rmf_labelled *real; /* objects in normalised units; classes found by name */
    const rmf_metric_ops *metric; /* NULL = frechet */
} rmf_check_request;
/**
 * Measures every class at every branch point above sampling.t_start and below the tree's limit.
 * RMF_ERR_ARGUMENT for a class of the tree with fewer than two real objects.
 */
RMF_API RMF_CHECKED rmf_status rmf_check_branches(const rmf_check_request *request,
                                                  const rmf_progress *progress, rmf_check **out);
RMF_API void rmf_check_free(rmf_check *check);
/** A row a class and branch point; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_check_table(const rmf_check *check, const rmf_tree *tree,
                                               char **out);
/** New reference; docs/formats.md. */
RMF_API RMF_CHECKED rmf_status rmf_check_to_json(const rmf_check *check, const rmf_tree *tree,
                                                 struct json_t **out);

/* ---- samples of a model against its data ---- */

/** The data of a recipe or model, read before any time is spent on samples. */
typedef struct rmf_real {
    const rmf_settings *settings; /* the caller's */
    rmf_dataset train, held_out;
    rmf_normalisation map; /* not yet applied */
} rmf_real;
RMF_API RMF_CHECKED rmf_status rmf_real_read(const rmf_settings *settings, const char *base,
                                             rmf_real *out);
/** Those of a model, classes added later included. */
RMF_API RMF_CHECKED rmf_status rmf_real_read_model(const rmf_model *model, rmf_real *out);
/** Its training objects in the model's normalised units, for once; borrows real. */
RMF_API RMF_CHECKED rmf_status rmf_real_labelled(const rmf_model *model, rmf_real *real,
                                                 rmf_labelled *out);
RMF_API void rmf_real_free(rmf_real *real);
/** Objects of the largest class that the recipe evaluates against (eval.real). */
RMF_API RMF_CHECKED rmf_status rmf_real_count(const rmf_real *real, int64_t *count);

typedef struct rmf_eval_request {
    const char *metrics; /* NULL: the recipe's */
    const char *space;   /* as in rmf_eval_options; NULL: the recipe's eval.features */
    int bootstrap;       /* −1: the recipe's */
    bool floor;
    uint64_t seed;
} rmf_eval_request;
/** Evaluates samples against real objects of the same class names, in normalised units: the real
 * ones are normalised in place, so it can be called once for each rmf_real.  *out as that of
 * rmf_evaluate(); RMF_ERR_FORMAT for objects with another number of features. */
RMF_API RMF_CHECKED rmf_status rmf_evaluate_samples(const rmf_eval_request *request, rmf_real *real,
                                                    const rmf_samples *samples,
                                                    const rmf_progress *progress,
                                                    struct json_t **out);

/* ---- where what tells classes apart appears ---- */

/**
 * Below a branch point the networks of the classes that part there come to expect different
 * objects.  At time t, with D_c(x) the object that the branch of class c at that time expects of a
 * state x,
 *
 *     difference² = E ‖(α/σ)·(D_c(x) − D_e(x))‖² = E ‖σ·(score_c(x) − score_e(x))‖²
 *
 * over states x of real objects of c, noised to t, and pairs of classes c and e from different
 * children, all children alike and all classes of a child alike: how far apart they are in units
 * of the noise.  Until a child parts again this compares its branch with its siblings.  It is also
 * the rate at which the Kullback–Leibler divergence of the one branch's distribution from the
 * other's grows as noise is taken away, a unit of λ = log(α/σ) each: both follow one forward
 * process, so d KL/dt = −½g²·E‖score_c − score_e‖², and g² = −2σ²·dλ/dt (Lyu 2009, theorem 1).
 * `nats` is the integral from the branch point on, by the trapezoidal rule.
 */
typedef struct rmf_information_row {
    double time, level; /* level: λ = log(α/σ) */
    double difference, nats;
} rmf_information_row;
typedef struct rmf_information_point {
    int branch;               /* whose branch point it is */
    rmf_information_row *row; /* [n_rows], the branch point and all times of the grid below it */
    int n_rows;
} rmf_information_point;
typedef struct rmf_information {
    rmf_arena *arena;
    int64_t count; /* objects a class */
    int n_points;
    rmf_information_point *point; /* by falling time */
} rmf_information;

typedef struct rmf_information_request {
    const rmf_tree *tree;
    const rmf_sde *sde;
    const rmf_score *score;
    const rmf_labelled *real; /* objects in normalised units; classes found by name */
    int64_t count;            /* objects a class; a class with fewer has them more than once */
    int times;                /* from the first branch point down, evenly in λ; ≥ 2 */
    double t_start;           /* not below */
    uint64_t seed;
} rmf_information_request;
/** Measures every branch point above t_start that parts classes.  RMF_ERR_ARGUMENT for a class of
 * the tree without real objects. */
RMF_API RMF_CHECKED rmf_status rmf_information_measure(const rmf_information_request *request,
                                                       const rmf_progress *progress,
                                                       rmf_information **out);
RMF_API void rmf_information_free(rmf_information *information);
/** A line a branch point and time; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_information_table(const rmf_information *information,
                                                     const rmf_tree *tree, char **out);
/** New reference; docs/formats.md. */
RMF_API RMF_CHECKED rmf_status rmf_information_to_json(const rmf_information *information,
                                                       const rmf_tree *tree, struct json_t **out);

#ifdef __cplusplus
}
#endif
#endif
