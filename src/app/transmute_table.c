/* app/transmute_table.c – the report of a transmutation as a table: a row for each time, then what
 * the objects were before and what real ones reach. */
#include "app/transmute.h"

#include <jansson.h>
#include <stdio.h>

static void print_number(FILE *to, const json_t *value)
{
    if (json_is_number(value))
        fprintf(to, "%11.4f", json_number_value(value));
    else
        fprintf(to, "%11s", "-");
}

static void print_row(FILE *to, const json_t *row)
{
    const json_t *kept = json_object_get(row, "kept");
    const char *name;
    json_t *stroke;
    print_number(to, json_object_get(row, "time"));
    print_number(to, json_object_get(kept, "r"));
    print_number(to, json_object_get(kept, "p"));
    print_number(to, json_object_get(row, "accuracy"));
    print_number(to, json_object_get(row, "nearest"));
    json_object_foreach(json_object_get(row, "strokes"), name, stroke)
        print_number(to, json_object_get(stroke, "r"));
    fprintf(to, "\n");
}

static void print_bound(FILE *to, const json_t *report, const char *name, const char *accuracy,
                        const char *nearest)
{
    fprintf(to, "%11s%11s%11s", name, "", "");
    print_number(to, json_object_get(report, accuracy));
    print_number(to, json_object_get(report, nearest));
    fprintf(to, "\n");
}

void rmf_transmute_table(FILE *to, const json_t *report)
{
    size_t i;
    const char *name;
    json_t *row, *stroke;
    fprintf(to, "%11s%11s%11s%11s%11s", "time", "kept r", "p", "accuracy", "nearest");
    json_object_foreach(json_object_get(report, "strokes"), name, stroke) fprintf(to, "%11s", name);
    fprintf(to, "\n");
    print_row(to, report);
    json_array_foreach(json_object_get(report, "sweep"), i, row) print_row(to, row);
    print_bound(to, report, "before", "accuracy_before", "nearest_before");
    print_bound(to, report, "real", "accuracy_real", "nearest_real");
}
