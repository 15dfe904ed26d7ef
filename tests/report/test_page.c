/** tests/report/test_page.c – a page about a run: its structure, numbers against closed forms, and
 * names that would like to be markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>

#include "io/writer.h"
#include "report/checker.h"
#include "report/html.h"

enum { CLASSES = 3, BRANCHES = 5, COUNT = 2, FEATURES = 4 };

static const char *const plain[] = {"a", "b", "c"};
static const char *const hostile[] = {"<script>alert(1)</script>", "\"><img src=x onerror=y>",
                                      "a & b \x01 'c'"};

/* ((a, b), c): the root ends at 0.5, {a, b} at 0.25. */
static rmf_tree *make_tree(const char *const *names)
{
    static const int all[] = {0, 1, 2};
    const rmf_branch_spec spec[BRANCHES] = {{3, all, 0.5, 1, NAN},
                                            {2, all, 0.25, 0.5, 0.75},
                                            {1, all, 0, 0.25, NAN},
                                            {1, all + 1, 0, 0.25, NAN},
                                            {1, all + 2, 0, 0.5, NAN}};
    rmf_tree *tree = NULL;
    assert_int_equal(rmf_tree_create(CLASSES, names, 1, BRANCHES, spec, &tree), RMF_OK);
    return tree;
}

/* The text of the page; rmf_free(). */
static char *make_page(const rmf_page *page)
{
    char path[] = "/tmp/ramify-page-XXXXXX", *text = NULL;
    size_t size = 0;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(rmf_page_write(page, path, false), RMF_ERR_EXISTS);
    assert_int_equal(rmf_page_write(page, path, true), RMF_OK);
    assert_int_equal(rmf_file_read(path, 0, &text, &size), RMF_OK);
    unlink(path);
    const char *wrong = check_page(text);
    if (wrong) fail_msg("%s", wrong);
    return text;
}

static void assert_has(const char *text, const char *piece)
{
    if (!strstr(text, piece)) fail_msg("the page lacks: %s", piece);
}

static void assert_lacks(const char *text, const char *piece)
{
    if (strstr(text, piece)) fail_msg("the page has: %s", piece);
}

static int count_of(const char *text, const char *piece)
{
    int n = 0;
    while ((text = strstr(text, piece))) {
        n++;
        text += strlen(piece);
    }
    return n;
}

