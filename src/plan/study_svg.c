/*
 * plan/study_svg.c – the distances of a study as strips of dots: a row a group, above its trees
 * among themselves, below against the reference; at the left Robinson-Foulds, at the right the
 * branch score.  Dots of one value would hide each other, so they are spread over the strip's
 * height.
 */
#include <math.h>
#include <stdio.h>

#include "plan/study.h"

#define LEFT 96.0
#define TOP 84.0
#define WIDTH 300.0 /* of a panel */
#define GAP 36.0
#define ROW 46.0
#define STRIP 16.0

static const char *const colour[2] = {"#1f4e79", "#c0622d"};

struct panel {
    const rmf_study *study;
    rmf_writer *out;
    bool score; /* else Robinson-Foulds */
    double left;
    rmf_study_axis axis;
};

static double value_of(const struct panel *p, int a, int b)
{
    const rmf_tree_gap *gap = &p->study->gap[a * p->study->n_trees + b];
    return p->score ? gap->branch_score : gap->robinson_foulds;
}

static double x_of(const struct panel *p, double value)
{
    return p->left + WIDTH * value / p->axis.high;
}

static void find_range(struct panel *p)
{
    double most = 0;
    for (int i = 0; i < p->study->n_trees; i++)
        for (int j = 0; j < i; j++)
            most = fmax(most, value_of(p, i, j));
    p->axis = rmf_study_axis_for(most, p->score ? 0 : 1);
}

RMF_CHECKED static rmf_status put_axis(const struct panel *p, double bottom)
{
    const int steps = (int)lround(p->axis.high / p->axis.step);
    for (int i = 0; i <= steps; i++)
        RMF_TRY(rmf_writer_print(p->out,
                                 "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#d8dde3\"/>\n"
                                 "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" fill=\"#5a6572\" "
                                 "text-anchor=\"middle\">%g</text>\n",
                                 x_of(p, i * p->axis.step), TOP - 8, bottom + 4,
                                 x_of(p, i * p->axis.step), bottom + 18, i * p->axis.step));
    return rmf_writer_print(p->out,
                            "<text x=\"%.1f\" y=\"%.1f\" font-size=\"12\" fill=\"#1b1f24\" "
                            "text-anchor=\"middle\">%s</text>\n",
                            p->left + WIDTH / 2, bottom + 38,
                            p->score ? "branch score (units of time)"
                                     : "Robinson-Foulds (clades of just one of the two)");
}

struct strip {
    const struct panel *panel;
    double top;
    int side; /* 0: within the group, 1: to the reference */
    int count;
};

RMF_CHECKED static rmf_status put_dot(struct strip *s, double value)
{
    /* Multiples of the golden ratio: spread evenly at any count, and without order. */
    const double spread = fmod(0.5 + s->count++ * 0.61803398874989485, 1);
    return rmf_writer_print(s->panel->out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"2.2\"/>\n",
                            x_of(s->panel, value), s->top + 2 + (STRIP - 4) * spread);
}

RMF_CHECKED static rmf_status put_strip(struct strip *s, int group)
{
    const rmf_study *study = s->panel->study;
    const char *ink = colour[s->side];
    rmf_study_row row;
    rmf_study_summarise(study, (enum rmf_study_group)group, &row);
    const rmf_study_spread *spread = s->panel->score ? &row.score[s->side] : &row.foulds[s->side];
    if (spread->n == 0) return RMF_OK;
    RMF_TRY(rmf_writer_print(s->panel->out, "<g fill=\"%s\" fill-opacity=\"0.4\">\n", ink));
    for (int i = 1; i < study->n_trees; i++) {
        if ((int)study->tree[i].group != group) continue;
        if (s->side == 1) RMF_TRY(put_dot(s, value_of(s->panel, 0, i)));
        for (int j = i + 1; j < study->n_trees && s->side == 0; j++)
            if ((int)study->tree[j].group == group) RMF_TRY(put_dot(s, value_of(s->panel, i, j)));
    }
    return rmf_writer_print(
        s->panel->out, "</g>\n<path d=\"M%.2f %.2fv%.1f\" stroke=\"%s\" stroke-width=\"2.5\"/>\n",
        x_of(s->panel, spread->mean), s->top, STRIP, ink);
}

RMF_CHECKED static rmf_status put_panel(struct panel *p, int rows)
{
    const double bottom = TOP + ROW * rows - 8;
    find_range(p);
    RMF_TRY(put_axis(p, bottom));
    for (int group = 1, row = 0; group < RMF_STUDY_GROUPS; group++) {
        rmf_study_row summary;
        rmf_study_summarise(p->study, (enum rmf_study_group)group, &summary);
        if (summary.trees == 0) continue;
        for (int side = 0; side < 2; side++) {
            struct strip s = {
                .panel = p, .top = TOP + ROW * row + side * (STRIP + 3), .side = side};
            RMF_TRY(put_strip(&s, group));
        }
        if (!p->score)
            RMF_TRY(rmf_writer_print(p->out,
                                     "<text x=\"%.1f\" y=\"%.1f\" font-size=\"13\" "
                                     "fill=\"#1b1f24\" text-anchor=\"end\">%s</text>\n",
                                     LEFT - 14, TOP + ROW * row + STRIP + 6,
                                     rmf_study_group_name(group)));
        row++;
    }
    return RMF_OK;
}

RMF_CHECKED static rmf_status put_legend(rmf_writer *out)
{
    static const char *const what[2] = {"two trees of the group", "a tree and the reference"};
    for (int side = 0; side < 2; side++)
        RMF_TRY(rmf_writer_print(out,
                                 "<circle cx=\"%.0f\" cy=\"46\" r=\"4\" fill=\"%s\"/>\n"
                                 "<text x=\"%.0f\" y=\"50\" font-size=\"12\" "
                                 "fill=\"#5a6572\">%s</text>\n",
                                 LEFT + 4 + 190 * side, colour[side], LEFT + 14 + 190 * side,
                                 what[side]));
    return rmf_writer_print(out,
                            "<text x=\"%.0f\" y=\"50\" font-size=\"12\" fill=\"#5a6572\">"
                            "bars: means</text>\n",
                            LEFT + 14 + 190 * 2);
}

rmf_status rmf_study_put_svg(const rmf_study *study, rmf_writer *out)
{
    int rows = 0;
    for (int group = 1; group < RMF_STUDY_GROUPS; group++) {
        rmf_study_row row;
        rmf_study_summarise(study, (enum rmf_study_group)group, &row);
        rows += row.trees > 0;
    }
    const rmf_study_sheet sheet = {LEFT + 2 * WIDTH + GAP + 40, TOP + ROW * rows + 48, LEFT,
                                   "Distances between trees"};
    RMF_TRY(rmf_study_put_sheet(&sheet, out));
    RMF_TRY(put_legend(out));
    for (int side = 0; side < 2; side++) {
        struct panel p = {.study = study, .out = out, .score = side == 1};
        p.left = LEFT + side * (WIDTH + GAP);
        RMF_TRY(put_panel(&p, rows));
    }
    return rmf_writer_print(out, "</svg>\n");
}
