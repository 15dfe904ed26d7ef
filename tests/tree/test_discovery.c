/* tests/tree/test_discovery.c – exact discovery: closed forms, plain algorithms, refusals. */
#include "support.h"

static rmf_tree *discover(const rmf_labelled *data, const rmf_discovery *options)
{
    rmf_tree *tree = NULL;
    OK(rmf_discover(data, &vp, options, NULL, &tree));
    OK(rmf_tree_check(tree));
    return tree;
}

static rmf_discovery with_epsilon(double epsilon)
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

static double axis_crossing(double epsilon)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        double t = 0.5 * (low + high), alpha, sigma;
        vp_kernel(NULL, t, &alpha, &sigma);
        double rho = rmf_rho(2 * alpha / sigma, 3);
        if (rho * rho > epsilon)
            low = t;
        else
            high = t;
    }
    return high;
}

static void test_closed_form_and_tie(void **state)
{
    (void)state;
    const rmf_discovery o = with_epsilon(0.02);
    rmf_tree *tree = discover(&on_axes, &o);
    assert_int_equal(rmf_tree_branch_count(tree), 4); /* one branch point, three children */
    NEAR(rmf_tree_branch(tree, 0)->t_start, axis_crossing(0.02), 1e-10);
    assert_int_equal(rmf_tree_merge_count(tree), 2);
    assert_int_equal(rmf_tree_merge(tree, 1)->n_left, 2);
    assert_int_equal(rmf_tree_merge(tree, 1)->right[0], 2);
    assert_true(isnan(rmf_tree_merge(tree, 0)->low));
    rmf_tree_free(tree);
}

/* ε from the accuracy of telling siblings apart. */
static void test_sibling_accuracy(void **state)
{
    (void)state;
    rmf_discovery o;
    rmf_discovery_init(&o);
    o.sibling_accuracy = 0.7;
    double gap = 2 * rmf_normal_quantile(0.7);
    rmf_tree *tree = discover(&on_axes, &o);
    NEAR(rmf_tree_branch(tree, 0)->t_start, axis_crossing(gap * gap / 6), 1e-10);
    rmf_tree_free(tree);
}

static void test_minima(void **state)
{
    (void)state;
    static const int counts[] = {20, 20, 20, 20};
    cloud c = cloud_make(4, counts, 10, 1, 3);
    rmf_discovery o = with_epsilon(0.05);
    rmf_tree *free_tree = discover(&c.data, &o);
    double last = rmf_tree_branch(free_tree, 0)->t_start;
    double first = rmf_tree_merge(free_tree, 0)->time;
    o.min_branch_length = 0.15;
    rmf_tree *tree = discover(&c.data, &o);
    for (int b = 1; b < rmf_tree_branch_count(tree); b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        if (branch->n_children > 0) assert_true(branch->t_end - branch->t_start > 0.15 - 1e-12);
    }
    assert_true(rmf_tree_branch(tree, 0)->t_start >= last);
    rmf_tree_free(tree);
    o.min_branch_length = 0;
    o.min_branch_time = 0.5 * (first + last); /* some branch points move up to it */
    tree = discover(&c.data, &o);
    NEAR(rmf_tree_branch(tree, 0)->t_start, last, 1e-15);
    NEAR(rmf_tree_merge(tree, 0)->time, o.min_branch_time, 1e-15);
    for (int k = 0; k < 4; k++)
        assert_true(rmf_tree_branch(tree, rmf_tree_leaf(tree, k))->t_end >= o.min_branch_time);
    rmf_tree_free(tree);
    o.min_branch_length = 0.9;
    assert_int_equal(rmf_discover(&c.data, &vp, &o, NULL, &tree), RMF_ERR_ARGUMENT);
    assert_says("push the root's branch point to");
    rmf_tree_free(free_tree);
    cloud_free(&c);
}

