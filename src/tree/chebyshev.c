/* tree/chebyshev.c – interpolating ρ over the logarithm of the norm. */
#include <math.h>

#include "tree/sums.h"

#define PI 3.14159265358979323846
#define ACCURACY 1e-10 /* of an interpolated ρ, absolute */

void rmf_chebyshev_points(double low, double high, int n, double *points)
{
    for (int k = 0; k < n; k++)
        points[k] = 0.5 * (low + high) - 0.5 * (high - low) * cos(PI * (2 * k + 1) / (2.0 * n));
}

/* The barycentric formula (Berrut & Trefethen 2004), stable also close to a point. */
void rmf_chebyshev_basis(const double *points, int n, double v, double *out)
{
    double sum = 0;
    for (int k = 0; k < n; k++) {
        if (v == points[k]) {
            for (int i = 0; i < n; i++)
                out[i] = i == k;
            return;
        }
        out[k] = (k % 2 == 0 ? 1 : -1) * sin(PI * (2 * k + 1) / (2.0 * n)) / (v - points[k]);
        sum += out[k];
    }
    for (int k = 0; k < n; k++)
        out[k] /= sum;
}

/* Largest error over a grid of v, for one scale s. */
static double worst_error(const double *points, int n, double scale, int64_t d)
{
    double value[RMF_MOST_NODES], basis[RMF_MOST_NODES], worst = 0;
    for (int k = 0; k < n; k++)
        value[k] = rmf_rho(scale * exp(points[k]), d);
    for (int i = 0; i < n; i++) { /* between neighbours, where the error peaks */
        double v = i == 0 ? points[0] : 0.5 * (points[i - 1] + points[i]), sum = 0;
        if (i == 0) v -= 0.5 * (n > 1 ? points[1] - points[0] : 0) * 0.2;
        rmf_chebyshev_basis(points, n, v, basis);
        for (int k = 0; k < n; k++)
            sum += basis[k] * value[k];
        worst = fmax(worst, fabs(sum - rmf_rho(scale * exp(v), d)));
    }
    return worst;
}

/* ρ turns from growth to 1 where its argument passes √d: scales put that turn everywhere. */
int rmf_chebyshev_count(double low, double high, int64_t d)
{
    if (high - low < 1e-9) return 1;
    for (int n = 4; n < RMF_MOST_NODES; n += n < 16 ? 1 : 4) {
        double points[RMF_MOST_NODES], worst = 0;
        rmf_chebyshev_points(low, high, n, points);
        for (int i = -8; i <= 8 && worst <= ACCURACY; i++) {
            double turn = 0.5 * (low + high) + (0.5 * (high - low) + 2) * i / 8.0;
            worst = fmax(worst, worst_error(points, n, sqrt((double)d) * exp(-turn), d));
        }
        if (worst <= ACCURACY) return n;
    }
    return RMF_MOST_NODES;
}
