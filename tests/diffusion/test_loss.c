/* tests/diffusion/test_loss.c – parametrisations, weights and the loss, by their defining
 * identities. */
#include "ramify/diffusion.h"

#include "diffusion/check.h"

enum { ROWS = 37, FEATURES = 19 };
static const char *const processes[] = {"vp", "vp:0.1,1", "ve", "vegeo"};
static const double times[] = {1e-5, 0.001, 0.1, 0.4, 0.8, 1};
static const double data_deviation[] = {1, 0.31, 2.5};

typedef struct batch {
    rmf_sde sde;
    rmf_loss loss;
    float x0[ROWS * FEATURES], net_x[ROWS * FEATURES], target[ROWS * FEATURES];
    float output[ROWS * FEATURES], gradient[ROWS * FEATURES], weight[ROWS];
    double t[ROWS], row_loss[ROWS];
    uint64_t sample[ROWS];
} batch;

static void make_batch(batch *b, const char *process, const char *parametrisation,
                       const char *weight)
{
    memset(b, 0, sizeof *b);
    assert_ok(rmf_sde_parse(process, "test", &b->sde));
    b->loss = (rmf_loss){.sde = &b->sde,
                         .parametrisation = rmf_parametrisation_find(parametrisation),
                         .weight = rmf_weight_find(weight),
                         .sigma_data = 0.7,
                         .rows = ROWS,
                         .features = FEATURES,
                         .key = rmf_key_make(11, RMF_STREAM_NOISE),
                         .step = 4};
    assert_non_null(b->loss.parametrisation);
    assert_non_null(b->loss.weight);
    rmf_random_normal(rmf_key_make(1, 1), 0, 0, b->x0, ROWS * FEATURES);
    for (int r = 0; r < ROWS; r++) {
        b->t[r] = r < 3 ? times[r] : (r + 1.0) / ROWS;
        b->sample[r] = 1000 + 7 * (uint64_t)r;
    }
}

static void prepare(batch *b)
{
    assert_ok(rmf_loss_prepare(&b->loss, b->x0, b->t, b->sample, b->net_x, b->target, b->weight));
}

/* score_x·x + score_f·F = −z/σ for x = α·x0 + σ·z, for every x0 and z: two linear identities. */
static void target_and_score_agree(void **state)
{
    (void)state;
    for (size_t p = 0; rmf_parametrisation_registry()[p]; p++)
        for (int s = 0; s < COUNT(processes); s++)
            for (int k = 0; k < COUNT(times) * COUNT(data_deviation); k++) {
                const rmf_parametrisation_ops *ops = rmf_parametrisation_registry()[p];
                rmf_sde sde;
                rmf_coefficients c;
                double alpha, sigma, t = times[k % COUNT(times)];
                assert_ok(rmf_sde_parse(processes[s], "test", &sde));
                sde.ops->kernel(&sde, t, &alpha, &sigma);
                ops->coefficients(alpha, sigma, data_deviation[k / COUNT(times)], &c);
                double scale = 1 / (sigma * sigma);
                assert_near(c.score_x * alpha + c.score_f * c.target_x0, 0, 1e-9 * scale);
                assert_near(c.score_x * sigma + c.score_f * c.target_noise, -1 / sigma,
                            1e-9 / sigma);
                assert_true(c.c_in > 0 && c.weight > 0 && isfinite(c.weight));
            }
}

/* Karras et al. 2022, table 1, put together from its own symbols. */
static void edm_is_karras(void **state)
{
    (void)state;
    const rmf_parametrisation_ops *edm = rmf_parametrisation_find("edm");
    for (int k = 0; k < COUNT(times) * COUNT(data_deviation); k++) {
        rmf_sde sde;
        rmf_coefficients c;
        double alpha, sigma, sd = data_deviation[k / COUNT(times)];
        assert_ok(rmf_sde_parse("vp", "test", &sde));
        sde.ops->kernel(&sde, times[k % COUNT(times)], &alpha, &sigma);
        edm->coefficients(alpha, sigma, sd, &c);
        double noise = sigma / alpha, root = sqrt(noise * noise + sd * sd);
        double c_skip = sd * sd / (noise * noise + sd * sd), c_out = noise * sd / root;
        assert_near(c.c_in * alpha, 1 / root, 1e-12 / root);
        /* F = (x0 − c_skip·(x0 + σ̃·z))/c_out; relative to the larger of the two parts. */
        assert_near(c.target_x0, (1 - c_skip) / c_out, 1e-9 / c_out);
        assert_near(c.target_noise, -c_skip * noise / c_out, 1e-9);
        assert_near(c.target_x0 * c.target_x0 * sd * sd + c.target_noise * c.target_noise, 1,
                    1e-12);
        double lambda = (noise * noise + sd * sd) / (noise * sd * noise * sd);
        assert_near(lambda * c_out * c_out, c.weight, 1e-9);
    }
}

