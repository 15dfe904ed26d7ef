/** core/nearest.c – "did you mean …?". */
#include "ramify/core.h"

#include <ctype.h>
#include <string.h>

enum { WORD_LIMIT = 64 }; /* longer words get no suggestion */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/**
 * Edits that turn a into b: insert, delete, replace, or swap two neighbours (Damerau 1964, the
 * optimal-alignment form).  Letters compare without case.
 */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    size_t rows[3][WORD_LIMIT + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++)
        above[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t cost = smaller(above[j], row[j - 1]) + 1;
            cost = smaller(cost, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                cost = smaller(cost, before[j - 2] + 1);
            row[j] = cost;
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[n];
}

const char *rmf_nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    size_t length = strlen(word), limit = 1 + length / 4; /* one slip in four letters */
    if (length > WORD_LIMIT) return NULL;
    for (; *candidates != NULL; candidates++) {
        if (strlen(*candidates) > WORD_LIMIT) continue;
        size_t distance = edit_distance(word, *candidates);
        /* A word of which nothing stays is no suggestion. */
        if (distance <= limit && distance < length) {
            best = *candidates;
            if (distance == 0) break;
            limit = distance - 1;
        }
    }
    return best;
}
