/** io/text.h – UTF-8 to code points and back. */
#ifndef RMF_IO_TEXT_H
#define RMF_IO_TEXT_H

#include "ramify/core.h"

/** Not a surrogate and within Unicode. */
bool rmf_is_code_point(uint32_t code);
/**
 * The next code point of text[size], or false when the bytes are not well-formed UTF-8; moves
 * *position on.
 */
bool rmf_utf8_next(const char *text, size_t size, size_t *position, uint32_t *code);
/** Writes a code point as 1–4 bytes and returns how many. */
size_t rmf_utf8_put(uint32_t code, char *out);
/** Well-formed, and without a 0 byte. */
bool rmf_utf8_valid(const char *text, size_t size);
/** Code points of a text; false if it is not well-formed. */
bool rmf_utf8_count(const char *text, size_t *count);

#endif
