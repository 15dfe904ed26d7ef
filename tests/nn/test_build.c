/* tests/nn/test_build.c – what builders, compile and segments refuse, and how they say so. */
#include "nn/fixture.h"

typedef rmf_node *wrong(rmf_tape *t);

static rmf_node *linear_width(rmf_tape *t)
{
    return rmf_linear(t, INPUT(2, 3), PARAMETER("up.weight", 4, 5), NULL);
}
static rmf_node *linear_bias(rmf_tape *t)
{
    return rmf_linear(t, INPUT(2, 3), PARAMETER("w", 3, 5), PARAMETER("b", 4));
}
static rmf_node *conv_channels(rmf_tape *t)
{
    return rmf_conv2d(t, INPUT(2, 8, 8, 3), PARAMETER("w", 3, 3, 4, 8), NULL,
                      (rmf_conv_options){.stride = 1});
}
static rmf_node *conv_small(rmf_tape *t)
{
    return rmf_conv2d(t, INPUT(2, 2, 2, 3), PARAMETER("w", 3, 3, 3, 8), NULL,
                      (rmf_conv_options){.stride = 1});
}
static rmf_node *conv_stride(rmf_tape *t)
{
    return rmf_conv2d(t, INPUT(2, 8, 8, 3), PARAMETER("w", 3, 3, 3, 8), NULL,
                      (rmf_conv_options){.stride = 0});
}
static rmf_node *transposed_rank(rmf_tape *t)
{
    return rmf_conv2d_transposed(t, INPUT(2, 8, 3), PARAMETER("w", 3, 3, 8, 3), NULL,
                                 (rmf_conv_options){.stride = 1});
}
static rmf_node *transposed_beside(rmf_tape *t)
{
    return rmf_conv2d_transposed_beside(t, INPUT(2, 8, 8, 3), INPUT(2, 8, 7, 2),
                                        PARAMETER("w", 3, 3, 8, 5), NULL,
                                        (rmf_conv_options){.stride = 1});
}
static rmf_node *norm_groups(rmf_tape *t)
{
    return rmf_group_norm_act(t, INPUT(2, 4, 6), PARAMETER("g", 6), PARAMETER("b", 6), 4, RMF_SILU);
}
static rmf_node *norm_one_parameter(rmf_tape *t)
{
    return rmf_group_norm_act(t, INPUT(2, 4), PARAMETER("g", 4), PARAMETER("g", 4), 1, RMF_SILU);
}
static rmf_node *add_shapes(rmf_tape *t)
{
    return rmf_add(t, INPUT(2, 3), INPUT(2, 4));
}
static rmf_node *modulate_shape(rmf_tape *t)
{
    return rmf_modulate(t, INPUT(2, 5, 3), INPUT(2, 4), NULL);
}
static rmf_node *modulate_same(rmf_tape *t)
{
    rmf_node *s = INPUT(2, 3);
    return rmf_modulate(t, INPUT(2, 5, 3), s, s);
}
static rmf_node *concat_pixels(rmf_tape *t)
{
    return rmf_concat(t, INPUT(2, 4, 4, 3), INPUT(2, 5, 4, 3));
}
static rmf_node *slice_range(rmf_tape *t)
{
    return rmf_slice(t, INPUT(2, 4), 3, 2);
}
static rmf_node *reshape_count(rmf_tape *t)
{
    return rmf_reshape(t, INPUT(2, 4), 2, (int64_t[]){2, 5});
}
static rmf_node *attention_heads(rmf_tape *t)
{
    return rmf_attention(t, INPUT(2, 4, 12), 3);
}
static rmf_node *gather_index(rmf_tape *t)
{
    return rmf_gather(t, PARAMETER("table", 4, 3), INPUT(2));
}
static rmf_node *index_as_values(rmf_tape *t)
{
    return rmf_activate(t, rmf_index_input(t, "label", 3), RMF_TANH);
}
static rmf_node *parameter_as_values(rmf_tape *t)
{
    return rmf_activate(t, PARAMETER("w", 3, 3), RMF_TANH);
}
static rmf_node *values_as_parameter(rmf_tape *t)
{
    return rmf_linear(t, INPUT(3, 3), INPUT(3, 3), NULL);
}
static rmf_node *missing(rmf_tape *t)
{
    return rmf_add(t, INPUT(3, 3), NULL);
}
static rmf_node *rows_differ(rmf_tape *t)
{
    rmf_node *a = INPUT(3, 3);
    return rmf_add(t, a, rmf_input(t, "late", 2, (int64_t[]){4, 3}));
}
static rmf_node *input_huge(rmf_tape *t)
{
    return INPUT(3, INT64_MAX / 2, 4);
}
static rmf_node *result_huge(rmf_tape *t)
{
    return rmf_tile(t, INPUT(1 << 20, 1 << 10), 1 << 10, 1 << 10);
}
static rmf_node *bank_without_rows(rmf_tape *t)
{
    rmf_node *x = rmf_reshape(t, INPUT(2, 6), 2, (int64_t[]){4, 3});
    return rmf_add_bias(t, x, BANK("b", 3));
}

