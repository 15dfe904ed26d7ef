/* tests/tree/test_files.c – trees as JSON, as text and as SVG. */
#include <jansson.h>

#include "support.h"
#include "tree/internal.h"

/* The published MNIST tree of 0, 4 and 9 as its notebook has it: whole numbers as classes. */
static const char *const bare = "{\"source\": \"a notebook\", \"branches\": ["
                                "{\"classes\": [0], \"t_start\": 0.0, \"t_end\": 0.5},"
                                "{\"classes\": [0, 4, 9], \"t_start\": 0.5, \"t_end\": 1.0},"
                                "{\"classes\": [4, 9], \"t_start\": 0.35, \"t_end\": 0.5},"
                                "{\"classes\": [9], \"t_start\": 0.0, \"t_end\": 0.35},"
                                "{\"classes\": [4], \"t_start\": 0.0, \"t_end\": 0.35}]}";

static rmf_status parse(const char *text, rmf_tree **out)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL) return RMF_ERR_FORMAT;
    rmf_status status = rmf_tree_from_json(value, out);
    json_decref(value);
    return status;
}

static char *print(const rmf_tree *tree)
{
    json_t *value = NULL;
    OK(rmf_tree_to_json(tree, &value));
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    assert_non_null(text);
    return text;
}

static rmf_tree *tree_with_everything(void)
{
    static const int a[] = {0}, b[] = {1}, c[] = {2, 3};
    const rmf_merge merges[] = {{0.3, 0.25, 0.35, 1, 1, a, b}, {0.5, NAN, NAN, 2, 1, c, a}};
    rmf_tree *tree = small_tree();
    OK(rmf_tree_set_merges(tree, 2, merges));
    OK(rmf_tree_set_facts(tree, "{\"method\":\"exact\",\"epsilon\":0.005}"));
    return tree;
}

static void test_written_form(void **state)
{
    (void)state;
    rmf_tree *tree = tree_with_everything();
    json_t *v = NULL;
    OK(rmf_tree_to_json(tree, &v));
    assert_string_equal(json_string_value(json_object_get(v, "format")), "ramify-tree");
    assert_int_equal(json_integer_value(json_object_get(v, "version")), 1);
    assert_int_equal(json_array_size(json_object_get(v, "classes")), 5);
    assert_true(json_real_value(json_object_get(v, "t_limit")) == 1);
    const json_t *branches = json_object_get(v, "branches");
    const json_t *root = json_array_get(branches, 0), *second = json_array_get(branches, 1);
    assert_int_equal(json_array_size(branches), 8);
    assert_true(json_is_null(json_object_get(root, "parent")));
    assert_null(json_object_get(root, "support"));
    assert_int_equal(json_integer_value(json_object_get(second, "parent")), 0);
    assert_true(json_is_integer(json_object_get(second, "parent")));
    assert_true(json_real_value(json_object_get(second, "support")) == 0.5);
    assert_string_equal(json_string_value(json_array_get(json_object_get(second, "classes"), 0)),
                        "2");
    const json_t *merge = json_array_get(json_object_get(v, "merges"), 0);
    assert_true(json_real_value(json_array_get(json_object_get(merge, "interval"), 1)) == 0.35);
    assert_true(json_real_value(json_object_get(merge, "time")) == 0.3);
    merge = json_array_get(json_object_get(v, "merges"), 1);
    assert_null(json_object_get(merge, "interval"));
    assert_int_equal(json_array_size(json_object_get(merge, "left")), 2);
    assert_true(json_real_value(json_object_get(json_object_get(v, "discovery"), "epsilon")) ==
                0.005);
    json_decref(v);
    rmf_tree_free(tree);
}

static void test_round_trip(void **state)
{
    (void)state;
    rmf_tree *tree = tree_with_everything(), *back = NULL;
    OK(rmf_tree_write(tree, "tree.json", false));
    assert_int_equal(rmf_tree_write(tree, "tree.json", false), RMF_ERR_EXISTS);
    OK(rmf_tree_write(tree, "tree.json", true));
    OK(rmf_tree_read("tree.json", &back));
    assert_same_tree(tree, back, 0);
    char *first = print(tree), *second = print(back);
    assert_string_equal(first, second);
    assert_int_equal(rmf_tree_merge_count(back), 2);
    assert_true(rmf_tree_merge(back, 0)->low == 0.25);
    assert_true(isnan(rmf_tree_merge(back, 1)->low));
    free(first);
    free(second);
    rmf_tree_free(back);
    OK(rmf_tree_write(tree, "tree.nwk", false));
    OK(rmf_tree_read("tree.nwk", &back));
    assert_same_tree(tree, back, 1e-12);
    rmf_tree_free(back);
    rmf_tree_free(tree);
    assert_int_equal(rmf_tree_read("absent.json", &back), RMF_ERR_IO);
    assert_says("absent.json");
}

