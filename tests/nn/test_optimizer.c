/* tests/nn/test_optimizer.c – Adam(W) against PyTorch, rows that rest, averages, clipping,
 * skipping. */
#include "nn/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 5
#define SHARED 4
#define BANK_ROWS 3

/* y = x + b[row], y2 = z + s: gradients of parameters are the sums of what is put at the output. */
struct model {
    rmf_device *dev;
    rmf_params *params;
    rmf_tape *t;
    rmf_node *y, *bank, *shared;
    rmf_optimizer *optimizer;
};

static struct model open_model(rmf_device *dev, const rmf_optimizer_options *options)
{
    struct model m = {.dev = dev};
    assert_ok(rmf_params_create(dev, BANK_ROWS, &m.params));
    assert_ok(rmf_tape_create(m.params, true, &m.t));
    rmf_node *x = rmf_input(m.t, "x", 2, (int64_t[]){2, WIDTH});
    rmf_node *z = rmf_input(m.t, "z", 2, (int64_t[]){2, SHARED});
    m.bank = rmf_bank(m.t, "bank", 1, (int64_t[]){WIDTH}, small_normal);
    m.shared = rmf_parameter(m.t, "shared", 1, (int64_t[]){SHARED}, small_normal);
    m.y = rmf_concat(m.t, rmf_add_bias(m.t, x, m.bank), rmf_add_bias(m.t, z, m.shared));
    assert_ok(rmf_tape_compile(m.t, m.y));
    for (int r = 0; r < BANK_ROWS; r++)
        fill_value(m.bank->value + r * WIDTH, WIDTH, 1 + r);
    fill_value(m.shared->value, SHARED, 7);
    assert_ok(rmf_optimizer_create(m.params, options, &m.optimizer));
    return m;
}

static void close_model(struct model *m)
{
    rmf_optimizer_free(m->optimizer);
    rmf_tape_free(m->t);
    rmf_params_free(m->params);
}

/* The schedule of tools/golden/nn.py: one or two bank rows a step, gradients by formula. */
static void set_gradients(struct model *m, int step)
{
    const int one = step % 2, two = step % 4 == 3 ? 2 : one;
    assert_ok(rmf_tape_set_segments(m->t, (rmf_segment[]){{two, 0, 1}, {one, 1, 1}}, 2));
    assert_ok(rmf_tape_forward(m->t));
    float *row = m->y->grad, *next = row + WIDTH + SHARED;
    memset(row, 0, sizeof(float) * 2 * (WIDTH + SHARED));
    fill_value(row, WIDTH, 20 + step + 3 * two);
    if (one != two) fill_value(next, WIDTH, 20 + step + 3 * one);
    fill_value(row + WIDTH, SHARED, 40 + step);
    assert_ok(rmf_tape_backward(m->t));
}

static rmf_step_report step_model(struct model *m, int step, double rate)
{
    rmf_step_report report;
    set_gradients(m, step);
    assert_ok(rmf_optimizer_step(m->optimizer, m->t, rate, &report));
    return report;
}

static rmf_optimizer_options plain(void)
{
    rmf_optimizer_options o;
    rmf_optimizer_options_init(&o);
    o.clip = o.ema = 0;
    return o;
}

static void golden_run(rmf_device *dev, const char *golden, const char *kind,
                       const rmf_optimizer_options *options)
{
    struct model m = open_model(dev, options);
    float norms[12];
    char key[32];
    for (int step = 0; step < 12; step++)
        norms[step] = (float)step_model(&m, step, 0.05).gradient_norm;
    golden_compare(golden, strcat(strcpy(key, kind), ".rows"), m.bank->value, BANK_ROWS * WIDTH);
    golden_compare(golden, strcat(strcpy(key, kind), ".shared"), m.shared->value, SHARED);
    golden_compare(golden, strcat(strcpy(key, kind), ".norms"), norms, 12);
    const double *counters = rmf_optimizer_counters(m.optimizer);
    assert_int_equal(rmf_optimizer_counter_count(m.optimizer), 3 + 2 * 4);
    const double steps[] = {6, 6, 3, 12};
    for (int i = 0; i < 4; i++)
        assert_true(counters[3 + i] == steps[i]);
    close_model(&m);
}

