/* tests/net/test_golden.c – outputs against PyTorch (tools/golden/net.py), which gets the same
 * parameters and inputs by the same formula. */
#include "net_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const net_case *find_case(const char *name)
{
    const net_case *c = small_cases;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    if (!c->name) fail_msg("no case %s", name);
    return c;
}

static void compare(FILE *file, const net_case *c, const char *device)
{
    fixture f;
    fixture_open(&f, c, device, false);
    assert_int_equal(rmf_tape_forward(f.net.tape), RMF_OK);
    for (int64_t i = 0; i < f.net.rows * f.net.features; i++) {
        double expected, found = (double)rmf_node_value(f.net.output)[i];
        assert_int_equal(fscanf(file, "%lf", &expected), 1);
        if (!(fabs(found - expected) <= 2e-4 * (1 + fabs(expected))))
            fail_msg("%s on %s, element %d: %g, expected %g", c->name, device, (int)i, found,
                     expected);
    }
    fixture_close(&f);
}

static void outputs_equal_pytorch(const char *device)
{
    FILE *file = fopen(RMF_GOLDEN "/net.txt", "r");
    assert_non_null(file);
    char line[256], name[32];
    long long count;
    int cases = 0;
    assert_non_null(fgets(line, sizeof line, file));
    for (; fscanf(file, "%31s %lld", name, &count) == 2; cases++) {
        const net_case *c = find_case(name);
        int64_t expected = c->rows;
        for (int i = 0; i < c->rank; i++)
            expected *= c->shape[i];
        assert_int_equal(count, expected);
        compare(file, c, device);
    }
    assert_int_equal(cases, 7);
    fclose(file);
}

static void reference_device_equals_pytorch(void **state)
{
    (void)state;
    outputs_equal_pytorch("ref");
}

static void best_device_equals_pytorch(void **state)
{
    (void)state;
    outputs_equal_pytorch("auto");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_device_equals_pytorch),
        cmocka_unit_test(best_device_equals_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
