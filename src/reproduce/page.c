/** reproduce/page.c – results as Markdown. */
#include "reproduce/result.h"

#include "core/text.h"
#include "ramify/io.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

int rmf_column_of(const json_t *table, const char *name)
{
    size_t i;
    json_t *column;
    json_array_foreach(json_object_get(table, "columns"), i,
                       column) if (strcmp(json_string_value(column), name) == 0) return (int)i;
    return -1;
}

double rmf_cell_number(const json_t *cell)
{
    if (json_is_object(cell)) cell = json_object_get(cell, "value");
    if (json_is_number(cell)) return json_number_value(cell);
    char *end;
    const char *text = json_string_value(cell);
    const double value = text ? strtod(text, &end) : NAN;
    return text && end != text && *end == '\0' ? value : NAN;
}

/* Three digits, but all of them before the point. */
static void number_text(double value, char *text, size_t size)
{
    const double a = fabs(value);
    if (a < 0.1 || (a == floor(a) && a < 1e15))
        snprintf(text, size, "%.*g", a < 0.1 ? 3 : 15, value);
    else
        snprintf(text, size, "%.*f", a >= 100 ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : 3, value);
}

void rmf_cell_text(const json_t *cell, char *text, size_t size)
{
    const char *unit = json_string_value(json_object_get(cell, "unit"));
    const double value = rmf_cell_number(cell);
    if (json_is_string(cell))
        snprintf(text, size, "%s", json_string_value(cell));
    else if (isnan(value))
        snprintf(text, size, "–");
    else if (unit && strcmp(unit, "%") == 0)
        snprintf(text, size, "%.1f %%", value);
    else
        number_text(value, text, size);
    const size_t used = strlen(text);
    if (unit && strcmp(unit, "%") != 0 && used < size)
        snprintf(text + used, size - used, " %s", unit);
}

/* ---- tables ---- */

enum { CELL = 256 };

/* Characters, not bytes. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void put_padded(FILE *to, const char *text, int width)
{
    fprintf(to, " %s%*s |", text, width - width_of(text), "");
}

static int column_width(const json_t *table, size_t column)
{
    char text[CELL];
    size_t i;
    json_t *row;
    int width =
        width_of(json_string_value(json_array_get(json_object_get(table, "columns"), column)));
    json_array_foreach(json_object_get(table, "rows"), i, row)
    {
        rmf_cell_text(json_array_get(row, column), text, sizeof text);
        if (width_of(text) > width) width = width_of(text);
    }
    return width;
}

enum { COLUMNS = 64 };

static void put_row(FILE *to, const int width[COLUMNS], const json_t *cells)
{
    char text[CELL];
    size_t i;
    json_t *cell;
    fputs("|", to);
    json_array_foreach(cells, i, cell)
    {
        rmf_cell_text(cell, text, sizeof text);
        put_padded(to, text, i < COLUMNS ? width[i] : 0);
    }
    fputs("\n", to);
}

static void put_table(FILE *to, const json_t *table)
{
    const char *title = json_string_value(json_object_get(table, "title"));
    const json_t *columns = json_object_get(table, "columns");
    int width[COLUMNS] = {0};
    size_t i;
    json_t *row;
    for (i = 0; i < json_array_size(columns) && i < COLUMNS; i++)
        width[i] = column_width(table, i);
    if (title) fprintf(to, "%s\n\n", title);
    put_row(to, width, columns);
    fputs("|", to);
    for (i = 0; i < json_array_size(columns); i++) {
        for (int k = -2; k < (i < COLUMNS ? width[i] : 1); k++)
            fputs("-", to);
        fputs("|", to);
    }
    fputs("\n", to);
    json_array_foreach(json_object_get(table, "rows"), i, row) put_row(to, width, row);
    fputs("\n", to);
}

static void put_tables(FILE *to, const json_t *result)
{
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(result, "tables"), i, table) put_table(to, table);
}

rmf_status rmf_result_tables(const json_t *result, char **out)
{
    rmf_text text;
    RMF_TRY(rmf_text_begin("tables of a result: no memory for the text", &text));
    put_tables(text.to, result);
    return rmf_text_end(&text, out);
}

/* ---- the page ---- */

static void put_text(FILE *to, const json_t *result, const char *key, const char *before)
{
    const char *text = json_string_value(json_object_get(result, key));
    if (text) fprintf(to, "%s%s\n\n", before, text);
}

/* Values of a field, most often one: "a, b". */
static void put_values(FILE *to, const json_t *origin, const char *field)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(origin, field), i, value)
    {
        if (i > 0) fputs(", ", to);
        if (json_is_string(value)) fputs(json_string_value(value), to);
        if (json_is_integer(value)) fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
}

