/** data/csv.c – reader of delimited text, plain or gzip: numbers and one label column. */
#include "data/csv.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv_cursor.h"
#include "data/csv_layout.h"
#include "data/dataset.h"
#include "data/labels.h"
#include "data/number.h"
#include "ramify/io.h"

/** "column 3 (width)" or "column 3" */
static void describe_column(const rmf_csv_layout *layout, int64_t column, char *text, size_t size)
{
    if (layout->header && !layout->counted)
        snprintf(text, size, "column %" PRId64 " (%.60s)", column + 1, layout->first[column]);
    else
        snprintf(text, size, "column %" PRId64, column + 1);
}

static rmf_status fail_value(const rmf_csv_layout *layout, const rmf_csv_field *field,
                             int64_t column, const char *expected)
{
    char where[96];
    describe_column(layout, column, where, sizeof where);
    int shown = field->length > 60 ? 60 : (int)field->length;
    return rmf_fail(RMF_ERR_FORMAT, "%s:%" PRId64 ": %s is \"%.*s\"; expected %s", layout->place,
                    field->line, where, shown, field->text, expected);
}

static rmf_status read_value(const rmf_csv_layout *layout, const rmf_csv_field *field,
                             int64_t column, float *out)
{
    double value;
    if (!rmf_parse_number(field->text, field->length, &value))
        return fail_value(layout, field, column,
                          "a number; fill in missing values or remove their lines");
    if (!(fabs(value) <= FLT_MAX))
        return fail_value(layout, field, column, "a number that a 32-bit float can hold");
    *out = (float)value;
    return RMF_OK;
}

static rmf_status read_record(rmf_csv_cursor *cursor, const rmf_csv_layout *layout,
                              rmf_labels *labels, float *x, int32_t *label)
{
    for (int64_t column = 0; column < layout->columns; column++) {
        rmf_csv_field field;
        RMF_TRY(rmf_csv_next(cursor, &field));
        if (column != layout->label) {
            RMF_TRY(read_value(layout, &field, column, x++));
        } else {
            if (field.length == 0)
                return fail_value(layout, &field, column, "the label of this object");
            RMF_TRY(rmf_labels_add(labels, field.text, field.length, label));
        }
    }
    return RMF_OK;
}

static rmf_status skip_record(rmf_csv_cursor *cursor)
{
    for (rmf_csv_field field = {.last = false}; !field.last;)
        RMF_TRY(rmf_csv_next(cursor, &field));
    return RMF_OK;
}

static rmf_status read_records(const char *text, size_t size, const rmf_csv_layout *layout,
                               rmf_labels *labels, rmf_dataset *out)
{
    rmf_csv_cursor cursor = rmf_csv_start(text, size, layout->place, layout->delimiter);
    rmf_csv_at_end(&cursor);
    rmf_status status = layout->header ? skip_record(&cursor) : RMF_OK;
    for (int64_t i = 0; i < out->n && status == RMF_OK; i++) {
        rmf_csv_at_end(&cursor);
        status = read_record(&cursor, layout, labels, out->x + i * out->features, &out->label[i]);
    }
    rmf_csv_stop(&cursor);
    return status;
}

static rmf_status name_features(const rmf_csv_layout *layout, rmf_dataset *out)
{
    void *block = NULL;
    RMF_TRY(rmf_alloc((size_t)out->features, sizeof(char *), &block));
    out->feature_name = block;
    int64_t feature = 0;
    for (int64_t column = 0; column < layout->columns; column++)
        if (column != layout->label)
            RMF_TRY(rmf_copy_text(layout->first[column], &out->feature_name[feature++]));
    return RMF_OK;
}

