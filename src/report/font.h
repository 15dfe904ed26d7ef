/** report/font.h – short texts in pictures: a font of 5×7 dots. */
#ifndef RMF_REPORT_FONT_H
#define RMF_REPORT_FONT_H

#include <stddef.h>
#include <stdint.h>

#define RMF_FONT_WIDTH 5
#define RMF_FONT_HEIGHT 7

/** Where dots go: the upper left corner of the text, and what sets one. */
typedef struct rmf_font_pen {
    int64_t row, column;
    void (*dot)(void *context, int64_t row, int64_t column);
    void *context;
} rmf_font_pen;

/** Characters of a UTF-8 text; each is RMF_FONT_WIDTH + 1 dots wide. */
size_t rmf_font_length(const char *text);

/** Draws up to `length` characters, a dot being size × size pixels; the pen moves to their right.
 */
void rmf_font_draw(const char *text, size_t length, int size, rmf_font_pen *pen);

#endif
