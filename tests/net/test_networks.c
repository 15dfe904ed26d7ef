/* tests/net/test_networks.c – what holds for every network: finite output, one head a sample,
 * unused bank rows without influence; and the published parameter counts. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void forward(rmf_net *net)
{
    if (rmf_tape_forward(net->tape) != RMF_OK) fail_msg("%s", rmf_message());
}

static float *copy_output(rmf_net *net)
{
    size_t bytes = (size_t)(net->rows * net->features) * sizeof(float);
    float *copy = malloc(bytes);
    assert_non_null(copy);
    memcpy(copy, rmf_node_value(net->output), bytes);
    return copy;
}

static void output_is_finite_and_of_the_right_shape(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        fixture f;
        fixture_open(&f, c, "auto", false);
        forward(&f.net);
        rmf_view view = rmf_node_view(f.net.output), x = rmf_node_view(f.net.x);
        assert_int_equal(view.rank, x.rank);
        assert_memory_equal(view.shape, x.shape, sizeof view.shape);
        assert_int_equal(rmf_view_count(&view), f.net.rows * f.net.features);
        double sum = 0;
        for (int64_t i = 0; i < f.net.rows * f.net.features; i++)
            sum += fabs((double)rmf_node_value(f.net.output)[i]);
        if (!isfinite(sum) || sum < 1e-3) fail_msg("%s: sum of |output| is %g", c->name, sum);
        fixture_close(&f);
    }
}

/* A row of a mixed batch = the same row in a batch of its own. */
static void each_sample_uses_its_own_head(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        fixture f;
        fixture_open(&f, c, "ref", false);
        forward(&f.net);
        rmf_net_shape shape = {.rows = 1, .rank = c->rank, .bank_rows = c->bank_rows};
        memcpy(shape.shape, c->shape, sizeof shape.shape);
        rmf_net one = {0};
        assert_int_equal(rmf_net_build(f.params, f.settings, &shape, true, &one), RMF_OK);
        const int64_t d = f.net.features;
        for (int64_t r = 0; r < f.net.rows; r++) {
            fill_inputs(&one, &c->used[r]);
            memcpy(rmf_node_value(one.x), rmf_node_value(f.net.x) + r * d,
                   (size_t)d * sizeof(float));
            rmf_node_value(one.t)[0] = rmf_node_value(f.net.t)[r];
            rmf_node_value(one.noise)[0] = rmf_node_value(f.net.noise)[r];
            forward(&one);
            for (int64_t i = 0; i < d; i++) {
                float a = rmf_node_value(one.output)[i],
                      b = rmf_node_value(f.net.output)[r * d + i];
                if (fabsf(a - b) > 1e-5f * (1 + fabsf(a)))
                    fail_msg("%s row %d: %g alone, %g mixed", c->name, (int)r, (double)a,
                             (double)b);
            }
        }
        rmf_net_free(&one);
        fixture_close(&f);
    }
}

static void branches_differ(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        if (c->bank_rows == 1) continue;
        fixture f;
        fixture_open(&f, c, "auto", false);
        int32_t other[8];
        for (int i = 0; i < 8; i++)
            other[i] = (int32_t)((c->used[i] + 1) % c->bank_rows);
        forward(&f.net);
        float *before = copy_output(&f.net);
        fill_inputs(&f.net, other);
        forward(&f.net);
        double difference = 0;
        for (int64_t i = 0; i < f.net.rows * f.net.features; i++)
            difference += fabs((double)(before[i] - rmf_node_value(f.net.output)[i]));
        if (difference < 1e-2) fail_msg("%s: %g", c->name, difference);
        free(before);
        fixture_close(&f);
    }
}

static bool is_used(const net_case *c, int64_t row)
{
    for (int64_t r = 0; r < c->rows; r++)
        if (c->used[r] == row) return true;
    return false;
}

/* Fills the unused bank rows of `arena` with NaN (set), or counts the values there that are none.
 */
static int64_t visit_unused(const net_case *c, const rmf_params *params, float *arena, bool set)
{
    int64_t changed = 0;
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *info = rmf_params_info(params, i);
        for (int64_t k = 0; info->bank && k < info->count; k++) {
            float *v = arena + info->offset + k;
            if (is_used(c, k / info->row)) continue;
            if (set) *v = NAN;
            changed += !isnan(*v);
        }
    }
    return changed;
}

