/* tests/diffusion/modes.h – an awkward tree and every way to sample along it. */
#ifndef RMF_TEST_DIFFUSION_MODES_H
#define RMF_TEST_DIFFUSION_MODES_H

#include "diffusion/mixture.h"

enum { CLASSES = 5, D = 5, N = 13 };

static const int abcde[] = {0, 1, 2, 3, 4}, abc[] = {0, 1, 2}, bc[] = {1, 2}, de[] = {3, 4};
static const int leaf[] = {0, 1, 2, 3, 4};

/* A node with one child, a leaf below t_start and leaves of length 0 among ordinary branches. */
static const rmf_branch_spec branches[] = {
    {5, abcde, 0.617, 1, NAN},  {3, abc, 0.3, 0.617, NAN},     {2, de, 0.41, 0.617, NAN},
    {2, de, 0.1, 0.41, NAN},    {2, bc, 0.0004, 0.3, NAN},     {1, &leaf[0], 0, 0.3, NAN},
    {1, &leaf[3], 0, 0.1, NAN}, {1, &leaf[1], 0, 0.0004, NAN}, {1, &leaf[2], 0, 0.0004, NAN},
    {1, &leaf[4], 0, 0.1, NAN}};

static inline void make(mixture *m)
{
    mixture_init(m, "vp", CLASSES, D, COUNT(branches), branches);
}

typedef struct mode {
    const char *sampler;
    bool shared, paper;
    int branch_corrector_steps;
} mode;
static const mode modes[] = {
    {"heun", true, false, 0},
    {"heun", false, false, 0},
    {"dpm-solver-sde", true, false, 0},
    {"dpm-solver-sde", false, false, 0},
    {"heun-churn", true, false, 0},
    {"ddim", false, false, 0},
    {"dpm-solver++2m", true, false, 0},
    {"dpm-solver++2s", false, false, 0},
    {"rk23", true, false, 0},
    {"rk45", false, false, 0},
    {"unipc", true, false, 0},
    {"unipc", false, false, 0},
    {"dpm-solver++3m-sde", true, false, 0},
    {"euler-maruyama", true, false, 0},
    {"euler-maruyama", false, false, 0},
    {"predictor-corrector", true, false, 0},
    {"predictor-corrector", false, false, 0},
    {"predictor-corrector", true, true, 0},
    {"predictor-corrector", false, true, 0},
    {"euler-maruyama", false, true, 0},
    {"rk23", false, false, 2},
    {"heun", true, false, 2},
    {"unipc", false, false, 3},
    {"ddim", true, false, 1},
    {"predictor-corrector", true, false, 2},
    {"predictor-corrector", false, true, 1},
};

static inline rmf_sampling in_mode(const mixture *m, const mode *mode)
{
    rmf_sampling s = mixture_sampling(m, mode->sampler);
    s.shared = mode->shared;
    s.paper = mode->paper;
    s.branch_corrector_steps = mode->branch_corrector_steps;
    s.steps = s.sampler->choose ? 0 : 23; /* its own error control, then */
    s.count = N;
    return s;
}

#endif
