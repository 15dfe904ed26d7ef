/* tests/net/test_team.c – a batch cut over threads gives what one tape gives: output, gradients of
 * every parameter, and which of them the optimiser steps. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 17, THREADS = 4 };

typedef struct result {
    float *output, *gradients;
    double norm;
    int parts;
} result;

/* Cuts fall inside the second, the third and again the third segment; row 0 of the banks rests. */
static const rmf_segment segments[] = {{1, 0, 2}, {2, 2, 3}, {4, 5, 10}, {5, 15, 2}};
static const rmf_segment all = {0, 0, ROWS}; /* of a case without banks */

static int64_t bank_rows(const net_case *c)
{
    return c->bank_rows > 1 ? 6 : 1;
}

static void run(const net_case *c, int threads, result *out)
{
    fixture f = {0};
    rmf_team *team = NULL;
    rmf_optimizer *optimizer = NULL;
    rmf_optimizer_options options;
    rmf_step_report report;
    rmf_net_shape shape = {.rows = ROWS, .rank = c->rank, .bank_rows = bank_rows(c)};
    memcpy(shape.shape, c->shape, sizeof shape.shape);
    rmf_threads_set(threads);
    assert_int_equal(settings_of(c->settings, &f.settings), RMF_OK);
    assert_int_equal(rmf_device_open("cpu", &f.device), RMF_OK);
    assert_int_equal(rmf_params_create(f.device, bank_rows(c), &f.params), RMF_OK);
    if (rmf_team_create(f.params, f.settings, &shape, true, &team) != RMF_OK)
        fail_msg("%s: %s", c->name, rmf_message());
    out->parts = rmf_team_parts(team);
    assert_int_equal(rmf_params_initialise(f.params, 1), RMF_OK);
    fill_parameters(f.params);

    int64_t features = 1;
    for (int i = 0; i < c->rank; i++)
        features *= c->shape[i];
    const size_t values = (size_t)(ROWS * features),
                 elements = (size_t)rmf_params_elements(f.params);
    float *x = malloc(values * sizeof *x), t[ROWS], noise[ROWS];
    out->output = malloc(values * sizeof *x);
    out->gradients = malloc(elements * sizeof *x);
    assert_true(x && out->output && out->gradients);
    const rmf_team_batch batch = {x, t, noise, bank_rows(c) > 1 ? segments : &all,
                                  bank_rows(c) > 1 ? 4 : 1};
    rmf_optimizer_options_init(&options);
    assert_int_equal(rmf_optimizer_create(f.params, &options, &optimizer), RMF_OK);
    for (int step = 0; step < 2; step++) { /* the second overwrites what the first left */
        fill_value(step ? "x" : "other", 1.7, x, (int64_t)values);
        fill_value("noise", 1.2, noise, ROWS);
        fill_value("t", 0.5, t, ROWS);
        assert_int_equal(rmf_team_forward(team, &batch, out->output), RMF_OK);
        fill_value("gradient", 0.1, x, (int64_t)values);
        assert_int_equal(rmf_team_backward(team, x), RMF_OK);
        assert_int_equal(rmf_optimizer_step(optimizer, rmf_team_tape(team), 0, &report), RMF_OK);
    }
    memcpy(out->gradients, rmf_params_gradients(f.params), elements * sizeof *x);
    out->norm = report.gradient_norm;
    free(x);
    rmf_optimizer_free(optimizer);
    rmf_team_free(team);
    fixture_close(&f);
}

static void assert_alike(const char *what, const float *a, const float *b, size_t count)
{
    double difference = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
        largest = fmax(largest, fabs((double)a[i]));
    }
    if (!(difference <= 1e-4 * largest) || !(largest > 0))
        fail_msg("%s: differ by %g of %g", what, difference, largest);
}

static void parts_give_what_one_tape_gives(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        result one = {0}, many = {0};
        run(c, 1, &one);
        run(c, THREADS, &many);
        assert_int_equal(one.parts, 1);
        assert_int_equal(many.parts, THREADS);
        int64_t features = 1;
        for (int i = 0; i < c->rank; i++)
            features *= c->shape[i];
        fixture f;
        net_case six = *c;
        six.bank_rows = bank_rows(c);
        fixture_open(&f, &six, "cpu", false); /* for the arena's length */
        assert_alike(c->name, one.output, many.output, (size_t)(ROWS * features));
        assert_alike(c->name, one.gradients, many.gradients, (size_t)rmf_params_elements(f.params));
        assert_true(fabs(one.norm - many.norm) <= 1e-4 * one.norm);
        fixture_close(&f);
        free(one.output);
        free(one.gradients);
        free(many.output);
        free(many.gradients);
    }
}

static void few_rows_stay_together(void **state)
{
    (void)state;
    fixture f;
    rmf_team *team = NULL;
    fixture_open(&f, &small_cases[0], "cpu", false);
    rmf_net_shape shape = {.rows = 7, .rank = 1, .shape = {16}, .bank_rows = 3};
    rmf_threads_set(THREADS);
    assert_int_equal(rmf_team_create(f.params, f.settings, &shape, false, &team), RMF_OK);
    assert_int_equal(rmf_team_parts(team), 1);
    rmf_team_free(team);
    fixture_close(&f);
    fixture_open(&f, &small_cases[0], "ref", false); /* one thread by its nature */
    shape.rows = 64;
    assert_int_equal(rmf_team_create(f.params, f.settings, &shape, false, &team), RMF_OK);
    assert_int_equal(rmf_team_parts(team), 1);
    rmf_team_free(team);
    fixture_close(&f);
}

static void unsorted_segments_are_refused(void **state)
{
    (void)state;
    fixture f;
    rmf_team *team = NULL;
    fixture_open(&f, &small_cases[0], "cpu", false);
    rmf_net_shape shape = {.rows = 8, .rank = 1, .shape = {16}, .bank_rows = 3};
    rmf_threads_set(2);
    assert_int_equal(rmf_team_create(f.params, f.settings, &shape, false, &team), RMF_OK);
    float x[8 * 16] = {0}, t[8] = {0}, output[8 * 16];
    const rmf_segment wrong[] = {{2, 0, 4}, {1, 4, 4}}, beyond[] = {{1, 0, 4}, {3, 4, 4}};
    rmf_team_batch batch = {x, t, t, wrong, 2};
    assert_int_equal(rmf_team_forward(team, &batch, output), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "bank row 1 after 2"));
    batch.segments = beyond; /* found by the second part, on its own thread */
    assert_int_equal(rmf_team_forward(team, &batch, output), RMF_ERR_ARGUMENT);
    assert_non_null(strstr(rmf_message(), "bank row 3"));
    rmf_team_free(team);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_give_what_one_tape_gives),
        cmocka_unit_test(few_rows_stay_together),
        cmocka_unit_test(unsorted_segments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