/* Classes that are the same never part: leaves of length 0, one branch point at 0. */
static void test_equal_classes(void **state)
{
    (void)state;
    static const int counts[] = {30, 30, 30};
    cloud c = cloud_make(3, counts, 5, 1, 8);
    memcpy(c.x + 150, c.x, 150 * sizeof *c.x);
    memcpy(c.x + 300, c.x, 150 * sizeof *c.x);
    for (int linkage = 0; linkage < 2; linkage++) {
        rmf_discovery o = with_epsilon(0.05);
        o.linkage = (enum rmf_linkage)linkage;
        rmf_tree *tree = discover(&c.data, &o);
        assert_int_equal(rmf_tree_branch_count(tree), 4);
        assert_true(rmf_tree_branch(tree, 0)->t_start == 0);
        assert_int_equal(rmf_tree_find(tree, 1, 0), 0);
        rmf_tree_free(tree);
    }
    cloud_free(&c);
}

static void test_one_class(void **state)
{
    (void)state;
    static const int counts[] = {3};
    cloud c = cloud_make(1, counts, 5, 1, 8);
    rmf_discovery o = with_epsilon(0.05);
    rmf_tree *tree = discover(&c.data, &o);
    assert_int_equal(rmf_tree_branch_count(tree), 1);
    assert_int_equal(rmf_tree_merge_count(tree), 0);
    rmf_tree_free(tree);
    cloud_free(&c);
}

/* ---- plain algorithms --------------------------------------------------------------------- */

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
    static char text[30][8];
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

/* ---- sameness ----------------------------------------------------------------------------- */

static void test_sums_and_threads_give_the_same(void **state)
{
    (void)state;
    static const int counts[] = {20, 30, 40, 50, 20, 20};
    cloud c = cloud_make(6, counts, 150, 0.5, 1);
    rmf_discovery o;
    rmf_discovery_init(&o);
    rmf_sums *sums = NULL;
    rmf_tree *from_sums = NULL;
    o.bootstrap = 10;
    rmf_threads_set(1);
    rmf_tree *one = discover(&c.data, &o);
    rmf_threads_set(3);
    rmf_tree *three = discover(&c.data, &o);
    rmf_threads_set(0);
    assert_same_tree(one, three, 0);
    for (int m = 0; m < 5; m++) {
        assert_true(rmf_tree_merge(one, m)->low == rmf_tree_merge(three, m)->low);
        assert_true(rmf_tree_merge(one, m)->high == rmf_tree_merge(three, m)->high);
    }
    OK(rmf_sums_create(&c.data, 0, 0, &sums));
    assert_int_equal(rmf_discover_from_sums(sums, &vp, &o, &from_sums), RMF_ERR_ARGUMENT);
    o.bootstrap = 0;
    OK(rmf_discover_from_sums(sums, &vp, &o, &from_sums));
    for (int b = 0; b < rmf_tree_branch_count(one); b++)
        assert_true(rmf_tree_branch(one, b)->t_start == rmf_tree_branch(from_sums, b)->t_start);
    rmf_sums_free(sums);
    rmf_tree_free(one);
    rmf_tree_free(three);
    rmf_tree_free(from_sums);
    cloud_free(&c);
}

/* Two far pairs of near classes: sure clades; in pure noise: unsure ones. */
static void test_bootstrap(void **state)
{
    (void)state;
    static const int counts[] = {60, 60, 60, 60};
    cloud c = cloud_make(4, counts, 12, 0, 2);
    for (int i = 0; i < 240; i++)
        for (int j = 0; j < 12; j++)
            c.x[i * 12 + j] += (float)(j == i / 120) * 4 + (float)(j == 4 + i / 60) * 1.5f;
    rmf_discovery o = with_epsilon(0.02);
    o.bootstrap = 60;
    rmf_tree *tree = discover(&c.data, &o);
    const rmf_branch *pair = rmf_tree_branch(tree, rmf_tree_common(tree, 2, 3));
    assert_int_equal(pair->n_classes, 2);
    assert_true(pair->support == 1);
    assert_true(isnan(rmf_tree_branch(tree, 0)->support));
    assert_true(isnan(rmf_tree_branch(tree, rmf_tree_leaf(tree, 0))->support));
    for (int m = 0; m < 3; m++) {
        const rmf_merge *merge = rmf_tree_merge(tree, m);
        assert_true(merge->low < merge->time && merge->time < merge->high);
        assert_true(merge->high - merge->low < 0.3);
    }
    rmf_tree_free(tree);
    cloud_free(&c);
    c = cloud_make(4, (const int[]){2, 3, 30, 30}, 12, 0.3, 5); /* tiny classes resample too */
    tree = discover(&c.data, &o);
    double least = 1;
    for (int b = 1; b < rmf_tree_branch_count(tree); b++)
        least = fmin(least, rmf_tree_branch(tree, b)->support);
    assert_true(least < 1);
    rmf_tree_free(tree);
    cloud_free(&c);
}

