/* bench/conv.c – every convolution of the image networks, by every way the cpu back end knows, and
 * what its rule picks. */
#include "device/cpu/conv.h"
#include "bench/bench.h"
#include "bench/call.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    WAYS = RMF_CONV_DNNL_BF16 + 1,
    FEW_ROWS = 4, /* for the error: ref is slow */
    BRANCHES = 19 /* of the step that the sums are held against */
};
static const char *const way_names[WAYS] = {[RMF_CONV_DNNL] = "oneDNN",
                                            [RMF_CONV_GEMM] = "im2col",
                                            [RMF_CONV_MIRRORED] = "mirrored",
                                            [RMF_CONV_DNNL_BF16] = "oneDNN-bf16"};

static const struct {
    const rmf_slot *slot;
    const char *name;
} directions[] = {[RMF_CONV_FORWARD] = {&rmf_slot_conv_forward, "forward"},
                  [RMF_CONV_DATA] = {&rmf_slot_conv_backward_data, "data"},
                  [RMF_CONV_WEIGHTS] = {&rmf_slot_conv_backward_weights, "weights"}};

/* A convolution and one way to go it. */
typedef struct trip {
    enum rmf_conv_direction direction;
    enum rmf_conv_way way;
    bool own_ways; /* the device is cpu; else it has its slot alone */
    const rmf_replay *replay;
    double error;
} trip;

static rmf_status go(const rmf_replay *r, void *context)
{
    const trip *t = context;
    if (!t->own_ways) return rmf_replay_run((void *)r);
    const rmf_conv args = rmf_call_conv(r->call);
    return rmf_cpu_conv_by(rmf_cpu_of(r->dev), t->way,
                           &(struct rmf_conv_call){t->direction, &args, r->data[0], r->data[1],
                                                   r->data[2], r->data[3], r->call->args.real[0]});
}

static rmf_status go_again(void *context)
{
    trip *t = context;
    return go(t->replay, t);
}

/* Fills trips[] with the ways that this convolution can go, errors included. */
static rmf_status find_ways(const rmf_bench *b, const rmf_call *call,
                            enum rmf_conv_direction direction, trip trips[WAYS], int *count)
{
    const rmf_conv args = rmf_call_conv(call);
    const bool own_ways = strcmp(b->device->ops->name, rmf_cpu_kind.name) == 0;
    rmf_call few = *call;
    if (few.args.size[0] > FEW_ROWS) few.args.size[0] = FEW_ROWS;
    *count = 0;
    for (int way = 0; way < (own_ways ? WAYS : 1); way++) {
        trip t = {direction, (enum rmf_conv_way)way, own_ways, NULL, 0};
        if (own_ways && !rmf_conv_can(&args, t.way, rmf_cpu_of(b->device)->conv)) continue;
        const rmf_status s =
            rmf_replay_compare(b->device, b->ref, &few, b->options->seed, go, &t, &t.error);
        if (s == RMF_ERR_UNSUPPORTED) continue; /* oneDNN has no kernel for it */
        RMF_TRY(s);
        trips[(*count)++] = t;
    }
    return RMF_OK;
}

static bool is_chosen(const rmf_bench *b, const rmf_call *call, const trip *t)
{
    if (!t->own_ways) return true;
    rmf_conv args = rmf_call_conv(call);
    args.type = b->device->type;
    return rmf_conv_choose(&args, t->direction, rmf_cpu_of(b->device)->conv) == t->way;
}

static rmf_status put(rmf_bench *b, const char *net, const rmf_call *call, const trip *t,
                      const rmf_bench_times *times)
{
    static const char *const names[] = {"n",    "h",  "w",  "cin",    "oh",  "ow",
                                        "cout", "kh", "kw", "stride", "pad", "times"};
    int64_t values[12];
    char sizes[128], name[224];
    const char *way = t->own_ways ? way_names[t->way] : "slot";
    memcpy(values, call->args.size, sizeof values);
    values[11] = call->times;
    call->slot->describe(call, sizes, sizeof sizes);
    snprintf(name, sizeof name, "%s %s %s %s", net, sizes, directions[t->direction].name, way);
    json_t *facts = rmf_bench_facts(names, values, 12);
    json_object_set_new(facts, "net", json_string(net));
    json_object_set_new(facts, "direction", json_string(directions[t->direction].name));
    json_object_set_new(facts, "way", json_string(way));
    if (t->way == RMF_CONV_DNNL_BF16) json_object_set_new(facts, "precision", json_string("bf16"));
    json_object_set_new(facts, "chosen", json_boolean(is_chosen(b, call, t)));
    return rmf_bench_put(b, &(rmf_bench_row){.bench = rmf_bench_conv.name,
                                             .name = name,
                                             .facts = facts,
                                             .times = times,
                                             .amount = 1e-9 * call->slot->flop(call),
                                             .unit = "GFLOP",
                                             .compared = true,
                                             .error = t->error,
                                             .error_rows = (int64_t)fmin(FEW_ROWS, values[0])});
}

