/* diffusion/sampler.h – the table of samplers and what they share.  A new one is a new file and a
 * word here. */
#ifndef RMF_DIFFUSION_SAMPLER_H
#define RMF_DIFFUSION_SAMPLER_H

#include "ramify/diffusion.h"

#define RMF_SAMPLERS(X)                                                                            \
    X(heun)                                                                                        \
    X(heun_churn)                                                                                  \
    X(ddim)                                                                                        \
    X(dpm_solver_2m)                                                                               \
    X(dpm_solver_2s)                                                                               \
    X(rk23)                                                                                        \
    X(rk45)                                                                                        \
    X(unipc)                                                                                       \
    X(unipc_3)                                                                                     \
    X(ancestral)                                                                                   \
    X(dpm_solver_sde)                                                                              \
    X(dpm_solver_3m_sde)                                                                           \
    X(predictor_corrector)                                                                         \
    X(euler_maruyama)
#define RMF_SAMPLER_DECLARE(name) extern const rmf_sampler_ops rmf_sampler_##name;
RMF_SAMPLERS(RMF_SAMPLER_DECLARE)
#undef RMF_SAMPLER_DECLARE

/** Noise counters that belong to one step, and the corrector steps that fit in. */
#define RMF_STEP_COUNTERS 64
#define RMF_MAX_CORRECTOR_STEPS (RMF_STEP_COUNTERS - 2)

/** One evaluation of the score for the step's branch. */
rmf_status rmf_step_score(const rmf_step *step, double t, const float *x, float *score);
/** x becomes the denoised estimate (x + σ²·score)/α of the step's start, over the used rows. */
void rmf_step_finish(const rmf_step *step, const float *score, float *x);
/** One step of Heun's method on the probability-flow ODE, or the denoised estimate when last; work:
 * 3 blocks. */
rmf_status rmf_heun_step(const rmf_step *step, float *x);
/** One Euler–Maruyama step of the reverse SDE with the noise of `counter`; none when last. */
rmf_status rmf_reverse_step(const rmf_step *step, uint32_t counter, float *x);

#endif
