/**
 * ramify/plan_check.h – what sharing along the tree costs a trained model.
 */
#ifndef RAMIFY_PLAN_CHECK_H
#define RAMIFY_PLAN_CHECK_H

#include "ramify/core.h"
#include "ramify/diffusion.h"
#include "ramify/eval.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

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

#ifdef __cplusplus
}
#endif
#endif
