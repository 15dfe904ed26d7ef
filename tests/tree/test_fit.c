/* tests/tree/test_fit.c – times fitted to groups: closed forms, discovery's own trees, and what
 * each branch point promises. */
#include "support.h"

#include "tree/topology.h"

static rmf_tree *fit(const rmf_labelled *data, const char *newick, rmf_discovery o)
{
    rmf_topology *t = NULL;
    OK(rmf_topology_from_newick(newick, "own", &t));
    o.topology = t;
    rmf_tree *tree = discover(data, &o);
    rmf_topology_free(t);
    return tree;
}

/* Branch point of two classes. */
static double point(const rmf_tree *tree, int a, int b)
{
    return rmf_tree_branch(tree, rmf_tree_common(tree, a, b))->t_start;
}

/* ---- closed form -------------------------------------------------------------------------- */

/* Class k: two equal objects of length 1 + k along axis k, so that S_kk = ρ_k² and S_ij = 0. */
enum { AXES = 4 };
static float axis_x[2 * AXES][AXES];
static int32_t axis_class[2 * AXES];

static rmf_labelled longer_axes(void)
{
    for (int i = 0; i < 2 * AXES; i++) {
        axis_class[i] = i / 2;
        axis_x[i][i / 2] = (float)(1 + i / 2);
    }
    return (rmf_labelled){2 * AXES, AXES, axis_x[0], axis_class, AXES, digit_names};
}

/* The time at which weight·Σ ρ_k² over the classes of a set falls to ε. */
static double falls(const char *classes, double weight, double epsilon)
{
    double low = 0, high = 1;
    while (high - low > 1e-13) {
        double t = 0.5 * (low + high), alpha, sigma, sum = 0;
        vp_kernel(NULL, t, &alpha, &sigma);
        for (const char *c = classes; *c != 0; c++) {
            double rho = rmf_rho(alpha * (1 + *c - '0') / sigma, AXES);
            sum += weight * rho * rho;
        }
        *(sum > epsilon ? &low : &high) = t;
    }
    return high;
}

static void pairs_on_axes(void **state)
{
    (void)state;
    const double e = 0.02;
    const rmf_labelled data = longer_axes();
    rmf_tree *tree = fit(&data, "((0,3),(1,2));", with_epsilon(e));
    /* D of a pair is ½(ρ_i² + ρ_j²); the root waits for 2 and 3. */
    NEAR(point(tree, 0, 3), falls("03", 0.5, e), 1e-9);
    NEAR(point(tree, 1, 2), falls("12", 0.5, e), 1e-9);
    NEAR(point(tree, 0, 1), falls("23", 0.5, e), 1e-9);
    assert_int_equal(rmf_tree_branch_count(tree), 7);
    rmf_tree_free(tree);
    /* {2 3} is alike no sooner than all four: it has no time of its own. */
    tree = fit(&data, "((0,1),(2,3));", with_epsilon(e));
    NEAR(point(tree, 0, 1), falls("01", 0.5, e), 1e-9);
    NEAR(point(tree, 2, 3), falls("23", 0.5, e), 1e-9);
    assert_int_equal(rmf_tree_common(tree, 2, 3), 0);
    assert_int_equal(rmf_tree_branch_count(tree), 6);
    rmf_tree_free(tree);
}

static void pools_on_axes(void **state)
{
    (void)state;
    const double e = 0.02;
    const rmf_labelled data = longer_axes();
    rmf_discovery o = with_epsilon(e);
    o.fit = RMF_FIT_POOLED;
    /* Two pools of n = 4: S = (‖Σ‖² − Σρ²)/12 = Σρ²/6 of its two classes, over distinct pairs. */
    rmf_tree *tree = fit(&data, "((0,3),(1,2));", o);
    NEAR(point(tree, 0, 3), falls("03", 0.5, e), 1e-9);
    NEAR(point(tree, 1, 2), falls("12", 0.5, e), 1e-9);
    /* ½(S_A + S_B) falls to ε before {0 3} is alike: lifted to it, so {0 3} is absorbed. */
    assert_true(falls("0123", 1.0 / 12, e) < falls("03", 0.5, e));
    NEAR(point(tree, 0, 1), falls("03", 0.5, e), 1e-9);
    rmf_tree_free(tree);
    /* One against three: S_A of {1 2 3} with n = 6 is (4 − 2)Σρ²/30. */
    tree = fit(&data, "(0,1,2,3);", o);
    NEAR(point(tree, 0, 1), falls("23", 0.5, e), 1e-9);
    rmf_tree_free(tree);
}

/* ---- against discovery -------------------------------------------------------------------- */

static void centroid_trees_are_found_again(void **state)
{
    (void)state;
    static const int counts[] = {30, 22, 41, 35};
    int binary = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        cloud c = cloud_make(4, counts, 12, 0.6, seed);
        rmf_discovery o;
        rmf_discovery_init(&o);
        o.linkage = RMF_LINKAGE_CENTROID;
        rmf_tree *found = discover(&c.data, &o);
        if (rmf_tree_branch_count(found) == 7) { /* where several join at once, orders differ */
            rmf_topology *t = NULL;
            OK(rmf_topology_of_tree(found, "found", &t));
            o.topology = t;
            o.fit = RMF_FIT_POOLED;
            rmf_tree *fitted = discover(&c.data, &o);
            assert_same_tree(found, fitted, 1e-8);
            binary++;
            rmf_tree_free(fitted);
            rmf_topology_free(t);
        }
        rmf_tree_free(found);
        cloud_free(&c);
    }
    assert_true(binary >= 4);
}