static void trajectories(void **state)
{
    (void)state;
    char *golden = golden_read();
    const char *name = NULL;
    rmf_device *dev = NULL;
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        rmf_optimizer_options o = plain();
        o.beta2 = 0.99;
        golden_run(dev, golden, "adam", &o);
        o = plain();
        o.epsilon = 1e-6;
        o.weight_decay = 0.2;
        o.clip = 1.5;
        golden_run(dev, golden, "adamw", &o);
        rmf_device_close(dev);
    }
    free(golden);
}

/* A row without samples is left alone, to the byte: weights, moments, gradient, steps. */
static void resting_rows(void **state)
{
    rmf_optimizer_options o = plain();
    o.weight_decay = 0.5;
    struct model m = open_model(*state, &o);
    for (int step = 0; step < 4; step++)
        step_model(&m, step, 0.1);
    float before[4][WIDTH];
    float *rows[4] = {m.bank->value + 2 * WIDTH, m.bank->grad + 2 * WIDTH,
                      rmf_optimizer_moment(m.optimizer, 0) + m.bank->param->info.offset + 2 * WIDTH,
                      rmf_optimizer_moment(m.optimizer, 1) + m.bank->param->info.offset +
                          2 * WIDTH};
    for (int i = 0; i < 4; i++)
        memcpy(before[i], rows[i], sizeof before[i]);
    for (int step = 0; step < 3; step++) /* these steps do not use row 2 */
        step_model(&m, step, 0.1);
    for (int i = 0; i < 4; i++)
        assert_memory_equal(before[i], rows[i], sizeof before[i]);
    assert_true(before[2][0] != 0 && rmf_optimizer_counters(m.optimizer)[3 + 2] == 1);
    assert_null(rmf_optimizer_ema(m.optimizer));
    assert_null(rmf_optimizer_moment(m.optimizer, 2));
    close_model(&m);
}

/* The dense average, every weight every step, in double. */
static void dense_average(double *average, const float *w, int64_t count, double decay)
{
    for (int64_t i = 0; i < count; i++)
        average[i] = decay * average[i] + (1 - decay) * w[i];
}

static void average_run(rmf_device *dev, double warmup)
{
    rmf_optimizer_options o = plain();
    o.ema = 0.9;
    o.ema_warmup = warmup;
    struct model m = open_model(dev, &o), other = open_model(dev, &o);
    const int64_t elements = rmf_params_elements(m.params);
    double *dense = malloc((size_t)elements * sizeof *dense);
    float *read = malloc((size_t)elements * sizeof *read);
    for (int64_t i = 0; i < elements; i++)
        dense[i] = rmf_params_values(m.params)[i];
    for (int step = 0; step < 40; step++) {
        step_model(&m, step, 0.1);
        step_model(&other, step, 0.1);
        const double rising = warmup > 0 ? (1 + step) / (warmup + step) : 1;
        dense_average(dense, rmf_params_values(m.params), elements, fmin(0.9, rising));
        /* Looking does not touch the state; settling does, but not what it means. */
        assert_ok(rmf_optimizer_read_ema(m.optimizer, read));
        if (step % 7 == 0) assert_ok(rmf_optimizer_settle(other.optimizer));
        for (int64_t i = 0; i < elements; i++)
            assert_true(fabs(read[i] - dense[i]) <= 1e-6);
    }
    assert_ok(rmf_optimizer_settle(m.optimizer));
    assert_ok(rmf_optimizer_settle(other.optimizer));
    for (int64_t i = 0; i < elements; i++) {
        assert_true(fabs(rmf_optimizer_ema(m.optimizer)[i] - dense[i]) <= 1e-6);
        assert_true(fabs(rmf_optimizer_ema(other.optimizer)[i] - dense[i]) <= 1e-6);
        assert_true(fabs(rmf_optimizer_ema(m.optimizer)[i] - read[i]) <= 1e-7);
    }
    free(read);
    free(dense);
    close_model(&m);
    close_model(&other);
}

