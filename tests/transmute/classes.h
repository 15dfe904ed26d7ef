/* tests/transmute/classes.h – three Gaussian classes, a and b alike, c apart, with exact scores. */
#ifndef RMF_TEST_TRANSMUTE_CLASSES_H
#define RMF_TEST_TRANSMUTE_CLASSES_H

#include "diffusion/mixture.h"
#include "ramify/transmute.h"

enum { D = 3, ROWS = 50 };
#define AB 0.75
#define ABC 0.9

static const int abc[] = {0, 1, 2};
static const rmf_branch_spec three[] = {{3, abc, ABC, 1, NAN},
                                        {2, abc, AB, ABC, NAN},
                                        {1, &abc[0], 0, AB, NAN},
                                        {1, &abc[1], 0, AB, NAN},
                                        {1, &abc[2], 0, ABC, NAN}};

static inline void make(mixture *m)
{
    mixture_init(m, "vp", 3, D, COUNT(three), three);
    m->score.rows = ROWS;
    for (int i = 0; i < D; i++) {
        m->mean[0][i] = -0.8;
        m->mean[1][i] = 0.6;
        m->mean[2][i] = 2;
    }
}

/* x(t) ~ N(α·mean, width²) in its own class. */
static inline double width_at(const mixture *m, int c, int i, double t, double *alpha)
{
    double sigma;
    m->sde.ops->kernel(&m->sde, t, alpha, &sigma);
    return hypot(*alpha * m->deviation[c][i], sigma);
}

/* Feature i of an object as encoding by class a and decoding by class b should give it. */
static inline double mapped(const mixture *m, int a, int b, int i, double t_start, double t,
                            double x)
{
    double first, last;
    double from = width_at(m, a, i, t_start, &first);
    double z = first * (x - m->mean[a][i]) / from; /* kept by the flow of a */
    double up = width_at(m, a, i, t, &last) * z + last * m->mean[a][i];
    z = (up - last * m->mean[b][i]) / width_at(m, b, i, t, &last); /* kept by the flow of b */
    double width = width_at(m, b, i, t_start, &first), s = m->deviation[b][i];
    return m->mean[b][i] + first * s * s / width * z; /* the last, noise-free estimate */
}

static inline void draw_class(const mixture *m, int c, int64_t n, uint64_t seed, float *x)
{
    rmf_random_normal(rmf_key_make(seed, 99), 0, 0, x, (size_t)(n * D));
    for (int64_t k = 0; k < n * D; k++)
        x[k] = (float)(m->mean[c][k % D] + m->deviation[c][k % D] * x[k]);
}

#endif
