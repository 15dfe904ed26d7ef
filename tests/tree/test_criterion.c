/*
 * tests/tree/test_criterion.c – criteria of separation: golden values by the definitions, Monte
 * Carlo of the noise, the common scale, and joins against those of the sweep.
 */
#include "support.h"

#include "tree/criterion.h"

enum { CLASSES = 3, OBJECTS = 24, FEATURES = 5 };
static const int sizes[CLASSES] = {9, 7, 8};

/* The objects of tools/golden/criterion.py. */
static rmf_labelled golden_objects(float *x, int32_t *label)
{
    int i = 0;
    for (int c = 0; c < CLASSES; c++)
        for (int k = 0; k < sizes[c]; k++, i++) {
            label[i] = c;
            for (int j = 0; j < FEATURES; j++)
                x[i * FEATURES + j] =
                    (float)(sin(1.3 * i + 0.7 * j) * (1 + 0.4 * c) + 1.5 * c * (j % 2));
        }
    return (rmf_labelled){OBJECTS, FEATURES, x, label, CLASSES, digit_names};
}

static void golden_values(void **state)
{
    (void)state;
    float x[OBJECTS * FEATURES];
    int32_t label[OBJECTS];
    const rmf_labelled data = golden_objects(x, label);
    FILE *file = fopen(RMF_GOLDEN "/criterion.txt", "r");
    char line[256], name[16];
    double alpha, sigma, value, out[CLASSES * CLASSES];
    int a, b, seen = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "separation %15s %lf %lf %d %d %lf", name, &alpha, &sigma, &a, &b,
                   &value) != 6)
            continue;
        OK(rmf_criterion_separations(rmf_criterion_find(name), &data, 0, 0, alpha, sigma, out));
        NEAR(out[a * CLASSES + b], value, 1e-6 * (1 + value));
        NEAR(out[b * CLASSES + a], out[a * CLASSES + b], 0);
        seen++;
    }
    fclose(file);
    assert_int_equal(seen, 45);
}

/* Mean of k(u, v) over noise of both objects, by drawing it. */
static double drawn_kernel(const rmf_labelled *d, int a, int b, double alpha, double sigma,
                           double h)
{
    enum { DRAWS = 400 };
    double sum = 0;
    int64_t pairs = 0;
    float z[2 * FEATURES];
    for (int i = 0; i < OBJECTS; i++)
        for (int j = 0; j < OBJECTS; j++) {
            if (d->label[i] != a || d->label[j] != b || i == j) continue;
            pairs++;
            for (int k = 0; k < DRAWS; k++) {
                double square = 0;
                rmf_random_normal(rmf_key_make(1, 1), (uint64_t)(i * OBJECTS + j), (uint32_t)k, z,
                                  2 * FEATURES);
                for (int f = 0; f < FEATURES; f++) {
                    const double u = alpha * d->x[i * FEATURES + f] + sigma * z[f];
                    const double v = alpha * d->x[j * FEATURES + f] + sigma * z[FEATURES + f];
                    square += (u - v) * (u - v);
                }
                sum += exp(-square / (2 * h)) / DRAWS;
            }
        }
    return sum / (double)pairs;
}

/* The closed form of the MMD is the mean over the noise. */
static void mmd_is_the_mean_over_noise(void **state)
{
    (void)state;
    const double alpha = 0.8, sigma = 0.6;
    float x[OBJECTS * FEATURES];
    int32_t label[OBJECTS];
    const rmf_labelled d = golden_objects(x, label);
    double out[CLASSES * CLASSES], square = 0;
    for (int i = 0; i < OBJECTS; i++)
        for (int j = 0; j < OBJECTS; j++)
            for (int f = 0; f < FEATURES; f++)
                square += pow((double)x[i * FEATURES + f] - x[j * FEATURES + f], 2) /
                          (OBJECTS * (OBJECTS - 1));
    const double h = 0.5 * alpha * alpha * square + sigma * sigma * FEATURES;
    OK(rmf_criterion_separations(rmf_criterion_find("mmd"), &d, 0, 0, alpha, sigma, out));
    for (int a = 0; a < CLASSES; a++)
        for (int b = a + 1; b < CLASSES; b++) {
            const double ratio =
                exp(-out[a * CLASSES + b] * sigma * sigma / (2 * (h + 2 * sigma * sigma)));
            const double drawn =
                2 * drawn_kernel(&d, a, b, alpha, sigma, h) /
                (drawn_kernel(&d, a, a, alpha, sigma, h) + drawn_kernel(&d, b, b, alpha, sigma, h));
            NEAR(ratio, fmin(drawn, 1), 0.01);
        }
}

