/* net/lists.c – reads LIST settings without allocating, so that builders (which return nodes, not
 * statuses) can read again what `check` has accepted. */
#include "net/lists.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 48 };

/* Copies the next comma-separated word, spaces around it dropped, and moves on; false at the end.
 * A word that is too long is cut, and then matches nothing. */
static bool next_word(const char **text, char word[WORD])
{
    const char *from = *text;
    while (isspace((unsigned char)*from))
        from++;
    if (*from == '\0') return false;
    size_t length = strcspn(from, ",");
    *text = from[length] == ',' ? from + length + 1 : from + length;
    while (length > 0 && isspace((unsigned char)from[length - 1]))
        length--;
    snprintf(word, WORD, "%.*s", (int)(length < WORD ? length : WORD - 1), from);
    return true;
}

static const char *place_of(const rmf_settings *settings, const char *key)
{
    const char *place = rmf_settings_place(settings, key);
    return place ? place : "settings";
}

rmf_status rmf_list_numbers(const rmf_settings *settings, const rmf_number_list *list,
                            int64_t *values, int *count)
{
    const char *text = rmf_settings_text(settings, list->key);
    char word[WORD];
    int n = 0;
    *count = 0;
    for (; text && next_word(&text, word); n++) {
        if (n == list->room)
            return rmf_fail(RMF_ERR_USAGE, "%s: %s has more than %d numbers; give fewer",
                            place_of(settings, list->key), list->key, list->room);
        char *end;
        errno = 0;
        long long value = strtoll(word, &end, 10);
        if (end == word || *end != '\0' || errno != 0 || value < list->low || value > list->high)
            return rmf_fail(RMF_ERR_USAGE,
                            "%s: %s holds \"%s\"; expected whole numbers from %" PRId64
                            " to %" PRId64 ", separated by commas",
                            place_of(settings, list->key), list->key, word, list->low, list->high);
        values[n] = value;
    }
    *count = n;
    return RMF_OK;
}

static void join(const char *const *names, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; names[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", names[i]);
}

rmf_status rmf_list_names(const rmf_settings *settings, const char *key, const char *const *names,
                          unsigned *bits)
{
    const char *text = rmf_settings_text(settings, key);
    char word[WORD];
    unsigned found = 0;
    *bits = 0;
    while (text && next_word(&text, word)) {
        if (strcmp(word, "none") == 0 && found == 0 && *text == '\0') break;
        int i = 0;
        while (names[i] && strcmp(names[i], word) != 0)
            i++;
        if (!names[i]) {
            char known[256];
            join(names, known, sizeof known);
            return rmf_fail(RMF_ERR_USAGE, "%s: %s holds \"%s\"; expected some of: %s (or none)",
                            place_of(settings, key), key, word, known);
        }
        found |= 1u << i;
    }
    *bits = found;
    return RMF_OK;
}

rmf_status rmf_list_banks(const rmf_settings *settings, const char *const *names, int64_t bank_rows,
                          unsigned *bits)
{
    RMF_TRY(rmf_list_names(settings, "net.banks", names, bits));
    if (*bits != 0 || bank_rows <= 1) return RMF_OK;
    char known[256];
    join(names, known, sizeof known);
    return rmf_fail(RMF_ERR_USAGE,
                    "%s: net.banks is none, but there are %" PRId64
                    " branches to tell apart; give some of: %s",
                    place_of(settings, "net.banks"), bank_rows, known);
}
