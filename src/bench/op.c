/* bench/op.c – every computing slot of the device but the convolutions, at the sizes that training
 * steps of the networks ask for. */
#include "bench/bench.h"
#include "bench/call.h"

#include <jansson.h>
#include <stdio.h>

/* In the order of rmf_device_ops; convolutions have a benchmark of their own. */
static const rmf_slot *const slots[] = {
    &rmf_slot_fill,
    &rmf_slot_matmul,
    &rmf_slot_matmul_group,
    &rmf_slot_group_norm,
    &rmf_slot_group_norm_grad,
    &rmf_slot_activation,
    &rmf_slot_axpby,
    &rmf_slot_activation_grad,
    &rmf_slot_scale_shift,
    &rmf_slot_column_sum,
    &rmf_slot_scale_shift_grad,
    &rmf_slot_copy_columns,
    &rmf_slot_pixel_sum,
    &rmf_slot_upsample,
    &rmf_slot_upsample_grad,
    &rmf_slot_softmax,
    &rmf_slot_softmax_grad,
    &rmf_slot_gather,
    &rmf_slot_gather_grad,
    &rmf_slot_adam,
    &rmf_slot_sum_squares,
};
enum {
    LARGEST = 3, /* calls of a slot that are worth a row */
    BRANCHES = 19
};

static rmf_status put(rmf_bench *b, const rmf_call *call, const rmf_bench_times *times,
                      double error)
{
    char sizes[128] = "", name[192];
    const bool computes = call->slot->flop != NULL;
    call->slot->describe(call, sizes, sizeof sizes);
    snprintf(name, sizeof name, "%s %s", call->slot->name, sizes);
    json_t *facts = json_object();
    json_object_set_new(facts, "slot", json_string(call->slot->name));
    json_object_set_new(facts, "sizes", json_string(sizes));
    return rmf_bench_put(b, &(rmf_bench_row){.bench = rmf_bench_op.name,
                                             .name = name,
                                             .facts = facts,
                                             .times = times,
                                             .amount = 1e-9 * (computes ? call->slot->flop(call)
                                                                        : rmf_call_bytes(call)),
                                             .unit = computes ? "GFLOP" : "GB",
                                             .compared = true,
                                             .error = error});
}

static rmf_status time_call(rmf_bench *b, const rmf_call *call)
{
    double error = 0;
    rmf_replay replay;
    rmf_bench_times times;
    const uint64_t seed = b->options->seed;
    RMF_TRY(rmf_replay_compare(b->device, b->ref, call, seed, NULL, NULL, &error));
    rmf_status s = rmf_replay_open(b->device, call, seed, &replay);
    const rmf_bench_work work = {.run = rmf_replay_run, .context = &replay};
    if (s == RMF_OK) s = rmf_bench_measure(b, &work, 1, &times);
    rmf_replay_close(&replay);
    return s == RMF_OK ? put(b, call, &times, error) : s;
}

/* The largest call of the slot that was not taken yet; NULL: none is left. */
static rmf_call *take_largest(rmf_call_log *log, const rmf_slot *slot)
{
    rmf_call *largest = NULL;
    for (int64_t i = 0; i < log->count; i++) {
        rmf_call *c = &log->calls[i];
        if (c->slot != slot || c->times == 0) continue;
        if (!largest || rmf_call_bytes(c) > rmf_call_bytes(largest)) largest = c;
    }
    if (largest) largest->times = 0; /* taken */
    return largest;
}

/* The networks of a full run, and a unet whose coarsest level pays attention: only that one takes
 * softmax and plain products. */
static rmf_status record(const rmf_bench *b, rmf_call_log *log)
{
    static const rmf_bench_shape attentive = {"unet", 3, {28, 28, 1}, false, "2"};
    const int64_t branches = b->options->branches > 0 ? b->options->branches : BRANCHES;
    for (const rmf_bench_shape *shape = rmf_bench_shapes; shape->net; shape++)
        if (rmf_bench_wants(b, shape)) RMF_TRY(rmf_bench_record(b, shape, branches, log));
    if (b->options->net) return RMF_OK;
    RMF_TRY(rmf_bench_record(b, &attentive, branches, log));
    /* no network of ours looks classes up: the size of an embedding of ten */
    const rmf_call_args gather = {.size = {b->options->batch, 128, 10}};
    log->listening = true;
    RMF_TRY(rmf_call_note(&log->base, &rmf_slot_gather, &gather, NULL, 0));
    return rmf_call_note(&log->base, &rmf_slot_gather_grad, &gather, NULL, 0);
}

static rmf_status run(rmf_bench *b)
{
    rmf_call_log log;
    rmf_status s = rmf_call_log_open(&log);
    if (s == RMF_OK) s = record(b, &log);
    for (size_t i = 0; s == RMF_OK && i < sizeof slots / sizeof *slots; i++)
        for (int n = 0; s == RMF_OK && n < LARGEST; n++) {
            const rmf_call *call = take_largest(&log, slots[i]);
            if (call) s = time_call(b, call);
        }
    rmf_call_log_close(&log);
    return s;
}

const rmf_bench_kind rmf_bench_op = {
    "op", "every other device operation, at the sizes of training steps", false, run};
