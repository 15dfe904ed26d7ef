/* tests/tree/test_newick.c – Newick text, in and out, and its messages with line and column. */
#include "support.h"

static rmf_status parse(const char *text, rmf_tree **out)
{
    *out = NULL;
    return rmf_tree_from_newick(text, "in.nwk", out);
}

static void test_written_form(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree(), *back = NULL;
    char *text = NULL;
    OK(rmf_tree_to_newick(tree, &text));
    assert_string_equal(text, "((2:0.5,3:0.5,4:0.5)0.5:0.099999999999999978,"
                              "(0:0.29999999999999999,1:0.29999999999999999)0.75:"
                              "0.29999999999999999):0.40000000000000002;\n");
    OK(parse(text, &back));
    assert_same_tree(tree, back, 1e-15);
    rmf_free(text);
    rmf_tree_free(back);
    rmf_tree_free(tree);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"T-cell", "it's (a) \"b\"", "x_y", "größe",
                                        "[c]",    "a,b:c;"};
    rmf_tree *tree = NULL, *back = NULL;
    char *text = NULL;
    OK(rmf_tree_star(COUNT(names), names, 0.5, 1, &tree));
    OK(rmf_tree_to_newick(tree, &text));
    assert_non_null(strstr(text, "'it''s (a) \"b\"':"));
    assert_non_null(strstr(text, "T-cell:"));
    assert_non_null(strstr(text, "'x_y':"));
    OK(parse(text, &back));
    for (int i = 0; i < COUNT(names); i++)
        assert_true(rmf_tree_class_index(back, names[i]) >= 0);
    rmf_free(text);
    rmf_tree_free(back);
    rmf_tree_free(tree);
}

static void test_what_is_read(void **state)
{
    (void)state;
    rmf_tree *tree = NULL;
    /* Blanks, comments, a node with one child, inner labels, exponents, no root length. */
    OK(parse(" [made by hand]\n( (10 : 2e-1 [x], 9:.2)clade : 0.1,\n (2:0.1):0.2 ) ;\n", &tree));
    assert_int_equal(rmf_tree_class_count(tree), 3);
    assert_string_equal(rmf_tree_class_name(tree, 0), "2"); /* numbers by value */
    assert_string_equal(rmf_tree_class_name(tree, 2), "10");
    assert_true(rmf_tree_limit(tree) == 1);
    NEAR(rmf_tree_branch(tree, 0)->t_start, 0.3, 1e-15);
    NEAR(rmf_tree_branch(tree, rmf_tree_find(tree, 0, 0.15))->t_start, 0.1, 1e-15);
    assert_true(isnan(rmf_tree_branch(tree, 1)->support));
    rmf_tree_free(tree);
    OK(parse("(b:700,a:700):300;", &tree));
    assert_true(rmf_tree_limit(tree) == 1000);
    assert_string_equal(rmf_tree_class_name(tree, 0), "a");
    rmf_tree_free(tree);
    OK(parse("only:1;", &tree));
    assert_int_equal(rmf_tree_branch_count(tree), 1);
    rmf_tree_free(tree);
    OK(parse("(a:0,b:0):1;", &tree)); /* never parting */
    assert_int_equal(rmf_tree_find(tree, 1, 0), 0);
    rmf_tree_free(tree);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "in.nwk:1:1: found the end of the text; expected ( or a class name"},
        {"(a:1,b:1)", "in.nwk:1:10: found the end of the text; expected ;"},
        {"(a:1,\nb:1;", "in.nwk:2:4: found ';'; expected , or )"},
        {"(a:1,b:1):0; x", "in.nwk:1:14: found 'x' after the tree"},
        {"(a,b:1):1;", "in.nwk:1:3: found no branch length"},
        {"(a:x,b:1):1;", "in.nwk:1:4: found 'x'; expected a branch length"},
        {"(a:1e,b:1):1;", "in.nwk:1:4: found '1'; expected a branch length"},
        {"(a:-1,b:1):1;", "in.nwk:1:4: found length -1"},
        {"(a:1e999,b:1):1;", "in.nwk:1:4: found length inf"},
        {"(a:0x1,b:1):1;", "in.nwk:1:4: found '0'; expected a branch length"},
        {"(a:1,b:2):1;", "found a path of length 1 down from its parent; expected 2"},
        {"(a:1,):1;", "in.nwk:1:6: found ')'; expected ( or a class name"},
        {"():1;", "in.nwk:1:2: found ')'"},
        {"(a:1,'b:1):1;", "in.nwk:1:6: found a quoted name without end"},
        {"(a:1,'':1):1;", "in.nwk:1:6: found '''; expected ( or a class name"},
        {"(a:1,[b:1):1;", "in.nwk:1:6: found a comment without end"},
        {"(a:1,a:1):1;", "two classes are named \"a\""},
        {"(a:3,b:3);", "in.nwk:1:10: found a root at time 3 without length"},
        {"(a:0,b:0):0;", "without length"},
        {"(a:1\x01,b:1):1;", "in.nwk:1:5: found byte 0x01"},
        {"a:1):1;", "in.nwk:1:4: found ')'; expected ;"},
    };
    rmf_tree *tree;
    for (int i = 0; i < COUNT(cases); i++) {
        if (parse(cases[i].text, &tree) != RMF_ERR_FORMAT)
            fail_msg("not refused: %s", cases[i].text);
        assert_null(tree);
        assert_says(cases[i].says);
    }
}

