/** core/text.c – a stream into memory, with the one failure that it can have. */
#include "core/text.h"

#include <stdlib.h>

rmf_status rmf_text_begin(const char *why, rmf_text *text)
{
    *text = (rmf_text){.why = why};
    text->to = open_memstream(&text->bytes, &text->size);
    return text->to ? RMF_OK : rmf_fail(RMF_ERR_MEMORY, "%s", why);
}

rmf_status rmf_text_end(rmf_text *text, char **out)
{
    const bool broken = ferror(text->to) != 0;
    if (fclose(text->to) != 0 || broken) {
        free(text->bytes);
        return rmf_fail(RMF_ERR_MEMORY, "%s", text->why);
    }
    *out = text->bytes;
    return RMF_OK;
}

void rmf_text_drop(rmf_text *text)
{
    fclose(text->to);
    free(text->bytes);
}
