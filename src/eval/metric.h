/**
 * eval/metric.h – what a metric is inside the room: the public row and how to compute it many
 * times on resamples of the same objects.
 *
 * prepare() does the work that all resamples share (distances, sorting, products); evaluate() is
 * then cheap, touches only its own memory and may run in several threads at once.  Metrics with
 * the same prepare() share a state.
 */
#ifndef RMF_EVAL_METRIC_H
#define RMF_EVAL_METRIC_H

#include "ramify/eval.h"

/** How often each object counts: a bootstrap resample has whole numbers that sum to n.  NULL =
 * every object once. */
typedef struct rmf_weights {
    const double *a, *b; /* [a.n], [b.n] */
} rmf_weights;

/** What a metric may look at.  All borrowed, and alive as long as the state. */
typedef struct rmf_pair {
    rmf_sample_set a, b;  /* generated, real */
    rmf_sample_set train; /* what the model saw of this class; n = 0: unknown */
    const float *hit;     /* [a.n], 1 where a trial's classifier was right, else 0; or NULL */
} rmf_pair;

/** RMF_NEEDS_TRAIN: pair->train too. */
enum rmf_metric_needs { RMF_NEEDS_NOTHING, RMF_NEEDS_TRAIN };

struct rmf_eval_data;
struct rmf_trial;

typedef struct rmf_metric {
    rmf_metric_ops ops; /* first: rmf_metric_compute() finds the rest from here */
    enum rmf_metric_needs needs;
    /** Metrics that ask a classifier: trains and tests it, for all classes at once; prepare() then
     * gets the hits of a class.  RMF_ERR_NUMERIC where there is too little to learn from. */
    rmf_status (*trial)(struct rmf_eval_data *data, const rmf_progress *progress,
                        struct rmf_trial *out);
    double low, high; /* the values that are possible: intervals end there */
    /** The state and all that it points to are the arena's.  RMF_ERR_NUMERIC where there are too
     * few objects. */
    rmf_status (*prepare)(const rmf_pair *pair, rmf_arena *arena, void **state);
    rmf_status (*evaluate)(const void *state, const rmf_weights *weights, double *value);
    /** Optional: further figures of a class, into its JSON object. */
    rmf_status (*describe)(const void *state, struct json_t *entry);
} rmf_metric;

/** The registry, in the order of the report; those with a common state stand together. */
/* clang-format off */
#define RMF_METRICS(X)                                                                             \
    X(frechet) X(frechet_inf) X(wasserstein) X(sliced_wasserstein) X(mmd) X(kid)                   \
    X(correlation) X(precision) X(recall) X(density) X(coverage) X(alpha_precision)                \
    X(beta_recall) X(memorisation) X(authenticity) X(accuracy) X(cas) X(c2st)
/* clang-format on */

#define RMF_DECLARE_METRIC(name) extern const rmf_metric rmf_metric_##name;
RMF_METRICS(RMF_DECLARE_METRIC)
#undef RMF_DECLARE_METRIC

/** All metrics in the order of the report, NULL-ended. */
const rmf_metric *const *rmf_metric_rows(void);
/** RMF_ERR_NUMERIC unless both sides have at least `least` objects; RMF_ERR_ARGUMENT unless they
 * have the same features. */
RMF_CHECKED rmf_status rmf_metric_sizes(const char *metric, const rmf_sample_set *a,
                                        const rmf_sample_set *b, int64_t least);
/** column[0…] = the features that vary on both sides, ascending; returns how many.  column has room
 * for all. */
int64_t rmf_varying_features(const rmf_pair *pair, int64_t *column);
/** Of object i, and of n objects; w NULL = all 1. */
static inline double rmf_weight(const double *w, int64_t i)
{
    return w ? w[i] : 1.0;
}
double rmf_weight_sum(const double *w, int64_t n);
/** Σ w·x / Σ w */
double rmf_weighted_mean(const float *x, const double *w, int64_t n);

#endif
