/* tests/tree/test_tree.c – building, checking and reading trees. */
#include "support.h"
#include "tree/internal.h"

/* ---- building ----------------------------------------------------------------------------- */

static void test_order_and_parents(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree();
    const rmf_branch *root = rmf_tree_branch(tree, 0);
    OK(rmf_tree_check(tree));
    assert_int_equal(rmf_tree_branch_count(tree), 8);
    assert_int_equal(root->n_classes, 5);
    assert_int_equal(root->n_children, 2);
    assert_int_equal(root->children[0], 1);
    assert_int_equal(rmf_tree_branch(tree, 1)->n_classes, 3);
    assert_int_equal(rmf_tree_branch(tree, 1)->n_children, 3);
    assert_int_equal(rmf_tree_branch(tree, 1)->classes[0], 2);
    assert_true(rmf_tree_branch(tree, 1)->support == 0.5);
    assert_true(isnan(root->support));
    for (int c = 0; c < 5; c++) { /* leaves stand last, by class */
        assert_int_equal(rmf_tree_leaf(tree, c), 3 + c);
        assert_int_equal(rmf_tree_class_index(tree, digit_names[c]), c);
    }
    NEAR(rmf_tree_cost(tree), (0.4 + 0.3 + 0.1 + 2 * 0.3 + 3 * 0.5) / 5, 1e-15);
    assert_null(rmf_tree_branch(tree, 8));
    assert_null(rmf_tree_branch(tree, -1));
    assert_null(rmf_tree_class_name(tree, 5));
    assert_int_equal(rmf_tree_class_index(tree, "5"), -1);
    assert_int_equal(rmf_tree_leaf(tree, 5), -1);
    assert_int_equal(rmf_tree_merge_count(tree), 0);
    assert_null(rmf_tree_merge(tree, 0));
    rmf_tree_free(tree);
    rmf_tree_free(NULL);
}

static void test_lookup_at_branch_points(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree();
    static const struct {
        int class;
        double t;
        int branch;
    } cases[] = {{0, -1, 3},  {0, 0, 3},    {0, 0.29, 3}, {0, 0.3, 2},  {0, 0.59, 2},
                 {0, 0.6, 0}, {0, 1, 0},    {0, 7, 0},    {3, 0.49, 6}, {3, 0.5, 1},
                 {3, 0.6, 0}, {5, 0.1, -1}, {-1, 0.1, -1}};
    for (int i = 0; i < COUNT(cases); i++)
        assert_int_equal(rmf_tree_find(tree, cases[i].class, cases[i].t), cases[i].branch);
    assert_int_equal(rmf_tree_find(tree, 0, NAN), -1);
    assert_int_equal(rmf_tree_common(tree, 0, 1), 2);
    assert_int_equal(rmf_tree_common(tree, 0, 4), 0);
    assert_int_equal(rmf_tree_common(tree, 2, 4), 1);
    assert_int_equal(rmf_tree_common(tree, 2, 2), 5);
    assert_int_equal(rmf_tree_common(tree, 2, 9), -1);
    rmf_tree_free(tree);
}

/* One child, a leaf of length 0, an inner branch of length 0, classes that never part. */
static void test_unusual_shapes(void **state)
{
    (void)state;
    static const int all[] = {0, 1, 2};
    const rmf_branch_spec specs[] = {{2, all, 0, 0.4, NAN},     {1, all, 0, 0, NAN},
                                     {1, all + 1, 0, 0, NAN},   {1, all + 2, 0.2, 0.7, NAN},
                                     {1, all + 2, 0, 0.2, NAN}, {3, all, 0.7, 1, NAN},
                                     {2, all, 0.4, 0.7, NAN}};
    rmf_tree *tree = NULL;
    OK(rmf_tree_create(3, digit_names, 1, COUNT(specs), specs, &tree));
    assert_int_equal(rmf_tree_branch(tree, 1)->n_children, 1);
    assert_int_equal(rmf_tree_find(tree, 0, 0), 2); /* the leaf has no time of its own */
    assert_int_equal(rmf_tree_find(tree, 0, 0.4), 1);
    assert_int_equal(rmf_tree_find(tree, 2, 0.1), rmf_tree_leaf(tree, 2));
    assert_int_equal(rmf_tree_branch(tree, rmf_tree_find(tree, 2, 0.2))->n_children, 1);
    assert_int_equal(rmf_tree_common(tree, 0, 1), 2);
    rmf_tree_free(tree);
    OK(rmf_tree_create(1, digit_names, 5, 1, &(rmf_branch_spec){1, all, 0, 5, NAN}, &tree));
    assert_int_equal(rmf_tree_find(tree, 0, 5), 0);
    assert_true(rmf_tree_cost(tree) == 1);
    rmf_tree_free(tree);
}

