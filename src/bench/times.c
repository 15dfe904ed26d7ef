/* bench/times.c – repeats work and says how long it took. */
#include "bench/bench.h"

#include <math.h>

#include "core/order.h"

enum { WARM_UP = 2 };

void rmf_bench_summarise(double *seconds, int runs, rmf_bench_times *out)
{
    rmf_sort(seconds, (size_t)runs);
    *out = (rmf_bench_times){.runs = runs,
                             .median = rmf_quantile(seconds, runs, 0.5),
                             .best = seconds[0],
                             .p25 = rmf_quantile(seconds, runs, 0.25),
                             .p75 = rmf_quantile(seconds, runs, 0.75)};
}

/* A round before the first that counts (round < 0) or one that does. */
static rmf_status run_once(const rmf_bench_work *work, int round, double *seconds)
{
    if (round < 0 && work->warm_up) return work->warm_up(work->context);
    const double start = rmf_seconds();
    RMF_TRY(work->run(work->context));
    if (round >= 0) *seconds = rmf_seconds() - start;
    return RMF_OK;
}

rmf_status rmf_bench_measure(const rmf_bench *b, const rmf_bench_work *works, int count,
                             rmf_bench_times *times)
{
    const int runs = b->options->runs;
    const rmf_progress_event event = {.activity = "benchmarks", .unit = "", .loss = NAN};
    double *seconds = NULL;
    rmf_status s = rmf_alloc((size_t)runs * (size_t)count, sizeof *seconds, (void **)&seconds);
    for (int round = -WARM_UP; s == RMF_OK && round < runs; round++)
        for (int i = 0; s == RMF_OK && i < count; i++) {
            if (!rmf_progress_tell(b->progress, &event))
                s = rmf_fail(RMF_ERR_INTERRUPTED, "bench: stopped; the rows so far are whole");
            else
                s = run_once(&works[i], round, seconds + i * runs + round);
        }
    for (int i = 0; s == RMF_OK && i < count; i++)
        rmf_bench_summarise(seconds + i * runs, runs, &times[i]);
    rmf_free(seconds);
    return s;
}
