/**
 * ramify/plan_information.h – where along a tree what tells its classes apart appears.
 */
#ifndef RAMIFY_PLAN_INFORMATION_H
#define RAMIFY_PLAN_INFORMATION_H

#include "ramify/core.h"
#include "ramify/diffusion.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

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
