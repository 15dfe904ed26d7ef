/**
 * data/number.c – numbers in text files.  Most are short: they take the exact path of Clinger 1990
 * ("How to read floating point numbers accurately"), the rest goes to strtod in the C locale.
 */
#include "data/number.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number taken apart: digits · 10^exponent.  `exact`: no digit was left out. */
typedef struct parts {
    uint64_t digits;
    int exponent;
    bool negative, exact;
} parts;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/** Reads digits from *at on; `step` is the change of the exponent that each brings. */
static size_t take_digits(const char **at, const char *end, int step, parts *out)
{
    const char *start = *at;
    for (; *at < end && is_digit(**at); (*at)++) {
        if (out->digits > (UINT64_MAX - 9) / 10) {
            out->exact = false;
            continue;
        }
        out->digits = out->digits * 10 + (uint64_t)(**at - '0');
        out->exponent += step;
    }
    return (size_t)(*at - start);
}

static bool take_exponent(const char **at, const char *end, parts *out)
{
    if (*at == end || (**at != 'e' && **at != 'E')) return true;
    (*at)++;
    bool negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+')) (*at)++;
    const char *start = *at;
    int value = 0;
    for (; *at < end && is_digit(**at); (*at)++)
        value = value < 100000 ? value * 10 + (**at - '0') : value;
    out->exponent += negative ? -value : value;
    return *at > start;
}

static bool take_apart(const char *text, size_t length, parts *out)
{
    *out = (parts){.exact = true};
    const char *at = text, *end = text + length;
    if (at < end && (*at == '-' || *at == '+')) out->negative = *at++ == '-';
    size_t count = take_digits(&at, end, 0, out);
    if (at < end && *at == '.') {
        at++;
        count += take_digits(&at, end, -1, out);
    }
    return count > 0 && take_exponent(&at, end, out) && at == end;
}

bool rmf_parse_number(const char *text, size_t length, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    parts number;
    if (!take_apart(text, length, &number)) return false;
    int e = number.exponent;
    /* Both factors are exact doubles, so the one operation rounds once. */
    if (number.exact && number.digits <= (UINT64_C(1) << 53) && e >= -22 && e <= 22) {
        double d = (double)number.digits;
        d = e < 0 ? d / power[-e] : d * power[e];
        *value = number.negative ? -d : d;
        return true;
    }
    /* The C locale is a constant of the C library: nothing is allocated here. */
    *value = strtod_l(text, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));
    return true;
}

bool rmf_parse_count(const char *text, long *value)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length) return false;
    *value = strtol(text, NULL, 10);
    return true;
}
