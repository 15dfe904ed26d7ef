/** data/csv_cursor.c – splits a delimited text into fields (RFC 4180, LF or CR LF). */
#include "data/csv_cursor.h"

#include <inttypes.h>
#include <string.h>

static char commonest_delimiter(const char *at, const char *end)
{
    size_t comma = 0, semicolon = 0, tab = 0;
    bool quoted = false;
    for (; at < end && (quoted || *at != '\n'); at++) {
        if (*at == '"') quoted = !quoted;
        if (quoted) continue;
        comma += *at == ',';
        semicolon += *at == ';';
        tab += *at == '\t';
    }
    if (semicolon > comma && semicolon >= tab) return ';';
    return tab > comma ? '\t' : ',';
}

rmf_csv_cursor rmf_csv_start(const char *text, size_t size, const char *place, char delimiter)
{
    rmf_csv_cursor cursor = {
        .place = place, .at = text, .end = text + size, .delimiter = delimiter, .line = 1};
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) cursor.at += 3; /* byte order mark */
    if (delimiter == 0) {
        rmf_csv_at_end(&cursor); /* past empty lines */
        cursor.delimiter = commonest_delimiter(cursor.at, cursor.end);
    }
    return cursor;
}

void rmf_csv_stop(rmf_csv_cursor *cursor)
{
    rmf_free(cursor->scratch);
    cursor->scratch = NULL;
}

bool rmf_csv_at_end(rmf_csv_cursor *cursor)
{
    while (cursor->at < cursor->end) {
        if (*cursor->at == '\n') {
            cursor->at++;
            cursor->line++;
        } else if (cursor->at[0] == '\r' && cursor->at[1] == '\n') {
            cursor->at += 2;
            cursor->line++;
        } else {
            return false;
        }
    }
    return true;
}

static bool is_blank(const rmf_csv_cursor *cursor, char c)
{
    return (c == ' ' || c == '\t' || c == '\r') && c != cursor->delimiter;
}

/** Past the delimiter or the line end behind a field. */
static rmf_status end_field(rmf_csv_cursor *cursor, rmf_csv_field *out)
{
    out->last = true;
    if (cursor->at == cursor->end) return RMF_OK;
    char c = *cursor->at++;
    if (c == '\n') {
        cursor->line++;
        return RMF_OK;
    }
    out->last = false;
    if (c == cursor->delimiter) return RMF_OK;
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s:%" PRId64 ": '%c' follows a closing quote; expected a delimiter or the end "
                    "of the line",
                    cursor->place, cursor->line, c);
}

/** Copies a quoted field without its doubled quotes. */
static rmf_status unquote(rmf_csv_cursor *cursor, rmf_csv_field *out)
{
    if (out->length + 1 > cursor->scratch_size) {
        void *larger = NULL;
        RMF_TRY(rmf_alloc(out->length + 1, 1, &larger));
        rmf_free(cursor->scratch);
        cursor->scratch = larger;
        cursor->scratch_size = out->length + 1;
    }
    size_t length = 0;
    for (size_t i = 0; i < out->length; i++) {
        cursor->scratch[length++] = out->text[i];
        if (out->text[i] == '"') i++;
    }
    cursor->scratch[length] = '\0';
    out->text = cursor->scratch;
    out->length = length;
    return RMF_OK;
}

static rmf_status quoted_field(rmf_csv_cursor *cursor, rmf_csv_field *out)
{
    const char *start = ++cursor->at;
    bool doubled = false;
    for (;; cursor->at++) {
        if (cursor->at == cursor->end || *cursor->at == '\0')
            return rmf_fail(RMF_ERR_FORMAT,
                            "%s:%" PRId64 ": a quote is never closed; expected \" at its end",
                            cursor->place, out->line);
        if (*cursor->at == '\n') cursor->line++;
        if (*cursor->at != '"') continue;
        if (cursor->at + 1 == cursor->end || cursor->at[1] != '"') break;
        doubled = true;
        cursor->at++;
    }
    out->text = start;
    out->length = (size_t)(cursor->at - start);
    cursor->at++;
    while (cursor->at < cursor->end && is_blank(cursor, *cursor->at))
        cursor->at++;
    if (doubled) RMF_TRY(unquote(cursor, out));
    return end_field(cursor, out);
}

rmf_status rmf_csv_next(rmf_csv_cursor *cursor, rmf_csv_field *out)
{
    while (cursor->at < cursor->end && is_blank(cursor, *cursor->at))
        cursor->at++;
    out->line = cursor->line;
    if (cursor->at < cursor->end && *cursor->at == '"') return quoted_field(cursor, out);
    const char *start = cursor->at, *at = start;
    while (at < cursor->end && *at != cursor->delimiter && *at != '\n' && *at != '\0' && *at != '"')
        at++;
    cursor->at = at;
    if (at < cursor->end && (*at == '\0' || *at == '"'))
        return rmf_fail(RMF_ERR_FORMAT, "%s:%" PRId64 ": %s inside a field; expected plain text",
                        cursor->place, cursor->line, *at == '"' ? "a quote" : "a zero byte");
    while (at > start && is_blank(cursor, at[-1]))
        at--;
    out->text = start;
    out->length = (size_t)(at - start);
    return end_field(cursor, out);
}
