/** tests/io/test_text.c – JSON and YAML: round trips, and messages that name file and line. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/formats.h"
#include "io/scratch.h"

static void json_round_trip(void **state)
{
    const char *path = scratch_path(*state, "tree.json");
    json_t *tree = json_pack("{s:s, s:[f, i, b, n], s:{s:s}}", "format", "ramify-tree", "numbers",
                             0.1 + 0.2, 3, 1, "nested", "key", "ü\n"),
           *back = NULL;
    assert_int_equal(rmf_json_write(path, false, tree), RMF_OK);
    assert_int_equal(rmf_json_read(path, &back), RMF_OK);
    assert_true(json_equal(tree, back)); /* doubles too, to the last bit */
    json_decref(back);
    assert_int_equal(rmf_json_write(path, false, tree), RMF_ERR_EXISTS);
    json_decref(tree);
    assert_int_equal(rmf_json_read(scratch_path(*state, "no.json"), &back), RMF_ERR_IO);
    json_t *number = json_integer(3);
    assert_int_equal(rmf_json_write(path, true, number), RMF_ERR_ARGUMENT);
    json_decref(number);
}

static void damaged_json_is_placed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "tree.json:1:1: '[' or '{' expected near end of file; expected valid JSON; correct it "
             "there"},
        {"{\"a\": 1,\n \"b\" 2}", "tree.json:2:6: "},
        {"{\"a\": 1, \"a\": 2}", "tree.json:1:"},
        {"{\"a\": NaN}", "tree.json:1:"},
        {"{\"a\": 1e999}", "tree.json:1:"},
        {"[1, 2] x", "tree.json:1:8: end of file expected near 'x'"},
        {"{\"a\\u0000\": 1}", "tree.json:1:"},
        {"[\"\xff\"]", "tree.json:1:"},
        {"3", "tree.json:1:1: "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value = NULL;
        assert_int_equal(rmf_json_parse(cases[i].text, strlen(cases[i].text), "tree.json", &value),
                         RMF_ERR_FORMAT);
        assert_null(value);
        assert_int_equal(strncmp(rmf_message(), cases[i].message, strlen(cases[i].message)), 0);
    }
    /* Deep nesting ends in a message, not in a full stack. */
    enum { DEEP = 100000 };
    char *deep = malloc(DEEP);
    json_t *value = NULL;
    memset(deep, '[', DEEP);
    assert_int_equal(rmf_json_parse(deep, DEEP, "deep.json", &value), RMF_ERR_FORMAT);
    free(deep);
}

static rmf_status parse(const char *text, rmf_settings **out)
{
    assert_int_equal(rmf_settings_create(out), RMF_OK);
    return rmf_yaml_parse(text, strlen(text), "recipe.yaml", *out);
}

static void yaml_becomes_dotted_keys(void **state)
{
    (void)state;
    static const char text[] = "# a recipe\n"
                               "name: digits\n"
                               "net:\n"
                               "  name: \"unet\"   # quoted\n"
                               "  stages: [32, 64,128]\n"
                               "  deep:\n"
                               "    er: yes\n"
                               "data.classes:\n"
                               "  - a\n"
                               "  - 'b c'\n"
                               "empty:\n"
                               "none: []\n"
                               "long: >\n"
                               "  two\n"
                               "  lines\n";
    static const char *const expected[][3] = {{"name", "digits", "recipe.yaml:2"},
                                              {"net.name", "unet", "recipe.yaml:4"},
                                              {"net.stages", "32,64,128", "recipe.yaml:5"},
                                              {"net.deep.er", "yes", "recipe.yaml:7"},
                                              {"data.classes", "a,b c", "recipe.yaml:8"},
                                              {"empty", "", "recipe.yaml:11"},
                                              {"none", "", "recipe.yaml:12"},
                                              {"long", "two lines\n", "recipe.yaml:13"}};
    rmf_settings *s;
    assert_int_equal(parse(text, &s), RMF_OK);
    assert_int_equal(rmf_settings_count(s), sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(rmf_settings_key(s, i), expected[i][0]);
        assert_string_equal(rmf_settings_text(s, expected[i][0]), expected[i][1]);
        assert_string_equal(rmf_settings_place(s, expected[i][0]), expected[i][2]);
    }
    rmf_settings_free(s);
    assert_int_equal(parse("", &s), RMF_OK);
    assert_int_equal(rmf_settings_count(s), 0);
    rmf_settings_free(s);
    assert_int_equal(parse("# only a comment\n", &s), RMF_OK);
    rmf_settings_free(s);
}

