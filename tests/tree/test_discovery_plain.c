/* tests/tree/test_discovery_plain.c – exact discovery against plain algorithms, and awkward
 * distances. */
#include "support.h"

/* First time with D(a, b) ≤ ε, by bisection on the public similarities; D falls with t here. */
static double plain_crossing(const rmf_sums *sums, int n, int a, int b, double epsilon)
{
    static double s[64 * 64];
    double low = 0, high = 1;
    for (int i = 0; i < 36; i++) {
        double t = i == 0 ? 0 : 0.5 * (low + high), alpha, sigma;
        vp_kernel(NULL, t, &alpha, &sigma);
        OK(rmf_sums_similarity(sums, alpha, sigma, s));
        bool close = 0.5 * (s[a * n + a] + s[b * n + b]) - s[a * n + b] <= epsilon;
        if (close && i == 0) return 0;
        if (close)
            high = t;
        else
            low = t;
    }
    return high;
}

/* Crossing times of all pairs, then the smallest of two groups (single linkage). */
static void check_single(const cloud *c, double epsilon)
{
    const int n = c->data.n_names;
    static double crossing[64][64];
    static int group[64];
    rmf_discovery o = with_epsilon(epsilon);
    rmf_tree *tree = discover(&c->data, &o);
    rmf_sums *sums = NULL;
    OK(rmf_sums_create(&c->data, 0, 0, &sums));
    for (int a = 0; a < n; a++)
        for (int b = a + 1; b < n; b++)
            crossing[a][b] = plain_crossing(sums, n, a, b, epsilon);
    for (int a = 0; a < n; a++)
        group[a] = a;
    for (int m = 0; m + 1 < n; m++) {
        int x = -1, y = -1;
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++)
                if (group[a] != group[b] && (x < 0 || crossing[a][b] < crossing[x][y])) {
                    x = a;
                    y = b;
                }
        NEAR(rmf_tree_merge(tree, m)->time, crossing[x][y], 1e-9);
        NEAR(rmf_tree_branch(tree, rmf_tree_common(tree, x, y))->t_start, crossing[x][y], 1e-9);
        int gone = group[y], kept = group[x];
        for (int a = 0; a < n; a++)
            if (group[a] == gone) group[a] = kept;
    }
    rmf_sums_free(sums);
    rmf_tree_free(tree);
}

/* Relabels the objects after each join and computes everything anew (centroid linkage). */
static void check_centroid(const cloud *c, double epsilon)
{
    rmf_discovery o = with_epsilon(epsilon);
    o.linkage = RMF_LINKAGE_CENTROID;
    rmf_tree *tree = discover(&c->data, &o);
    rmf_labelled data = c->data;
    int32_t *label = malloc((size_t)data.n * sizeof *label);
    assert_non_null(label);
    memcpy(label, data.label, (size_t)data.n * sizeof *label);
    data.label = label;
    double now = 0;
    for (int m = 0; data.n_names > 1; m++) {
        int x = -1, y = -1;
        double first = 2;
        rmf_sums *sums = NULL;
        OK(rmf_sums_create(&data, 0, 0, &sums));
        for (int a = 0; a < data.n_names; a++)
            for (int b = a + 1; b < data.n_names; b++) {
                double t = fmax(now, plain_crossing(sums, data.n_names, a, b, epsilon));
                if (t < first) {
                    first = t;
                    x = a;
                    y = b;
                }
            }
        now = first;
        NEAR(rmf_tree_merge(tree, m)->time, now, 1e-9);
        for (int64_t i = 0; i < data.n; i++) /* the last label takes the place of y */
            label[i] = label[i] == y ? x : label[i] == data.n_names - 1 ? y : label[i];
        data.n_names--;
        rmf_sums_free(sums);
    }
    free(label);
    rmf_tree_free(tree);
}

static void test_against_plain_algorithms(void **state)
{
    (void)state;
    static const int counts[] = {20, 35, 20, 50, 20, 20, 9, 20};
    for (uint64_t seed = 0; seed < 4; seed++) {
        cloud c = cloud_make(8, counts, seed < 2 ? 10 : 200, seed % 2 == 0 ? 0.5 : 1.5, seed);
        check_single(&c, 0.05);
        check_single(&c, 0.003);
        check_centroid(&c, 0.05);
        check_centroid(&c, 0.003);
        cloud_free(&c);
    }
}

/* 30 classes that all cross within a few hundredths: more candidates than are solved at once. */
static void test_many_candidates(void **state)
{
    (void)state;
    static char text[30][16];
    static const char *names[30];
    int counts[30];
    for (int i = 0; i < 30; i++) {
        snprintf(text[i], sizeof text[i], "k%d", i);
        names[i] = text[i];
        counts[i] = 6;
    }
    cloud c = cloud_make(30, counts, 60, 2, 4);
    c.data.names = names;
    check_single(&c, 0.01);
    rmf_discovery o = with_epsilon(0.01);
    o.linkage = RMF_LINKAGE_CENTROID;
    rmf_tree *tree = discover(&c.data, &o);
    for (int m = 1; m < rmf_tree_merge_count(tree); m++)
        assert_true(rmf_tree_merge(tree, m)->time >= rmf_tree_merge(tree, m - 1)->time);
    rmf_tree_free(tree);
    cloud_free(&c);
}

/* Nearly the same directions, norms that differ much: the distance first grows with t.  The
 * crossing is the first time at which it is small again. */
static void test_distance_that_rises(void **state)
{
    (void)state;
    static const int counts[] = {10, 10};
    const double epsilon = 0.002;
    double s[4], alpha, sigma, distance = 1, t = 0;
    cloud c = cloud_make(2, counts, 6, 0, 6);
    rmf_sums *sums = NULL;
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < 6; j++) {
            float *x = &c.x[i * 6 + j], size = i < 10 ? 0.05f : 3;
            *x = size * (1 + 0.01f * *x) + (i >= 10 && j == 0 ? 0.6f : 0);
        }
    OK(rmf_sums_create(&c.data, 0, 0, &sums));
    double start = 0, peak = 0;
    for (int g = 0; distance > epsilon; g++) {
        t = g / 4000.0;
        vp_kernel(NULL, t, &alpha, &sigma);
        OK(rmf_sums_similarity(sums, alpha, sigma, s));
        distance = 0.5 * (s[0] + s[3]) - s[1];
        if (g == 0) start = distance;
        peak = fmax(peak, distance);
    }
    assert_true(start > epsilon && peak > 5 * start); /* or the test tests nothing */
    rmf_discovery o = with_epsilon(epsilon);
    rmf_tree *tree = discover(&c.data, &o);
    NEAR(rmf_tree_branch(tree, 0)->t_start, t, 1.0 / 4000);
    rmf_tree_free(tree);
    rmf_sums_free(sums);
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_plain_algorithms),
        cmocka_unit_test(test_many_candidates),
        cmocka_unit_test(test_distance_that_rises),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
