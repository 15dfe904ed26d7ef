/* tests/diffusion/test_sample.c – sampling along a tree: what it promises byte for byte, that the
 * right classes come out, and what it reports. */
#include "diffusion/mixture.h"

enum { CLASSES = 5, D = 5, N = 13 };

static const int abcde[] = {0, 1, 2, 3, 4}, abc[] = {0, 1, 2}, bc[] = {1, 2}, de[] = {3, 4};
static const int leaf[] = {0, 1, 2, 3, 4};

/* A node with one child, a leaf below t_start and leaves of length 0 among ordinary branches. */
static const rmf_branch_spec branches[] = {
    {5, abcde, 0.617, 1, NAN},  {3, abc, 0.3, 0.617, NAN},     {2, de, 0.41, 0.617, NAN},
    {2, de, 0.1, 0.41, NAN},    {2, bc, 0.0004, 0.3, NAN},     {1, &leaf[0], 0, 0.3, NAN},
    {1, &leaf[3], 0, 0.1, NAN}, {1, &leaf[1], 0, 0.0004, NAN}, {1, &leaf[2], 0, 0.0004, NAN},
    {1, &leaf[4], 0, 0.1, NAN}};

static void make(mixture *m)
{
    mixture_init(m, "vp", CLASSES, D, COUNT(branches), branches);
}

typedef struct mode {
    const char *sampler;
    bool shared, paper;
} mode;
static const mode modes[] = {
    {"heun", true, false},
    {"heun", false, false},
    {"euler-maruyama", true, false},
    {"euler-maruyama", false, false},
    {"predictor-corrector", true, false},
    {"predictor-corrector", false, false},
    {"predictor-corrector", true, true},
    {"predictor-corrector", false, true},
    {"euler-maruyama", false, true},
};

static rmf_sampling in_mode(const mixture *m, const mode *mode)
{
    rmf_sampling s = mixture_sampling(m, mode->sampler);
    s.shared = mode->shared;
    s.paper = mode->paper;
    s.steps = 23;
    s.count = N;
    return s;
}

/* ---- promises ---- */

static void a_class_alone_is_the_class_among_others(void **state)
{
    (void)state;
    static const int order[] = {3, 0, 4, 1, 2}, some[] = {2, 3};
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[CLASSES * N * D], two[2 * N * D], one[N * D];
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.classes = order;
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        s.classes = some;
        s.n_classes = 2;
        assert_ok(rmf_sample(&s, NULL, two, NULL));
        assert_memory_equal(two, all + 4 * N * D, N * D * sizeof *all);
        assert_memory_equal(two + N * D, all, N * D * sizeof *all);
        for (int i = 0; i < CLASSES; i++) {
            s.classes = &order[i];
            s.n_classes = 1;
            assert_ok(rmf_sample(&s, NULL, one, NULL));
            assert_memory_equal(one, all + i * N * D, N * D * sizeof *all);
        }
        rmf_tree_free(m.tree);
    }
}

static void the_first_samples_are_a_shorter_run(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[CLASSES * N * D], few[CLASSES * N * D];
        if (modes[k].paper && !strcmp(modes[k].sampler, "predictor-corrector")) continue;
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        for (s.count = 1; s.count < N; s.count += 3) {
            assert_ok(rmf_sample(&s, NULL, few, NULL));
            for (int c = 0; c < CLASSES; c++)
                assert_memory_equal(few + c * s.count * D, all + c * N * D,
                                    (size_t)s.count * D * sizeof *all);
        }
        rmf_tree_free(m.tree);
    }
}

static void seeds_classes_and_samples_differ(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float all[2 * CLASSES * N * D];
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, NULL, all, NULL));
        s.seed++;
        assert_ok(rmf_sample(&s, NULL, all + CLASSES * N * D, NULL));
        for (int a = 0; a < 2 * CLASSES * N; a++)
            for (int b = 0; b < a; b++) {
                /* b and c part below t_start, so along the tree they are one sample. */
                int ca = a / N, cb = b / N;
                bool same = s.shared && a % N == b % N && ca / CLASSES == cb / CLASSES &&
                            ca % CLASSES == 2 && cb % CLASSES == 1;
                int equal = memcmp(all + a * D, all + b * D, D * sizeof *all);
                assert_true(same ? equal == 0 : equal != 0);
            }
        rmf_tree_free(m.tree);
    }
}

/* With no score and no drift a step adds nothing but g·√Δ·z: collect all z, from the second step
 * on, and find no two alike, neither along a path nor between branches.  What classes share along
 * the tree is seen once for each of them. */