/** Puts the names of a "rows,columns,class names…" line in place of the labels 0, 1, … */
static rmf_status name_counted_classes(const rmf_csv_layout *layout, rmf_dataset *out)
{
    rmf_labels labels = {0};
    for (int64_t i = 0; i < out->n; i++) {
        const char *number = out->class_name[out->label[i]];
        long value;
        rmf_status status = RMF_OK;
        if (!rmf_parse_count(number, &value) || value >= layout->first_count - 2)
            status = rmf_fail(RMF_ERR_FORMAT,
                              "%s: label \"%s\"; expected a number from 0 to %" PRId64
                              ", since line %" PRId64 " names %" PRId64 " classes",
                              layout->place, number, layout->first_count - 3, layout->first_line,
                              layout->first_count - 2);
        const char *name = status == RMF_OK ? layout->first[value + 2] : "";
        if (status == RMF_OK) status = rmf_labels_add(&labels, name, strlen(name), &out->label[i]);
        if (status != RMF_OK) {
            rmf_labels_free(&labels);
            return status;
        }
    }
    rmf_texts_free(out->class_name, out->n_classes);
    out->class_name = NULL;
    out->n_classes = 0;
    rmf_status status = rmf_labels_finish(&labels, out);
    rmf_labels_free(&labels);
    return status;
}

static rmf_status fill(const char *text, size_t size, const rmf_csv_layout *layout,
                       rmf_dataset *out)
{
    const int64_t shape[3] = {layout->columns - 1, 1, 1};
    int64_t rows = layout->records - (layout->header ? 1 : 0);
    if (rows == 0)
        return rmf_fail(RMF_ERR_FORMAT,
                        "%s: only a line of names; expected lines of numbers and a label below it",
                        layout->place);
    RMF_TRY(rmf_dataset_allocate(rows, 1, shape, out));
    rmf_labels labels = {0};
    rmf_status status = read_records(text, size, layout, &labels, out);
    if (status == RMF_OK) status = rmf_labels_finish(&labels, out);
    rmf_labels_free(&labels);
    if (status == RMF_OK && layout->counted)
        status = name_counted_classes(layout, out);
    else if (status == RMF_OK && layout->header)
        status = name_features(layout, out);
    return status;
}

rmf_status rmf_csv_parse(const char *text, size_t size, const char *place,
                         const rmf_csv_options *options, rmf_dataset *out)
{
    rmf_csv_layout layout = {0};
    RMF_TRY(rmf_csv_layout_find(text, size, place, options, &layout));
    rmf_dataset data = {0};
    rmf_status status = fill(text, size, &layout, &data);
    rmf_csv_layout_free(&layout);
    if (status != RMF_OK) {
        rmf_dataset_free(&data);
        return status;
    }
    snprintf(data.source, sizeof data.source, "%s", place);
    *out = data;
    return RMF_OK;
}

static rmf_status read_delimiter(const rmf_settings *settings, char *out)
{
    const char *text = rmf_settings_text(settings, "data.delimiter");
    *out = 0;
    if (text == NULL || strcmp(text, "auto") == 0) return RMF_OK;
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) {
        *out = '\t';
        return RMF_OK;
    }
    /* A delimiter that can be part of a number or a quote would read nonsense. */
    bool unfit = strlen(text) != 1 || strspn(text, "0123456789.+-eE\"\r\n \x7f") > 0;
    if (unfit || (signed char)text[0] < '\t')
        return rmf_fail(RMF_ERR_USAGE,
                        "%s: data.delimiter is \"%s\"; expected auto, tab or one character such as "
                        "; or |",
                        rmf_settings_place(settings, "data.delimiter"), text);
    *out = text[0];
    return RMF_OK;
}

static bool accepts(const char *path)
{
    return rmf_has_ending(path, ".csv") || rmf_has_ending(path, ".tsv") ||
           rmf_has_ending(path, ".data") || rmf_has_ending(path, ".txt");
}

static rmf_status read(const char *path, const rmf_settings *settings, rmf_dataset *out)
{
    rmf_csv_options options = {.label = rmf_settings_text(settings, "data.label"),
                               .header = rmf_settings_text(settings, "data.header")};
    RMF_TRY(read_delimiter(settings, &options.delimiter));
    char *text = NULL;
    size_t size = 0;
    RMF_TRY(rmf_file_read(path, 0, &text, &size));
    rmf_status status = rmf_csv_parse(text, size, path, &options, out);
    rmf_free(text);
    return status;
}

const rmf_dataset_ops rmf_dataset_csv_ops = {
    .name = "csv",
    .summary = "delimited text, plain or gzip: numbers and a label column",
    .source = "RFC 4180",
    .accepts = accepts,
    .read = read,
};
