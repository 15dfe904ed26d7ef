/* tests/diffusion/test_sde.c – forward processes against their moment equations (numerically here
 * and in tools/golden/diffusion.py), their short form and their settings. */
#include "ramify/diffusion.h"

#include "diffusion/check.h"

static const double times[] = {1e-5, 0.001, 0.0501, 0.3, 0.5, 0.77, 0.999};

static rmf_sde parse(const char *text)
{
    rmf_sde sde;
    assert_ok(rmf_sde_parse(text, "test", &sde));
    return sde;
}

/* dα/dt = f·α and dσ²/dt = 2f·σ² + g² by central differences. */
static void moments_follow_drift_and_diffusion(void **state)
{
    (void)state;
    for (size_t i = 0; rmf_sde_registry()[i]; i++) {
        rmf_sde sde = parse(rmf_sde_registry()[i]->name);
        for (int k = 1; k < COUNT(times); k++) {
            const int steps = rmf_sde_steps(&sde); /* at a whole one rates jump */
            double t = times[k] + (steps > 0 ? 0.3 / steps : 0), h = 1e-4 * t, a[3], s[3];
            for (int j = 0; j < 3; j++)
                sde.ops->kernel(&sde, t + (j - 1) * h, &a[j], &s[j]);
            double f = sde.ops->drift(&sde, t), g = sde.ops->diffusion(&sde, t);
            double rate = 2 * f * s[1] * s[1] + g * g;
            assert_near((a[2] - a[0]) / (2 * h), f * a[1], 1e-5 * (1 + fabs(f)));
            assert_near((s[2] * s[2] - s[0] * s[0]) / (2 * h), rate, 1e-5 * fabs(g * g));
        }
    }
}

static void time_of_ratio_inverts(void **state)
{
    (void)state;
    static const char *const processes[] = {"vp",
                                            "vp:0,5",
                                            "vp:2,2",
                                            "vp:5,0",
                                            "ve:1.01",
                                            "ve",
                                            "vegeo",
                                            "vegeo:0.5,2",
                                            "vp:0.1,0.1",
                                            "vp:5,1",
                                            "vegeo:1,100",
                                            "discrete",
                                            "discrete:0.5,0.001,9"};
    for (int p = 0; p < COUNT(processes); p++) {
        rmf_sde sde = parse(processes[p]);
        double alpha, sigma, before = -1;
        for (int k = 0; k < COUNT(times); k++) {
            sde.ops->kernel(&sde, times[k], &alpha, &sigma);
            assert_true(sigma / alpha > before);
            before = sigma / alpha;
            assert_near(sde.ops->time_of_ratio(&sde, before), times[k], 2e-9);
        }
        sde.ops->kernel(&sde, 1, &alpha, &sigma);
        assert_near(sde.ops->time_of_ratio(&sde, sigma / alpha), 1, 1e-7);
        assert_near(sde.ops->time_of_ratio(&sde, 1.001 * sigma / alpha), 1, 0);
        assert_near(sde.ops->time_of_ratio(&sde, INFINITY), 1, 0);
        assert_near(sde.ops->time_of_ratio(&sde, 0), 0, 0);
        assert_near(sde.ops->time_of_ratio(&sde, -1), 0, 0);
        assert_near(sde.ops->time_of_ratio(&sde, NAN), 0, 0);
    }
}

static void golden(void **state)
{
    (void)state;
    FILE *file = fopen(RMF_GOLDEN "/diffusion_sde.txt", "r");
    assert_non_null(file);
    char line[256], text[64];
    int lines = 0;
    while (fgets(line, sizeof line, file)) {
        double t, want[4], have[4];
        if (line[0] == '#') continue;
        assert_int_equal(sscanf(line, "%63s %lf %lf %lf %lf %lf", text, &t, &want[0], &want[1],
                                &want[2], &want[3]),
                         6);
        rmf_sde sde = parse(text);
        sde.ops->kernel(&sde, t, &have[0], &have[1]);
        have[2] = sde.ops->drift(&sde, t);
        have[3] = sde.ops->diffusion(&sde, t);
        for (int i = 0; i < 4; i++)
            assert_near(have[i], want[i], 1e-8 * (fabs(want[i]) + 1e-3));
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 56);
}

static void prints_what_it_reads(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"vp", "vp:0.1,20"},
        {"ve", "ve:25"},
        {"discrete", "discrete:0.0001,1e-05,1000"},
        {"discrete:0.01,0,50", "discrete:0.01,0,50"},
        {"vegeo", "vegeo:0.01,50"},
        {"vp:0.30000000000000004,1e2", "vp:0.30000000000000004,100"},
        {"ve:3.5", "ve:3.5"},
        {"vegeo:0.2,1", "vegeo:0.2,1"},
    };
    for (int i = 0; i < COUNT(texts); i++) {
        char text[64], tiny[5];
        rmf_sde sde = parse(texts[i][0]);
        rmf_sde_print(&sde, text, sizeof text);
        assert_string_equal(text, texts[i][1]);
        rmf_sde_print(&sde, tiny, sizeof tiny);
        assert_memory_equal(tiny, text, 4);
        assert_int_equal(tiny[4], 0);
        rmf_noise noise = rmf_sde_noise(&sde);
        double a, s, alpha, sigma;
        noise.kernel(noise.context, 0.4, &a, &s);
        sde.ops->kernel(&sde, 0.4, &alpha, &sigma);
        assert_true(a == alpha && s == sigma);
        assert_string_equal(noise.name, text);
    }
}

