/* tests/eval/test_golden.c – metrics of objects against SciPy and NumPy (tools/golden/eval.py). */
#include "eval/fixture.h"

#include <jansson.h>

#include "eval/metric.h"

static rmf_sample_set read_set(const json_t *rows, double unit)
{
    const int64_t n = (int64_t)json_array_size(rows),
                  d = (int64_t)json_array_size(json_array_get(rows, 0));
    float *x = malloc((size_t)(n * d) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            x[i * d + j] = (float)(json_number_value(
                                       json_array_get(json_array_get(rows, (size_t)i), (size_t)j)) /
                                   unit);
    return (rmf_sample_set){x, n, d};
}

static const rmf_metric *row_of(const char *name)
{
    for (const rmf_metric *const *row = rmf_metric_rows(); *row; row++)
        if (strcmp((*row)->ops.name, name) == 0) return *row;
    fail_msg("no metric is called %s", name);
    return NULL;
}

static double value_of(const char *name, const rmf_pair *pair)
{
    static const rmf_weights once = {NULL, NULL};
    const rmf_metric *row = row_of(name);
    void *prepared = NULL;
    double value = NAN;
    rmf_arena *arena = new_arena();
    assert_ok(row->prepare(pair, arena, &prepared));
    assert_ok(row->evaluate(prepared, &once, &value));
    rmf_arena_free(arena);
    return value;
}

/* Whether the public function gives the same: what needs no training objects has one. */
static void check_case(const json_t *one, double unit)
{
    const char *name;
    json_t *value;
    const rmf_pair pair = {.a = read_set(json_object_get(one, "a"), unit),
                           .b = read_set(json_object_get(one, "b"), unit),
                           .train = read_set(json_object_get(one, "train"), unit)};
    json_object_foreach(json_object_get(one, "values"), name, value)
    {
        const double expected = json_number_value(value), got = value_of(name, &pair);
        if (!(fabs(got - expected) <= 1e-6 * (1 + expected)))
            fail_msg("%s, %s: %.10g; expected %.10g",
                     json_string_value(json_object_get(one, "name")), name, got, expected);
        if (rmf_metric_compares(rmf_metric_find(name)))
            assert_near(metric(name, pair.a, pair.b), got, 0);
    }
    free((void *)pair.a.x);
    free((void *)pair.b.x);
    free((void *)pair.train.x);
}

static void golden(void **state)
{
    (void)state;
    json_error_t error;
    json_t *file = json_load_file(RMF_GOLDEN "/eval.json", 0, &error), *one;
    assert_non_null(file);
    size_t index;
    const double unit = json_number_value(json_object_get(file, "unit"));
    assert_int_equal(json_array_size(json_object_get(file, "cases")), 6);
    json_array_foreach(json_object_get(file, "cases"), index, one) check_case(one, unit);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