static void put_origin(FILE *to, const json_t *result)
{
    const json_t *origin = json_object_get(result, "origin");
    const double minutes = json_number_value(json_object_get(result, "processor_seconds")) / 60;
    char text[32];
    number_text(minutes, text, sizeof text);
    fputs("*Measured ", to);
    put_values(to, origin, "date");
    fputs(", ramify ", to);
    put_values(to, origin, "ramify");
    fputs(" (", to);
    put_values(to, origin, "commit");
    fputs("), ", to);
    put_values(to, origin, "processor");
    fputs(", threads: ", to);
    put_values(to, origin, "threads");
    fprintf(to, "; processor time of all steps: %s min%s", text,
            json_is_true(json_object_get(result, "quick")) ? "; quick settings" : "");
    if (json_array_size(json_object_get(result, "found")) > 0) {
        fputs("; begun before, and found: ", to);
        put_values(to, result, "found");
    }
    fputs(".*\n\n", to);
}

static void put_commands(FILE *to, const json_t *result)
{
    size_t i, k;
    json_t *command, *values, *value;
    const char *name;
    fputs("```sh\n", to);
    json_array_foreach(json_object_get(result, "commands"), i, command)
    {
        fprintf(to, "ramify %s\n", json_string_value(json_object_get(command, "command")));
        json_object_foreach(json_object_get(command, "for"), name, values)
        {
            fprintf(to, "    # %s:", name);
            json_array_foreach(values, k, value) fprintf(to, " %s", json_string_value(value));
            fputs("\n", to);
        }
    }
    fputs("```\n\n", to);
}

/* `file` stands in the folder of the result; the page links it from its own. */
static void put_figures(FILE *to, const json_t *result, const char *file, const char *page)
{
    const char *slash = strrchr(file, '/'), *page_slash = strrchr(page, '/');
    const size_t own = page_slash ? (size_t)(page_slash - page) + 1 : 0;
    const char *from = strncmp(file, page, own) == 0 ? file + own : file;
    const int folder = slash && slash >= from ? (int)(slash - from) + 1 : 0;
    size_t i;
    json_t *figure;
    json_array_foreach(json_object_get(result, "figures"), i, figure)
    {
        const char *name = json_string_value(json_object_get(figure, "file"));
        if (name)
            fprintf(to, "%s[%s](%.*s%s)\n\n", rmf_ends_with(name, ".gp") ? "" : "!",
                    json_string_value(json_object_get(figure, "title")), folder, from, name);
    }
}

/* What the rest of this file takes for granted: names, and tables of rows below columns. */
static rmf_status check_result(const json_t *result, const char *file)
{
    const char *format = json_string_value(json_object_get(result, "format"));
    const json_t *tables = json_object_get(result, "tables");
    bool good = format && strcmp(format, "ramify-result") == 0 &&
                json_is_string(json_object_get(result, "name")) && json_is_array(tables);
    for (size_t i = 0; good && i < json_array_size(tables); i++) {
        const json_t *columns = json_object_get(json_array_get(tables, i), "columns");
        good = json_is_array(json_object_get(json_array_get(tables, i), "rows"));
        for (size_t c = 0; good && c < json_array_size(columns); c++)
            good = json_is_string(json_array_get(columns, c));
    }
    if (good) return RMF_OK;
    return rmf_fail(RMF_ERR_FORMAT,
                    "%s: found no result; expected a result.json of ramify reproduce", file);
}

static void put_result(FILE *to, const json_t *result, const char *file, const char *page)
{
    const char *title = json_string_value(json_object_get(result, "title"));
    const char *name = json_string_value(json_object_get(result, "name"));
    fprintf(to, "## %s\n\n", title ? title : name);
    put_text(to, result, "summary", "");
    put_tables(to, result);
    put_text(to, result, "source", "Published: ");
    put_figures(to, result, file, page);
    put_text(to, result, "notes", "");
    fprintf(to, "`ramify reproduce %s%s`:\n\n", name,
            json_is_true(json_object_get(result, "quick")) ? " --quick" : "");
    put_commands(to, result);
    put_origin(to, result);
}

static rmf_status read_result(const char *file, json_t **out)
{
    RMF_TRY(rmf_json_read(file, out));
    const rmf_status s = check_result(*out, file);
    if (s != RMF_OK) json_decref(*out);
    return s;
}

rmf_status rmf_results_page(const char *const *files, size_t count, const char *page, char **out)
{
    rmf_text text;
    *out = NULL;
    RMF_TRY(rmf_text_begin("page of results: no memory for the text", &text));
    fputs("# Results\n\nMade by `ramify reproduce --page` from the files result.json of "
          "experiments; no figure is typed by hand.  *Floor* is real\nobjects against real ones: "
          "what "
          "a perfect model would have too.  – means that nobody measured it.\n\n",
          text.to);
    rmf_status s = RMF_OK;
    for (size_t i = 0; s == RMF_OK && i < count; i++) {
        json_t *result;
        s = read_result(files[i], &result);
        if (s != RMF_OK) break;
        put_result(text.to, result, files[i], page);
        json_decref(result);
    }
    if (s == RMF_OK) return rmf_text_end(&text, out);
    rmf_text_drop(&text);
    return s;
}
