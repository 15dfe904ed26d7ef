/**
 * core/order.h – numbers in ascending order, and what lies between them.
 */
#ifndef RMF_CORE_ORDER_H
#define RMF_CORE_ORDER_H

#include "ramify/core.h"

/** No value is NaN. */
void rmf_sort(double *value, size_t n);
void rmf_sort_ints(int *value, size_t n);
/** The p-quantile, p in [0, 1], of n ≥ 1 ascending values: linear between order statistics
 * (Hyndman & Fan 1996, type 7). */
double rmf_quantile(const double *sorted, int n, double p);

#endif