/* Resampling must not shift distances: intervals lie around the time, not above it. */
static void test_bootstrap_is_centred(void **state)
{
    (void)state;
    static const int counts[] = {40, 40};
    int above = 0, below = 0;
    for (uint64_t seed = 0; seed < 12; seed++) {
        cloud c = cloud_make(2, counts, 100, 0.3, seed);
        rmf_discovery o = with_epsilon(0.01);
        o.bootstrap = 40;
        rmf_tree *tree = discover(&c.data, &o);
        const rmf_merge *m = rmf_tree_merge(tree, 0);
        above += m->time > 0.5 * (m->low + m->high);
        below += m->time < 0.5 * (m->low + m->high);
        assert_true(m->low < m->time && m->time < m->high);
        rmf_tree_free(tree);
        cloud_free(&c);
    }
    assert_true(above >= 1 && below >= 1);
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void expect_refusal(const rmf_labelled *data, const rmf_noise *noise, const rmf_discovery *o,
                           rmf_status status, const char *says)
{
    rmf_tree *tree = NULL;
    assert_int_equal(rmf_discover(data, noise, o, NULL, &tree), status);
    assert_null(tree);
    assert_says(says);
}

static void test_refused_data(void **state)
{
    (void)state;
    static const int counts[] = {5, 5};
    cloud c = cloud_make(2, counts, 4, 1, 1);
    rmf_discovery o = with_epsilon(0.01);
    rmf_labelled d = c.data;
    d.n = 6;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT,
                   "class \"1\" has 1 object; expected at least two");
    d.n = 5;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT, "class \"1\" has 0 objects");
    d.n = 0;
    expect_refusal(&d, &vp, &o, RMF_ERR_ARGUMENT, "0 objects of 4 features");
    c.label[3] = 2;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "object 3 has label 2; expected 0 to 1");
    c.label[3] = -1;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "object 3 has label -1");
    c.label[3] = 0;
    c.x[7 * 4 + 2] = NAN;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "feature 2 of object 7 is NaN");
    c.x[7 * 4 + 2] = -INFINITY;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "feature 2 of object 7 is infinite");
    for (int i = 0; i < 40; i++)
        c.x[i] = 3;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "all 10 objects are equal");
    o.method = RMF_DISCOVER_MONTECARLO;
    expect_refusal(&c.data, &vp, &o, RMF_ERR_ARGUMENT, "all 10 objects are equal");
    cloud_free(&c);
}

static void test_refused_options(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        double value;
        const char *says;
    } cases[] = {
#define FIELD(name, value, says) {offsetof(rmf_discovery, name), value, says}
        FIELD(sibling_accuracy, 0.5, "sibling_accuracy is 0.5; expected a number above 0.5"),
        FIELD(sibling_accuracy, 1, "sibling_accuracy is 1"),
        FIELD(sibling_accuracy, NAN, "sibling_accuracy is nan"),
        FIELD(epsilon, 0, "epsilon is 0; expected a positive number"),
        FIELD(epsilon, -1, "epsilon is -1"),
        FIELD(min_branch_time, -1, "min_branch_time is -1"),
        FIELD(min_branch_length, NAN, "min_branch_length is nan"),
        FIELD(t_limit, 0, "t_limit is 0"),
        FIELD(smooth, -1, "smooth is -1"),
    };
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_discovery o = with_epsilon(0.01);
        memcpy((char *)&o + cases[i].offset, &cases[i].value, sizeof(double));
        expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, cases[i].says);
    }
    rmf_discovery o = with_epsilon(0.01);
    o.times = 1;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "times is 1; expected 2 to");
    o.times = 10;
    o.max_per_class = -3;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "max_per_class is -3");
    o.max_per_class = 0;
    o.bootstrap = 5;
    o.method = RMF_DISCOVER_MONTECARLO;
    expect_refusal(&on_axes, &vp, &o, RMF_ERR_ARGUMENT, "bootstrap with the Monte Carlo");
}

