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

/* Rows spread over the branches as a training batch is: at random, some branches without any; in a
 * tree of more than train.branches (20, its default) from so many, with equal shares. */
static rmf_status spread(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    enum { MOST = 20 };
    int64_t *count = NULL, first = 0;
    RMF_TRY(rmf_alloc((size_t)a->branches, sizeof *count, (void **)&count));
    const rmf_key key = rmf_key_make(a->seed, RMF_STREAM_BATCH);
    for (int64_t r = 0; a->training && r < a->rows; r++) {
        const uint64_t branches = (uint64_t)a->branches;
        if (a->branches > MOST)
            count[r % MOST * a->branches / MOST]++;
        else
            count[rmf_random_below(key, (uint64_t)r, 0, branches)]++;
    }
    if (!a->training) count[0] = a->rows;
    for (int64_t b = 0; b < a->branches; b++) {
        if (count[b] == 0) continue;
        n->segments[n->batch.n_segments++] = (rmf_segment){b, first, count[b]};
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

static void fill_batch(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    const rmf_key key = rmf_key_make(a->seed, RMF_STREAM_NOISE);
    const int64_t values = n->rows * n->features;
    rmf_random_normal(key, 0, 0, n->x, (size_t)values);
    rmf_random_uniform(key, 1, 0, n->t, (size_t)n->rows);
    rmf_random_uniform(key, 2, 0, n->noise, (size_t)n->rows);
    rmf_random_normal(key, 3, 0, n->gradient, (size_t)values);
    for (int64_t i = 0; i < values; i++)
        n->gradient[i] *= 0.01f;
}

static rmf_status alloc_batch(rmf_bench_net *n)
{
    const size_t rows = (size_t)n->rows, values = rows * (size_t)n->features;
    RMF_TRY(rmf_alloc(rows, sizeof *n->segments, (void **)&n->segments));
    RMF_TRY(rmf_alloc(values, sizeof *n->x, (void **)&n->x));
    RMF_TRY(rmf_alloc(rows, sizeof *n->t, (void **)&n->t));
    RMF_TRY(rmf_alloc(rows, sizeof *n->noise, (void **)&n->noise));
    RMF_TRY(rmf_alloc(values, sizeof *n->output, (void **)&n->output));
    RMF_TRY(rmf_alloc(values, sizeof *n->gradient, (void **)&n->gradient));
    n->batch = (rmf_team_batch){.x = n->x, .t = n->t, .noise = n->noise, .segments = n->segments};
    return RMF_OK;
}

rmf_status rmf_bench_net_open(const rmf_bench_net_args *a, rmf_bench_net *n)
{
    rmf_net_shape shape = {.rows = a->rows, .rank = a->shape->rank, .bank_rows = a->branches};
    memcpy(shape.shape, a->shape->shape, sizeof shape.shape);
    *n = (rmf_bench_net){.device = a->device, .rows = a->rows, .features = 1};
    for (int i = 0; i < shape.rank; i++)
        n->features *= shape.shape[i];
    RMF_TRY(rmf_settings_create(&n->settings));
    RMF_TRY(rmf_settings_put(n->settings, "net.name", a->shape->net, "bench"));
    if (a->shape->attention)
        RMF_TRY(rmf_settings_put(n->settings, "net.attention", a->shape->attention, "bench"));
    RMF_TRY(rmf_net_settings_check(n->settings));
    RMF_TRY(rmf_params_create(a->device, a->branches, &n->params));
    RMF_TRY(rmf_team_create(n->params, n->settings, &shape, a->training, &n->team));
    RMF_TRY(alloc_batch(n));
    RMF_TRY(spread(a, n));
    if (!a->blank) RMF_TRY(rmf_bench_fill_weights(n->device, n->params, a->seed));
    if (!a->blank) fill_batch(a, n);
    if (!a->training) return RMF_OK;
    rmf_optimizer_options options;
    rmf_optimizer_options_init(&options);
    options.ema = 0.999;
    return rmf_optimizer_create(n->params, &options, &n->optimizer);
}

void rmf_bench_net_close(rmf_bench_net *n)
{
    rmf_optimizer_free(n->optimizer);
    rmf_team_free(n->team);
    rmf_params_free(n->params);
    rmf_settings_free(n->settings);
    void *blocks[] = {n->segments, n->x, n->t, n->noise, n->output, n->gradient};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rmf_free(blocks[i]);
    *n = (rmf_bench_net){0};
}

rmf_status rmf_bench_net_forward(rmf_bench_net *n)
{
    return rmf_team_forward(n->team, &n->batch, n->output);
}

rmf_status rmf_bench_net_backward(rmf_bench_net *n)
{
    return rmf_team_backward(n->team, n->gradient);
}

rmf_status rmf_bench_net_step(void *context)
{
    rmf_bench_net *n = context;
    rmf_step_report report;
    RMF_TRY(rmf_bench_net_forward(n));
    RMF_TRY(rmf_bench_net_backward(n));
    /* so small a rate that the weights stay as they are, however many runs */
    return rmf_optimizer_step(n->optimizer, rmf_team_tape(n->team), 1e-9, &report);
}
