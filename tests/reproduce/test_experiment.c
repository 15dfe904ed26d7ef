/* Experiments as read: those that the library carries, variables and loops, and what is refused. */
#include "checks.h"
#include "reproduce/step.h"

#include "ramify/io.h"

static void write_text(const char *path, const char *text)
{
    rmf_writer *out;
    OK(rmf_writer_open(path, true, &out));
    OK(rmf_writer_put(out, text, strlen(text)));
    OK(rmf_writer_commit(out));
}

/* All experiments that come along: read, and every command a known one without unbound names. */
static void carried(void **state)
{
    size_t count, steps;
    const rmf_experiment_text *all = rmf_experiment_registry(&count);
    const rmf_folders folders = {.out = (char *)"o",
                                 .runs = (char *)"r",
                                 .records = (char *)"k",
                                 .result = (char *)"o/result",
                                 .short_out = "o",
                                 .short_runs = "runs"};
    (void)state;
    assert_true(count >= 9);
    for (size_t i = 0; i < count; i++)
        for (int quick = 0; quick < 2; quick++) {
            rmf_experiment e;
            rmf_step *step;
            OK(rmf_experiment_open(all[i].name, &e));
            assert_string_equal(rmf_settings_text(e.settings, "name"), all[i].name);
            OK(rmf_steps_of(&e, &folders, quick, &step, &steps));
            assert_true(steps > 0);
            for (size_t k = 0; k < steps; k++)
                assert_null(strchr(step[k].run, '{'));
            rmf_experiment_close(&e);
        }
}

static void loops(void **state)
{
    rmf_experiment e;
    rmf_step *step;
    size_t count;
    const rmf_folders folders = {.out = (char *)"/x/e-quick",
                                 .runs = (char *)"/x/runs",
                                 .records = (char *)"k",
                                 .short_out = "e-quick",
                                 .short_runs = "runs"};
    (void)state;
    write_text("e.yaml", "name: e\nlists: {letters: [a, b]}\nsteps:\n  one: {run: list}\n"
                         "  draw:\n    for: {x: $letters, n: [1, 2, 3]}\n"
                         "    run: show {runs}/{x}-{n} --json\n    quick: -q {n}\n"
                         "    to: '{out}/{x}'\n    repeat: 4\n");
    OK(rmf_experiment_open("e.yaml", &e));
    OK(rmf_steps_of(&e, &folders, true, &step, &count));
    assert_int_equal(count, 7);
    assert_string_equal(step[0].name, "one");
    assert_string_equal(step[5].name, "draw/b/2"); /* the last variable runs fastest */
    assert_string_equal(step[5].run, "show /x/runs/b-2 --json -q 2");
    assert_string_equal(step[5].shown, "show runs/b-2 --json -q 2");
    assert_string_equal(step[5].to, "/x/e-quick/b");
    assert_int_equal(step[5].repeat, 1);
    OK(rmf_steps_of(&e, &folders, false, &step, &count));
    assert_string_equal(step[5].run, "show /x/runs/b-2 --json");
    assert_int_equal(step[5].repeat, 4);
    rmf_experiment_close(&e);
}

static const struct {
    const char *yaml, *says;
} bad[] = {
    {"", "no key; expected name, steps and tables"},
    {"name: x\n", "e.yaml:1: an experiment needs a name and steps"},
    {"steps: {a: {run: list}}\n", "an experiment needs a name and steps"},
    {"name: x\nstep: {a: {run: list}}\n", "e.yaml:2: unknown key \"step.a.run\""},
    {"name: x\nsteps: {a: {rum: list}}\n",
     "e.yaml:2: unknown key \"steps.a.rum\"; did you mean \"steps.a.run\"?"},
    {"name: x\nsteps: {a: {quick: list}}\n", "steps.a has no key \"run\""},
    {"name: x\nsteps: {a: {run: list, repeat: 0}}\n",
     "e.yaml:2: steps.a.repeat is \"0\"; expected a whole number from 1 to 99"},
    {"name: x\nsteps: {a: {run: list}}\nfigures: {f: {table: t, x: a, y: b}}\n",
     "e.yaml:3: table \"t\" has no column \"a\""},
    {"name: x\nsteps: {a: {run: list}}\ntables: {t: {columns: {a: 1}}}\n"
     "figures: {f: {table: t, x: a, y: b}}\n",
     "e.yaml:4: table \"t\" has no column \"b\""},
    {"name: a/b\nsteps: {a: {run: list}}\n", "e.yaml:1: name is \"a/b\""},
    {"name: x\nsteps: {a: {run: list}}\npictures: {x/a.png: A}\n", "e.yaml:3: name is \"x/a.png\""},
    {"name: x\nsteps: {a: {run: list}}\ntables: {t: {columns: {a: 1}}}\n"
     "figures: {a/b: {table: t, x: a, y: a}}\n",
     "e.yaml:4: name is \"a/b\""},
    {"name: x\nsteps: {a: {run: 'list {y}'}}\n", "e.yaml:2: {y} stands for nothing here"},
    {"name: x\nsteps: {a: {run: list, for: {v: []}}}\n",
     "e.yaml:2: \"steps.a.for.v\" has no value; expected a list"},
    {"name: x\nsteps: {a: {run: list, for: {v: $l}}}\n", "there is no list \"lists.l\""},
    {"name: x\nsteps: {a: {run: list, for: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: "
     "1}}}\n",
     "one variable too many; expected at most 8"},
};

static void refused(void **state)
{
    const rmf_folders folders = {.out = (char *)"o",
                                 .runs = (char *)"r",
                                 .records = (char *)"k",
                                 .short_out = "o",
                                 .short_runs = "r"};
    (void)state;
    for (int i = 0; i < COUNT(bad); i++) {
        rmf_experiment e;
        rmf_step *step;
        size_t count;
        write_text("e.yaml", bad[i].yaml);
        rmf_status s = rmf_experiment_open("e.yaml", &e);
        if (s == RMF_OK) {
            s = rmf_steps_of(&e, &folders, false, &step, &count);
            rmf_experiment_close(&e);
        }
        assert_int_equal(s, RMF_ERR_USAGE);
        assert_says(bad[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(carried), cmocka_unit_test(loops),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
