/* tests/diffusion/mixture.h – trees over Gaussian classes, whose score is known in closed form: a
 * branch's marginal is the equal mixture of its classes, each N(α·mean, α²·deviation² + σ²). */
#ifndef RMF_TEST_DIFFUSION_MIXTURE_H
#define RMF_TEST_DIFFUSION_MIXTURE_H

#include "ramify/diffusion.h"

#include "diffusion/check.h"

enum { MAX_CLASSES = 12, MAX_FEATURES = 16 };

typedef struct mixture {
    rmf_sde sde;
    rmf_tree *tree;
    rmf_score score;
    int classes;
    double mean[MAX_CLASSES][MAX_FEATURES], deviation[MAX_CLASSES][MAX_FEATURES];
    int64_t calls;
} mixture;

/* log density up to a constant and gradient of one class at one x. */
static inline double class_log_density(const mixture *m, int c, double alpha, double sigma,
                                       const float *x, double *gradient)
{
    double sum = 0;
    for (int i = 0; i < m->score.features; i++) {
        double scaled = alpha * m->deviation[c][i], v = scaled * scaled + sigma * sigma;
        double away = x[i] - alpha * m->mean[c][i];
        gradient[i] = -away / v;
        sum -= 0.5 * (away * away / v + log(v));
    }
    return sum;
}

static inline rmf_status mixture_eval(void *context, int branch, double t, const float *x,
                                      float *score)
{
    mixture *m = context;
    const rmf_branch *b = rmf_tree_branch(m->tree, branch);
    double alpha, sigma;
    m->calls++;
    m->sde.ops->kernel(&m->sde, t, &alpha, &sigma);
    for (int64_t r = 0; r < m->score.rows; r++) {
        const float *row = x + r * m->score.features;
        double sum[MAX_FEATURES] = {0}, total = 0, largest = -INFINITY;
        double density[MAX_CLASSES], gradient[MAX_CLASSES][MAX_FEATURES];
        for (int k = 0; k < b->n_classes; k++) {
            density[k] = class_log_density(m, b->classes[k], alpha, sigma, row, gradient[k]);
            largest = fmax(largest, density[k]);
        }
        for (int k = 0; k < b->n_classes; k++) {
            double w = exp(density[k] - largest);
            total += w;
            for (int i = 0; i < m->score.features; i++)
                sum[i] += w * gradient[k][i];
        }
        for (int i = 0; i < m->score.features; i++)
            score[r * m->score.features + i] = (float)(sum[i] / total);
    }
    return RMF_OK;
}

/* A tree from specifications; class names "a", "b", … */
static inline void mixture_init(mixture *m, const char *process, int classes, int features,
                                int n_branches, const rmf_branch_spec *branches)
{
    static const char *const names[MAX_CLASSES] = {"a", "b", "c", "d", "e", "f",
                                                   "g", "h", "i", "j", "k", "l"};
    memset(m, 0, sizeof *m);
    assert_ok(rmf_sde_parse(process, "test", &m->sde));
    assert_ok(rmf_tree_create(classes, names, 1, n_branches, branches, &m->tree));
    m->classes = classes;
    m->score = (rmf_score){.eval = mixture_eval, .context = m, .rows = 8, .features = features};
    for (int c = 0; c < classes; c++)
        for (int i = 0; i < features; i++) {
            m->mean[c][i] = sin(1.7 * c + 0.9 * i);
            m->deviation[c][i] = 0.3 + 0.2 * ((c + i) % 4);
        }
}

static inline void mixture_one_class(mixture *m, const char *process, int features)
{
    static const int all[] = {0};
    const rmf_branch_spec root = {1, all, 0, 1, NAN};
    mixture_init(m, process, 1, features, 1, &root);
}

static inline rmf_sampling mixture_sampling(const mixture *m, const char *sampler)
{
    static const int all[MAX_CLASSES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const rmf_sampler_ops *ops = rmf_sampler_find(sampler);
    assert_non_null(ops);
    return (rmf_sampling){.tree = m->tree,
                          .sde = &m->sde,
                          .score = &m->score,
                          .sampler = ops,
                          .steps = ops->default_steps,
                          .rtol = 1e-3,
                          .atol = 1e-3,
                          .grid = ops->grid,
                          .rho = 7,
                          .t_start = 1e-3,
                          .snr = 0.1,
                          .corrector_steps = 1,
                          .churn = {40, 0.05, 50, 1.003},
                          .eta = 1,
                          .seed = 42,
                          .classes = all,
                          .n_classes = m->classes,
                          .count = 1};
}

/* Mean and full covariance of x [n, features] against a class; `noise` standard errors plus a bias.
 */
static inline void assert_class_moments(const mixture *m, int c, const float *x, int64_t n,
                                        double bias)
{
    const int d = (int)m->score.features;
    const double noise = 4.5 / sqrt((double)n);
    double mean[MAX_FEATURES] = {0};
    for (int64_t r = 0; r < n; r++)
        for (int i = 0; i < d; i++)
            mean[i] += x[r * d + i] / (double)n;
    for (int i = 0; i < d; i++) {
        double si = m->deviation[c][i];
        assert_near(mean[i], m->mean[c][i], (noise + bias) * si);
        for (int j = 0; j <= i; j++) {
            double sum = 0, sj = m->deviation[c][j];
            for (int64_t r = 0; r < n; r++)
                sum += (x[r * d + i] - mean[i]) * (x[r * d + j] - mean[j]) / (double)(n - 1);
            assert_near(sum, i == j ? si * si : 0, (1.5 * noise + bias) * si * sj);
        }
    }
}

#endif
