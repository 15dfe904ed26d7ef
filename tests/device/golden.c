/* tests/device/golden.c – see golden.h. */
#include "golden.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool read_block(FILE *file, golden *g)
{
    long long count = 0;
    if (fscanf(file, "%31s %lld", g->block[g->blocks].name, &count) != 2) return false;
    assert_true(count > 0 && count < 100000 && g->blocks + 1 < GOLDEN_BLOCKS);
    float *values = calloc((size_t)count, sizeof *values);
    assert_non_null(values);
    for (long long i = 0; i < count; i++)
        assert_int_equal(fscanf(file, "%f", &values[i]), 1);
    g->block[g->blocks].count = count;
    g->block[g->blocks].values = values;
    g->blocks++;
    return true;
}

void golden_read(golden *g)
{
    memset(g, 0, sizeof *g);
    FILE *file = fopen(RMF_GOLDEN "/device.txt", "r");
    assert_non_null(file);
    char line[128];
    assert_non_null(fgets(line, sizeof line, file)); /* where it came from */
    while (read_block(file, g))
        continue;
    assert_true(feof(file));
    fclose(file);
}

void golden_free(golden *g)
{
    for (int i = 0; i < g->blocks; i++)
        free(g->block[i].values);
}

float *golden_block(const golden *g, const char *name, int64_t count)
{
    for (int i = 0; i < g->blocks; i++) {
        if (strcmp(g->block[i].name, name) != 0) continue;
        if (g->block[i].count != count)
            fail_msg("golden block %s has %" PRId64 " numbers; expected %" PRId64, name,
                     g->block[i].count, count);
        return g->block[i].values;
    }
    fail_msg("no golden block %s", name);
    return NULL;
}
