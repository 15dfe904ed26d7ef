/* bench/forward.c – the network as sampling uses it: forward alone, all rows through one head. */
#include "bench/bench.h"

#include <jansson.h>

static rmf_status forward(void *net)
{
    return rmf_bench_net_forward(net);
}

static rmf_status time_forward(rmf_bench *b, const rmf_bench_shape *shape)
{
    const rmf_bench_net_args args = {.shape = shape,
                                     .device = b->device,
                                     .rows = b->options->batch,
                                     .branches = 1,
                                     .seed = b->options->seed};
    rmf_bench_net_errors errors;
    rmf_bench_net net = {0};
    rmf_bench_times times;
    RMF_TRY(rmf_bench_net_compare(b, &args, &errors));
    rmf_status s = rmf_bench_net_open(&args, &net);
    const rmf_bench_work work = {.run = forward, .context = &net};
    if (s == RMF_OK) s = rmf_bench_measure(b, &work, 1, &times);
    rmf_bench_net_close(&net);
    RMF_TRY(s);
    json_t *facts = rmf_bench_facts((const char *[]){"batch"}, &args.rows, 1);
    json_object_set_new(facts, "net", json_string(shape->net));
    rmf_bench_put_precision(b, facts);
    return rmf_bench_put(b, &(rmf_bench_row){.bench = rmf_bench_forward.name,
                                             .name = shape->net,
                                             .facts = facts,
                                             .times = &times,
                                             .amount = (double)args.rows,
                                             .unit = "samples",
                                             .compared = true,
                                             .error = errors.output,
                                             .error_rows = errors.rows});
}

static rmf_status run(rmf_bench *b)
{
    for (const rmf_bench_shape *shape = rmf_bench_shapes; shape->net; shape++)
        if (rmf_bench_wants(b, shape)) RMF_TRY(time_forward(b, shape));
    return RMF_OK;
}

const rmf_bench_kind rmf_bench_forward = {
    "forward", "one forward pass of each network, all rows through one head", true, run};
