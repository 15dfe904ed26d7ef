/*
 * tests/plan/test_ideal.c – the ideal sampler on two Gaussian classes N(±m·e1, I).
 *
 * With α = 1 a state at noise σ of the group has mean 0 and covariance (1 + σ²)·I + m²·e1e1ᵀ; x0
 * within class a, given the state, is m·e1 + κ·(x − m·e1) plus noise of covariance σ²κ·I,
 * κ = 1/(1 + σ²).  So generated objects of a have the mean (1 − κ)·m·e1 and the covariance
 * I + κ²m²·e1e1ᵀ, and their Fréchet distance to the class is κ²m² + (√(1 + κ²m²) − 1)².
 */
#include "support.h"

/* Wide noise and few features: in the tails an empirical posterior has nobody to choose. */
enum { FEATURES = 2, EACH = 4000, DRAWN = 1000 };
static const double M = 1;

static double exact(double sigma)
{
    const double k = M / (1 + sigma * sigma), stretch = sqrt(1 + k * k) - 1;
    return k * k + stretch * stretch;
}

static rmf_ideal *make(const cloud *c, uint64_t seed)
{
    rmf_ideal_options options;
    rmf_ideal *ideal = NULL;
    rmf_ideal_options_init(&options);
    options.objects = DRAWN;
    options.seed = seed;
    OK(rmf_ideal_create(&c->data, &plain, &options, &ideal));
    return ideal;
}

/* The mean of two classes' distances over SEEDS cuts of the data. */
enum { SEEDS = 6 };

static void distances_are_those_of_the_closed_form(void **state)
{
    (void)state;
    static const double times[][2] = {{0.8, 0}, {1, 0}, {2, 0}, {6, 0}, {1, 3}, {0.8, 0.9}};
    double sum[COUNT(times)] = {0}, floor_sum = 0;
    cloud c = cloud_make(2, (const double[]){M, -M}, EACH, FEATURES);
    for (int seed = 0; seed < SEEDS; seed++) {
        rmf_ideal *ideal = make(&c, (uint64_t)seed);
        rmf_ideal_score real, flat;
        OK(rmf_ideal_floors(ideal, &real, &flat));
        assert_true(real.mean < 0.02 && flat.mean < 0.02);
        floor_sum += flat.mean / SEEDS;
        for (int i = 0; i < COUNT(times); i++) {
            rmf_tree *tree = two_leaves(times[i][0], times[i][1], 10);
            rmf_ideal_score score;
            OK(rmf_ideal_evaluate(ideal, tree, NULL, &score));
            sum[i] += score.mean / SEEDS;
            NEAR(score.mean, 0.5 * (score.value[0] + score.value[1]), 1e-12);
            assert_true(score.worst >= score.mean && score.worst == score.value[score.worst_class]);
            rmf_ideal_score_free(&score);
            rmf_tree_free(tree);
        }
        rmf_ideal_score_free(&real);
        rmf_ideal_score_free(&flat);
        rmf_ideal_free(ideal);
    }
    for (int i = 0; i < COUNT(times); i++) {
        /* The shift k of a mean is seen with a standard error of 0.037, so k² with 0.075·k. */
        const double k = M / (1 + times[i][0] * times[i][0]);
        NEAR(sum[i], exact(times[i][0]), 4 * 0.075 * k / sqrt(SEEDS) + floor_sum);
    }
    cloud_free(&c);
}

/* Samples are objects of their class that were not held back, and follow the seed. */
static void samples_are_known_objects(void **state)
{
    (void)state;
    static int64_t row[3][2 * DRAWN];
    cloud c = cloud_make(2, (const double[]){M, -M}, EACH, FEATURES);
    rmf_tree *tree = two_leaves(1, 2, 10);
    for (int i = 0; i < 3; i++) {
        rmf_ideal *ideal = make(&c, i < 2 ? 5 : 6);
        assert_int_equal(rmf_ideal_count(ideal, 0), DRAWN);
        OK(rmf_ideal_draw(ideal, tree, NULL, row[i]));
        rmf_ideal_free(ideal);
    }
    assert_memory_equal(row[0], row[1], sizeof row[0]);
    assert_memory_not_equal(row[0], row[2], sizeof row[0]);
    for (int k = 0; k < 2 * DRAWN; k++)
        assert_int_equal(c.label[row[0][k]], k / DRAWN);
    rmf_tree_free(tree);
    cloud_free(&c);
}

