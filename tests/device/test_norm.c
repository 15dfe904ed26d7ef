/* tests/device/test_norm.c – group norm with its activations, cpu against ref. */
#include "harness.h"

#include <math.h>

/* size: n, p, c, groups, activation, film */
static rmf_group_norm norm_of(const int64_t *s)
{
    return (rmf_group_norm){.n = s[0],
                            .p = s[1],
                            .c = s[2],
                            .groups = s[3],
                            .epsilon = 1e-5f,
                            .activation = (rmf_activation)s[4]};
}

/* Size 5: bit 0 gives a scale, bit 1 a shift, bit 2 an offset; from[3 … 5]. */
static void add_film(rmf_group_norm *a, const int64_t *s, float *const *from)
{
    a->scale = s[5] & 1 ? from[3] : NULL;
    a->shift = s[5] & 2 ? from[4] : NULL;
    a->offset = s[5] & 4 ? from[5] : NULL;
}

static void forward_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = s[0] * s[1] * s[2];
    in[1] = in[2] = s[2];
    in[3] = in[4] = in[5] = s[0] * s[2];
    out[0] = in[0];
    out[1] = out[2] = s[0] * s[3];
}

static rmf_status forward(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                          float beta)
{
    (void)beta;
    rmf_group_norm a = norm_of(s);
    add_film(&a, s, in);
    return dev->ops->group_norm(dev, &a, in[0], in[1], in[2], out[0], out[1], out[2]);
}

static void grad_counts(const int64_t *s, int64_t *in, int64_t *out)
{
    in[0] = in[6] = s[0] * s[1] * s[2];
    in[1] = in[2] = s[2];
    in[3] = in[4] = in[5] = s[0] * s[2];
    out[0] = in[0];
    out[1] = out[2] = s[2];
    out[3] = s[5] & 1 ? in[3] : 0;
    out[4] = s[5] & 2 ? in[3] : 0;
    out[5] = s[5] & 4 ? in[3] : 0;
}

/* The statistics that forward saved; the same on both devices, so that slots are compared alone. */
static void statistics(const rmf_group_norm *a, const float *x, float *mean, float *rstd)
{
    rmf_device *ref = open_device("ref");
    const size_t count = (size_t)(a->n * a->p * a->c) + 1;
    float *ones = calloc((size_t)a->c, sizeof(float)), *y = calloc(count, sizeof(float));
    assert_int_equal(ref->ops->group_norm(ref, a, x, ones, ones, y, mean, rstd), RMF_OK);
    free(ones);
    free(y);
    rmf_device_close(ref);
}

static rmf_status grad(rmf_device *dev, const int64_t *s, float *const *in, float *const *out,
                       float beta)
{
    rmf_group_norm a = norm_of(s);
    const size_t rows = (size_t)(a.n * a.groups) + 1;
    float *mean = calloc(rows, sizeof(float)), *rstd = calloc(rows, sizeof(float));
    add_film(&a, s, in);
    statistics(&a, in[0], mean, rstd);
    const rmf_group_norm_grad to = {.dx = out[0],
                                    .dgamma = out[1],
                                    .dbeta = out[2],
                                    .dscale = a.scale ? out[3] : NULL,
                                    .dshift = a.shift ? out[4] : NULL,
                                    .doffset = a.offset ? out[5] : NULL,
                                    .dx_beta = beta,
                                    .dgamma_beta = beta,
                                    .dbeta_beta = beta,
                                    .dscale_beta = beta,
                                    .dshift_beta = beta,
                                    .doffset_beta = beta};
    rmf_status status =
        dev->ops->group_norm_grad(dev, &a, in[0], in[1], in[2], mean, rstd, in[6], &to);
    free(mean);
    free(rstd);
    return status;
}

