/**
 * eval/frechet.h – the two routes to tr √(C1·C2); tests compare them.
 */
#ifndef RMF_EVAL_FRECHET_H
#define RMF_EVAL_FRECHET_H

#include "eval/metric.h"

enum rmf_frechet_route {
    RMF_FRECHET_CHEAPER,    /* by counting operations */
    RMF_FRECHET_COVARIANCE, /* in the space of features */
    RMF_FRECHET_CROSS       /* in the space of objects */
};

/** evaluate() of the metric with the route given. */
RMF_CHECKED rmf_status rmf_frechet_value(const void *state, const rmf_weights *weights,
                                         enum rmf_frechet_route route, double *value);

#endif
