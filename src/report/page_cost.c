/** report/page_cost.c – what sampling along the tree costs, branch by branch, against flat. */
#include "report/chart.h"
#include "report/page.h"

#define BAR_WIDTH 160.0
#define BAR_HEIGHT 12.0

static rmf_status put_branch(rmf_writer *w, const rmf_page *page, int b, int64_t shared,
                             int64_t most)
{
    const rmf_branch *branch = rmf_tree_branch(page->tree, b);
    const int64_t calls = page->evaluations[b];
    const double share = (double)calls / (double)shared;
    PUT(w, "<tr><th scope=\"row\">");
    RMF_TRY(rmf_html_classes(w, page->tree, branch));
    return rmf_writer_print(
        w,
        "</th><td>%lld</td><td>%lld</td><td>%.1f %%</td><td><svg class=\"spark\" aria-hidden=\""
        "true\" viewBox=\"0 0 %.0f %.0f\"><rect class=\"bar\" width=\"%.1f\" height=\"%.0f\"/>"
        "</svg></td></tr>\n",
        (long long)calls, (long long)calls * branch->n_classes, 100 * share, BAR_WIDTH, BAR_HEIGHT,
        BAR_WIDTH * (double)calls / (double)most, BAR_HEIGHT);
}

bool rmf_page_cost(const rmf_page *page, int64_t *shared, int64_t *flat)
{
    *shared = *flat = 0;
    for (int b = 0; page->evaluations && b < rmf_tree_branch_count(page->tree); b++) {
        *shared += page->evaluations[b];
        *flat += page->evaluations[b] * rmf_tree_branch(page->tree, b)->n_classes;
    }
    return *shared > 0;
}

rmf_status rmf_page_put_cost(rmf_writer *w, const rmf_page *page)
{
    int64_t shared, flat, most = 0;
    if (!rmf_page_cost(page, &shared, &flat)) return RMF_OK;
    PUT(w,
        "<section id=\"cost\"><h2>Cost of sampling</h2>\n<p>One sample of every class takes "
        "<strong>%lld</strong> evaluations of the network along the tree and <strong>%lld</strong> "
        "if every class goes its whole way alone: <strong>%.1f %%</strong>.</p>\n",
        (long long)shared, (long long)flat, 100 * (double)shared / (double)flat);
    PUT(w, "<div class=\"wide\" tabindex=\"0\"><table><caption>Evaluations by branch: shared, and "
           "if each class went there alone</caption>\n<thead><tr><th scope=\"col\">classes</th>"
           "<th scope=\"col\">shared</th><th scope=\"col\">alone</th><th scope=\"col\">share</th>"
           "<th scope=\"col\">compared</th></tr></thead>\n<tbody>\n");
    for (int b = 0; b < rmf_tree_branch_count(page->tree); b++)
        most = page->evaluations[b] > most ? page->evaluations[b] : most;
    for (int b = 0; b < rmf_tree_branch_count(page->tree); b++)
        RMF_TRY(put_branch(w, page, b, shared, most));
    return rmf_writer_print(w, "</tbody></table></div></section>\n");
}
