/* tree/quantile.c – the inverse of the standard normal distribution function. */
#include <math.h>

#include "ramify/tree.h"

/* Φ⁻¹(p) for p ≤ ½: Abramowitz & Stegun 26.2.23, then Halley steps on Φ(x) = ½·erfc(−x/√2), each
 * of which triples the number of right digits. */
static double lower_quantile(double p)
{
    double t = sqrt(-2 * log(p));
    double x = (2.515517 + t * (0.802853 + t * 0.010328)) /
                   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
               t;
    for (int i = 0; i < 3 && x > -37; i++) { /* beyond, Φ is no normal number any more */
        double error = 0.5 * erfc(-x * 0.70710678118654752440) - p;
        double u = error * 2.50662827463100050242 * exp(0.5 * x * x); /* √(2π) */
        x -= u / (1 + 0.5 * x * u);
    }
    return x;
}

double rmf_normal_quantile(double p)
{
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    return p <= 0.5 ? lower_quantile(p) : -lower_quantile(1 - p);
}
