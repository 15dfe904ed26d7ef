/* tests/tree/test_discovery.c – exact discovery: closed forms, sameness, the file. */
#include "support.h"

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
        cmocka_unit_test(test_sums_and_threads_give_the_same),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_bootstrap_is_centred),
        cmocka_unit_test(test_file_of_discovered_tree),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
