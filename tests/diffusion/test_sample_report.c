/* tests/diffusion/test_sample_report.c – what sampling along a tree reports, records and refuses.
 */
#include "diffusion/modes.h"

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
        int64_t by_branch[2 * CLASSES], sum = 0;
        s.shared = true;
        s.evaluations = by_branch;
        assert_true(rmf_tree_branch_count(m.tree) <= 2 * CLASSES);
        assert_ok(rmf_sample(&s, NULL, x, &shared));
        s.evaluations = NULL;
        for (int b = 0; b < rmf_tree_branch_count(m.tree); b++)
            sum += by_branch[b];
        assert_int_equal(sum * N + shared.pilot_calls * m.score.rows, shared.evaluated_rows);
        assert_int_equal(shared.calls, m.calls);
        m.calls = 0;
        s.shared = false;
        assert_ok(rmf_sample(&s, NULL, x, &apart));
        assert_int_equal(apart.calls, m.calls);
        const int64_t pilot_rows = shared.pilot_calls * m.score.rows;
        assert_true((pilot_rows > 0) == (s.steps == 0));
        assert_int_equal(apart.pilot_calls, shared.pilot_calls);
        assert_int_equal(apart.evaluated_rows, apart.independent_rows);
        assert_int_equal(apart.evaluated_rows, shared.independent_rows);
        assert_true(shared.evaluated_rows < shared.independent_rows && shared.seconds >= 0);
        assert_near(apart.nfe, shared.nfe, 0);
        assert_near(apart.nfe * CLASSES * N, (double)(apart.evaluated_rows - pilot_rows), 1e-9);
        int64_t rows = pilot_rows;
        for (int b = 0; b < rmf_tree_branch_count(m.tree); b++) {
            double *times;
            int steps;
            assert_ok(rmf_branch_grid(&s, b, &times, &steps));
            /* The denoised estimate at the end takes one call, but that of a method that keeps the
             * score at the end of its steps none: its first call in a branch is the extra one. */
            const bool keeps = s.sampler->choose;
            const bool estimates = steps && times[steps] == 0 &&
                                   (keeps || s.sampler->order >= s.sampler->nfe_per_step);
            rows += N * ((steps - estimates) * s.sampler->nfe_per_step +
                         (keeps ? steps > 0 : estimates));
            if (b > 0 && steps > 0) rows += N * s.branch_corrector_steps;
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
        cmocka_unit_test(network_calls_are_counted_exactly),
        cmocka_unit_test(sharing_saves_what_the_tree_promises),
        cmocka_unit_test(every_row_gets_its_whole_trajectory),
        cmocka_unit_test(progress_counts_to_the_end_and_stops),
        cmocka_unit_test(refuses),
        cmocka_unit_test(zero_samples_are_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