/* Largest d'² of two classes of a group, at a time. */
static double worst_pair(const rmf_labelled *data, const rmf_branch *b, double t)
{
    double alpha, sigma, all[36], worst = 0;
    vp_kernel(NULL, t, &alpha, &sigma);
    OK(rmf_criterion_separations(rmf_criterion_find("cosine"), data, 0, 0, alpha, sigma, all));
    for (int i = 0; i < b->n_classes; i++)
        for (int j = 0; j < i; j++)
            worst = fmax(worst, all[b->classes[i] * data->n_names + b->classes[j]]);
    return worst;
}

/* At a group's branch point all its classes are within ε of each other, and just before not all. */
static void every_pair_is_alike_at_its_branch_point(void **state)
{
    (void)state;
    static const int counts[] = {30, 22, 41, 35, 28, 33};
    static const char *const shapes[] = {"((0,1),(2,3),(4,5));", "(((0,5),3),(1,(2,4)));",
                                         "(0,(1,(2,(3,(4,5)))));", "((((0,1,2))),3,4,5);"};
    cloud c = cloud_make(6, counts, 12, 0.6, 3);
    rmf_discovery o;
    rmf_discovery_init(&o);
    const double limit = 2 * 12 * rmf_sibling_epsilon(0.6, 12);
    for (int i = 0; i < COUNT(shapes); i++) {
        rmf_tree *tree = fit(&c.data, shapes[i], o);
        for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
            const rmf_branch *branch = rmf_tree_branch(tree, b);
            if (branch->n_children == 0) continue;
            assert_true(worst_pair(&c.data, branch, branch->t_start + 1e-9) <= limit);
            assert_true(worst_pair(&c.data, branch, branch->t_start - 1e-6) > limit);
        }
        rmf_tree_free(tree);
    }
    cloud_free(&c);
}

static void minima_and_criteria_hold(void **state)
{
    (void)state;
    static const int counts[] = {30, 22, 41, 35};
    cloud c = cloud_make(4, counts, 12, 0.6, 3);
    rmf_discovery o;
    rmf_discovery_init(&o);
    o.min_branch_time = 0.3;
    o.min_branch_length = 0.2;
    rmf_tree *tree = fit(&c.data, "(((0,1),2),3);", o);
    for (int b = 1; b < rmf_tree_branch_count(tree); b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        assert_true(branch->t_end - branch->t_start >=
                    (branch->n_children > 0 ? 0.2 : 0.3) - 1e-12);
    }
    assert_int_equal(rmf_tree_merge_count(tree), 3);
    rmf_tree_free(tree);
    o.min_branch_time = o.min_branch_length = 0;
    for (const rmf_criterion_ops *const *row = rmf_criterion_registry(); *row; row++) {
        o.criterion = *row;
        tree = fit(&c.data, "((0,1),(2,3));", o);
        assert_true(point(tree, 0, 1) <= point(tree, 0, 2));
        rmf_tree_free(tree);
    }
    cloud_free(&c);
}

static void the_file_says_whose_groups_they_are(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    rmf_tree *tree = fit(&on_axes, "((0,1),2);", with_epsilon(0.02));
    OK(rmf_tree_write(tree, "t.json", false));
    OK(rmf_file_read("t.json", 0, &text, &size));
    assert_non_null(strstr(text, "\"topology\": \"own\""));
    assert_non_null(strstr(text, "\"fit\": \"pairs\""));
    assert_null(strstr(text, "\"linkage\""));
    rmf_free(text);
    rmf_tree_free(tree);
}

static bool stop(void *context, const rmf_progress_event *event)
{
    (void)context;
    return event->done < 2;
}

static void refusals(void **state)
{
    (void)state;
    rmf_topology *t = NULL;
    rmf_tree *tree = NULL;
    rmf_sums *sums = NULL;
    rmf_discovery o = with_epsilon(0.02);
    OK(rmf_topology_from_newick("((0,1),2);", "own", &t));
    o.topology = t;
    const rmf_progress once = {stop, NULL};
    assert_int_equal(rmf_discover(&on_axes, &vp, &o, &once, &tree), RMF_ERR_INTERRUPTED);
    OK(rmf_sums_create(&on_axes, 0, 0, &sums));
    assert_int_equal(rmf_discover_from_sums(sums, &vp, &o, &tree), RMF_ERR_ARGUMENT);
    rmf_sums_free(sums);
    o.bootstrap = 3;
    assert_int_equal(rmf_discover(&on_axes, &vp, &o, NULL, &tree), RMF_ERR_ARGUMENT);
    assert_says("a topology with bootstrap or the Monte Carlo method");
    o.bootstrap = 0;
    o.method = RMF_DISCOVER_MONTECARLO;
    assert_int_equal(rmf_discover(&on_axes, &vp, &o, NULL, &tree), RMF_ERR_ARGUMENT);
    o.method = RMF_DISCOVER_EXACT;
    o.epsilon = 1e-12;
    for (int pooled = 0; pooled < 2; pooled++) {
        o.fit = pooled ? RMF_FIT_POOLED : RMF_FIT_PAIRS;
        assert_int_equal(rmf_discover(&on_axes, &vp, &o, NULL, &tree), RMF_ERR_NUMERIC);
        assert_says("classes \"0\" and \"1\" are still apart at t = 1");
    }
    assert_null(tree);
    rmf_topology_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_on_axes),
        cmocka_unit_test(pools_on_axes),
        cmocka_unit_test(centroid_trees_are_found_again),
        cmocka_unit_test(every_pair_is_alike_at_its_branch_point),
        cmocka_unit_test(minima_and_criteria_hold),
        cmocka_unit_test_setup_teardown(the_file_says_whose_groups_they_are, folder_make,
                                        folder_remove),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
