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

/** x [n] at which the score is asked. */
void rmf_flow_state(const rmf_angle *at, const double *u, int64_t n, float *x);
/** du/dθ [n] from that x, not from u: at much noise two terms nearly cancel, and the score knows x
 * as it was rounded. */
void rmf_flow_velocity(const rmf_angle *at, const float *x, const float *score, int64_t n,
                       double *du);
/** div v = −tan θ·(d + r²·tr ∂score/∂x), by which the log density of u falls as θ rises. */
double rmf_flow_divergence(const rmf_angle *at, int64_t features, double trace);

/** Probes of a trace (Hutchinson 1990): signs v [n] of an address, and vᵀ·product of every row, the
 * r-th to trace[r·stride]. */
void rmf_probe_draw(rmf_key key, uint64_t sample, uint32_t step, int64_t n, float *v);
typedef struct rmf_probe {
    const float *v, *product; /* [rows, features] */
    int64_t rows, features, stride;
} rmf_probe;
void rmf_probe_traces(const rmf_probe *probe, double *trace);

#endif
