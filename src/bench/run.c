/* bench/run.c – the registry of benchmarks, and a run of those that are asked for. */
#include "bench/bench.h"

#include "ramify/diffusion.h"
#include "ramify/io.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* One line a benchmark; they run in this order. */
static const rmf_bench_kind *const kinds[] = {
    &rmf_bench_step, &rmf_bench_forward,  &rmf_bench_sample, &rmf_bench_conv,
    &rmf_bench_op,   &rmf_bench_discover, &rmf_bench_data,   NULL,
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const rmf_bench_kind *const *rmf_bench_registry(void)
{
    return kinds;
}

void rmf_bench_options_init(rmf_bench_options *options)
{
    *options = (rmf_bench_options){
        .runs = 9, .device = "auto", .precision = "auto", .batch = 128, .count = 8, .steps = 4};
}

static rmf_status check_what(const rmf_bench_options *o)
{
    const char *names[KINDS] = {0};
    for (int i = 0; kinds[i]; i++)
        names[i] = kinds[i]->name;
    for (size_t w = 0; w < o->what_count; w++) {
        bool known = false;
        for (int i = 0; names[i]; i++)
            known |= strcmp(names[i], o->what[w]) == 0;
        const char *near = rmf_nearest(o->what[w], names);
        if (!known && near)
            return rmf_fail(RMF_ERR_USAGE, "unknown benchmark \"%s\"; did you mean \"%s\"?",
                            o->what[w], near);
        if (!known)
            return rmf_fail(RMF_ERR_USAGE,
                            "unknown benchmark \"%s\"; `ramify list benchmark` shows them all",
                            o->what[w]);
    }
    return RMF_OK;
}

static rmf_status check_options(const rmf_bench_options *o)
{
    RMF_TRY(check_what(o));
    if (o->net) RMF_TRY(rmf_bench_check_net(o->net));
    if (o->sampler && !rmf_sampler_find(o->sampler))
        return rmf_fail(RMF_ERR_USAGE,
                        "unknown sampler \"%s\"; `ramify list sampler` shows them all", o->sampler);
    if (o->peers && !rmf_is_folder(o->peers))
        return rmf_fail(RMF_ERR_USAGE, "%s: no such folder; expected one with programs peer_*",
                        o->peers);
    if (o->runs < 1 || o->batch < 1 || o->branches < 0 || o->count < 1 || o->steps < 2)
        return rmf_fail(RMF_ERR_USAGE,
                        "bench: %d runs, batch %lld, %lld branches, %lld samples a class, %d "
                        "steps; expected at least 1, 1, 0, 1 and 2",
                        o->runs, (long long)o->batch, (long long)o->branches, (long long)o->count,
                        o->steps);
    return RMF_OK;
}

static bool chosen(const rmf_bench_options *o, const rmf_bench_kind *kind)
{
    bool found = o->what_count == 0;
    for (size_t i = 0; i < o->what_count; i++)
        found |= strcmp(o->what[i], kind->name) == 0;
    return found;
}

static void describe_machine(rmf_bench *b)
{
    rmf_processor(b->processor, sizeof b->processor);
    size_t used = 0;
    for (int i = 0; rmf_instruction_set(i) && used < sizeof b->instructions; i++)
        used += (size_t)snprintf(b->instructions + used, sizeof b->instructions - used, "%s%s",
                                 i > 0 ? " " : "", rmf_instruction_set(i));
}

static rmf_status run_kind(rmf_bench *b, const rmf_bench_kind *kind)
{
    const rmf_status s = kind->run(b);
    if (s != RMF_OK && s != RMF_ERR_INTERRUPTED) {
        char place[64];
        snprintf(place, sizeof place, "bench %s", kind->name);
        return rmf_fail_in(s, place);
    }
    RMF_TRY(s);
    return b->options->peers && kind->peers ? rmf_bench_ask_peers(b, kind) : RMF_OK;
}

rmf_status rmf_bench_run(const rmf_bench_options *options, const rmf_progress *progress,
                         const rmf_bench_sink *sink)
{
    rmf_bench b = {.options = options, .progress = progress, .sink = sink};
    RMF_TRY(check_options(options));
    describe_machine(&b);
    rmf_status s = rmf_device_open(options->device, &b.device);
    if (s == RMF_OK) s = rmf_device_set_type(b.device, options->precision);
    if (s == RMF_OK) s = rmf_device_open("ref", &b.ref);
    if (s == RMF_OK && !(b.rows = json_array()))
        s = rmf_fail(RMF_ERR_MEMORY, "bench: out of memory");
    for (int i = 0; s == RMF_OK && kinds[i]; i++)
        if (chosen(options, kinds[i])) s = run_kind(&b, kinds[i]);
    json_decref(b.rows);
    rmf_device_close(b.ref);
    rmf_device_close(b.device);
    return s;
}
