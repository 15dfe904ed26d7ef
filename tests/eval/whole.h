/* tests/eval/whole.h – whole evaluations of two made-up classes, and their figures. */
#ifndef RMF_TEST_EVAL_WHOLE_H
#define RMF_TEST_EVAL_WHOLE_H

#include "eval/fixture.h"

#include <jansson.h>

/* Two classes of D features; class 1 is moved by `apart` along the first feature. */
enum { D = 6, PER_CLASS = 120 };

typedef struct sample {
    float *x;
    int32_t *label;
    rmf_eval_set set;
} sample;

static inline sample make(uint64_t seed, int64_t per_class, float apart, float noise)
{
    sample s = {
        normal(seed, 2 * per_class, D), malloc((size_t)per_class * 2 * sizeof(int32_t)), {0}};
    assert_non_null(s.label);
    for (int64_t i = 0; i < 2 * per_class; i++) {
        s.label[i] = (int32_t)(i % 2); /* classes alternate */
        for (int64_t j = 0; j < D; j++)
            s.x[i * D + j] = noise * s.x[i * D + j] + (j == 0 && s.label[i] ? apart : 0);
    }
    s.set = (rmf_eval_set){s.x, s.label, 2 * per_class};
    return s;
}

static inline void discard(sample *s)
{
    free(s->x);
    free(s->label);
}

static inline rmf_eval_options options(const char *metrics)
{
    static const char *const names[] = {"zero", "one"};
    rmf_eval_options o;
    rmf_eval_options_init(&o);
    o.features = D;
    o.rank = 1;
    o.shape[0] = D;
    o.n_classes = 2;
    o.class_name = names;
    o.metrics = metrics;
    o.seed = 5;
    o.real_split = "held-out";
    return o;
}

/* A number at metrics.NAME.KEY or, with a class, metrics.NAME.per_class.CLASS.KEY. */
static inline double figure(const json_t *result, const char *metric, const char *class,
                            const char *key)
{
    const json_t *at = json_object_get(json_object_get(result, "metrics"), metric);
    if (class) at = json_object_get(json_object_get(at, "per_class"), class);
    const json_t *value = json_object_get(at, key);
    if (!json_is_number(value)) fail_msg("no number %s %s %s", metric, class ? class : "", key);
    return json_number_value(value);
}

static inline const char *words(const json_t *result, const char *metric, const char *class,
                                const char *key)
{
    const json_t *at = json_object_get(json_object_get(result, "metrics"), metric);
    if (class) at = json_object_get(json_object_get(at, "per_class"), class);
    const char *text = json_string_value(json_object_get(at, key));
    if (!text) fail_msg("no text %s %s %s", metric, class ? class : "", key);
    return text;
}

static inline json_t *evaluate(const rmf_eval_options *o, const sample *generated,
                               const sample *real, const sample *train)
{
    json_t *result = NULL;
    assert_ok(
        rmf_evaluate(o, &generated->set, &real->set, train ? &train->set : NULL, NULL, &result));
    assert_non_null(result);
    return result;
}

#endif
