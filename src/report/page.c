/** report/page.c – a page about a run: head, notes, and its parts in their order. */
#include "report/page.h"

#include <math.h>
#include <string.h>

#include "io/writer.h"

bool rmf_page_pictures(const rmf_page *page)
{
    return page->rank == 3 && (page->shape[2] == 1 || page->shape[2] == 3);
}

const float *rmf_page_hybrids(const rmf_page *page, int branch)
{
    if (!rmf_page_pictures(page) || !page->hybrids) return NULL;
    const float *x = page->hybrids + branch * page->count * page->features;
    return isnan(x[0]) ? NULL : x;
}

rmf_grid_args rmf_page_strip(const rmf_page *page, const float *x, int64_t count)
{
    rmf_grid_args args = {
        .x = x, .rows = 1, .columns = count, .low = page->low, .high = page->high, .clear = true};
    memcpy(args.shape, page->shape, sizeof args.shape);
    return args;
}

static rmf_status check(const rmf_page *page)
{
    if (!page->tree || page->features < 1 || (page->samples && page->count < 1))
        return rmf_fail(RMF_ERR_ARGUMENT,
                        "page: no tree, or objects without features, or samples without a number; "
                        "expected all of them");
    return RMF_OK;
}

static rmf_status put_head(rmf_writer *w, const rmf_page *page)
{
    PUT(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
    RMF_TRY(rmf_html_text(w, page->title));
    PUT(w, " – ramify</title>\n<style>\n%s</style>\n</head>\n<body>\n<header><h1>", rmf_page_style);
    RMF_TRY(rmf_html_text(w, page->title));
    PUT(w, "</h1>\n<p>");
    RMF_TRY(rmf_html_text(w, page->about ? page->about : ""));
    return rmf_writer_print(w, "</p></header>\n");
}

static rmf_status put_notes(rmf_writer *w, const rmf_page *page)
{
    if (page->n_notes == 0) return RMF_OK;
    PUT(w, "<section id=\"notes\" class=\"notes\"><h2>What this page lacks</h2>\n<ul>\n");
    for (size_t i = 0; i < page->n_notes; i++) {
        PUT(w, "<li>");
        RMF_TRY(rmf_html_text(w, page->notes[i]));
        PUT(w, "</li>\n");
    }
    return rmf_writer_print(w, "</ul></section>\n");
}

rmf_status rmf_page_put(rmf_writer *w, const rmf_page *page)
{
    static rmf_status (*const part[])(rmf_writer *, const rmf_page *) = {
        put_head,
        put_notes,
        rmf_page_put_tree,
        rmf_page_put_points,
        rmf_page_put_samples,
        rmf_page_put_features,
        rmf_page_put_metrics,
        rmf_page_put_cost,
        rmf_page_put_training,
        rmf_page_put_facts,
    };
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        RMF_TRY(part[i](w, page));
        if (i == 0) PUT(w, "<main>\n");
    }
    return rmf_writer_print(w,
                            "</main>\n<footer><p>Made by ramify %s.</p></footer>\n<script>\n%s"
                            "</script>\n</body>\n</html>\n",
                            rmf_version(), rmf_page_script);
}

static rmf_status write(rmf_writer *w, const rmf_page *page)
{
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_page_render(page, &text, &size));
    rmf_status status = rmf_writer_put(w, text, size);
    rmf_free(text);
    return status;
}

rmf_status rmf_page_write(const rmf_page *page, const char *path, bool replace)
{
    rmf_writer *w = NULL;
    RMF_TRY(check(page));
    RMF_TRY(rmf_writer_open(path, replace, &w));
    return rmf_writer_end(w, write(w, page));
}
