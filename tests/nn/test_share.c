/* tests/nn/test_share.c – buffers that operations hand on: random graphs against plain loops. */
#include "nn/fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 3, WIDTH = 4, SIZE = ROWS * WIDTH, INPUTS = 2, STEPS = 10, NODES = INPUTS + STEPS };
enum kind { ADD, SCALE, TANH, BIAS, ALIAS, KINDS };

/* Node INPUTS + i is step i of earlier nodes a and b. */
struct graph {
    struct {
        enum kind kind;
        int a, b;
    } step[STEPS];
    double value[NODES][SIZE], grad[NODES][SIZE], bias[WIDTH];
};

static int below(uint64_t graph, uint64_t draw, int bound)
{
    const rmf_key key = rmf_key_make(3, graph);
    return (int)rmf_random_below(key, draw, 0, (uint64_t)bound);
}

/* Mostly sums, mostly of late nodes: there is then much to share and much to go wrong. */
static void draw(struct graph *g, uint64_t number)
{
    for (int i = 0; i < STEPS; i++) {
        const uint64_t at = 8 * (uint64_t)i;
        const int nodes = INPUTS + i, kind = below(number, at, KINDS + 3);
        g->step[i].kind = kind < KINDS ? (enum kind)kind : ADD;
        g->step[i].a = below(number, at + 1, 2) ? nodes - 1 : below(number, at + 2, nodes);
        g->step[i].b = below(number, at + 3, nodes);
    }
}

/* ---- plain loops ----------------------------------------------------------- */

static void plain_forward(struct graph *g, const float *bias)
{
    for (int i = 0; i < STEPS; i++) {
        const double *a = g->value[g->step[i].a], *b = g->value[g->step[i].b];
        for (int j = 0; j < SIZE; j++)
            switch (g->step[i].kind) {
            case ADD:
                g->value[INPUTS + i][j] = a[j] + b[j];
                break;
            case SCALE:
                g->value[INPUTS + i][j] = -0.75 * a[j];
                break;
            case TANH:
                g->value[INPUTS + i][j] = tanh(a[j]);
                break;
            case BIAS:
                g->value[INPUTS + i][j] = a[j] + bias[j % WIDTH];
                break;
            default:
                g->value[INPUTS + i][j] = a[j];
            }
    }
}

static void plain_backward(struct graph *g, const float *dy)
{
    memset(g->grad, 0, sizeof g->grad);
    memset(g->bias, 0, sizeof g->bias);
    for (int j = 0; j < SIZE; j++)
        g->grad[NODES - 1][j] = dy[j];
    for (int i = STEPS - 1; i >= 0; i--)
        for (int j = 0; j < SIZE; j++) {
            const double d = g->grad[INPUTS + i][j], y = g->value[INPUTS + i][j];
            const enum kind kind = g->step[i].kind;
            g->grad[g->step[i].a][j] += kind == SCALE  ? -0.75 * d
                                        : kind == TANH ? d * (1 - y * y)
                                                       : d;
            if (kind == ADD) g->grad[g->step[i].b][j] += d;
            if (kind == BIAS) g->bias[j % WIDTH] += d;
        }
}

/* ---- the tape -------------------------------------------------------------- */

static rmf_node *push(const struct graph *g, rmf_tape *t, rmf_node *const *node, int i)
{
    rmf_node *a = node[g->step[i].a], *b = node[g->step[i].b];
    switch (g->step[i].kind) {
    case ADD:
        return rmf_add(t, a, b);
    case SCALE:
        return rmf_scale(t, a, -0.75f);
    case TANH:
        return rmf_activate(t, a, RMF_TANH);
    case BIAS:
        return rmf_add_bias(t, a, PARAMETER("bias", WIDTH));
    default:
        return rmf_reshape(t, a, 2, (int64_t[]){ROWS, WIDTH});
    }
}

static void compare(uint64_t number, const char *what, const float *found, const double *expected,
                    int count)
{
    for (int j = 0; j < count; j++)
        if (!(fabs(found[j] - expected[j]) <= 1e-4 * (1 + fabs(expected[j]))))
            fail_msg("graph %d: %s[%d] is %g; expected %g", (int)number, what, j, (double)found[j],
                     expected[j]);
}

/* Whatever memory held before is not read: NaN would show up. */
static void poison(rmf_tape *t)
{
    for (int64_t i = 0; i < t->memory_count; i++)
        ((float *)t->memory)[i] = NAN;
}

