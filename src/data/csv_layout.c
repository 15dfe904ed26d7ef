/**
 * data/csv_layout.c – finds out what a table looks like.
 *
 * Whether the first line is a header cannot always be seen: the letters' copy starts with
 * "Letter,1,2,…,16", which could be an object.  The rules, first that applies:
 *  1. data.header says yes or no.          2. data.label is a name: it must be in a header.
 *  3. A feature of the first line is neither a number nor a mark for a missing one.
 *  4. The first line counts its columns from 0 or 1, all of them or (if more than two) all but a
 *     label that is text, and that label never occurs again.
 */
#include "data/csv_layout.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "data/number.h"

void rmf_csv_layout_free(rmf_csv_layout *layout)
{
    if (layout == NULL) return;
    for (int64_t i = 0; layout->first != NULL && i < layout->first_count; i++)
        rmf_free(layout->first[i]);
    rmf_free(layout->first);
    rmf_free(layout->texts);
    rmf_free(layout->repeated);
    *layout = (rmf_csv_layout){0};
}

static rmf_status count_fields(rmf_csv_cursor cursor, int64_t *count)
{
    rmf_csv_field field = {.last = false};
    cursor.scratch = NULL;
    cursor.scratch_size = 0;
    rmf_status status = RMF_OK;
    for (*count = 0; !field.last && status == RMF_OK; (*count)++)
        status = rmf_csv_next(&cursor, &field);
    rmf_csv_stop(&cursor);
    return status;
}

/** Copies the fields of the first record. */
static rmf_status read_first(rmf_csv_cursor *cursor, rmf_csv_layout *out)
{
    int64_t count;
    RMF_TRY(count_fields(*cursor, &count));
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)count, sizeof(char *), &block));
    out->first = block;
    out->first_count = count;
    out->first_line = cursor->line;
    for (int64_t i = 0; i < count; i++) {
        rmf_csv_field field;
        RMF_TRY(rmf_csv_next(cursor, &field));
        RMF_TRY(rmf_alloc(field.length + 1, 1, &block));
        memcpy(block, field.text, field.length);
        out->first[i] = block;
    }
    return RMF_OK;
}

static rmf_status fail_width(const rmf_csv_layout *layout, int64_t line, int64_t found)
{
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s:%" PRId64 ": %" PRId64 " fields; expected %" PRId64
                    " as in the lines before (delimiter '%c')",
                    layout->place, line, found, layout->columns, layout->delimiter);
}

/** True for a number and for what people write where one is missing: such a column still is one of
 * numbers, and its reader says where the gap is. */
static bool number_or_missing(const char *text, size_t length)
{
    static const char *const marks[] = {"",     "?",    "na",  "n/a",  "nan",      "-nan",
                                        "null", "none", "inf", "-inf", "infinity", "-infinity"};
    double value;
    if (rmf_parse_number(text, length, &value)) return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strlen(marks[i]) == length && strncasecmp(marks[i], text, length) == 0) return true;
    return false;
}

/** Reads one record into the column facts. */
static rmf_status scan_record(rmf_csv_cursor *cursor, rmf_csv_layout *out)
{
    int64_t column = 0, line = cursor->line;
    for (rmf_csv_field field = {.last = false}; !field.last; column++) {
        RMF_TRY(rmf_csv_next(cursor, &field));
        if (column >= out->columns) continue;
        out->texts[column] += !number_or_missing(field.text, field.length);
        if (column < out->first_count && !out->repeated[column]) {
            const char *first = out->first[column];
            out->repeated[column] =
                strncmp(first, field.text, field.length) == 0 && first[field.length] == '\0';
        }
    }
    return column == out->columns ? RMF_OK : fail_width(out, line, column);
}

static rmf_status scan(rmf_csv_cursor *cursor, rmf_csv_layout *out)
{
    if (rmf_csv_at_end(cursor))
        return rmf_fail(RMF_ERR_FORMAT, "%s: empty; expected lines of numbers and a label",
                        out->place);
    RMF_TRY(read_first(cursor, out));
    out->records = 1;
    out->columns = out->first_count;
    if (!rmf_csv_at_end(cursor)) RMF_TRY(count_fields(*cursor, &out->columns));
    if (out->columns < 2)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: %" PRId64 " field a line with delimiter '%c'; expected numbers and a "
                        "label; data.delimiter sets another",
                        out->place, out->columns, out->delimiter);
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)out->columns, sizeof(int64_t), &block));
    out->texts = block;
    RMF_TRY(rmf_alloc((size_t)out->columns, sizeof(bool), &block));
    out->repeated = block;
    for (; !rmf_csv_at_end(cursor); out->records++)
        RMF_TRY(scan_record(cursor, out));
    return RMF_OK;
}

/** True for a first line "rows,columns,class names…", as scikit-learn's tables have it; the last
 * column then holds numbers. */
static bool is_counted(const rmf_csv_layout *layout)
{
    long rows, features;
    if (layout->first_count < 4 || layout->texts[layout->columns - 1] > 0 ||
        !rmf_parse_count(layout->first[0], &rows) || !rmf_parse_count(layout->first[1], &features))
        return false;
    if (rows != layout->records - 1 || features != layout->columns - 1) return false;
    for (int64_t i = 2; i < layout->first_count; i++) {
        if (number_or_missing(layout->first[i], strlen(layout->first[i]))) return false;
    }
    return true;
}

