/* JSON pointers: the cases of RFC 6901 section 5, *, and conditions. */
#include "checks.h"
#include "reproduce/cell.h"

#include <jansson.h>

/* Values at a pointer, as one text: "1 2", "" where there is nothing. */
static void assert_at(const char *json, const char *pointer, const char *expected)
{
    char text[256] = "";
    json_t *root = json_loads(json, 0, NULL), *found, *value;
    size_t i;
    assert_non_null(root);
    OK(rmf_pointer(root, pointer, "here", &found));
    json_array_foreach(found, i, value)
    {
        char *one = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", one);
        free(one);
    }
    assert_string_equal(text, expected);
    json_decref(found);
    json_decref(root);
}

static void rfc_6901(void **state)
{
    static const char document[] = "{\"foo\": [\"bar\", \"baz\"], \"\": 0, \"a/b\": 1, \"c%d\": 2, "
                                   "\"k\\\"l\": 6, \" \": 7, \"m~n\": 8}";
    (void)state;
    assert_at(document, "/foo", "[\"bar\",\"baz\"]");
    assert_at(document, "/foo/0", "\"bar\"");
    assert_at(document, "/", "0");
    assert_at(document, "/a~1b", "1");
    assert_at(document, "/c%25d", "2"); /* section 6: as in a URI */
    assert_at(document, "/c%d", "2");
    assert_at(document, "/k\"l", "6");
    assert_at(document, "/ ", "7");
    assert_at(document, "/%20", "7");
    assert_at(document, "/m~0n", "8");
    assert_at(document, "/foo/2", "");
    assert_at(document, "/nix/x", "");
}

static void all_members(void **state)
{
    (void)state;
    assert_at("{\"a\": {\"v\": 1}, \"b\": {\"v\": 2}, \"c\": {}}", "/*/v", "1 2");
    assert_at("[[1, 2], [3]]", "/*/*", "1 2 3");
}

static void conditions(void **state)
{
    static const char rows[] = "[{\"n\": \"x\", \"t\": 1, \"v\": 10}, {\"n\": \"y\", \"t\": 1.5, "
                               "\"v\": 20}, {\"n\": \"x\", \"t\": 2, \"v\": 30}, {\"v\": 40}]";
    (void)state;
    assert_at(rows, "/n=x/v", "10 30");
    assert_at(rows, "/n=x&t=2/v", "30");
    assert_at(rows, "/t>1/v", "20 30");
    assert_at(rows, "/t>=1&t<2/v", "10 20");
    assert_at(rows, "/t<=1.5/v", "10 20");
    assert_at(rows, "/t=1.50/v", "20"); /* numbers are compared as numbers */
    assert_at(rows, "/n=z/v", "");
    assert_at(rows, "/t=x/v", "");
    assert_at(rows, "/nix/v", "");
}

static void wrong(void **state)
{
    json_t *root = json_object(), *found;
    char part[400];
    (void)state;
    assert_int_equal(rmf_pointer(root, "a", "e.yaml:3", &found), RMF_ERR_USAGE);
    assert_says("e.yaml:3: \"a\"; expected a /");
    memset(part, 'a', sizeof part);
    part[0] = '/';
    part[sizeof part - 1] = '\0';
    assert_int_equal(rmf_pointer(root, part, "e.yaml:3", &found), RMF_ERR_USAGE);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rfc_6901), cmocka_unit_test(all_members),
                                       cmocka_unit_test(conditions), cmocka_unit_test(wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
