/* tests/tree/test_compare.c – distances of trees: golden values, the axioms of a metric, random
 * trees, classes in another order. */
#include "support.h"

static rmf_tree_gap gap_of(const rmf_tree *a, const rmf_tree *b)
{
    rmf_tree_gap gap;
    OK(rmf_tree_compare(a, b, &gap));
    return gap;
}

static rmf_tree *parse(const char *newick)
{
    rmf_tree *tree = NULL;
    OK(rmf_tree_from_newick(newick, "test", &tree));
    return tree;
}

static void golden_values(void **state)
{
    (void)state;
    static char line[8192], first[4096], second[4096];
    FILE *file = fopen(RMF_GOLDEN "/tree_distance.txt", "r");
    int seen = 0, foulds;
    double score;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "pair %d %lf %4095s %4095s", &foulds, &score, first, second) != 4)
            continue;
        rmf_tree *a = parse(first), *b = parse(second);
        const rmf_tree_gap gap = gap_of(a, b);
        NEAR(gap.branch_score, score, 1e-12);
        assert_int_equal(gap.robinson_foulds, foulds);
        assert_int_equal(rmf_tree_group_count(a) + rmf_tree_group_count(b),
                         2 * gap.shared + foulds);
        rmf_tree_free(a);
        rmf_tree_free(b);
        seen++;
    }
    fclose(file);
    assert_int_equal(seen, 40);
}

/* By hand: {a b} lives 0.3 in one tree and is missing in the other, and so on. */
static void counted_by_hand(void **state)
{
    (void)state;
    rmf_tree *a = parse("((a:0.2,b:0.2):0.3,c:0.5):0.5;"),
             *b = parse("(a:0.4,(b:0.1,c:0.1):0.3):0.6;");
    const rmf_tree_gap gap = gap_of(a, b);
    /* a 0.2−0.4, b 0.2−0.1, c 0.5−0.1, {a b} 0.3, {b c} −0.3, root 0.5−0.6 */
    NEAR(gap.branch_score, sqrt(0.04 + 0.01 + 0.16 + 0.09 + 0.09 + 0.01), 1e-12);
    assert_int_equal(gap.robinson_foulds, 2);
    NEAR(gap.robinson_foulds_share, 1, 0);
    assert_int_equal(gap.shared, 0);
    rmf_tree_free(b);
    /* A branch in two pieces is one clade. */
    b = parse("((a:0.2,b:0.2):0.1):0.2;");
    rmf_tree_free(a);
    a = parse("(a:0.2,b:0.2):0.3;");
    assert_int_equal(gap_of(a, b).robinson_foulds, 0);
    NEAR(gap_of(a, b).branch_score, 0, 1e-12);
    NEAR(gap_of(a, b).robinson_foulds_share, 0, 0);
    rmf_tree_free(a);
    rmf_tree_free(b);
}

static void they_are_metrics(void **state)
{
    (void)state;
    enum { TREES = 20 };
    rmf_tree *tree[TREES];
    rmf_tree_gap gap[TREES][TREES];
    tree[0] = small_tree();
    OK(rmf_tree_star(5, digit_names, 0.4, 1, &tree[1]));
    tree[2] = parse("((((0:0.1,1:0.1):0.2,2:0.3):0.2,3:0.5):0.2,4:0.7):0.3;");
    for (int i = 3; i < TREES; i++) /* shapes at random, two sets of times */
        OK(rmf_tree_random(tree[i % 2 ? 0 : 2], (uint64_t)i, &tree[i]));
    for (int i = 0; i < TREES; i++)
        for (int j = 0; j < TREES; j++)
            gap[i][j] = gap_of(tree[i], tree[j]);
    for (int i = 0; i < TREES; i++)
        for (int j = 0; j < TREES; j++) {
            assert_true(gap[i][j].branch_score == gap[j][i].branch_score);
            assert_int_equal(gap[i][j].robinson_foulds, gap[j][i].robinson_foulds);
            assert_true(gap[i][j].robinson_foulds_share <= 1);
            if (i == j) assert_true(gap[i][j].branch_score == 0 && gap[i][j].robinson_foulds == 0);
            for (int k = 0; k < TREES; k++) {
                assert_true(gap[i][k].branch_score <=
                            gap[i][j].branch_score + gap[j][k].branch_score + 1e-12);
                assert_true(gap[i][k].robinson_foulds <=
                            gap[i][j].robinson_foulds + gap[j][k].robinson_foulds);
            }
        }
    assert_true(gap[0][1].branch_score > 0 && gap[0][1].robinson_foulds == 2);
    for (int i = 0; i < TREES; i++)
        rmf_tree_free(tree[i]);
}

