/*
 * tests/tree/test_real.c – discovery on the public data sets and the published trees, where they
 * are: in RAMIFY_DATA or in shared/ beside the source tree.  Expected times of MNIST are those of
 * the notes that derived the closed form, to the three digits given there.
 */
#include "ramify/data.h"
#include "support.h"

static rmf_tree *by_epsilon(const rmf_labelled *data, double epsilon)
{
    rmf_discovery o;
    rmf_tree *tree = NULL;
    rmf_discovery_init(&o);
    o.sibling_accuracy = 0;
    o.epsilon = epsilon;
    OK(rmf_discover(data, &vp, &o, NULL, &tree));
    OK(rmf_tree_check(tree));
    return tree;
}

/* A file of a data set; skips the test that asked for it if it is not there. */
static char *open_file(const char *name, size_t expected)
{
    const char *folder = getenv("RAMIFY_DATA");
    char path[512], *data = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : RMF_SOURCE "/../shared/data",
             name);
    if (!rmf_file_exists(path)) {
        printf("SKIPPED: there is no %s\n", path);
        skip();
    }
    OK(rmf_file_read(path, 0, &data, &size));
    assert_int_equal(size, expected);
    return data;
}

static void check_images(const char *folder, const double expected[][4], int n)
{
    char name[200];
    snprintf(name, sizeof name, "%s/train-images-idx3-ubyte.gz", folder);
    char *pixels = open_file(name, 16 + 60000 * 784);
    snprintf(name, sizeof name, "%s/train-labels-idx1-ubyte.gz", folder);
    char *labels = open_file(name, 8 + 60000);
    float *x = malloc(sizeof *x * 60000 * 784);
    int32_t *label = malloc(sizeof *label * 60000);
    assert_true(x != NULL && label != NULL);
    for (int64_t i = 0; i < 60000 * 784; i++)
        x[i] = (float)((unsigned char)pixels[16 + i] / 127.5 - 1);
    for (int i = 0; i < 60000; i++)
        label[i] = (unsigned char)labels[8 + i];
    const rmf_labelled data = {60000, 784, x, label, 10, digit_names};
    for (int i = 0; i < n; i++) {
        rmf_tree *tree = by_epsilon(&data, expected[i][0]);
        NEAR(rmf_tree_branch(tree, 0)->t_start, expected[i][1], 0.0015);
        if (expected[i][2] > 0) NEAR(rmf_tree_merge(tree, 0)->time, expected[i][2], 0.0015);
        NEAR(rmf_tree_cost(tree), expected[i][3], 0.0015);
        rmf_tree_free(tree);
    }
    free(x);
    free(label);
    rmf_free(pixels);
    rmf_free(labels);
}

static void test_mnist(void **state)
{
    (void)state;
    static const double expected[][4] = {{0.0015, 0.601, 0.481, 0.594},
                                         {0.00015, 0.768, 0.678, 0.756}};
    check_images("mnist", expected, COUNT(expected));
}

static void test_digits(void **state)
{
    (void)state;
    rmf_dataset digits;
    OK(rmf_dataset_digits(&digits));
    const rmf_labelled data = rmf_dataset_labelled(&digits);
    for (int64_t i = 0; i < data.n * data.features; i++)
        digits.x[i] = digits.x[i] / 8 - 1;
    rmf_tree *early = by_epsilon(&data, 0.02), *late = by_epsilon(&data, 0.002);
    assert_true(rmf_tree_cost(early) < rmf_tree_cost(late)); /* a stricter ε parts later */
    assert_true(rmf_tree_branch(early, 0)->t_start < rmf_tree_branch(late, 0)->t_start);
    assert_in_range(rmf_tree_branch_count(late), 15, 19);
    rmf_tree_free(early);
    rmf_tree_free(late);
    rmf_dataset_free(&digits);
}

static void test_published_trees(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int classes, branches;
        double cost;
    } cases[] = {
        {"fmnist", 10, 19, -1},   {"letters", 26, 51, 10.71 / 26}, {"mnist-049", 3, 5, -1},
        {"mnist-0497", 4, 7, -1}, {"mnist-discrete", 10, 19, -1},  {"mnist", 10, 19, 0.450},
        {"scrna-15", 15, 29, -1}, {"scrna-9", 9, 17, 4.29 / 9},    {"zinc250k", 2, 3, 0.575}};
    if (!rmf_is_folder(RMF_SOURCE "/../shared/reference/branches")) {
        printf("SKIPPED: there are no published trees\n");
        skip();
    }
    for (int i = 0; i < COUNT(cases); i++) {
        char path[512], *text = NULL;
        rmf_tree *tree = NULL, *back = NULL;
        snprintf(path, sizeof path, RMF_SOURCE "/../shared/reference/branches/%s.json",
                 cases[i].name);
        OK(rmf_tree_read(path, &tree));
        OK(rmf_tree_check(tree));
        assert_int_equal(rmf_tree_class_count(tree), cases[i].classes);
        assert_int_equal(rmf_tree_branch_count(tree), cases[i].branches);
        if (cases[i].cost > 0) NEAR(rmf_tree_cost(tree), cases[i].cost, 5e-4);
        OK(rmf_tree_to_newick(tree, &text));
        OK(rmf_tree_from_newick(text, "newick", &back));
        assert_same_tree(tree, back, 1e-12);
        rmf_free(text);
        rmf_tree_free(tree);
        rmf_tree_free(back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mnist),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_published_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