/* Seconds of all convolutions of a step. */
typedef struct sums {
    double best, chosen;
} sums;

/* Times a convolution by all its ways, in turn. */
static rmf_status time_call(rmf_bench *b, const char *net, const rmf_call *call,
                            enum rmf_conv_direction direction, sums *sums)
{
    trip trips[WAYS];
    rmf_bench_work works[WAYS];
    rmf_bench_times times[WAYS];
    rmf_replay replay;
    int count = 0;
    RMF_TRY(find_ways(b, call, direction, trips, &count));
    rmf_status s = rmf_replay_open(b->device, call, b->options->seed, &replay);
    for (int i = 0; i < count; i++) {
        trips[i].replay = &replay;
        works[i] = (rmf_bench_work){.run = go_again, .context = &trips[i]};
    }
    if (s == RMF_OK) s = rmf_bench_measure(b, works, count, times);
    rmf_replay_close(&replay);
    double best = INFINITY;
    for (int i = 0; s == RMF_OK && i < count; i++) {
        best = fmin(best, times[i].median);
        if (is_chosen(b, call, &trips[i])) sums->chosen += (double)call->times * times[i].median;
        s = put(b, net, call, &trips[i], &times[i]);
    }
    sums->best += (double)call->times * best;
    return s;
}

static rmf_status put_sums(rmf_bench *b, const char *net, const sums *sums)
{
    char name[96];
    snprintf(name, sizeof name, "%s sum of a step, chosen/best", net);
    json_t *facts = json_object();
    json_object_set_new(facts, "net", json_string(net));
    json_object_set_new(facts, "sum_best_ms", json_real(1e3 * sums->best));
    json_object_set_new(facts, "sum_chosen_ms", json_real(1e3 * sums->chosen));
    json_object_set_new(facts, "ratio", json_real(sums->chosen / sums->best));
    return rmf_bench_put(
        b, &(rmf_bench_row){.bench = rmf_bench_conv.name, .name = name, .facts = facts});
}

/* How much of a whole step the convolutions would take if each went its best way alone. */
static rmf_status put_share(rmf_bench *b, const rmf_bench_shape *shape, const sums *sums)
{
    const int64_t branches = b->options->branches > 0 ? b->options->branches : BRANCHES;
    const rmf_bench_net_args args = {.shape = shape,
                                     .device = b->device,
                                     .rows = b->options->batch,
                                     .branches = branches,
                                     .seed = b->options->seed,
                                     .training = true};
    rmf_bench_net net;
    rmf_bench_times times;
    char name[96];
    rmf_status s = rmf_bench_net_open(&args, &net);
    const rmf_bench_work work = {.run = rmf_bench_net_step, .context = &net};
    if (s == RMF_OK) s = rmf_bench_measure(b, &work, 1, &times);
    rmf_bench_net_close(&net);
    RMF_TRY(s);
    snprintf(name, sizeof name, "%s branches %lld step, share of convolutions", shape->net,
             (long long)branches);
    json_t *facts =
        rmf_bench_facts((const char *[]){"branches", "batch"}, (int64_t[]){branches, args.rows}, 2);
    json_object_set_new(facts, "net", json_string(shape->net));
    json_object_set_new(facts, "sum_best_ms", json_real(1e3 * sums->best));
    json_object_set_new(facts, "share", json_real(sums->best / times.median));
    rmf_bench_put_precision(b, facts);
    return rmf_bench_put(
        b, &(rmf_bench_row){
               .bench = rmf_bench_conv.name, .name = name, .facts = facts, .times = &times});
}

static rmf_status time_net(rmf_bench *b, const rmf_bench_shape *shape)
{
    rmf_call_log log;
    sums sums = {0};
    rmf_status s = rmf_call_log_open(&log);
    if (s == RMF_OK) s = rmf_bench_record(b, shape, 1, &log); /* banks whole, not cut into rows */
    for (int64_t i = 0; s == RMF_OK && i < log.count; i++)
        for (int d = 0; s == RMF_OK && d <= RMF_CONV_WEIGHTS; d++)
            if (log.calls[i].slot == directions[d].slot)
                s = time_call(b, shape->net, &log.calls[i], (enum rmf_conv_direction)d, &sums);
    rmf_call_log_close(&log);
    RMF_TRY(s);
    if (!(sums.best > 0)) return RMF_OK; /* a network without convolutions */
    RMF_TRY(put_sums(b, shape->net, &sums));
    return put_share(b, shape, &sums);
}

static rmf_status run(rmf_bench *b)
{
    for (const rmf_bench_shape *shape = rmf_bench_shapes; shape->net; shape++)
        if (shape->rank == 3 && rmf_bench_wants(b, shape)) RMF_TRY(time_net(b, shape));
    return RMF_OK;
}

const rmf_bench_kind rmf_bench_conv = {
    "conv", "every convolution of the image networks, by every way of the cpu", false, run};
