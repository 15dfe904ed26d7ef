/**
 * ramify/route.h – routing with a trained model: a head at every branch point, which says into
 * which child a state goes, and samples of all classes together that are routed by them.
 */
#ifndef RAMIFY_ROUTE_H
#define RAMIFY_ROUTE_H

#include "ramify/core.h"
#include "ramify/diffusion.h"
#include "ramify/train.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

/** Heads of one tree, a classifier for each branch with two children or more.  From one thread at a
 * time. */
typedef struct rmf_heads rmf_heads;
RMF_API void rmf_heads_free(rmf_heads *heads); /* NULL is fine */

/** How well a head knows objects that it has not seen, each noised a few times; NAN where `tested`
 * is 0. */
typedef struct rmf_head_report {
    int branch;
    double time;              /* the branch point */
    int64_t trained, tested;  /* objects */
    double log_loss;          /* mean −ln p(the child that holds the object) */
    double chance;            /* the same for the children's shares, all that a blind head knows */
    double accuracy;          /* share for which the likeliest child is the right one */
    double calibration_error; /* mean distance of confidence and accuracy in ten bins of the
                                 confidence (Guo et al. 2017) */
} rmf_head_report;

/**
 * Trains with log-loss on the model's own data: objects of a branch's classes, noised to its branch
 * point anew each time they are seen, in the proportions in which the model was trained (its
 * train.balance); so p(child | x) is that of the mixture which the branch stands for.  Tests on
 * what was held out.  steps: of each head; 0 = by its objects.  Borrows the model's tree.
 * RMF_ERR_UNSUPPORTED for a model that classes were added to: its shared branches do not know them.
 */
RMF_API RMF_CHECKED rmf_status rmf_heads_train(const rmf_model *model, int64_t steps, uint64_t seed,
                                               const rmf_progress *progress, rmf_heads **out);
/** report[0 … n): the heads', in the order of their branches; the heads'. */
RMF_API int rmf_heads_report(const rmf_heads *heads, const rmf_head_report **report);
/** A table for people; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_heads_table(const rmf_heads *heads, char **out);
/** docs/formats.md; new reference. */
RMF_API RMF_CHECKED rmf_status rmf_heads_to_json(const rmf_heads *heads, struct json_t **out);

/** Where a run (a folder) or a model file keeps its heads: router.safetensors; rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_heads_path(const char *run, char **path);
RMF_API RMF_CHECKED rmf_status rmf_heads_write(const rmf_heads *heads, const char *path,
                                               bool replace);
/** RMF_ERR_FORMAT for a damaged file, and for heads of another tree, process or normalisation than
 * the model's, whose tree is borrowed. */
RMF_API RMF_CHECKED rmf_status rmf_heads_read(const char *path, const rmf_model *model,
                                              rmf_heads **out);

/** A router for rmf_sample_routed(); borrows the heads. */
RMF_API rmf_router rmf_heads_router(rmf_heads *heads);
/**
 * Draws n_classes·count samples altogether, so `count` of a class in the mean, with all classes of
 * the model; other settings are sampling's.  *out has them class by class, in each class in the
 * order of their numbers.
 */
RMF_API RMF_CHECKED rmf_status rmf_model_sample_routed(rmf_model *model, rmf_heads *heads,
                                                       const rmf_sampling *sampling,
                                                       const rmf_progress *progress,
                                                       rmf_samples *out,
                                                       rmf_sampling_report *report);

#ifdef __cplusplus
}
#endif
#endif
