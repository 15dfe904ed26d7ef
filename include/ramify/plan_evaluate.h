/**
 * ramify/plan_evaluate.h – samples of a model against its data.
 */
#ifndef RAMIFY_PLAN_EVALUATE_H
#define RAMIFY_PLAN_EVALUATE_H

#include "ramify/core.h"
#include "ramify/eval.h"
#include "ramify/train.h"
#include "ramify/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t;

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

#ifdef __cplusplus
}
#endif
#endif