static const struct {
    wrong *build;
    const char *words;
} errors[] = {
    {linear_width, "linear: x [2, 3], up.weight [4, 5]; expected weights [3, out]"},
    {linear_bias, "linear: x [2, 3], w [3, 5], b [4]; expected a bias [5]"},
    {conv_channels, "conv2d: x [2, 8, 8, 3], w [3, 3, 4, 8]; expected"},
    {conv_small, "conv2d: x [2, 2, 2, 3], w [3, 3, 3, 8]; expected a result of at least 1×1"},
    {conv_stride, "conv2d: x [2, 8, 8, 3], w [3, 3, 3, 8]; expected stride 1 to 64"},
    {transposed_rank, "conv2d_transposed: x [2, 8, 3], w [3, 3, 8, 3]; expected"},
    {transposed_beside, "expected two inputs that differ in their channels only"},
    {norm_groups, "group_norm_act: x [2, 4, 6], g [6], b [6]; expected a number of groups"},
    {norm_one_parameter, "expected gamma and beta to be two parameters"},
    {add_shapes, "add: x [2, 3], x [2, 4]; expected two inputs of one shape"},
    {modulate_shape, "modulate: x [2, 5, 3], x [2, 4]; expected scale and shift [2, 3]"},
    {modulate_same, "expected input, scale and shift to be different nodes"},
    {concat_pixels, "concat: x [2, 4, 4, 3], x [2, 5, 4, 3]; expected"},
    {slice_range, "slice: x [2, 4]; expected channels within 0 … 4; got 2 from 3 on"},
    {reshape_count, "reshape: x [2, 4]; expected a new shape of as many values; got [2, 5]"},
    {attention_heads, "attention: x [2, 4, 12]; expected"},
    {gather_index, "gather: table [4, 3], x [2]; expected input 1 to be an index"},
    {index_as_values, "activate: label [3]; expected input 0 to be values"},
    {parameter_as_values, "activate: w [3, 3]; expected input 0 to be computed"},
    {values_as_parameter, "linear: x [3, 3], x [3, 3]; expected input 1 to be a parameter"},
    {missing, "add: x [3, 3]; expected input 1, which is missing"},
    {rows_differ, "input late: shape [4, 3]; expected 3 rows"},
    {input_huge, "input x: shape [3, "},
    {result_huge, "tile: x [1048576, 1024]; expected a result below 2^40 values"},
    {bank_without_rows,
     "add_bias: reshape [4, 3], b [3]; expected 2 batch rows, since b is a bank"},
};

/* The first error survives later builders, which pass the dead node through. */
static void building_errors(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT(errors); i++) {
        struct fixture f = open_tape(2, true);
        rmf_tape *t = f.t;
        rmf_node *y = errors[i].build(t);
        assert_non_null(y);
        assert_true(rmf_tape_status(t) == RMF_ERR_ARGUMENT);
        y = rmf_activate(t, rmf_add(t, y, y), RMF_RELU);
        y = rmf_linear(t, y, PARAMETER("later", 3, 3), NULL);
        assert_non_null(y);
        assert_null(rmf_node_value(y));
        (void)rmf_fail(RMF_ERR_IO, "something else");
        assert_true(rmf_tape_compile(t, y) == RMF_ERR_ARGUMENT);
        assert_message(errors[i].words);
        close_tape(&f);
    }
}