static void bad_yaml_is_placed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: 1\nb: 2\na: 3\n",
         "recipe.yaml:3: key \"a\" is already set at recipe.yaml:1; expected it once; remove one"},
        {"net:\n  x: 1\nnet.x: 2\n",
         "recipe.yaml:3: key \"net.x\" is already set at recipe.yaml:2"},
        {"a: &x 1\n", "recipe.yaml:1: an anchor (&)"},
        {"a: &x\n  b: 1\n", "recipe.yaml:1: an anchor (&)"},
        {"a: &x [1]\n", "recipe.yaml:1: an anchor (&)"},
        {"a: 1\nb: *x\n", "recipe.yaml:2: an alias (*)"},
        {"a: !!int 1\n", "recipe.yaml:1: a tag (!)"},
        {"a: !x {b: 1}\n", "recipe.yaml:1: a tag (!)"},
        {"a: 1\n---\nb: 2\n", "recipe.yaml:2: a second document"},
        {"- a\n- b\n", "recipe.yaml:1: no mapping"},
        {"text\n", "recipe.yaml:1: no mapping"},
        {"a:\n  - [1]\n", "recipe.yaml:2: a nested list or mapping"},
        {"a:\n  - b: 1\n", "recipe.yaml:2: a nested list or mapping"},
        {"a:\n  - 'x,y'\n", "recipe.yaml:2: an empty list item, or one with a comma"},
        {"? [a]\n: 1\n", "recipe.yaml:1: a nested list or mapping"},
        {"a: \"x\\0y\"\n", "recipe.yaml:1: a zero character"},
        {"'': 1\n", "recipe.yaml:1: an empty or broken key"},
        {".a: 1\n", "recipe.yaml:1: an empty or broken key"},
        {"a: 1\n b: 2\n", "recipe.yaml:2: "},
        {"a: [1, 2\n", "recipe.yaml:2: "},
        {"a:\n\t- 1\n", "recipe.yaml:2: "},
        {"a: \"unfinished\n", "recipe.yaml:2: "},
        {"a: \xff\n", "recipe.yaml:1: "},
        {"a: 1\nb: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: {o: {p: {q: {r: "
         "1}}}}}}}}}}}}}}}}\n",
         "recipe.yaml:2: mappings nested too deep"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rmf_settings *s;
        assert_int_equal(parse(cases[i].text, &s), RMF_ERR_USAGE);
        if (strncmp(rmf_message(), cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("case %zu: %s", i, rmf_message());
        assert_int_equal(rmf_settings_count(s), 0); /* all or nothing */
        rmf_settings_free(s);
    }
}

static void later_files_replace_earlier_ones(void **state)
{
    (void)state;
    rmf_settings *s;
    assert_int_equal(parse("a: 1\nb: 2\n", &s), RMF_OK);
    assert_int_equal(rmf_yaml_parse("b: 3\n", 5, "more.yaml", s), RMF_OK);
    assert_string_equal(rmf_settings_text(s, "a"), "1");
    assert_string_equal(rmf_settings_text(s, "b"), "3");
    assert_string_equal(rmf_settings_place(s, "b"), "more.yaml:1");
    rmf_settings_free(s);
}

static void yaml_round_trip(void **state)
{
    const char *path = scratch_path(*state, "recipe.yaml");
    static const char *const pairs[][2] = {{"name", "digits"},
                                           {"net.name", "unet"},
                                           {"data.path", "a: b"},
                                           {"net.width.deep", "3"},
                                           {"a", "x"},
                                           {"a.b", "y"},
                                           {"empty", ""},
                                           {"space", " x "},
                                           {"lines", "one\n\ntwo\n"},
                                           {"quote", "it's \"q\""},
                                           {"hash", "# no"},
                                           {"star", "*x"},
                                           {"amp", "&x"},
                                           {"tag", "!x"},
                                           {"dash", "- x"},
                                           {"null", "~"},
                                           {"bool", "yes"},
                                           {"number", "1e5"},
                                           {"list", "a,b c, d"},
                                           {"bracket", "[1, 2]"},
                                           {"brace", "{x"},
                                           {"unicode", "größe 日本 🦆"},
                                           {"colon", "x:"},
                                           {"tab", "a\tb"},
                                           {"control", "\x01\x7f"},
                                           {"percent", "%TAG"},
                                           {"at", "@x"},
                                           {"dots", "..."},
                                           {"document", "---"},
                                           {"k e y", "v"},
                                           {"net.z", "last"},
                                           {"carriage", "a\r\nb"},
                                           {"question", "? x"}};
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    rmf_settings *s, *back;
    assert_int_equal(rmf_settings_create(&s), RMF_OK);
    assert_int_equal(rmf_settings_create(&back), RMF_OK);
    for (size_t i = 0; i < PAIRS; i++)
        assert_int_equal(rmf_settings_put(s, pairs[i][0], pairs[i][1], "--set"), RMF_OK);
    assert_int_equal(rmf_yaml_write(path, false, s), RMF_OK);
    assert_int_equal(rmf_yaml_read(path, back), RMF_OK);
    assert_int_equal(rmf_settings_count(back), PAIRS);
    for (size_t i = 0; i < PAIRS; i++)
        assert_string_equal(rmf_settings_text(back, pairs[i][0]), pairs[i][1]);
    rmf_settings_free(back);
    assert_int_equal(rmf_settings_put(s, "bad", "\xff", "--set"), RMF_OK);
    assert_int_equal(rmf_yaml_write(path, true, s), RMF_ERR_FORMAT);
    rmf_settings_free(s);
    assert_int_equal(rmf_settings_create(&s), RMF_OK);
    assert_int_equal(rmf_yaml_write(path, true, s),
                     RMF_OK); /* nothing to write: an empty mapping */
    assert_int_equal(rmf_yaml_read(path, s), RMF_OK);
    assert_int_equal(rmf_settings_count(s), 0);
    rmf_settings_free(s);
}

static void written_yaml_is_nested(void **state)
{
    (void)state;
    rmf_settings *s;
    rmf_writer *writer;
    char *text;
    size_t size;
    assert_int_equal(parse("net.a: 1\nx: 2\nnet.b: 3\n", &s), RMF_OK);
    assert_int_equal(rmf_writer_open_memory(&writer), RMF_OK);
    assert_int_equal(rmf_yaml_put(writer, s), RMF_OK);
    assert_int_equal(rmf_writer_take(writer, &text, &size), RMF_OK);
    assert_string_equal(text, "net:\n  a: 1\n  b: 3\nx: 2\n");
    rmf_free(text);
    rmf_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_round_trip),
        cmocka_unit_test(damaged_json_is_placed),
        cmocka_unit_test(yaml_becomes_dotted_keys),
        cmocka_unit_test(bad_yaml_is_placed),
        cmocka_unit_test(later_files_replace_earlier_ones),
        cmocka_unit_test(yaml_round_trip),
        cmocka_unit_test(written_yaml_is_nested),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
