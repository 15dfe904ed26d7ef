/* device/cpu/adam.c – Adam with decoupled weight decay on one span (see device/ref/optimise.c). */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"

#include <math.h>

/* rmf_adam with what does not depend on the element worked out. */
struct adam {
    float b1, b2, scale, rate, epsilon, decay, inverse1, root2;
};

RMF_INLINE void adam_piece_body(const struct adam *s, float *w, const float *g, float *m, float *v,
                                int64_t n)
{
    const struct adam a = *s;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const float gradient = a.scale * g[i];
        m[i] = a.b1 * m[i] + (1.0f - a.b1) * gradient;
        v[i] = a.b2 * v[i] + (1.0f - a.b2) * (gradient * gradient);
        const float step = m[i] * a.inverse1 / (sqrtf(v[i]) * a.root2 + a.epsilon);
        w[i] -= a.rate * (step + a.decay * w[i]);
    }
}
RMF_KERNEL(adam_piece,
           (const struct adam *s, float *w, const float *g, float *m, float *v, int64_t n),
           (s, w, g, m, v, n))

rmf_status rmf_cpu_adam(rmf_device *dev, const rmf_adam *args, float *w, const float *g, float *m,
                        float *v, int64_t count)
{
    (void)dev;
    const struct adam a = {.b1 = args->beta1,
                           .b2 = args->beta2,
                           .scale = args->gradient_scale,
                           .rate = args->learning_rate,
                           .epsilon = args->epsilon,
                           .decay = args->weight_decay,
                           .inverse1 = (float)(1 / args->correction1),
                           .root2 = (float)sqrt(1 / args->correction2)};
    const int64_t pieces = rmf_pieces(count, RMF_BLOCK);
#pragma omp parallel for schedule(static) if (pieces > RMF_PARALLEL)
    for (int64_t i = 0; i < pieces; i++) {
        const int64_t at = i * RMF_BLOCK;
        adam_piece(&a, w + at, g + at, m + at, v + at, rmf_piece(i, RMF_BLOCK, count));
    }
    return RMF_OK;
}