static void unused_bank_rows_have_no_influence(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        fixture f;
        fixture_open(&f, c, "auto", true);
        forward(&f.net);
        float *before = copy_output(&f.net);
        const size_t bytes = (size_t)(f.net.rows * f.net.features) * sizeof(float);
        visit_unused(c, f.params, rmf_params_values(f.params), true);
        visit_unused(c, f.params, rmf_params_gradients(f.params), true);
        forward(&f.net);
        assert_memory_equal(before, rmf_node_value(f.net.output), bytes);
        memcpy(rmf_node_gradient(f.net.output), before, bytes);
        assert_int_equal(rmf_tape_backward(f.net.tape), RMF_OK);
        assert_int_equal(visit_unused(c, f.params, rmf_params_gradients(f.params), false), 0);
        free(before);
        fixture_close(&f);
    }
}

static void own_networks_start_at_zero(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        const bool published = strncmp(c->name, "paper", 5) == 0;
        fixture f;
        fixture_open(&f, c, "auto", false);
        assert_int_equal(rmf_params_initialise(f.params, 7), RMF_OK);
        forward(&f.net);
        double sum = 0;
        for (int64_t i = 0; i < f.net.rows * f.net.features; i++)
            sum += fabs((double)rmf_node_value(f.net.output)[i]);
        assert_true(published ? sum > 0 : sum == 0);
        fixture_close(&f);
    }
}

/* Trainable elements: shared ones, and those of one bank row. */
static void count_parameters(const rmf_params *params, int64_t *shared, int64_t *branch)
{
    *shared = *branch = 0;
    for (int i = 0; i < rmf_params_count(params); i++) {
        const rmf_param_info *info = rmf_params_info(params, i);
        if (!info->frozen) *(info->bank ? branch : shared) += info->row;
    }
}

static void parameter_counts_are_the_published_ones(void **state)
{
    (void)state;
    int64_t shared, branch;
    fixture f;
    fixture_open(&f, &small_cases[2], "ref", false);
    count_parameters(f.params, &shared, &branch);
    assert_int_equal(shared, 526944);
    assert_int_equal(branch, 545057);
    fixture_close(&f);
    fixture_open(&f, &small_cases[0], "ref", false);
    count_parameters(f.params, &shared, &branch);
    assert_int_equal(shared, 4 * (256 * 256 + 256) + 16 * 256 + 256);
    assert_int_equal(branch, 256 * 256 + 256 + 256 * 16 + 16);
    fixture_close(&f);
    /* Label-guided: 10 classes and a spare one, as published. */
    net_case guided = small_cases[2];
    guided.settings = "net.name=paper-unet;net.banks=label";
    fixture_open(&f, &guided, "ref", false);
    count_parameters(f.params, &shared, &branch);
    assert_int_equal(branch, 32);
    assert_int_equal(shared + 11 * branch, 1282497);
    fixture_close(&f);
}

/* Values must be those of the documented rule, or the published figures cannot be reached. */
static void published_networks_start_uniform(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, &small_cases[2], "ref", false);
    assert_int_equal(rmf_params_initialise(f.params, 1), RMF_OK);
    const struct {
        const char *name;
        double fan_in;
    } rule[] = {{"encoder2.weight", 9 * 64},
                {"encoder2.time_weight", 9 * 64},
                {"encoder3.time.bias", 2},
                {"decoder2.weight", 9 * 64},
                {"decoder4.bias", 9}};
    for (size_t i = 0; i < sizeof rule / sizeof rule[0]; i++) {
        int index = rmf_params_find(f.params, rule[i].name);
        assert_true(index >= 0);
        const rmf_param_info *info = rmf_params_info(f.params, index);
        double bound = 1 / sqrt(rule[i].fan_in), most = 0;
        for (int64_t k = 0; k < info->count; k++)
            most = fmax(most, fabs((double)rmf_params_values(f.params)[info->offset + k]));
        assert_true(most <= bound * (1 + 1e-6));
        if (info->count > 1000) assert_true(most > 0.99 * bound);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_is_finite_and_of_the_right_shape),
        cmocka_unit_test(each_sample_uses_its_own_head),
        cmocka_unit_test(branches_differ),
        cmocka_unit_test(unused_bank_rows_have_no_influence),
        cmocka_unit_test(own_networks_start_at_zero),
        cmocka_unit_test(parameter_counts_are_the_published_ones),
        cmocka_unit_test(published_networks_start_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
