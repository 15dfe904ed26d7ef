/** core/order.c – sorting and quantiles. */
#include "core/order.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int compare_ints(const void *left, const void *right)
{
    const int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

void rmf_sort(double *value, size_t n)
{
    qsort(value, n, sizeof *value, compare);
}

void rmf_sort_ints(int *value, size_t n)
{
    qsort(value, n, sizeof *value, compare_ints);
}

double rmf_quantile(const double *sorted, int n, double p)
{
    const double place = p * (n - 1);
    const int low = (int)place, high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