/* The number of gradients and values that took over a buffer. */
static int run_graph(rmf_device *dev, uint64_t number, bool training)
{
    struct graph g;
    rmf_params *params = NULL;
    rmf_tape *t = NULL;
    rmf_node *node[NODES];
    draw(&g, number);
    assert_ok(rmf_params_create(dev, 1, &params));
    assert_ok(rmf_tape_create(params, training, &t));
    for (int i = 0; i < INPUTS; i++) {
        node[i] = INPUT(ROWS, WIDTH);
        if (training) rmf_input_wants_gradient(node[i]);
    }
    rmf_node *bias = PARAMETER("bias", WIDTH);
    for (int i = 0; i < STEPS; i++)
        node[INPUTS + i] = push(&g, t, node, i);
    rmf_node *y = rmf_scale(t, node[NODES - 1], 1); /* the output's own buffers are not shared */
    assert_ok(rmf_tape_compile(t, y));
    assert_ok(rmf_params_initialise(params, 1));
    poison(t);
    for (int i = 0; i < INPUTS; i++) {
        fill_normal(node[i]->value, SIZE, (uint64_t)i);
        for (int j = 0; j < SIZE; j++)
            g.value[i][j] = node[i]->value[j];
    }
    plain_forward(&g, bias->value);
    assert_ok(rmf_tape_forward(t));
    compare(number, "output", y->value, g.value[NODES - 1], SIZE);
    if (training) {
        fill_normal(y->grad, SIZE, 9);
        plain_backward(&g, y->grad);
        assert_ok(rmf_tape_backward(t));
        for (int i = 0; i < INPUTS; i++)
            compare(number, "input's gradient", node[i]->grad, g.grad[i], SIZE);
        if (bias->used) compare(number, "bias's gradient", bias->grad, g.bias, WIDTH);
    }
    int shared = 0;
    for (int i = 0; i < t->steps; i++)
        shared += (t->order[i]->giver != NULL) + (t->order[i]->value_of != t->order[i]);
    rmf_tape_free(t);
    rmf_params_free(params);
    return shared;
}

static void random_graphs(void **state)
{
    (void)state;
    enum { GRAPHS = 1500 };
    const char *name = NULL;
    rmf_device *dev = NULL;
    rmf_threads_set(1);
    for (int d = 0; (dev = open_device(d, &name)); d++) {
        for (int training = 0; training < 2; training++) {
            int shared = 0;
            for (uint64_t i = 0; i < GRAPHS; i++)
                shared += run_graph(dev, i, training);
            assert_true(shared > GRAPHS);
        }
        rmf_device_close(dev);
    }
}

/* y = x + f(x), twice: nothing is copied, neither value nor gradient. */
static void a_residual_block_copies_nothing(void **state)
{
    (void)state;
    struct fixture f = open_tape(1, true);
    rmf_tape *t = f.t;
    rmf_node *w = PARAMETER("w", WIDTH, WIDTH), *h[2], *y[3];
    y[0] = rmf_linear(t, INPUT(ROWS, WIDTH), w, NULL);
    for (int i = 0; i < 2; i++) {
        h[i] = rmf_linear(t, rmf_activate(t, y[i], RMF_SILU), w, NULL);
        y[i + 1] = rmf_add(t, y[i], h[i]);
    }
    assert_ok(rmf_tape_compile(t, rmf_scale(t, y[2], 2)));
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(y[i + 1]->value, h[i]->value);
        assert_ptr_equal(y[i + 1]->grad, h[i]->grad);
        assert_ptr_equal(y[i + 1]->grad, y[i]->grad);
    }
    close_tape(&f);
}

/* y = x + 2x: the second reads the gradient of 2x while it adds to that of x, so they are apart. */
static void a_gradient_that_is_still_read_is_left_alone(void **state)
{
    (void)state;
    struct fixture f = open_tape(1, true);
    rmf_tape *t = f.t;
    rmf_node *x = rmf_linear(t, INPUT(ROWS, WIDTH), PARAMETER("w", WIDTH, WIDTH), NULL);
    rmf_node *twice = rmf_scale(t, x, 2);
    assert_ok(rmf_tape_compile(t, rmf_scale(t, rmf_add(t, x, twice), 2)));
    assert_ptr_not_equal(x->grad, twice->grad);
    close_tape(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs), cmocka_unit_test(a_residual_block_copies_nothing),
        cmocka_unit_test(a_gradient_that_is_still_read_is_left_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
