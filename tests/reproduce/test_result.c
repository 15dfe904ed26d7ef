/* From steps to a page: a shell script stands for the command, so every number is known. */
#include "checks.h"
#include "reproduce/result.h"

#include "ramify/io.h"

#include <jansson.h>
#include <sys/stat.h>

static void write_text(const char *path, const char *text)
{
    rmf_writer *out;
    OK(rmf_writer_open(path, true, &out));
    OK(rmf_writer_put(out, text, strlen(text)));
    OK(rmf_writer_commit(out));
}

/* Notes every call in "calls", and does what its first word says. */
static const char program[] =
    "#!/bin/sh\n"
    "echo \"$*\" >>calls\n"
    "case $1 in\n"
    "number) echo \"{\\\"v\\\": $2, \\\"all\\\": [1, 5, 3], \\\"half\\\": 0.5}\" ;;\n"
    "lines) echo '{\"epoch\": 0.5, \"loss\": 4}'; echo '{\"epoch\": 1, \"loss\": 2}';\n"
    "    echo '{\"epoch\": 1.5, \"loss\": 1}' ;;\n"
    "make) [ -d $3 ] && exit 1; mkdir -p $3; [ -e stop ] && exit 130; echo done >$3/state ;;\n"
    "goon) echo done >$3/state ;;\n"
    "fail) exit 1 ;;\n"
    "wrong) exit 2 ;;\n"
    "wait) trap 'echo int >>signals' INT; trap 'echo term >>signals; exit 130' TERM; echo "
    ">started\n"
    "    while :; do sleep 0.02; done ;;\n"
    "esac\n";

static rmf_status run_with(const char *yaml, bool quick, bool again, const rmf_progress *progress,
                           json_t **result)
{
    write_text("e.yaml", yaml);
    write_text("program", program);
    assert_int_equal(chmod("program", 0755), 0);
    const rmf_reproduction r = {.experiment = "e.yaml",
                                .program = "./program",
                                .commit = "abc",
                                .out = "out",
                                .quick = quick,
                                .again = again,
                                .threads = 1};
    return rmf_reproduce(&r, progress, result);
}

static rmf_status run(const char *yaml, bool quick, bool again, json_t **result)
{
    return run_with(yaml, quick, again, NULL, result);
}

static int calls(void)
{
    char *text;
    size_t size;
    int n = 0;
    if (!rmf_file_exists("calls")) return 0;
    OK(rmf_file_read("calls", 0, &text, &size));
    for (size_t i = 0; i < size; i++)
        n += text[i] == '\n';
    rmf_free(text);
    return n;
}

static void clean(void)
{
    rmf_remove_folder("out");
    unlink("calls");
    unlink("stop");
}

static const char good[] =
    "name: e\ntitle: An experiment\nsource: somewhere\nsteps:\n"
    "  get: {for: {n: [2, 8]}, run: 'number {n}', to: '{out}/{n}.json', repeat: 2}\n"
    "  log: {run: lines, to: '{out}/log.jsonl'}\n"
    "tables:\n"
    "  t:\n    title: Numbers.\n    for: {n: [2, 8]}\n    columns:\n"
    "      n: '{n}'\n"
    "      value: '{n}.json#/v'\n"
    "      ratio: '{n}.json#/v / 8.json#/v'\n"
    "      percent: ['2.json#/half %', 98]\n"
    "      published: [7.5, –]\n"
    "      none: '{n}.json#/nix ?'\n"
    "  u:\n    columns:\n"
    "      largest: 'max 2.json#/all/*'\n"
    "      mean: 'mean log.jsonl#/epoch<=1/loss'\n"
    "      median: 'median 2.json#/all/*'\n"
    "      unit: '2.json#/v km'\n"
    "      seconds: 'get/2@seconds'\n"
    "figures:\n  f: {title: A curve, table: t, x: n, y: value, level: published, log: x}\n";

static double cell(const json_t *result, size_t table, size_t row, size_t column)
{
    const json_t *t = json_array_get(json_object_get(result, "tables"), table);
    return rmf_cell_number(json_array_get(json_array_get(json_object_get(t, "rows"), row), column));
}