static void random_trees_keep_times_and_draw_shapes_evenly(void **state)
{
    (void)state;
    rmf_tree *like = small_tree(), *tree = NULL, *again = NULL;
    for (uint64_t seed = 0; seed < 50; seed++) { /* joins at 0.3, 0.5, 0.5, 0.6 */
        OK(rmf_tree_random(like, seed, &tree));
        OK(rmf_tree_check(tree));
        double time[4];
        int n = 0;
        for (int b = rmf_tree_branch_count(tree) - 1; b >= 0; b--)
            for (int k = 1; k < rmf_tree_branch(tree, b)->n_children; k++)
                time[n++] = rmf_tree_branch(tree, b)->t_start;
        assert_int_equal(n, 4);
        NEAR(time[0] + time[1] + time[2] + time[3], 1.9, 1e-12);
        NEAR(rmf_tree_branch(tree, 0)->t_start, 0.6, 0);
        rmf_tree_free(tree);
    }
    OK(rmf_tree_random(like, 7, &tree));
    OK(rmf_tree_random(like, 7, &again));
    assert_same_tree(tree, again, 0);
    rmf_tree_free(tree);
    rmf_tree_free(again);
    rmf_tree_free(like);
    int count[3] = {0};
    like = parse("((0:0.2,1:0.2):0.3,2:0.5):0.5;");
    for (uint64_t seed = 0; seed < 900; seed++) {
        OK(rmf_tree_random(like, seed, &tree));
        for (int alone = 0; alone < 3; alone++) /* the one beside the pair */
            count[alone] += rmf_tree_common(tree, (alone + 1) % 3, (alone + 2) % 3) != 0;
        rmf_tree_free(tree);
    }
    for (int i = 0; i < 3; i++)
        NEAR(count[i], 300, 5 * sqrt(900.0 * 2 / 9));
    rmf_tree_free(like);
}

static void the_order_of_classes_does_not_matter(void **state)
{
    (void)state;
    static const char *const turned[] = {"4", "2", "0", "1", "3"};
    rmf_tree *a = small_tree(), *b = NULL, *back = NULL;
    rmf_tree_gap gap;
    OK(rmf_tree_reorder(a, 5, turned, "turned", &b));
    assert_string_equal(rmf_tree_class_name(b, 0), "4");
    NEAR(rmf_tree_branch(b, rmf_tree_common(b, 2, 3))->t_start, 0.3, 0); /* "0" and "1" */
    assert_int_equal(rmf_tree_compare(a, b, &gap), RMF_ERR_ARGUMENT);
    assert_says("class 0 is \"0\" and \"4\"");
    OK(rmf_tree_reorder(b, 5, digit_names, "back", &back));
    assert_same_tree(a, back, 0);
    rmf_tree_free(back);
    back = NULL;
    assert_int_equal(rmf_tree_reorder(a, 4, digit_names, "own.json", &back), RMF_ERR_USAGE);
    assert_says("own.json: a tree of 5 classes; expected the 4 of the data");
    assert_int_equal(rmf_tree_reorder(a, 5, digit_names + 1, "own.json", &back), RMF_ERR_USAGE);
    assert_says("own.json: class \"0\" is not in the data");
    assert_null(back);
    rmf_tree_free(b);
    OK(rmf_tree_star(4, digit_names, 0.4, 1, &b));
    assert_int_equal(rmf_tree_compare(a, b, &gap), RMF_ERR_ARGUMENT);
    assert_says("5 and 4 classes");
    rmf_tree_free(a);
    rmf_tree_free(b);
}

/* The trees of resamples are those that `bootstrap` counts for support and intervals. */
static void resamples_are_those_of_bootstrap(void **state)
{
    (void)state;
    enum { RESAMPLES = 12 };
    static const int counts[] = {9, 12, 8, 10, 11};
    cloud c = cloud_make(5, counts, 12, 0.5, 3);
    rmf_discovery o;
    rmf_discovery_init(&o);
    o.bootstrap = RESAMPLES;
    o.seed = 5;
    rmf_tree *whole = discover(&c.data, &o);
    o.bootstrap = 0;
    int held[16] = {0}, groups = 0;
    for (o.resample = 1; o.resample <= RESAMPLES; o.resample++) {
        rmf_tree *tree = discover(&c.data, &o);
        for (int b = 0; b < rmf_tree_branch_count(whole); b++)
            for (int k = 0; k < rmf_tree_branch_count(tree); k++) {
                const rmf_branch *x = rmf_tree_branch(whole, b), *y = rmf_tree_branch(tree, k);
                held[b] += x->n_classes == y->n_classes &&
                           memcmp(x->classes, y->classes, (size_t)x->n_classes * sizeof(int)) == 0;
            }
        rmf_tree_free(tree);
    }
    for (int b = 1; b < rmf_tree_branch_count(whole); b++) {
        const rmf_branch *branch = rmf_tree_branch(whole, b);
        if (branch->n_classes == 1) continue;
        NEAR(branch->support, (double)held[b] / RESAMPLES, 1e-12);
        groups++;
    }
    assert_true(groups > 0);
    rmf_tree_free(whole);
    rmf_tree *none = NULL;
    o.resample = 1;
    o.method = RMF_DISCOVER_MONTECARLO;
    assert_int_equal(rmf_discover(&c.data, &vp, &o, NULL, &none), RMF_ERR_ARGUMENT);
    assert_says("a resample with the Monte Carlo method");
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_values),
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(they_are_metrics),
        cmocka_unit_test(random_trees_keep_times_and_draw_shapes_evenly),
        cmocka_unit_test(the_order_of_classes_does_not_matter),
        cmocka_unit_test(resamples_are_those_of_bootstrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
