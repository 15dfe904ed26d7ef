/* tree/linking.c – the two groups that meet first become one, again and again. */
#include "tree/linking.h"

#include <math.h>

/* Single linkage: two groups cross when their first pair does. */
static void take_first(const rmf_linking *l, int a, int b)
{
    for (int k = 0; k < l->n; k++)
        if (l->crossing[b * l->n + k] < l->crossing[a * l->n + k] && k != a)
            l->crossing[a * l->n + k] = l->crossing[k * l->n + a] = l->crossing[b * l->n + k];
}

static void find_first(const rmf_linking *l, int pair[2])
{
    pair[0] = -1;
    for (int i = 0; i < l->n; i++) {
        if (l->gone[i]) continue;
        const double *row = l->crossing + (int64_t)i * l->n;
        for (int j = i + 1; j < l->n; j++)
            if (!l->gone[j] &&
                (pair[0] < 0 || row[j] < l->crossing[(int64_t)pair[0] * l->n + pair[1]])) {
                pair[0] = i;
                pair[1] = j;
            }
    }
}

bool rmf_link(const rmf_linking *l, rmf_join *joins, int apart[2])
{
    double now = 0;
    for (int m = 0; m + 1 < l->n; m++) {
        find_first(l, apart);
        const int a = apart[0], b = apart[1];
        const double first = l->crossing[(int64_t)a * l->n + b];
        if (!(first < INFINITY)) return false;
        now = fmax(now, first);
        joins[m] = (rmf_join){a, b, now};
        l->gone[b] = true;
        if (l->linkage == RMF_LINKAGE_SINGLE)
            take_first(l, a, b);
        else
            l->pool(l->context, a, b);
    }
    return true;
}
