/* tests/train/extending.h – a small run of six digits, trained once, and additions to it. */
#ifndef RMF_TESTS_TRAIN_EXTENDING_H
#define RMF_TESTS_TRAIN_EXTENDING_H

#include "support.h"

#include <math.h>

static char *run; /* digits 0, 1, 2, 3, 4, 5; trained once */
static rmf_settings *digits;
static char *base;

static inline int train_once(void **state)
{
    (void)state;
    rmf_settings *settings = NULL;
    const char *set[COUNT(small_recipe) + 2];
    memcpy(set, small_recipe, sizeof small_recipe);
    set[COUNT(small_recipe)] = "data.classes=0,1,2,3,4,5";
    set[COUNT(small_recipe) + 1] = "sample.steps=6"; /* an extension's own check takes so many */
    run = temporary_folder();
    assert_ok(rmf_recipe_load("digits", set, COUNT(set), &settings, &base));
    rmf_training training = {.settings = settings, .base = base, .run = run};
    assert_ok(rmf_train(&training, NULL));
    rmf_settings_free(settings);
    rmf_free(base);
    assert_ok(rmf_recipe_load("digits", NULL, 0, &digits, &base));
    return 0;
}

static inline int remove_run(void **state)
{
    (void)state;
    remove_folder(run);
    rmf_settings_free(digits);
    rmf_free(base);
    return 0;
}

static const char *const steps[] = {"train.steps=20"};

static inline rmf_extension adding(const char *from, const char *out, const char *const *classes,
                                   int n)
{
    return (rmf_extension){.run = from,
                           .out = out,
                           .data = digits,
                           .base = base,
                           .classes = classes,
                           .n_classes = n,
                           .time = NAN,
                           .set = steps,
                           .n_set = COUNT(steps)};
}

static inline char *extended(const char *from, const char *const *classes, int n)
{
    char *out = temporary_folder();
    rmf_extension x = adding(from, out, classes, n);
    rmf_extension_report report;
    assert_ok(rmf_extend(&x, NULL, &report));
    assert_int_equal(report.n_added, n);
    assert_true(report.equal_values > 0 && report.equal_samples > 0);
    rmf_extension_report_free(&report);
    return out;
}

#endif
