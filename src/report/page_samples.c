/** report/page_samples.c – samples of each class beside the training objects most like them. */
#include "report/page.h"

static rmf_status put_row(rmf_writer *w, const rmf_page *page, const float *x, const char *what,
                          const char *name)
{
    const rmf_grid_args images = rmf_page_strip(page, x, page->count);
    PUT(w, "<tr><th class=\"word\" scope=\"row\">%s</th><td>", what);
    RMF_TRY(rmf_html_begin_image(w, &images));
    PUT(w, "%lld %s, class ", (long long)page->count, what);
    RMF_TRY(rmf_html_text(w, name));
    RMF_TRY(rmf_html_end_image(w));
    return rmf_writer_print(w, "</td></tr>\n");
}

static rmf_status put_class(rmf_writer *w, const rmf_page *page, int c)
{
    const char *name = rmf_tree_class_name(page->tree, c);
    const int64_t at = c * page->count * page->features;
    PUT(w, "<table class=\"strips\"><caption>");
    RMF_TRY(rmf_html_text(w, name));
    PUT(w, "</caption>\n<tbody>");
    RMF_TRY(put_row(w, page, page->samples + at, "generated", name));
    if (page->nearest) RMF_TRY(put_row(w, page, page->nearest + at, "nearest", name));
    return rmf_writer_print(w, "</tbody></table>\n");
}

rmf_status rmf_page_put_samples(rmf_writer *w, const rmf_page *page)
{
    if (!rmf_page_pictures(page) || !page->samples) return RMF_OK;
    PUT(w, "<section id=\"samples\"><h2>Samples</h2>\n<p>%s</p>\n<div class=\"cards\">\n",
        page->nearest
            ? "Below each sample the training object that is nearest to it, of any class: samples "
              "that repeat the training data would show here."
            : "A few samples of each class.");
    for (int c = 0; c < rmf_tree_class_count(page->tree); c++)
        RMF_TRY(put_class(w, page, c));
    return rmf_writer_print(w, "</div></section>\n");
}