static void average(void **state)
{
    (void)state;
    const char *name = NULL;
    rmf_device *dev = NULL;
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        average_run(dev, 0);
        average_run(dev, 10);
        rmf_device_close(dev);
    }
}

/* A copy of the state goes on to the same bytes: what a checkpoint needs. */
static void state_is_complete(void **state)
{
    rmf_optimizer_options o = plain();
    o.ema = 0.9;
    struct model a = open_model(*state, &o), b = open_model(*state, &o);
    for (int step = 0; step < 9; step++)
        step_model(&a, step, 0.1);
    const size_t bytes = (size_t)rmf_params_elements(a.params) * sizeof(float);
    const size_t counters = (size_t)rmf_optimizer_counter_count(a.optimizer) * sizeof(double);
    memcpy(rmf_params_values(b.params), rmf_params_values(a.params), bytes);
    memcpy(rmf_optimizer_ema(b.optimizer), rmf_optimizer_ema(a.optimizer), bytes);
    for (int i = 0; i < 2; i++)
        memcpy(rmf_optimizer_moment(b.optimizer, i), rmf_optimizer_moment(a.optimizer, i), bytes);
    memcpy(rmf_optimizer_counters(b.optimizer), rmf_optimizer_counters(a.optimizer), counters);
    for (int step = 9; step < 20; step++) {
        step_model(&a, step, 0.1);
        step_model(&b, step, 0.1);
    }
    assert_memory_equal(rmf_params_values(a.params), rmf_params_values(b.params), bytes);
    assert_memory_equal(rmf_optimizer_ema(a.optimizer), rmf_optimizer_ema(b.optimizer), bytes);
    assert_memory_equal(rmf_optimizer_counters(a.optimizer), rmf_optimizer_counters(b.optimizer),
                        counters);
    close_model(&a);
    close_model(&b);
}

/* A gradient that is not finite changes nothing but the counter of such steps. */
static void skipped_steps(void **state)
{
    rmf_optimizer_options o = plain();
    o.ema = 0.9;
    struct model a = open_model(*state, &o), b = open_model(*state, &o);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int step = 0; step < 12; step++) {
        if (step % 4 == 1) {
            rmf_step_report report;
            set_gradients(&a, step);
            a.shared->grad[2] = bad[step / 4];
            assert_ok(rmf_optimizer_step(a.optimizer, a.t, 0.1, &report));
            assert_true(report.skipped && !isfinite(report.gradient_norm));
        }
        assert_false(step_model(&a, step, 0.1).skipped);
        step_model(&b, step, 0.1);
    }
    const size_t bytes = (size_t)rmf_params_elements(a.params) * sizeof(float);
    assert_memory_equal(rmf_params_values(a.params), rmf_params_values(b.params), bytes);
    assert_memory_equal(rmf_optimizer_ema(a.optimizer), rmf_optimizer_ema(b.optimizer), bytes);
    assert_int_equal(rmf_optimizer_skipped(a.optimizer), 3);
    assert_int_equal(rmf_optimizer_skipped(b.optimizer), 0);
    close_model(&a);
    close_model(&b);
}

