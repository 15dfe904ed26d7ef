/** tests/report/test_page_size.c – pages of many and of large images: small enough to be sent, and
 * readable on light and dark screens and on paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ctype.h>
#include <math.h>

#include "ramify/report.h"
#include "report/checker.h"

enum { CLASSES = 10, BRANCHES = 2 * CLASSES - 1 };

/* Class after class leaves the way that all share. */
static rmf_tree *make_tree(void)
{
    static const char *const names[CLASSES] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    static const int all[CLASSES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    rmf_branch_spec spec[BRANCHES];
    rmf_tree *tree = NULL;
    double above = 1;
    int n = 0;
    for (int k = 0; k + 1 < CLASSES; k++, above -= 0.09) { /* k classes have left */
        spec[n++] = (rmf_branch_spec){CLASSES - k, all + k, above - 0.09, above, NAN};
        spec[n++] = (rmf_branch_spec){1, all + k, 0, above - 0.09, NAN};
    }
    spec[n++] = (rmf_branch_spec){1, all + CLASSES - 1, 0, above, NAN};
    assert_int_equal(rmf_tree_create(CLASSES, names, 1, BRANCHES, spec, &tree), RMF_OK);
    return tree;
}

/* Noise in steps of 1/255: no picture is harder to compress. */
static float *noise(uint64_t seed, int64_t n)
{
    float *x = malloc((size_t)n * sizeof *x);
    uint64_t state = seed;
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        x[i] = (float)(state >> 56) / 255;
    }
    return x;
}

/* The text of a page of `count` images of `side`×`side`×`channels` a class; rmf_free(). */
static char *make_page(int64_t count, int64_t side, int64_t channels)
{
    char path[] = "/tmp/ramify-page-XXXXXX", *text = NULL;
    const int64_t features = side * side * channels, block = count * features;
    float *samples = noise(1, CLASSES * block), *nearest = noise(2, CLASSES * block),
          *hybrids = noise(3, BRANCHES * block);
    rmf_tree *tree = make_tree();
    size_t size = 0;
    for (int b = 0; b < BRANCHES; b++)
        if (rmf_tree_branch(tree, b)->n_children < 2) hybrids[b * block] = NAN;
    const char *const notes[] = {"a note of its own"};
    const rmf_page page = {.title = "noise",
                           .about = "made up",
                           .tree = tree,
                           .notes = notes,
                           .n_notes = 1,
                           .rank = 3,
                           .shape = {side, side, channels},
                           .features = features,
                           .high = 1,
                           .count = count,
                           .samples = samples,
                           .nearest = nearest,
                           .hybrids = hybrids};
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(rmf_page_write(&page, path, true), RMF_OK);
    assert_int_equal(rmf_file_read(path, 0, &text, &size), RMF_OK);
    unlink(path);
    rmf_tree_free(tree);
    free(samples);
    free(nearest);
    free(hybrids);
    assert_true(size < RMF_PAGE_BYTES_MOST);
    const char *wrong = check_page(text); /* well formed, and nothing from elsewhere */
    if (wrong) fail_msg("%s", wrong);
    assert_non_null(strstr(text, "<li>a note of its own</li>"));
    return text;
}

/* The strip of samples of the first class says how many it has. */
static void assert_strip(const char *text, int64_t count)
{
    char alt[64];
    snprintf(alt, sizeof alt, "alt=\"%lld generated, class a\"", (long long)count);
    if (!strstr(text, alt)) fail_msg("the page lacks %s", alt);
}

static const char fewer[] = "<li>fewer or smaller pictures than there are";

/* As many as the command shows of MNIST: all of them fit. */
static void test_whole(void **state)
{
    (void)state;
    char *text = make_page(6, 28, 1);
    assert_null(strstr(text, fewer));
    assert_strip(text, 6);
    assert_non_null(strstr(text, "6 nearest, class a"));
    rmf_free(text);
}

static void test_fewer(void **state)
{
    (void)state;
    char *text = make_page(48, 28, 1);
    assert_non_null(strstr(text, fewer));
    assert_non_null(strstr(text, " nearest, class j"));
    assert_null(strstr(text, "48 generated"));
    assert_true(strlen(text) > RMF_PAGE_BYTES_MOST / 8); /* not fewer than needed, by halves */
    rmf_free(text);
}

/* One of each class is too much at this size: smaller ones are shown. */
static void test_smaller(void **state)
{
    (void)state;
    char *text = make_page(1, 160, 3);
    assert_non_null(strstr(text, fewer));
    assert_strip(text, 1);
    assert_non_null(strstr(text, "1 nearest, class a"));
    rmf_free(text);
}

/* ---- style ---- */

/* The names in --name: of a rule that begins at `at`. */
static bool defines(const char *at, const char *name, size_t length)
{
    const char *end = strchr(at, '}');
    for (const char *p = strstr(at, "--"); p && p < end; p = strstr(p + 2, "--"))
        if (strncmp(p, name, length) == 0 && p[length] == ':') return true;
    return false;
}

/* Every colour that is used has a value for light and for dark; paper is light; what the script
 * hides on a screen is printed. */
static void test_style(void **state)
{
    (void)state;
    char *text = make_page(1, 28, 1);
    const char *light = strstr(text, ":root {");
    const char *dark = strstr(text, "@media screen and (prefers-color-scheme: dark)");
    int used = 0;
    assert_true(light && dark && light < dark);
    const char *dark_root = strstr(dark, ":root {");
    assert_non_null(dark_root);
    for (const char *use = strstr(text, "var("); use; use = strstr(use + 4, "var("), used++) {
        const char *name = use + 4;
        const size_t length = strcspn(name, ")");
        if (!defines(light, name, length)) fail_msg("not for light: %.*s", (int)length, name);
        if (!defines(dark_root, name, length)) fail_msg("not for dark: %.*s", (int)length, name);
    }
    assert_true(used > 10);
    const char *print = strstr(text, "@media print {");
    assert_non_null(print);
    assert_non_null(strstr(print, "break-inside: avoid"));
    assert_non_null(strstr(text, "@media screen { .one article { display: none; }"));
    rmf_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_fewer),
                                       cmocka_unit_test(test_smaller),
                                       cmocka_unit_test(test_style)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
