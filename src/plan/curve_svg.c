/*
 * plan/curve_svg.c – the curve as a drawing: cost to the right, ideal error upwards on a
 * logarithmic scale (it spans decades), means as a line, the worst class of each tree as a hollow
 * dot, both floors as dashed lines.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/xml.h"
#include "ramify/plan.h"

#define LEFT 72.0
#define TOP 56.0
#define WIDTH 560.0
#define HEIGHT 320.0

typedef struct picture {
    const rmf_curve *curve;
    rmf_writer *out;
    int picked;
    double low, high; /* of the error axis */
} picture;

static double x_of(double cost)
{
    return LEFT + WIDTH * cost;
}

static double y_of(const picture *p, double error)
{
    const double at = fmin(fmax(error, p->low), p->high);
    return TOP + HEIGHT * (1 - log(at / p->low) / log(p->high / p->low));
}

/* Powers of ten around all that is drawn; a value of 0 is drawn at the bottom. */
static void find_range(picture *p)
{
    const rmf_curve *c = p->curve;
    double low = INFINITY, high = 0;
    for (int i = -2; i < c->n_points; i++) {
        const rmf_ideal_score *score = i == -2 ? &c->real : i == -1 ? &c->flat : &c->point[i].score;
        if (score->mean > 0) low = fmin(low, score->mean);
        high = fmax(high, fmax(score->mean, score->worst));
    }
    if (!(low < INFINITY)) low = high = 1;
    p->low = pow(10, floor(log10(low) + 1e-9));
    p->high = pow(10, ceil(log10(high) - 1e-9));
    if (p->high <= p->low) p->high = 10 * p->low;
}

static rmf_status put_axes(const picture *p)
{
    RMF_TRY(rmf_writer_print(p->out, "<g stroke=\"#d8dde3\">\n"));
    for (int i = 0; i <= 10; i++)
        RMF_TRY(rmf_writer_print(p->out, "<path d=\"M%.1f %.1fV%.1f\"/>\n", x_of(0.1 * i), TOP,
                                 TOP + HEIGHT + 5));
    for (double decade = p->low; decade <= p->high * 1.001; decade *= 10)
        RMF_TRY(rmf_writer_print(p->out, "<path d=\"M%.1f %.1fH%.1f\"/>\n", LEFT - 5,
                                 y_of(p, decade), LEFT + WIDTH));
    RMF_TRY(rmf_writer_print(p->out, "</g>\n<g font-size=\"11\" fill=\"#5a6572\" "
                                     "text-anchor=\"middle\">\n"));
    for (int i = 0; i <= 10; i += 2)
        RMF_TRY(rmf_writer_print(p->out, "<text x=\"%.1f\" y=\"%.1f\">%.1f</text>\n", x_of(0.1 * i),
                                 TOP + HEIGHT + 20, 0.1 * i));
    for (double decade = p->low; decade <= p->high * 1.001; decade *= 10)
        RMF_TRY(rmf_writer_print(p->out, "<text x=\"%.1f\" y=\"%.1f\">%g</text>\n", LEFT - 26,
                                 y_of(p, decade) + 4, decade));
    return rmf_writer_print(p->out,
                            "<text x=\"%.1f\" y=\"%.1f\">cost of sampling along the tree "
                            "(1 = no sharing)</text>\n</g>\n",
                            LEFT + WIDTH / 2, TOP + HEIGHT + 40);
}

static rmf_status put_floor(const picture *p, double value, const char *name, const char *colour)
{
    RMF_TRY(rmf_writer_print(
        p->out, "<path d=\"M%.1f %.2fH%.1f\" stroke=\"%s\" stroke-dasharray=\"6 4\"/>\n", LEFT,
        y_of(p, value), LEFT + WIDTH, colour));
    return rmf_writer_print(p->out,
                            "<text x=\"%.1f\" y=\"%.2f\" font-size=\"11\" fill=\"%s\">%s</text>\n",
                            LEFT + WIDTH + 6, y_of(p, value) + 4, colour, name);
}

