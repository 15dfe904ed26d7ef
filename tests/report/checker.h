/** tests/report/checker.h – is a page of HTML well formed, whole and closed to the network? */
#ifndef RMF_TESTS_REPORT_CHECKER_H
#define RMF_TESTS_REPORT_CHECKER_H

/**
 * NULL, or what is wrong with a page (a static text that names the place).  It must be read as XML
 * too (tags nest, attributes are quoted, "&" begins an entity), load nothing (pictures are data,
 * links lead within the page), be smaller than 3 MiB, and serve readers who don't see it: every
 * <img> has a text, every drawing and link into it a title, every table a caption, headings leave
 * out no level.
 */
const char *check_page(const char *text);

#endif
