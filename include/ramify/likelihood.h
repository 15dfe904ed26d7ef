/**
 * ramify/likelihood.h – how likely objects are under each class of a model, and of which class they
 * are, by Bayes' rule.
 *
 * Objects are in normalised units, log densities in nats.  Values of an object depend on no other
 * object, up to the rounding of its place in a block.
 */
#ifndef RAMIFY_LIKELIHOOD_H
#define RAMIFY_LIKELIHOOD_H

#include "ramify/core.h"
#include "ramify/diffusion.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

/** Objects: x [n, features]; borrowed. */
typedef struct rmf_rows {
    const float *x;
    int64_t n;
} rmf_rows;

/* ---- log densities by the probability-flow ODE ---- */

typedef struct rmf_likelihood {
    /** tree, sde, sampler (rk23 or rk45), steps and grid or tolerances, t_start, seed and classes
     * [n_classes]; the rest is not looked at.  Guides are not used: a guided score is the gradient
     * of no density. */
    const rmf_sampling *sampling;
    const rmf_pullback_score *score;
    const int *only; /* [n] place in `classes` of the one class along which object i goes, −1 for
                        none; NULL: all of them */
    int probes;      /* vectors of Hutchinson's estimate of the trace; 0: the exact trace, by one
                        vector–Jacobian product a feature */
} rmf_likelihood;

typedef struct rmf_likelihood_report {
    int64_t calls, products; /* blocks of scores and of vector–Jacobian products, the pilot's too */
    double nfe;              /* scores an object along one class's way, mean over classes */
    double seconds;
} rmf_likelihood_report;

/**
 * log p(x0 | class) of all objects, along each class's own branches from t_start to t_limit:
 * value [n, n_classes] and the standard error of each that probes leave (0 with the exact trace,
 * NAN with one probe), NAN where `only` names another class.  Both are the caller's; report may be
 * NULL. Ways of two classes that start in one branch are gone once.  No other part can be shared:
 * the branches in which ways differ come first, so they reach the common ones with different
 * states.
 *
 * RMF_ERR_USAGE for another sampler, RMF_ERR_NUMERIC if a value is not finite, RMF_ERR_INTERRUPTED.
 * Source: Song et al. 2021, section 4.3 and appendix D.2; Grathwohl et al. 2019 for the probes.
 */
RMF_API RMF_CHECKED rmf_status rmf_likelihoods(const rmf_likelihood *request,
                                               const rmf_progress *progress, rmf_rows objects,
                                               double *value, double *error,
                                               rmf_likelihood_report *report);

/** x [n, features] += u/2 with u uniform in [−1, 1), in the data's own units: densities of such
 * objects bound the probabilities of whole numbers (Theis et al. 2016, section 3.1). */
RMF_API void rmf_dequantise(float *x, int64_t n, int64_t features, uint64_t seed);

/* ---- bounds ---- */

/**
 * value [n, n_classes]: a lower bound on log p(x0 | class), up to one number that all classes of an
 * object share: −∫ E|z − ẑ|² d log(σ/α) (Kingma et al. 2021, section 4; Song et al. 2021b), by
 * `points` noise levels, one in each equal slice of log(σ/α) from t_start to the branch point that
 * is common to all classes.  At every level all branches get the same noise and each is evaluated
 * once; above a branch point the terms of the classes below are the same, so they cancel.  Of
 * `sampling` tree, sde, score, t_start, seed and classes are used.
 */
RMF_API RMF_CHECKED rmf_status rmf_elbos(const rmf_sampling *sampling, int points,
                                         const rmf_progress *progress, rmf_rows objects,
                                         double *value, rmf_likelihood_report *report);

/* ---- classes ---- */

/** p [n, classes]: softmax of value + log_prior [classes]; may be `value`. */
RMF_API void rmf_posteriors(const double *value, const double *log_prior, int64_t n, int classes,
                            double *p);

#define RMF_CONFIDENCE_BINS 15
/** How good probabilities are.  Free with rmf_verdict_free(). */
typedef struct rmf_verdict {
    int64_t n; /* objects of a known class */
    int n_classes;
    double accuracy;
    double log_loss; /* mean of −ln p(own class) */
    double ece; /* expected calibration error: mean over objects of |accuracy − confidence| of
                   their bin; confidence is the largest p, bins are equal slices of (0, 1]
                   (Guo et al. 2017) */
    struct {
        int64_t count;
        double confidence, accuracy; /* means; 0 for an empty bin */
    } bin[RMF_CONFIDENCE_BINS];
    int64_t *confusion; /* [own class, class found] */
} rmf_verdict;
/** label [n]: place of an object's own class, or −1: it does not count.  RMF_ERR_ARGUMENT if none
 * counts. */
RMF_API RMF_CHECKED rmf_status rmf_judge(const double *p, const int *label, int64_t n, int classes,
                                         rmf_verdict *out);
RMF_API void rmf_verdict_free(rmf_verdict *verdict);
/** Place of the largest of p [classes]; the first of equals. */
RMF_API int rmf_most_likely(const double *p, int classes);
/** Tables for people: reliability and confusion; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_verdict_table(const rmf_verdict *verdict,
                                                 const char *const *class_name, char **out);
RMF_API RMF_CHECKED rmf_status rmf_verdict_to_json(const rmf_verdict *verdict,
                                                   const char *const *class_name,
                                                   struct json_t **out);

#ifdef __cplusplus
}
#endif
#endif