typedef struct increments {
    const rmf_sde *sde;
    float state[CLASSES * N], z[4096];
    double time[CLASSES * N];
    int n;
} increments;

static rmf_status no_score(void *context, int branch, double t, const float *x, float *score)
{
    (void)branch, (void)t, (void)x;
    memset(score, 0, (size_t)((mixture *)context)->score.rows * sizeof *score);
    return RMF_OK;
}

static rmf_status keep_noise(void *context, int branch, double t, int64_t first, int64_t count,
                             const float *x)
{
    increments *in = context;
    (void)branch;
    for (int64_t i = 0; i < count; i++) {
        const double before = in->time[first + i];
        double scale = in->sde->ops->diffusion(in->sde, before) * sqrt(before - t);
        if (before > 0 && t > 0 && in->n < COUNT(in->z))
            in->z[in->n++] = (float)((x[i] - in->state[first + i]) / scale);
        in->state[first + i] = x[i];
        in->time[first + i] = t;
    }
    return RMF_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Noises that the run should have: for each class, or each branch, one a step that has noise;
 * without the first one, whose start nobody saw. */
static int expected_noises(const rmf_sampling *s)
{
    int noises = s->shared ? -N : -N * CLASSES;
    for (int b = 0; b < rmf_tree_branch_count(s->tree); b++) {
        double *times;
        int count;
        assert_ok(rmf_branch_grid(s, b, &times, &count));
        for (int i = 1; i <= count; i++)
            if (times[i] > 0) noises += s->shared ? N : N * rmf_tree_branch(s->tree, b)->n_classes;
        rmf_free(times);
    }
    return noises;
}

static void noise_is_never_used_twice(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        mixture m;
        static increments in;
        float x[CLASSES * N];
        mixture_init(&m, "ve:1.5", CLASSES, 1, COUNT(branches), branches);
        memset(&in, 0, sizeof in);
        in.sde = &m.sde;
        rmf_sampling s = in_mode(&m, &modes[2]);
        rmf_recorder recorder = {keep_noise, &in};
        s.shared = shared;
        s.recorder = &recorder;
        m.score.eval = no_score;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        qsort(in.z, (size_t)in.n, sizeof *in.z, compare);
        int distinct = 1;
        for (int i = 1; i < in.n; i++)
            distinct += in.z[i] - in.z[i - 1] > 1e-5f;
        /* Chance alone brings about five pairs of 1300 numbers as near as that. */
        assert_in_range(distinct, expected_noises(&s) - 25, expected_noises(&s));
        rmf_tree_free(m.tree);
    }
}

/* ---- the right samples ---- */

static void two_leaf_tree(mixture *m, double branch_point, int rows)
{
    static const int ab[] = {0, 1};
    const rmf_branch_spec two[] = {{2, ab, branch_point, 1, NAN},
                                   {1, &ab[0], 0, branch_point, NAN},
                                   {1, &ab[1], 0, branch_point, NAN}};
    mixture_init(m, "vp", 2, 3, 3, two);
    m->score.rows = rows;
    for (int i = 0; i < 3; i++) {
        m->mean[0][i] = -1.2;
        m->mean[1][i] = 1.2;
    }
}

static void late_branch_points_give_the_right_classes(void **state)
{
    (void)state;
    enum { MANY = 2500 };
    static float x[2 * MANY * 3];
    for (size_t k = 0; rmf_sampler_registry()[k]; k++)
        for (int shared = 0; shared < 2; shared++) {
            mixture m;
            two_leaf_tree(&m, 0.8, 125);
            rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
            s.count = MANY;
            s.shared = shared;
            s.steps = s.sampler->stochastic ? 250 : 80;
            assert_ok(rmf_sample(&s, NULL, x, NULL));
            for (int c = 0; c < 2; c++)
                assert_class_moments(&m, c, x + c * MANY * 3, MANY, 0.1);
            rmf_tree_free(m.tree);
        }
}

/* What the other test can see: parted when the classes are told apart, an ODE keeps the wrong mix.
 */
static void early_branch_points_do_not(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static float x[2 * MANY * 3];
    mixture m;
    two_leaf_tree(&m, 0.15, 125);
    rmf_sampling s = mixture_sampling(&m, "heun");
    s.count = MANY;
    s.shared = true;
    assert_ok(rmf_sample(&s, NULL, x, NULL));
    double mean = 0;
    for (int i = 0; i < MANY; i++)
        mean += x[i * 3] / MANY;
    assert_true(fabs(mean - m.mean[0][0]) > 0.3);
    rmf_tree_free(m.tree);
}

