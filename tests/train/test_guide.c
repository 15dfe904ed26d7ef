/* tests/train/test_guide.c – which branch guides which, that guides are trained, and what a model
 * does with a guidance weight. */
#include "support.h"
#include "train/trainer.h"

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

/* In a real tree: of the rows below the root's branch point the share that was asked for trains the
 * root's head, at all times down to 0; every other row its own branch's. */
static void the_root_is_trained_below_its_branch_point(void **state)
{
    (void)state;
    const char *set[COUNT(small_recipe) + 2] = {[COUNT(small_recipe)] = "train.guide=unconditional",
                                                "train.guide_share=0.2"};
    memcpy(set, small_recipe, sizeof small_recipe);
    char *run = temporary_folder(), *base = NULL;
    rmf_settings *settings = NULL;
    assert_ok(rmf_recipe_load("digits", set, COUNT(set), &settings, &base));
    rmf_training training = {.settings = settings, .base = base, .run = run};
    trainer tr = {.training = &training};
    assert_ok(rmf_trainer_recipe(&tr));
    assert_ok(rmf_trainer_setup(&tr));
    const double point = rmf_tree_branch(tr.tree, 0)->t_start;
    assert_true(point > 0.3 && point < 1);
    double below = 0, guides = 0, lowest = 1;
    for (; tr.state.step < 150; tr.state.step++) {
        double loss;
        rmf_step_report report;
        assert_ok(rmf_trainer_step(&tr, 1e-3, &loss, &report));
        for (int64_t r = 0; r < tr.batch; r++) {
            const int branch = rmf_tree_find(tr.tree, tr.data.label[tr.rows[r]], tr.t[r]);
            assert_true(tr.head[r] == branch || (tr.head[r] == 0 && tr.t[r] < point));
            if (tr.t[r] >= point) continue;
            below++;
            if (tr.head[r] != 0) continue;
            guides++;
            if (tr.t[r] < lowest) lowest = tr.t[r];
        }
    }
    /* 1,000 rows and more, give or take four standard deviations. */
    assert_true(below > 1000);
    assert_true(guides > (0.2 - 0.05) * below && guides < (0.2 + 0.05) * below);
    assert_true(lowest < 0.05);
    rmf_trainer_free(&tr);
    rmf_settings_free(settings);
    rmf_free(base);
    remove_folder(run);
}

static void draw(rmf_model *model, double weight, rmf_samples *out, rmf_sampling_report *report)
{
    static const int classes[] = {1, 4, 8};
    rmf_sampling sampling = {0};
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.sampler =
        rmf_sampler_find("heun"); /* no noise of its own, which classes do not share */
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
        cmocka_unit_test(the_root_is_trained_below_its_branch_point),
        cmocka_unit_test(weights_do_what_they_say),
        cmocka_unit_test(a_model_without_guide_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
