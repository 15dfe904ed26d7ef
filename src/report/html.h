/** report/html.h – pieces of HTML: text that is escaped, pictures inside the page, numbers. */
#ifndef RMF_REPORT_HTML_H
#define RMF_REPORT_HTML_H

#include "ramify/report.h"

/** Prints, and returns from the calling function when that is refused. */
#define PUT(...) RMF_TRY(rmf_writer_print(__VA_ARGS__))

/** A name or value, as content or between double quotes; very long ones are cut. */
RMF_CHECKED rmf_status rmf_html_text(rmf_writer *w, const char *text);
/** The same, cut after `most` bytes. */
RMF_CHECKED rmf_status rmf_html_short(rmf_writer *w, const char *text, size_t most);
/** The names of the classes, joined by ", "; beyond some of them their number. */
RMF_CHECKED rmf_status rmf_html_classes(rmf_writer *w, const rmf_tree *tree, const rmf_branch *b);
/** data:image/png;base64,… of images side by side. */
RMF_CHECKED rmf_status rmf_html_data(rmf_writer *w, const rmf_grid_args *images);
/** <img> of them; the writer is then inside alt="…", and rmf_html_end_image() ends it. */
RMF_CHECKED rmf_status rmf_html_begin_image(rmf_writer *w, const rmf_grid_args *images);
RMF_CHECKED rmf_status rmf_html_end_image(rmf_writer *w);
/** A number in four digits, or "–". */
RMF_CHECKED rmf_status rmf_html_number(rmf_writer *w, double value);
/** Bytes as base64 (RFC 4648). */
RMF_CHECKED rmf_status rmf_base64_put(rmf_writer *w, const void *data, size_t size);

#endif