/* The discovered trees follow each other on a line; given ones stand alone. */
static rmf_status put_line(const picture *p)
{
    const char *command = "M";
    RMF_TRY(rmf_writer_print(p->out, "<path fill=\"none\" stroke=\"#1f4e79\" stroke-width=\"1.6\" "
                                     "d=\""));
    for (int i = 0; i < p->curve->n_points; i++) {
        const rmf_curve_point *point = &p->curve->point[i];
        if (point->name) continue;
        RMF_TRY(rmf_writer_print(p->out, "%s%.2f %.2f", command, x_of(point->cost),
                                 y_of(p, point->score.mean)));
        command = "L";
    }
    return rmf_writer_print(p->out, "%s\"/>\n", *command == 'M' ? "M0 0" : "");
}

/* Whether there is room for the label of a point: the picked one and given trees always have
 * theirs; *end is the right end of the last label. */
static bool has_label(const picture *p, int i, double *end)
{
    const rmf_curve_point *point = &p->curve->point[i];
    const double x = x_of(point->cost), wide = 44;
    if (!point->name && i != p->picked) {
        if (x < *end) return false;
        if (p->picked >= 0 && fabs(x - x_of(p->curve->point[p->picked].cost)) < wide) return false;
    }
    *end = x + wide;
    return true;
}

static rmf_status put_point(const picture *p, int i, double *end)
{
    const rmf_curve_point *point = &p->curve->point[i];
    const double x = x_of(point->cost), y = y_of(p, point->score.mean);
    RMF_TRY(rmf_writer_print(p->out,
                             "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"white\" "
                             "stroke=\"#8a3b12\"/>\n<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%d\" "
                             "fill=\"%s\"/>\n",
                             x, y_of(p, point->score.worst), x, y, i == p->picked ? 6 : 4,
                             i == p->picked ? "#2a7f3f" : "#1f4e79"));
    if (!has_label(p, i, end)) return RMF_OK;
    RMF_TRY(rmf_writer_print(p->out,
                             "<text x=\"%.2f\" y=\"%.2f\" font-size=\"11\" "
                             "fill=\"#1b1f24\">",
                             x + 7, y - 5));
    if (point->name)
        RMF_TRY(rmf_xml_text(p->out, point->name, 40));
    else
        RMF_TRY(rmf_writer_print(p->out, "p %.3g", point->sibling_accuracy));
    return rmf_writer_print(p->out, "</text>\n");
}

static rmf_status put_picture(const picture *p)
{
    const double width = LEFT + WIDTH + 130, height = TOP + HEIGHT + 60;
    double end = -1;
    RMF_TRY(rmf_writer_print(p->out,
                             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
                             "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                             "font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n"
                             "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                             "<text x=\"%.0f\" y=\"28\" font-size=\"16\" fill=\"#1b1f24\">",
                             width, height, width, height, LEFT));
    RMF_TRY(rmf_writer_print(p->out,
                             "%s of the ideal branched sampler</text>\n"
                             "<text x=\"%.0f\" y=\"46\" font-size=\"11\" "
                             "fill=\"#5a6572\">dots: mean over classes; circles: worst "
                             "class; logarithmic scale</text>\n",
                             p->curve->metric, LEFT));
    RMF_TRY(put_axes(p));
    RMF_TRY(put_floor(p, p->curve->flat.mean, "no sharing", "#2a7f3f"));
    RMF_TRY(put_floor(p, p->curve->real.mean, "real against real", "#7a7f87"));
    RMF_TRY(put_line(p));
    for (int i = 0; i < p->curve->n_points; i++)
        RMF_TRY(put_point(p, i, &end));
    return rmf_writer_print(p->out, "</svg>\n");
}

rmf_status rmf_curve_write_svg(const rmf_curve *curve, int picked, const char *path, bool replace)
{
    picture p = {.curve = curve, .picked = picked};
    find_range(&p);
    RMF_TRY(rmf_writer_open(path, replace, &p.out));
    return rmf_writer_end(p.out, put_picture(&p));
}
