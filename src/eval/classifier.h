/**
 * eval/classifier.h – a classifier's insides, for those that store one and take it up again.
 */
#ifndef RMF_EVAL_CLASSIFIER_H
#define RMF_EVAL_CLASSIFIER_H

#include "ramify/eval.h"
#include "ramify/nn.h"

/** As rmf_classifier_train() makes it, before the first step: inputs not standardised, parameters
 * initialised by options->seed.  rows: objects a batch. */
RMF_CHECKED rmf_status rmf_classifier_create(const rmf_eval_options *options, int64_t rows,
                                             bool training, rmf_classifier **out);

/** All that makes it what it is; the classifier's.  Inputs are (x − mean)·gain, each [features]. */
typedef struct rmf_classifier_parts {
    rmf_params *params;
    float *mean, *gain;
} rmf_classifier_parts;
rmf_classifier_parts rmf_classifier_inside(const rmf_classifier *classifier);

/** Values of its last hidden layer: features of objects. */
int64_t rmf_classifier_width(const rmf_classifier *classifier);
/** out[n, width]: that layer for objects x [n, features], after the activation.  Of a classifier
 * that was created for training; RMF_ERR_ARGUMENT else. */
RMF_CHECKED rmf_status rmf_classifier_hidden(rmf_classifier *classifier, const float *x, int64_t n,
                                             float *out);

#endif
