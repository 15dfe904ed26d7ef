/* tests/plan/support.h – Gaussian classes, for which the ideal sampler has a closed form. */
#ifndef RMF_TESTS_PLAN_SUPPORT_H
#define RMF_TESTS_PLAN_SUPPORT_H

#include "checks.h"

#include "ramify/plan.h"

static const char *const names[] = {"a", "b", "c", "d"};

/* α = 1, σ = t: the noise level is the time. */
static inline void plain_kernel(const void *context, double t, double *alpha, double *sigma)
{
    (void)context;
    *alpha = 1;
    *sigma = t;
}
static const rmf_noise plain = {.kernel = plain_kernel, .name = "plain"};

/* Classes N(mean·e1, I), n objects each. */
typedef struct cloud {
    rmf_labelled data;
    float *x;
    int32_t *label;
} cloud;

static inline cloud cloud_make(int classes, const double *mean, int64_t n, int64_t d)
{
    cloud c = {.x = malloc((size_t)(classes * n * d) * sizeof(float)),
               .label = malloc((size_t)(classes * n) * sizeof(int32_t))};
    const rmf_key key = rmf_key_make(11, 1);
    for (int64_t i = 0; i < classes * n; i++) {
        c.label[i] = (int32_t)(i % classes);
        rmf_random_normal(key, (uint64_t)i, 0, c.x + i * d, (size_t)d);
        c.x[i * d] += (float)mean[i % classes];
    }
    c.data = (rmf_labelled){classes * n, d, c.x, c.label, classes, names};
    return c;
}

static inline void cloud_free(cloud *c)
{
    free(c->x);
    free(c->label);
}

/* Classes a and b that part at `t`; with `via` > t the root ends there and goes on as one branch.
 */
static inline rmf_tree *two_leaves(double t, double via, double limit)
{
    static const int both[] = {0, 1};
    const rmf_branch_spec specs[] = {{2, both, via > t ? via : t, limit, NAN},
                                     {1, &both[0], 0, t, NAN},
                                     {1, &both[1], 0, t, NAN},
                                     {2, both, t, via, NAN}};
    rmf_tree *tree = NULL;
    OK(rmf_tree_create(2, names, limit, via > t ? 4 : 3, specs, &tree));
    return tree;
}

#endif