static void test_bare_file(void **state)
{
    (void)state;
    rmf_tree *tree = NULL;
    OK(parse(bare, &tree));
    assert_int_equal(rmf_tree_class_count(tree), 3);
    assert_string_equal(rmf_tree_class_name(tree, 1), "4");
    assert_int_equal(rmf_tree_common(tree, 1, 2), 1);
    assert_true(rmf_tree_branch(tree, 1)->t_start == 0.35);
    NEAR(rmf_tree_cost(tree), (0.5 + 0.5 + 0.15 + 0.7) / 3, 1e-15);
    rmf_tree_free(tree);
    /* Discrete processes count steps: t_limit is where the root ends. */
    OK(parse("{\"branches\": [{\"classes\": [\"a\", \"b\"], \"t_start\": 700, \"t_end\": 1000},"
             "{\"classes\": [\"b\"], \"t_start\": 0, \"t_end\": 700},"
             "{\"classes\": [\"a\"], \"t_start\": 0, \"t_end\": 700}]}",
             &tree));
    assert_true(rmf_tree_limit(tree) == 1000);
    assert_int_equal(rmf_tree_find(tree, 1, 699.5), rmf_tree_leaf(tree, 1));
    rmf_tree_free(tree);
}

static void test_refusals(void **state)
{
    (void)state;
#define LEAVES                                                                                     \
    "{\"classes\":[\"a\"],\"t_start\":0,\"t_end\":0.5},"                                           \
    "{\"classes\":[\"b\"],\"t_start\":0,\"t_end\":0.5}"
#define ROOT "{\"classes\":[\"a\",\"b\"],\"t_start\":0.5,\"t_end\":1}"
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[]", "found no object"},
        {"{}", "\"branches\" is missing or no list"},
        {"{\"branches\": 3}", "\"branches\" is missing or no list"},
        {"{\"branches\": []}", "no class names"},
        {"{\"branches\": [1]}", "no class names"},
        {"{\"classes\":[],\"branches\": [1]}", "no class names"},
        {"{\"classes\":[\"a\"],\"branches\": [1]}", "branches[0]: found no object"},
        {"{\"classes\":[\"a\"],\"branches\": []}", "1 classes and 0 branches"},
        {"{\"format\":\"other\",\"branches\": []}", "\"format\" is \"other\""},
        {"{\"format\":1,\"branches\": []}", "\"format\" is \"no text\""},
        {"{\"version\":2,\"branches\": []}", "\"version\" is 2; expected 1"},
        {"{\"branches\":[" ROOT ",{\"classes\":[\"c\"],\"t_start\":0,\"t_end\":0.5}]}",
         "branches[1]: found class \"c\""},
        {"{\"branches\":[{\"classes\":[0.5],\"t_start\":0,\"t_end\":1}]}",
         "neither text nor whole"},
        {"{\"branches\":[{\"classes\":[\"a\"],\"t_end\":1}]}", "branches[0]: \"t_start\""},
        {"{\"branches\":[{\"classes\":[\"a\"],\"t_start\":\"0\",\"t_end\":1}]}", "\"t_start\""},
        {"{\"branches\":[" ROOT "," LEAVES "],\"t_limit\":2}", "expected t_limit = 2"},
        {"{\"branches\":[" ROOT "," LEAVES "],\"t_limit\":\"1\"}", "\"t_limit\""},
        {"{\"branches\":[" ROOT "," LEAVES "],\"merges\":3}", "\"merges\""},
        {"{\"branches\":[" ROOT "," LEAVES "],\"merges\":[{}]}", "merges[0]: \"time\""},
        {"{\"branches\":[" ROOT "," LEAVES
         "],\"merges\":[{\"time\":0.5,\"left\":[],\"right\":[\"b\"]}]}",
         "a side has 0 classes"},
        {"{\"branches\":[" ROOT "," LEAVES
         "],\"merges\":[{\"time\":7,\"left\":[\"a\"],\"right\":[\"b\"]}]}",
         "merges[0]: time 7"},
        {"{\"branches\":[" ROOT "," LEAVES
         "],\"merges\":[{\"time\":0,\"left\":[\"a\"],\"right\":[\"b\"],\"interval\":[1]}]}",
         "not two numbers"},
        {"{\"branches\":[" ROOT ",{\"classes\":[\"a\"],\"t_start\":0,\"t_end\":0.5,\"parent\":2},"
         "{\"classes\":[\"b\"],\"t_start\":0,\"t_end\":0.5}]}",
         "branches[1]: \"parent\" is 2"},
        {"{\"branches\":[" ROOT ",{\"classes\":[\"a\"],\"t_start\":0,\"t_end\":0.5,\"parent\":3},"
         "{\"classes\":[\"b\"],\"t_start\":0,\"t_end\":0.5}]}",
         "names no branch"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        rmf_tree *tree = NULL;
        assert_int_equal(parse(cases[i].text, &tree), RMF_ERR_FORMAT);
        assert_null(tree);
        assert_says(cases[i].says);
    }
}

