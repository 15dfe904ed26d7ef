/** report/page_facts.c – where the run comes from: facts, and what its recipe chose. */
#include "report/page.h"

static rmf_status put_cell(rmf_writer *w, const char *text)
{
    PUT(w, "<td>");
    RMF_TRY(rmf_html_text(w, text && *text ? text : "–"));
    return rmf_writer_print(w, "</td>");
}

static rmf_status put_table(rmf_writer *w, const rmf_page_facts *facts, const char *caption,
                            bool usual)
{
    PUT(w,
        "<div class=\"wide\" tabindex=\"0\"><table class=\"facts\"><caption>%s</caption>\n<thead>"
        "<tr><th scope=\"col\">%s</th><th scope=\"col\">value</th>%s</tr></thead>\n<tbody>\n",
        caption, usual ? "key" : "fact", usual ? "<th scope=\"col\">default</th>" : "");
    for (size_t i = 0; i < facts->n; i++) {
        PUT(w, "<tr><th scope=\"row\">");
        RMF_TRY(rmf_html_text(w, facts->fact[i].name));
        PUT(w, "</th>");
        RMF_TRY(put_cell(w, facts->fact[i].value));
        if (usual) RMF_TRY(put_cell(w, facts->fact[i].usual));
        PUT(w, "</tr>\n");
    }
    return rmf_writer_print(w, "</tbody></table></div>\n");
}

rmf_status rmf_page_put_facts(rmf_writer *w, const rmf_page *page)
{
    if (page->run.n + page->settings.n == 0) return RMF_OK;
    PUT(w, "<section id=\"provenance\"><h2>Provenance</h2>\n");
    if (page->run.n > 0) RMF_TRY(put_table(w, &page->run, "The run", false));
    if (page->settings.n > 0)
        RMF_TRY(put_table(w, &page->settings, "Recipe keys that differ from their defaults", true));
    return rmf_writer_print(w, "</section>\n");
}
