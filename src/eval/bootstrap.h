/**
 * eval/bootstrap.h – values of a metric on resamples, and intervals from them.
 */
#ifndef RMF_EVAL_BOOTSTRAP_H
#define RMF_EVAL_BOOTSTRAP_H

#include "eval/metric.h"

/**
 * replicate[0…resamples): the metric on resamples of na generated and nb real objects, drawn with
 * replacement by address (key, resample), less the mean of all replicates.  NAN where a resample
 * has no value.
 */
RMF_CHECKED rmf_status rmf_bootstrap(const rmf_metric *metric, const void *state, int64_t na,
                                     int64_t nb, rmf_key key, int resamples, double *replicate);

/**
 * The 95 % interval value + [2.5 %, 97.5 %] quantiles of centred replicates, within [low, high].
 *
 * Why not the percentiles themselves: a resample has only 63 % of the objects, so distances between
 * samples come out larger on it (the Fréchet distance by the whole finite-n bias again) and the
 * percentile interval often misses the value.  Spread around their own mean is what the resamples
 * tell about; put at the value it says where the figure of another draw of the same size would
 * lie.  It is an interval for the figure *at this n*, bias included, as the floor is.  Near the
 * floor it is too wide rather than too narrow (a resample of a squared distance near 0 varies by up
 * to √3 times as much as a new draw).
 */
RMF_CHECKED rmf_status rmf_interval(double value, const double *centred, int resamples, double low,
                                    double high, double interval[2]);

#endif
