/* tests/train/test_model.c – a trained run: its files, sampling from it byte for byte, damaged
 * model files. */
#include "support.h"

#include <math.h>

static char *run;

static int train_once(void **state)
{
    (void)state;
    run = temporary_folder();
    rmf_settings *settings = NULL;
    char *base = NULL;
    assert_ok(rmf_recipe_load("digits", small_recipe, COUNT(small_recipe), &settings, &base));
    rmf_training training = {.settings = settings, .base = base, .run = run};
    assert_ok(rmf_train(&training, NULL));
    assert_fails(rmf_train(&training, NULL), RMF_ERR_EXISTS, "a run is there already");
    rmf_settings_free(settings);
    rmf_free(base);
    return 0;
}

static int remove_run(void **state)
{
    (void)state;
    remove_folder(run);
    return 0;
}

static void in_run(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", run, name);
}

static void the_folder_is_complete(void **state)
{
    (void)state;
    static const char *const files[] = {"recipe.yaml",       "tree.json",  "discovery.npz",
                                        "model.safetensors", "state.json", "optimizer.safetensors",
                                        "ema.safetensors",   "log.jsonl"};
    char path[128];
    for (size_t i = 0; i < COUNT(files); i++) {
        in_run(files[i], path);
        assert_true(rmf_file_exists(path));
    }
    rmf_settings *settings = NULL;
    char *base = NULL;
    in_run("recipe.yaml", path); /* complete: loads again, to the same keys */
    assert_ok(rmf_recipe_load(path, NULL, 0, &settings, &base));
    assert_string_equal(rmf_settings_text(settings, "net.widths"), "8,12");
    rmf_settings_free(settings);
    rmf_free(base);
}

static void draw(rmf_model *model, const int *classes, int n, int64_t count, bool shared,
                 rmf_samples *out)
{
    rmf_sampling sampling = {0};
    rmf_sampling_report report;
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.steps = 6;
    sampling.classes = classes;
    sampling.n_classes = n;
    sampling.count = count;
    sampling.shared = shared;
    assert_ok(rmf_model_sample(model, &sampling, NULL, out, &report));
}

/* Through the real network: a class alone equals the same class among others, k of n equal a run of
 * k. */
static void samples_do_not_depend_on_company(void **state)
{
    (void)state;
    rmf_model *model = NULL;
    assert_ok(rmf_model_open(run, "ema", "auto", &model));
    const int all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, one[] = {7};
    for (int shared = 0; shared < 2; shared++) {
        rmf_samples many = {0}, alone = {0}, few = {0};
        draw(model, all, 10, 70, shared, &many);
        draw(model, one, 1, 70, shared, &alone);
        draw(model, one, 1, 5, shared, &few);
        assert_memory_equal(many.x + 7 * 70 * 64, alone.x, 70 * 64 * sizeof(float));
        assert_memory_equal(alone.x, few.x, 5 * 64 * sizeof(float));
        rmf_samples_free(&many);
        rmf_samples_free(&alone);
        rmf_samples_free(&few);
    }
    rmf_model_free(model);
}

/* The model file alone, outside its run, draws the same samples. */
static void one_file_is_a_model(void **state)
{
    (void)state;
    char path[128];
    in_run("ema.safetensors", path);
    rmf_model *whole = NULL, *file = NULL;
    rmf_samples a = {0}, b = {0};
    const int classes[] = {2, 5};
    assert_ok(rmf_model_open(run, "ema", "auto", &whole));
    assert_ok(rmf_model_open(path, "ema", "auto", &file));
    draw(whole, classes, 2, 3, true, &a);
    draw(file, classes, 2, 3, true, &b);
    assert_memory_equal(a.x, b.x, 6 * 64 * sizeof(float));
    rmf_samples_free(&a);
    rmf_samples_free(&b);
    rmf_model_free(whole);
    rmf_model_free(file);
}

static void damaged_models_are_refused(void **state)
{
    (void)state;
    char path[128], bad[128], *text;
    size_t size;
    rmf_model *model = NULL;
    in_run("model.safetensors", path);
    in_run("bad.safetensors", bad);
    assert_ok(rmf_file_read(path, 0, &text, &size));
    for (size_t cut = 0; cut < size; cut += 1 + cut / 3) {
        FILE *f = fopen(bad, "wb");
        fwrite(text, 1, cut, f);
        fclose(f);
        assert_int_equal(rmf_model_open(bad, "ema", "auto", &model), RMF_ERR_FORMAT);
    }
    static const struct {
        const char *from, *to;
    } edits[] = {{"\"ramify.format\":\"1\"", "\"ramify.format\":\"2\""},
                 {"ramify.net", "ramify.not"},
                 {"ramify.tree", "ramify.true"},
                 {"ramify.sde", "ramify.sdf"}};
    for (size_t i = 0; i < COUNT(edits); i++) {
        char *copy = malloc(size), *at = NULL;
        memcpy(copy, text, size);
        at = memmem(copy, size, edits[i].from, strlen(edits[i].from));
        if (!at && i > 0) fail_msg("no %s in the file", edits[i].from);
        if (at) {
            memcpy(at, edits[i].to, strlen(edits[i].to));
            FILE *f = fopen(bad, "wb");
            fwrite(copy, 1, size, f);
            fclose(f);
            if (i != 3) assert_int_not_equal(rmf_model_open(bad, "ema", "auto", &model), RMF_OK);
        }
        free(copy);
    }
    rmf_free(text);
}

