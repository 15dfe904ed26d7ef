/* tests/train/test_guide.c – which branch guides which, that guides are trained, and what a model
 * does with a guidance weight. */
#include "support.h"
#include "train/train_private.h"

/* Trains the small recipe with `extra` settings on top. */
static char *trained(const char *const *extra, size_t n)
{
    const char *overrides[32];
    memcpy(overrides, small_recipe, sizeof small_recipe);
    memcpy(overrides + COUNT(small_recipe), extra, n * sizeof *extra);
    char *run = temporary_folder(), *base = NULL;
    rmf_settings *settings = NULL;
    assert_ok(rmf_recipe_load("digits", overrides, COUNT(small_recipe) + n, &settings, &base));
    rmf_training training = {.settings = settings, .base = base, .run = run};
    assert_ok(rmf_train(&training, NULL));
    rmf_settings_free(settings);
    rmf_free(base);
    return run;
}

static rmf_model *opened(const char *run)
{
    rmf_model *model = NULL;
    assert_ok(rmf_model_open(run, "raw", "auto", &model));
    return model;
}

static void branches_find_their_guides(void **state)
{
    (void)state;
    const char *few[] = {"train.steps=1", "train.guide=parent"};
    char *run = trained(few, 2);
    rmf_model *m = opened(run);
    const int branches = rmf_tree_branch_count(m->tree);
    assert_true(branches > 12);
    for (int b = 0; b < branches; b++) {
        const int parent = rmf_tree_branch(m->tree, b)->parent;
        m->guide = RMF_GUIDE_PARENT;
        assert_int_equal(rmf_model_guide(m, b), parent);
        m->guide = RMF_GUIDE_UNCONDITIONAL;
        assert_int_equal(rmf_model_guide(m, b), b == 0 ? -1 : 0);
        m->guide = RMF_GUIDE_NONE;
        assert_int_equal(rmf_model_guide(m, b), -1);
    }
    /* Two pieces of one branch share a head: the lower one is guided by what guides the upper. */
    int upper = 1; /* a child of the root that parts again */
    while (rmf_tree_branch(m->tree, upper)->n_children == 0)
        upper++;
    const int lower = rmf_tree_branch(m->tree, upper)->children[0];
    assert_int_equal(rmf_tree_branch(m->tree, upper)->parent, 0);
    m->bank_row[lower] = m->bank_row[upper];
    m->guide = RMF_GUIDE_PARENT;
    assert_int_equal(rmf_model_guide(m, lower), 0);
    m->bank_row[lower] = m->bank_row[upper] = m->bank_row[0];
    m->guide = RMF_GUIDE_UNCONDITIONAL;
    assert_int_equal(rmf_model_guide(m, lower), -1); /* all of it is the root */
    rmf_model_free(m);
    remove_folder(run);
}

/* The embedding of the root's row. */
static const float *root_row(rmf_model *m, int64_t *count)
{
    const int index = rmf_params_find(m->params, "condition.branch.embedding");
    assert_true(index >= 0);
    const rmf_param_info *info = rmf_params_info(m->params, index);
    *count = info->row;
    return rmf_params_values(m->params) + info->offset;
}

/* In a flat tree the root has no time of its own: its row moves only if it is trained as a guide.
 */
static void a_guide_is_trained_where_it_guides(void **state)
{
    (void)state;
    static const char *const kinds[] = {"train.guide=none", "train.guide=unconditional",
                                        "train.guide=parent"};
    char *run[3];
    rmf_model *model[3];
    const float *row[3];
    int64_t count = 0;
    for (int k = 0; k < 3; k++) {
        const char *extra[] = {"tree.flat=true", "train.guide_share=0.3", kinds[k]};
        run[k] = trained(extra, 3);
        model[k] = opened(run[k]);
        row[k] = root_row(model[k], &count);
    }
    float start[64];
    assert_true(count <= 64);
    memcpy(start, row[0], (size_t)count * sizeof *start);
    assert_ok(rmf_params_initialise(model[0]->params, 0)); /* the recipe's seed */
    assert_memory_equal(start, row[0], (size_t)count * sizeof *start);
    assert_memory_not_equal(row[1], row[0], (size_t)count * sizeof *start);
    assert_memory_equal(row[1], row[2], (size_t)count * sizeof *start); /* flat: the same thing */
    for (int k = 0; k < 3; k++) {
        rmf_model_free(model[k]);
        remove_folder(run[k]);
    }
}

static void draw(rmf_model *model, double weight, rmf_samples *out, rmf_sampling_report *report)
{
    static const int classes[] = {1, 4, 8};
    rmf_sampling sampling = {0};
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.steps = 8;
    sampling.classes = classes;
    sampling.n_classes = 3;
    sampling.count = 5;
    sampling.guidance = weight;
    assert_ok(rmf_model_sample(model, &sampling, NULL, out, report));
    assert_null(sampling.guide);
}

/* With weight −1 a class of a flat tree is drawn by its guide alone, which knows no class. */
static void weights_do_what_they_say(void **state)
{
    (void)state;
    const char *extra[] = {"tree.flat=true", "train.guide=unconditional"};
    char *run = trained(extra, 2);
    rmf_model *m = opened(run);
    rmf_samples off = {0}, guided = {0}, alone = {0};
    rmf_sampling_report cheap, dear;
    draw(m, 0, &off, &cheap);
    draw(m, 2, &guided, &dear);
    assert_memory_not_equal(off.x, guided.x, 5 * 64 * sizeof(float));
    assert_true(dear.nfe == 2 * cheap.nfe && guided.guidance == 2 && off.guidance == 0);
    draw(m, -1, &alone, &dear);
    for (int i = 0; i < 5 * 64; i++) /* shared noise: the same samples for every class */
        assert_float_equal(alone.x[i], alone.x[5 * 64 + i], 1e-2);
    rmf_samples_free(&off);
    rmf_samples_free(&guided);
    rmf_samples_free(&alone);
    rmf_model_free(m);
    remove_folder(run);
}

static void a_model_without_guide_refuses(void **state)
{
    (void)state;
    const char *few[] = {"train.steps=1"};
    char *run = trained(few, 1);
    rmf_model *m = opened(run);
    const int *guide = NULL;
    assert_fails(rmf_model_guides(m, 2, &guide), RMF_ERR_USAGE,
                 "guidance is 2, but the model was trained without a guide");
    assert_ok(rmf_model_guides(m, 0, &guide));
    assert_null(guide);
    rmf_model_free(m);
    remove_folder(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_find_their_guides),
        cmocka_unit_test(a_guide_is_trained_where_it_guides),
        cmocka_unit_test(weights_do_what_they_say),
        cmocka_unit_test(a_model_without_guide_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
