/* tests/diffusion/test_extended.c – sampling along a tree that got classes later: the old classes
 * keep their samples byte for byte, and a new class whose score is known comes out right. */
#include "diffusion/modes.h"

enum { MANY_CLASSES = CLASSES + 3 };

/* The old tree's score for rows that it had, the new class's own for the others. */
typedef struct extended {
    mixture old, whole; /* whole.tree: the extended one */
    rmf_score score;
    int row_class[16]; /* of rows that were added: their class */
} extended;

static rmf_status extended_eval(void *context, int branch, double t, const float *x, float *score)
{
    extended *e = context;
    const int row = rmf_tree_branch(e->whole.tree, branch)->row;
    const int old = rmf_tree_branch_count(e->old.tree);
    if (row < old) return mixture_eval(&e->old, row, t, x, score);
    return mixture_eval(&e->whole, rmf_tree_leaf(e->whole.tree, e->row_class[row - old]), t, x,
                        score);
}

static void begin(extended *e)
{
    memset(e, 0, sizeof *e);
    make(&e->old);
    e->old.score.context = &e->old;
    e->whole = e->old;
    e->whole.tree = NULL;
    for (int c = CLASSES; c < MANY_CLASSES; c++)
        for (int i = 0; i < D; i++) {
            e->whole.mean[c][i] = cos(1.1 * c - 0.7 * i);
            e->whole.deviation[c][i] = 0.4;
        }
    e->whole.score = (rmf_score){extended_eval, e, e->old.score.rows, D};
}

/* One class more, leaving the way of `class` at t. */
static void attach(extended *e, int class, double t)
{
    static const char *const names[] = {"new0", "new1", "new2"};
    const rmf_tree *from = e->whole.tree ? e->whole.tree : e->old.tree;
    const int more = rmf_tree_class_count(from) - CLASSES;
    const rmf_attachment at = {.branch = rmf_tree_find(from, class, t), .time = t};
    rmf_tree *tree = NULL;
    e->row_class[more] = CLASSES + more;
    assert_ok(
        rmf_tree_extend(from, names[more], &at, rmf_tree_branch_count(e->old.tree) + more, &tree));
    rmf_tree_free(e->whole.tree);
    e->whole.tree = tree;
    e->whole.classes = rmf_tree_class_count(tree);
}

static void end(extended *e)
{
    rmf_tree_free(e->old.tree);
    rmf_tree_free(e->whole.tree);
}

/* Old classes as they were; each class alone as among the others. */
static void compare_samples(extended *e)
{
    static float before[CLASSES * N * D], after[MANY_CLASSES * N * D], one[N * D];
    for (int k = 0; k < COUNT(modes); k++) {
        rmf_sampling s = in_mode(&e->old, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, before, NULL));
        s = in_mode(&e->whole, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, after, NULL));
        assert_memory_equal(before, after, sizeof before);
        for (int c = 0; c < e->whole.classes; c++) {
            s.classes = &c;
            s.n_classes = 1;
            assert_ok(rmf_sample(&s, NULL, one, NULL));
            assert_memory_equal(one, after + c * N * D, sizeof one);
        }
        static const int later[] = {CLASSES, 3, CLASSES + 1};
        static float three[3 * N * D];
        s.classes = later;
        s.n_classes = e->whole.classes > CLASSES + 1 ? 3 : 2;
        assert_ok(rmf_sample(&s, NULL, three, NULL));
        for (int i = 0; i < s.n_classes; i++)
            assert_memory_equal(three + i * N * D, after + later[i] * N * D, sizeof one);
    }
}

static void old_classes_keep_their_samples(void **state)
{
    (void)state;
    static const struct {
        int class;
        double time;
    } places[] = {{0, 0.9},    {0, 0.617},     {1, 0.5},  {2, 0.1},    {0, 0.05},
                  {1, 0.0003}, {2, 0.3},       {3, 0.25}, {4, 0.0005}, {3, 0.41},
                  {4, 0.001},  {0, 0.6169999}, {1, 1e-9}, {0, 1},      {4, 0.41001}};
    for (int p = 0; p < COUNT(places); p++) {
        extended e;
        begin(&e);
        attach(&e, places[p].class, places[p].time);
        compare_samples(&e);
        end(&e);
    }
}