static void prior_is_the_noise_at_the_end(void **state)
{
    (void)state;
    rmf_sde vp = parse("vp:0.1,1"), ve = parse("ve:25"), geometric = parse("vegeo:0.01,50");
    assert_near(rmf_sde_prior(&vp), 1, 0); /* as published, although α(1) = 0.76 */
    assert_near(rmf_sde_prior(&ve), sqrt(624 / (2 * log(25))), 1e-12);
    assert_near(rmf_sde_prior(&geometric), 50, 1e-12);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "expected one of vp, ve, vegeo, discrete"},
        {"discrete:1e-4,1e-5", "expected 3 numbers"},
        {"discrete:1e-4,1e-5,0", "steps of discrete is 0; expected a whole number from 2"},
        {"discrete:1e-4,1e-5,10.5", "steps of discrete is 10.5; expected a whole number"},
        {"discrete:0,1e-5,10", "beta_1 of discrete is 0"},
        {"discrete:0.5,0.01,100", "goes from 0 to inf times the signal; expected it to grow"},
        {"vq:0.1,20", "did you mean v"},
        {"vp:", "expected 2 numbers"},
        {"vp:0.1", "expected 2 numbers"},
        {"vp:0.1,20,3", "expected 2 numbers"},
        {"vp:a,b", "expected 2 numbers"},
        {"vp:0.1,20 ", "expected 2 numbers"},
        {"ve:", "expected 1 number after"},
        {"vp:nan,20", "expected a number from 0"},
        {"vp:0.1,inf", "beta_max"},
        {"vp:-1,20", "beta_min"},
        {"vp:0,0", "expected it to grow"},
        {"ve:1", "sigma of ve is 1"},
        {"vegeo:5,5", "expected it to grow"},
        {"vegeo:5,1", "expected it to grow"},
    };
    for (int i = 0; i < COUNT(bad); i++) {
        rmf_sde sde = {.t_limit = 7};
        assert_int_equal(rmf_sde_parse(bad[i].text, "--sde", &sde), RMF_ERR_USAGE);
        assert_memory_equal(rmf_message(), "--sde: ", 7);
        if (!strstr(rmf_message(), bad[i].says)) fail_msg("%s: %s", bad[i].text, rmf_message());
        assert_near(sde.t_limit, 7, 0);
    }
}

static void reads_settings(void **state)
{
    (void)state;
    rmf_settings *settings;
    rmf_sde sde;
    char text[64];
    assert_ok(rmf_settings_create(&settings));
    assert_ok(rmf_sde_from_settings(settings, &sde));
    rmf_sde_print(&sde, text, sizeof text);
    assert_string_equal(text, "vp:0.1,20");

    assert_ok(rmf_settings_put(settings, "sde.name", "vegeo", "r.yaml:3"));
    assert_ok(rmf_settings_put(settings, "sde.sigma_max", "7.5", "r.yaml:4"));
    assert_ok(rmf_sde_from_settings(settings, &sde));
    assert_ok(rmf_settings_check(settings, "sde.", sde.ops->options, rmf_sde_options));
    rmf_sde_print(&sde, text, sizeof text);
    assert_string_equal(text, "vegeo:0.01,7.5");
    assert_near(rmf_settings_real(settings, "sde.sigma_min", -1), 0.01, 1e-15);

    assert_ok(rmf_settings_put(settings, "sde.sigma_max", "0.001", "r.yaml:4"));
    assert_int_equal(rmf_sde_from_settings(settings, &sde), RMF_ERR_USAGE);
    assert_memory_equal(rmf_message(), "r.yaml:3: ", 10);
    assert_ok(rmf_settings_put(settings, "sde.name", "gauss", "r.yaml:3"));
    assert_int_equal(rmf_sde_from_settings(settings, &sde), RMF_ERR_USAGE);
    assert_non_null(strstr(rmf_message(), "\"gauss\""));
    rmf_settings_free(settings);
}

static void registry_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; rmf_sde_registry()[i]; i++) {
        const rmf_sde_ops *ops = rmf_sde_registry()[i];
        assert_true(strlen(ops->name) > 0 && strlen(ops->summary) > 0 && strlen(ops->source) > 0);
        assert_true(ops->options && ops->options[0].name && ops->options[0].initial);
        for (const rmf_option *o = ops->options; o->name; o++) {
            assert_true(o->help && o->initial);
            assert_true(o->type == RMF_OPTION_REAL || o->type == RMF_OPTION_INT);
            double initial = atof(o->initial);
            assert_true(initial >= o->low && initial <= o->high);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_complete),
        cmocka_unit_test(moments_follow_drift_and_diffusion),
        cmocka_unit_test(time_of_ratio_inverts),
        cmocka_unit_test(golden),
        cmocka_unit_test(prints_what_it_reads),
        cmocka_unit_test(prior_is_the_noise_at_the_end),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
