/* tests/net/test_gradient.c – gradients of whole networks against central differences, parameter by
 * parameter along a random direction, for shared ones and for each bank row; and by the input. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* L = Σ weight·output, in double. */
static double loss(fixture *f, const float *weight)
{
    assert_int_equal(rmf_tape_forward(f->net.tape), RMF_OK);
    double sum = 0;
    for (int64_t i = 0; i < f->net.rows * f->net.features; i++)
        sum += (double)weight[i] * (double)rmf_node_value(f->net.output)[i];
    return sum;
}

/* A shared parameter or a bank row, and a direction of unit length in it. */
typedef struct piece {
    const char *name;
    int64_t row, at, n;
    float *direction;
} piece;

static void set_direction(piece *p, const float *from)
{
    double length = 0;
    for (int64_t i = 0; i < p->n; i++)
        length += (double)from[i] * (double)from[i];
    for (int64_t i = 0; i < p->n; i++)
        p->direction[i] = (float)((double)from[i] / fmax(sqrt(length), 1e-30));
}

static double difference(fixture *f, const float *weight, float *v, const piece *p)
{
    const float step = 4e-3f;
    double side[2];
    float *kept = malloc((size_t)p->n * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, v, (size_t)p->n * sizeof *kept);
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < p->n; i++)
            v[i] = kept[i] + (s ? step : -step) * p->direction[i];
        side[s] = loss(f, weight);
    }
    memcpy(v, kept, (size_t)p->n * sizeof *kept);
    free(kept);
    return (side[1] - side[0]) / (2 * (double)step);
}

/* Differences of f32 sums are good to some 1e-6 of the loss's terms divided by the step: 2e-3. */
static void check_direction(fixture *f, const float *weight, const piece *p, const char *which)
{
    const float *g = rmf_params_gradients(f->params) + p->at;
    double analytic = 0, size = 0;
    for (int64_t i = 0; i < p->n; i++) {
        analytic += (double)g[i] * (double)p->direction[i];
        size += (double)g[i] * (double)g[i];
    }
    const double typical = sqrt(size / (double)p->n), /* of a random direction */
        numeric = difference(f, weight, rmf_params_values(f->params) + p->at, p);
    if (!(fabs(numeric - analytic) <= 0.02 * fabs(analytic) + 0.05 * typical + 2e-3))
        fail_msg("%s row %d, %s: analytic %g, numeric %g, typical %g", p->name, (int)p->row, which,
                 analytic, numeric, typical);
}

/* Along the gradient, where a wrong size shows best, and along a random direction, which sees what
 * the gradient leaves out. */
static void check_piece(fixture *f, const float *weight, int parameter, int64_t row)
{
    const rmf_param_info *info = rmf_params_info(f->params, parameter);
    piece p = {info->name, row, info->offset + row * info->row, info->row, NULL};
    float *random = malloc((size_t)p.n * sizeof *random);
    p.direction = malloc((size_t)p.n * sizeof *p.direction);
    assert_true(random && p.direction);
    fill_value("direction", 1, random, p.n);
    set_direction(&p, random);
    check_direction(f, weight, &p, "random direction");
    set_direction(&p, rmf_params_gradients(f->params) + p.at);
    check_direction(f, weight, &p, "along the gradient");
    free(p.direction);
    free(random);
}

static bool in_batch(const net_case *c, int64_t row)
{
    for (int64_t r = 0; r < c->rows; r++)
        if (c->used[r] == row) return true;
    return false;
}

static void check_case(const net_case *c)
{
    fixture f;
    fixture_open(&f, c, "auto", true);
    const int64_t count = f.net.rows * f.net.features;
    float *weight = malloc((size_t)count * sizeof *weight);
    assert_non_null(weight);
    fill_value("weight", 1, weight, count);
    loss(&f, weight);
    memcpy(rmf_node_gradient(f.net.output), weight, (size_t)count * sizeof *weight);
    assert_int_equal(rmf_tape_backward(f.net.tape), RMF_OK);
    int checked = 0;
    for (int i = 0; i < rmf_params_count(f.params); i++) {
        const rmf_param_info *info = rmf_params_info(f.params, i);
        const int64_t rows = info->bank ? c->bank_rows : 1;
        for (int64_t row = 0; row < rows && !info->frozen; row++)
            if (!info->bank || in_batch(c, row)) {
                check_piece(&f, weight, i, row);
                checked++;
            }
    }
    assert_true(checked > 10);
    free(weight);
    fixture_close(&f);
}

static void gradients_equal_differences(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++)
        check_case(c);
}

/* ---- by the input ---- */