static const op_case cases[] = {
    {"n3 p1 c1 g1 identity", {3, 1, 1, 1, RMF_IDENTITY}},
    {"n2 p9 c3 g3 silu", {2, 9, 3, 3, RMF_SILU}}, /* instance norm */
    {"n2 p5 c7 g1 tanh", {2, 5, 7, 1, RMF_TANH}},
    {"n3 p25 c33 g3 silu", {3, 25, 33, 3, RMF_SILU}},
    {"n4 p1 c24 g3 relu", {4, 1, 24, 3, RMF_RELU}}, /* tabular */
    {"n2 p16 c64 g32 silu", {2, 16, 64, 32, RMF_SILU}},
    {"n33 p49 c32 g8 silu", {33, 49, 32, 8, RMF_SILU}}, /* enough for several threads */
    {"n0 p4 c8 g2 silu", {0, 4, 8, 2, RMF_SILU}},
    {"n3 p25 c33 g3 silu film", {3, 25, 33, 3, RMF_SILU, 3}},
    {"n33 p49 c32 g8 silu film", {33, 49, 32, 8, RMF_SILU, 3}},
    {"n2 p9 c6 g2 tanh scale", {2, 9, 6, 2, RMF_TANH, 1}},
    {"n4 p1 c24 g1 identity shift", {4, 1, 24, 1, RMF_IDENTITY, 2}},
    {"n0 p4 c8 g2 silu film", {0, 4, 8, 2, RMF_SILU, 3}},
    {"n3 p25 c33 g3 silu offset", {3, 25, 33, 3, RMF_SILU, 4}},
    {"n33 p49 c32 g8 silu offset film", {33, 49, 32, 8, RMF_SILU, 7}},
    {"n4 p1 c24 g1 tanh offset shift", {4, 1, 24, 1, RMF_TANH, 6}},
};

static void test_forward(void **state)
{
    (void)state;
    const op_test op = {"group_norm", 6, 3, forward_counts, forward, 2e-6f, false, false, true};
    CHECK_OP(op, cases);
}

static void test_grad(void **state)
{
    (void)state;
    const op_test op = {"group_norm_grad", 7, 6, grad_counts, grad, 5e-6f, true, false, true};
    CHECK_OP(op, cases);
}

/* Values far from 0: the variance may not be lost in the square of the mean. */
static void test_far_mean(void **state)
{
    (void)state;
    enum { P = 64, C = 8 };
    const rmf_group_norm a = {.n = 1, .p = P, .c = C, .groups = 2, .epsilon = 1e-5f};
    float x[P * C], ones[C], zeros[C] = {0}, y[2][P * C], mean[2], rstd[2];
    fill_random(x, P * C, 5);
    for (int i = 0; i < P * C; i++)
        x[i] = 4096 + rintf(x[i] * 64) / 64; /* exact in f32 */
    for (int j = 0; j < C; j++)
        ones[j] = 1;
    rmf_device *dev[] = {open_device("ref"), open_device("cpu")};
    for (int d = 0; d < 2; d++) {
        assert_int_equal(dev[d]->ops->group_norm(dev[d], &a, x, ones, zeros, y[d], mean, rstd),
                         RMF_OK);
        rmf_device_close(dev[d]);
    }
    assert_close("mean 4096", y[1], y[0], P * C, 1e-3f);
}

/* Parts that nobody needs may be left out; the others do not change. */
static void test_optional_outputs(void **state)
{
    (void)state;
    const rmf_group_norm a = norm_of((int64_t[]){2, 3, 4, 2, RMF_SILU});
    float in[4][24], mean[4], rstd[4], dx[2][24], dgamma[2][4], dbeta[4];
    const rmf_group_norm_grad to[] = {
        {.dx = dx[0], .dgamma = dgamma[0], .dbeta = dbeta}, {.dx = dx[1]}, {.dgamma = dgamma[1]}};
    for (uint64_t i = 0; i < 4; i++)
        fill_random(in[i], 24, i); /* x, gamma, beta, dy */
    statistics(&a, in[0], mean, rstd);
    static const char *const names[] = {"ref", "cpu"};
    for (int i = 0; i < 2; i++) {
        rmf_device *dev = open_device(names[i]);
        for (int j = 0; j < 3; j++)
            assert_int_equal(
                dev->ops->group_norm_grad(dev, &a, in[0], in[1], in[2], mean, rstd, in[3], &to[j]),
                RMF_OK);
        assert_memory_equal(dx[0], dx[1], sizeof dx[0]);
        assert_memory_equal(dgamma[0], dgamma[1], sizeof dgamma[0]);
        rmf_device_close(dev);
    }
}

static void test_refusal(void **state)
{
    (void)state;
    rmf_device *dev = open_device("cpu");
    const rmf_group_norm a = {.n = 1, .p = 1, .c = 4, .groups = 3, .epsilon = 1e-5f};
    float x[4] = {0};
    assert_int_equal(dev->ops->group_norm(dev, &a, x, x, x, x, x, x), RMF_ERR_ARGUMENT);
    rmf_device_close(dev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),  cmocka_unit_test(test_grad),
        cmocka_unit_test(test_far_mean), cmocka_unit_test(test_optional_outputs),
        cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
