/* diffusion/langevin.h – Langevin steps, which pull states at one noise level towards the marginal
 * that a score belongs to. */
#ifndef RMF_DIFFUSION_LANGEVIN_H
#define RMF_DIFFUSION_LANGEVIN_H

#include "ramify/diffusion.h"

/** Scratch of a step, a sample feature: step->work holds at least so much. */
#define RMF_LANGEVIN_FLOATS 2

/** One step at step->t by the branch's score with the noise of `counter`; its size is by step->snr
 * and each sample's own norm, in paper mode that of the batch.  One network call. */
rmf_status rmf_langevin_step(const rmf_step *step, uint32_t counter, float *x);

#endif
