/* eval/rank.c – sorting with a fixed order of equal values. */
#include "eval/rank.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const rmf_ranked *a = left, *b = right;
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    return (a->object > b->object) - (a->object < b->object);
}

void rmf_rank(const float *value, int64_t n, rmf_ranked *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (rmf_ranked){value[i], i};
    qsort(out, (size_t)n, sizeof *out, compare);
}
