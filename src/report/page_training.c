/** report/page_training.c – loss over time, and of each branch. */
#include <math.h>

#include "report/chart.h"
#include "report/page.h"

#define WIDTH 720.0
#define HEIGHT 240.0
#define SPARK_WIDTH 120.0
#define SPARK_HEIGHT 22.0

/* The range of n values, and whether a logarithmic axis shows them better. */
static rmf_axis loss_axis(const double *y, int64_t n, int64_t stride)
{
    rmf_axis axis = {.low = NAN, .high = NAN};
    for (int64_t i = 0; i < n; i++)
        rmf_range_add(&axis.low, &axis.high, y[i * stride]);
    if (isnan(axis.low)) axis.low = axis.high = 0;
    axis.logarithmic = axis.low > 0 && axis.high > axis.low;
    if (!axis.logarithmic && axis.low > 0) axis.low = 0;
    return axis;
}

static rmf_status put_loss(rmf_writer *w, const rmf_page_log *log)
{
    rmf_axis y = loss_axis(log->loss, log->n, 1);
    rmf_axis x = {.low = 0, .high = log->step[log->n - 1], .from = 58, .to = WIDTH - 16};
    y.from = HEIGHT - 40;
    y.to = 12;
    PUT(w,
        "<figure class=\"wide\" tabindex=\"0\"><svg role=\"img\" viewBox=\"0 0 %.0f %.0f\"><title>"
        "Training loss from %.4g at step %.0f to %.4g at step %.0f</title>\n",
        WIDTH, HEIGHT, log->loss[0], log->step[0], log->loss[log->n - 1], log->step[log->n - 1]);
    RMF_TRY(rmf_chart_put_axes(w, &x, &y, "step"));
    const rmf_chart_line line = {log->step, log->loss, log->n, 1, "line"};
    RMF_TRY(rmf_chart_put_line(w, &x, &y, &line));
    return rmf_writer_print(w,
                            "</svg><figcaption>Loss: weighted, summed over the features of an "
                            "object, mean over objects and over the steps since the point before; "
                            "%s axis.</figcaption></figure>\n",
                            y.logarithmic ? "logarithmic" : "linear");
}

/* Mean over the last quarter of the lines: single ones rest on few objects of a branch. */
static double last_quarter(const rmf_page_log *log, int b)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = log->n - (log->n + 3) / 4; i < log->n; i++) {
        const double value = log->branch_loss[i * log->branches + b];
        if (!isfinite(value)) continue;
        sum += value;
        n++;
    }
    return n > 0 ? sum / (double)n : NAN;
}

static rmf_status put_spark(rmf_writer *w, const rmf_page_log *log, int b)
{
    rmf_axis y = loss_axis(log->branch_loss + b, log->n, log->branches);
    const rmf_axis x = {.low = 0, .high = log->step[log->n - 1], .from = 2, .to = SPARK_WIDTH - 2};
    y.from = SPARK_HEIGHT - 2;
    y.to = 2;
    PUT(w,
        "<svg class=\"spark\" role=\"img\" viewBox=\"0 0 %.0f %.0f\"><title>between %.4g and "
        "%.4g</title>",
        SPARK_WIDTH, SPARK_HEIGHT, y.low, y.high);
    const rmf_chart_line line = {log->step, log->branch_loss + b, log->n, log->branches, "line"};
    RMF_TRY(rmf_chart_put_line(w, &x, &y, &line));
    return rmf_writer_print(w, "</svg>");
}

static rmf_status put_branches(rmf_writer *w, const rmf_page *page)
{
    PUT(w, "<div class=\"wide\" tabindex=\"0\"><table><caption>Loss of each branch: mean over the "
           "last quarter of the log, and its course (each on a scale of its own)</caption>\n<thead>"
           "<tr><th scope=\"col\">classes</th><th scope=\"col\">from</th><th scope=\"col\">to</th>"
           "<th scope=\"col\">loss</th><th scope=\"col\">course</th></tr></thead>\n<tbody>\n");
    for (int b = 0; b < page->log->branches; b++) {
        const rmf_branch *branch = rmf_tree_branch(page->tree, b);
        PUT(w, "<tr><th scope=\"row\">");
        RMF_TRY(rmf_html_classes(w, page->tree, branch));
        PUT(w, "</th><td>%.4g</td><td>%.4g</td><td>", branch->t_end, branch->t_start);
        RMF_TRY(rmf_html_number(w, last_quarter(page->log, b)));
        PUT(w, "</td><td>");
        RMF_TRY(put_spark(w, page->log, b));
        PUT(w, "</td></tr>\n");
    }
    return rmf_writer_print(w, "</tbody></table></div>\n");
}

rmf_status rmf_page_put_training(rmf_writer *w, const rmf_page *page)
{
    if (!page->log || page->log->n == 0) return RMF_OK;
    if (page->log->branches != rmf_tree_branch_count(page->tree))
        return rmf_fail(RMF_ERR_ARGUMENT, "page: a log of %d branches; expected the %d of the tree",
                        page->log->branches, rmf_tree_branch_count(page->tree));
    PUT(w, "<section id=\"training\"><h2>Training</h2>\n");
    RMF_TRY(put_loss(w, page->log));
    RMF_TRY(put_branches(w, page));
    return rmf_writer_print(w, "</section>\n");
}