static void inputs_and_targets_are_what_the_coefficients_say(void **state)
{
    (void)state;
    static batch b;
    for (size_t p = 0; rmf_parametrisation_registry()[p]; p++) {
        make_batch(&b, "vp", rmf_parametrisation_registry()[p]->name, "own");
        prepare(&b);
        for (int r = 0; r < ROWS; r++) {
            float z[FEATURES];
            double alpha, sigma;
            rmf_coefficients c;
            rmf_random_normal(b.loss.key, b.sample[r], b.loss.step, z, FEATURES);
            b.sde.ops->kernel(&b.sde, b.t[r], &alpha, &sigma);
            b.loss.parametrisation->coefficients(alpha, sigma, b.loss.sigma_data, &c);
            assert_near(b.weight[r], c.weight, 1e-6 * c.weight);
            for (int i = 0; i < FEATURES; i++) {
                double x0 = b.x0[r * FEATURES + i], x = alpha * x0 + sigma * z[i];
                double target = c.target_x0 * x0 + c.target_noise * z[i];
                assert_near(b.net_x[r * FEATURES + i], c.c_in * x, 1e-5);
                assert_near(b.target[r * FEATURES + i], target, 1e-5 * (1 + fabs(target)));
            }
        }
    }
}

/* The published loss: a zero network scores exactly the number of features, object by object. */
static void zero_predictor_scores_the_feature_count(void **state)
{
    (void)state;
    static batch b;
    for (int s = 0; s < COUNT(processes); s++) {
        make_batch(&b, processes[s], "score", "empirical");
        prepare(&b);
        double loss = rmf_loss_value(&b.loss, b.output, b.target, b.weight, b.gradient, b.row_loss);
        assert_near(loss, FEATURES, 1e-5 * FEATURES);
        for (int r = 0; r < ROWS; r++)
            assert_near(b.row_loss[r], FEATURES, 1e-5 * FEATURES);
    }
}

static void perfect_predictor_scores_nothing(void **state)
{
    (void)state;
    static batch b;
    for (size_t p = 0; rmf_parametrisation_registry()[p]; p++) {
        make_batch(&b, "vp", rmf_parametrisation_registry()[p]->name, "own");
        prepare(&b);
        assert_near(rmf_loss_value(&b.loss, b.target, b.target, b.weight, b.gradient, NULL), 0, 0);
        for (int i = 0; i < ROWS * FEATURES; i++)
            assert_near(b.gradient[i], 0, 0);
    }
}

/* Every weight but "own" weighs the score's error, so one and the same wrong score must cost the
 * same whatever the network's output means. */
static void weights_do_not_depend_on_the_parametrisation(void **state)
{
    (void)state;
    static batch b;
    for (size_t w = 0; rmf_weight_registry()[w]; w++) {
        double first[ROWS] = {0};
        if (!rmf_weight_registry()[w]->score_weight) continue;
        for (size_t p = 0; rmf_parametrisation_registry()[p]; p++) {
            make_batch(&b, "vp", rmf_parametrisation_registry()[p]->name,
                       rmf_weight_registry()[w]->name);
            for (int r = 0; r < ROWS; r++)
                b.t[r] = 0.1 + 0.85 * r / ROWS; /* f32 must be able to tell the errors */
            prepare(&b);
            for (int r = 0; r < ROWS; r++) {
                double alpha, sigma;
                rmf_coefficients c;
                b.sde.ops->kernel(&b.sde, b.t[r], &alpha, &sigma);
                b.loss.parametrisation->coefficients(alpha, sigma, b.loss.sigma_data, &c);
                for (int i = r * FEATURES; i < (r + 1) * FEATURES; i++) {
                    double x = b.net_x[i] / c.c_in, score = 0.3 - 1.7 * x;
                    b.output[i] = (float)((score - c.score_x * x) / c.score_f);
                }
            }
            rmf_loss_value(&b.loss, b.output, b.target, b.weight, NULL, b.row_loss);
            for (int r = 0; r < ROWS; r++) {
                if (p == 0) first[r] = b.row_loss[r];
                assert_near(b.row_loss[r], first[r], 2e-4 * first[r]);
            }
        }
    }
}

