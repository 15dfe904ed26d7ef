/* tests/nn/test_step.c – what a training step touches: only what its rows use. */
#include "nn/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tally {
    const rmf_device_ops *real;
    int64_t adam, norm, products, filled, allocations;
};
static struct tally tally;

static rmf_status tally_adam(rmf_device *dev, const rmf_adam *args, const rmf_adam_span *spans,
                             int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        tally.adam += spans[i].count;
    return tally.real->adam(dev, args, spans, count);
}

static rmf_status tally_norm(rmf_device *dev, const float *x, int64_t count, double *out)
{
    tally.norm += count;
    return tally.real->sum_squares(dev, x, count, out);
}

static rmf_status tally_matmul(rmf_device *dev, const rmf_matmul *args)
{
    tally.products += args->m * args->n * args->k;
    return tally.real->matmul(dev, args);
}

static rmf_status tally_fill(rmf_device *dev, float *x, float value, int64_t count)
{
    tally.filled += count;
    return tally.real->fill(dev, x, value, count);
}

static rmf_status tally_alloc(rmf_device *dev, size_t bytes, void **out)
{
    tally.allocations++;
    return tally.real->alloc(dev, bytes, out);
}

/* One step of a banked network: 8 rows on two bank rows, of `bank_rows`. */
static struct tally step_cost(rmf_device *dev, int64_t bank_rows)
{
    rmf_params *params = NULL;
    rmf_tape *t = NULL;
    rmf_optimizer *optimizer = NULL;
    rmf_optimizer_options o;
    rmf_optimizer_options_init(&o);
    assert_ok(rmf_params_create(dev, bank_rows, &params));
    assert_ok(rmf_tape_create(params, true, &t));
    rmf_node *x = rmf_input(t, "x", 2, (int64_t[]){8, 6});
    rmf_node *w = rmf_parameter(t, "w", 2, (int64_t[]){6, 9}, small_normal);
    x = rmf_activate(t, rmf_linear(t, x, w, NULL), RMF_SILU);
    x = rmf_linear(t, x, rmf_bank(t, "head", 2, (int64_t[]){9, 5}, small_normal), NULL);
    assert_ok(rmf_tape_compile(t, x));
    assert_ok(rmf_params_initialise(params, 1));
    assert_ok(rmf_optimizer_create(params, &o, &optimizer));
    rmf_device_ops counted = *dev->ops;
    tally = (struct tally){.real = dev->ops};
    counted.adam = tally_adam;
    counted.sum_squares = tally_norm;
    counted.matmul = tally_matmul;
    counted.fill = tally_fill;
    counted.alloc = tally_alloc;
    dev->ops = &counted;
    const rmf_segment two[] = {{0, 0, 3}, {bank_rows - 1, 3, 5}};
    rmf_step_report report;
    assert_ok(rmf_tape_set_segments(t, two, 2));
    assert_ok(rmf_tape_forward(t));
    fill_value(x->grad, rmf_node_count(x), 1);
    assert_ok(rmf_tape_backward(t));
    assert_ok(rmf_optimizer_step(optimizer, t, 0.1, &report));
    dev->ops = tally.real;
    rmf_optimizer_free(optimizer);
    rmf_tape_free(t);
    rmf_params_free(params);
    return tally;
}

static void cost_does_not_grow_with_rows(void **state)
{
    const struct tally few = step_cost(*state, 2), many = step_cost(*state, 500);
    assert_int_equal(few.adam, 6 * 9 + 2 * 9 * 5);
    assert_memory_equal(&few, &many, sizeof few);
    assert_true(few.allocations == 0 && few.filled == 0);
}