static void test_star(void **state)
{
    (void)state;
    rmf_tree *tree = NULL;
    OK(rmf_tree_star(4, digit_names, 0.8, 1, &tree));
    assert_int_equal(rmf_tree_branch_count(tree), 5);
    assert_int_equal(rmf_tree_branch(tree, 0)->n_children, 4);
    NEAR(rmf_tree_cost(tree), (0.2 + 4 * 0.8) / 4, 1e-15);
    rmf_tree_free(tree);
    OK(rmf_tree_star(1, digit_names, 1, 1, &tree));
    assert_int_equal(rmf_tree_find(tree, 0, 0.99), 1);
    rmf_tree_free(tree);
    assert_int_equal(rmf_tree_star(0, digit_names, 1, 1, &tree), RMF_ERR_FORMAT);
    assert_int_equal(rmf_tree_star(2, digit_names, 2, 1, &tree), RMF_ERR_FORMAT);
    assert_int_equal(rmf_tree_star(2, digit_names, NAN, 1, &tree), RMF_ERR_FORMAT);
}

/* Times of rounded files are joined without gaps, and nothing else is. */
static void test_rounded_times(void **state)
{
    (void)state;
    static const int all[] = {0, 1};
    rmf_branch_spec specs[] = {{2, all, 1.0 / 3, 1 + 1e-13, NAN},
                               {1, all, 1e-14, 0.33333333333, NAN},
                               {1, all + 1, 0, 1.0 / 3, NAN}};
    rmf_tree *tree = NULL;
    OK(rmf_tree_create(2, digit_names, 1, 3, specs, &tree));
    assert_true(rmf_tree_branch(tree, 1)->t_end == rmf_tree_branch(tree, 0)->t_start);
    assert_true(rmf_tree_branch(tree, 1)->t_start == 0);
    assert_true(rmf_tree_branch(tree, 0)->t_end == 1);
    rmf_tree_free(tree);
    specs[1].t_end = 0.3333;
    assert_int_equal(rmf_tree_create(2, digit_names, 1, 3, specs, &tree), RMF_ERR_FORMAT);
    assert_says("{0} [0, 0.3333) hangs below {0, 1} [0.333333, 1)");
}

/* ---- what is no tree ---------------------------------------------------------------------- */

static void test_refusals(void **state)
{
    (void)state;
    static const int all[] = {0, 1, 2, 0, 9};
    const struct {
        const char *says;
        int n;
        rmf_branch_spec specs[6];
    } cases[] = {
        {"largest branch holds 2 of 3 classes", 1, {{2, all, 0, 1, NAN}}},
        {"no children; expected a leaf of one class", 1, {{3, all, 0.5, 1, NAN}}},
        {"leave out class \"2\"", 2, {{3, all, 0.5, 1, NAN}, {2, all, 0, 0.5, NAN}}},
        {"is a leaf; expected t_start 0",
         4,
         {{3, all, 0.5, 1, NAN},
          {1, all, 0.1, 0.5, NAN},
          {1, all + 1, 0, 0.5, NAN},
          {1, all + 2, 0, 0.5, NAN}}},
        {"{1, 2} [0.3, 0.5) cuts across branch {0, 1} [0.2, 0.5)",
         3,
         {{3, all, 0.5, 1, NAN}, {2, all, 0.2, 0.5, NAN}, {2, all + 1, 0.3, 0.5, NAN}}},
        {"0 ≤ t_start ≤ t_end",
         4,
         {{3, all, 0.5, 1, NAN},
          {1, all, 0, 0.5, NAN},
          {2, all + 1, 0.7, 0.5, NAN},
          {1, all + 2, 0, 0.5, NAN}}},
        {"ends at 0.9; expected t_limit = 1", 1, {{3, all, 0.5, 0.9, NAN}}},
        {"lists class \"0\" twice", 1, {{4, all, 0.5, 1, NAN}}},
        {"holds class 9", 1, {{3, all + 2, 0.5, 1, NAN}}},
        {"has 0 classes", 1, {{0, all, 0.5, 1, NAN}}},
        {"finite numbers", 1, {{3, all, NAN, 1, NAN}}},
        {"support 2", 1, {{3, all, 0.5, 1, 2}}},
        {"expected its t_end to be the parent's t_start",
         5,
         {{3, all, 0.5, 1, NAN},
          {1, all, 0, 0.5, NAN},
          {1, all, 0, 0.5, NAN},
          {1, all + 1, 0, 0.5, NAN},
          {1, all + 2, 0, 0.5, NAN}}},
    };
    rmf_tree *tree = NULL;
    for (int i = 0; i < COUNT(cases); i++) {
        int n = cases[i].specs[0].n_classes == 4 ? 4 : 3;
        rmf_status status = rmf_tree_create(n, digit_names, 1, cases[i].n, cases[i].specs, &tree);
        assert_int_equal(status, RMF_ERR_FORMAT);
        assert_says(cases[i].says);
        assert_null(tree);
    }
}