/* The four weights at one time, from their definitions; min-SNR is min(SNR, 5) under x0. */
static void weights_are_their_definitions(void **state)
{
    (void)state;
    rmf_sde sde;
    assert_ok(rmf_sde_parse("vp", "test", &sde));
    for (int k = 0; k < COUNT(times); k++) {
        double a, s, t = times[k];
        rmf_coefficients x0;
        sde.ops->kernel(&sde, t, &a, &s);
        rmf_parametrisation_find("x0")->coefficients(a, s, 1, &x0);
        double beta = 0.1 + 19.9 * t, snr = a * a / (s * s);
#define WEIGHT(name) rmf_weight_find(name)->score_weight(&sde, t, a, s, 2.0)
        assert_near(WEIGHT("empirical") / (s * s / 2), 1, 1e-12);
        assert_near(WEIGHT("expected") / (s * s), 1, 1e-12);
        assert_near(WEIGHT("likelihood") / beta, 1, 1e-12);
        assert_near(WEIGHT("none"), 1, 0);
        double on_x0 = WEIGHT("min-snr") * x0.score_f * x0.score_f;
        assert_near(on_x0 / (snr < 5 ? snr : 5), 1, 1e-9);
    }
    assert_null(rmf_weight_find("own")->score_weight);
}

static void finite_at_tiny_times(void **state)
{
    (void)state;
    static batch b;
    for (size_t p = 0; rmf_parametrisation_registry()[p]; p++)
        for (size_t w = 0; rmf_weight_registry()[w]; w++)
            for (int s = 0; s < COUNT(processes); s++) {
                make_batch(&b, processes[s], rmf_parametrisation_registry()[p]->name,
                           rmf_weight_registry()[w]->name);
                for (int r = 0; r < ROWS; r++)
                    b.t[r] = 1e-5;
                prepare(&b);
                double loss =
                    rmf_loss_value(&b.loss, b.output, b.target, b.weight, b.gradient, NULL);
                assert_true(isfinite(loss));
                for (int i = 0; i < ROWS * FEATURES; i++)
                    assert_true(isfinite(b.net_x[i]) && isfinite(b.gradient[i]));
            }
}

static void gradient_matches_differences(void **state)
{
    (void)state;
    static batch b;
    make_batch(&b, "vp", "edm", "min-snr");
    prepare(&b);
    rmf_random_normal(rmf_key_make(8, 8), 0, 0, b.output, ROWS * FEATURES);
    double loss = rmf_loss_value(&b.loss, b.output, b.target, b.weight, b.gradient, b.row_loss);
    double mean = 0;
    for (int r = 0; r < ROWS; r++)
        mean += b.row_loss[r] / ROWS;
    assert_near(mean, loss, 1e-12 * loss);
    assert_near(rmf_loss_value(&b.loss, b.output, b.target, b.weight, NULL, NULL), loss, 0);
    for (int i = 0; i < ROWS * FEATURES; i += 13) {
        float kept = b.output[i], up = kept + 0.01f, down = kept - 0.01f;
        b.output[i] = up;
        double above = rmf_loss_value(&b.loss, b.output, b.target, b.weight, NULL, NULL);
        b.output[i] = down;
        double below = rmf_loss_value(&b.loss, b.output, b.target, b.weight, NULL, NULL);
        b.output[i] = kept;
        double slope = (above - below) / ((double)up - down);
        assert_near(b.gradient[i], slope, 1e-5 * (fabs(slope) + 0.01));
    }
}

