/** report/page_points.c – every branch point: what its classes share, and what became of it. */
#include <math.h>

#include "report/page.h"

enum { ROWS_MOST = 12 };

static rmf_status put_strip(rmf_writer *w, const rmf_page *page, const float *x)
{
    const rmf_grid_args images = rmf_page_strip(page, x, page->count);
    return rmf_html_begin_image(w, &images);
}

static rmf_status put_shared(rmf_writer *w, const rmf_page *page, int b)
{
    const float *hybrids = rmf_page_hybrids(page, b);
    if (!hybrids) return RMF_OK;
    PUT(w, "<tr><th scope=\"row\">shared</th><td>");
    RMF_TRY(put_strip(w, page, hybrids));
    PUT(w, "%lld objects to expect at the branch point of ", (long long)page->count);
    RMF_TRY(rmf_html_classes(w, page->tree, rmf_tree_branch(page->tree, b)));
    RMF_TRY(rmf_html_end_image(w));
    return rmf_writer_print(w, "</td></tr>\n");
}

/* All classes, or, where they are many, one of each child; −1: no more. */
static int class_of_row(const rmf_tree *tree, const rmf_branch *branch, int row)
{
    const bool all = branch->n_classes <= ROWS_MOST;
    if (row >= (all ? branch->n_classes : branch->n_children) || row == ROWS_MOST) return -1;
    return all ? branch->classes[row] : rmf_tree_branch(tree, branch->children[row])->classes[0];
}

static rmf_status put_rows(rmf_writer *w, const rmf_page *page, int b)
{
    const rmf_branch *branch = rmf_tree_branch(page->tree, b);
    const int64_t block = page->count * page->features;
    RMF_TRY(put_shared(w, page, b));
    for (int i = 0, c; (c = class_of_row(page->tree, branch, i)) >= 0; i++) {
        const char *name = rmf_tree_class_name(page->tree, c);
        PUT(w, "<tr><th scope=\"row\">");
        RMF_TRY(rmf_html_text(w, name));
        PUT(w, "</th><td>");
        RMF_TRY(put_strip(w, page, page->samples + c * block));
        PUT(w, "what became of them in class ");
        RMF_TRY(rmf_html_text(w, name));
        RMF_TRY(rmf_html_end_image(w));
        PUT(w, "</td></tr>\n");
    }
    return RMF_OK;
}

static rmf_status put_point(rmf_writer *w, const rmf_page *page, int b)
{
    const rmf_branch *branch = rmf_tree_branch(page->tree, b);
    PUT(w, "<article id=\"point-%d\"><h4>", b);
    RMF_TRY(rmf_html_classes(w, page->tree, branch));
    PUT(w, "</h4>\n<p>Part at time %.4g into ", branch->t_start);
    for (int k = 0; k < branch->n_children; k++) {
        PUT(w, "%s", k > 0 ? " | " : "");
        RMF_TRY(rmf_html_classes(w, page->tree, rmf_tree_branch(page->tree, branch->children[k])));
    }
    PUT(w, ".");
    if (!isnan(branch->support))
        PUT(w, " In %.0f %% of the bootstrap trees.", 100 * branch->support);
    PUT(w, "</p>\n");
    if (rmf_page_pictures(page) && page->samples) {
        PUT(w, "<table class=\"strips\"><caption>One column, one start</caption>\n<tbody>");
        RMF_TRY(put_rows(w, page, b));
        PUT(w, "</tbody></table>\n");
        if (branch->n_classes > ROWS_MOST) PUT(w, "<p>One class of each part.</p>\n");
    }
    return rmf_writer_print(w, "</article>\n");
}

rmf_status rmf_page_put_points(rmf_writer *w, const rmf_page *page)
{
    PUT(w, "<h3>Branch points</h3>\n<div class=\"cards\" id=\"points\">\n");
    for (int b = 0; b < rmf_tree_branch_count(page->tree); b++)
        if (rmf_tree_branch(page->tree, b)->n_children > 1) RMF_TRY(put_point(w, page, b));
    return rmf_writer_print(w, "</div></section>\n");
}
