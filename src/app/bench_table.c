/* app/bench_table.c – a benchmark's row as a line of a table. */
#include "app/app.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { NAME_WIDTH = 72 };

static const char *text_of(const json_t *row, const char *field)
{
    const char *text = json_string_value(json_object_get(row, field));
    return text ? text : "";
}

/* A number in its column, or blanks where the row has none. */
static void print_number(const json_t *row, const char *field, const char *format, int width)
{
    char text[64] = "";
    const json_t *value = json_object_get(row, field);
    if (json_is_number(value)) snprintf(text, sizeof text, format, json_number_value(value));
    if (json_is_null(value)) snprintf(text, sizeof text, "no numbers");
    printf(" %*s", width, text);
}

static void print_head(const json_t *row)
{
    printf("%s, %s; device %s, %lld threads, %s\n", text_of(row, "processor"),
           text_of(row, "instructions"), text_of(row, "device"),
           (long long)json_integer_value(json_object_get(row, "threads")),
           text_of(row, "precision"));
    printf("%-9s %-*s %11s %11s %10s %-10s %10s\n", "bench", NAME_WIDTH, "name", "median ms",
           "best ms", "rate", "", "error");
}

void rmf_print_bench_row(const json_t *row, bool head)
{
    if (head) print_head(row);
    char name[256];
    const char *peer = json_object_get(row, "ratio") ? "" : text_of(row, "peer");
    snprintf(name, sizeof name, "%s%s%s", peer, *peer ? ": " : "", text_of(row, "name"));
    printf("%-9s %-*s", text_of(row, "bench"), NAME_WIDTH, name);
    print_number(row, "median_ms", "%.3f", 11);
    print_number(row, "best_ms", "%.3f", 11);
    print_number(row, "rate", "%.1f", 10);
    printf(" %-10s", text_of(row, "unit"));
    print_number(row, "error", "%.1e", 10);
    if (json_is_true(json_object_get(row, "chosen"))) printf("  chosen");
    if (json_object_get(row, "ratio")) print_number(row, "ratio", "ratio %.3f", 0);
    if (json_object_get(row, "share")) print_number(row, "share", "share %.3f", 0);
    printf("\n");
}
