/* tests/net/test_steady.c – after its first step training allocates nothing and makes no oneDNN
 * primitive, however the branches of the samples change from step to step.
 *
 * The linker sends the library's calls of aligned_alloc(), on which rmf_alloc() stands, to this
 * file (tests/net/CMakeLists.txt). */
#include "net_case.h"

#include "device/cpu/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 48, BANK_ROWS = 20, STEPS = 12 };

static int64_t allocations;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

static void ok(rmf_status status)
{
    if (status != RMF_OK) fail_msg("%s", rmf_message());
}

/* Rows are cut at random places; step 0 has no segment of many rows. */
static int64_t draw_segments(uint64_t step, rmf_segment *segments)
{
    const rmf_key key = rmf_key_make(4, step);
    const uint64_t most = step == 0 ? 4 : 1 + rmf_random_below(key, 0, 1, ROWS);
    int64_t count = 0;
    for (int64_t first = 0; first < ROWS; count++) {
        const int64_t length = 1 + (int64_t)rmf_random_below(key, (uint64_t)count, 2, most);
        const int64_t rest = ROWS - first;
        segments[count] = (rmf_segment){(int64_t)(step + (uint64_t)count) % BANK_ROWS, first,
                                        length < rest ? length : rest};
        first += length;
    }
    return count;
}

static void train_step(rmf_net *net, rmf_optimizer *optimizer, uint64_t step)
{
    rmf_segment segments[ROWS];
    rmf_step_report report;
    ok(rmf_tape_set_segments(net->tape, segments, draw_segments(step, segments)));
    ok(rmf_tape_forward(net->tape));
    fill_value("dy", 1e-3, rmf_node_gradient(net->output), net->rows * net->features);
    ok(rmf_tape_backward(net->tape));
    ok(rmf_optimizer_step(optimizer, net->tape, 1e-3, &report));
}

static void run_network(rmf_device *device, const char *text, int rank, const int64_t *shape)
{
    rmf_settings *settings = NULL;
    rmf_params *params = NULL;
    rmf_net net = {0};
    rmf_optimizer *optimizer = NULL;
    rmf_optimizer_options options;
    rmf_net_shape sizes = {.rank = rank, .rows = ROWS, .bank_rows = BANK_ROWS};
    memcpy(sizes.shape, shape, sizeof sizes.shape);
    rmf_optimizer_options_init(&options);
    options.ema = 0.99;
    ok(settings_of(text, &settings));
    ok(rmf_params_create(device, BANK_ROWS, &params));
    ok(rmf_net_build(params, settings, &sizes, true, &net));
    fill_parameters(params);
    ok(rmf_optimizer_create(params, &options, &optimizer));
    fill_value("x", 1, rmf_node_value(net.x), ROWS * net.features);
    fill_value("t", 0.5, rmf_node_value(net.t), ROWS);
    fill_value("noise", 1, rmf_node_value(net.noise), ROWS);
    int64_t blocks = 0, primitives = 0;
    for (uint64_t step = 0; step < STEPS; step++) {
        train_step(&net, optimizer, step);
        const int64_t made = ((rmf_cpu *)(void *)device)->primitives_made;
        if (step > 0 && (allocations != blocks || made != primitives))
            fail_msg("%s, step %d: %d allocations, %d primitives", text, (int)step,
                     (int)(allocations - blocks), (int)(made - primitives));
        blocks = allocations;
        primitives = made;
    }
    rmf_optimizer_free(optimizer);
    rmf_net_free(&net);
    rmf_params_free(params);
    rmf_settings_free(settings);
}

static void a_step_makes_nothing(void **state)
{
    (void)state;
    rmf_threads_set(1); /* the networks are too small to gain from more */
    static const struct {
        const char *settings;
        int rank;
        int64_t shape[3];
    } cases[] = {
        {"net.name=unet;net.widths=16,24;net.skips=add", 3, {12, 12, 1}},
        {"net.name=unet;net.widths=8,12,16;net.attention=1;net.banks=film,decoder", 3, {12, 10, 2}},
        {"net.name=unet;net.widths=8,12;net.patch=2;net.conditioning=shift;net.banks=last",
         3,
         {12, 12, 1}},
        {"net.name=paper-unet", 3, {28, 28, 1}},
        {"net.name=tabular;net.width=24;net.banks=film,adapter,block,head", 1, {7, 1, 1}},
        {"net.name=paper-tabular", 1, {16, 1, 1}},
    };
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        rmf_device *device = NULL; /* a new one, which owns nothing yet */
        ok(rmf_device_open("cpu", &device));
        ok(rmf_device_set_type(device, i % 2 ? "auto" : "f32"));
        const int64_t before = allocations;
        run_network(device, cases[i / 2].settings, cases[i / 2].rank, cases[i / 2].shape);
        assert_true(allocations > before); /* so they are counted */
        rmf_device_close(device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_makes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