/* Two classes that differ by a shift alone, with next to no spread of their own: every criterion
 * gives α²‖Δ‖²/σ², and the best classifier is right with p. */
static void one_scale_for_all(void **state)
{
    (void)state;
    enum { D = 400, N = 40 };
    static float x[2 * N * D];
    static int32_t label[2 * N];
    const double shift = 0.05, alpha = 0.7, sigma = 0.5;
    for (int i = 0; i < 2 * N; i++) {
        label[i] = i % 2;
        for (int j = 0; j < D; j++)
            x[i * D + j] = (float)((i % 2 ? shift : -shift) * (j % 2 ? 1 : -1) * 0.5 +
                                   1e-4 * sin(1.7 * i * (j + 3.0)));
    }
    const rmf_labelled data = {2 * N, D, x, label, 2, digit_names};
    const double exact = alpha * alpha * D * shift * shift / (sigma * sigma);
    for (int c = 0; rmf_criterion_registry()[c]; c++) {
        double out[4];
        OK(rmf_criterion_separations(rmf_criterion_registry()[c], &data, 0, 0, alpha, sigma, out));
        NEAR(out[1], exact, 0.01 * exact);
    }
    int64_t right = 0; /* sign of the projection on Δ of a state of class 1 */
    for (int k = 0; k < 40000; k++) {
        float z;
        rmf_random_normal(rmf_key_make(9, 1), (uint64_t)k, 0, &z, 1);
        right += 0.5 * alpha * sqrt((double)D) * shift + sigma * z > 0;
    }
    NEAR(rmf_sibling_accuracy(exact), right / 40000.0, 0.01);
    NEAR(rmf_sibling_accuracy(0), 0.5, 0);
}

/* Classes of equal mean: only the MMD sees that one is wider. */
static void mmd_sees_spread(void **state)
{
    (void)state;
    enum { N = 300, D = 3 };
    static float x[2 * N * D];
    static int32_t label[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        label[i] = i % 2;
        rmf_random_normal(rmf_key_make(4, 1), (uint64_t)(i / 4), 0, x + i * D, D);
        for (int j = 0; j < D; j++) /* objects come with their mirror images */
            x[i * D + j] *= (i % 2 ? 3.0f : 1.0f) * (i / 2 % 2 ? 1.0f : -1.0f);
    }
    const rmf_labelled data = {2 * N, D, x, label, 2, digit_names};
    double linear[4], mmd[4];
    OK(rmf_criterion_separations(rmf_criterion_find("linear"), &data, 0, 0, 1, 0.5, linear));
    OK(rmf_criterion_separations(rmf_criterion_find("mmd"), &data, 0, 0, 1, 0.5, mmd));
    NEAR(linear[1], 0, 1e-9);
    assert_true(mmd[1] > 1);
}

static const rmf_sweeping sweeping = {.noise = &vp, .epsilon = 0.01, .t_limit = 1, .times = 1000};

