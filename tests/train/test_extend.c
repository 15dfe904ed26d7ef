/* tests/train/test_extend.c – classes added to a run: every old byte stays, only the new rows are
 * trained, unless all are asked for. */
#include "extending.h"
#include "killing.h"

/* ---- bytes ---- */

static void read_tensors(const char *folder, const char *name, rmf_arrays *out)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(rmf_safetensors_read(path, out));
}

/* Bytes of the old tensors: all of what is shared, the old rows of what is a bank. */
static void compare_files(const char *before, const char *after, const char *name, int new_rows)
{
    rmf_arrays a = {0}, b = {0};
    int banks = 0;
    read_tensors(before, name, &a);
    read_tensors(after, name, &b);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        const rmf_array *x = &a.array[i], *y = rmf_arrays_find(&b, x->name);
        assert_non_null(y);
        const int64_t more = y->shape[0] - x->shape[0];
        assert_true(more == 0 || more == new_rows);
        banks += more > 0;
        assert_memory_equal(x->data, y->data, (size_t)rmf_array_count(x) * sizeof(float));
    }
    assert_true(banks > 0);
    rmf_arrays_free(&a);
    rmf_arrays_free(&b);
}

enum { SAMPLES = 3, PIXELS = 64 };

static void draw(const char *folder, const char *weights, const char *sampler, bool shared,
                 int classes, float *x)
{
    rmf_model *model = NULL;
    rmf_samples samples = {0};
    rmf_sampling_report report;
    rmf_sampling sampling = {0};
    static const int all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_ok(rmf_model_open(folder, weights, "auto", &model));
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.sampler = rmf_sampler_find(sampler);
    sampling.grid = sampling.sampler->grid;
    sampling.steps = 5;
    sampling.shared = shared;
    sampling.classes = all;
    sampling.n_classes = classes;
    sampling.count = SAMPLES;
    assert_ok(rmf_model_sample(model, &sampling, NULL, &samples, &report));
    memcpy(x, samples.x, (size_t)(classes * SAMPLES * PIXELS) * sizeof *x);
    rmf_samples_free(&samples);
    rmf_model_free(model);
}

/* diffusion.extended has every sampler and mode; here the network is the real one. */
static void compare_samples(const char *before, const char *after, int classes)
{
    static float x[10 * SAMPLES * PIXELS], y[10 * SAMPLES * PIXELS];
    static const struct {
        const char *weights, *sampler;
        bool shared;
    } ways[] = {{"ema", "heun", true}, {"raw", "dpm-solver-sde", true}, {"ema", "heun", false}};
    for (size_t k = 0; k < COUNT(ways); k++) {
        draw(before, ways[k].weights, ways[k].sampler, ways[k].shared, classes, x);
        draw(after, ways[k].weights, ways[k].sampler, ways[k].shared, classes, y);
        assert_memory_equal(x, y, (size_t)(classes * SAMPLES * PIXELS) * sizeof *x);
    }
}

static void every_old_byte_stays(void **state)
{
    (void)state;
    static const char *const seven[] = {"7"};
    char *out = extended(run, seven, 1);
    compare_files(run, out, "model.safetensors", 1);
    compare_files(run, out, "ema.safetensors", 1);
    compare_samples(run, out, 6);
    remove_folder(out);
}

/* The row that a bank of `folder` has for row number `row`. */
static void bank_row(const char *folder, const char *file, int64_t row, float *out, int64_t *count)
{
    rmf_arrays a = {0};
    read_tensors(folder, file, &a);
    const rmf_array *bank = rmf_arrays_find(&a, "head.conv.weight");
    assert_non_null(bank);
    *count = rmf_array_count(bank) / bank->shape[0];
    assert_true(row < bank->shape[0]);
    memcpy(out, (const float *)bank->data + row * *count, (size_t)*count * sizeof *out);
    rmf_arrays_free(&a);
}

/* The new row begins as what was asked for: without learning it is a copy. */
static void the_new_row_starts_as_it_is_told(void **state)
{
    (void)state;
    static const char *const seven[] = {"7"}, *const still[] = {"train.steps=1",
                                                                "train.learning_rate=0"};
    rmf_tree *tree = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/tree.json", run);
    assert_ok(rmf_tree_read(path, &tree));
    for (int start = RMF_START_NEAREST; start <= RMF_START_PARENT; start++) {
        float a[1024], b[1024];
        int64_t n, m;
        char *out = temporary_folder();
        rmf_extension x = adding(run, out, seven, 1);
        rmf_extension_report report;
        x.start = start;
        x.set = still;
        x.n_set = COUNT(still);
        assert_ok(rmf_extend(&x, NULL, &report));
        const rmf_added_class *c = &report.added[0];
        int source;
        if (start == RMF_START_NEAREST) {
            assert_true(*c->start != '\0');
            source = rmf_tree_leaf(tree, rmf_tree_class_index(tree, c->start));
        } else {
            assert_string_equal(c->start, "");
            char first[8];
            snprintf(first, sizeof first, "%.*s", (int)strcspn(c->from, ","), c->from);
            source = rmf_tree_find(tree, rmf_tree_class_index(tree, first), c->time);
        }
        bank_row(out, "ema.safetensors", rmf_tree_branch_count(tree), a, &n);
        bank_row(run, "ema.safetensors", source, b, &m);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, (size_t)n * sizeof *a);
        rmf_extension_report_free(&report);
        remove_folder(out);
    }
    rmf_tree_free(tree);
}

