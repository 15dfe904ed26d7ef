/* tests/nn/test_params.c – the registry of parameters, first values, freezing. */
#include "nn/fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One linear layer with a banked and a shared part, with `extra` unrelated parameters before it. */
static rmf_params *build(rmf_device *dev, int64_t bank_rows, bool extra)
{
    rmf_params *params = NULL;
    rmf_tape *t = NULL;
    assert_ok(rmf_params_create(dev, bank_rows, &params));
    assert_ok(rmf_tape_create(params, false, &t));
    rmf_node *x = rmf_input(t, "x", 2, (int64_t[]){2, 3});
    if (extra) x = rmf_add_bias(t, x, rmf_parameter(t, "extra", 1, (int64_t[]){3}, small_normal));
    rmf_node *w = rmf_parameter(t, "in.weight", 2, (int64_t[]){3, 5}, small_normal);
    rmf_init uniform = {RMF_INIT_UNIFORM, 0.25, false};
    rmf_node *head = rmf_bank(t, "head.weight", 2, (int64_t[]){5, 7}, uniform);
    rmf_node *b =
        rmf_bank(t, "head.bias", 1, (int64_t[]){7}, (rmf_init){RMF_INIT_CONSTANT, 3, true});
    assert_ok(rmf_tape_compile(t, rmf_linear(t, rmf_linear(t, x, w, NULL), head, b)));
    rmf_tape_free(t);
    assert_ok(rmf_params_initialise(params, 42));
    return params;
}

static const float *values(rmf_params *params, const char *name, const rmf_param_info **info)
{
    *info = rmf_params_info(params, rmf_params_find(params, name));
    assert_non_null(*info);
    return rmf_params_values(params) + (*info)->offset;
}

static void layout(void **state)
{
    rmf_params *params = build(*state, 4, false);
    const rmf_param_info *info = NULL;
    assert_int_equal(rmf_params_count(params), 3);
    assert_int_equal(rmf_params_bank_rows(params), 4);
    int64_t end = 0;
    for (int i = 0; i < 3; i++) {
        info = rmf_params_info(params, i);
        assert_int_equal(info->offset % 16, 0);
        assert_true(info->offset >= end);
        end = info->offset + info->count;
    }
    assert_true(rmf_params_elements(params) >= end);
    values(params, "head.weight", &info);
    assert_true(info->bank && !info->frozen && info->rank == 3 && info->row == 35);
    assert_int_equal(info->shape[0], 4);
    assert_int_equal(info->shape[2], 7);
    values(params, "head.bias", &info);
    assert_true(info->bank && info->frozen && info->count == 28);
    assert_int_equal(rmf_params_find(params, "nothing"), -1);
    assert_null(rmf_params_info(params, 3));
    assert_null(rmf_params_info(params, -1));
    assert_null(rmf_params_gradients(params));
    assert_ok(rmf_params_train(params));
    assert_non_null(rmf_params_gradients(params));
    rmf_params_free(params);
}

/* A first value depends on seed, name, row and element, on nothing else: not on other parameters,
 * not on the number of rows. */
static void first_values(void **state)
{
    rmf_params *small = build(*state, 2, false), *large = build(*state, 9, true);
    const rmf_param_info *a = NULL, *b = NULL;
    const char *const names[] = {"in.weight", "head.weight", "head.bias"};
    for (int i = 0; i < COUNT(names); i++) {
        const float *x = values(small, names[i], &a), *y = values(large, names[i], &b);
        assert_memory_equal(x, y, (size_t)a->count * sizeof(float));
    }
    const float *head = values(large, "head.weight", &b);
    double sum = 0, largest = 0;
    for (int64_t i = 0; i < b->count; i++) {
        sum += head[i];
        largest = fmax(largest, fabs((double)head[i]));
    }
    assert_true(largest <= 0.25 && largest > 0.24);
    assert_true(fabs(sum / (double)b->count) < 4 * 0.25 / sqrt(3.0 * (double)b->count));
    assert_memory_not_equal(head, head + b->row, (size_t)b->row * sizeof(float));
    const float *bias = values(large, "head.bias", &b);
    for (int64_t i = 0; i < b->count; i++)
        assert_true(bias[i] == 3);
    const float first = *values(small, "in.weight", &a);
    assert_ok(rmf_params_initialise(small, 43));
    assert_true(*values(small, "in.weight", &a) != first);
    rmf_params_free(small);
    rmf_params_free(large);
}

static void freezing(void **state)
{
    rmf_params *params = build(*state, 3, false);
    for (int64_t row = -1; row < 3; row++)
        assert_false(rmf_params_row_frozen(params, row));
    rmf_params_freeze(params, 1, true);
    rmf_params_freeze(params, -1, true);
    rmf_params_freeze(params, 7, true); /* no such row: nothing happens */
    assert_true(rmf_params_row_frozen(params, -1) && rmf_params_row_frozen(params, 1));
    assert_false(rmf_params_row_frozen(params, 0) || rmf_params_row_frozen(params, 7));
    rmf_params_freeze(params, 1, false);
    assert_false(rmf_params_row_frozen(params, 1));
    rmf_params_free(params);
}

static void refuse(rmf_params *params, const char *name, int64_t size, const char *words)
{
    rmf_tape *t = NULL;
    assert_ok(rmf_tape_create(params, false, &t));
    rmf_node *x = rmf_input(t, "x", 2, (int64_t[]){2, 3});
    rmf_node *b = rmf_parameter(t, name, 1, &size, small_normal);
    assert_true(rmf_tape_status(t) == RMF_ERR_ARGUMENT);
    assert_true(rmf_tape_compile(t, rmf_add_bias(t, x, b)) == RMF_ERR_ARGUMENT);
    if (!strstr(rmf_message(), words)) fail_msg("\"%s\" lacks \"%s\"", rmf_message(), words);
    rmf_tape_free(t);
}

static void refusals(void **state)
{
    rmf_params *params = NULL;
    assert_true(rmf_params_create(*state, 0, &params) == RMF_ERR_ARGUMENT);
    assert_null(params);
    params = build(*state, 3, false);
    refuse(params, "in.weight", 3, "asked for as shared [3]; it is already shared [3, 5]");
    refuse(params, "head.bias", 7, "asked for as shared [7]; it is already bank [7]");
    refuse(params, "new", 3, "parameter new: unknown in this model");
    rmf_params_free(params);

    assert_ok(rmf_params_create(*state, 3, &params));
    refuse(params, "", 3, "a name of 0 letters");
    refuse(params, "b", 0, "parameter b: shape [0]");
    refuse(params, "b", INT64_MAX, "2^40");
    assert_true(rmf_params_initialise(params, 1) == RMF_ERR_ARGUMENT);
    assert_true(rmf_params_train(params) == RMF_ERR_ARGUMENT);
    rmf_params_free(params);
    rmf_params_free(NULL);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(layout), cmocka_unit_test(first_values),
                                       cmocka_unit_test(freezing), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, open_ref, close_ref);
}
