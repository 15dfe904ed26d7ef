/** bench/bench.h – times a function and prints one row: what, median and best of the runs. */
#ifndef RMF_BENCH_H
#define RMF_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "ramify/core.h"

enum { BENCH_RUNS = 9, BENCH_WARM_UP = 2 };

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/**
 * Runs `work` (false = it failed) a few times and prints `problem`, milliseconds, and `amount` per
 * second at the median ("MB" of 1e6, say).  The first runs, which fill caches, are left out.
 */
static inline bool bench_row(const char *problem, bool (*work)(void *), void *context,
                             double amount, const char *unit)
{
    double seconds[BENCH_RUNS];
    for (int i = -BENCH_WARM_UP; i < BENCH_RUNS; i++) {
        double start = rmf_seconds();
        if (!work(context)) {
            fprintf(stderr, "%s: %s\n", problem, rmf_message());
            return false;
        }
        if (i >= 0) seconds[i] = rmf_seconds() - start;
    }
    qsort(seconds, BENCH_RUNS, sizeof *seconds, bench_compare);
    double median = seconds[BENCH_RUNS / 2];
    printf("%-40s %10.3f ms median %10.3f ms best %12.1f %s/s\n", problem, 1e3 * median,
           1e3 * seconds[0], amount / median, unit);
    return true;
}

#endif
