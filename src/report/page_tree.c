/** report/page_tree.c – the tree as a drawing: time from noise to data, at each branch point what
 * its classes share, at each leaf a sample. */
#include <math.h>

#include "report/chart.h"
#include "report/page.h"
#include "tree/internal.h"

#define LEFT 48.0
#define WIDTH 640.0 /* of the time axis */
#define TOP 26.0
#define NAMES 190.0 /* for class names */
#define POINT 34.0  /* of a picture at a branch point */
#define LEAF 36.0   /* of a picture at a leaf */

typedef struct figure {
    rmf_writer *w;
    const rmf_page *page;
    rmf_layout layout;
    rmf_axis time;
    double row_height;
    double *x; /* [branches]: of what stands at their ends */
} figure;

static double y_of(const figure *f, int branch)
{
    return TOP + f->row_height * (f->layout.row[branch] + 0.5);
}

static rmf_status put_time(const figure *f, double bottom)
{
    double tick[8];
    const int n = rmf_axis_ticks(&f->time, tick);
    PUT(f->w, "<g class=\"axis\">");
    for (int i = 0; i < n; i++)
        PUT(f->w, "<path d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\">%.4g</text>",
            rmf_axis_place(&f->time, tick[i]), TOP - 4, bottom, rmf_axis_place(&f->time, tick[i]),
            bottom + 15, tick[i]);
    PUT(f->w, "<text x=\"%.1f\" y=\"%.1f\">diffusion time</text>", LEFT + WIDTH / 2, bottom + 32);
    PUT(f->w, "<text class=\"start\" x=\"%.1f\" y=\"%.1f\">noise</text>", LEFT, bottom + 32);
    return rmf_writer_print(f->w, "<text class=\"side\" x=\"%.1f\" y=\"%.1f\">data</text></g>\n",
                            LEFT + WIDTH, bottom + 32);
}

static rmf_status put_lines(const figure *f)
{
    const rmf_tree *tree = f->page->tree;
    PUT(f->w, "<g class=\"branches\">");
    for (int b = 0; b < rmf_tree_branch_count(tree); b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        const double end = rmf_axis_place(&f->time, branch->t_start);
        PUT(f->w, "<path d=\"M%.1f %.1fH%.1f", rmf_axis_place(&f->time, branch->t_end), y_of(f, b),
            end);
        if (branch->n_children > 1)
            PUT(f->w, "M%.1f %.1fV%.1f", end, y_of(f, branch->children[0]),
                y_of(f, branch->children[branch->n_children - 1]));
        PUT(f->w, "\"/>");
    }
    return rmf_writer_print(f->w, "</g>\n");
}

/* A picture whose longer side is `size`, around (x, y). */
static rmf_status put_picture(const figure *f, const float *x, double size, const double at[2])
{
    rmf_grid_args image = rmf_page_strip(f->page, x, 1);
    image.scale = 1; /* the drawing magnifies */
    const double side = (double)(image.shape[0] > image.shape[1] ? image.shape[0] : image.shape[1]);
    const double height = size * (double)image.shape[0] / side;
    const double width = size * (double)image.shape[1] / side;
    PUT(f->w,
        "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
        "<image x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" href=\"",
        at[0] - width / 2 - 1.5, at[1] - height / 2 - 1.5, width + 3, height + 3, at[0] - width / 2,
        at[1] - height / 2, width, height);
    RMF_TRY(rmf_html_data(f->w, &image));
    return rmf_writer_print(f->w, "\"/>");
}

