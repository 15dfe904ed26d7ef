/* tests/nn/fixture.c – what the tests of the nn room share. */
#include "nn/fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rmf_device *open_device(int index, const char **name)
{
    const rmf_device_kind *const *kinds = rmf_device_registry();
    for (int i = 0, seen = 0; kinds[i]; i++) {
        char why_not[256];
        /* The tests read and write device memory directly. */
        bool host = strcmp(kinds[i]->name, "ref") == 0 || strcmp(kinds[i]->name, "cpu") == 0;
        if (!host || !kinds[i]->available(why_not, sizeof why_not) || seen++ != index) continue;
        rmf_device *dev = NULL;
        assert_ok(rmf_device_open(kinds[i]->name, &dev));
        *name = kinds[i]->name;
        return dev;
    }
    return NULL;
}

void fill_normal(float *to, int64_t count, uint64_t stream)
{
    rmf_random_normal(rmf_key_make(11, stream), 0, 0, to, (size_t)count);
}

double dot(const float *a, const float *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

void fill_value(float *to, int64_t count, int s)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)sin(0.37 * (double)i * (1 + 0.1 * s) + s);
}

char *golden_read(void)
{
    FILE *file = fopen(RMF_GOLDEN "/nn.txt", "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

void golden_compare(const char *text, const char *key, const float *x, int64_t count)
{
    char start[64];
    snprintf(start, sizeof start, "\n%s ", key);
    const char *at = strstr(text, start);
    if (!at) fail_msg("no golden values of %s", key);
    char *next = NULL;
    assert_int_equal(strtoll(at + strlen(start), &next, 10), count);
    double *expected = malloc((size_t)count * sizeof *expected), largest = 0;
    assert_non_null(expected);
    for (int64_t i = 0; i < count; i++) {
        expected[i] = strtod(next, &next);
        largest = fmax(largest, fabs(expected[i]));
    }
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(x[i] - expected[i]) <= 1e-5 * (largest + 0.01)))
            fail_msg("%s[%d] is %.9g; expected %.9g", key, (int)i, (double)x[i], expected[i]);
    free(expected);
}

struct fixture open_tape(int64_t bank_rows, bool training)
{
    struct fixture f = {NULL, NULL, NULL};
    assert_ok(rmf_device_open("ref", &f.dev));
    assert_ok(rmf_params_create(f.dev, bank_rows, &f.params));
    assert_ok(rmf_tape_create(f.params, training, &f.t));
    return f;
}

void close_tape(struct fixture *f)
{
    rmf_tape_free(f->t);
    rmf_params_free(f->params);
    rmf_device_close(f->dev);
}

void assert_message(const char *words)
{
    if (!strstr(rmf_message(), words)) fail_msg("\"%s\" lacks \"%s\"", rmf_message(), words);
}