/** Column of a name in the first record, or −1. */
static int64_t find_name(const rmf_csv_layout *layout, const char *name)
{
    for (int64_t i = 0; i < layout->first_count; i++)
        if (strcmp(layout->first[i], name) == 0) return i;
    return -1;
}

static rmf_status fail_label(const rmf_csv_layout *layout, const char *label)
{
    const char *near = NULL;
    void *names = NULL;
    if (rmf_alloc((size_t)layout->first_count + 1, sizeof(char *), &names) == RMF_OK) {
        memcpy(names, layout->first, (size_t)layout->first_count * sizeof(char *));
        near = rmf_nearest(label, names);
    }
    rmf_free(names);
    return rmf_fail(RMF_ERR_USAGE,
                    "%s:%" PRId64 ": no column \"%s\"%s%s%s; expected a name of the first line, a "
                    "number from 1 to %" PRId64 ", first or last (data.label)",
                    layout->place, layout->first_line, label, near ? " (there is \"" : "",
                    near ? near : "", near ? "\")" : "", layout->columns);
}

/** Without data.label: a column called so, else the only one of texts, else the last. */
static int64_t guess_label(const rmf_csv_layout *layout)
{
    static const char *const usual[] = {"label", "class", "target"};
    for (size_t k = 0; k < sizeof usual / sizeof *usual; k++)
        for (int64_t i = 0; i < layout->first_count && !layout->counted; i++)
            if (strcasecmp(layout->first[i], usual[k]) == 0) return i;
    int64_t texts = 0, column = 0;
    for (int64_t i = 0; i < layout->columns; i++) {
        if (layout->texts[i] <= (layout->records - 1) / 2) continue;
        texts++;
        column = i;
    }
    return texts == 1 ? column : layout->columns - 1;
}

/** Finds the label column; *named: it was given by its name. */
static rmf_status find_label(rmf_csv_layout *layout, const char *label, bool *named)
{
    long number;
    *named = false;
    if (label == NULL) {
        layout->label = guess_label(layout);
        return RMF_OK;
    }
    if (strcmp(label, "first") == 0) {
        layout->label = 0;
    } else if (strcmp(label, "last") == 0) {
        layout->label = layout->columns - 1;
    } else if (rmf_parse_count(label, &number)) {
        if (number < 1 || number > layout->columns) return fail_label(layout, label);
        layout->label = number - 1;
    } else {
        layout->label = layout->counted ? -1 : find_name(layout, label);
        if (layout->label < 0) return fail_label(layout, label);
        *named = true;
    }
    return RMF_OK;
}

/** True if the first record holds start, start + 1, …, in all columns but `skip`. */
static bool counts_from(const rmf_csv_layout *layout, double start, int64_t skip)
{
    for (int64_t i = 0; i < layout->columns; i++) {
        double value;
        const char *text = layout->first[i];
        if (i == skip) continue;
        if (!rmf_parse_number(text, strlen(text), &value) || value != start++) return false;
    }
    return true;
}

/** Rule 4 of the head comment. */
static bool counts_up(const rmf_csv_layout *layout)
{
    double value;
    const char *label = layout->first[layout->label];
    if (layout->repeated[layout->label]) return false;
    if (rmf_parse_number(label, strlen(label), &value))
        return counts_from(layout, 0, -1) || counts_from(layout, 1, -1);
    return layout->columns > 3 &&
           (counts_from(layout, 0, layout->label) || counts_from(layout, 1, layout->label));
}

/** Rules 3 and 4 of the head comment. */
static bool looks_like_header(const rmf_csv_layout *layout)
{
    for (int64_t i = 0; i < layout->columns; i++)
        if (i != layout->label && !number_or_missing(layout->first[i], strlen(layout->first[i])))
            return true;
    return counts_up(layout);
}

rmf_status rmf_csv_layout_find(const char *text, size_t size, const char *place,
                               const rmf_csv_options *options, rmf_csv_layout *out)
{
    rmf_csv_cursor cursor = rmf_csv_start(text, size, place, options->delimiter);
    rmf_csv_layout layout = {.place = place, .delimiter = cursor.delimiter};
    const char *header = options->header != NULL ? options->header : "auto";
    bool automatic = strcmp(header, "auto") == 0, named = false;
    rmf_status status = scan(&cursor, &layout);
    rmf_csv_stop(&cursor);
    if (status == RMF_OK) {
        layout.counted = automatic && is_counted(&layout);
        if (!layout.counted && layout.first_count != layout.columns)
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s:%" PRId64 ": %" PRId64 " fields, but %" PRId64
                              " in the next line; expected the same number in all lines",
                              place, layout.first_line, layout.first_count, layout.columns);
    }
    if (status == RMF_OK) status = find_label(&layout, options->label, &named);
    if (status == RMF_OK && named && strcmp(header, "no") == 0)
        status = rmf_fail(RMF_ERR_USAGE,
                          "%s: data.label is the name \"%s\", but data.header is no; expected a "
                          "column's number, first or last",
                          place, options->label);
    if (status != RMF_OK) {
        rmf_csv_layout_free(&layout);
        return status;
    }
    layout.header = layout.counted || named || strcmp(header, "yes") == 0 ||
                    (automatic && looks_like_header(&layout));
    *out = layout;
    return RMF_OK;
}
