/* tests/core/test_order.c – sorting, quantiles, and texts in memory. */
#include "checks.h"

#include "core/order.h"
#include "core/text.h"

static void sorts(void **state)
{
    (void)state;
    double value[] = {3, -1, 1e300, -INFINITY, 3, 0.5};
    const double sorted[] = {-INFINITY, -1, 0.5, 3, 3, 1e300};
    int number[] = {7, INT32_MIN, 0, INT32_MAX, 7};
    const int ascending[] = {INT32_MIN, 0, 7, 7, INT32_MAX};
    rmf_sort(value, COUNT(value));
    rmf_sort_ints(number, COUNT(number));
    assert_memory_equal(value, sorted, sizeof sorted);
    assert_memory_equal(number, ascending, sizeof ascending);
    rmf_sort(value, 0);
}

/* NumPy's default: quantile([1, 2, 4, 8, 16], p). */
static void quantiles_are_linear(void **state)
{
    (void)state;
    const double value[] = {1, 2, 4, 8, 16};
    NEAR(rmf_quantile(value, 5, 0), 1, 0);
    NEAR(rmf_quantile(value, 5, 0.1), 1.4, 1e-15);
    NEAR(rmf_quantile(value, 5, 0.5), 4, 0);
    NEAR(rmf_quantile(value, 5, 0.9), 12.8, 1e-14);
    NEAR(rmf_quantile(value, 5, 1), 16, 0);
    NEAR(rmf_quantile(value, 4, 0.5), 3, 0);
    NEAR(rmf_quantile(value, 1, 0.7), 1, 0);
}

static void texts_are_handed_over(void **state)
{
    (void)state;
    rmf_text text;
    char *out = NULL;
    OK(rmf_text_begin("test: no memory", &text));
    OK(rmf_text_end(&text, &out));
    assert_string_equal(out, "");
    rmf_free(out);
    OK(rmf_text_begin("test: no memory", &text));
    for (int i = 0; i < 5000; i++)
        fprintf(text.to, "%04d\n", i);
    OK(rmf_text_end(&text, &out));
    assert_int_equal(strlen(out), 25000);
    assert_memory_equal(out + 24990, "4998\n4999\n", 11);
    rmf_free(out);
    OK(rmf_text_begin("test: no memory", &text));
    fputs("dropped", text.to);
    rmf_text_drop(&text); /* a sanitizer sees what stays */
}

/* A stream that cannot take a byte more, as one whose memory has run out. */
static void a_broken_text_says_why(void **state)
{
    (void)state;
    rmf_text text;
    char *out = NULL;
    OK(rmf_text_begin("test: no memory", &text));
    fclose(text.to);
    assert_non_null(text.to = fopen("/dev/full", "w"));
    setvbuf(text.to, NULL, _IONBF, 0);
    fputs("lost", text.to);
    assert_int_equal(rmf_text_end(&text, &out), RMF_ERR_MEMORY);
    assert_says("test: no memory");
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts),
        cmocka_unit_test(quantiles_are_linear),
        cmocka_unit_test(texts_are_handed_over),
        cmocka_unit_test(a_broken_text_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
