/* bench/bench.h – what the benchmarks share: timing, rows, and networks with a batch. */
#ifndef RMF_BENCH_BENCH_H
#define RMF_BENCH_BENCH_H

#include "ramify/bench.h"
#include "ramify/device.h"
#include "ramify/net.h"

struct rmf_bench {
    const rmf_bench_options *options;
    const rmf_progress *progress;
    const rmf_bench_sink *sink;
    rmf_device *device, *ref;
    struct json_t *rows; /* all rows so far, for what compares them */
    char processor[128], instructions[64];
};

/* ---- timing ---- */

/* Seconds a run. */
typedef struct rmf_bench_times {
    int runs;
    double median, best, p25, p75;
} rmf_bench_times;
/* Sorts seconds[runs], runs ≥ 1; quantiles lie linearly between neighbours. */
void rmf_bench_summarise(double *seconds, int runs, rmf_bench_times *out);

/* Something to time. */
typedef struct rmf_bench_work {
    rmf_status (*run)(void *context);
    rmf_status (*warm_up)(void *context); /* fills caches at less cost; NULL: run itself */
    void *context;
} rmf_bench_work;
/* Times works[count] in turn, one run of each a round, so that a machine that is slow for a while
 * is slow for all of them. */
RMF_CHECKED rmf_status rmf_bench_measure(const rmf_bench *b, const rmf_bench_work *works, int count,
                                         rmf_bench_times *times);

/* ---- rows ---- */

typedef struct rmf_bench_row {
    const char *bench, *name;
    struct json_t *facts;         /* shape and parameters; the row takes the reference; or NULL */
    const rmf_bench_times *times; /* NULL: a row that only relates others */
    double amount;                /* done in one run, in units of … */
    const char *unit;             /* "samples", "GFLOP"; NULL: no rate */
    bool compared;                /* error holds something */
    double error;                 /* largest relative error against ref */
    int64_t error_rows;           /* rows of the batch that it was computed on; 0: all */
} rmf_bench_row;
RMF_CHECKED rmf_status rmf_bench_put(rmf_bench *b, const rmf_bench_row *row);
/* Keeps a finished row and hands it to the sink; takes the reference. */
RMF_CHECKED rmf_status rmf_bench_put_json(rmf_bench *b, struct json_t *row);
/* {"name": value, …} of `count` whole numbers; never fails: what memory refuses is left out. */
struct json_t *rmf_bench_facts(const char *const *names, const int64_t *values, int count);
/* The type that the device's convolutions have in networks; rows without it are f32. */
void rmf_bench_put_precision(const rmf_bench *b, struct json_t *facts);

/* max|a − b| / max|b|; 0 if all agree; infinite if a number is not finite or b is all zeros. */
double rmf_bench_error(const float *a, const float *b, int64_t count);

/* ---- networks ---- */

/* The networks that benchmarks know, with the shape of their objects; NULL-ended.  `usual`: timed
 * where no network is named. */
typedef struct rmf_bench_shape {
    const char *net;
    int rank;
    int64_t shape[3];
    bool usual;
    const char *attention; /* levels with self-attention; NULL: the network's default */
} rmf_bench_shape;
extern const rmf_bench_shape rmf_bench_shapes[];
/* Whether options ask for this network: the one they name, else the usual ones. */
bool rmf_bench_wants(const rmf_bench *b, const rmf_bench_shape *shape);
RMF_CHECKED rmf_status rmf_bench_check_net(const char *name);

typedef struct rmf_bench_net_args {
    const rmf_bench_shape *shape;
    rmf_device *device;
    int64_t rows, branches;
    uint64_t seed;
    bool training; /* with an optimiser; all rows of branch 0 otherwise */
    bool blank;    /* leave weights and inputs as they are: nobody looks at results */
} rmf_bench_net_args;
/* A network, a batch for it, and what a training step needs. */
typedef struct rmf_bench_net {
    rmf_device *device; /* borrowed */
    rmf_settings *settings;
    rmf_params *params;
    rmf_team *team;
    rmf_optimizer *optimizer;
    rmf_segment *segments; /* room for one a row */
    rmf_team_batch batch;
    int64_t rows, features;
    float *x, *t, *noise, *output, *gradient; /* of the batch; gradient: of the output */
} rmf_bench_net;
/* Initial weights with noise on top: some layers start as zeros, which would hide every error
 * behind them. */
RMF_CHECKED rmf_status rmf_bench_fill_weights(rmf_device *dev, rmf_params *params, uint64_t seed);
/* After a failure too: rmf_bench_net_close(). */
RMF_CHECKED rmf_status rmf_bench_net_open(const rmf_bench_net_args *args, rmf_bench_net *out);
void rmf_bench_net_close(rmf_bench_net *net);
RMF_CHECKED rmf_status rmf_bench_net_forward(rmf_bench_net *net);
RMF_CHECKED rmf_status rmf_bench_net_backward(rmf_bench_net *net);
/* Forward, backward, clipping, Adam, average; context: a rmf_bench_net. */
rmf_status rmf_bench_net_step(void *net);

/* What a network computes from a few rows, on the device against ref. */
typedef struct rmf_bench_net_errors {
    int64_t rows, branches;  /* that it was tried with */
    double output, gradient; /* the latter of all parameters together, 0 unless training */
} rmf_bench_net_errors;
RMF_CHECKED rmf_status rmf_bench_net_compare(const rmf_bench *b, const rmf_bench_net_args *like,
                                             rmf_bench_net_errors *out);

struct rmf_call_log;
/* Notes the calls of one training step of this network at the batch of the options. */
RMF_CHECKED rmf_status rmf_bench_record(const rmf_bench *b, const rmf_bench_shape *shape,
                                        int64_t branches, struct rmf_call_log *log);

/* ---- the benchmarks ---- */

extern const rmf_bench_kind rmf_bench_step, rmf_bench_forward, rmf_bench_sample, rmf_bench_conv,
    rmf_bench_op, rmf_bench_discover, rmf_bench_data;

/* Asks the programs peer_* of a folder for the figures of benchmark `kind`, passes their rows on,
 * and puts a row for each of ours that one of them is to be compared with. */
RMF_CHECKED rmf_status rmf_bench_ask_peers(rmf_bench *b, const rmf_bench_kind *kind);

#endif
