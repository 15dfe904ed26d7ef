/** tests/data/test_number.c – decimal numbers against the C library, bit for bit. */
#include "support.h"

#include <locale.h>
#include <math.h>

#include "data/number.h"

static void test_equals_strtod(void **state)
{
    (void)state;
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "+7",
                                       "42",
                                       "3.25",
                                       ".5",
                                       "5.",
                                       "1e5",
                                       "1E-5",
                                       "-1.5e+3",
                                       "0.1",
                                       "0.3",
                                       "123456789012345678",
                                       "9007199254740993",
                                       "1234567890123456789012345",
                                       "1e22",
                                       "1e23",
                                       "1.7976931348623157e308",
                                       "4.9e-324",
                                       "1e400",
                                       "-1e400",
                                       "1e-400",
                                       "2.2250738585072011e-308",
                                       "0.000000000000000000000000000000123",
                                       "179769313486231570000000000000000000000e270",
                                       "1e99999999999",
                                       "000000000000000000000000000000000001"};
    for (size_t i = 0; i < COUNT(good); i++) {
        double value = NAN, expected = strtod(good[i], NULL);
        if (!rmf_parse_number(good[i], strlen(good[i]), &value)) fail_msg("%s refused", good[i]);
        if (memcmp(&value, &expected, sizeof value) != 0)
            fail_msg("%s is %.17g; expected %.17g", good[i], value, expected);
    }
}

static void test_random_numbers(void **state)
{
    (void)state;
    rmf_key key = rmf_key_make(1, 1);
    for (uint64_t i = 0; i < 20000; i++) {
        char text[64];
        int digits = 1 + (int)rmf_random_below(key, i, 0, 19);
        int exponent = (int)rmf_random_below(key, i, 1, 60) - 30;
        snprintf(text, sizeof text, "%.*e", digits,
                 (rmf_random_unit(key, i, 2) - 0.5) * pow(10, exponent));
        double value = NAN;
        assert_true(rmf_parse_number(text, strlen(text), &value));
        if (value != strtod(text, NULL)) fail_msg("%s", text);
    }
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "-",   ".",   "e5",  "1e",    "1e+",
                                      "1 ",    " 1",  "1,5", "nan", "inf",   "0x1",
                                      "1.2.3", "--1", "1d5", "+",   "1e5.5", "-."};
    for (size_t i = 0; i < COUNT(bad); i++) {
        double value = 0;
        if (rmf_parse_number(bad[i], strlen(bad[i]), &value)) fail_msg("\"%s\" accepted", bad[i]);
    }
}

static void test_count(void **state)
{
    (void)state;
    long value = -1;
    assert_true(rmf_parse_count("0", &value));
    assert_int_equal(value, 0);
    assert_true(rmf_parse_count("999999999", &value));
    assert_int_equal(value, 999999999);
    assert_false(rmf_parse_count("", &value));
    assert_false(rmf_parse_count("1000000000", &value));
    assert_false(rmf_parse_count("-1", &value));
    assert_false(rmf_parse_count("1a", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_strtod),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
