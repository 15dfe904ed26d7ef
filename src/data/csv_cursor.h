/** data/csv_cursor.h – the fields of a delimited text in memory (RFC 4180), one after the other. */
#ifndef RMF_DATA_CSV_CURSOR_H
#define RMF_DATA_CSV_CURSOR_H

#include "ramify/core.h"

/** A place in a text.  `scratch` holds quoted fields that have doubled quotes. */
typedef struct rmf_csv_cursor {
    const char *place; /* the file's name, for messages */
    const char *at, *end;
    char delimiter;
    int64_t line; /* of `at`, from 1 */
    char *scratch;
    size_t scratch_size;
} rmf_csv_cursor;

/** Points into the text or the cursor's scratch; valid until the next field is read. */
typedef struct rmf_csv_field {
    const char *text; /* blanks around it are cut off; text[length] is readable */
    size_t length;
    int64_t line;
    bool last; /* ends its record */
} rmf_csv_field;

/** A cursor at the first field.  text[size] must be 0.  delimiter 0: the commonest of comma,
 * semicolon and tab in the first line. */
rmf_csv_cursor rmf_csv_start(const char *text, size_t size, const char *place, char delimiter);
void rmf_csv_stop(rmf_csv_cursor *cursor);

/** True when no record follows.  Skips empty lines; call it between records only. */
bool rmf_csv_at_end(rmf_csv_cursor *cursor);

/** Reads one field.  Refuses NUL bytes, quotes inside or after a field and quotes left open. */
RMF_CHECKED rmf_status rmf_csv_next(rmf_csv_cursor *cursor, rmf_csv_field *out);

#endif