/* A caterpillar of four classes, one of them small: counts differ, and all branches are used. */
static void classes_may_differ_in_size(void **state)
{
    (void)state;
    static const int all[] = {0, 1, 2, 3};
    const rmf_branch_spec specs[] = {{4, all, 3, 10, NAN},    {3, all, 2, 3, NAN},
                                     {1, &all[3], 0, 3, NAN}, {2, all, 1, 2, NAN},
                                     {1, &all[2], 0, 2, NAN}, {1, &all[0], 0, 1, NAN},
                                     {1, &all[1], 0, 1, NAN}};
    cloud c = cloud_make(4, (const double[]){0, 1, 3, 9}, 40, 2);
    rmf_ideal *ideal = NULL;
    rmf_ideal_options options = {.objects = 15};
    rmf_tree *tree = NULL;
    int64_t row[15 + 15 + 15 + 5];
    c.data.n = 132; /* class d keeps 33, c 33 … */
    for (int i = 40; i < 132; i++)
        if (c.label[i] == 3) c.label[i] = 2;
    OK(rmf_tree_create(4, names, 10, COUNT(specs), specs, &tree));
    OK(rmf_ideal_create(&c.data, &plain, &options, &ideal));
    assert_int_equal(rmf_ideal_count(ideal, 2), 15);
    assert_int_equal(rmf_ideal_count(ideal, 3), 5);
    OK(rmf_ideal_draw(ideal, tree, NULL, row));
    for (int k = 0; k < COUNT(row); k++)
        assert_int_equal(c.label[row[k]], k / 15);
    rmf_ideal_free(ideal);
    rmf_tree_free(tree);
    cloud_free(&c);
}

static void a_single_class_has_nothing_to_part(void **state)
{
    (void)state;
    static const int only = 0;
    const rmf_branch_spec spec = {1, &only, 0, 10, NAN};
    cloud c = cloud_make(1, (const double[]){0}, 50, 2);
    rmf_ideal_options options = {.objects = 10};
    rmf_ideal *ideal = NULL;
    rmf_tree *tree = NULL;
    int64_t row[10];
    OK(rmf_tree_create(1, names, 10, 1, &spec, &tree));
    OK(rmf_ideal_create(&c.data, &plain, &options, &ideal));
    OK(rmf_ideal_draw(ideal, tree, NULL, row));
    for (int k = 0; k < 10; k++)
        assert_in_range(row[k], 0, 49);
    rmf_ideal_free(ideal);
    rmf_tree_free(tree);
    cloud_free(&c);
}

static void expect_refusal(const rmf_labelled *data, const rmf_ideal_options *options,
                           const char *says)
{
    rmf_ideal *ideal = NULL;
    assert_int_equal(rmf_ideal_create(data, &plain, options, &ideal), RMF_ERR_ARGUMENT);
    assert_null(ideal);
    assert_says(says);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    (void)context;
    return event->done < 2;
}

static void refusals(void **state)
{
    (void)state;
    cloud c = cloud_make(2, (const double[]){0, 1}, 8, 2);
    rmf_ideal_options options = {.objects = 4};
    rmf_labelled few = c.data;
    few.n = 6;
    expect_refusal(&few, &options, "class \"a\" has 3 objects; expected at least 4");
    options.objects = 1;
    expect_refusal(&c.data, &options, "objects is 1; expected at least 2");
    options.objects = 4;
    options.metric = rmf_metric_find("recall");
    expect_refusal(&c.data, &options, "no distance of two sets");
    options.metric = NULL;
    c.label[3] = 2;
    expect_refusal(&c.data, &options, "object 3 has label 2; expected 0 to 1");
    c.label[3] = 1;
    c.x[5] = NAN;
    expect_refusal(&c.data, &options, "feature 1 of object 2 is not finite");
    c.x[5] = 0;

    int64_t row[8];
    rmf_ideal *ideal = NULL;
    rmf_tree *other = NULL, *tree = two_leaves(1, 0, 10);
    OK(rmf_ideal_create(&c.data, &plain, &options, &ideal));
    OK(rmf_tree_star(2, (const char *const[]){"b", "a"}, 1, 10, &other));
    assert_int_equal(rmf_ideal_draw(ideal, other, NULL, row), RMF_ERR_ARGUMENT);
    assert_says("other classes than the data");
    const rmf_progress stopping = {stop, NULL};
    assert_int_equal(rmf_ideal_draw(ideal, tree, &stopping, row), RMF_ERR_INTERRUPTED);
    rmf_tree_free(tree);
    rmf_tree_free(other);
    rmf_ideal_free(ideal);
    cloud_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_the_closed_form),
        cmocka_unit_test(samples_are_known_objects),
        cmocka_unit_test(classes_may_differ_in_size),
        cmocka_unit_test(a_single_class_has_nothing_to_part),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
