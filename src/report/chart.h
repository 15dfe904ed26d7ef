/** report/chart.h – what the drawings of a page share: a plane with two axes. */
#ifndef RMF_REPORT_CHART_H
#define RMF_REPORT_CHART_H

#include "report/html.h"

/** Values to places in a drawing: [low, high] of each axis to [from, to]. */
typedef struct rmf_axis {
    double low, high, from, to;
    bool logarithmic;
} rmf_axis;
double rmf_axis_place(const rmf_axis *axis, double value);
/** Round values within the axis, at most 8 and ascending; returns their number. */
int rmf_axis_ticks(const rmf_axis *axis, double tick[8]);
/** Widens [*low, *high] to hold a value, unless it is not finite. */
void rmf_range_add(double *low, double *high, double value);

/** Grid lines and numbers of both axes, and the name of the lower one. */
RMF_CHECKED rmf_status rmf_chart_put_axes(rmf_writer *w, const rmf_axis *x, const rmf_axis *y,
                                          const char *name);
/** A line through n points (x, y[i·stride]), broken where one is not finite. */
typedef struct rmf_chart_line {
    const double *x, *y;
    int64_t n, stride;
    const char *kind; /* its class in the style */
} rmf_chart_line;
RMF_CHECKED rmf_status rmf_chart_put_line(rmf_writer *w, const rmf_axis *x, const rmf_axis *y,
                                          const rmf_chart_line *line);

#endif
