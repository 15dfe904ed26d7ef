/* tests/diffusion/integrate.h – steps by hand, without a tree. */
#ifndef RMF_TEST_DIFFUSION_INTEGRATE_H
#define RMF_TEST_DIFFUSION_INTEGRATE_H

#include "diffusion/mixture.h"

enum { MAX_TIMES = 4097 };

/* The first step of a branch, noisy. */
static inline rmf_step hand_step(const mixture *m, int branch, double t, double s,
                                 const uint64_t *sample, float *work)
{
    return (rmf_step){.sde = &m->sde,
                      .score = &m->score,
                      .branch = branch,
                      .t = t,
                      .s = s,
                      .before = {NAN, NAN, NAN},
                      .top = t,
                      .snr = 0.1,
                      .corrector_steps = 1,
                      .churn = {1, 0.05, 50, 1},
                      .eta = 1,
                      .key = rmf_key_make(1, 2),
                      .sample = sample,
                      .used_rows = m->score.rows,
                      .work = work};
}

/* Steps of one branch through the given times, all of them noisy. */
static inline void integrate_at(const mixture *m, const char *sampler, int branch, int steps,
                                const double *times, const uint64_t *sample, float *x)
{
    const rmf_sampler_ops *ops = rmf_sampler_find(sampler);
    const int64_t n = m->score.rows * m->score.features;
    float *work = malloc((size_t)(n * ops->work_floats) * sizeof *work);
    assert_non_null(work);
    for (int64_t i = 0; i < n * ops->work_floats; i++)
        work[i] = NAN; /* what a branch did not write it must not read */
    for (int i = 0; i < steps; i++) {
        rmf_step step = hand_step(m, branch, times[i], times[i + 1], sample, work);
        step.index = i;
        for (int k = 0; k < RMF_HISTORY && k < i; k++)
            step.before[k] = times[i - 1 - k];
        step.top = times[0];
        step.steps = steps;
        step.counter = (uint32_t)i * 64;
        assert_ok(ops->step(&step, x));
    }
    free(work);
}

/* Steps by hand from time `from` to `to`, uniformly in t. */
static inline void integrate(const mixture *m, const char *sampler, double from, double to,
                             int steps, const uint64_t *sample, float *x)
{
    double times[MAX_TIMES];
    assert_true(steps < MAX_TIMES);
    for (int i = 0; i <= steps; i++)
        times[i] = from + (to - from) * i / steps;
    integrate_at(m, sampler, 0, steps, times, sample, x);
}

/* Of the marginal of the first class. */
static inline double variance(const mixture *m, int feature, double t)
{
    double alpha, sigma;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    double scaled = alpha * m->deviation[0][feature];
    return scaled * scaled + sigma * sigma;
}

#endif
