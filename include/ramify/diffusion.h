/**
 * ramify/diffusion.h – forward processes, parametrisations with their losses, samplers, and
 * sampling along a tree.  Time 0 = data, t_limit = noise.  Scores are ∇ log p_t(x) in normalised
 * units.
 */
#ifndef RAMIFY_DIFFUSION_H
#define RAMIFY_DIFFUSION_H

#include "ramify/diffusion_loss.h"
#include "ramify/diffusion_process.h"
#include "ramify/diffusion_sampler.h"
#include "ramify/diffusion_sampling.h"

#endif
