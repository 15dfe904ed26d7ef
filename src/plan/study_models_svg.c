/*
 * plan/study_models_svg.c – what trees are worth: the mean Fréchet distance of each model over the
 * cost of its tree, at the left, and over the tree's distance from the reference; a colour a group,
 * dashed what real objects score against real ones.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "plan/study.h"

#define LEFT 72.0
#define TOP 56.0
#define WIDTH 280.0 /* of a panel */
#define HEIGHT 280.0
#define GAP 40.0

static const char *const colour[RMF_STUDY_GROUPS] = {
    [RMF_STUDY_REFERENCE] = "#1b1f24",  [RMF_STUDY_GIVEN] = "#8a5a00",
    [RMF_STUDY_MONTECARLO] = "#c0622d", [RMF_STUDY_SUBSAMPLE] = "#1f4e79",
    [RMF_STUDY_BOOTSTRAP] = "#2a7f3f",  [RMF_STUDY_SWEEP] = "#7b4fa3",
    [RMF_STUDY_LINKAGE] = "#0d8a8a",    [RMF_STUDY_RANDOM] = "#b3261e"};

struct panel {
    const rmf_study *study;
    rmf_writer *out;
    bool score; /* over branch scores; else over costs */
    double left;
    rmf_study_axis x, y;
};

static double distance_of(const rmf_study *study, int i)
{
    return json_number_value(json_object_get(study->model[i].distance, "mean"));
}

/* All compare the same real objects, but where a class had fewer in one: close enough to be a line.
 */
static double mean_floor(const rmf_study *study)
{
    double sum = 0;
    for (int i = 0; i < study->n_models; i++)
        sum += json_number_value(json_object_get(study->model[i].distance, "floor_mean"));
    return sum / study->n_models;
}

static double value_of(const struct panel *p, int i)
{
    const int tree = p->study->model[i].tree;
    return p->score ? p->study->gap[tree].branch_score : rmf_tree_cost(p->study->tree[tree].tree);
}

static double x_of(const struct panel *p, double value)
{
    return p->left + WIDTH * value / p->x.high;
}

static double y_of(const struct panel *p, double value)
{
    return TOP + HEIGHT * (1 - value / p->y.high);
}

static void find_ranges(struct panel *p)
{
    double x = p->score ? 0 : 1, y = mean_floor(p->study); /* a cost of 1: nothing is shared */
    for (int i = 0; i < p->study->n_models; i++) {
        x = fmax(x, value_of(p, i));
        y = fmax(y, distance_of(p->study, i));
    }
    p->x = rmf_study_axis_for(x, 0);
    p->y = rmf_study_axis_for(y, 0);
}

RMF_CHECKED static rmf_status put_axes(const struct panel *p)
{
    RMF_TRY(rmf_writer_print(p->out, "<g stroke=\"#d8dde3\" font-size=\"11\">\n"));
    for (double v = 0; v < p->x.high + 0.5 * p->x.step; v += p->x.step)
        RMF_TRY(rmf_writer_print(p->out,
                                 "<path d=\"M%.1f %.1fV%.1f\"/><text stroke=\"none\" "
                                 "fill=\"#5a6572\" text-anchor=\"middle\" x=\"%.1f\" "
                                 "y=\"%.1f\">%g</text>\n",
                                 x_of(p, v), TOP, TOP + HEIGHT + 4, x_of(p, v), TOP + HEIGHT + 18,
                                 v));
    for (double v = 0; v < p->y.high + 0.5 * p->y.step; v += p->y.step)
        RMF_TRY(rmf_writer_print(p->out,
                                 "<path d=\"M%.1f %.1fH%.1f\"/><text stroke=\"none\" "
                                 "fill=\"#5a6572\" text-anchor=\"end\" x=\"%.1f\" "
                                 "y=\"%.1f\">%g</text>\n",
                                 p->left, y_of(p, v), p->left + WIDTH, p->left - 6, y_of(p, v) + 4,
                                 v));
    return rmf_writer_print(p->out,
                            "</g>\n<text x=\"%.1f\" y=\"%.1f\" font-size=\"12\" fill=\"#1b1f24\" "
                            "text-anchor=\"middle\">%s</text>\n",
                            p->left + WIDTH / 2, TOP + HEIGHT + 38,
                            p->score ? "branch score, to the reference"
                                     : "cost of sampling along the tree");
}

RMF_CHECKED static rmf_status put_panel(struct panel *p)
{
    const double floor_line = mean_floor(p->study);
    find_ranges(p);
    RMF_TRY(put_axes(p));
    RMF_TRY(rmf_writer_print(p->out,
                             "<path d=\"M%.1f %.2fH%.1f\" stroke=\"#5a6572\" "
                             "stroke-dasharray=\"6 4\"/>\n",
                             p->left, y_of(p, floor_line), p->left + WIDTH));
    for (int i = 0; i < p->study->n_models; i++) {
        const rmf_study_tree *tree = &p->study->tree[p->study->model[i].tree];
        RMF_TRY(rmf_writer_print(p->out,
                                 "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"4\" fill=\"%s\" "
                                 "fill-opacity=\"0.75\"/>\n",
                                 x_of(p, value_of(p, i)), y_of(p, distance_of(p->study, i)),
                                 colour[tree->group]));
    }
    return RMF_OK;
}

/* Groups with a model, one below the other. */
RMF_CHECKED static rmf_status put_legend(const rmf_study *study, double left, rmf_writer *out)
{
    double y = TOP + 8;
    for (int i = 0; i < study->n_models; i++) {
        const int group = (int)study->tree[study->model[i].tree].group;
        if (i > 0 && (int)study->tree[study->model[i - 1].tree].group == group) continue;
        RMF_TRY(rmf_writer_print(out,
                                 "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/><text "
                                 "x=\"%.1f\" y=\"%.1f\" font-size=\"12\" "
                                 "fill=\"#1b1f24\">%s</text>\n",
                                 left, y, colour[group], left + 10, y + 4,
                                 rmf_study_group_name(group)));
        y += 20;
    }
    return rmf_writer_print(out,
                            "<path d=\"M%.1f %.1fh16\" stroke=\"#5a6572\" "
                            "stroke-dasharray=\"6 4\"/><text x=\"%.1f\" y=\"%.1f\" "
                            "font-size=\"12\" fill=\"#1b1f24\">floor</text>\n",
                            left - 6, y, left + 14, y + 4);
}

rmf_status rmf_study_put_models_svg(const rmf_study *study, rmf_writer *out)
{
    const double legend = LEFT + 2 * WIDTH + GAP + 24;
    const rmf_study_sheet sheet = {legend + 110, TOP + HEIGHT + 56, LEFT,
                                   "Fréchet distance of models, mean over classes"};
    RMF_TRY(rmf_study_put_sheet(&sheet, out));
    for (int side = 0; side < 2; side++) {
        struct panel p = {.study = study, .out = out, .score = side == 1};
        p.left = LEFT + side * (WIDTH + GAP);
        RMF_TRY(put_panel(&p));
    }
    RMF_TRY(put_legend(study, legend, out));
    return rmf_writer_print(out, "</svg>\n");
}