/* Whatever is done to a tree file: a good tree, or a refusal with a message. */
static void test_damaged(void **state)
{
    (void)state;
    rmf_tree *whole = tree_with_everything();
    char *text = print(whole);
    size_t length = strlen(text);
    static const char bytes[] = "0123456789.-e\"[]{}:,ab";
    rmf_key key = rmf_key_make(3, 3);
    int good = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        char *copy = strdup(text);
        assert_non_null(copy);
        size_t at = rmf_random_below(key, i, 1, length);
        if (i % 2 == 0)
            copy[at] = bytes[rmf_random_below(key, i, 2, sizeof bytes - 1)];
        else
            memmove(copy + at, copy + at + 1, length - at);
        rmf_tree *tree = NULL;
        if (parse(copy, &tree) == RMF_OK) {
            OK(rmf_tree_check(tree));
            good++;
        } else {
            assert_null(tree);
        }
        rmf_tree_free(tree);
        free(copy);
    }
    assert_in_range(good, 100, 19000); /* both happen */
    for (size_t cut = 0; cut < length; cut += 7) {
        rmf_tree *tree = NULL;
        FILE *file = fopen("cut.json", "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, cut, file), cut);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(rmf_tree_read("cut.json", &tree), RMF_ERR_FORMAT);
        assert_says("cut.json");
    }
    free(text);
    rmf_tree_free(whole);
}

static void test_text_drawing(void **state)
{
    (void)state;
    rmf_tree *tree = small_tree();
    char *text = NULL;
    OK(rmf_tree_to_text(tree, &text));
    assert_non_null(strstr(text, "┤"));
    assert_non_null(strstr(text, "0.6─"));
    assert_non_null(strstr(text, "0.5      2 | 3 | 4   support 50 %"));
    assert_non_null(strstr(text, "0.3      0 | 1   support 75 %"));
    assert_non_null(strstr(text, "0.6      2, 3, 4 | 0, 1\n"));
    assert_true(strstr(text, "0.3      0 |") < strstr(text, "0.5      2 |")); /* earliest first */
    int lines = 0;
    for (const char *c = text; *c != 0; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 5 + 1 + 3); /* leaves, axis, branch points */
    rmf_free(text);
    rmf_tree_free(tree);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

static void test_svg(void **state)
{
    (void)state;
    static const char *const names[] = {"<a&b>", "größe", "c"};
    rmf_tree *tree = NULL;
    char *text = NULL;
    size_t size;
    OK(rmf_tree_star(3, names, 0.25, 1, &tree));
    OK(rmf_tree_write_svg(tree, "tree.svg", false, "Time & \"class\""));
    assert_int_equal(rmf_tree_write_svg(tree, "tree.svg", false, NULL), RMF_ERR_EXISTS);
    assert_int_equal(rmf_tree_write_svg(tree, "no/such/tree.svg", false, NULL), RMF_ERR_IO);
    OK(rmf_file_read("tree.svg", 0, &text, &size));
    assert_int_equal(strncmp(text, "<svg ", 5), 0);
    assert_string_equal(text + size - 7, "</svg>\n");
    assert_non_null(strstr(text, "&lt;a&amp;b&gt;"));
    assert_non_null(strstr(text, "größe"));
    assert_non_null(strstr(text, "Time &amp; &quot;class&quot;"));
    assert_non_null(strstr(text, ">0.25</text>"));
    assert_int_equal(count_of(text, "<g"), count_of(text, "</g>"));
    assert_int_equal(count_of(text, "<text"), count_of(text, "</text>"));
    assert_int_equal(count_of(text, "<path"), 4 + 11); /* branches and time marks */
    rmf_free(text);
    rmf_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_form), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bare_file),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damaged),      cmocka_unit_test(test_text_drawing),
        cmocka_unit_test(test_svg),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
