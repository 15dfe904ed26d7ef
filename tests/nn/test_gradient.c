/* tests/nn/test_gradient.c – every operation's gradient against central differences.
 *
 * The loss is Σ r·y with fixed random r.  Each case runs on every host device, once alone and once
 * applied twice to the same inputs and parameters (so that the second writer adds), from memory
 * that was filled with NaN (so that nothing stale is read), and twice with equal bytes.  Rows of
 * banks that no segment uses must keep the NaN that was in their gradient.
 */
#include "nn/gradient_cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BANK_ROWS 5
#define STEP 1e-2f

/* Bank row 3 comes twice, row 1 has no rows, row 4 has one row, rows 0 and 2 are not there. */
static const rmf_segment segments[] = {{3, 0, 2}, {1, 2, 0}, {4, 2, 1}, {3, 3, 3}};

/* ---- the checker ----------------------------------------------------------- */

struct check {
    const char *label;
    rmf_params *params;
    rmf_tape *tape;
    rmf_node *out;
    float *r; /* the loss is Σ r·out */
};

static void fill_inputs(struct check *c, bool kinked)
{
    for (int i = 0; i < c->tape->count; i++) {
        rmf_node *x = c->tape->nodes[i];
        const int64_t count = rmf_node_count(x);
        if (x->kind == RMF_NODE_INPUT) fill_normal(x->value, count, 100 + (uint64_t)i);
        for (int64_t j = 0; x->kind == RMF_NODE_INPUT && kinked && j < count; j++)
            x->value[j] += x->value[j] < 0 ? -0.1f : 0.1f;
        for (int64_t j = 0; x->kind == RMF_NODE_INDEX && j < count; j++)
            rmf_node_index(x)[j] = (int32_t)(j % 3);
    }
}

static double loss(struct check *c)
{
    assert_ok(rmf_tape_forward(c->tape));
    return dot(c->r, c->out->value, rmf_node_count(c->out));
}

static void run_backward(struct check *c)
{
    memcpy(c->out->grad, c->r, (size_t)rmf_node_count(c->out) * sizeof(float));
    assert_ok(rmf_tape_backward(c->tape));
}

static double slope(struct check *c, float *at)
{
    const float keep = *at;
    *at = keep + STEP;
    const double high_x = *at, high = loss(c);
    *at = keep - STEP;
    const double low_x = *at, low = loss(c);
    *at = keep;
    return (high - low) / (high_x - low_x);
}

static void compare(struct check *c, const char *what, float *values, const float *gradient,
                    int64_t count)
{
    double norm = sqrt(dot(gradient, gradient, count) / (double)(count ? count : 1));
    for (int64_t i = 0; i < count; i++) {
        const double expected = slope(c, &values[i]);
        if (fabs(expected - gradient[i]) <= 2e-3 * (1 + norm)) continue;
        fail_msg("%s: d loss / d %s[%d] is %g; differences give %g", c->label, what, (int)i,
                 (double)gradient[i], expected);
    }
}

static bool used_row(int64_t row)
{
    return row == 3 || row == 4;
}

/* Gradients were copied, because evaluating differences may not disturb them but could. */
static void compare_parameters(struct check *c, const float *gradients)
{
    for (int i = 0; i < rmf_params_count(c->params); i++) {
        const rmf_param_info *info = rmf_params_info(c->params, i);
        for (int64_t row = 0; row < info->count / info->row; row++) {
            const int64_t at = info->offset + row * info->row;
            if (info->frozen || (info->bank && !used_row(row))) {
                for (int64_t j = 0; j < info->row; j++)
                    assert_true(isnan(gradients[at + j]));
                continue;
            }
            compare(c, info->name, rmf_params_values(c->params) + at, gradients + at, info->row);
        }
    }
}

static float *copy_of(const float *from, int64_t count)
{
    float *copy = malloc((size_t)(count + 1) * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, from, (size_t)count * sizeof *copy);
    return copy;
}

static void poison(float *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = NAN;
}

static void check_gradients(struct check *c, rmf_node *const *in, const struct op_case *k)
{
    const int64_t elements = rmf_params_elements(c->params);
    float *first[3], *gradients = NULL;
    for (int pass = 0; pass < 2; pass++) {
        poison(c->tape->memory, c->tape->memory_count);
        poison(rmf_params_gradients(c->params), elements);
        fill_inputs(c, k->kinked);
        assert_true(isfinite(loss(c)));
        run_backward(c);
        for (int i = 0; i < k->inputs; i++) {
            const int64_t count = rmf_node_count(in[i]);
            if (pass == 0)
                first[i] = copy_of(rmf_node_gradient(in[i]), count);
            else
                assert_memory_equal(first[i], in[i]->grad, (size_t)count * sizeof(float));
        }
        if (pass == 0)
            gradients = copy_of(rmf_params_gradients(c->params), elements);
        else
            assert_memory_equal(gradients, rmf_params_gradients(c->params),
                                (size_t)elements * sizeof(float));
    }
    compare_parameters(c, gradients);
    for (int i = 0; i < k->inputs; i++) {
        compare(c, in[i]->name, in[i]->value, first[i], rmf_node_count(in[i]));
        free(first[i]);
    }
    free(gradients);
}

static void run_case(rmf_device *dev, const char *device, const struct op_case *k, bool twice)
{
    char label[128];
    snprintf(label, sizeof label, "%s on %s%s", k->name, device, twice ? ", twice" : "");
    struct check c = {.label = label};
    assert_ok(rmf_params_create(dev, BANK_ROWS, &c.params));
    assert_ok(rmf_tape_create(c.params, true, &c.tape));
    struct net n = {.t = c.tape, .bank = k->bank};
    for (int i = 0; i < k->inputs; i++) {
        n.in[i] = rmf_input(c.tape, (const char *[]){"x0", "x1", "x2"}[i], k->rank[i], k->shape[i]);
        rmf_input_wants_gradient(n.in[i]);
    }
    c.out = k->build(&n);
    if (twice) c.out = rmf_add(c.tape, c.out, rmf_scale(c.tape, k->build(&n), 0.5f));
    rmf_status status = rmf_tape_compile(c.tape, c.out);
    if (status != RMF_OK) fail_msg("%s: %s", label, rmf_message());
    assert_ok(rmf_params_initialise(c.params, 5));
    assert_ok(rmf_tape_set_segments(c.tape, segments, COUNT(segments)));
    c.r = malloc((size_t)rmf_node_count(c.out) * sizeof(float));
    fill_normal(c.r, rmf_node_count(c.out), 1);
    check_gradients(&c, n.in, k);
    free(c.r);
    rmf_tape_free(c.tape);
    rmf_params_free(c.params);
}

static void every_operation(void **state)
{
    (void)state;
    const char *name = NULL;
    rmf_device *dev = NULL;
    rmf_threads_set(1); /* the networks are too small to gain from more */
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        for (int i = 0; i < gradient_case_count; i++)
            for (int twice = 0; twice < 2; twice++)
                run_case(dev, name, &gradient_cases[i], twice);
        rmf_device_close(dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