/* Frozen spans keep every byte, even under weight decay and settling. */
static void frozen_spans(void **state)
{
    rmf_optimizer_options o = plain();
    o.ema = 0.9;
    o.weight_decay = 0.1;
    struct model m = open_model(*state, &o);
    for (int step = 0; step < 4; step++)
        step_model(&m, step, 0.1);
    const int64_t at = m.bank->param->info.offset + WIDTH, other = m.shared->param->info.offset;
    float *arenas[] = {rmf_params_values(m.params), rmf_optimizer_ema(m.optimizer),
                       rmf_optimizer_moment(m.optimizer, 0), rmf_optimizer_moment(m.optimizer, 1)};
    float before[4][WIDTH + SHARED];
    for (int i = 0; i < 4; i++) {
        memcpy(before[i], arenas[i] + at, WIDTH * sizeof(float));
        memcpy(before[i] + WIDTH, arenas[i] + other, SHARED * sizeof(float));
    }
    rmf_params_freeze(m.params, 1, true);
    rmf_params_freeze(m.params, -1, true);
    const float free_before = m.bank->value[0];
    for (int step = 0; step < 8; step++)
        step_model(&m, step, 0.1);
    assert_ok(rmf_optimizer_settle(m.optimizer));
    for (int i = 0; i < 4; i++) {
        assert_memory_equal(before[i], arenas[i] + at, WIDTH * sizeof(float));
        assert_memory_equal(before[i] + WIDTH, arenas[i] + other, SHARED * sizeof(float));
    }
    assert_true(m.bank->value[0] != free_before);
    close_model(&m);
}

static void assert_refused(rmf_status status, const char *words)
{
    assert_true(status == RMF_ERR_ARGUMENT);
    if (!strstr(rmf_message(), words)) fail_msg("\"%s\" lacks \"%s\"", rmf_message(), words);
}

static void refusals(void **state)
{
    rmf_optimizer_options o = plain();
    struct model m = open_model(*state, &o), other = open_model(*state, &o);
    rmf_step_report report;
    assert_refused(rmf_optimizer_step(m.optimizer, m.t, 0.1, &report), "run its backward");
    set_gradients(&other, 0);
    assert_refused(rmf_optimizer_step(m.optimizer, other.t, 0.1, &report), "other parameters");
    set_gradients(&m, 0);
    assert_refused(rmf_optimizer_step(m.optimizer, m.t, NAN, &report), "learning rate nan");
    assert_refused(rmf_optimizer_step(m.optimizer, m.t, -1, &report), "learning rate -1");
    float out[64];
    assert_refused(rmf_optimizer_read_ema(m.optimizer, out), "without an average");
    rmf_optimizer *none = NULL;
    o.beta1 = 1;
    assert_refused(rmf_optimizer_create(m.params, &o, &none), "beta1 1");
    o = plain();
    o.clip = NAN;
    assert_refused(rmf_optimizer_create(m.params, &o, &none), "clip nan");
    rmf_params *empty = NULL;
    o = plain();
    assert_ok(rmf_params_create(*state, 1, &empty));
    assert_refused(rmf_optimizer_create(empty, &o, &none), "no tape was compiled");
    assert_null(none);
    rmf_params_free(empty);
    rmf_optimizer_free(NULL);
    close_model(&m);
    close_model(&other);
}

static void schedules(void **state)
{
    (void)state;
    const double accuracy = 1e-12;
    assert_true(fabs(rmf_schedule("constant", 0, 100, 0) - 1) < accuracy);
    assert_true(fabs(rmf_schedule("constant", 99, 100, 10) - 1) < accuracy);
    assert_true(fabs(rmf_schedule("constant", 0, 100, 10) - 0.1) < accuracy);
    assert_true(fabs(rmf_schedule("cosine", 9, 100, 10) - 1) < accuracy);
    assert_true(fabs(rmf_schedule("cosine", 10, 100, 10) - 1) < accuracy);
    assert_true(fabs(rmf_schedule("cosine", 55, 100, 10) - 0.5) < accuracy);
    assert_true(fabs(rmf_schedule("cosine", 25, 100, 0) - 0.5 * (1 + sqrt(0.5))) < accuracy);
    assert_true(rmf_schedule("cosine", 100, 100, 10) == 0);
    assert_true(rmf_schedule("cosine", 5, 5, 5) == 0);
    assert_true(rmf_schedule("cosine", -3, 100, 0) == 1);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectories),  cmocka_unit_test(resting_rows),
        cmocka_unit_test(average),       cmocka_unit_test(state_is_complete),
        cmocka_unit_test(skipped_steps), cmocka_unit_test(frozen_spans),
        cmocka_unit_test(refusals),      cmocka_unit_test(schedules)};
    return cmocka_run_group_tests(tests, open_ref, close_ref);
}