/* Both pieces of the branch that was split have one row, the new leaf has its own. */
static void pieces_share_a_row(void **state)
{
    (void)state;
    static const char *const seven[] = {"7"}, *const two[] = {"2"};
    rmf_tree *tree = NULL;
    rmf_settings *settings = NULL;
    char path[128], *none = NULL, *out = temporary_folder();
    rmf_extension x = adding(run, out, seven, 1);
    x.time = 0.2;
    x.from = two;
    x.n_from = 1;
    assert_ok(rmf_extend(&x, NULL, NULL));
    snprintf(path, sizeof path, "%s/tree.json", out);
    assert_ok(rmf_tree_read(path, &tree));
    const int upper = rmf_tree_find(tree, 2, 0.25), lower = rmf_tree_find(tree, 2, 0.1);
    assert_int_equal(rmf_tree_find(tree, 6, 0.25), upper);
    assert_int_equal(rmf_tree_continuation(tree, upper), lower);
    assert_int_not_equal(rmf_tree_branch(tree, upper)->row,
                         rmf_tree_branch(tree, rmf_tree_leaf(tree, 6))->row);
    compare_samples(run, out, 6);
    snprintf(path, sizeof path, "%s/recipe.yaml", out); /* the run's recipe, complete */
    assert_ok(rmf_recipe_load(path, NULL, 0, &settings, &none));
    rmf_settings_free(settings);
    rmf_free(none);
    rmf_tree_free(tree);
    remove_folder(out);
}

/* Each addition leaves the classes before it alone, those that were added too. */
static void chains_keep_what_was_added(void **state)
{
    (void)state;
    static const char *const orders[2][3] = {{"7", "8", "9"}, {"9", "7", "8"}};
    for (int k = 0; k < 2; k++) {
        char *before = NULL;
        for (int i = 0; i < 3; i++) {
            const char *from = before ? before : run;
            char *after = extended(from, &orders[k][i], 1);
            compare_files(from, after, "model.safetensors", 1);
            compare_files(from, after, "ema.safetensors", 1);
            compare_samples(from, after, 6 + i);
            if (before) remove_folder(before);
            before = after;
        }
        char path[128];
        rmf_sums *sums = NULL; /* the chain could go on: all nine classes have sums */
        double s[81];
        snprintf(path, sizeof path, "%s/discovery.npz", before);
        assert_ok(rmf_sums_read(path, &sums));
        assert_ok(rmf_sums_similarity(sums, 1, 1, s));
        rmf_sums_free(sums);
        remove_folder(before);
    }
}

/* Three classes at once have the places of three one after the other. */
static void several_at_once_have_the_same_places(void **state)
{
    (void)state;
    static const char *const three[] = {"6", "8", "7"};
    rmf_tree *once = NULL, *in_turn = NULL;
    char path[128], *out = extended(run, three, 3), *first = extended(run, &three[0], 1);
    compare_samples(run, out, 6);
    compare_files(run, out, "ema.safetensors", 3);
    char *second = extended(first, &three[1], 1), *third = extended(second, &three[2], 1);
    snprintf(path, sizeof path, "%s/tree.json", out);
    assert_ok(rmf_tree_read(path, &once));
    snprintf(path, sizeof path, "%s/tree.json", third);
    assert_ok(rmf_tree_read(path, &in_turn));
    assert_int_equal(rmf_tree_branch_count(once), rmf_tree_branch_count(in_turn));
    for (int b = 0; b < rmf_tree_branch_count(once); b++) {
        const rmf_branch *x = rmf_tree_branch(once, b), *y = rmf_tree_branch(in_turn, b);
        assert_true(x->t_start == y->t_start && x->t_end == y->t_end && x->row == y->row);
    }
    rmf_tree_free(once);
    rmf_tree_free(in_turn);
    remove_folder(first);
    remove_folder(second);
    remove_folder(third);
    remove_folder(out);
}

