/* tests/tree/test_topology.c – groups without times: what is read, and what is refused. */
#include "support.h"

#include "tree/topology.h"

/* "(a,(b,c))": a topology as text, so that cases can be compared. */
static void put_node(const rmf_topology *t, int node, char *text)
{
    const rmf_topology_node *n = &t->node[node];
    if (n->leaf) {
        assert_int_equal(n->end, n->first + 1);
        strcat(text, t->name[n->first]);
        return;
    }
    strcat(text, "(");
    int first = n->first;
    for (int i = node + 1; i < t->n_nodes; i++) {
        if (t->node[i].parent != node) continue;
        assert_int_equal(t->node[i].first, first); /* runs of leaves stand side by side */
        if (first > n->first) strcat(text, ",");
        first = t->node[i].end;
        put_node(t, i, text);
    }
    assert_int_equal(first, n->end);
    strcat(text, ")");
}

static void assert_shape(const rmf_topology *t, const char *expected)
{
    char text[400] = "";
    put_node(t, 0, text);
    assert_string_equal(text, expected);
}

static void newick_with_and_without_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shape;
        int groups;
    } cases[] = {
        {"((a,b),c);", "((a,b),c)", 2},
        {"((a:0.2,b:7)x:0.1,c)root:1;", "((a,b),c)", 2}, /* no clock: lengths are not used */
        {" [mine]\n( ( a , [no, not (b)] b )'inner one' ,c ) ;\n", "((a,b),c)", 2},
        {"('T cell','it''s (a) [b]',x_y);", "(T cell,it's (a) [b],x_y)", 1},
        {"(a,b,c,d);", "(a,b,c,d)", 1},
        {"(((a,b)),(c));", "(((a,b)),(c))", 2}, /* groups of one child add none */
        {"a;", "a", 0},
        {"(a,(b,(c,(d,(e,(f,g))))));", "(a,(b,(c,(d,(e,(f,g))))))", 6},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_topology *t = NULL;
        OK(rmf_topology_from_newick(cases[i].text, "own.nwk", &t));
        assert_shape(t, cases[i].shape);
        assert_string_equal(rmf_topology_place(t), "own.nwk");
        assert_int_equal(rmf_topology_group_count(t), cases[i].groups);
        rmf_topology_free(t);
    }
    rmf_topology_free(NULL);
}

static void folders_are_groups(void **state)
{
    (void)state;
    static const char *const names[] = {"plant/oak",      "animal/cat", "animal/bird/owl",
                                        "animal-like/it", "stone",      "animal/bird/tit",
                                        "animal"};
    rmf_topology *t = NULL;
    OK(rmf_topology_from_names(COUNT(names), names, &t));
    assert_shape(t, "(animal,(animal-like/it),((animal/bird/owl,animal/bird/tit),animal/cat),"
                    "(plant/oak),stone)");
    assert_int_equal(rmf_topology_group_count(t), 3);
    rmf_topology_free(t);
    t = NULL;
    assert_int_equal(rmf_topology_from_names(2, digit_names, &t), RMF_ERR_FORMAT);
    assert_null(t);
    assert_says("no class name has a slash");
}

static void files_and_trees_have_shapes(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree();
    rmf_topology *t = NULL;
    OK(rmf_tree_write(tree, "t.json", false));
    OK(rmf_tree_write(tree, "t.nwk", false));
    rmf_tree_free(tree);
    for (int i = 0; i < 2; i++) {
        OK(rmf_topology_read(i == 0 ? "t.json" : "t.nwk", &t));
        assert_shape(t, "((2,3,4),(0,1))");
        rmf_topology_free(t);
    }
    t = NULL;
    assert_int_equal(rmf_topology_read("none.nwk", &t), RMF_ERR_IO);
    assert_null(t);
}

static void other_classes_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"cat", "dog", "T cell"};
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"(cat,(dog,T_cell));",
         "own.nwk: class \"T_cell\" is not in the data; expected just their 3 "
         "classes; did you mean \"T cell\"?"},
        {"(cat,(dog,'T cell',zebrafish));", "class \"zebrafish\" is not in the data; expected just "
                                            "their 3 classes, such as \"cat\""},
        {"(cat,dog);", "own.nwk: class \"T cell\" of the data is not in it; expected all 3"},
        {"(cat,(dog,cat),'T cell');", "own.nwk: class \"cat\" stands in it twice; expected once"},
        {"cat;", "own.nwk: class \"dog\" of the data is not in it"},
    };
    int class_of[8];
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_topology *t = NULL;
        OK(rmf_topology_from_newick(cases[i].text, "own.nwk", &t));
        assert_int_equal(rmf_topology_match(t, 3, names, class_of), RMF_ERR_FORMAT);
        assert_says(cases[i].says);
        rmf_topology_free(t);
    }
    rmf_topology *t = NULL;
    OK(rmf_topology_from_newick("('T cell',(dog,cat));", "own.nwk", &t));
    OK(rmf_topology_match(t, 3, names, class_of));
    assert_int_equal(class_of[0], 2);
    assert_int_equal(class_of[1], 1);
    assert_int_equal(class_of[2], 0);
    rmf_topology_free(t);
}

/* Every damaged text is either a shape again or refused with its place; tests/fuzz/fuzz_newick.c
 * goes on from here. */
static void damaged_text_is_refused_with_its_place(void **state)
{
    (void)state;
    static const char whole[] = "(('a b':0.1,[x]b)y:1,(c,d,'it''s'):2):0;";
    static const char bytes[] = "()[],:;'x\n-";
    char text[sizeof whole];
    int refused = 0, read = 0;
    for (size_t at = 0; at < sizeof whole - 1; at++)
        for (int b = -1; b < COUNT(bytes) - 1; b++) {
            rmf_topology *t = NULL;
            strcpy(text, whole);
            text[at] = b < 0 ? '\0' : bytes[b]; /* cut off there, or one byte wrong */
            if (rmf_topology_from_newick(text, "own.nwk", &t) == RMF_OK) {
                char again[400] = "";
                put_node(t, 0, again);
                rmf_topology_free(t);
                read++;
            } else {
                assert_null(t);
                assert_true(strncmp(rmf_message(), "own.nwk:", 8) == 0);
                assert_null(strchr(rmf_message(), '\n'));
                refused++;
            }
        }
    assert_true(refused > 100 && read > 100);
}

static void deep_nesting_is_no_recursion(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    char *text = malloc(2 * DEPTH + 8), *at = text;
    assert_non_null(text);
    for (int i = 0; i < DEPTH; i++)
        *at++ = '(';
    *at++ = 'a';
    for (int i = 0; i < DEPTH; i++)
        *at++ = ')';
    strcpy(at, ";");
    rmf_topology *t = NULL;
    OK(rmf_topology_from_newick(text, "deep", &t));
    assert_int_equal(t->n_nodes, DEPTH + 1);
    assert_int_equal(t->node[0].end, 1);
    rmf_topology_free(t);
    memset(text, '/', DEPTH);
    text[DEPTH] = '\0';
    OK(rmf_topology_from_names(1, (const char *const[]){text}, &t));
    assert_int_equal(t->n_nodes, DEPTH + 2);
    rmf_topology_free(t);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newick_with_and_without_lengths),
        cmocka_unit_test(folders_are_groups),
        cmocka_unit_test_setup_teardown(files_and_trees_have_shapes, folder_make, folder_remove),
        cmocka_unit_test(other_classes_are_refused),
        cmocka_unit_test(damaged_text_is_refused_with_its_place),
        cmocka_unit_test(deep_nesting_is_no_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
