/* tests/train/test_extend_learnt.c – a class that is added to a run is learnt. */
#include "support.h"

#include <math.h>

enum { CLOUD = 400 };

/* Round clouds of three classes in the plane. */
static const double centre[3][2] = {{-1.5, 0}, {1.5, 0}, {0.3, 1.4}}, spread = 0.4;

static void write_clouds(const char *path)
{
    rmf_arrays arrays = {0};
    static float x[3 * CLOUD * 2];
    static int32_t label[3 * CLOUD];
    static const char *const names[] = {"left", "right", "top"};
    const int64_t shape[2] = {3 * CLOUD, 2};
    for (int i = 0; i < 3 * CLOUD; i++) {
        label[i] = i / CLOUD;
        rmf_random_normal(rmf_key_make(5, 5), (uint64_t)i, 0, x + 2 * i, 2);
        for (int j = 0; j < 2; j++)
            x[2 * i + j] = (float)(centre[label[i]][j] + spread * x[2 * i + j]);
    }
    assert_ok(rmf_arrays_add(&arrays, "x", RMF_F32, 2, shape, x));
    assert_ok(rmf_arrays_add(&arrays, "label", RMF_I32, 1, shape, label));
    assert_ok(rmf_arrays_add_texts(&arrays, "classes", names, 3));
    assert_ok(rmf_npz_write(path, true, &arrays));
    rmf_arrays_free(&arrays);
}

/* Mean and deviation of the new class, whose score was learnt, and which leaves at t = 1, where it
 * is exactly like the others. */
static void a_gaussian_class_is_learnt(void **state)
{
    (void)state;
    static const char *const keys[] = {"data.format=npz",
                                       "data.path=clouds.npz",
                                       "data.classes=left,right",
                                       "net.name=tabular",
                                       "net.width=64",
                                       "train.steps=600",
                                       "train.batch=64",
                                       "train.ema=0.98",
                                       "data.normalise=none",
                                       "tree.flat=true",
                                       "train.learning_rate=3e-3"};
    static const char *const top[] = {"top"}, *const from[] = {"left", "right"},
                             *const set[] = {"train.steps=400"};
    rmf_settings *settings = NULL, *all = NULL;
    char *folder = temporary_folder(), *out = temporary_folder(), *recipe_base = NULL;
    write_clouds("clouds.npz");
    assert_ok(rmf_recipe_load("digits", keys, COUNT(keys), &settings, &recipe_base));
    assert_ok(rmf_settings_copy(settings, &all));
    assert_ok(rmf_settings_put(all, "data.classes", "", "test"));
    rmf_training training = {.settings = settings, .base = recipe_base, .run = folder};
    assert_ok(rmf_train(&training, NULL));
    const rmf_extension x = {.run = folder,
                             .out = out,
                             .data = all,
                             .base = recipe_base,
                             .classes = top,
                             .n_classes = 1,
                             .time = 1,
                             .from = from,
                             .n_from = 2,
                             .set = set,
                             .n_set = COUNT(set)};
    assert_ok(rmf_extend(&x, NULL, NULL));

    rmf_model *model = NULL;
    rmf_samples samples = {0};
    rmf_sampling sampling = {0};
    rmf_sampling_report report;
    const int class = 2;
    assert_ok(rmf_model_open(out, "ema", "auto", &model));
    assert_ok(rmf_sampling_from_settings(rmf_model_settings(model), &sampling));
    sampling.classes = &class;
    sampling.n_classes = 1;
    sampling.count = 1000;
    assert_ok(rmf_model_sample(model, &sampling, NULL, &samples, &report));
    for (int j = 0; j < 2; j++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < samples.n; i++) {
            mean += samples.x[2 * i + j] / (double)samples.n;
            square += samples.x[2 * i + j] * samples.x[2 * i + j] / (double)samples.n;
        }
        if (fabs(mean - centre[2][j]) > 0.12) fail_msg("mean %g; expected %g", mean, centre[2][j]);
        const double deviation = sqrt(square - mean * mean);
        if (fabs(deviation - spread) > 0.12) fail_msg("deviation %g; expected 0.4", deviation);
    }
    rmf_samples_free(&samples);
    rmf_model_free(model);
    rmf_settings_free(settings);
    rmf_settings_free(all);
    rmf_free(recipe_base);
    remove_folder(folder);
    remove_folder(out);
    assert_int_equal(remove("clouds.npz"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_gaussian_class_is_learnt)};
    rmf_threads_set(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
