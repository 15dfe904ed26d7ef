/**
 * ramify/bench.h – benchmarks: how long parts of this library take on this machine, and how far
 * their results are from those of the plain back end `ref`.
 */
#ifndef RAMIFY_BENCH_H
#define RAMIFY_BENCH_H

#include "ramify/core.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_t; /* Jansson */

typedef struct rmf_bench rmf_bench;

/** A registry row. */
typedef struct rmf_bench_kind {
    const char *name, *summary;
    bool peers; /* other programs can be asked for the same figures */
    rmf_status (*run)(rmf_bench *bench);
} rmf_bench_kind;
RMF_API const rmf_bench_kind *const *rmf_bench_registry(void); /* NULL-ended */

typedef struct rmf_bench_options {
    const char *const *what; /* [what_count] names of benchmarks, borrowed; none: all */
    size_t what_count;
    int runs;              /* timed repetitions; 9.  Two more before them are not counted */
    uint64_t seed;         /* of inputs and weights */
    const char *device;    /* "auto" */
    const char *precision; /* of the networks' convolutions, as rmf_device_set_type(): "auto" */
    const char *net;       /* only this network; NULL: all that a benchmark knows */
    int64_t branches;      /* only this many; 0: 1, 19 and 500 */
    int64_t batch;         /* rows of a batch; 128 */
    int64_t count;         /* sampling: samples a class; 8 */
    int steps;             /* sampling: steps; 4 */
    const char *sampler;   /* only this one; NULL: the one that goes with each network */
    const char *peers;     /* folder of programs peer_* to compare with; NULL: none */
} rmf_bench_options;
RMF_API void rmf_bench_options_init(rmf_bench_options *options);

/** Who gets the rows, one by one as they are measured: a JSON object each (docs/commands.md names
 * the fields), borrowed.  Returning another status than RMF_OK ends the benchmarks with it. */
typedef struct rmf_bench_sink {
    rmf_status (*put)(void *context, const struct json_t *row);
    void *context;
} rmf_bench_sink;

/**
 * Runs the benchmarks that options->what names, in the order of the registry.  RMF_ERR_USAGE, with
 * nothing run, for an unknown benchmark, network, sampler or device.  Progress (NULL is fine) hears
 * of peers that do not do as they should and may stop the work: RMF_ERR_INTERRUPTED.
 */
RMF_API RMF_CHECKED rmf_status rmf_bench_run(const rmf_bench_options *options,
                                             const rmf_progress *progress,
                                             const rmf_bench_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
