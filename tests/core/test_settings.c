/** tests/core/test_settings.c – settings, their checks and messages, and the nearest word. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ramify/core.h"

static const rmf_option net_options[] = {
    {"channels", RMF_OPTION_INT, "60", 1, 4096, NULL, "width of the first stage"},
    {"depth", RMF_OPTION_INT, "2", 1, INFINITY, NULL, "blocks a stage"},
    {"seed", RMF_OPTION_INT, NULL, 0, 0, NULL, "any whole number"},
    {"dropout", RMF_OPTION_REAL, "0.1", 0, 0.9, NULL, "share of zeros"},
    {"scale", RMF_OPTION_REAL, "1", -INFINITY, 10, NULL, "output scale"},
    {"attention", RMF_OPTION_BOOL, "no", 0, 0, NULL, "attention in the middle"},
    {"norm", RMF_OPTION_CHOICE, "group", 0, 0, "group|layer|none", "normalisation"},
    {"name", RMF_OPTION_TEXT, NULL, 0, 0, NULL, "which network"},
    {"stages", RMF_OPTION_LIST, "32,64", 1, 512, NULL, "widths"},
    {"classes", RMF_OPTION_LIST, NULL, 0, 0, NULL, "names"},
    {0}};

static rmf_settings *settings_of(const char *const pairs[][2], size_t count)
{
    rmf_settings *settings;
    assert_int_equal(rmf_settings_create(&settings), RMF_OK);
    for (size_t i = 0; i < count; i++) {
        char place[40];
        snprintf(place, sizeof place, "recipe.yaml:%zu", i + 1);
        assert_int_equal(rmf_settings_put(settings, pairs[i][0], pairs[i][1], place), RMF_OK);
    }
    return settings;
}

static void settings_keep_order_and_replace(void **state)
{
    (void)state;
    rmf_settings *s = settings_of((const char *const[][2]){{"b", "1"}, {"a", "2"}, {"b", "3"}}, 3);
    assert_int_equal(rmf_settings_count(s), 2);
    assert_string_equal(rmf_settings_key(s, 0), "b");
    assert_string_equal(rmf_settings_key(s, 1), "a");
    assert_null(rmf_settings_key(s, 2));
    assert_string_equal(rmf_settings_text(s, "b"), "3");
    assert_string_equal(rmf_settings_place(s, "b"), "recipe.yaml:3");
    assert_null(rmf_settings_text(s, "c"));
    assert_null(rmf_settings_place(s, "c"));
    /* A value may be replaced by itself. */
    assert_int_equal(rmf_settings_put(s, "b", rmf_settings_text(s, "b"), "--set"), RMF_OK);
    assert_string_equal(rmf_settings_text(s, "b"), "3");
    assert_int_equal(rmf_settings_put(s, "", "1", "--set"), RMF_ERR_USAGE);
    rmf_settings_free(s);
    rmf_settings_free(NULL);
}

static void many_settings_fit(void **state)
{
    (void)state;
    rmf_settings *s = settings_of(NULL, 0);
    char key[16], value[16];
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "%d", i * i);
        assert_int_equal(rmf_settings_put(s, key, value, "--set"), RMF_OK);
    }
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(rmf_settings_int(s, key, -1), i * i);
    }
    rmf_settings_free(s);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    rmf_settings *s =
        settings_of((const char *const[][2]){{"net.channels", "32"}, {"other.key", "x"}}, 2);
    assert_int_equal(rmf_settings_check(s, "net.", net_options, NULL), RMF_OK);
    assert_int_equal(rmf_settings_int(s, "net.channels", 0), 32);
    assert_int_equal(rmf_settings_int(s, "net.depth", 0), 2);
    assert_string_equal(rmf_settings_place(s, "net.depth"), "default");
    assert_string_equal(rmf_settings_place(s, "net.channels"), "recipe.yaml:1");
    assert_null(rmf_settings_text(s, "net.seed")); /* no default: stays unset */
    assert_int_equal(rmf_settings_int(s, "net.seed", 17), 17);
    assert_true(rmf_settings_real(s, "net.dropout", 0) == 0.1);
    assert_false(rmf_settings_bool(s, "net.attention", true));
    assert_string_equal(rmf_settings_text(s, "net.norm"), "group");
    size_t count = rmf_settings_count(s);
    assert_int_equal(rmf_settings_check(s, "net.", net_options, NULL),
                     RMF_OK); /* again: no change */
    assert_int_equal(rmf_settings_count(s), count);
    rmf_settings_free(s);
}