/* RFC 4648, section 10. */
static void test_base64(void **state)
{
    (void)state;
    static const char *const plain_text[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (int i = 0; i < 7; i++) {
        rmf_writer *w = NULL;
        char *data = NULL;
        size_t size = 0;
        assert_int_equal(rmf_writer_open_memory(&w), RMF_OK);
        assert_int_equal(rmf_base64_put(w, plain_text[i], strlen(plain_text[i])), RMF_OK);
        assert_int_equal(rmf_writer_take(w, &data, &size), RMF_OK);
        assert_int_equal(size, strlen(coded[i]));
        assert_memory_equal(data, coded[i], size);
        rmf_free(data);
    }
}

/* The checker itself must be able to say no. */
static void test_checker(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<html></html>",
        "<!DOCTYPE html><h1>a</h1><p>",
        "<!DOCTYPE html><h1>a</h2>",
        "<!DOCTYPE html><h1>a & b</h1>",
        "<!DOCTYPE html><h1>a</h1><h3>b</h3>",
        "<!DOCTYPE html><h1>a</h1><img src=\"data:image/png;base64,\"/>",
        "<!DOCTYPE html><h1>a</h1><img src=\"x.png\" alt=\"x\"/>",
        "<!DOCTYPE html><h1>a</h1><script src=\"x.js\"></script>",
        "<!DOCTYPE html><h1>a</h1><p>https://example.org</p>",
        "<!DOCTYPE html><h1>a</h1><a href=\"#x\">x</a>",
        "<!DOCTYPE html><h1>a</h1><p id=\"x\"></p><p id=\"x\"></p>",
        "<!DOCTYPE html><h1>a</h1><table><tr></tr></table>",
        "<!DOCTYPE html><h1>a</h1><svg role=\"img\"><g></g></svg>",
        "<!DOCTYPE html><h1>a</h1><p onclick=\"x\"></p>",
        "<!DOCTYPE html><p class=x></p>",
        "<!DOCTYPE html><p></p>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!check_page(bad[i])) fail_msg("accepted: %s", bad[i]);
    assert_null(check_page("<!DOCTYPE html><h1 id=\"x\">a &amp; b</h1><a href=\"#x\">x</a>"));
}

static void fill(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = (float)(i % 17) / 16;
}

/* A page with all parts, of images 2×2. */
static void test_pictures(void **state)
{
    (void)state;
    static float samples[CLASSES * COUNT * FEATURES], nearest[CLASSES * COUNT * FEATURES];
    static float hybrids[BRANCHES * COUNT * FEATURES];
    rmf_tree *tree = make_tree(plain);
    fill(samples, CLASSES * COUNT * FEATURES);
    fill(nearest, CLASSES * COUNT * FEATURES);
    fill(hybrids, BRANCHES * COUNT * FEATURES);
    const rmf_page page = {.title = "t",
                           .tree = tree,
                           .rank = 3,
                           .shape = {2, 2, 1},
                           .features = FEATURES,
                           .high = 1,
                           .count = COUNT,
                           .samples = samples,
                           .nearest = nearest,
                           .hybrids = hybrids};
    char *text = make_page(&page);
    assert_int_equal(count_of(text, "<image "), CLASSES + 2);         /* leaves, branch points */
    assert_int_equal(count_of(text, "<img "), 6 + (1 + 3) + (1 + 2)); /* classes, then points */
    assert_has(text, "class=\"point\" href=\"#point-1\"><title>a, b part at time 0.25</title>");
    assert_has(text, ">0.25 · 75 %</text>");
    assert_has(text, "Part at time 0.5 into a, b | c.");
    assert_has(text, "alt=\"2 nearest, class c\"");
    assert_lacks(text, "id=\"metrics\"");
    assert_lacks(text, "id=\"training\"");
    rmf_free(text);
    hybrids[0] = NAN; /* the root's network was never trained */
    text = make_page(&page);
    assert_int_equal(count_of(text, "<image "), CLASSES + 1);
    assert_int_equal(count_of(text, "<img "), 6 + 3 + (1 + 2));
    assert_int_equal(count_of(text, "r=\"5\""), 1);
    rmf_free(text);
    rmf_tree_free(tree);
}

/* A place for names in every part. */
static void test_hostile_names(void **state)
{
    (void)state;
    static float samples[CLASSES * COUNT * FEATURES];
    static double step[] = {1, 2}, loss[] = {2, 1}, branch_loss[2 * BRANCHES];
    static const int64_t evaluations[BRANCHES] = {1, 1, 1, 1, 1};
    const rmf_page_log log = {2, BRANCHES, step, loss, branch_loss};
    const rmf_page_fact fact = {hostile[0], hostile[1], hostile[2]};
    rmf_tree *tree = make_tree(hostile);
    json_t *evaluation =
        json_pack("{s:{s:{s:{s:{s:f}}, s:f}}, s:s}", "metrics", hostile[0], "per_class", hostile[1],
                  "value", 1.0, "mean", 1.0, "real_split", hostile[0]);
    assert_non_null(evaluation);
    rmf_page page = {.title = hostile[0],
                     .about = hostile[1],
                     .tree = tree,
                     .notes = hostile,
                     .n_notes = 3,
                     .rank = 3,
                     .shape = {2, 2, 1},
                     .features = FEATURES,
                     .high = 1,
                     .count = COUNT,
                     .samples = samples,
                     .log = &log,
                     .evaluation = evaluation,
                     .evaluations = evaluations,
                     .run = {&fact, 1},
                     .settings = {&fact, 1}};
    char *text = make_page(&page);
    assert_lacks(text, "<script>alert");
    assert_lacks(text, "<img src=x");
    assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_has(text, "alt=\"2 generated, class &quot;&gt;&lt;img src=x onerror=y&gt;\"");
    assert_has(text, "a &amp; b");
    rmf_free(text);
    page.rank = 1;
    page.feature_name = (const char *const[]){hostile[0], hostile[1], hostile[2], "d"};
    page.generated = page.real = (rmf_page_set){samples, (const int32_t[]){0, 1, 2}, 3};
    text = make_page(&page);
    assert_has(text, "<figcaption>&quot;&gt;&lt;img src=x onerror=y&gt;</figcaption>");
    rmf_free(text);
    json_decref(evaluation);
    rmf_tree_free(tree);
}

/* Class a has 2 real objects and class b one; both count the same. */
static void test_histogram(void **state)
{
    (void)state;
    static const float real[] = {0, 0, 24}, generated[] = {0, 24};
    rmf_tree *tree = make_tree(plain);
    const rmf_page page = {.title = "t",
                           .tree = tree,
                           .rank = 1,
                           .features = 1,
                           .generated = {generated, (const int32_t[]){0, 1}, 2},
                           .real = {real, (const int32_t[]){0, 0, 1}, 3}};
    char *text = make_page(&page);
    assert_has(text, "<title>x0: real and generated, from 0 to 24</title>");
    /* 24 bins of 8.75 in a drawing of 84: the two ends hold half each, drawn 80 high. */
    assert_has(text, "<path class=\"area\" d=\"M0 84.0V4.0H8.8V84.0H17.5");
    assert_has(text, "H201.2V4.0H210.0V84.0\"/>");
    const char *area = strstr(text, "d=\"M0 84.0V4.0"), *line = strstr(area + 1, "d=\"M0 84.0V4.0");
    assert_non_null(line);
    const size_t length = strcspn(area + 3, "\"");
    assert_int_equal(strncmp(area, line, length + 3), 0); /* the same shares, the same steps */
    rmf_free(text);
    rmf_tree_free(tree);
}

static void test_cost(void **state)
{
    (void)state;
    static const int64_t evaluations[BRANCHES] = {4, 3, 2, 2, 5};
    rmf_tree *tree = make_tree(plain);
    const rmf_page page = {
        .title = "t", .tree = tree, .rank = 1, .features = 1, .evaluations = evaluations};
    char *text = make_page(&page);
    /* 4 + 3 + 2 + 2 + 5 along the tree; 3·4 + 2·3 + 2 + 2 + 5 alone. */
    assert_has(text, "<strong>16</strong>");
    assert_has(text, "<strong>27</strong>");
    assert_has(text, "<strong>59.3 %</strong>");
    assert_has(text, "<th scope=\"row\">a, b</th><td>3</td><td>6</td><td>18.8 %</td>");
    rmf_free(text);
    rmf_tree_free(tree);
}

static void test_metrics(void **state)
{
    (void)state;
    rmf_tree *tree = make_tree(plain);
    rmf_page page = {.title = "t", .tree = tree, .rank = 1, .features = 1};
    json_t *evaluation = json_loads(
        "{\"metrics\": {\"frechet\": {\"per_class\": {"
        "\"a\": {\"value\": 2, \"floor\": 1, \"interval\": [1, 4]}, \"b\": {\"value\": null}},"
        "\"mean\": 2.5, \"mean_interval\": [1.5, 3.5], \"floor_mean\": 1.25,"
        "\"worst\": {\"class\": \"a\", \"value\": 2}, \"lower_is_better\": true}},"
        "\"n_generated\": 7, \"n_real\": 8, \"real_split\": \"held-out\"}",
        0, NULL);
    assert_non_null(evaluation);
    page.evaluation = evaluation;
    char *text = make_page(&page);
    assert_has(text, "7 generated objects against 8 real ones (held-out)");
    assert_has(text, "frechet ↓</th><td>2.5</td><td>1.5 to 3.5</td><td>1.25</td><td>2</td><td>a");
    /* An axis from 0 to 4 between 96 and 386. */
    assert_has(text, "<path class=\"interval\" d=\"M168.5 17.5H386.0\"/>");
    assert_has(text, "<path class=\"floor\" d=\"M168.5 11.5v12\"/>");
    assert_has(text, "<circle class=\"dot\" cx=\"241.0\" cy=\"17.5\" r=\"4\"/>");
    assert_int_equal(count_of(text, "too few objects"), 1);
    assert_has(text, "<td>2 (1)</td>");
    assert_has(text, "<td>– (–)</td>");
    rmf_free(text);
    json_decref(evaluation);
    /* All above half of the largest: the axis begins a tenth of the range below the least, 0.78. */
    page.evaluation = evaluation = json_loads(
        "{\"metrics\": {\"coverage\": {\"per_class\": {\"a\": {\"value\": 0.9, \"floor\": 1}, "
        "\"b\": {\"value\": 0.8, \"floor\": 0.9}}}}, \"n_generated\": 7, \"n_real\": 8}",
        0, NULL);
    assert_non_null(evaluation);
    text = make_page(&page);
    assert_has(text, "<circle class=\"dot\" cx=\"254.2\" cy=\"17.5\" r=\"4\"/>");
    assert_has(text, "<path class=\"floor\" d=\"M386.0 11.5v12\"/>");
    rmf_free(text);
    json_decref(evaluation);
    page.evaluation = evaluation = json_object();
    assert_int_equal(rmf_page_write(&page, "/tmp/ramify-page-none.html", false), RMF_ERR_FORMAT);
    assert_non_null(strstr(rmf_message(), "\"metrics\""));
    assert_false(rmf_file_exists("/tmp/ramify-page-none.html"));
    json_decref(evaluation);
    rmf_tree_free(tree);
}

static rmf_status read_log(const char *text, rmf_page_log *log)
{
    char path[] = "/tmp/ramify-log-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    rmf_status status = rmf_page_log_read(path, 2, log);
    unlink(path);
    return status;
}

static void test_log(void **state)
{
    (void)state;
    rmf_page_log log = {0};
    assert_int_equal(read_log("{\"step\": 5, \"loss\": 2.5, \"loss_per_branch\": [1, null]}\n"
                              "{\"step\": 10, \"loss\": null}\n{\"step\": 15, \"lo",
                              &log),
                     RMF_OK);
    assert_int_equal(log.n, 2); /* the third line was being written */
    assert_true(log.step[0] == 5 && log.step[1] == 10 && log.loss[0] == 2.5 && isnan(log.loss[1]));
    assert_true(log.branch_loss[0] == 1 && isnan(log.branch_loss[1]) && isnan(log.branch_loss[2]));
    rmf_page_log_free(&log);
    assert_int_equal(read_log("", &log), RMF_OK);
    assert_int_equal(log.n, 0);
    rmf_page_log_free(&log);
    assert_int_equal(read_log("{\"step\": 5}\n{\"step\n", &log), RMF_ERR_FORMAT);
    assert_non_null(strstr(rmf_message(), ":2:"));
    assert_int_equal(read_log("{\"loss\": 5}\n", &log), RMF_ERR_FORMAT);
    assert_non_null(strstr(rmf_message(), "\"step\""));
}

/* The loss of a branch is the mean over the last quarter of the lines that have one. */
static void test_training(void **state)
{
    (void)state;
    enum { LINES = 8 };
    static double step[LINES], loss[LINES], branch[LINES * BRANCHES];
    const rmf_page_log log = {LINES, BRANCHES, step, loss, branch};
    rmf_tree *tree = make_tree(plain);
    for (int i = 0; i < LINES; i++) {
        step[i] = i + 1;
        loss[i] = 8 - i;
        for (int b = 0; b < BRANCHES; b++)
            branch[i * BRANCHES + b] = b == 4 ? NAN : 10 * b + i;
    }
    branch[6 * BRANCHES + 3] = NAN;
    rmf_page page = {.title = "t", .tree = tree, .rank = 1, .features = 1, .log = &log};
    char *text = make_page(&page);
    assert_has(text, "Training loss from 8 at step 1 to 1 at step 8");
    assert_has(text, ">a, b, c</th><td>1</td><td>0.5</td><td>6.5</td>");
    assert_has(text, ">b</th><td>0.25</td><td>0</td><td>37</td>");
    assert_has(text, ">c</th><td>0.5</td><td>0</td><td>–</td>");
    rmf_free(text);
    const rmf_page_log other = {LINES, 2, step, loss, branch};
    page.log = &other;
    assert_int_equal(rmf_page_write(&page, "/tmp/ramify-page-none.html", false), RMF_ERR_ARGUMENT);
    rmf_tree_free(tree);
}

static void test_refusals(void **state)
{
    (void)state;
    static const float x[1] = {0};
    rmf_tree *tree = make_tree(plain);
    const rmf_page bad[] = {{.title = "t", .features = 1},
                            {.title = "t", .tree = tree},
                            {.title = "t", .tree = tree, .features = 1, .samples = x}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(rmf_page_write(&bad[i], "/tmp/ramify-page-none.html", false),
                         RMF_ERR_ARGUMENT);
    rmf_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64),    cmocka_unit_test(test_checker),
        cmocka_unit_test(test_pictures),  cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_histogram), cmocka_unit_test(test_cost),
        cmocka_unit_test(test_metrics),   cmocka_unit_test(test_log),
        cmocka_unit_test(test_training),  cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