static void tables_and_page(void **state)
{
    json_t *result;
    char *page;
    (void)state;
    clean();
    OK(run(good, false, false, &result));
    assert_int_equal(calls(), 5); /* two twice, and the log */
    NEAR(cell(result, 0, 0, 1), 2, 0);
    NEAR(cell(result, 0, 0, 2), 0.25, 0);
    NEAR(cell(result, 0, 0, 3), 50, 0);
    assert_true(isnan(cell(result, 0, 1, 4)));
    NEAR(cell(result, 1, 0, 0), 5, 0);
    NEAR(cell(result, 1, 0, 1), 3, 0);
    NEAR(cell(result, 1, 0, 2), 3, 0);
    assert_true(cell(result, 1, 0, 4) > 0);
    json_decref(result);
    const char *file = "out/e/result/result.json";
    OK(rmf_results_page(&file, 1, "out/PAGE.md", &page));
    static const char *const lines[] = {
        "## An experiment\n",
        "| n | value | ratio | percent | published | none |\n"
        "|---|-------|-------|---------|-----------|------|\n"
        "| 2 | 2     | 0.250 | 50.0 %  | 7.5       | –    |\n"
        "| 8 | 8     | 1     | 98      | –         | –    |\n",
        "| 5       | 3    | 3      | 2 km |",
        "Published: somewhere",
        "[A curve](e/result/f.",
        "ramify number {n} > out/{n}.json\n    # n: 2 8\n",
        "(abc)",
        "`ramify reproduce e`",
    };
    for (int i = 0; i < COUNT(lines); i++)
        if (!strstr(page, lines[i])) fail_msg("\"%s\" is not in: %s", lines[i], page);
    rmf_free(page);
}

/* Data and script of a figure, by x; the SVG too where gnuplot is. */
static void figure(void **state)
{
    json_t *result;
    char *text;
    size_t size;
    (void)state;
    clean();
    OK(run(good, false, false, &result));
    json_decref(result);
    OK(rmf_file_read("out/e/result/f.dat", 0, &text, &size));
    assert_non_null(strstr(text, "# value\n2 2 7.5\n8 8 nan\n"));
    rmf_free(text);
    OK(rmf_file_read("out/e/result/f.gp", 0, &text, &size));
    assert_non_null(strstr(text, "index 0 using 1:2"));
    assert_non_null(strstr(text, "set logscale x"));
    rmf_free(text);
    if (system("command -v gnuplot >/dev/null") != 0) return;
    OK(rmf_file_read("out/e/result/f.svg", 0, &text, &size));
    assert_non_null(strstr(text, "</svg>"));
    rmf_free(text);
}

/* What is made is not made again, unless asked for or gone; quick is apart. */
static void resumed(void **state)
{
    json_t *result;
    (void)state;
    clean();
    OK(run(good, false, false, &result));
    json_decref(result);
    OK(run(good, false, false, &result));
    json_decref(result);
    assert_int_equal(calls(), 5);
    assert_int_equal(unlink("out/e/8.json"), 0);
    OK(run(good, false, false, &result));
    json_decref(result);
    assert_int_equal(calls(), 7);
    OK(run(good, false, true, &result));
    json_decref(result);
    assert_int_equal(calls(), 12);
    OK(run(good, true, false, &result));
    json_decref(result);
    assert_int_equal(calls(), 15); /* once each */
    assert_true(rmf_file_exists("out/e-quick/result/table.md"));
}

static const char training[] = "name: e\nsteps:\n  train: {run: 'make --out {runs}/a', resume: "
                               "'goon --out {runs}/a'}\n";

/* A stopped training goes on by its `resume`, here and in another experiment. */
static void stopped(void **state)
{
    json_t *result;
    char *text;
    size_t size;
    (void)state;
    clean();
    write_text("stop", "");
    assert_int_equal(run(training, false, false, &result), RMF_ERR_INTERRUPTED);
    assert_says("step \"train\" was stopped");
    assert_false(rmf_file_exists("out/runs/a/state"));
    unlink("stop");
    OK(run(training, false, false, &result));
    json_decref(result);
    assert_true(rmf_file_exists("out/runs/a/state"));
    OK(rmf_file_read("calls", 0, &text, &size));
    assert_string_equal(text, "make --out out/runs/a --threads=1\n"
                              "goon --out out/runs/a --threads=1\n");
    rmf_free(text);
}

