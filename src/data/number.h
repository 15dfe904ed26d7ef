/** data/number.h – numbers in text files, whatever the locale of the program. */
#ifndef RMF_DATA_NUMBER_H
#define RMF_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True if text[0…length) is a decimal number (sign, digits, point, exponent; nothing else, so
 * neither "nan" nor "0x10"), and gives its value, correctly rounded; too large a number gives an
 * infinity.  text[length] must be readable and no part of a number.
 */
bool rmf_parse_number(const char *text, size_t length, double *value);

/** True if the text is a whole number of at most 9 digits without sign, such as a column. */
bool rmf_parse_count(const char *text, long *value);

#endif