/* Joins by the general way are those of the sweep; of a cloud whose classes lie in a row. */
static void joins_are_those_of_the_sweep(void **state)
{
    (void)state;
    static const int counts[] = {40, 30, 50, 20};
    cloud c = cloud_make(4, counts, 6, 1, 3);
    for (int linkage = 0; linkage < 2; linkage++) {
        rmf_sweeping how = sweeping;
        rmf_picks picks;
        rmf_sums *sums = NULL;
        rmf_join fast[3], slow[3];
        how.linkage = linkage ? RMF_LINKAGE_CENTROID : RMF_LINKAGE_SINGLE;
        OK(rmf_picks_create(&c.data, 0, 0, &picks));
        OK(rmf_sums_create(&c.data, 0, 0, &sums));
        OK(rmf_sweep(sums, &how, fast));
        OK(rmf_criterion_joins(&rmf_criterion_cosine, &c.data, &picks, &how, slow));
        for (int m = 0; m < 3; m++)
            NEAR(slow[m].time, fast[m].time, 1e-9);
        rmf_sums_free(sums);
        rmf_picks_free(&picks);
    }
    cloud_free(&c);
}

/* A pooled class is the class of all its objects. */
static void pooling_is_exact(void **state)
{
    (void)state;
    float x[OBJECTS * FEATURES];
    int32_t label[OBJECTS];
    const rmf_labelled data = golden_objects(x, label);
    for (int c = 0; rmf_criterion_registry()[c]; c++) {
        const rmf_criterion_ops *ops = rmf_criterion_registry()[c];
        rmf_picks picks;
        void *one = NULL, *two = NULL;
        golden_objects(x, label);
        OK(rmf_picks_create(&data, 0, 0, &picks));
        OK(ops->create(&data, &picks, &one));
        ops->pool(one, 0, 2);
        rmf_picks_free(&picks);
        for (int i = 0; i < OBJECTS; i++)
            label[i] = label[i] == 2 ? 0 : label[i];
        rmf_labelled joined = data;
        joined.n_names = 2;
        OK(rmf_picks_create(&joined, 0, 0, &picks));
        OK(ops->create(&joined, &picks, &two));
        const double expected = ops->separation(two, 0, 1, 0.8, 0.6);
        NEAR(ops->separation(one, 0, 1, 0.8, 0.6), expected, 1e-7 * (1 + expected));
        rmf_picks_free(&picks);
        ops->destroy(one);
        ops->destroy(two);
    }
}

static void discovery_takes_a_criterion(void **state)
{
    (void)state;
    static const int counts[] = {40, 30, 50};
    cloud c = cloud_make(3, counts, 6, 1, 3);
    rmf_discovery o;
    rmf_tree *tree = NULL;
    rmf_discovery_init(&o);
    o.sibling_accuracy = 0.7;
    for (int linkage = 0; linkage < 2; linkage++)
        for (int k = 1; rmf_criterion_registry()[k]; k++) {
            o.criterion = rmf_criterion_registry()[k];
            o.linkage = linkage ? RMF_LINKAGE_CENTROID : RMF_LINKAGE_SINGLE;
            OK(rmf_discover(&c.data, &vp, &o, NULL, &tree));
            OK(rmf_tree_check(tree));
            assert_int_equal(rmf_tree_class_count(tree), 3);
            rmf_tree_free(tree);
            tree = NULL;
        }
    o.bootstrap = 3;
    assert_int_equal(rmf_discover(&c.data, &vp, &o, NULL, &tree), RMF_ERR_ARGUMENT);
    assert_says("criterion mmd with bootstrap");
    o.bootstrap = 0;
    o.method = RMF_DISCOVER_MONTECARLO;
    assert_int_equal(rmf_discover(&c.data, &vp, &o, NULL, &tree), RMF_ERR_ARGUMENT);
    assert_null(tree);
    assert_null(rmf_criterion_find("cosin"));
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_values),
        cmocka_unit_test(mmd_is_the_mean_over_noise),
        cmocka_unit_test(one_scale_for_all),
        cmocka_unit_test(mmd_sees_spread),
        cmocka_unit_test(joins_are_those_of_the_sweep),
        cmocka_unit_test(pooling_is_exact),
        cmocka_unit_test(discovery_takes_a_criterion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
