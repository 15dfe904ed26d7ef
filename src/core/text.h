/**
 * core/text.h – a text that is written like a file.
 */
#ifndef RMF_CORE_TEXT_H
#define RMF_CORE_TEXT_H

#include "ramify/core.h"

#include <stdio.h>

typedef struct rmf_text {
    FILE *to;        /* to print to; NULL before rmf_text_begin() */
    const char *why; /* the message where memory runs out; borrowed */
    char *bytes;
    size_t size;
} rmf_text;

/** `why`, the whole line, is what a failure here or at the end says. */
RMF_CHECKED rmf_status rmf_text_begin(const char *why, rmf_text *text);
/** Hands the text over; free with rmf_free().  Whatever happens the stream is closed. */
RMF_CHECKED rmf_status rmf_text_end(rmf_text *text, char **out);
/** Instead of the end, after a failure: nothing is left. */
void rmf_text_drop(rmf_text *text);

#endif
