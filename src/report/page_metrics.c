/** report/page_metrics.c – an evaluation: a table of means, and a drawing a metric with the value,
 * interval and floor of each class. */
#include <jansson.h>
#include <math.h>

#include "report/chart.h"
#include "report/page.h"

#define WIDTH 400.0
#define LEFT 96.0
#define ROW 19.0
#define TOP 8.0
enum { NAME_BYTES = 14 };

/* NAN for null, and where there is none. */
static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double end_of(const json_t *object, const char *key, size_t end)
{
    const json_t *value = json_array_get(json_object_get(object, key), end);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool lower_is_better(const json_t *metric)
{
    return json_is_true(json_object_get(metric, "lower_is_better"));
}

/* ---- the table ---- */

static rmf_status put_mean(rmf_writer *w, const char *name, const json_t *metric)
{
    const json_t *worst = json_object_get(metric, "worst");
    const char *class = json_string_value(json_object_get(worst, "class"));
    PUT(w, "<tr><th scope=\"row\">");
    RMF_TRY(rmf_html_text(w, name));
    PUT(w, " %s</th><td>", lower_is_better(metric) ? "↓" : "↑");
    RMF_TRY(rmf_html_number(w, number(metric, "mean")));
    PUT(w, "</td><td>");
    RMF_TRY(rmf_html_number(w, end_of(metric, "mean_interval", 0)));
    PUT(w, " to ");
    RMF_TRY(rmf_html_number(w, end_of(metric, "mean_interval", 1)));
    PUT(w, "</td><td>");
    RMF_TRY(rmf_html_number(w, number(metric, "floor_mean")));
    PUT(w, "</td><td>");
    RMF_TRY(rmf_html_number(w, number(worst, "value")));
    PUT(w, "</td><td>");
    RMF_TRY(rmf_html_text(w, class ? class : "–"));
    return rmf_writer_print(w, "</td></tr>\n");
}

static rmf_status put_means(rmf_writer *w, const json_t *evaluation)
{
    const char *split = json_string_value(json_object_get(evaluation, "real_split")), *name;
    json_t *metric;
    PUT(w, "<p>%.0f generated objects against %.0f real ones (", number(evaluation, "n_generated"),
        number(evaluation, "n_real"));
    RMF_TRY(rmf_html_text(w, split ? split : "real"));
    PUT(w, "). The floor is what a perfect generator would score with as many objects: real ones "
           "against real ones.</p>\n<div class=\"wide\" tabindex=\"0\"><table><caption>Mean over "
           "classes (↓ lower is better, ↑ higher)</caption>\n<thead><tr><th scope=\"col\">metric"
           "</th><th scope=\"col\">mean</th><th scope=\"col\">95 %% interval</th><th scope=\"col\">"
           "floor</th><th scope=\"col\">worst</th><th scope=\"col\">class</th></tr></thead>\n"
           "<tbody>\n");
    json_object_foreach(json_object_get(evaluation, "metrics"), name, metric)
        RMF_TRY(put_mean(w, name, metric));
    return rmf_writer_print(w, "</tbody></table></div>\n");
}

/* ---- the drawings ---- */

/* From 0, but near the least value where all are far from 0: there differences would not be seen.
 */
static rmf_axis value_axis(const json_t *classes)
{
    rmf_axis axis = {.low = NAN, .high = NAN, .from = LEFT, .to = WIDTH - 14};
    const char *name;
    json_t *class;
    json_object_foreach((json_t *)classes, name, class)
    {
        rmf_range_add(&axis.low, &axis.high, number(class, "value"));
        rmf_range_add(&axis.low, &axis.high, number(class, "floor"));
        rmf_range_add(&axis.low, &axis.high, end_of(class, "interval", 0));
        rmf_range_add(&axis.low, &axis.high, end_of(class, "interval", 1));
    }
    if (isnan(axis.high)) axis.high = 1;
    if (axis.low > axis.high / 2 && axis.high > axis.low)
        axis.low -= 0.1 * (axis.high - axis.low);
    else
        axis.low = fmin(axis.low, 0);
    return axis;
}

static rmf_status put_class(rmf_writer *w, const rmf_axis *x, double y, const json_t *class)
{
    const double value = number(class, "value"), floor = number(class, "floor");
    const double low = end_of(class, "interval", 0), high = end_of(class, "interval", 1);
    if (isfinite(low) && isfinite(high))
        PUT(w, "<path class=\"interval\" d=\"M%.1f %.1fH%.1f\"/>", rmf_axis_place(x, low), y,
            rmf_axis_place(x, high));
    if (isfinite(floor))
        PUT(w, "<path class=\"floor\" d=\"M%.1f %.1fv12\"/>", rmf_axis_place(x, floor), y - 6);
    if (isfinite(value))
        return rmf_writer_print(w, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
                                rmf_axis_place(x, value), y);
    return rmf_writer_print(
        w, "<text class=\"none\" x=\"%.1f\" y=\"%.1f\">too few objects</text>\n", LEFT + 6, y + 4);
}

static rmf_status put_drawing(rmf_writer *w, const char *name, const json_t *metric)
{
    json_t *classes = json_object_get(metric, "per_class"), *class;
    const char *label;
    const rmf_axis x = value_axis(classes);
    const double bottom = TOP + ROW * (double)json_object_size(classes);
    double y = TOP + ROW / 2;
    PUT(w, "<figure><figcaption>");
    RMF_TRY(rmf_html_text(w, name));
    PUT(w,
        " %s</figcaption><svg role=\"img\" viewBox=\"0 0 %.0f %.0f\"><title>Value of each class "
        "with "
        "its floor</title>\n<g class=\"axis\">",
        lower_is_better(metric) ? "↓" : "↑", WIDTH, bottom + 24);
    double tick[8];
    const int n = rmf_axis_ticks(&x, tick);
    for (int i = 0; i < n; i++)
        PUT(w, "<path d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\">%.4g</text>",
            rmf_axis_place(&x, tick[i]), TOP, bottom, rmf_axis_place(&x, tick[i]), bottom + 16,
            tick[i]);
    PUT(w, "</g>\n");
    json_object_foreach(classes, label, class)
    {
        PUT(w, "<text class=\"side name\" x=\"%.1f\" y=\"%.1f\">", LEFT - 8, y + 4);
        RMF_TRY(rmf_html_short(w, label, NAME_BYTES));
        PUT(w, "</text>");
        RMF_TRY(put_class(w, &x, y, class));
        y += ROW;
    }
    return rmf_writer_print(w, "</svg></figure>\n");
}

/* ---- figures of all classes, for reading ---- */

static rmf_status put_values(rmf_writer *w, json_t *metrics)
{
    const char *name, *label;
    json_t *metric, *class;
    json_t *first = json_object_get(json_object_iter_value(json_object_iter(metrics)), "per_class");
    PUT(w, "<details><summary>All figures</summary>\n<div class=\"wide\" tabindex=\"0\"><table>"
           "<caption>Value of each class, its floor in brackets</caption>\n<thead><tr><th "
           "scope=\"col\">class</th>");
    json_object_foreach(metrics, name, metric)
    {
        PUT(w, "<th scope=\"col\">");
        RMF_TRY(rmf_html_text(w, name));
        PUT(w, "</th>");
    }
    PUT(w, "</tr></thead>\n<tbody>\n");
    json_object_foreach(first, label, class)
    {
        PUT(w, "<tr><th scope=\"row\">");
        RMF_TRY(rmf_html_text(w, label));
        PUT(w, "</th>");
        json_object_foreach(metrics, name, metric)
        {
            const json_t *entry = json_object_get(json_object_get(metric, "per_class"), label);
            PUT(w, "<td>");
            RMF_TRY(rmf_html_number(w, number(entry, "value")));
            PUT(w, " (");
            RMF_TRY(rmf_html_number(w, number(entry, "floor")));
            PUT(w, ")</td>");
        }
        PUT(w, "</tr>\n");
    }
    return rmf_writer_print(w, "</tbody></table></div></details>\n");
}

rmf_status rmf_page_put_metrics(rmf_writer *w, const rmf_page *page)
{
    json_t *metrics = json_object_get(page->evaluation, "metrics"), *metric;
    const char *name;
    if (!page->evaluation) return RMF_OK;
    if (!json_is_object(metrics))
        return rmf_fail(RMF_ERR_FORMAT,
                        "evaluation: there is no object \"metrics\"; expected the JSON that "
                        "`ramify eval --out` writes");
    PUT(w, "<section id=\"metrics\"><h2>Metrics</h2>\n");
    RMF_TRY(put_means(w, page->evaluation));
    PUT(w, "<p>Dots: values; lines: 95 %% intervals; upright strokes: floors. Axes begin at 0, "
           "or near the values where all are far from it.</p>\n"
           "<div class=\"medium\">\n");
    json_object_foreach(metrics, name, metric) RMF_TRY(put_drawing(w, name, metric));
    PUT(w, "</div>\n");
    RMF_TRY(put_values(w, metrics));
    return rmf_writer_print(w, "</section>\n");
}
