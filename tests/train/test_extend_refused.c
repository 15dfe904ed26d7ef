/* tests/train/test_extend_refused.c – extensions that can't be done leave nothing behind. */
#include "extending.h"

static void what_cannot_be_added_is_refused(void **state)
{
    (void)state;
    static const char *const three[] = {"3"}, *const seven[] = {"7"}, *const twice[] = {"7", "7"},
                             *const eleven[] = {"11"}, *const nobody[] = {"nobody"},
                             *const pair[] = {"0", "2", "0"}, *const one[] = {"1"},
                             *const score[] = {"train.parametrisation=x0"},
                             *const no_average[] = {"train.ema=0"},
                             *const net[] = {"net.name=unet"};
    char *out = temporary_folder();
    const struct {
        const char *const *classes;
        int n;
        double time;
        const char *const *from;
        int n_from;
        const char *const *set;
        rmf_status status;
        const char *text;
    } cases[] = {
        {three, 1, NAN, NULL, 0, steps, RMF_ERR_USAGE, "the run has it already"},
        {twice, 2, NAN, NULL, 0, steps, RMF_ERR_USAGE, "it is named twice"},
        {eleven, 1, NAN, NULL, 0, steps, RMF_ERR_USAGE, "no class \"11\"; expected of: 0, 1"},
        {seven, 1, 0.2, nobody, 1, steps, RMF_ERR_USAGE, "which is no class of the run"},
        {seven, 1, 0.2, pair, 3, steps, RMF_ERR_USAGE, "\"0\", which is named twice"},
        {seven, 1, 0.9, one, 1, steps, RMF_ERR_USAGE, "outside of the branch {1}"},
        {seven, 1, NAN, NULL, 0, score, RMF_ERR_USAGE, "train.parametrisation can't be changed"},
        {seven, 1, NAN, NULL, 0, no_average, RMF_ERR_USAGE, "an average of its weights"},
        {seven, 1, NAN, NULL, 0, net, RMF_ERR_USAGE, "the rest is the run's"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        rmf_extension x = adding(run, out, cases[i].classes, cases[i].n);
        x.time = cases[i].time;
        x.from = cases[i].from;
        x.n_from = cases[i].n_from;
        x.set = cases[i].set;
        assert_fails(rmf_extend(&x, NULL, NULL), cases[i].status, cases[i].text);
        char path[128];
        snprintf(path, sizeof path, "%s/extension.json", out);
        assert_false(rmf_file_exists(path)); /* nothing half-made */
    }
    rmf_extension x = adding(run, run, seven, 1);
    x.replace = true;
    assert_fails(rmf_extend(&x, NULL, NULL), RMF_ERR_USAGE, "one folder");
    x = adding("no-such-run", out, seven, 1);
    assert_fails(rmf_extend(&x, NULL, NULL), RMF_ERR_IO, "no such folder");
    x = (rmf_extension){.out = out, .resume = true, .time = NAN};
    assert_fails(rmf_extend(&x, NULL, NULL), RMF_ERR_IO, "no extension.json in it");
    remove_folder(out);
}

/* A run whose tree came from a file has no sums: then time and branch are needed, and enough. */
static void without_sums_the_place_must_be_given(void **state)
{
    (void)state;
    static const char *const seven[] = {"7"}, *const four[] = {"4"};
    char command[200], *copy = temporary_folder(), *out = temporary_folder();
    rmf_extension_report report;
    snprintf(command, sizeof command, "cp -R %s/. %s && rm %s/discovery.npz", run, copy, copy);
    assert_int_equal(system(command), 0);
    rmf_extension x = adding(copy, out, seven, 1);
    assert_fails(rmf_extend(&x, NULL, NULL), RMF_ERR_FORMAT, "no discovery.npz in it");
    x.time = 0.3;
    assert_fails(rmf_extend(&x, NULL, NULL), RMF_ERR_FORMAT, "no discovery.npz in it");
    x.from = four;
    x.n_from = 1;
    assert_ok(rmf_extend(&x, NULL, &report));
    assert_true(isnan(report.added[0].distance));
    assert_true(report.equal_samples > 0);
    rmf_extension_report_free(&report);
    remove_folder(copy);
    remove_folder(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_added_is_refused),
        cmocka_unit_test(without_sums_the_place_must_be_given),
    };
    rmf_threads_set(1);
    return cmocka_run_group_tests(tests, train_once, remove_run);
}