static void misuse(void **state)
{
    (void)state;
    struct fixture f = open_tape(2, false);
    rmf_tape *t = f.t, *other = NULL;
    rmf_node *x = INPUT(2, 3);
    assert_ok(rmf_tape_create(f.params, true, &other));
    assert_true(rmf_tape_forward(t) == RMF_ERR_ARGUMENT);
    assert_true(rmf_tape_set_segments(t, NULL, 0) == RMF_ERR_ARGUMENT);
    char *text = NULL;
    assert_true(rmf_tape_describe(t, &text) == RMF_ERR_ARGUMENT);
    assert_true(rmf_tape_compile(other, rmf_scale(other, x, 2)) == RMF_ERR_ARGUMENT);
    assert_message("scale: input 0 belongs to another tape");
    rmf_tape_free(other);

    rmf_node *y = rmf_add_bias(t, x, BANK("b", 3));
    assert_ok(rmf_tape_compile(t, y));
    assert_true(rmf_tape_compile(t, y) == RMF_ERR_ARGUMENT);
    assert_message("compiled twice");
    assert_true(rmf_tape_forward(t) == RMF_ERR_ARGUMENT);
    assert_message("before its segments were set");
    assert_ok(rmf_tape_set_segments(t, NULL, 0));
    assert_ok(rmf_tape_forward(t));
    assert_true(rmf_tape_backward(t) == RMF_ERR_ARGUMENT);
    assert_message("made for inference");
    (void)rmf_scale(t, y, 2);
    assert_true(rmf_tape_status(t) == RMF_ERR_ARGUMENT);
    assert_message("after compile");

    assert_ok(rmf_tape_create(f.params, true, &other));
    assert_true(rmf_tape_compile(other, rmf_input(other, "x", 1, (int64_t[]){2})) ==
                RMF_ERR_ARGUMENT);
    assert_message("the output is an input or a parameter");
    rmf_tape_free(other);
    rmf_tape_free(NULL);
    close_tape(&f);
}

static void wrong_segments(void **state)
{
    (void)state;
    struct fixture f = open_tape(3, false);
    rmf_tape *t = f.t;
    assert_ok(rmf_tape_compile(t, rmf_add_bias(t, INPUT(5, 3), BANK("b", 3))));
    const struct {
        rmf_segment s[2];
        const char *words;
    } wrong_ones[] = {{{{0, 0, 3}, {1, 3, 1}}, "they cover 4 rows; expected all 5"},
                      {{{0, 0, 3}, {1, 3, 3}}, "segment 1: bank row 1, rows 3 + 3"},
                      {{{0, 0, 3}, {1, 4, 1}}, "segment 1: bank row 1, rows 4 + 1"},
                      {{{3, 0, 3}, {1, 3, 2}}, "segment 0: bank row 3"},
                      {{{-1, 0, 3}, {1, 3, 2}}, "segment 0: bank row -1"},
                      {{{0, 0, -2}, {1, 0, 5}}, "segment 0: bank row 0, rows 0 + -2"},
                      {{{0, 0, INT64_MAX}, {1, 0, 5}}, "segment 0"}};
    for (int i = 0; i < COUNT(wrong_ones); i++) {
        assert_true(rmf_tape_set_segments(t, wrong_ones[i].s, 2) == RMF_ERR_ARGUMENT);
        assert_message(wrong_ones[i].words);
    }
    close_tape(&f);
}

static void label_out_of_range(void **state)
{
    (void)state;
    struct fixture f = open_tape(1, false);
    rmf_tape *t = f.t;
    rmf_node *label = rmf_index_input(t, "label", 2);
    assert_ok(rmf_tape_compile(t, rmf_gather(t, PARAMETER("table", 4, 3), label)));
    rmf_node_index(label)[1] = 4;
    assert_true(rmf_tape_forward(t) == RMF_ERR_ARGUMENT);
    assert_message("gather: label[1] is 4; expected 0 to 3, a row of table");
    rmf_node_index(label)[1] = -1;
    assert_true(rmf_tape_forward(t) == RMF_ERR_ARGUMENT);
    close_tape(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(building_errors), cmocka_unit_test(misuse),
                                       cmocka_unit_test(wrong_segments),
                                       cmocka_unit_test(label_out_of_range)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
