/* diffusion/flow.h – the probability flow in the angle θ = atan(σ/α): u = x/√(α² + σ²) moves by
 * du/dθ = v = −tan θ·(u + r·score), r = √(α² + σ²), which is cos θ·ε − sin θ·x0 (Salimans & Ho
 * 2022): of the order of the data at every noise level and under every process, so one tolerance
 * means the same everywhere. */
#ifndef RMF_DIFFUSION_FLOW_H
#define RMF_DIFFUSION_FLOW_H

#include "ramify/diffusion.h"

/** A time in these variables: x = radius·u, tan θ = σ/α. */
typedef struct rmf_angle {
    double t, theta, radius, tangent;
} rmf_angle;
rmf_angle rmf_angle_at(const rmf_sde *sde, double t);
/** The angle θ between two times, never a rounding beyond them; their own θ give themselves. */
rmf_angle rmf_angle_between(const rmf_sde *sde, double theta, const rmf_angle *a,
                            const rmf_angle *b);

#endif
