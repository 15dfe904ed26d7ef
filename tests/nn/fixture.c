/* tests/nn/fixture.c – what the tests of the nn room share. */
#include "nn/fixture.h"

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
