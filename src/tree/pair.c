/* tree/pair.c – the distance of one pair of classes as a function of time, and its crossing. */
#include <math.h>

#include "tree/products.h"
#include "tree/sweep.h"

void rmf_class_form(const rmf_sums *sums, int class, double *form)
{
    const int nodes = sums->nodes;
    const int64_t d = sums->features;
    const double *square = sums->square + (int64_t) class * nodes * nodes;
    const double *direction = sums->direction + class * nodes * d;
    const double n = sums->weight[class], n2 = sums->weight_squared[class];
    for (int k = 0; k < nodes; k++)
        for (int l = k; l < nodes; l++) {
            double self = rmf_dot_f64(direction + k * d, direction + l * d, d) / (n * n);
            double excess = (self * n2 - square[k * nodes + l]) / (n * n - n2);
            form[k * nodes + l] = form[l * nodes + k] = 0.5 * excess;
        }
}

void rmf_pair_form(const rmf_sums *sums, const double *class_form, const int pair[2],
                   double *scratch, double *form)
{
    const int nodes = sums->nodes;
    const int64_t d = sums->features, size = nodes * d;
    const double *x = sums->direction + pair[0] * size, *y = sums->direction + pair[1] * size;
    const double *own_x = class_form + pair[0] * nodes * nodes;
    const double *own_y = class_form + pair[1] * nodes * nodes;
    const double per_x = 1 / sums->weight[pair[0]], per_y = 1 / sums->weight[pair[1]];
    for (int64_t i = 0; i < size; i++)
        scratch[i] = x[i] * per_x - y[i] * per_y;
    for (int k = 0; k < nodes; k++)
        for (int l = k; l < nodes; l++) {
            double product = rmf_dot_f64(scratch + k * d, scratch + l * d, d);
            form[k * nodes + l] = form[l * nodes + k] =
                0.5 * product + own_x[k * nodes + l] + own_y[k * nodes + l];
        }
}

static void rho_at(const rmf_sums *sums, const rmf_noise *noise, double t, double *rho)
{
    double alpha, sigma;
    noise->kernel(noise->context, t, &alpha, &sigma);
    rmf_sums_rho(sums, alpha, sigma, rho);
}

void rmf_span_fill(const rmf_sums *sums, const rmf_noise *noise, rmf_span *span)
{
    for (int end = 0; end < 2; end++)
        rho_at(sums, noise, span->time[end], span->rho[end]);
}

static double quadratic_form(const double *form, const double *rho, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++) {
        double row = 0;
        for (int l = 0; l < n; l++)
            row += form[k * n + l] * rho[l];
        sum += rho[k] * row;
    }
    return sum;
}

double rmf_form_at(const rmf_sums *sums, const rmf_noise *noise, const double *form, double t)
{
    double rho[RMF_MOST_NODES];
    rho_at(sums, noise, t, rho);
    return quadratic_form(form, rho, sums->nodes);
}

/* False position with halved end values (Dowell & Jarratt 1971, "Illinois"), which keeps the
 * crossing bracketed; every third step bisects, so the interval shrinks whatever the curve. */
double rmf_pair_crossing(const rmf_sums *sums, const rmf_sweeping *how, const double *form,
                         const rmf_span *span)
{
    const int n = sums->nodes;
    const double enough = 1e-13 * how->t_limit;
    double low = span->time[0], high = span->time[1], rho[RMF_MOST_NODES];
    double above = quadratic_form(form, span->rho[0], n) - how->epsilon;
    double below = quadratic_form(form, span->rho[1], n) - how->epsilon;
    int side = 0; /* the end that moved last */
    if (!(above > 0)) return low;
    if (below > 0) return high;
    for (int step = 1; step < 200 && high - low > enough && below < 0; step++) {
        double t =
            step % 3 == 0 ? 0.5 * (low + high) : (low * below - high * above) / (below - above);
        if (!(t > low && t < high)) t = 0.5 * (low + high);
        if (t <= low || t >= high) break;
        rho_at(sums, how->noise, t, rho);
        double gap = quadratic_form(form, rho, n) - how->epsilon;
        if (gap > 0) {
            low = t;
            above = gap;
            if (side == 1) below *= 0.5;
            side = 1;
        } else {
            high = t;
            below = gap;
            if (side == -1) above *= 0.5;
            side = -1;
        }
    }
    return high;
}
