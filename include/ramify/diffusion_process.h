/**
 * ramify/diffusion_process.h – forward processes, in continuous time or in steps.  Time 0 = data,
 * t_limit = noise.
 */
#ifndef RAMIFY_DIFFUSION_PROCESS_H
#define RAMIFY_DIFFUSION_PROCESS_H

#include "ramify/core.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rmf_sde rmf_sde;
/** x(t) = α(t)·x0 + σ(t)·z;  dx = drift(t)·x dt + diffusion(t) dw. */
typedef struct rmf_sde_ops {
    const char *name, *summary, *source;
    const rmf_option *options; /* keys "sde.…", in the order of the short form "vp:0.1,20" */
    void (*kernel)(const rmf_sde *sde, double t, double *alpha, double *sigma);
    double (*drift)(const rmf_sde *sde, double t);
    double (*diffusion)(const rmf_sde *sde, double t);
    /** t with σ(t)/α(t) = ratio, clamped to [0, t_limit]; the ratio grows with t. */
    double (*time_of_ratio)(const rmf_sde *sde, double ratio);
    double (*prior)(const rmf_sde *sde); /* see rmf_sde_prior() */
    /** T of a process that is defined at the times k·t_limit/T, k = 0 … T; NULL: at every time. */
    int (*steps)(const rmf_sde *sde);
} rmf_sde_ops;
struct rmf_sde {
    const rmf_sde_ops *ops;
    double parameter[4];
    double t_limit; /* 1 */
};
RMF_API const rmf_sde_ops *const *rmf_sde_registry(void);
/** The key that all processes share, "sde.name"; the chosen process's own options come beside it.
 */
RMF_API extern const rmf_option rmf_sde_options[];
/** "vp:0.1,20", "ve:25", "vegeo:0.01,50", "discrete:1e-4,1e-5,1000", or a name alone for defaults.
 * `place` names the origin.  */
RMF_API RMF_CHECKED rmf_status rmf_sde_parse(const char *text, const char *place, rmf_sde *out);
/** From "sde.name" and the options of that process; absent keys give the process's defaults. */
RMF_API RMF_CHECKED rmf_status rmf_sde_from_settings(const rmf_settings *settings, rmf_sde *out);
/** The short form, into text[size]. */
RMF_API void rmf_sde_print(const rmf_sde *sde, char *text, size_t size);
/** For discovery; borrows sde. */
RMF_API rmf_noise rmf_sde_noise(const rmf_sde *sde);
/** Standard deviation of the prior: √(α²σ_data² + σ²) is close to σ(t_limit); VP: 1. */
RMF_API double rmf_sde_prior(const rmf_sde *sde);

/* ---- discrete time ---- */

/** T of a process in steps; 0: continuous. */
RMF_API int rmf_sde_steps(const rmf_sde *sde);
/** t at the nearest whole step, itself if the process is continuous. */
RMF_API double rmf_sde_settle(const rmf_sde *sde, double t);
/** RMF_OK if t is a time of the process: any of a continuous one, a whole step of a discrete one.
 * Else RMF_ERR_USAGE with "`what` is …" and the step it would be. */
RMF_API RMF_CHECKED rmf_status rmf_sde_check_time(const rmf_sde *sde, const char *what, double t);
/**
 * The branch that is trained at (class, t).  Of a continuous process it is the one that answers
 * there, rmf_tree_find().  Step k of a discrete one leads from time k/T to (k − 1)/T and belongs to
 * the branch on that way, so at a branch point it is the child's: a branch is trained at the steps
 * above its t_start, up to its t_end, which are those that a sampler makes in it.
 */
RMF_API int rmf_sde_branch(const rmf_sde *sde, const rmf_tree *tree, int class_index, double t);

#ifdef __cplusplus
}
#endif
#endif
