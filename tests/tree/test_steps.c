/* tests/tree/test_steps.c – trees for processes in steps: read, refused, discovered. */
#include "support.h"

#include <jansson.h>

/* small_tree() with its times multiplied. */
static rmf_tree *scaled(double factor, double limit)
{
    rmf_tree *tree = small_tree(), *out = NULL;
    rmf_branch_spec specs[8];
    for (int b = 0; b < 8; b++) {
        const rmf_branch *from = rmf_tree_branch(tree, b);
        specs[b] = (rmf_branch_spec){from->n_classes, from->classes, from->t_start * factor,
                                     from->t_end * factor, from->support};
    }
    OK(rmf_tree_create(5, digit_names, limit, 8, specs, &out));
    rmf_tree_free(tree);
    return out;
}

/* Times to 1, with the rounding of a file, and times in steps give the same tree. */
static void test_both_axes(void **state)
{
    (void)state;
    static const int steps[] = {10, 30, 1000};
    rmf_tree *want = small_tree();
    for (int i = 0; i < COUNT(steps); i++) {
        rmf_tree *given[2] = {scaled(1 + 1e-10, 1 + 1e-10), scaled(steps[i], steps[i])};
        for (int k = 0; k < 2; k++) {
            rmf_tree *tree = NULL;
            OK(rmf_tree_on_steps(given[k], steps[i], "t.json", &tree));
            assert_same_tree(want, tree, 1e-15);
            assert_true(rmf_tree_limit(tree) == 1);
            for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
                const rmf_branch *branch = rmf_tree_branch(tree, b);
                const double at = branch->t_start * steps[i];
                assert_true(branch->t_start == round(at) / steps[i]);
                assert_true(branch->parent < 0 ||
                            branch->t_end == rmf_tree_branch(tree, branch->parent)->t_start);
            }
            rmf_tree_free(tree);
            rmf_tree_free(given[k]);
        }
    }
    rmf_tree_free(want);
}

static void test_refusals(void **state)
{
    (void)state;
    rmf_tree *small = small_tree(), *half = scaled(500, 500), *tree = NULL;
    assert_int_equal(rmf_tree_on_steps(small, 7, "t.json", &tree), RMF_ERR_FORMAT);
    assert_says("t.json: branch {0, 1, 2, 3, 4} [0.6, 1) starts at step 4.2 of 7; expected whole");
    assert_int_equal(rmf_tree_on_steps(half, 1000, "t.json", &tree), RMF_ERR_FORMAT);
    assert_says("t.json: the root ends at 500; expected 1, or 1000 for times in steps");
    assert_null(tree);
    rmf_tree_free(small);
    rmf_tree_free(half);
}

/* Branch points are those of continuous time, each at the next step; those that come together there
 * are one with more children. */
static void test_discovery(void **state)
{
    (void)state;
    static const int counts[] = {30, 30, 30, 30, 30, 30};
    cloud c = cloud_make(6, counts, 10, 1, 3);
    const rmf_discovery o = with_epsilon(0.05);
    rmf_tree *plain = discover(&c.data, &o);
    for (int steps = 1000; steps >= 4; steps /= 6) {
        rmf_noise noise = vp;
        rmf_tree *tree = NULL, *same = NULL;
        noise.steps = steps;
        OK(rmf_discover(&c.data, &noise, &o, NULL, &tree));
        for (int m = 0; m < rmf_tree_merge_count(tree); m++)
            NEAR(rmf_tree_merge(tree, m)->time,
                 ceil(rmf_tree_merge(plain, m)->time * steps) / steps, 0);
        for (int b = 1; b < rmf_tree_branch_count(tree); b++) {
            const rmf_branch *branch = rmf_tree_branch(tree, b);
            assert_true(branch->n_children == 0 || branch->t_start < branch->t_end);
        }
        if (steps == 4) assert_true(rmf_tree_branch_count(tree) < rmf_tree_branch_count(plain));
        OK(rmf_tree_on_steps(tree, steps, "t.json", &same)); /* merges, facts and all */
        struct json_t *a = NULL, *b = NULL;
        OK(rmf_tree_to_json(tree, &a));
        OK(rmf_tree_to_json(same, &b));
        assert_true(json_equal(a, b));
        json_decref(a);
        json_decref(b);
        rmf_tree_free(tree);
        rmf_tree_free(same);
    }
    rmf_tree_free(plain);
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_axes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_discovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