static void test_refused_names(void **state)
{
    (void)state;
    static const int all[] = {0, 1};
    const rmf_branch_spec specs[] = {
        {2, all, 0.5, 1, NAN}, {1, all, 0, 0.5, NAN}, {1, all + 1, 0, 0.5, NAN}};
    static const struct {
        const char *names[2], *says;
    } cases[] = {{{"a", "a"}, "two classes are named \"a\""},
                 {{"a", ""}, "class 1 has no name"},
                 {{NULL, "b"}, "class 0 has no name"},
                 {{"a", "\xff"}, "not UTF-8"},
                 {{"a", "\xed\xa0\x80"}, "not UTF-8"},
                 {{"a", "\xc0\x80"}, "not UTF-8"},
                 {{"a", "\xe2\x82"}, "not UTF-8"}};
    rmf_tree *tree = NULL;
    for (int i = 0; i < COUNT(cases); i++) {
        assert_int_equal(rmf_tree_create(2, cases[i].names, 1, 3, specs, &tree), RMF_ERR_FORMAT);
        assert_says(cases[i].says);
    }
    static const char *const good[] = {"größe", "日本 \xf0\x9f\x8c\xb3"};
    OK(rmf_tree_create(2, good, 1, 3, specs, &tree));
    assert_int_equal(rmf_tree_class_index(tree, "größe"), 0);
    rmf_tree_free(tree);
    assert_int_equal(rmf_tree_create(2, good, 0, 3, specs, &tree), RMF_ERR_FORMAT);
    assert_int_equal(rmf_tree_create(2, good, INFINITY, 3, specs, &tree), RMF_ERR_FORMAT);
    assert_int_equal(rmf_tree_create(2, good, 1, 0, specs, &tree), RMF_ERR_FORMAT);
    assert_int_equal(rmf_tree_create(0, good, 1, 3, specs, &tree), RMF_ERR_FORMAT);
}

/* The check itself, on a tree broken after the fact: each invariant by its number. */
static void test_check_finds_damage(void **state)
{
    (void)state;
    static const int swapped[] = {1, 0};
    rmf_tree *tree = small_tree();
    const rmf_branch whole[3] = {tree->branch[0], tree->branch[2], tree->branch[3]};
    tree->branch[0].t_end = 0.9;
    assert_int_equal(rmf_tree_check(tree), RMF_ERR_FORMAT);
    assert_says("(invariant 1)");
    tree->branch[0] = whole[0];
    tree->branch[2].parent = 2;
    assert_int_equal(rmf_tree_check(tree), RMF_ERR_FORMAT);
    assert_says("(invariant 2)");
    tree->branch[2] = whole[1];
    tree->branch[2].classes = swapped;
    assert_int_equal(rmf_tree_check(tree), RMF_ERR_FORMAT);
    assert_says("(invariant 3)");
    tree->branch[2] = whole[1];
    tree->branch[3].t_start = 0.1;
    assert_int_equal(rmf_tree_check(tree), RMF_ERR_FORMAT);
    assert_says("(invariant 4)");
    tree->branch[3].t_start = -0.1;
    assert_int_equal(rmf_tree_check(tree), RMF_ERR_FORMAT);
    assert_says("(invariant 5)");
    tree->branch[3] = whole[2];
    OK(rmf_tree_check(tree));
    rmf_tree_free(tree);
}

/* ---- large trees against plain loops ------------------------------------------------------- */

#define MANY 300

