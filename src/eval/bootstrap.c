/* eval/bootstrap.c – resamples run in parallel, each on one thread, each addressed by its number:
 * the result does not depend on the number of threads. */
#include "eval/bootstrap.h"

#include <math.h>
#include <stdio.h>

#include "core/order.h"

static void draw(rmf_key key, int resample, int side, int64_t n, double *weight)
{
    rmf_key mine = rmf_key_fold(key, (uint64_t)side);
    for (int64_t i = 0; i < n; i++)
        weight[i] = 0;
    for (int64_t i = 0; i < n; i++)
        weight[rmf_random_below(mine, (uint64_t)resample, (uint32_t)i, (uint64_t)n)] += 1;
}

static rmf_status one(const rmf_metric *metric, const void *state, int64_t na, int64_t nb,
                      rmf_key key, int resample, double *value)
{
    double *weight = NULL;
    RMF_TRY(rmf_alloc((size_t)(na + nb), sizeof *weight, (void **)&weight));
    rmf_weights weights = {weight, weight + na};
    draw(key, resample, 0, na, weight);
    draw(key, resample, 1, nb, weight + na);
    rmf_status s = metric->evaluate(state, &weights, value);
    rmf_free(weight);
    return s;
}

static void centre(double *replicate, int resamples)
{
    double sum = 0;
    int finite = 0;
    for (int r = 0; r < resamples; r++)
        if (isfinite(replicate[r])) {
            sum += replicate[r];
            finite++;
        }
    for (int r = 0; r < resamples; r++)
        replicate[r] = isfinite(replicate[r]) ? replicate[r] - sum / finite : NAN;
}

rmf_status rmf_bootstrap(const rmf_metric *metric, const void *state, int64_t na, int64_t nb,
                         rmf_key key, int resamples, double *replicate)
{
    rmf_status status = RMF_OK;
    char message[512] = ""; /* of the thread that failed: messages do not cross threads */
#pragma omp parallel for schedule(dynamic)
    for (int r = 0; r < resamples; r++) {
        rmf_status s = one(metric, state, na, nb, key, r, &replicate[r]);
        if (s == RMF_OK) continue;
#pragma omp critical(rmf_bootstrap_failure)
        {
            status = s;
            snprintf(message, sizeof message, "%s", rmf_message());
        }
    }
    if (status != RMF_OK) return rmf_fail(status, "%s", message);
    centre(replicate, resamples);
    return RMF_OK;
}

rmf_status rmf_interval(double value, const double *centred, int resamples, double low, double high,
                        double interval[2])
{
    double *sorted = NULL;
    int n = 0;
    RMF_TRY(rmf_alloc((size_t)resamples, sizeof *sorted, (void **)&sorted));
    for (int r = 0; r < resamples; r++)
        if (isfinite(centred[r])) sorted[n++] = centred[r];
    rmf_sort(sorted, (size_t)n);
    interval[0] = n ? fmin(fmax(value + rmf_quantile(sorted, n, 0.025), low), high) : NAN;
    interval[1] = n ? fmax(fmin(value + rmf_quantile(sorted, n, 0.975), high), low) : NAN;
    rmf_free(sorted);
    return RMF_OK;
}
