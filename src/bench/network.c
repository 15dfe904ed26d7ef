/* bench/network.c – a network with a batch of made-up data, ready for a step. */
#include "bench/bench.h"

#include <string.h>

const rmf_bench_shape rmf_bench_shapes[] = {
    {"paper-unet", 3, {28, 28, 1}, true, NULL},
    {"unet", 3, {28, 28, 1}, true, NULL},
    {"tabular", 1, {16, 1, 1}, true, NULL},
    {"paper-tabular", 1, {16, 1, 1}, false, NULL},
    {0},
};
enum { SHAPES = sizeof rmf_bench_shapes / sizeof *rmf_bench_shapes };

bool rmf_bench_wants(const rmf_bench *b, const rmf_bench_shape *shape)
{
    return b->options->net ? strcmp(b->options->net, shape->net) == 0 : shape->usual;
}

rmf_status rmf_bench_check_net(const char *name)
{
    const char *names[SHAPES] = {0};
    for (int i = 0; rmf_bench_shapes[i].net; i++) {
        names[i] = rmf_bench_shapes[i].net;
        if (strcmp(names[i], name) == 0) return RMF_OK;
    }
    const char *near = rmf_nearest(name, names);
    return rmf_fail(RMF_ERR_USAGE, "unknown network \"%s\"; expected %s%s%s", name,
                    near ? "\"" : "a name of `ramify list network`", near ? near : "",
                    near ? "\"" : "");
}

/* Rows spread over the branches as a random batch is: sorted, some branches without any. */
static rmf_status spread(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    int64_t *count = NULL, first = 0;
    RMF_TRY(rmf_alloc((size_t)a->branches, sizeof *count, (void **)&count));
    const rmf_key key = rmf_key_make(a->seed, RMF_STREAM_BATCH);
    for (int64_t r = 0; r < a->rows; r++)
        count[a->training ? rmf_random_below(key, (uint64_t)r, 0, (uint64_t)a->branches) : 0]++;
    for (int64_t b = 0; b < a->branches; b++) {
        if (count[b] == 0) continue;
        n->segments[n->n_segments++] = (rmf_segment){b, first, count[b]};
        first += count[b];
    }
    rmf_free(count);
    return RMF_OK;
}

static rmf_status upload(rmf_device *dev, float *to, const float *from, int64_t count)
{
    return dev->ops->upload(dev, to, from, (size_t)count * sizeof *from);
}

rmf_status rmf_bench_fill_weights(rmf_device *dev, rmf_params *params, uint64_t seed)
{
    RMF_TRY(rmf_params_initialise(params, seed));
    const rmf_key key = rmf_key_make(seed, RMF_STREAM_INIT);
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *info = rmf_params_info(params, i);
        float *at = rmf_params_values(params) + info->offset, *noise = NULL;
        if (info->frozen) continue;
        /* one bank row's worth at a time: a bank of hundreds of branches is large */
        RMF_TRY(rmf_alloc((size_t)info->row, 2 * sizeof *noise, (void **)&noise));
        float *value = noise + info->row;
        rmf_status s = RMF_OK;
        rmf_random_normal(rmf_key_fold(key, (uint64_t)i), 0, 0, noise, (size_t)info->row);
        for (int64_t first = 0; s == RMF_OK && first < info->count; first += info->row) {
            s = dev->ops->download(dev, value, at + first, (size_t)info->row * sizeof *value);
            for (int64_t j = 0; j < info->row; j++)
                value[j] += 0.02f * noise[j];
            if (s == RMF_OK) s = upload(dev, at + first, value, info->row);
        }
        rmf_free(noise);
        RMF_TRY(s);
    }
    return RMF_OK;
}

static rmf_status fill_batch(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    const rmf_key key = rmf_key_make(a->seed, RMF_STREAM_NOISE);
    const int64_t values = a->rows * n->net.features;
    float *x = n->gradient; /* used as host memory until it gets its own values */
    rmf_random_normal(key, 0, 0, x, (size_t)values);
    RMF_TRY(upload(n->device, rmf_node_value(n->net.x), x, values));
    rmf_random_uniform(key, 1, 0, x, (size_t)a->rows);
    RMF_TRY(upload(n->device, rmf_node_value(n->net.t), x, a->rows));
    rmf_random_uniform(key, 2, 0, x, (size_t)a->rows);
    RMF_TRY(upload(n->device, rmf_node_value(n->net.noise), x, a->rows));
    rmf_random_normal(key, 3, 0, x, (size_t)values);
    for (int64_t i = 0; i < values; i++)
        x[i] *= 0.01f;
    return RMF_OK;
}

rmf_status rmf_bench_net_open(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    rmf_net_shape shape = {.rows = a->rows, .rank = a->shape->rank, .bank_rows = a->branches};
    memcpy(shape.shape, a->shape->shape, sizeof shape.shape);
    *n = (rmf_bench_net){.device = a->device};
    RMF_TRY(rmf_settings_create(&n->settings));
    RMF_TRY(rmf_settings_put(n->settings, "net.name", a->shape->net, "bench"));
    if (a->shape->attention)
        RMF_TRY(rmf_settings_put(n->settings, "net.attention", a->shape->attention, "bench"));
    RMF_TRY(rmf_net_settings_check(n->settings));
    RMF_TRY(rmf_params_create(a->device, a->branches, &n->params));
    RMF_TRY(rmf_net_build(n->params, n->settings, &shape, a->training, &n->net));
    RMF_TRY(rmf_alloc((size_t)a->rows, sizeof *n->segments, (void **)&n->segments));
    RMF_TRY(
        rmf_alloc((size_t)(a->rows * n->net.features), sizeof *n->gradient, (void **)&n->gradient));
    RMF_TRY(spread(a, n));
    if (!a->blank) RMF_TRY(rmf_bench_fill_weights(n->device, n->params, a->seed));
    if (!a->blank) RMF_TRY(fill_batch(a, n));
    if (!a->training) return RMF_OK;
    rmf_optimizer_options options;
    rmf_optimizer_options_init(&options);
    options.ema = 0.999;
    return rmf_optimizer_create(n->params, &options, &n->optimizer);
}

void rmf_bench_net_close(rmf_bench_net *n)
{
    rmf_optimizer_free(n->optimizer);
    rmf_net_free(&n->net);
    rmf_params_free(n->params);
    rmf_settings_free(n->settings);
    rmf_free(n->segments);
    rmf_free(n->gradient);
    *n = (rmf_bench_net){0};
}

rmf_status rmf_bench_net_forward(rmf_bench_net *n)
{
    RMF_TRY(rmf_tape_set_segments(n->net.tape, n->segments, n->n_segments));
    return rmf_tape_forward(n->net.tape);
}

rmf_status rmf_bench_net_backward(rmf_bench_net *n)
{
    RMF_TRY(upload(n->device, rmf_node_gradient(n->net.output), n->gradient,
                   n->net.rows * n->net.features));
    return rmf_tape_backward(n->net.tape);
}

rmf_status rmf_bench_net_step(void *context)
{
    rmf_bench_net *n = context;
    rmf_step_report report;
    RMF_TRY(rmf_bench_net_forward(n));
    RMF_TRY(rmf_bench_net_backward(n));
    /* so small a rate that the weights stay as they are, however many runs */
    return rmf_optimizer_step(n->optimizer, n->net.tape, 1e-9, &report);
}
