/**
 * ramify/eval.h – how good generated objects are: metrics behind one table, each with its
 * real-against-real floor.
 */
#ifndef RAMIFY_EVAL_H
#define RAMIFY_EVAL_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

/** Objects of one class (or of all).  x [n, features]; borrowed. */
typedef struct rmf_sample_set {
    const float *x;
    int64_t n, features;
} rmf_sample_set;

typedef struct rmf_metric_ops {
    const char *name, *summary, *source;
    bool lower_is_better;
} rmf_metric_ops;
/** In the order of the report; NULL-ended. */
RMF_API const rmf_metric_ops *const *rmf_metric_registry(void);
RMF_API const rmf_metric_ops *rmf_metric_find(const char *name);
/** Whether two sets are all that the metric needs.  rmf_evaluate() has the others, which need
 * training objects (memorisation) or a classifier (accuracy). */
RMF_API bool rmf_metric_compares(const rmf_metric_ops *metric);
/** The metric of `a` (generated) against `b` (real), both of one class.  RMF_ERR_NUMERIC where they
 * have too few objects, RMF_ERR_ARGUMENT where their features differ or the metric needs more than
 * two sets. */
RMF_API RMF_CHECKED rmf_status rmf_metric_compute(const rmf_metric_ops *metric,
                                                  const rmf_sample_set *a, const rmf_sample_set *b,
                                                  double *value);

/** A labelled sample for evaluation: x [n, features], label [n] into names. */
typedef struct rmf_eval_set {
    const float *x;
    const int32_t *label;
    int64_t n;
} rmf_eval_set;

typedef struct rmf_eval_options {
    int64_t features;
    int rank;         /* 3: images, shape is height, width, channels; else tables */
    int64_t shape[3]; /* for the classifier */
    int n_classes;
    const char *const *class_name;
    const char *space;   /* where the metrics of objects compare: "pixels", the values as they are
                            (NULL too), or "classifier", the last hidden layer of a classifier */
    const char *metrics; /* "frechet,wasserstein,…,memorisation,accuracy" or "all" */
    bool floor;          /* what a perfect generator would score, beside every value */
    int bootstrap;       /* resamples for intervals; 0 = none */
    uint64_t seed;
    const char *device;     /* for the classifier */
    const char *precision;  /* of its convolutions: "auto", "bf16" or "f32" (NULL too), see
                               rmf_device_set_type() */
    const char *real_split; /* "held-out", "train", …: recorded */
} rmf_eval_options;
RMF_API void rmf_eval_options_init(rmf_eval_options *options);

/**
 * Compares `generated` with `real` class by class; `train` (or NULL) is what the model saw, for the
 * memorisation check (distance of generated to training objects against held-out to training), for
 * training the classifier behind "accuracy" and for the floor.  As many real as generated objects a
 * class are compared (n, the smaller number of the two; a random choice that the seed fixes).
 *
 * floor     training against real objects, floor_n of each: what a perfect generator would score.
 * Two disjoint halves of real where `train` is NULL or the same as real (real_split "train"). It is
 * finite-n bias: where floor_n < n it is too high.  accuracy: unseen real objects. interval  95 %,
 * value plus the quantiles of centred bootstrap resamples: where the figure of another draw of the
 * same size would lie, finite-n bias included.
 *
 * With space "classifier" one classifier, trained as that of "accuracy" is, maps all objects; the
 * floor is then of halves of real, because training objects lie elsewhere than unseen ones do.
 * Metrics that ask a classifier of their own see the objects as they are.
 *
 * A class with too few objects has value null and a "reason".  *out is the JSON of cli.md with n,
 * floor_n, floor_kind, worst, mean_interval beside it; new reference.  RMF_ERR_NUMERIC for values
 * that are not finite, naming class and row; RMF_ERR_USAGE for an unknown metric.
 */
RMF_API RMF_CHECKED rmf_status rmf_evaluate(const rmf_eval_options *options,
                                            const rmf_eval_set *generated, const rmf_eval_set *real,
                                            const rmf_eval_set *train, const rmf_progress *progress,
                                            struct json_t **out);
/** The same as a table for people, with a row a class on request; free with rmf_free(). */
RMF_API RMF_CHECKED rmf_status rmf_evaluation_table(const struct json_t *evaluation, bool per_class,
                                                    char **out);

/* ---- single measures ---- */

/** A small classifier on our own tape: convolutions for images, dense layers for tables. */
typedef struct rmf_classifier rmf_classifier;
/** What a classifier learns from: rows row[0…n) of a labelled set, some perhaps more than once;
 * borrowed. */
typedef struct rmf_examples {
    const rmf_eval_set *set;
    const int64_t *row;
    int64_t n;
    int64_t steps; /* of training, with a batch each; 0 = by the number of examples */
    /** Makes of an object x [features], in place, what is seen of it in place number `draw` (each
     * place has its own), with noise for instance.  NULL: it is seen as it is. */
    void (*vary)(void *context, uint64_t draw, float *x);
    void *context;
} rmf_examples;
/**
 * Trains on the examples (at least one), deterministic by options->seed.  Uses features, rank,
 * shape, n_classes, seed, device and precision of the options; rank 0 counts as a table.  Free with
 * rmf_classifier_free().
 */
RMF_API RMF_CHECKED rmf_status rmf_classifier_train(const rmf_eval_options *options,
                                                    const rmf_examples *examples,
                                                    const rmf_progress *progress,
                                                    rmf_classifier **out);
RMF_API void rmf_classifier_free(rmf_classifier *classifier); /* NULL is fine */
/** logit [n, n_classes] of objects x [n, features]; their softmax is the probability that the
 * classifier, trained with log-loss, gives each class.  A row depends on its own x and, by
 * rounding, on where it stands in its batch of rows. */
RMF_API RMF_CHECKED rmf_status rmf_classifier_logits(rmf_classifier *classifier, const float *x,
                                                     int64_t n, float *logit);
/** label[0…set->n): the most likely class of every object of a set. */
RMF_API RMF_CHECKED rmf_status rmf_classifier_predict(rmf_classifier *classifier,
                                                      const rmf_eval_set *set, int32_t *label);
/** square[i] = squared Euclidean distance of query i to the nearest object of the base (at least
 * one). */
RMF_API RMF_CHECKED rmf_status rmf_nearest_distances(const rmf_sample_set *query,
                                                     const rmf_sample_set *base, float *square);
/** index[i] = which object of the base that is; the first of several. */
RMF_API RMF_CHECKED rmf_status rmf_nearest_objects(const rmf_sample_set *query,
                                                   const rmf_sample_set *base, int64_t *index);

#ifdef __cplusplus
}
#endif
#endif