/* Three later classes on one branch, in several orders, and one on the leaf of another. */
static void chains_keep_them_too(void **state)
{
    (void)state;
    static const struct {
        int class[3];
        double time[3];
    } chains[] = {{{0, 0, 0}, {0.8, 0.7, 0.95}},
                  {{0, 0, 0}, {0.2, 0.2, 0.1}},
                  {{3, 5, 6}, {0.3, 0.2, 0.1}},
                  {{2, 5, 5}, {0.5, 0.4, 0.45}}};
    for (int k = 0; k < COUNT(chains); k++) {
        extended e;
        begin(&e);
        for (int i = 0; i < 3; i++) {
            attach(&e, chains[k].class[i], chains[k].time[i]);
            compare_samples(&e);
        }
        end(&e);
    }
}

/* A recorder sees every row at falling times that end where the sample ends. */
typedef struct seen {
    double time[MANY_CLASSES * N];
    int states[MANY_CLASSES * N];
    bool falls;
} seen;

static rmf_status see(void *context, int branch, double t, int64_t first, int64_t count,
                      const float *x)
{
    seen *at = context;
    (void)branch, (void)x;
    for (int64_t r = first; r < first + count; r++) {
        at->falls = at->falls && t < at->time[r];
        at->time[r] = t;
        at->states[r]++;
    }
    return RMF_OK;
}

static void every_row_is_recorded_to_its_end(void **state)
{
    (void)state;
    static float x[MANY_CLASSES * N * D];
    for (int k = 0; k < COUNT(modes); k++) {
        extended e;
        begin(&e);
        attach(&e, 0, 0.83);
        attach(&e, 3, 0.3);
        seen at = {.falls = true};
        rmf_sampling s = in_mode(&e.whole, &modes[k]);
        rmf_recorder recorder = {see, &at};
        rmf_sampling_report report;
        s.recorder = &recorder;
        for (int r = 0; r < MANY_CLASSES * N; r++)
            at.time[r] = 2;
        assert_ok(rmf_sample(&s, NULL, x, &report));
        assert_true(at.falls);
        int64_t states = 0;
        for (int r = 0; r < e.whole.classes * N; r++) {
            assert_true(at.time[r] <= 0);
            states += at.states[r];
        }
        /* One evaluation a step for these two, so states count them. */
        if (!strcmp(modes[k].sampler, "dpm-solver-sde") ||
            !strcmp(modes[k].sampler, "euler-maruyama")) {
            assert_int_equal(report.independent_rows, states);
            assert_near(report.nfe, (double)states / N / e.whole.classes, 1e-9);
        }
        end(&e);
    }
}

/* Added where classes are alike, the class whose score is known has its own mean and covariance. */
static void a_new_class_comes_out_right(void **state)
{
    (void)state;
    enum { MANY = 2500 };
    static float x[(CLASSES + 1) * MANY * D];
    for (int shared = 0; shared < 2; shared++) {
        extended e;
        begin(&e);
        attach(&e, 0, 0.83);
        e.whole.score.rows = e.old.score.rows = 125;
        const int later[] = {CLASSES};
        rmf_sampling s = in_mode(&e.whole, &modes[0]);
        s.shared = shared;
        s.steps = 80;
        s.count = MANY;
        s.classes = later;
        s.n_classes = 1;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        assert_class_moments(&e.whole, CLASSES, x, MANY, 0.1);
        end(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_classes_keep_their_samples),
        cmocka_unit_test(chains_keep_them_too),
        cmocka_unit_test(every_row_is_recorded_to_its_end),
        cmocka_unit_test(a_new_class_comes_out_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