static int slow_find(const rmf_tree *tree, int class, double t)
{
    int b = rmf_tree_leaf(tree, class);
    while (b != 0 && t >= rmf_tree_branch(tree, b)->t_end)
        b = rmf_tree_branch(tree, b)->parent;
    return b;
}

static int slow_common(const rmf_tree *tree, int a, int b)
{
    int best = -1;
    for (int i = 0; i < rmf_tree_branch_count(tree); i++) {
        const rmf_branch *branch = rmf_tree_branch(tree, i);
        int held = 0;
        for (int k = 0; k < branch->n_classes; k++)
            held += branch->classes[k] == a || branch->classes[k] == b;
        if (held == 2) best = i; /* smaller sets stand later */
    }
    return best;
}

/* Joins random groups (comb: always the same one) and compares look-ups with walks. */
static void check_large(bool comb, uint64_t seed)
{
    static int pool[MANY * MANY], *sets[2 * MANY], size[2 * MANY], used;
    static double start[2 * MANY];
    static rmf_branch_spec specs[2 * MANY];
    static char name[MANY][8];
    const char *names[MANY];
    int live[MANY], n_live = MANY, n = MANY;
    rmf_key key = rmf_key_make(seed, 5);
    used = 0;
    for (int c = 0; c < MANY; c++) {
        snprintf(name[c], sizeof name[c], "c%d", c);
        names[c] = name[c];
        sets[c] = pool + used++;
        *sets[c] = live[c] = c;
        size[c] = 1;
        start[c] = 0;
    }
    for (; n_live > 1; n++, n_live--) {
        int i = comb ? 0 : (int)rmf_random_below(key, (uint64_t)n, 0, (uint64_t)n_live - 1);
        int a = live[i], b = live[n_live - 1];
        sets[n] = used + size[a] + size[b] <= COUNT(pool) ? pool + used : NULL;
        assert_non_null(sets[n]);
        memcpy(sets[n], sets[a], (size_t)size[a] * sizeof(int));
        memcpy(sets[n] + size[a], sets[b], (size_t)size[b] * sizeof(int));
        used += size[n] = size[a] + size[b];
        start[n] = (double)(n - MANY + 1) / MANY;
        specs[a] = (rmf_branch_spec){size[a], sets[a], start[a], start[n], NAN};
        specs[b] = (rmf_branch_spec){size[b], sets[b], start[b], start[n], NAN};
        live[i] = n;
    }
    specs[n - 1] = (rmf_branch_spec){MANY, sets[n - 1], start[n - 1], 1, NAN};
    rmf_tree *tree = NULL;
    OK(rmf_tree_create(MANY, names, 1, n, specs, &tree));
    for (int k = 0; k < 2000; k++) {
        int c = (int)rmf_random_below(key, (uint64_t)k, 1, MANY);
        int other = (int)rmf_random_below(key, (uint64_t)k, 2, MANY);
        double t = (double)rmf_random_below(key, (uint64_t)k, 3, 2 * MANY + 1) / (2 * MANY);
        assert_int_equal(rmf_tree_find(tree, c, t), slow_find(tree, c, t));
        if (k < 200 && c != other)
            assert_int_equal(rmf_tree_common(tree, c, other), slow_common(tree, c, other));
    }
    rmf_tree_free(tree);
}

static void test_large(void **state)
{
    (void)state;
    check_large(false, 1);
    check_large(false, 2);
    check_large(true, 3);
}

/* The numbering does not depend on the order in which branches are given. */
static void test_any_order(void **state)
{
    (void)state;
    rmf_tree *first = small_tree();
    rmf_branch_spec specs[8];
    for (uint64_t trial = 0; trial < 20; trial++) {
        int64_t order[8];
        rmf_tree *tree = NULL;
        rmf_random_permutation(rmf_key_make(trial, 6), order, 8);
        for (int i = 0; i < 8; i++) {
            const rmf_branch *b = rmf_tree_branch(first, (int)order[i]);
            specs[i] =
                (rmf_branch_spec){b->n_classes, b->classes, b->t_start, b->t_end, b->support};
        }
        OK(rmf_tree_create(5, digit_names, 1, 8, specs, &tree));
        assert_same_tree(first, tree, 0);
        rmf_tree_free(tree);
    }
    rmf_tree_free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_parents),
        cmocka_unit_test(test_lookup_at_branch_points),
        cmocka_unit_test(test_unusual_shapes),
        cmocka_unit_test(test_star),
        cmocka_unit_test(test_rounded_times),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_names),
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
