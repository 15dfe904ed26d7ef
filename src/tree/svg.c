/*
 * tree/svg.c – a dendrogram as SVG: time runs from noise (left) to data (right), class names stand
 * at the leaves, the time (and support) at each branch point.
 *
 * A label stands above the line of a first child and below that of a later one: the parent's
 * vertical line leaves the other way, so labels do not cross lines even where branch points crowd.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/xml.h"
#include "tree/internal.h"

#define LEFT 40.0
#define TOP 56.0
#define WIDTH 640.0 /* of the time axis */
#define NAME_BYTES 48

struct picture {
    const rmf_tree *tree;
    const rmf_layout *layout;
    rmf_writer *out;
    double row_height;
};

static double x_of(const struct picture *p, double t)
{
    return LEFT + WIDTH * (1 - t / p->tree->t_limit);
}

static double y_of(const struct picture *p, double row)
{
    return TOP + p->row_height * (row + 0.5);
}

RMF_CHECKED static rmf_status put_axis(const struct picture *p)
{
    double bottom = y_of(p, p->tree->n_names - 0.5), limit = p->tree->t_limit;
    double step = pow(10, floor(log10(limit / 2)));
    while (limit / step > 11)
        step *= limit / step > 25 ? 5 : 2;
    RMF_TRY(rmf_writer_print(p->out, "<g class=\"axis\" stroke=\"#d8dde3\">\n"));
    for (int i = 0; i * step <= limit * (1 + 1e-9); i++)
        RMF_TRY(rmf_writer_print(p->out, "<path d=\"M%.1f %.1fV%.1f\"/>\n", x_of(p, i * step),
                                 TOP - 4, bottom + 6));
    RMF_TRY(rmf_writer_print(p->out, "</g>\n<g font-size=\"11\" fill=\"#5a6572\" "
                                     "text-anchor=\"middle\">\n"));
    for (int i = 0; i * step <= limit * (1 + 1e-9); i++)
        RMF_TRY(rmf_writer_print(p->out, "<text x=\"%.1f\" y=\"%.1f\">%.4g</text>\n",
                                 x_of(p, i * step), bottom + 20, i * step));
    return rmf_writer_print(p->out,
                            "<text x=\"%.1f\" y=\"%.1f\">diffusion time t (noise at the left, "
                            "data at the right)</text>\n</g>\n",
                            LEFT + WIDTH / 2, bottom + 38);
}

RMF_CHECKED static rmf_status put_lines(const struct picture *p)
{
    RMF_TRY(rmf_writer_print(p->out, "<g fill=\"none\" stroke=\"#1f4e79\" stroke-width=\"1.6\" "
                                     "stroke-linecap=\"round\">\n"));
    for (int b = 0; b < p->tree->n_branches; b++) {
        const rmf_branch *branch = &p->tree->branch[b];
        const double *row = p->layout->row;
        RMF_TRY(rmf_writer_print(p->out, "<path d=\"M%.2f %.2fH%.2f", x_of(p, branch->t_end),
                                 y_of(p, row[b]), x_of(p, branch->t_start)));
        if (branch->n_children > 1)
            RMF_TRY(rmf_writer_print(p->out, "M%.2f %.2fV%.2f", x_of(p, branch->t_start),
                                     y_of(p, row[branch->children[0]]),
                                     y_of(p, row[branch->children[branch->n_children - 1]])));
        RMF_TRY(rmf_writer_print(p->out, "\"/>\n"));
    }
    return rmf_writer_print(p->out, "</g>\n");
}

RMF_CHECKED static rmf_status put_names(const struct picture *p)
{
    RMF_TRY(rmf_writer_print(p->out, "<g font-size=\"%.1f\" fill=\"#1b1f24\">\n",
                             fmin(13, p->row_height)));
    for (int c = 0; c < p->tree->n_names; c++) {
        double y = y_of(p, p->layout->row[p->tree->leaf[c]]);
        RMF_TRY(rmf_writer_print(p->out, "<text x=\"%.1f\" y=\"%.2f\" dy=\"0.35em\">",
                                 LEFT + WIDTH + 8, y));
        RMF_TRY(rmf_xml_text(p->out, p->tree->name[c], NAME_BYTES));
        RMF_TRY(rmf_writer_print(p->out, "</text>\n"));
    }
    return rmf_writer_print(p->out, "</g>\n");
}

RMF_CHECKED static rmf_status put_points(const struct picture *p)
{
    RMF_TRY(rmf_writer_print(p->out,
                             "<g font-size=\"%.1f\" fill=\"#8a3b12\" text-anchor=\"end\" "
                             "stroke=\"white\" stroke-width=\"3\" paint-order=\"stroke\" "
                             "stroke-linejoin=\"round\">\n",
                             fmin(10.5, p->row_height * 0.7)));
    for (int b = 0; b < p->tree->n_branches; b++) {
        const rmf_branch *branch = &p->tree->branch[b];
        if (branch->n_children < 2) continue;
        bool first = b == 0 || p->tree->branch[branch->parent].children[0] == b;
        double size = fmin(10.5, p->row_height * 0.7);
        RMF_TRY(rmf_writer_print(
            p->out, "<text x=\"%.2f\" y=\"%.2f\">%.3g", x_of(p, branch->t_start) - 3,
            y_of(p, p->layout->row[b]) + (first ? -3 : size + 1), branch->t_start));
        if (!isnan(branch->support))
            RMF_TRY(rmf_writer_print(p->out, " · %.0f %%", 100 * branch->support));
        RMF_TRY(rmf_writer_print(p->out, "</text>\n"));
    }
    return rmf_writer_print(p->out, "</g>\n");
}

RMF_CHECKED static rmf_status put_picture(const struct picture *p, const char *title)
{
    size_t longest = 0;
    for (int c = 0; c < p->tree->n_names; c++)
        longest = strlen(p->tree->name[c]) > longest ? strlen(p->tree->name[c]) : longest;
    double width = LEFT + WIDTH + 24 + 8.0 * (double)(longest < NAME_BYTES ? longest : NAME_BYTES);
    double height = y_of(p, p->tree->n_names - 0.5) + 52;
    RMF_TRY(rmf_writer_print(p->out,
                             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
                             "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                             "font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n"
                             "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                             width, height, width, height));
    RMF_TRY(rmf_writer_print(p->out,
                             "<text x=\"%.0f\" y=\"28\" font-size=\"16\" "
                             "fill=\"#1b1f24\">",
                             LEFT));
    RMF_TRY(rmf_xml_text(p->out, title == NULL ? "Class tree" : title, 80));
    RMF_TRY(rmf_writer_print(p->out, "</text>\n"));
    RMF_TRY(put_axis(p));
    RMF_TRY(put_lines(p));
    RMF_TRY(put_points(p));
    RMF_TRY(put_names(p));
    return rmf_writer_print(p->out, "</svg>\n");
}

rmf_status rmf_tree_write_svg(const rmf_tree *tree, const char *path, bool replace,
                              const char *title)
{
    rmf_layout layout;
    struct picture p = {.tree = tree, .layout = &layout};
    p.row_height = tree->n_names <= 60 ? 24 : 14;
    RMF_TRY(rmf_layout_create(tree, &layout));
    rmf_status status = rmf_writer_open(path, replace, &p.out);
    if (status == RMF_OK) status = rmf_writer_end(p.out, put_picture(&p, title));
    rmf_layout_free(&layout);
    return status;
}