/* A batch large enough to go parallel gives the same bytes with one thread and with three. */
static void threads_do_not_matter(void **state)
{
    (void)state;
    enum { N = 301, D = 130 };
    batch b;
    make_batch(&b, "vp", "v", "empirical");
    b.loss.rows = N;
    b.loss.features = D;
    float *buffer = calloc(10 * N * D, sizeof *buffer), weight[2][N];
    double t[N], loss[2];
    uint64_t sample[N];
    assert_non_null(buffer);
    rmf_random_normal(rmf_key_make(1, 1), 0, 0, buffer, 2 * N * D);
    for (int r = 0; r < N; r++) {
        t[r] = (r + 1.0) / N;
        sample[r] = (uint64_t)r;
    }
    float *x0 = buffer, *output = x0 + N * D, *results = output + N * D;
    const int threads = rmf_threads();
    for (int run = 0; run < 2; run++) {
        float *at = results + run * 4 * N * D;
        rmf_threads_set(run ? 3 : 1);
        assert_ok(rmf_loss_prepare(&b.loss, x0, t, sample, at, at + N * D, weight[run]));
        loss[run] = rmf_loss_value(&b.loss, output, at + N * D, weight[run], at + 2 * N * D, NULL);
    }
    rmf_threads_set(threads);
    assert_memory_equal(&loss[0], &loss[1], sizeof loss[0]);
    assert_memory_equal(weight[0], weight[1], sizeof weight[0]);
    assert_memory_equal(results, results + 4 * N * D, 3 * N * D * sizeof *buffer);
    free(buffer);
}

static void input_may_replace_the_data(void **state)
{
    (void)state;
    static batch b;
    float apart[ROWS * FEATURES];
    make_batch(&b, "vp", "edm", "own");
    prepare(&b);
    memcpy(apart, b.net_x, sizeof apart);
    assert_ok(rmf_loss_prepare(&b.loss, b.x0, b.t, b.sample, b.x0, b.target, b.weight));
    assert_memory_equal(apart, b.x0, sizeof apart);
}

static void refuses(void **state)
{
    (void)state;
    static batch b;
    static const double bad[] = {0, -0.1, 1.0001, NAN, INFINITY};
    for (int i = 0; i < COUNT(bad); i++) {
        make_batch(&b, "vp", "edm", "own");
        b.t[ROWS - 1] = bad[i];
        assert_int_equal(
            rmf_loss_prepare(&b.loss, b.x0, b.t, b.sample, b.net_x, b.target, b.weight),
            RMF_ERR_ARGUMENT);
        assert_non_null(strstr(rmf_message(), "row 36"));
        assert_near(b.weight[0], 0, 0);
    }
    make_batch(&b, "vegeo", "edm", "own"); /* has noise at time 0 */
    b.t[0] = 0;
    prepare(&b);
    b.loss.sigma_data = 0;
    assert_int_equal(rmf_loss_prepare(&b.loss, b.x0, b.t, b.sample, b.net_x, b.target, b.weight),
                     RMF_ERR_ARGUMENT);
    b.loss.sigma_data = 1;
    b.loss.rows = 0;
    prepare(&b);
    assert_near(rmf_loss_value(&b.loss, b.output, b.target, b.weight, b.gradient, NULL), 0, 0);
    assert_null(rmf_parametrisation_find("noise"));
    assert_null(rmf_weight_find(""));
}

static void registries_are_complete(void **state)
{
    (void)state;
    for (size_t p = 0; rmf_parametrisation_registry()[p]; p++) {
        const rmf_parametrisation_ops *ops = rmf_parametrisation_registry()[p];
        assert_true(ops->summary[0] && ops->source[0] && ops->coefficients);
        assert_ptr_equal(rmf_parametrisation_find(ops->name), ops);
    }
    for (size_t w = 0; rmf_weight_registry()[w]; w++) {
        const rmf_weight_ops *ops = rmf_weight_registry()[w];
        assert_true(ops->summary[0] && ops->source[0]);
        assert_ptr_equal(rmf_weight_find(ops->name), ops);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registries_are_complete),
        cmocka_unit_test(target_and_score_agree),
        cmocka_unit_test(edm_is_karras),
        cmocka_unit_test(inputs_and_targets_are_what_the_coefficients_say),
        cmocka_unit_test(zero_predictor_scores_the_feature_count),
        cmocka_unit_test(perfect_predictor_scores_nothing),
        cmocka_unit_test(weights_do_not_depend_on_the_parametrisation),
        cmocka_unit_test(weights_are_their_definitions),
        cmocka_unit_test(finite_at_tiny_times),
        cmocka_unit_test(gradient_matches_differences),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(input_may_replace_the_data),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
