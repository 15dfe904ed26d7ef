/** io/text.c – UTF-8 (RFC 3629): shortest forms only, no surrogates, at most U+10FFFF. */
#include "io/text.h"

#include <string.h>

bool rmf_is_code_point(uint32_t code)
{
    return code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
}

bool rmf_utf8_next(const char *text, size_t size, size_t *position, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (*position >= size) return false;
    unsigned char lead = (unsigned char)text[*position];
    size_t more = lead < 0x80 ? 0 : lead < 0xC0 ? 4 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (more == 4 || lead >= 0xF8 || size - *position <= more) return false;
    uint32_t value = more == 0 ? lead : lead & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        unsigned char next = (unsigned char)text[*position + i];
        if ((next & 0xC0) != 0x80) return false;
        value = value << 6 | (next & 0x3F);
    }
    if (value < smallest[more] || !rmf_is_code_point(value)) return false;
    *position += more + 1;
    *code = value;
    return true;
}

size_t rmf_utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)((~(0x7Fu >> more) & 0xFF) | code);
    return more + 1;
}

bool rmf_utf8_valid(const char *text, size_t size)
{
    uint32_t code;
    for (size_t position = 0; position < size;)
        if (!rmf_utf8_next(text, size, &position, &code) || code == 0) return false;
    return true;
}

bool rmf_utf8_count(const char *text, size_t *count)
{
    size_t size = strlen(text), n = 0;
    uint32_t code;
    for (size_t position = 0; position < size; n++)
        if (!rmf_utf8_next(text, size, &position, &code)) return false;
    *count = n;
    return true;
}
