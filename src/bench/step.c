/* bench/step.c – one training step (forward, backward, clipping, Adam, average) with 1, 19 and 500
 * branches: one head a sample should make them cost the same. */
#include "bench/bench.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static rmf_status put(rmf_bench *b, const rmf_bench_net_args *a, const rmf_bench_times *times,
                      const rmf_bench_net_errors *errors)
{
    char name[96];
    snprintf(name, sizeof name, "%s branches %lld", a->shape->net, (long long)a->branches);
    json_t *facts = rmf_bench_facts((const char *[]){"branches", "batch", "error_branches"},
                                    (int64_t[]){a->branches, a->rows, errors->branches}, 3);
    json_object_set_new(facts, "net", json_string(a->shape->net));
    rmf_bench_put_precision(b, facts);
    json_object_set_new(facts, "error_output", json_real(errors->output));
    json_object_set_new(facts, "error_gradient", json_real(errors->gradient));
    return rmf_bench_put(b, &(rmf_bench_row){.bench = rmf_bench_step.name,
                                             .name = name,
                                             .facts = facts,
                                             .times = times,
                                             .amount = (double)a->rows,
                                             .unit = "samples",
                                             .compared = true,
                                             .error = fmax(errors->output, errors->gradient),
                                             .error_rows = errors->rows});
}

static rmf_status time_step(rmf_bench *b, const rmf_bench_shape *shape, int64_t branches)
{
    const rmf_bench_net_args args = {.shape = shape,
                                     .device = b->device,
                                     .rows = b->options->batch,
                                     .branches = branches,
                                     .seed = b->options->seed,
                                     .training = true};
    rmf_bench_net_errors errors;
    rmf_bench_net net = {0};
    rmf_bench_times times;
    RMF_TRY(rmf_bench_net_compare(b, &args, &errors));
    rmf_status s = rmf_bench_net_open(&args, &net);
    const rmf_bench_work work = {.run = rmf_bench_net_step, .context = &net};
    if (s == RMF_OK) s = rmf_bench_measure(b, &work, 1, &times);
    rmf_bench_net_close(&net);
    return s == RMF_OK ? put(b, &args, &times, &errors) : s;
}

static rmf_status run(rmf_bench *b)
{
    static const int64_t branches[] = {1, 19, 500};
    const int64_t only = b->options->branches;
    for (const rmf_bench_shape *shape = rmf_bench_shapes; shape->net; shape++) {
        if (!rmf_bench_wants(b, shape)) continue;
        if (only > 0) RMF_TRY(time_step(b, shape, only));
        for (size_t i = 0; only == 0 && i < sizeof branches / sizeof *branches; i++)
            RMF_TRY(time_step(b, shape, branches[i]));
    }
    return RMF_OK;
}

const rmf_bench_kind rmf_bench_step = {
    "step", "one training step of each network, with 1, 19 and 500 branches", true, run};