/* ---- what it reports ---- */

static void network_calls_are_counted_exactly(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float x[CLASSES * N * D];
        rmf_sampling_report shared, apart;
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.shared = true;
        assert_ok(rmf_sample(&s, NULL, x, &shared));
        assert_int_equal(shared.calls, m.calls);
        m.calls = 0;
        s.shared = false;
        assert_ok(rmf_sample(&s, NULL, x, &apart));
        assert_int_equal(apart.calls, m.calls);
        assert_int_equal(apart.evaluated_rows, apart.independent_rows);
        assert_int_equal(apart.evaluated_rows, shared.independent_rows);
        assert_true(shared.evaluated_rows < shared.independent_rows && shared.seconds >= 0);
        assert_near(apart.nfe, shared.nfe, 0);
        assert_near(apart.nfe * CLASSES * N, (double)apart.evaluated_rows, 1e-9);
        int64_t rows = 0;
        for (int b = 0; b < rmf_tree_branch_count(m.tree); b++) {
            double *times;
            int steps;
            assert_ok(rmf_branch_grid(&s, b, &times, &steps));
            bool heun_ends = s.sampler->order == 2 && steps && times[steps] == 0;
            rows += N * (steps * s.sampler->nfe_per_step - heun_ends);
            rmf_free(times);
        }
        assert_int_equal(shared.evaluated_rows, rows);
        rmf_tree_free(m.tree);
    }
}

/* The cost of the tree, at 1000 steps: Σ branch lengths over the number of classes. */
static void sharing_saves_what_the_tree_promises(void **state)
{
    (void)state;
    enum { LEAVES = 10 };
    static const double merge[] = {0.485, 0.45, 0.44, 0.43, 0.381, 0.379, 0.362, 0.30, 0.271};
    int classes[LEAVES];
    rmf_branch_spec comb[2 * LEAVES - 1];
    for (int i = 0; i < LEAVES; i++)
        classes[i] = i;
    for (int i = 0; i < LEAVES - 1; i++) {
        comb[2 * i] =
            (rmf_branch_spec){LEAVES - i, classes + i, merge[i], i ? merge[i - 1] : 1, NAN};
        comb[2 * i + 1] = (rmf_branch_spec){1, classes + i, 0, merge[i], NAN};
    }
    comb[2 * LEAVES - 2] = (rmf_branch_spec){1, classes + LEAVES - 1, 0, merge[LEAVES - 2], NAN};
    for (size_t k = 0; rmf_sampler_registry()[k]; k++)
        for (int paper = 0; paper < 2; paper++) {
            mixture m;
            rmf_sampling_report report;
            float x[LEAVES];
            mixture_init(&m, "vp", LEAVES, 1, 2 * LEAVES - 1, comb);
            rmf_sampling s = mixture_sampling(&m, rmf_sampler_registry()[k]->name);
            s.grid = RMF_GRID_UNIFORM;
            s.steps = 1000;
            s.paper = paper;
            s.shared = true;
            m.score.rows = 1;
            assert_ok(rmf_sample(&s, NULL, x, &report));
            double ratio = (double)report.evaluated_rows / (double)report.independent_rows;
            assert_near(ratio / rmf_tree_cost(m.tree), 1, 0.01);
            rmf_tree_free(m.tree);
        }
}

typedef struct trace {
    double last_time[CLASSES * N];
    float state[CLASSES * N * D];
    int records, stop_after;
} trace;

static rmf_status keep(void *context, int branch, double t, int64_t first, int64_t count,
                       const float *x)
{
    trace *tr = context;
    (void)branch;
    assert_true(first >= 0 && count > 0 && first + count <= CLASSES * N);
    for (int64_t r = first; r < first + count; r++) {
        assert_true(t < tr->last_time[r]);
        tr->last_time[r] = t;
        memcpy(tr->state + r * D, x + (r - first) * D, D * sizeof *x);
    }
    tr->records++;
    return tr->stop_after && tr->records >= tr->stop_after ? RMF_ERR_IO : RMF_OK;
}

