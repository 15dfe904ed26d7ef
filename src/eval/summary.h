/**
 * eval/summary.h – the JSON of one metric, grown class by class.
 */
#ifndef RMF_EVAL_SUMMARY_H
#define RMF_EVAL_SUMMARY_H

#include "eval/metric.h"

/** One class's figures; NAN = none, with the reason. */
typedef struct rmf_class_figures {
    double value, floor;
    int64_t n, floor_n;
    const char *floor_kind;
    const char *reason, *floor_reason; /* NULL where there is a value */
    bool has_interval;
    double interval[2];
} rmf_class_figures;

typedef struct rmf_summary {
    const rmf_metric *metric;
    bool floor;    /* floors are asked for */
    int resamples; /* 0 = no intervals */
    struct json_t *per_class;
    double sum, floor_sum, worst;
    int64_t classes, floors;
    const char *worst_class; /* borrowed name, NULL until a class has a value */
    const char *floor_kind;  /* of the first class with a floor */
    double *replicate;       /* [resamples] summed centred replicates of all classes */
} rmf_summary;

RMF_CHECKED rmf_status rmf_summary_create(const rmf_metric *metric, bool floor, int resamples,
                                          rmf_summary *out);
void rmf_summary_free(rmf_summary *summary);
/** Adds the entry of a class.  `more` (or NULL) is merged into it and stays the caller's;
 * `replicate` is [resamples] or NULL. */
RMF_CHECKED rmf_status rmf_summary_add(rmf_summary *summary, const char *name,
                                       const rmf_class_figures *figures, struct json_t *more,
                                       const double *replicate);
/** The metric's object of cli.md; new reference.  Takes over the entries. */
RMF_CHECKED rmf_status rmf_summary_finish(rmf_summary *summary, struct json_t **out);

/** Sets a key to a new reference, which it takes in any case; NULL gives RMF_ERR_MEMORY. */
RMF_CHECKED rmf_status rmf_result_put(struct json_t *object, const char *key, struct json_t *value);
/** A number, or null if it is not finite. */
struct json_t *rmf_json_number(double value);

#endif
