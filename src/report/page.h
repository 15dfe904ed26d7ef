/** report/page.h – the parts of a page; each writes one section, or nothing. */
#ifndef RMF_REPORT_PAGE_H
#define RMF_REPORT_PAGE_H

#include "report/html.h"

/** What the look of a page is: the content of <style> and <script>. */
extern const char rmf_page_style[], rmf_page_script[];

/** Whether objects are shown as images. */
bool rmf_page_pictures(const rmf_page *page);
/** [count, features] shared by the classes of a branch where it ends; NULL: not known. */
const float *rmf_page_hybrids(const rmf_page *page, int branch);
/** `count` images at x, side by side on clear paper. */
rmf_grid_args rmf_page_strip(const rmf_page *page, const float *x, int64_t count);

/** All parts, in their order. */
RMF_CHECKED rmf_status rmf_page_put(rmf_writer *w, const rmf_page *page);
/** The page as text, with as many pictures as fit below the limit; rmf_free(). */
RMF_CHECKED rmf_status rmf_page_render(const rmf_page *page, char **text, size_t *size);

RMF_CHECKED rmf_status rmf_page_put_tree(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_points(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_samples(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_features(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_training(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_metrics(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_cost(rmf_writer *w, const rmf_page *page);
RMF_CHECKED rmf_status rmf_page_put_facts(rmf_writer *w, const rmf_page *page);

#endif
