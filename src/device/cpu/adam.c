/* device/cpu/adam.c – Adam with decoupled weight decay and the average of the weights, over all
 * spans of a step (see device/ref/optimise.c).  One pass over five arrays: memory's speed is the
 * limit. */
#include "device/cpu/cpu.h"
#include "device/cpu/kernel.h"

#include <math.h>
#include <omp.h>

/* rmf_adam with what does not depend on the element worked out. */
struct adam {
    float b1, b2, scale, rate, epsilon, decay, inverse1, root2, before, after;
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

RMF_INLINE void average_piece_body(const float *w, float *ema, float factor, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        ema[i] = w[i] + factor * (ema[i] - w[i]);
}
RMF_KERNEL(average_piece, (const float *w, float *ema, float factor, int64_t n),
           (w, ema, factor, n))

/* A piece is small enough to stay in the first cache between the three. */
static void update(const rmf_adam *args, const struct adam *a, int64_t at, int64_t n)
{
    float *w = args->w + at, *ema = args->ema ? args->ema + at : NULL;
    if (ema && a->before != 1) average_piece(w, ema, a->before, n);
    adam_piece(a, w, args->g + at, args->m + at, args->v + at, n);
    if (ema && a->after != 1) average_piece(w, ema, a->after, n);
}

static struct adam prepare(const rmf_adam *args, const rmf_adam_span *span)
{
    return (struct adam){.b1 = args->beta1,
                         .b2 = args->beta2,
                         .scale = args->gradient_scale,
                         .rate = args->learning_rate,
                         .epsilon = args->epsilon,
                         .decay = args->weight_decay,
                         .inverse1 = (float)(1 / span->correction1),
                         .root2 = (float)sqrt(1 / span->correction2),
                         .before = span->before,
                         .after = span->after};
}

/* Every thread walks the whole list and takes its turn: spans are many and small, or few and large.
 */
rmf_status rmf_cpu_adam(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                        int64_t count)
{
    (void)dev;
    int64_t total = 0;
    for (int64_t k = 0; k < count; k++)
        total += spans[k].count;
#pragma omp parallel if (total > RMF_PARALLEL * RMF_BLOCK)
    {
        const int64_t threads = omp_get_num_threads(), own = omp_get_thread_num();
        int64_t turn = 0;
        for (const rmf_adam_span *span = spans; span < spans + count; span++) {
            const struct adam a = prepare(args, span);
            const int64_t pieces = rmf_pieces(span->count, RMF_BLOCK);
            for (int64_t i = 0; i < pieces; i++)
                if (turn++ % threads == own)
                    update(args, &a, span->offset + i * RMF_BLOCK,
                           rmf_piece(i, RMF_BLOCK, span->count));
        }
    }
    return RMF_OK;
}
