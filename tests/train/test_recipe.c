/* tests/train/test_recipe.c – recipes: every carried one loads with defaults; every mistake names
 * its place. */
#include "support.h"

static rmf_status load(const char *path, const char *override)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    rmf_status s = rmf_recipe_load(path, &override, override ? 1 : 0, &settings, &base);
    rmf_settings_free(settings);
    rmf_free(base);
    return s;
}

static void carried_recipes_load(void **state)
{
    (void)state;
    size_t count;
    const rmf_recipe *recipe = rmf_recipe_registry(&count);
    assert_true(count >= 5);
    for (size_t i = 0; i < count; i++)
        assert_ok(load(recipe[i].name, NULL));
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    rmf_settings *settings = NULL;
    char *base = NULL;
    assert_ok(rmf_recipe_load("digits", NULL, 0, &settings, &base));
    assert_non_null(rmf_settings_text(settings, "train.clip"));
    assert_string_equal(rmf_settings_place(settings, "train.clip"), "default");
    assert_non_null(rmf_settings_text(settings, "sample.sampler"));
    assert_non_null(rmf_settings_text(settings, "net.widths"));
    rmf_settings_free(settings);
    rmf_free(base);
}

static rmf_settings *loaded(const char *name)
{
    rmf_settings *settings = NULL;
    char *base = NULL;
    assert_ok(rmf_recipe_load(name, NULL, 0, &settings, &base));
    rmf_free(base);
    return settings;
}

/* A fair rival differs in what it is about, and in nothing else. */
static void flat_recipes_differ_in_tree_and_banks_only(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"digits", "digits-flat"},
                                           {"mnist", "mnist-flat"},
                                           {"letters-paper", "letters-label-guided-paper"},
                                           {"mnist-paper", "mnist-label-guided-paper"}};
    for (size_t k = 0; k < COUNT(pairs); k++) {
        rmf_settings *tree = loaded(pairs[k][0]), *flat = loaded(pairs[k][1]);
        assert_true(rmf_settings_bool(flat, "tree.flat", false));
        for (size_t i = 0; i < rmf_settings_count(flat); i++) {
            const char *key = rmf_settings_key(flat, i);
            const char *mine = rmf_settings_text(tree, key), *theirs = rmf_settings_text(flat, key);
            if (strcmp(key, "name") == 0 || strcmp(key, "tree.flat") == 0 ||
                strcmp(key, "net.banks") == 0 || (k == 3 && strcmp(key, "train.steps") == 0))
                assert_string_not_equal(mine, theirs);
            else
                assert_string_equal(mine, theirs);
        }
        rmf_settings_free(tree);
        rmf_settings_free(flat);
    }
}

static void mistakes_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *override, *part;
    } cases[] = {
        {"net.wdiths=3", "net.widths"},
        {"train.steps=many", "--set: train.steps is \"many\""},
        {"train.steps=0", "expected a whole number from 1"},
        {"nett.width=3", "did you mean \"net.width\"?"},
        {"net.name=unett", "did you mean \"unet\"?"},
        {"train.parametrisation=eps", "unknown parametrisation \"eps\""},
        {"train.parametrisation=epsilom", "did you mean \"epsilon\"?"},
        {"train.weight=heavy", "unknown weight \"heavy\"; see ramify list weight"},
        {"train=3", "\"train\" is a value; expected a section"},
        {"sample.sampler=huen", "heun"},
        {"sde.name=vq", "vq"},
        {"train.schedule=sawtooth", "expected one of constant, cosine"},
        {"sed=1", "did you mean \"seed\"?"},
        {"noequals", "expected KEY=VALUE"},
        {"train.guide=mother", "expected one of none, unconditional, parent"},
        {"train.guide_share=1", "expected a number from 0.001 to 0.9"},
        {"sample.guidance=-2", "expected a number from -1 to 100"},
        {"sample.guidance=2", "--set: sample.guidance is 2, but train.guide is none"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_fails(load("digits", cases[i].override), RMF_ERR_USAGE, cases[i].part);
    assert_fails(load("digit", NULL), RMF_ERR_IO, "did you mean \"digits\"?");
}

static void yaml_mistakes_name_file_and_line(void **state)
{
    (void)state;
    char *folder = temporary_folder(), path[64];
    snprintf(path, sizeof path, "%s/recipe.yaml", folder);
    FILE *f = fopen(path, "w");
    fputs("name: x\ndata:\n  format: digits\nnet:\n  name: unet\n  blocks: sixty\n", f);
    fclose(f);
    assert_fails(load(path, NULL), RMF_ERR_USAGE, "recipe.yaml:6: net.blocks is \"sixty\"");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carried_recipes_load),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(flat_recipes_differ_in_tree_and_banks_only),
        cmocka_unit_test(mistakes_name_their_place),
        cmocka_unit_test(yaml_mistakes_name_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