/* Evaluation finds the objects of all classes, the held-out ones as when they were trained on. */
static void data_of_all_classes_are_found(void **state)
{
    (void)state;
    static const char *const two[] = {"9", "7"};
    rmf_model *model = NULL;
    rmf_dataset train = {0}, held_out = {0};
    rmf_normalisation map = {0};
    int64_t count[2][8] = {{0}};
    char *out = extended(run, two, 2);
    assert_ok(rmf_model_open(out, "ema", "auto", &model));
    assert_ok(rmf_model_data(model, ".", &train, &held_out, &map));
    assert_int_equal(train.n_classes, 8);
    assert_string_equal(train.class_name[6], "9");
    assert_string_equal(held_out.class_name[7], "7");
    for (int64_t i = 0; i < train.n; i++)
        count[0][train.label[i]]++;
    for (int64_t i = 0; i < held_out.n; i++)
        count[1][held_out.label[i]]++;
    for (int c = 0; c < 8; c++)
        assert_true(count[0][c] > 3 * count[1][c] && count[1][c] > 30);
    assert_string_equal(map.kind, rmf_model_normalisation(model)->kind);
    rmf_dataset_free(&train);
    rmf_dataset_free(&held_out);
    rmf_normalisation_free(&map);
    rmf_model_free(model);
    remove_folder(out);
}

/* ---- what forgets ---- */

/* Trained without a freeze, layers that all classes share move, and samples of old classes with
 * them; rows of other branches, which no object of the new class uses, don't. */
static void old_classes_change_where_everything_is_trained(void **state)
{
    (void)state;
    static const char *const seven[] = {"7"};
    static float x[6 * SAMPLES * PIXELS], y[6 * SAMPLES * PIXELS];
    rmf_arrays before = {0}, after = {0};
    rmf_extension_report report;
    char *out = temporary_folder();
    rmf_extension extension = adding(run, out, seven, 1);
    extension.tune = RMF_TUNE_ALL;
    assert_ok(rmf_extend(&extension, NULL, &report));
    assert_int_equal(report.tune, RMF_TUNE_ALL);
    assert_int_equal(report.equal_values + report.equal_samples, 0);
    rmf_extension_report_free(&report);
    read_tensors(run, "ema.safetensors", &before);
    read_tensors(out, "model.safetensors", &after); /* training began at the average */
    const rmf_array *a = rmf_arrays_find(&before, "down0.block0.conv1.weight");
    const rmf_array *b = rmf_arrays_find(&after, "down0.block0.conv1.weight");
    assert_memory_not_equal(a->data, b->data, (size_t)rmf_array_count(a) * sizeof(float));
    a = rmf_arrays_find(&before, "head.conv.weight");
    b = rmf_arrays_find(&after, "head.conv.weight");
    assert_memory_equal(a->data, b->data, (size_t)rmf_array_count(a) * sizeof(float));
    rmf_arrays_free(&before);
    rmf_arrays_free(&after);
    draw(run, "ema", "heun", false, 6, x);
    draw(out, "ema", "heun", false, 6, y);
    for (int c = 0; c < 6; c++)
        assert_memory_not_equal(x + c * SAMPLES * PIXELS, y + c * SAMPLES * PIXELS,
                                SAMPLES * PIXELS * sizeof *x);
    remove_folder(out);
}

/* ---- killed and resumed ---- */

static rmf_status extend_by_two(const char *out, const rmf_progress *progress)
{
    static const char *const two[] = {"7", "9"}, *const set[] = {"train.steps=60",
                                                                 "train.save_steps=15"};
    rmf_extension x = adding(run, out, two, 2);
    x.set = set;
    x.n_set = COUNT(set);
    x.resume = true;
    return rmf_extend(&x, progress, NULL);
}

static void killed_extensions_end_with_the_same_bytes(void **state)
{
    (void)state;
    kill_and_compare(extend_by_two, 8);
}

static rmf_status tune_all(const char *out, const rmf_progress *progress)
{
    static const char *const seven[] = {"7"}, *const set[] = {"train.steps=40",
                                                              "train.save_steps=15"};
    rmf_extension x = adding(run, out, seven, 1);
    x.tune = RMF_TUNE_ALL;
    x.set = set;
    x.n_set = COUNT(set);
    x.resume = true;
    return rmf_extend(&x, progress, NULL);
}

static void so_do_those_that_train_everything(void **state)
{
    (void)state;
    stop_and_compare(tune_all, 17);
}

static void interrupted_extensions_do_too(void **state)
{
    (void)state;
    stop_and_compare(extend_by_two, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First those that fork: a parent that had threads of its own can't. */
        cmocka_unit_test(killed_extensions_end_with_the_same_bytes),
        cmocka_unit_test(interrupted_extensions_do_too),
        cmocka_unit_test(so_do_those_that_train_everything),
        cmocka_unit_test(every_old_byte_stays),
        cmocka_unit_test(the_new_row_starts_as_it_is_told),
        cmocka_unit_test(pieces_share_a_row),
        cmocka_unit_test(chains_keep_what_was_added),
        cmocka_unit_test(several_at_once_have_the_same_places),
        cmocka_unit_test(data_of_all_classes_are_found),
        cmocka_unit_test(old_classes_change_where_everything_is_trained),
    };
    rmf_threads_set(1);
    return cmocka_run_group_tests(tests, train_once, remove_run);
}
