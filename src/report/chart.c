/** report/chart.c – axes and lines of the drawings of a page. */
#include "report/chart.h"

#include <math.h>

double rmf_axis_place(const rmf_axis *axis, double value)
{
    const double low = axis->logarithmic ? log(axis->low) : axis->low;
    const double high = axis->logarithmic ? log(axis->high) : axis->high;
    const double at = axis->logarithmic ? log(value) : value;
    const double share = high > low ? (at - low) / (high - low) : 0.5;
    return axis->from + (axis->to - axis->from) * share;
}

/* 1, 2 and 5 of each power of ten; only the powers where these would be too many. */
static int logarithmic_ticks(const rmf_axis *axis, double tick[8])
{
    static const double step[] = {1, 2, 5};
    const double decades = log10(axis->high / axis->low);
    const int every = decades > 7 ? (int)ceil(decades / 7) : 1;
    int n = 0;
    for (int power = (int)floor(log10(axis->low)); power <= ceil(log10(axis->high)); power += every)
        for (int i = 0; i < (decades > 2 ? 1 : 3) && n < 8; i++) {
            const double value = step[i] * pow(10, power);
            if (value >= axis->low * (1 - 1e-9) && value <= axis->high * (1 + 1e-9))
                tick[n++] = value;
        }
    return n;
}

int rmf_axis_ticks(const rmf_axis *axis, double tick[8])
{
    const double range = axis->high - axis->low;
    int n = 0;
    if (!(range > 0)) {
        tick[0] = axis->low;
        return 1;
    }
    /* Within less there are hardly such numbers. */
    if (axis->logarithmic && axis->high > 5 * axis->low) return logarithmic_ticks(axis, tick);
    double step = pow(10, floor(log10(range)));
    while (range / step < 3)
        step /= 2;
    while (range / step > 6)
        step *= 2;
    for (double k = ceil(axis->low / step - 1e-9); k * step <= axis->high + 1e-9 * range && n < 8;
         k++)
        tick[n++] = k * step + 0.0; /* no −0 */
    return n;
}

void rmf_range_add(double *low, double *high, double value)
{
    if (!isfinite(value)) return;
    if (!(value >= *low)) *low = value;
    if (!(value <= *high)) *high = value;
}

rmf_status rmf_chart_put_axes(rmf_writer *w, const rmf_axis *x, const rmf_axis *y, const char *name)
{
    double tick[8];
    int n = rmf_axis_ticks(x, tick);
    PUT(w, "<g class=\"axis\">");
    for (int i = 0; i < n; i++) {
        const double at = rmf_axis_place(x, tick[i]);
        PUT(w, "<path d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\">%.4g</text>", at, y->from,
            y->to, at, y->from + 16, tick[i]);
    }
    PUT(w, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", (x->from + x->to) / 2, y->from + 33, name);
    n = rmf_axis_ticks(y, tick);
    for (int i = 0; i < n; i++) {
        const double at = rmf_axis_place(y, tick[i]);
        PUT(w,
            "<path d=\"M%.1f %.1fH%.1f\"/><text class=\"side\" x=\"%.1f\" y=\"%.1f\">%.4g</text>",
            x->from, at, x->to, x->from - 6, at + 4, tick[i]);
    }
    return rmf_writer_print(w, "</g>\n");
}

rmf_status rmf_chart_put_line(rmf_writer *w, const rmf_axis *x, const rmf_axis *y,
                              const rmf_chart_line *line)
{
    const char *command = "M";
    PUT(w, "<path class=\"%s\" d=\"M0 0", line->kind);
    for (int64_t i = 0; i < line->n; i++) {
        const double value = line->y[i * line->stride];
        const bool shown = isfinite(value) && (!y->logarithmic || value > 0);
        if (shown)
            PUT(w, "%s%.1f %.1f", command, rmf_axis_place(x, line->x[i]), rmf_axis_place(y, value));
        command = shown ? "L" : "M";
    }
    return rmf_writer_print(w, "\"/>\n");
}