static bool until_started(void *context, const rmf_progress_event *event)
{
    (void)context;
    (void)event;
    return !rmf_file_exists("started");
}

/* A stop is handed on once, and not as SIGINT: the child may have that one from the terminal
 * already, and a second would end it before it has saved. */
static void a_stop_is_handed_on(void **state)
{
    json_t *result;
    char *text;
    size_t size;
    const rmf_progress progress = {until_started, NULL};
    (void)state;
    clean();
    assert_int_equal(
        run_with("name: e\nsteps: {a: {run: wait}}\n", false, false, &progress, &result),
        RMF_ERR_INTERRUPTED);
    OK(rmf_file_read("signals", 0, &text, &size));
    assert_string_equal(text, "term\n");
    rmf_free(text);
}

static const struct {
    const char *yaml, *says;
    rmf_status status;
} bad[] = {
    {"name: e\nsteps: {a: {run: fail}}\n",
     "e.yaml:2: step \"a\" ended with exit code 1; its message stands above; it was: ramify fail",
     RMF_ERR_IO},
    {"name: e\nsteps: {a: {run: wrong}}\n", "ended with exit code 2", RMF_ERR_USAGE},
    {"name: e\nsteps: {a: {run: number 1, to: '{out}/a.json'}}\n"
     "tables: {t: {columns: {c: 'a.json#/w'}}}\n",
     "e.yaml:3: there is no number at a.json#/w", RMF_ERR_FORMAT},
    {"name: e\nsteps: {a: {run: number 1, to: '{out}/a.json'}}\n"
     "tables: {t: {columns: {c: 'a.json#/all/*'}}}\n",
     "names 3 values; expected max, min, mean or median", RMF_ERR_USAGE},
    {"name: e\nsteps: {a: {run: list}}\ntables: {t: {columns: {c: 'b.json#/w'}}}\n",
     "out/e/b.json: ", RMF_ERR_IO},
    {"name: e\nsteps: {a: {run: list}}\ntables: {t: {columns: {c: 'b@seconds'}}}\n",
     "e.yaml:3: no step for b@seconds", RMF_ERR_USAGE},
    {"name: e\nsteps: {a: {run: list}}\ntables: {t: {for: {x: [1, 2, 3]}, columns: {c: [1, 2]}}}\n",
     "column \"c\" has 2 cells; expected 1 or 3", RMF_ERR_USAGE},
    {"name: e\nsteps: {a: {run: list}}\npictures: {a.png: A}\n", "out/e/a.png: ", RMF_ERR_IO},
};

static void refused(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT(bad); i++) {
        json_t *result;
        clean();
        assert_int_equal(run(bad[i].yaml, false, false, &result), bad[i].status);
        assert_says(bad[i].says);
        assert_null(result);
        assert_false(rmf_file_exists("out/e/result/result.json"));
    }
}

/* Files that are no results. */
static void damaged(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{\"format\": \"ramify-tree\"}",
        "{\"format\": \"ramify-result\", \"name\": \"x\"}",
        "{\"format\": \"ramify-result\", \"name\": 3, \"tables\": []}",
        "{\"format\": \"ramify-result\", \"name\": \"x\", \"tables\": [{\"columns\": [1], "
        "\"rows\": "
        "[]}]}",
        "{\"format\": \"ramify-result\", \"name\": \"x\", \"tables\": [{\"columns\": []}]}"};
    const char *file = "r.json";
    char *page;
    (void)state;
    for (int i = 0; i < COUNT(texts); i++) {
        write_text(file, texts[i]);
        assert_int_equal(rmf_results_page(&file, 1, "p.md", &page), RMF_ERR_FORMAT);
        assert_says("r.json");
        assert_null(page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables_and_page),
                                       cmocka_unit_test(figure),
                                       cmocka_unit_test(resumed),
                                       cmocka_unit_test(stopped),
                                       cmocka_unit_test(a_stop_is_handed_on),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(damaged)};
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