/* A model of before a network option came has the option's default. */
static void options_that_came_later_have_defaults(void **state)
{
    (void)state;
    char path[128], old[128], *text;
    size_t size;
    in_run("model.safetensors", path);
    in_run("old.safetensors", old);
    assert_ok(rmf_file_read(path, 0, &text, &size));
    static const char option[] = "\\\"net.skips\\\":\\\"concat\\\",";
    char *at = memmem(text, size, option, strlen(option));
    assert_non_null(at);
    memset(at, ' ', strlen(option));
    FILE *f = fopen(old, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
    rmf_free(text);
    rmf_model *model = NULL;
    assert_ok(rmf_model_open(old, "ema", "auto", &model));
    assert_string_equal(rmf_settings_text(rmf_model_settings(model), "net.skips"), "concat");
    rmf_model_free(model);
}

static void wrong_paths_say_so(void **state)
{
    (void)state;
    rmf_model *model = NULL;
    assert_fails(rmf_model_open("no-such-run", "ema", "auto", &model), RMF_ERR_IO, "no-such-run");
    assert_fails(rmf_model_open(run, "middling", "auto", &model), RMF_ERR_USAGE,
                 "expected ema or raw");
}

/* ---- vector–Jacobian products ---- */

enum { BLOCK = 8 };

/* vᵀ·(s(x + h·w) − s(x − h·w))/2h = (vᵀ·∂s/∂x)·w, for each of two vectors after one evaluation. */
static void products_are_those_of_the_score(void **state)
{
    (void)state;
    static float x[BLOCK * 64], w[BLOCK * 64], v[2][BLOCK * 64], product[2][BLOCK * 64];
    static float low[BLOCK * 64], high[BLOCK * 64], moved[BLOCK * 64], before[BLOCK * 64];
    rmf_model *model = NULL;
    rmf_score score;
    rmf_pullback_score both;
    const rmf_key key = rmf_key_make(3, 3);
    const double t = 0.3;
    assert_ok(rmf_model_open(run, "ema", "cpu", &model));
    const int leaf = rmf_tree_leaf(rmf_model_tree(model), 3), n = BLOCK * 64;
    rmf_random_normal(key, 0, 0, x, (size_t)n);
    rmf_random_normal(key, 1, 0, w, (size_t)n);
    assert_ok(rmf_model_score(model, BLOCK, &score));
    assert_ok(score.eval(score.context, leaf, t, x, before));
    assert_ok(rmf_model_pullback_score(model, BLOCK, &both));
    assert_ok(both.score.eval(both.score.context, leaf, t, x, low));
    for (int i = 0; i < n; i++)
        assert_true(fabs(low[i] - before[i]) <= 1e-4 * (1 + fabs(before[i])));
    for (int k = 0; k < 2; k++) {
        rmf_random_normal(key, 2 + (uint64_t)k, 0, v[k], (size_t)n);
        assert_ok(both.pullback(both.score.context, v[k], product[k]));
    }
    for (int side = -1; side <= 1; side += 2) {
        for (int i = 0; i < n; i++)
            moved[i] = x[i] + (float)side * 1e-2f * w[i];
        assert_ok(both.score.eval(both.score.context, leaf, t, moved, side < 0 ? low : high));
    }
    for (int k = 0; k < 2; k++) {
        double numeric = 0, analytic = 0, size = 0;
        for (int i = 0; i < n; i++) {
            numeric += v[k][i] * ((double)high[i] - low[i]) / 2e-2;
            analytic += (double)product[k][i] * w[i];
            size += (double)product[k][i] * product[k][i];
        }
        assert_true(size > 0 && fabs(numeric - analytic) <= 0.02 * sqrt(size));
    }
    assert_ok(rmf_model_score(model, BLOCK, &score)); /* and back to a score alone */
    assert_ok(score.eval(score.context, leaf, t, x, low));
    assert_memory_equal(low, before, sizeof before);
    rmf_model_free(model);
}

static void back_ends_agree_on_likelihoods(void **state)
{
    (void)state;
    static const char *const devices[] = {"cpu", "ref"};
    static float x[3 * 64];
    double value[2][3 * 2], error[3 * 2];
    rmf_random_normal(rmf_key_make(3, 4), 0, 0, x, 3 * 64);
    for (int k = 0; k < 2; k++) {
        rmf_model *model = NULL;
        rmf_pullback_score score;
        rmf_sampling sampling;
        assert_ok(rmf_model_open(run, "ema", devices[k], &model));
        assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
        assert_ok(rmf_model_pullback_score(model, BLOCK, &score));
        sampling.tree = rmf_model_tree(model);
        sampling.sde = rmf_model_sde(model);
        sampling.sampler = rmf_sampler_find("rk23");
        sampling.steps = 5;
        sampling.grid = sampling.sampler->grid;
        sampling.classes = (const int[]){1, 7};
        sampling.n_classes = 2;
        const rmf_likelihood request = {.sampling = &sampling, .score = &score, .probes = 1};
        assert_ok(rmf_likelihoods(&request, NULL, (rmf_rows){x, 3}, value[k], error, NULL));
        rmf_model_free(model);
    }
    for (int i = 0; i < 6; i++)
        if (!(fabs(value[0][i] - value[1][i]) <= 1e-3 * fabs(value[0][i])))
            fail_msg("cpu %.8g, ref %.8g", value[0][i], value[1][i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_is_complete),
        cmocka_unit_test(samples_do_not_depend_on_company),
        cmocka_unit_test(one_file_is_a_model),
        cmocka_unit_test(damaged_models_are_refused),
        cmocka_unit_test(options_that_came_later_have_defaults),
        cmocka_unit_test(products_are_those_of_the_score),
        cmocka_unit_test(back_ends_agree_on_likelihoods),
        cmocka_unit_test(wrong_paths_say_so),
    };
    return cmocka_run_group_tests(tests, train_once, remove_run);
}
