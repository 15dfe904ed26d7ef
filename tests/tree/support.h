/* tests/tree/support.h – trees, noise and objects that several tests of this room use. */
#ifndef RMF_TESTS_TREE_SUPPORT_H
#define RMF_TESTS_TREE_SUPPORT_H

#include "checks.h"

#include "ramify/io.h"
#include "ramify/tree.h"

static const char *const digit_names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

/* VP with β from 0.1 to 20: α = exp(−½B), σ² = 1 − exp(−B), B = 0.1·t + ½·19.9·t². */
static inline void vp_kernel(const void *context, double t, double *alpha, double *sigma)
{
    (void)context;
    double b = 0.1 * t + 0.5 * 19.9 * t * t;
    *alpha = exp(-0.5 * b);
    *sigma = sqrt(-expm1(-b));
}
static const rmf_noise vp = {.kernel = vp_kernel, .name = "vp:0.1,20"};

/* {0 1 2 3 4}: root at 0.6 splits in {0 1} (0.3) and {2 3 4} (0.5), which has three leaves. */
static inline rmf_tree *small_tree(void)
{
    static const int all[] = {4, 2, 0, 1, 3}, left[] = {1, 0}, right[] = {2, 4, 3};
    const rmf_branch_spec specs[] = {{1, &all[0], 0, 0.5, NAN}, {2, left, 0.3, 0.6, 0.75},
                                     {1, &all[1], 0, 0.5, NAN}, {5, all, 0.6, 1, NAN},
                                     {1, &all[2], 0, 0.3, NAN}, {1, &all[3], 0, 0.3, NAN},
                                     {3, right, 0.5, 0.6, 0.5}, {1, &all[4], 0, 0.5, NAN}};
    rmf_tree *tree = NULL;
    OK(rmf_tree_create(5, digit_names, 1, COUNT(specs), specs, &tree));
    return tree;
}

/* The tree with one class more, which leaves the branch of `class` at t. */
static inline rmf_tree *extended(const rmf_tree *tree, const char *name, int class, double t,
                                 int row)
{
    const rmf_attachment at = {.branch = rmf_tree_find(tree, class, t), .time = t};
    rmf_tree *made = NULL;
    OK(rmf_tree_extend(tree, name, &at, row, &made));
    OK(rmf_tree_check(made));
    return made;
}

/* For every old class and time the row is the one that it was. */
static inline void assert_same_tree(const rmf_tree *a, const rmf_tree *b, double tolerance)
{
    assert_int_equal(rmf_tree_class_count(a), rmf_tree_class_count(b));
    assert_int_equal(rmf_tree_branch_count(a), rmf_tree_branch_count(b));
    NEAR(rmf_tree_limit(a), rmf_tree_limit(b), tolerance);
    for (int c = 0; c < rmf_tree_class_count(a); c++)
        assert_string_equal(rmf_tree_class_name(a, c), rmf_tree_class_name(b, c));
    for (int i = 0; i < rmf_tree_branch_count(a); i++) {
        const rmf_branch *x = rmf_tree_branch(a, i), *y = rmf_tree_branch(b, i);
        assert_int_equal(x->parent, y->parent);
        assert_int_equal(x->n_classes, y->n_classes);
        assert_memory_equal(x->classes, y->classes, (size_t)x->n_classes * sizeof(int));
        NEAR(x->t_start, y->t_start, tolerance);
        NEAR(x->t_end, y->t_end, tolerance);
        assert_int_equal(isnan(x->support), isnan(y->support));
        if (!isnan(x->support)) NEAR(x->support, y->support, 1e-6);
    }
}

/* Classes around random centres of length about `spread`·√d; every class has n[c] objects. */
typedef struct cloud {
    rmf_labelled data;
    float *x;
    int32_t *label;
} cloud;

static inline cloud cloud_make(int classes, const int *count, int64_t features, double spread,
                               uint64_t seed)
{
    cloud c = {0};
    int64_t n = 0;
    rmf_key key = rmf_key_make(seed, 77);
    float *centre = malloc((size_t)features * sizeof *centre);
    for (int k = 0; k < classes; k++)
        n += count[k];
    c.x = malloc((size_t)(n * features) * sizeof *c.x);
    c.label = malloc((size_t)n * sizeof *c.label);
    assert_true(centre != NULL && c.x != NULL && c.label != NULL);
    for (int64_t k = 0, i = 0; k < classes; k++) {
        rmf_random_normal(key, (uint64_t)k, 1, centre, (size_t)features);
        for (int m = 0; m < count[k]; m++, i++) {
            float *x = c.x + i * features;
            float size = (float)(0.5 + rmf_random_unit(key, (uint64_t)i, 2));
            rmf_random_normal(key, (uint64_t)i, 3, x, (size_t)features);
            for (int64_t j = 0; j < features; j++)
                x[j] = size * ((float)spread * centre[j] + x[j]);
            c.label[i] = (int32_t)k;
        }
    }
    free(centre);
    c.data = (rmf_labelled){n, features, c.x, c.label, classes, digit_names};
    return c;
}

static inline void cloud_free(cloud *c)
{
    free(c->x);
    free(c->label);
}

static inline rmf_tree *discover(const rmf_labelled *data, const rmf_discovery *options)
{
    rmf_tree *tree = NULL;
    OK(rmf_discover(data, &vp, options, NULL, &tree));
    OK(rmf_tree_check(tree));
    return tree;
}

static inline rmf_discovery with_epsilon(double epsilon)
{
    rmf_discovery o;
    rmf_discovery_init(&o);
    o.sibling_accuracy = 0;
    o.epsilon = epsilon;
    return o;
}

/* Classes of equal objects along the axes: S_ii = ρ², S_ij = 0, so they part at ρ² = ε. */
static const float axes[6][3] = {{2, 0, 0}, {2, 0, 0}, {0, 2, 0}, {0, 2, 0}, {0, 0, 2}, {0, 0, 2}};
static const int32_t axis_label[6] = {0, 0, 1, 1, 2, 2};
static const rmf_labelled on_axes = {6, 3, axes[0], axis_label, 3, digit_names};

#endif
