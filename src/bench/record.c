/* bench/record.c – which device calls a training step of a network makes. */
#include "bench/bench.h"
#include "bench/call.h"

rmf_status rmf_bench_record(const rmf_bench *b, const rmf_bench_shape *shape, int64_t branches,
                            rmf_call_log *log)
{
    const rmf_bench_net_args args = {.shape = shape,
                                     .device = &log->base,
                                     .rows = b->options->batch,
                                     .branches = branches,
                                     .seed = b->options->seed,
                                     .training = true,
                                     .blank = true};
    rmf_bench_net net;
    log->listening = false; /* what prepares a network is no part of a step */
    rmf_status s = rmf_bench_net_open(&args, &net);
    log->listening = true;
    if (s == RMF_OK) s = rmf_bench_net_step(&net);
    log->listening = false;
    rmf_bench_net_close(&net);
    return s;
}
