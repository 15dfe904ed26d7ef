/** bench/bench_step.c – one training step (forward, backward, clip, Adam, EMA) with 1, 19 and 500
 * branches: one head a sample should make them cost the same. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "ramify/net.h"

enum { ROWS = 128 };

typedef struct stepper {
    rmf_device *device;
    rmf_settings *settings;
    rmf_params *params;
    rmf_net net;
    rmf_optimizer *optimizer;
    rmf_segment segments[ROWS];
    int64_t n_segments;
} stepper;

/* ROWS samples spread over the branches as a random batch is: sorted, some branches without any. */
static void spread(stepper *s, int64_t branches)
{
    int64_t count[512] = {0};
    const rmf_key key = rmf_key_make(0, RMF_STREAM_BATCH);
    for (uint64_t r = 0; r < ROWS; r++)
        count[rmf_random_below(key, r, 0, (uint64_t)branches)]++;
    int64_t first = 0;
    s->n_segments = 0;
    for (int64_t b = 0; b < branches; b++) {
        if (count[b] == 0) continue;
        s->segments[s->n_segments++] = (rmf_segment){b, first, count[b]};
        first += count[b];
    }
}

static bool one_step(void *context)
{
    stepper *s = context;
    rmf_step_report report;
    return rmf_tape_set_segments(s->net.tape, s->segments, s->n_segments) == RMF_OK &&
           rmf_tape_forward(s->net.tape) == RMF_OK &&
           (memset(rmf_node_gradient(s->net.output), 0x3c,
                   (size_t)(ROWS * s->net.features) * sizeof(float)),
            true) &&
           rmf_tape_backward(s->net.tape) == RMF_OK &&
           rmf_optimizer_step(s->optimizer, s->net.tape, 1e-9, &report) == RMF_OK;
}

static bool prepare(stepper *s, const char *net, const rmf_net_shape *shape)
{
    rmf_optimizer_options options;
    rmf_optimizer_options_init(&options);
    options.ema = 0.999;
    bool good = rmf_settings_create(&s->settings) == RMF_OK &&
                rmf_settings_put(s->settings, "net.name", net, "bench") == RMF_OK &&
                rmf_net_settings_check(s->settings) == RMF_OK &&
                rmf_device_open("auto", &s->device) == RMF_OK &&
                rmf_params_create(s->device, shape->bank_rows, &s->params) == RMF_OK &&
                rmf_net_build(s->params, s->settings, shape, true, &s->net) == RMF_OK &&
                rmf_params_initialise(s->params, 0) == RMF_OK &&
                rmf_optimizer_create(s->params, &options, &s->optimizer) == RMF_OK;
    if (!good) return false;
    const rmf_key key = rmf_key_make(1, RMF_STREAM_NOISE);
    rmf_random_normal(key, 0, 0, rmf_node_value(s->net.x), (size_t)(ROWS * s->net.features));
    rmf_random_uniform(key, 1, 0, rmf_node_value(s->net.t), ROWS);
    rmf_random_uniform(key, 2, 0, rmf_node_value(s->net.noise), ROWS);
    return true;
}

static bool bench_net(const char *net, const rmf_net_shape *like, int64_t branches)
{
    stepper s = {0};
    char name[96];
    rmf_net_shape shape = *like;
    shape.rows = ROWS;
    shape.bank_rows = branches;
    snprintf(name, sizeof name, "step %s branches %lld", net, (long long)branches);
    bool good = prepare(&s, net, &shape);
    if (good) {
        spread(&s, branches);
        good = bench_row(name, one_step, &s, ROWS, "samples");
    } else {
        fprintf(stderr, "%s: %s\n", name, rmf_message());
    }
    rmf_optimizer_free(s.optimizer);
    rmf_net_free(&s.net);
    rmf_params_free(s.params);
    rmf_device_close(s.device);
    rmf_settings_free(s.settings);
    return good;
}

int main(void)
{
    static const int64_t branches[] = {1, 19, 500};
    static const struct {
        const char *net;
        rmf_net_shape shape;
    } nets[] = {{"paper-unet", {.rank = 3, .shape = {28, 28, 1}}},
                {"unet", {.rank = 3, .shape = {28, 28, 1}}},
                {"tabular", {.rank = 1, .shape = {16, 1, 1}}}};
    bool good = true;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (size_t b = 0; b < sizeof branches / sizeof *branches; b++)
            good = bench_net(nets[n].net, &nets[n].shape, branches[b]) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