static rmf_team_batch batch_of(const fixture *f, const net_case *c, rmf_segment *segments)
{
    rmf_team_batch batch = {.x = rmf_node_value(f->net.x),
                            .t = rmf_node_value(f->net.t),
                            .noise = rmf_node_value(f->net.noise),
                            .segments = segments};
    for (int64_t r = 0; r < c->rows; r++) {
        if (r == 0 || c->used[r] != c->used[r - 1])
            segments[batch.n_segments++] = (rmf_segment){c->used[r], r, 0};
        segments[batch.n_segments - 1].count++;
    }
    return batch;
}

/* vᵀ·(y(x + h·w) − y(x − h·w))/2h = (vᵀ·∂y/∂x)·w for several v after one forward pass; and all at
 * once equals one by one. */
static void check_pullback(const net_case *c, bool frozen)
{
    enum { VECTORS = 3 };
    fixture f;
    rmf_team *team = NULL;
    rmf_segment segments[8];
    rmf_net_shape shape = {
        .rows = c->rows, .rank = c->rank, .bank_rows = c->bank_rows, .pulls = true};
    memcpy(shape.shape, c->shape, sizeof shape.shape);
    fixture_open(&f, c, "auto", false);
    for (int64_t row = -1; row < c->bank_rows; row++)
        rmf_params_freeze(f.params, row, frozen);
    assert_int_equal(rmf_team_create(f.params, f.settings, &shape, true, &team), RMF_OK);
    rmf_team_batch batch = batch_of(&f, c, segments);
    const int64_t n = f.net.rows * f.net.features;
    float *block = malloc((size_t)(5 + 2 * VECTORS) * (size_t)n * sizeof *block);
    assert_non_null(block);
    float *w = block, *moved = w + n, *low = moved + n, *high = low + n, *again = high + n;
    float *v = again + n, *product = v + VECTORS * n;
    fill_value("w", 1, w, n);
    fill_value("v", 1, v, VECTORS * n);
    assert_int_equal(rmf_team_forward(team, &batch, low), RMF_OK);
    for (int k = 0; k < VECTORS; k++)
        assert_int_equal(rmf_team_pullback(team, v + k * n, product + k * n), RMF_OK);
    for (int k = VECTORS - 1; k >= 0; k--) {
        assert_int_equal(rmf_team_forward(team, &batch, low), RMF_OK);
        assert_int_equal(rmf_team_pullback(team, v + k * n, again), RMF_OK);
        assert_memory_equal(again, product + k * n, (size_t)n * sizeof *again);
    }
    const float *x = batch.x;
    const float step = 4e-3f;
    for (int s = -1; s <= 1; s += 2) {
        for (int64_t i = 0; i < n; i++)
            moved[i] = x[i] + (float)s * step * w[i];
        batch.x = moved;
        assert_int_equal(rmf_team_forward(team, &batch, s < 0 ? low : high), RMF_OK);
    }
    for (int k = 0; k < VECTORS; k++) {
        double numeric = 0, analytic = 0, size = 0;
        for (int64_t i = 0; i < n; i++) {
            numeric += v[k * n + i] * ((double)high[i] - low[i]) / (2 * (double)step);
            analytic += (double)product[k * n + i] * w[i];
            size += (double)product[k * n + i] * product[k * n + i];
        }
        if (!(size > 0 && fabs(numeric - analytic) <= 0.05 * sqrt(size) + 2e-3))
            fail_msg("%s, by x: analytic %g, numeric %g, of a vector of length %g", c->name,
                     analytic, numeric, sqrt(size));
    }
    free(block);
    rmf_team_free(team);
    fixture_close(&f);
}

static void pullbacks_equal_differences(void **state)
{
    (void)state;
    for (const net_case *c = small_cases; c->name; c++) {
        check_pullback(c, true);
        check_pullback(c, false);
    }
}

static void a_net_without_pullback_says_so(void **state)
{
    (void)state;
    const net_case *c = &small_cases[0];
    fixture f;
    rmf_team *team = NULL;
    float none = 0;
    rmf_net_shape shape = {.rows = c->rows, .rank = c->rank, .bank_rows = c->bank_rows};
    memcpy(shape.shape, c->shape, sizeof shape.shape);
    fixture_open(&f, c, "auto", false);
    assert_int_equal(rmf_team_create(f.params, f.settings, &shape, false, &team), RMF_OK);
    assert_int_equal(rmf_team_pullback(team, &none, &none), RMF_ERR_ARGUMENT);
    rmf_team_free(team);
    fixture_close(&f);
}

int main(void)
{
    rmf_threads_set(
        1); /* thousands of tiny passes: waiting for each other is all threads would do */
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_equal_differences),
                                       cmocka_unit_test(pullbacks_equal_differences),
                                       cmocka_unit_test(a_net_without_pullback_says_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