/* Two tapes that share one parameter: a step on one leaves the other's own parameter alone. */
static void other_tapes_parameters_rest(void **state)
{
    struct fixture f = open_tape(1, true);
    (void)state;
    rmf_tape *t = f.t, *other = NULL;
    assert_ok(rmf_tape_create(f.params, true, &other));
    rmf_node *y =
        rmf_add_bias(t, rmf_add_bias(t, INPUT(2, 3), PARAMETER("both", 3)), PARAMETER("mine", 3));
    t = other;
    rmf_node *z =
        rmf_add_bias(t, rmf_add_bias(t, INPUT(4, 3), PARAMETER("both", 3)), PARAMETER("theirs", 3));
    assert_ok(rmf_tape_compile(f.t, y));
    assert_ok(rmf_tape_compile(other, z));
    assert_ok(rmf_params_initialise(f.params, 1));
    rmf_optimizer *optimizer = NULL;
    rmf_optimizer_options o;
    rmf_optimizer_options_init(&o);
    assert_ok(rmf_optimizer_create(f.params, &o, &optimizer));
    fill_value(y->grad, 6, 1);
    fill_value(z->grad, 12, 2);
    assert_ok(rmf_tape_backward(f.t));
    rmf_step_report report;
    assert_true(rmf_optimizer_step(optimizer, other, 0.1, &report) == RMF_ERR_ARGUMENT);
    assert_ok(rmf_tape_backward(other));
    assert_true(rmf_optimizer_step(optimizer, f.t, 0.1, &report) == RMF_ERR_ARGUMENT);
    assert_message("run its backward before the step");

    float before[3][3], *now[3];
    const char *const names[] = {"both", "mine", "theirs"};
    for (int i = 0; i < 3; i++) {
        const rmf_param_info *info = rmf_params_info(f.params, rmf_params_find(f.params, names[i]));
        now[i] = rmf_params_values(f.params) + info->offset;
        memcpy(before[i], now[i], sizeof before[i]);
    }
    assert_ok(rmf_optimizer_step(optimizer, other, 0.1, &report));
    assert_true(now[0][0] != before[0][0] && now[2][0] != before[2][0]);
    assert_memory_equal(now[1], before[1], sizeof before[1]);
    rmf_optimizer_free(optimizer);
    rmf_tape_free(other);
    close_tape(&f);
}

/* Gradients (malloc) of w (shared, under a bias that is a bank), b and head (banks) with a segment
 * for every two rows: enough for a device to spread a bank's products over threads. */
static float *many_segments(const char *device, int64_t *count)
{
    enum { SEGMENTS = 100, IN = 64, OUT = 48 };
    rmf_device *dev = NULL;
    rmf_params *params = NULL;
    rmf_tape *t = NULL;
    rmf_segment segments[SEGMENTS];
    assert_ok(rmf_device_open(device, &dev));
    assert_ok(rmf_params_create(dev, SEGMENTS, &params));
    assert_ok(rmf_tape_create(params, true, &t));
    rmf_node *x = INPUT(2 * SEGMENTS, IN);
    rmf_node *y = rmf_linear(t, x, PARAMETER("w", IN, OUT), BANK("b", OUT));
    y = rmf_linear(t, y, BANK("head", OUT, 5), NULL);
    assert_ok(rmf_tape_compile(t, y));
    assert_ok(rmf_params_initialise(params, 1));
    for (int64_t i = 0; i < SEGMENTS; i++)
        segments[i] = (rmf_segment){i, 2 * i, 2};
    assert_ok(rmf_tape_set_segments(t, segments, SEGMENTS));
    fill_normal(x->value, rmf_node_count(x), 1);
    assert_ok(rmf_tape_forward(t));
    fill_normal(y->grad, rmf_node_count(y), 2);
    assert_ok(rmf_tape_backward(t));
    *count = rmf_params_elements(params);
    float *out = malloc((size_t)*count * sizeof *out);
    assert_non_null(out);
    memcpy(out, rmf_params_gradients(params), (size_t)*count * sizeof *out);
    rmf_tape_free(t);
    rmf_params_free(params);
    rmf_device_close(dev);
    return out;
}

static void many_segments_give_the_same_gradients(void **state)
{
    (void)state;
    int64_t count;
    float *expected = many_segments("ref", &count);
    for (int run = 0; run < 20; run++) { /* threads that meet do not meet every time */
        float *found = many_segments("cpu", &count);
        for (int64_t i = 0; i < count; i++)
            assert_true(fabsf(found[i] - expected[i]) < 1e-4f * (1 + fabsf(expected[i])));
        free(found);
    }
    free(expected);
}

static int open_ref(void **state)
{
    return rmf_device_open("ref", (rmf_device **)state) == RMF_OK ? 0 : 1;
}

static int close_ref(void **state)
{
    rmf_device_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cost_does_not_grow_with_rows),
                                       cmocka_unit_test(other_tapes_parameters_rest),
                                       cmocka_unit_test(many_segments_give_the_same_gradients)};
    return cmocka_run_group_tests(tests, open_ref, close_ref);
}