static void good_values_are_taken(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"channels", "1"},      {"channels", "4096"},  {"channels", "1e3"},
        {"depth", "1000000"},   {"seed", "-5"},        {"seed", "9223372036854775807"},
        {"dropout", "0"},       {"dropout", "9e-1"},   {"scale", "-1e300"},
        {"scale", "10"},        {"attention", "True"}, {"attention", "OFF"},
        {"norm", "none"},       {"name", ""},          {"name", "any: text"},
        {"stages", "1,2, 512"}, {"stages", ""},        {"classes", "a, b,c"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        rmf_settings *s = settings_of(&good[i], 1);
        assert_int_equal(rmf_settings_check(s, "", net_options, NULL), RMF_OK);
        rmf_settings_free(s);
    }
}

static void bad_values_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *pair[2], *message;
    } bad[] = {
        {{"net.channels", "sixty"},
         "net.channels is \"sixty\"; expected a whole number from 1 to 4096"},
        {{"net.channels", "0"}, "net.channels is \"0\"; expected a whole number from 1 to 4096"},
        {{"net.channels", "4097"},
         "net.channels is \"4097\"; expected a whole number from 1 to 4096"},
        {{"net.channels", "1.5"},
         "net.channels is \"1.5\"; expected a whole number from 1 to 4096"},
        {{"net.channels", ""}, "net.channels is \"\"; expected a whole number from 1 to 4096"},
        {{"net.channels", "60 "},
         "net.channels is \"60 \"; expected a whole number from 1 to 4096"},
        {{"net.channels", "0x10"},
         "net.channels is \"0x10\"; expected a whole number from 1 to 4096"},
        {{"net.depth", "0"}, "net.depth is \"0\"; expected a whole number of at least 1"},
        {{"net.seed", "1e999"}, "net.seed is \"1e999\"; expected a whole number"},
        {{"net.seed", "9223372036854775808"},
         "net.seed is \"9223372036854775808\"; expected a whole number"},
        {{"net.dropout", "nan"}, "net.dropout is \"nan\"; expected a number from 0 to 0.9"},
        {{"net.dropout", "inf"}, "net.dropout is \"inf\"; expected a number from 0 to 0.9"},
        {{"net.dropout", "1,5"}, "net.dropout is \"1,5\"; expected a number from 0 to 0.9"},
        {{"net.scale", "11"}, "net.scale is \"11\"; expected a number of at most 10"},
        {{"net.attention", "maybe"}, "net.attention is \"maybe\"; expected true or false"},
        {{"net.norm", "gruop"},
         "net.norm is \"gruop\"; expected one of group, layer, none; did you mean \"group\"?"},
        {{"net.norm", "batch"}, "net.norm is \"batch\"; expected one of group, layer, none"},
        {{"net.stages", "32,x"},
         "net.stages is \"32,x\"; expected numbers from 1 to 512, separated by commas"},
        {{"net.stages", "32,,64"},
         "net.stages is \"32,,64\"; expected numbers from 1 to 512, separated by commas"},
        {{"net.chanels", "3"}, "unknown key \"net.chanels\"; did you mean \"net.channels\"?"},
        {{"net.dpeth", "3"}, "unknown key \"net.dpeth\"; did you mean \"net.depth\"?"},
        {{"net.zzzzzz", "3"},
         "unknown key \"net.zzzzzz\"; expected one of the documented keys; remove it or correct "
         "its "
         "name"},
        {{"net.", "3"},
         "unknown key \"net.\"; expected one of the documented keys; remove it or correct its "
         "name"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[256];
        rmf_settings *s = settings_of((const char *const(*)[2]) & bad[i].pair, 1);
        assert_int_equal(rmf_settings_check(s, "net.", net_options, NULL), RMF_ERR_USAGE);
        snprintf(message, sizeof message, "recipe.yaml:1: %s", bad[i].message);
        assert_string_equal(rmf_message(), message);
        assert_int_equal(rmf_settings_count(s), 1); /* no defaults on failure */
        rmf_settings_free(s);
    }
}

