/* io/xml.c – text in the XML files that drawings are. */
#include "io/xml.h"

#include <string.h>

rmf_status rmf_xml_text(rmf_writer *out, const char *text, size_t most)
{
    size_t length = strlen(text);
    bool cut = length > most;
    while (cut && most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--; /* not inside a character */
    for (size_t i = 0; i < (cut ? most : length); i++) {
        const char *entity = text[i] == '&'                  ? "&amp;"
                             : text[i] == '<'                ? "&lt;"
                             : text[i] == '>'                ? "&gt;"
                             : text[i] == '"'                ? "&quot;"
                             : (unsigned char)text[i] < 0x20 ? " "
                                                             : NULL;
        if (entity != NULL)
            RMF_TRY(rmf_writer_put(out, entity, strlen(entity)));
        else
            RMF_TRY(rmf_writer_put(out, text + i, 1));
    }
    return cut ? rmf_writer_put(out, "…", strlen("…")) : RMF_OK;
}
