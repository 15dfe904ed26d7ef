/* tests/route/test_file.c – the file of a run's heads, and what is refused. */
#include "route/fixture.h"

#include <jansson.h>

static bool same_file(const char *a, const char *b)
{
    char command[128];
    snprintf(command, sizeof command, "cmp -s %s %s", a, b);
    return system(command) == 0;
}

static void draw(rmf_model *model, rmf_heads *heads, int64_t count, rmf_samples *out)
{
    rmf_sampling s;
    rmf_sampling_report report;
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &s));
    s.sampler = rmf_sampler_find("heun");
    s.grid = RMF_GRID_RHO;
    s.steps = 6;
    s.count = count;
    assert_ok(rmf_model_sample_routed(model, heads, &s, NULL, out, &report));
    assert_near(out->nfe, report.nfe, 0);
}

static void a_file_brings_back_every_byte(void **state)
{
    (void)state;
    static const int each[] = {40, 40, 40};
    mixture m;
    char folder[32], *path = NULL;
    rmf_heads *heads = NULL, *again = NULL, *other = NULL, *read = NULL;
    rmf_samples a = {0}, b = {0}, few = {0};
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0");
    assert_ok(rmf_heads_train(model, 20, 3, NULL, &heads));
    assert_ok(rmf_heads_train(model, 20, 3, NULL, &again));
    assert_ok(rmf_heads_train(model, 20, 4, NULL, &other));
    assert_ok(rmf_heads_path("run", &path));
    assert_string_equal(path, "run/router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_path("run/model.safetensors", &path));
    assert_string_equal(path, "run/router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_path("model.safetensors", &path));
    assert_string_equal(path, "router.safetensors");
    rmf_free(path);
    assert_ok(rmf_heads_write(heads, "1", false));
    assert_int_equal(rmf_heads_write(heads, "1", false), RMF_ERR_EXISTS);
    assert_ok(rmf_heads_write(again, "2", false));
    assert_ok(rmf_heads_write(other, "3", false));
    assert_true(same_file("1", "2") && !same_file("1", "3"));
    assert_ok(rmf_heads_read("1", model, &read));
    assert_ok(rmf_heads_write(read, "4", false));
    assert_true(same_file("1", "4"));

    draw(model, heads, 20, &a);
    draw(model, read, 20, &b);
    assert_int_equal(a.n, 60);
    assert_memory_equal(a.x, b.x, (size_t)(a.n * a.features) * sizeof *a.x);
    assert_memory_equal(a.label, b.label, (size_t)a.n * sizeof *a.label);
    for (int r = 1; r < 60; r++)
        assert_true(a.label[r] >= a.label[r - 1]);
    /* Of each class the first samples of a shorter run. */
    draw(model, heads, 11, &few);
    for (int c = 0, at = 0, from = 0; c < CLASSES; c++) {
        int n = 0;
        while (at + n < few.n && few.label[at + n] == c)
            n++;
        while (from < a.n && a.label[from] < c)
            from++;
        assert_memory_equal(few.x + at * FEATURES, a.x + from * FEATURES,
                            (size_t)(n * FEATURES) * sizeof *a.x);
        at += n;
    }
    char *table = NULL;
    json_t *json = NULL;
    assert_ok(rmf_heads_table(read, &table));
    assert_non_null(strstr(table, "  b, c | a\n"));
    assert_non_null(strstr(table, "  b | c\n"));
    assert_ok(rmf_heads_to_json(read, &json));
    const json_t *entry = json_array_get(json_object_get(json, "heads"), 1);
    assert_int_equal(json_integer_value(json_object_get(entry, "branch")), 1);
    assert_true(json_number_value(json_object_get(entry, "log_loss")) > 0);
    json_decref(json);
    rmf_free(table);
    rmf_samples_free(&a);
    rmf_samples_free(&b);
    rmf_samples_free(&few);
    rmf_heads_free(heads);
    rmf_heads_free(again);
    rmf_heads_free(other);
    rmf_heads_free(read);
    rmf_model_free(model);
    end(&m, folder);
}

/* Copies heads and changes what is said of them, or leaves a tensor out. */
static void spoil(const char *from, const char *to, const char *key, const char *value,
                  const char *tensor)
{
    rmf_arrays all = {0}, kept = {0};
    assert_ok(rmf_safetensors_read(from, &all));
    for (size_t i = 0; i < all.meta_count; i++)
        if (strcmp(all.meta_key[i], key) != 0)
            assert_ok(rmf_arrays_add_meta(&kept, all.meta_key[i], all.meta_value[i]));
    if (value) assert_ok(rmf_arrays_add_meta(&kept, key, value));
    for (size_t i = 0; i < all.count; i++) {
        const rmf_array *a = &all.array[i];
        if (strcmp(a->name, tensor) != 0)
            assert_ok(rmf_arrays_add(&kept, a->name, a->type, a->rank, a->shape, a->data));
    }
    assert_ok(rmf_safetensors_write(to, true, &kept));
    rmf_arrays_free(&all);
    rmf_arrays_free(&kept);
}

static void wrong_files_and_models_are_refused(void **state)
{
    (void)state;
    static const int each[] = {40, 40, 40};
    static const struct {
        const char *key, *value, *tensor, *say;
    } wrong[] = {
        {"ramify.sde", "vp:0.1,19", "", "metadata \"ramify.sde\" is not that of the model"},
        {"ramify.tree", NULL, "", "metadata \"ramify.tree\" is missing"},
        {"ramify.normalisation", "{}", "", "is not that of the model"},
        {"ramify.router", NULL, "", "metadata \"ramify.router\" is missing"},
        {"ramify.router", "{", "", "is not valid JSON"},
        {"ramify.router", "{\"version\": 2}", "", "another version of the format"},
        {"-", NULL, "branch1.input.gain", "tensor \"branch1.input.gain\" is missing"},
        {"-", NULL, "branch0.classes.weight", "tensor \"branch0.classes.weight\" is missing"}};
    mixture m;
    char folder[32];
    rmf_heads *heads = NULL, *none = NULL;
    make(&m);
    begin(&m, each, folder);
    rmf_model *model = trained("run", "seed=0"), *extended = NULL;
    assert_ok(rmf_heads_train(model, 5, 3, NULL, &heads));
    assert_ok(rmf_heads_write(heads, "good", false));
    for (int i = 0; i < COUNT(wrong); i++) {
        spoil("good", "bad", wrong[i].key, wrong[i].value, wrong[i].tensor);
        assert_int_equal(rmf_heads_read("bad", model, &none), RMF_ERR_FORMAT);
        if (!strstr(rmf_message(), wrong[i].say)) fail_msg("%s", rmf_message());
    }
    assert_int_equal(rmf_heads_read("nix", model, &none), RMF_ERR_IO);
    assert_int_equal(rmf_heads_read("data.csv", model, &none), RMF_ERR_FORMAT);
    rmf_heads_free(heads);

    /* A run to which a class was added: its trunk has never seen it. */
    rmf_settings *settings = NULL;
    char *base = NULL;
    const char *set[] = {"data.path=data.csv", "data.label=label", "data.normalise=none"};
    assert_ok(rmf_recipe_load("letters", set, COUNT(set), &settings, &base));
    assert_int_equal(system("sed 's/a$/new/;/[bc]$/d' data.csv >new.csv"), 0);
    assert_ok(rmf_settings_put(settings, "data.path", "new.csv", "test"));
    static const char *const classes[] = {"new"}, *const from[] = {"a", "b", "c"};
    static const char *const steps[] = {"train.steps=1"};
    const rmf_extension extension = {.run = "run",
                                     .out = "more",
                                     .data = settings,
                                     .base = base,
                                     .classes = classes,
                                     .n_classes = 1,
                                     .time = 0.5,
                                     .from = from,
                                     .n_from = 3,
                                     .set = steps,
                                     .n_set = 1};
    assert_ok(rmf_extend(&extension, NULL, NULL));
    assert_ok(rmf_model_open("more", "ema", "auto", &extended));
    assert_int_equal(rmf_heads_train(extended, 1, 0, NULL, &none), RMF_ERR_UNSUPPORTED);
    assert_int_equal(rmf_heads_read("good", extended, &none), RMF_ERR_FORMAT);
    assert_null(none);
    rmf_settings_free(settings);
    rmf_free(base);
    rmf_model_free(extended);
    rmf_model_free(model);
    end(&m, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_brings_back_every_byte),
                                       cmocka_unit_test(wrong_files_and_models_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
