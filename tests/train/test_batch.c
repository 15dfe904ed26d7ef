/* tests/train/test_batch.c – batches are passes over the data, functions of (seed, draw) only;
 * sorting by bank row is stable and covers every row. */
#include "support.h"
#include "train/train_private.h"

#include <math.h>

static int32_t labels[10] = {0, 0, 0, 0, 0, 0, 1, 1, 2, 2};
static char *names[] = {"a", "b", "c"};
static rmf_dataset ten(void)
{
    return (rmf_dataset){.n = 10, .label = labels, .n_classes = 3, .class_name = names};
}

static void every_pass_sees_every_object_once(void **state)
{
    (void)state;
    rmf_dataset data = ten();
    rmf_batches *b = NULL;
    int64_t rows[30], seen[10] = {0};
    assert_ok(rmf_batches_create(&data, false, 3, &b));
    for (int64_t k = 0; k < 6; k++)
        rmf_batches_draw(b, 5 * k, 5, rows + 5 * k);
    for (int pass = 0; pass < 3; pass++)
        for (int i = 0; i < 10; i++)
            seen[rows[10 * pass + i]] += 1 << (8 * pass);
    for (int i = 0; i < 10; i++)
        assert_int_equal(seen[i], 0x010101);
    assert_memory_not_equal(rows, rows + 10, 10 * sizeof *rows); /* passes differ in order */
    rmf_batches_free(b);
}

static void a_batch_depends_on_its_number_only(void **state)
{
    (void)state;
    rmf_dataset data = ten();
    for (int balanced = 0; balanced < 2; balanced++) {
        rmf_batches *a = NULL, *b = NULL;
        int64_t from_a[7], from_b[7];
        assert_ok(rmf_batches_create(&data, balanced, 3, &a));
        assert_ok(rmf_batches_create(&data, balanced, 3, &b));
        for (int64_t k = 0; k < 9; k++)
            rmf_batches_draw(a, 7 * k, 7, from_a);
        rmf_batches_draw(b, 7 * 8, 7, from_b); /* a resumed run jumps there */
        assert_memory_equal(from_a, from_b, sizeof from_a);
        rmf_batches_free(a);
        rmf_batches_free(b);
    }
}

static void balance_gives_every_class_the_same_share(void **state)
{
    (void)state;
    rmf_dataset data = ten();
    rmf_batches *b = NULL;
    int64_t rows[300], count[3] = {0};
    assert_ok(rmf_batches_create(&data, true, 0, &b));
    rmf_batches_draw(b, 0, 300, rows);
    for (int i = 0; i < 300; i++)
        count[labels[rows[i]]]++;
    for (int c = 0; c < 3; c++)
        assert_int_equal(count[c], 100);
    rmf_batches_free(b);
}

static void sorting_is_stable_and_complete(void **state)
{
    (void)state;
    const int64_t bank_row[] = {4, 0, 4, 2, 0, 4};
    int64_t count[5], order[6], n;
    rmf_segment segment[6];
    rmf_sort_by_bank(bank_row, 6, 5, count, order, segment, &n);
    const int64_t expected[] = {1, 4, 3, 0, 2, 5};
    assert_memory_equal(order, expected, sizeof expected);
    assert_int_equal(n, 3);
    const rmf_segment segments[] = {{0, 0, 2}, {2, 2, 1}, {4, 3, 3}};
    assert_memory_equal(segment, segments, sizeof segments);
}

/* ((a, b), c): root [0.8, 1], ab [0.5, 0.8], leaves. */
static rmf_tree *small_tree(void)
{
    static const int all[] = {0, 1, 2};
    const rmf_branch_spec branches[] = {{3, all, 0.8, 1, NAN},
                                        {2, all, 0.5, 0.8, NAN},
                                        {1, all, 0, 0.5, NAN},
                                        {1, all + 1, 0, 0.5, NAN},
                                        {1, all + 2, 0, 0.8, NAN}};
    rmf_tree *tree = NULL;
    assert_ok(rmf_tree_create(3, (const char *const *)names, 1, COUNT(branches), branches, &tree));
    return tree;
}

enum { FEW_ROWS = 9, FEW_STEPS = 40000 };

/* Over many steps, objects and times must come as if drawn without a limit: every object equally
 * often (or every class, balanced), and in each class a time by the law's quantiles. */
static void few_branches_keep_the_law(const char *process, const rmf_time_law *law, bool balanced,
                                      int64_t limit)
{
    rmf_dataset data = ten();
    rmf_tree *tree = small_tree();
    rmf_sde sde;
    rmf_branch_batches *b = NULL;
    assert_ok(rmf_sde_parse(process, "test", &sde));
    const rmf_branch_batches_options options = {tree, &sde, *law, limit, balanced, 5};
    assert_ok(rmf_branch_batches_create(&options, &data, &b));
    double object[10] = {0}, quantile[3][10] = {{0}}, total = (double)FEW_ROWS * FEW_STEPS;
    for (uint32_t step = 0; step < FEW_STEPS; step++) {
        int64_t rows[FEW_ROWS];
        double t[FEW_ROWS];
        unsigned met = 0;
        rmf_branch_batches_draw(b, step, FEW_ROWS, rows, t);
        for (int r = 0; r < FEW_ROWS; r++) {
            const int c = labels[rows[r]];
            object[rows[r]] += 1 / total;
            quantile[c][(int)fmin(9, 10 * rmf_time_quantile(law, &sde, t[r]) + 1e-9)] += 1 / total;
            met |= 1u << rmf_sde_branch(&sde, tree, c, t[r]);
        }
        assert_true(__builtin_popcount(met) <= limit);
    }
    static const double size[] = {6, 2, 2};
    for (int c = 0; c < 3; c++)
        for (int q = 0; q < 10; q++)
            assert_true(fabs(quantile[c][q] - (balanced ? 1 / 3.0 : size[c] / 10) / 10) < 0.003);
    for (int i = 0; i < 10; i++)
        assert_true(fabs(object[i] - (balanced ? 1 / (3 * size[labels[i]]) : 0.1)) < 0.003);
    rmf_branch_batches_free(b);
    rmf_tree_free(tree);
}

static void few_branches_draw_as_many_would(void **state)
{
    (void)state;
    const rmf_time_law uniform = {RMF_TIME_UNIFORM, 0, 0, 1e-5},
                       lognormal = {RMF_TIME_LOGNORMAL, 0.3, 1.6, 1e-5};
    few_branches_keep_the_law("vp", &uniform, false, 2);
    few_branches_keep_the_law("vp", &lognormal, true, 4); /* 9 rows: unequal shares */
    few_branches_keep_the_law("vp", &lognormal, false, 1);
    few_branches_keep_the_law("discrete:0.01,0.01,10", &uniform, false, 2); /* each step a tenth */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pass_sees_every_object_once),
        cmocka_unit_test(a_batch_depends_on_its_number_only),
        cmocka_unit_test(balance_gives_every_class_the_same_share),
        cmocka_unit_test(few_branches_draw_as_many_would),
        cmocka_unit_test(sorting_is_stable_and_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
