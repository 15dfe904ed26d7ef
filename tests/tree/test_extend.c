/* tests/tree/test_extend.c – a class added to a tree: rows that the pieces of a split branch share.
 */
#include "support.h"

static void assert_same_rows(const rmf_tree *before, const rmf_tree *after)
{
    for (int c = 0; c < rmf_tree_class_count(before); c++) {
        assert_string_equal(rmf_tree_class_name(before, c), rmf_tree_class_name(after, c));
        for (int i = 0; i <= 1000; i++) {
            const int a = rmf_tree_find(before, c, i / 1000.0);
            const int b = rmf_tree_find(after, c, i / 1000.0);
            assert_int_equal(rmf_tree_branch(before, a)->row, rmf_tree_branch(after, b)->row);
        }
    }
}

static void rows_begin_as_numbers(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree();
    for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
        assert_int_equal(rmf_tree_branch(tree, b)->row, b);
        assert_int_equal(rmf_tree_continuation(tree, b), -1);
    }
    rmf_tree_free(tree);
}

static void old_classes_keep_their_rows(void **state)
{
    (void)state;
    static const struct {
        int class;
        double time;
        int branches; /* more than before */
    } places[] = {{0, 0.8, 2}, {0, 0.6, 1}, {2, 0.55, 2}, {2, 0.5, 1}, {4, 0.2, 2}, {1, 1, 2}};
    for (int p = 0; p < COUNT(places); p++) {
        rmf_tree *before = small_tree();
        const int old = rmf_tree_branch_count(before);
        rmf_tree *after = extended(before, "new", places[p].class, places[p].time, old);
        assert_int_equal(rmf_tree_branch_count(after), old + places[p].branches);
        assert_same_rows(before, after);
        const rmf_branch *leaf = rmf_tree_branch(after, rmf_tree_leaf(after, 5));
        assert_int_equal(leaf->row, old);
        NEAR(leaf->t_end, places[p].time, 0);
        NEAR(leaf->t_start, 0, 0);
        const int next = rmf_tree_continuation(after, leaf->parent);
        assert_int_equal(next >= 0, places[p].branches == 2);
        if (next >= 0) NEAR(rmf_tree_branch(after, next)->t_end, places[p].time, 0);
        rmf_tree_free(before);
        rmf_tree_free(after);
    }
}

static void chains_and_files_keep_them(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree(), *first = tree, *read = NULL;
    static const char *const names[] = {"x", "y", "z"};
    static const int class[] = {2, 5, 2};
    static const double time[] = {0.4, 0.3, 0.45};
    for (int i = 0; i < 3; i++) {
        rmf_tree *next = extended(tree, names[i], class[i], time[i], 8 + i);
        assert_same_rows(tree, next);
        if (tree != first) rmf_tree_free(tree);
        tree = next;
    }
    OK(rmf_tree_write(tree, "t.json", true));
    OK(rmf_tree_read("t.json", &read));
    assert_same_tree(tree, read, 1e-12);
    for (int b = 0; b < rmf_tree_branch_count(tree); b++)
        assert_int_equal(rmf_tree_branch(tree, b)->row, rmf_tree_branch(read, b)->row);
    rmf_tree_free(first);
    rmf_tree_free(tree);
    rmf_tree_free(read);
}

static void wrong_places_are_refused(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree(), *made = NULL;
    const int leaf = rmf_tree_leaf(tree, 3);
    const struct {
        const char *name;
        rmf_attachment at;
        rmf_status status;
        const char *text;
    } cases[] = {
        {"3", {.branch = 0, .time = 0.7}, RMF_ERR_USAGE, "it is in the tree already"},
        {"new", {.branch = 0, .time = 0.59}, RMF_ERR_USAGE, "outside of the branch"},
        {"new", {.branch = 0, .time = 1.01}, RMF_ERR_USAGE, "outside of the branch"},
        {"new", {.branch = 0, .time = NAN}, RMF_ERR_USAGE, "outside of the branch"},
        {"new", {.branch = leaf, .time = 0}, RMF_ERR_USAGE, "a time above 0"},
        {"new", {.branch = leaf, .time = 0.5}, RMF_ERR_USAGE, "outside of the branch"},
        {"new", {.branch = 99, .time = 0.5}, RMF_ERR_ARGUMENT, "branch 99"},
        {"", {.branch = 0, .time = 0.7}, RMF_ERR_FORMAT, "has no name"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        assert_int_equal(rmf_tree_extend(tree, cases[i].name, &cases[i].at, 8, &made),
                         cases[i].status);
        assert_says(cases[i].text);
        assert_null(made);
    }
    const rmf_attachment good = {.branch = 0, .time = 0.7};
    assert_int_equal(rmf_tree_extend(tree, "new", &good, 3, &made), RMF_ERR_FORMAT);
    assert_says("invariant 6");
    rmf_tree_free(tree);
}

static void wrong_rows_of_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows[3], *text;
    } cases[] = {
        {{"\"row\": 0", "\"row\": 1", "\"row\": 1"}, "invariant 6"},
        {{"\"row\": 0", "\"row\": 1", "\"x\": 1"}, "2 of 3 have a \"row\""},
        {{"\"row\": 0", "\"row\": -1", "\"row\": 2"}, "expected a whole number from 0"},
        {{"\"row\": 0", "\"row\": 1.5", "\"row\": 2"}, "expected a whole number from 0"},
        {{"\"row\": 0", "\"row\": 1e99", "\"row\": 2"}, "expected a whole number from 0"},
        {{"\"row\": 0", "\"row\": 0", "\"row\": 0"}, "invariant 6"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_tree *tree = NULL;
        FILE *f = fopen("rows.json", "w");
        assert_non_null(f);
        fprintf(f,
                "{\"branches\": [{\"classes\": [\"a\", \"b\"], \"t_start\": 0.5, \"t_end\": 1, %s},"
                "{\"classes\": [\"a\"], \"t_start\": 0, \"t_end\": 0.5, %s},"
                "{\"classes\": [\"b\"], \"t_start\": 0, \"t_end\": 0.5, %s}]}",
                cases[i].rows[0], cases[i].rows[1], cases[i].rows[2]);
        fclose(f);
        assert_int_equal(rmf_tree_read("rows.json", &tree), RMF_ERR_FORMAT);
        assert_says(cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_begin_as_numbers),
        cmocka_unit_test(old_classes_keep_their_rows),
        cmocka_unit_test_setup_teardown(chains_and_files_keep_them, folder_make, folder_remove),
        cmocka_unit_test(wrong_places_are_refused),
        cmocka_unit_test_setup_teardown(wrong_rows_of_files_are_refused, folder_make,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