static void two_tables_share_a_prefix(void **state)
{
    (void)state;
    static const rmf_option more[] = {{"width", RMF_OPTION_INT, "7", 1, 9, NULL, ""}, {0}};
    rmf_settings *s =
        settings_of((const char *const[][2]){{"net.width", "3"}, {"net.depth", "4"}}, 2);
    assert_int_equal(rmf_settings_check(s, "net.", net_options, more), RMF_OK);
    assert_int_equal(rmf_settings_put(s, "net.widht", "3", "--set"), RMF_OK);
    assert_int_equal(rmf_settings_check(s, "net.", more, net_options), RMF_ERR_USAGE);
    assert_string_equal(rmf_message(),
                        "--set: unknown key \"net.widht\"; did you mean \"net.width\"?");
    assert_int_equal(rmf_settings_check(s, "data.", NULL, NULL), RMF_OK);
    rmf_settings_free(s);
}

/** At the top level a table names the sections that other tables check. */
static void sections_are_left_to_others(void **state)
{
    (void)state;
    static const rmf_option top[] = {{"name", RMF_OPTION_TEXT, NULL, 0, 0, NULL, ""},
                                     {"net.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, ""},
                                     {"train.", RMF_OPTION_TEXT, NULL, 0, 0, NULL, ""},
                                     {0}};
    rmf_settings *s =
        settings_of((const char *const[][2]){{"name", "x"}, {"net.anything", "4"}}, 2);
    assert_int_equal(rmf_settings_check(s, "", top, NULL), RMF_OK);
    assert_int_equal(rmf_settings_count(s), 2);
    assert_int_equal(rmf_settings_put(s, "trian.steps", "3", "r.yaml:9"), RMF_OK);
    assert_int_equal(rmf_settings_check(s, "", top, NULL), RMF_ERR_USAGE);
    assert_string_equal(rmf_message(),
                        "r.yaml:9: unknown key \"trian.steps\"; did you mean \"train.steps\"?");
    rmf_settings_free(s);
}

static void lists_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        const char *items[3];
    } cases[] = {{"", 0, {NULL}},
                 {"a", 1, {"a"}},
                 {" a , b c,d ", 3, {"a", "b c", "d"}},
                 {",", 2, {"", ""}},
                 {"x,", 2, {"x", ""}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rmf_settings *s = settings_of((const char *const[][2]){{"list", cases[i].text}}, 1);
        char **items;
        size_t count;
        assert_int_equal(rmf_settings_list(s, "list", &items, &count), RMF_OK);
        assert_int_equal(count, cases[i].count);
        for (size_t k = 0; k < count; k++)
            assert_string_equal(items[k], cases[i].items[k]);
        assert_null(items[count]);
        rmf_free(items);
        assert_int_equal(rmf_settings_list(s, "absent", &items, &count), RMF_OK);
        assert_int_equal(count, 0);
        rmf_free(items);
        rmf_settings_free(s);
    }
}

static void nearest_words_are_found(void **state)
{
    (void)state;
    static const char *const words[] = {"train", "sample", "discover", "eval", "show", NULL};
    static const char *const none[] = {NULL};
    assert_string_equal(rmf_nearest("trian", words), "train");
    assert_string_equal(rmf_nearest("SAMPEL", words), "sample");
    assert_string_equal(rmf_nearest("dicsover", words), "discover");
    assert_string_equal(rmf_nearest("evl", words), "eval");
    assert_string_equal(rmf_nearest("show", words), "show");
    assert_null(rmf_nearest("transmute", words));
    assert_null(rmf_nearest("", words));
    assert_null(rmf_nearest("x", words));
    assert_null(rmf_nearest("train", none));
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(rmf_nearest(longest, words));
    const char *const long_words[] = {longest, "aaa", NULL};
    assert_string_equal(rmf_nearest("aab", long_words), "aaa");
    static const char *const three[] = {"net", NULL};
    assert_string_equal(rmf_nearest("nte", three), "net"); /* a swap is one slip, not two */
    assert_null(rmf_nearest("ten", three));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_keep_order_and_replace),
        cmocka_unit_test(many_settings_fit),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(good_values_are_taken),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(two_tables_share_a_prefix),
        cmocka_unit_test(sections_are_left_to_others),
        cmocka_unit_test(lists_are_split),
        cmocka_unit_test(nearest_words_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
