/* tests/bench/test_rows.c – what benchmarks say of times and errors, and calls noted and done
 * again. */
#include "bench/bench.h"
#include "bench/call.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void times_are_quantiles(void **state)
{
    (void)state;
    double odd[] = {5, 1, 3, 2, 4}, even[] = {4, 1, 2, 3}, one[] = {7};
    rmf_bench_times t;
    rmf_bench_summarise(odd, 5, &t);
    assert_true(t.runs == 5 && t.best == 1 && t.p25 == 2 && t.median == 3 && t.p75 == 4);
    rmf_bench_summarise(even, 4, &t);
    assert_true(t.best == 1 && t.median == 2.5 && t.p25 == 1.75 && t.p75 == 3.25);
    rmf_bench_summarise(one, 1, &t);
    assert_true(t.best == 7 && t.median == 7 && t.p25 == 7 && t.p75 == 7);
}

static rmf_status count(void *context)
{
    ++*(int *)context;
    return RMF_OK;
}

static void warm_up_is_not_counted(void **state)
{
    (void)state;
    int first = 0, second = 0, warm = 0;
    rmf_bench_options o;
    rmf_bench_options_init(&o);
    assert_true(o.runs >= 7);
    o.runs = 3;
    const rmf_bench b = {.options = &o};
    rmf_bench_times times[2];
    const rmf_bench_work works[] = {{.run = count, .context = &first},
                                    {.run = count, .context = &second}};
    assert_int_equal(rmf_bench_measure(&b, works, 2, times), RMF_OK);
    assert_int_equal(times[1].runs, 3);
    assert_true(first == 5 && second == 5);
    const rmf_bench_work cheap = {.run = count, .warm_up = count, .context = &warm};
    assert_int_equal(rmf_bench_measure(&b, &cheap, 1, times), RMF_OK);
    assert_int_equal(warm, 5);
}

static void errors_are_relative_to_the_largest(void **state)
{
    (void)state;
    const float b[] = {1, -4, 2}, a[] = {1, -4, 3}, bad[] = {1, NAN, 2}, zero[] = {0, 0, 0};
    assert_true(rmf_bench_error(a, b, 3) == 0.25);
    assert_true(rmf_bench_error(b, b, 3) == 0);
    assert_true(rmf_bench_error(zero, zero, 3) == 0);
    assert_true(isinf(rmf_bench_error(bad, b, 3)));
    assert_true(isinf(rmf_bench_error(a, zero, 3)));
}

/* A network's calls are noted once each, with how often they came. */
static void a_log_counts_calls(void **state)
{
    (void)state;
    rmf_call_log log;
    assert_int_equal(rmf_call_log_open(&log), RMF_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(log.ops.axpby(&log.base, 1, NULL, 0, NULL, i == 2 ? 8 : 4), RMF_OK);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.calls[0].times, 2);
    assert_int_equal(log.calls[1].args.size[0], 8);
    assert_true(rmf_call_bytes(&log.calls[0]) == 32);
    rmf_call_log_close(&log);
}

/* Every slot's table describes its own tensors: cpu agrees with ref on all calls of a step. */
static void calls_done_again_agree_with_ref(void **state)
{
    (void)state;
    rmf_bench_options o;
    rmf_bench_options_init(&o);
    o.batch = 2;
    rmf_bench b = {.options = &o};
    rmf_call_log log;
    assert_int_equal(rmf_device_open("cpu", &b.device), RMF_OK);
    assert_int_equal(rmf_device_open("ref", &b.ref), RMF_OK);
    assert_int_equal(rmf_call_log_open(&log), RMF_OK);
    assert_int_equal(rmf_bench_record(&b, &rmf_bench_shapes[0], 2, &log), RMF_OK);
    assert_true(log.count > 20);
    for (int64_t i = 0; i < log.count; i++) {
        double error = 1;
        assert_int_equal(rmf_replay_compare(b.device, b.ref, &log.calls[i], 0, NULL, NULL, &error),
                         RMF_OK);
        if (!(error < 1e-4)) fail_msg("%s: error %g", log.calls[i].slot->name, error);
    }
    rmf_call_log_close(&log);
    rmf_device_close(b.ref);
    rmf_device_close(b.device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_quantiles),
        cmocka_unit_test(warm_up_is_not_counted),
        cmocka_unit_test(errors_are_relative_to_the_largest),
        cmocka_unit_test(a_log_counts_calls),
        cmocka_unit_test(calls_done_again_agree_with_ref),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