static void every_row_gets_its_whole_trajectory(void **state)
{
    (void)state;
    static const int order[] = {3, 0, 4, 1, 2};
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static trace tr;
        static float x[CLASSES * N * D];
        make(&m);
        memset(&tr, 0, sizeof tr);
        for (int r = 0; r < CLASSES * N; r++)
            tr.last_time[r] = 1;
        rmf_recorder recorder = {keep, &tr};
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.classes = order;
        s.recorder = &recorder;
        assert_ok(rmf_sample(&s, NULL, x, NULL));
        assert_memory_equal(tr.state, x, sizeof x);
        for (int r = 0; r < CLASSES * N; r++)
            assert_true(tr.last_time[r] <= 0);
        tr.records = 0;
        tr.stop_after = 4;
        for (int r = 0; r < CLASSES * N; r++)
            tr.last_time[r] = 1;
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_IO);
        assert_int_equal(tr.records, 4);
        rmf_tree_free(m.tree);
    }
}

typedef struct watch {
    int64_t calls, total, stop_after;
} watch;

static bool look(void *context, const rmf_progress_event *event)
{
    watch *w = context;
    w->calls++;
    assert_int_equal(event->done, w->calls);
    assert_true(event->done <= event->total && event->seconds_left >= 0);
    w->total = event->total;
    return !w->stop_after || w->calls < w->stop_after;
}

static void progress_counts_to_the_end_and_stops(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        static float x[CLASSES * N * D];
        watch w = {0};
        rmf_progress progress = {look, &w};
        rmf_sampling_report report = {.calls = -5};
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        assert_ok(rmf_sample(&s, &progress, x, NULL));
        assert_int_equal(w.calls, w.total);
        w = (watch){.stop_after = 6};
        assert_int_equal(rmf_sample(&s, &progress, x, &report), RMF_ERR_INTERRUPTED);
        assert_int_equal(w.calls, 6);
        assert_int_equal(report.calls, -5);
        rmf_tree_free(m.tree);
    }
}

/* ---- trouble ---- */

static rmf_status bad_score(void *context, int branch, double t, const float *x, float *score)
{
    mixture *m = context;
    RMF_TRY(mixture_eval(context, branch, t, x, score));
    if (m->calls == 3) score[2 * D + 1] = NAN;
    return RMF_OK;
}

static rmf_status failing_score(void *context, int branch, double t, const float *x, float *score)
{
    (void)context, (void)branch, (void)t, (void)x, (void)score;
    return rmf_fail(RMF_ERR_UNSUPPORTED, "no network today");
}

static void refuses(void **state)
{
    (void)state;
    static const int twice[] = {1, 1}, beyond[] = {5}, negative[] = {-1};
    mixture m;
    static float x[CLASSES * N * D];
    make(&m);
    const rmf_sampling good = in_mode(&m, &modes[0]);
    rmf_sampling s = good;
    const int *const lists[] = {twice, beyond, negative};
    for (int i = 0; i < 3; i++) {
        s.classes = lists[i];
        s.n_classes = i == 0 ? 2 : 1;
        assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);
    }
    s = good, s.n_classes = 0;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);
    s = good, s.score = NULL;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);
    s = good, s.count = -1;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_USAGE);
    rmf_sde longer = m.sde;
    longer.t_limit = 2;
    s = good, s.sde = &longer;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_ARGUMENT);

    s = good, m.calls = 0, m.score.eval = bad_score;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_NUMERIC);
    m.score.eval = failing_score;
    assert_int_equal(rmf_sample(&s, NULL, x, NULL), RMF_ERR_UNSUPPORTED);
    assert_string_equal(rmf_message(), "no network today");
    rmf_tree_free(m.tree);
}

static void zero_samples_are_legal(void **state)
{
    (void)state;
    for (int k = 0; k < COUNT(modes); k++) {
        mixture m;
        float x = 7;
        rmf_sampling_report report;
        make(&m);
        rmf_sampling s = in_mode(&m, &modes[k]);
        s.count = 0;
        assert_ok(rmf_sample(&s, NULL, &x, &report));
        assert_near(x, 7, 0);
        assert_int_equal(report.calls + report.evaluated_rows + report.independent_rows, 0);
        rmf_tree_free(m.tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_alone_is_the_class_among_others),
        cmocka_unit_test(the_first_samples_are_a_shorter_run),
        cmocka_unit_test(seeds_classes_and_samples_differ),
        cmocka_unit_test(noise_is_never_used_twice),
        cmocka_unit_test(late_branch_points_give_the_right_classes),
        cmocka_unit_test(early_branch_points_do_not),
        cmocka_unit_test(network_calls_are_counted_exactly),
        cmocka_unit_test(sharing_saves_what_the_tree_promises),
        cmocka_unit_test(every_row_gets_its_whole_trajectory),
        cmocka_unit_test(progress_counts_to_the_end_and_stops),
        cmocka_unit_test(refuses),
        cmocka_unit_test(zero_samples_are_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
