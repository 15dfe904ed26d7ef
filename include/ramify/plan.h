/**
 * ramify/plan.h – what a tree costs and what it can give at best, before a network is trained; and
 * what sharing costs in a trained model; its samples against its data.
 */
#ifndef RAMIFY_PLAN_H
#define RAMIFY_PLAN_H

#include "ramify/plan_check.h"
#include "ramify/plan_curve.h"
#include "ramify/plan_evaluate.h"
#include "ramify/plan_information.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