static void weak_kernel(const void *context, double t, double *alpha, double *sigma)
{
    *alpha = 1;
    *sigma = *(const double *)context * t;
}

static void broken_kernel(const void *context, double t, double *alpha, double *sigma)
{
    (void)context;
    *alpha = 1;
    *sigma = t > 0.3 ? NAN : t;
}

static void test_refused_noise(void **state)
{
    (void)state;
    const double small = 0.1, large = 100;
    rmf_noise weak = {weak_kernel, &small, "weak"}, broken = {broken_kernel, NULL, "broken"};
    rmf_discovery o = with_epsilon(0.01);
    rmf_tree *tree = NULL;
    for (int method = 0; method < 2; method++) {
        o.method = (enum rmf_discovery_method)method;
        o.times = 20;
        expect_refusal(&on_axes, &weak, &o, RMF_ERR_NUMERIC, "classes \"0\" and \"1\"");
        expect_refusal(&on_axes, &broken, &o, RMF_ERR_NUMERIC, "noise broken: α = 1, σ = nan");
    }
    o.method = RMF_DISCOVER_EXACT;
    weak.context = &large; /* a process that leaves α at 1 */
    OK(rmf_discover(&on_axes, &weak, &o, NULL, &tree));
    double t = rmf_tree_branch(tree, 0)->t_start, rho = rmf_rho(2 / (100 * t), 3);
    NEAR(rho * rho, 0.01, 1e-9);
    rmf_tree_free(tree);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    assert_non_null(event->activity);
    return --*(int *)context > 0;
}

static void test_stop(void **state)
{
    (void)state;
    for (int method = 0; method < 2; method++)
        for (int after = 1; after < 4; after++) {
            int left = after;
            const rmf_progress progress = {stop, &left};
            rmf_discovery o = with_epsilon(0.01);
            rmf_tree *tree = NULL;
            o.method = (enum rmf_discovery_method)method;
            assert_int_equal(rmf_discover(&on_axes, &vp, &o, &progress, &tree),
                             RMF_ERR_INTERRUPTED);
            assert_null(tree);
        }
}

/* The facts and merges of a discovered tree survive its file. */
static void test_file_of_discovered_tree(void **state)
{
    (void)state;
    static const int counts[] = {20, 20, 20};
    cloud c = cloud_make(3, counts, 10, 1, 3);
    rmf_discovery o;
    rmf_tree *back = NULL;
    char *text = NULL;
    size_t size;
    rmf_discovery_init(&o);
    o.bootstrap = 5;
    o.seed = UINT64_MAX;
    rmf_tree *tree = discover(&c.data, &o);
    OK(rmf_tree_write(tree, "found.json", false));
    OK(rmf_tree_read("found.json", &back));
    assert_same_tree(tree, back, 0);
    assert_true(rmf_tree_merge(back, 1)->low == rmf_tree_merge(tree, 1)->low);
    OK(rmf_tree_write(back, "again.json", false));
    OK(rmf_file_read("again.json", 0, &text, &size));
    static const char *const parts[] = {"\"exact\"",
                                        "\"single\"",
                                        "\"vp:0.1,20\"",
                                        "\"sibling_accuracy\"",
                                        "\"18446744073709551615\"",
                                        "\"interval\"",
                                        "\"support\""};
    for (int i = 0; i < COUNT(parts); i++)
        assert_non_null(strstr(text, parts[i]));
    rmf_free(text);
    rmf_tree_free(tree);
    rmf_tree_free(back);
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form_and_tie),
        cmocka_unit_test(test_sibling_accuracy),
        cmocka_unit_test(test_minima),
        cmocka_unit_test(test_equal_classes),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_against_plain_algorithms),
        cmocka_unit_test(test_many_candidates),
        cmocka_unit_test(test_distance_that_rises),
        cmocka_unit_test(test_sums_and_threads_give_the_same),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_bootstrap_is_centred),
        cmocka_unit_test(test_refused_data),
        cmocka_unit_test(test_refused_options),
        cmocka_unit_test(test_refused_noise),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_file_of_discovered_tree),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
