/** reproduce/result.c – the tables of an experiment, from what its steps left. */
#include "reproduce/result.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- tables ---- */

/* Columns of a table: the keys "columns.NAME", with a text for each row. */
typedef struct table_column {
    const char *name, *place;
    rmf_names cells; /* one for all rows, or one a row */
} table_column;

static rmf_status columns_of(const rmf_experiment *e, const char *table, size_t rows,
                             table_column **columns, size_t *count)
{
    char *prefix;
    void *block;
    const size_t keys = rmf_settings_count(e->settings);
    RMF_TRY(rmf_arena_print(e->arena, &prefix, "tables.%s.columns.", table));
    RMF_TRY(rmf_arena_alloc(e->arena, keys, sizeof(table_column), &block));
    *columns = block;
    *count = 0;
    for (size_t i = 0; i < keys; i++) {
        const char *key = rmf_settings_key(e->settings, i);
        if (strncmp(key, prefix, strlen(prefix)) != 0) continue;
        table_column *c = &(*columns)[(*count)++];
        *c = (table_column){.name = key + strlen(prefix),
                            .place = rmf_settings_place(e->settings, key)};
        RMF_TRY(rmf_split_list(e->arena, rmf_settings_text(e->settings, key), &c->cells));
        if (c->cells.count != 1 && c->cells.count != rows)
            return rmf_fail(RMF_ERR_USAGE, "%s: column \"%s\" has %zu cells; expected 1 or %zu",
                            c->place, c->name, c->cells.count, rows);
    }
    return RMF_OK;
}

static rmf_status add_row(const rmf_cells *cells, const rmf_loop *loop, size_t row,
                          const table_column *columns, size_t n, json_t *rows)
{
    json_t *out = json_array();
    json_array_append_new(rows, out);
    for (size_t c = 0; c < n; c++) {
        rmf_bindings b = {{{"out", cells->folders->out}, {"runs", cells->folders->runs}}, 2};
        char *text;
        json_t *cell;
        RMF_TRY(rmf_loop_bind(loop, row, &b));
        RMF_TRY(rmf_fill(cells->experiment->arena,
                         columns[c].cells.name[columns[c].cells.count == 1 ? 0 : row], &b,
                         columns[c].place, &text));
        RMF_TRY(rmf_cell(cells, text, columns[c].place, &cell));
        json_array_append_new(out, cell);
    }
    return RMF_OK;
}

static rmf_status add_table(const rmf_cells *cells, const char *name, json_t *tables)
{
    const rmf_experiment *e = cells->experiment;
    const char *title = rmf_experiment_text_of(e, "tables", name, "title");
    rmf_loop loop;
    table_column *columns;
    size_t n;
    RMF_TRY(rmf_loop_of(e, "tables", name, &loop));
    RMF_TRY(columns_of(e, name, loop.count, &columns, &n));
    json_t *names = json_array(), *rows = json_array();
    json_array_append_new(tables, json_pack("{s:s, s:s*, s:o, s:o}", "name", name, "title", title,
                                            "columns", names, "rows", rows));
    for (size_t c = 0; c < n; c++)
        json_array_append_new(names, json_string(columns[c].name));
    for (size_t row = 0; row < loop.count; row++)
        RMF_TRY(add_row(cells, &loop, row, columns, n, rows));
    return RMF_OK;
}

/* ---- commands ---- */

/* The command of a step as it stands in the experiment, and what its variables stand for. */
static rmf_status add_command(const rmf_experiment *e, const char *name, bool quick, json_t *out)
{
    static const rmf_bindings folders = {{{"out", "out"}, {"runs", "runs"}}, 2};
    const char *more = quick ? rmf_experiment_text_of(e, "steps", name, "quick") : NULL;
    const char *place = rmf_experiment_place(e, "steps", name, "run");
    const char *to = rmf_experiment_text_of(e, "steps", name, "to");
    rmf_bindings b = folders;
    rmf_loop loop;
    char *text, *braced;
    RMF_TRY(rmf_loop_of(e, "steps", name, &loop));
    json_t *variables = json_object();
    json_t *command = json_pack("{s:s, s:o}", "step", name, "for", variables);
    json_array_append_new(out, command);
    for (size_t v = 0; v < loop.depth; v++) { /* stay variables */
        json_t *values = json_array();
        RMF_TRY(rmf_arena_print(e->arena, &braced, "{%s}", loop.variable[v]));
        b.item[b.count++] = (rmf_binding){loop.variable[v], braced};
        for (size_t i = 0; i < loop.values[v].count; i++)
            json_array_append_new(values, json_string(loop.values[v].name[i]));
        json_object_set_new(variables, loop.variable[v], values);
    }
    RMF_TRY(rmf_arena_print(e->arena, &text, "%s%s%s%s%s",
                            rmf_experiment_text_of(e, "steps", name, "run"), more ? " " : "",
                            more ? more : "", to ? " > " : "", to ? to : ""));
    RMF_TRY(rmf_fill(e->arena, text, &b, place, &text));
    json_object_set_new(command, "command", json_string(text));
    return RMF_OK;
}

/* ---- origin ---- */

/* Whether all records say the same of a field; else the result names each of them once. */
static void add_origin(json_t *origin, const char *field, const json_t *record)
{
    json_t *value = json_object_get(record, field), *all = json_object_get(origin, field), *one;
    size_t i;
    if (!all) {
        all = json_array();
        json_object_set_new(origin, field, all);
    }
    json_array_foreach(all, i, one) if (json_equal(one, value)) return;
    json_array_append(all, value);
}

static rmf_status add_origins(const rmf_cells *cells, json_t *result)
{
    static const char *const fields[] = {"date", "ramify", "commit", "processor", "threads"};
    json_t *origin = json_object(), *found = json_array();
    double seconds = 0;
    json_object_set_new(result, "origin", origin);
    json_object_set_new(result, "found", found);
    for (size_t i = 0; i < cells->n_steps; i++) {
        json_t *record, *one;
        size_t k;
        RMF_TRY(rmf_step_record(cells->experiment, cells->folders, &cells->steps[i], &record));
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            add_origin(origin, fields[f], record);
        json_array_foreach(json_object_get(record, "processor_seconds"), k, one) seconds +=
            json_number_value(one);
        if (json_is_true(json_object_get(record, "found")))
            json_array_append_new(found, json_string(cells->steps[i].name));
        json_decref(record);
    }
    json_object_set_new(result, "processor_seconds", json_real(seconds));
    return RMF_OK;
}

rmf_status rmf_result_of(const rmf_cells *cells, bool quick, json_t **out)
{
    const rmf_experiment *e = cells->experiment;
    static const char *const texts[] = {"name", "title", "summary", "source", "notes"};
    json_t *tables = json_array(), *commands = json_array();
    *out = json_pack("{s:s, s:i, s:b}", "format", "ramify-result", "version", 1, "quick", quick);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (rmf_settings_text(e->settings, texts[i]))
            json_object_set_new(*out, texts[i],
                                json_string(rmf_settings_text(e->settings, texts[i])));
    json_object_set_new(*out, "tables", tables);
    json_object_set_new(*out, "commands", commands);
    rmf_status s = RMF_OK;
    for (size_t i = 0; s == RMF_OK && i < e->tables.count; i++)
        s = add_table(cells, e->tables.name[i], tables);
    for (size_t i = 0; s == RMF_OK && i < e->steps.count; i++)
        s = add_command(e, e->steps.name[i], quick, commands);
    if (s == RMF_OK) s = add_origins(cells, *out);
    if (s == RMF_OK) return RMF_OK;
    json_decref(*out);
    *out = NULL;
    return s;
}