static rmf_status put_point(const figure *f, int b)
{
    const rmf_page *page = f->page;
    const rmf_branch *branch = rmf_tree_branch(page->tree, b);
    const double at[2] = {f->x[b], y_of(f, b)};
    const float *picture = rmf_page_hybrids(page, b);
    PUT(f->w, "<a class=\"point\" href=\"#point-%d\"><title>", b);
    RMF_TRY(rmf_html_classes(f->w, page->tree, branch));
    PUT(f->w, " part at time %.4g</title>", branch->t_start);
    if (picture)
        RMF_TRY(put_picture(f, picture, POINT, at));
    else
        PUT(f->w, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", at[0], at[1]);
    PUT(f->w, "<text x=\"%.1f\" y=\"%.1f\">%.3g", at[0] - (picture ? POINT / 2 + 5 : 8), at[1] - 5,
        branch->t_start);
    if (!isnan(branch->support)) PUT(f->w, " · %.0f %%", 100 * branch->support);
    return rmf_writer_print(f->w, "</text></a>\n");
}

static rmf_status put_leaf(const figure *f, int c)
{
    const rmf_page *page = f->page;
    const double y = y_of(f, rmf_tree_leaf(page->tree, c));
    const bool picture = rmf_page_pictures(page) && page->samples;
    const double at[2] = {LEFT + WIDTH + 8 + LEAF / 2, y};
    if (picture)
        RMF_TRY(put_picture(f, page->samples + c * page->count * page->features, LEAF, at));
    PUT(f->w, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">",
        LEFT + WIDTH + (picture ? LEAF + 18 : 8), y + 4.5);
    RMF_TRY(rmf_html_text(f->w, rmf_tree_class_name(page->tree, c)));
    return rmf_writer_print(f->w, "</text>\n");
}

/* Deeper points first: those nearer to noise, which sum up more, lie above them. */
static rmf_status put_nodes(const figure *f)
{
    const rmf_tree *tree = f->page->tree;
    for (int b = rmf_tree_branch_count(tree) - 1; b >= 0; b--)
        if (rmf_tree_branch(tree, b)->n_children > 1) RMF_TRY(put_point(f, b));
    for (int c = 0; c < rmf_tree_class_count(tree); c++)
        RMF_TRY(put_leaf(f, c));
    return RMF_OK;
}

/* Whether the picture of a branch point stands on one that has its place already. */
static bool covers(const figure *f, int b)
{
    for (int a = 0; a < b; a++)
        if (rmf_tree_branch(f->page->tree, a)->n_children > 1 &&
            fabs(f->x[a] - f->x[b]) < POINT + 4 && fabs(y_of(f, a) - y_of(f, b)) < POINT + 4)
            return true;
    return false;
}

/* Where branch points crowd, the later picture moves along its branches until it is seen. */
static rmf_status place_points(figure *f)
{
    const rmf_tree *tree = f->page->tree;
    const int n = rmf_tree_branch_count(tree);
    RMF_TRY(rmf_arena_alloc(f->layout.arena, (size_t)n, sizeof *f->x, (void **)&f->x));
    for (int b = 0; b < n; b++) {
        const rmf_branch *branch = rmf_tree_branch(tree, b);
        f->x[b] = rmf_axis_place(&f->time, branch->t_start);
        while (rmf_page_hybrids(f->page, b) && branch->n_children > 1 && covers(f, b) &&
               f->x[b] < LEFT + WIDTH - POINT)
            f->x[b] += 4;
    }
    return RMF_OK;
}

static rmf_status put_figure(const figure *f)
{
    const int classes = rmf_tree_class_count(f->page->tree);
    const double bottom = TOP + f->row_height * classes + 4;
    PUT(f->w,
        "<svg class=\"tree\" role=\"group\" aria-labelledby=\"tree-title\" "
        "viewBox=\"0 0 %.0f %.0f\">\n<title id=\"tree-title\">The tree of %d classes: branches "
        "from "
        "noise at the left to data at the right</title>\n",
        LEFT + WIDTH + NAMES, bottom + 40, classes);
    RMF_TRY(put_time(f, bottom));
    RMF_TRY(put_lines(f));
    RMF_TRY(put_nodes(f));
    return rmf_writer_print(f->w, "</svg>\n");
}

static bool has_support(const rmf_tree *tree)
{
    for (int b = 0; b < rmf_tree_branch_count(tree); b++)
        if (!isnan(rmf_tree_branch(tree, b)->support)) return true;
    return false;
}

rmf_status rmf_page_put_tree(rmf_writer *w, const rmf_page *page)
{
    const bool pictures = rmf_page_pictures(page) && page->samples;
    const double limit = rmf_tree_limit(page->tree);
    figure f = {.w = w,
                .page = page,
                .time = {.low = 0, .high = limit, .from = LEFT + WIDTH, .to = LEFT},
                .row_height = pictures ? 46 : 28};
    PUT(w, "<section id=\"tree\"><h2>Tree</h2>\n<p>Samples begin as noise and share their way with "
           "other classes until their branches part. The number at a branch point is its time");
    PUT(w, "%s",
        pictures && page->hybrids
            ? "; the picture there (or to the right of it) is the object to expect from the state "
              "that the "
              "classes share. "
              "All pictures come from one start: the sample at a leaf is what the pictures on its "
              "way became"
            : "");
    PUT(w, ".%s</p>\n<figure class=\"wide\" tabindex=\"0\">",
        has_support(page->tree)
            ? " A percentage is the share of bootstrap trees that have the group."
            : "");
    RMF_TRY(rmf_layout_create(page->tree, &f.layout));
    rmf_status status = place_points(&f);
    if (status == RMF_OK) status = put_figure(&f);
    rmf_layout_free(&f.layout);
    RMF_TRY(status);
    return rmf_writer_print(w, "</figure>\n");
}