static void test_deep(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    char *text = malloc(6 * DEPTH), *at = text, *again = NULL;
    rmf_tree *tree;
    assert_non_null(text);
    memset(at, '(', DEPTH);
    at += DEPTH;
    at += sprintf(at, "a:0");
    for (int i = 0; i < DEPTH; i++)
        at += sprintf(at, "):0");
    strcpy(at - 1, "1;");
    OK(parse(text, &tree));
    assert_int_equal(rmf_tree_branch_count(tree), DEPTH + 1);
    OK(rmf_tree_to_newick(tree, &again));
    assert_int_equal(strlen(again), strlen(text) + 1); /* and a line's end */
    rmf_free(again);
    rmf_tree_free(tree);
    free(text);
}

/* Cut or changed text gives a good tree that reads back the same, or a message. */
static void test_damaged(void **state)
{
    (void)state;
    static const char whole[] = "(('a''b':0.25,c:0.25)0.9:0.25,[x](d:0.125,e:0.125):0.375):0.5;";
    static const char bytes[] = "(),:;'[]0123.e-ab \n";
    rmf_key key = rmf_key_make(4, 4);
    int good = 0;
    for (size_t cut = 0; cut + 1 < sizeof whole; cut++) {
        char text[sizeof whole] = "";
        rmf_tree *tree;
        memcpy(text, whole, cut);
        assert_int_equal(parse(text, &tree), RMF_ERR_FORMAT);
        assert_says("in.nwk:1:");
    }
    for (uint64_t i = 0; i < 30000; i++) {
        char text[sizeof whole], *again = NULL;
        rmf_tree *tree, *back;
        memcpy(text, whole, sizeof whole);
        for (uint32_t k = 0; k < 1 + i % 3; k++)
            text[rmf_random_below(key, i, 2 * k, sizeof whole - 1)] =
                bytes[rmf_random_below(key, i, 2 * k + 1, sizeof bytes - 1)];
        if (parse(text, &tree) != RMF_OK) {
            assert_null(tree);
            continue;
        }
        good++;
        OK(rmf_tree_check(tree));
        OK(rmf_tree_to_newick(tree, &again));
        OK(parse(again, &back));
        assert_same_tree(tree, back, 1e-12);
        rmf_free(again);
        rmf_tree_free(back);
        rmf_tree_free(tree);
    }
    assert_in_range(good, 300, 29000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_form), cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_is_read), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_deep),         cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
