/** reproduce/cell.c – what a cell of a table points to, as a number. */
#include "reproduce/cell.h"

#include "core/order.h"
#include "ramify/io.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows a reference, in words. */
typedef struct cell_form {
    const char *first, *second; /* references; second may be NULL */
    const char *statistic;      /* or NULL */
    const char *unit;           /* or NULL */
    bool optional;
} cell_form;

static bool is_reference(const char *word)
{
    const char *mark = strpbrk(word, "#@");
    return mark && mark != word && (mark[0] == '@' || mark[1] == '/');
}

/* ---- numbers ---- */

/* max, min, mean or median of at least one number. */
static double summarise(const char *statistic, double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    rmf_sort(x, n);
    if (strcmp(statistic, "max") == 0) return x[n - 1];
    if (strcmp(statistic, "min") == 0) return x[0];
    if (strcmp(statistic, "median") == 0) return rmf_quantile(x, (int)n, 0.5);
    return sum / (double)n;
}

/* The numbers of an array, summarised; NAN where it has none. */
static rmf_status number_of(const json_t *values, const char *statistic, double *out)
{
    void *block;
    size_t i, n = 0;
    json_t *value;
    RMF_TRY(rmf_alloc(json_array_size(values) + 1, sizeof(double), &block));
    double *x = block;
    json_array_foreach(values, i, value)
    {
        if (json_is_number(value)) x[n++] = json_number_value(value);
        if (json_is_boolean(value)) x[n++] = json_is_true(value);
    }
    *out = n > 0 ? summarise(statistic ? statistic : "median", x, n) : NAN;
    rmf_free(block);
    return RMF_OK;
}

/* ---- references ---- */

/* A file of JSON, or of one value a line. */
static rmf_status read_values(const char *path, json_t **out)
{
    char *text, *rest = NULL;
    size_t size;
    if (!rmf_ends_with(path, ".jsonl")) return rmf_json_read(path, out);
    RMF_TRY(rmf_file_read(path, (size_t)1 << 30, &text, &size));
    rmf_status s = RMF_OK;
    json_t *all = json_array();
    for (char *line = strtok_r(text, "\n", &rest); s == RMF_OK && line;
         line = strtok_r(NULL, "\n", &rest))
        if (json_array_append_new(all, json_loads(line, JSON_REJECT_DUPLICATES, NULL)) != 0)
            s = rmf_fail(RMF_ERR_FORMAT, "%s: a line is no JSON; expected an object a line", path);
    rmf_free(text);
    if (s == RMF_OK)
        *out = all;
    else
        json_decref(all);
    return s;
}

static rmf_status of_file(const rmf_cells *cells, const char *word, const char *statistic,
                          const char *place, double *out)
{
    const char *mark = strchr(word, '#');
    char *name, *path = NULL;
    json_t *root = NULL, *found = NULL;
    RMF_TRY(rmf_arena_print(cells->experiment->arena, &name, "%.*s", (int)(mark - word), word));
    RMF_TRY(rmf_path_join(strchr(name, '/') ? "." : cells->folders->out, name, &path));
    rmf_status s = read_values(path, &root);
    rmf_free(path);
    if (s == RMF_OK) s = rmf_pointer(root, mark + 1, place, &found);
    if (s == RMF_OK && !statistic && json_array_size(found) > 1)
        s = rmf_fail(RMF_ERR_USAGE,
                     "%s: %s names %zu values; expected max, min, mean or median "
                     "before it",
                     place, word, json_array_size(found));
    if (s == RMF_OK) s = number_of(found, statistic, out);
    json_decref(found);
    json_decref(root);
    return s;
}

static rmf_status of_step(const rmf_cells *cells, const char *word, const char *place, double *out)
{
    const char *mark = strchr(word, '@');
    const bool processor = strcmp(mark, "@processor") == 0;
    for (size_t i = 0; i < cells->n_steps && (processor || strcmp(mark, "@seconds") == 0); i++) {
        const char *name = cells->steps[i].name;
        json_t *record;
        if (strlen(name) != (size_t)(mark - word) || strncmp(name, word, strlen(name)) != 0)
            continue;
        RMF_TRY(rmf_step_record(cells->experiment, cells->folders, &cells->steps[i], &record));
        rmf_status s = number_of(
            json_object_get(record, processor ? "processor_seconds" : "seconds"), NULL, out);
        json_decref(record);
        return s;
    }
    return rmf_fail(RMF_ERR_USAGE, "%s: no step for %s; expected STEP@seconds or STEP@processor",
                    place, word);
}

static rmf_status value_of(const rmf_cells *cells, const cell_form *form, const char *word,
                           const char *place, double *out)
{
    rmf_status s = strchr(word, '#') ? of_file(cells, word, form->statistic, place, out)
                                     : of_step(cells, word, place, out);
    if (s != RMF_OK || form->optional || !isnan(*out)) return s;
    return rmf_fail(RMF_ERR_FORMAT, "%s: there is no number at %s", place, word);
}

/* ---- cells ---- */

/* False: the text is no reference and stands for itself. */
static bool parse_form(char *text, cell_form *out)
{
    static const char *const statistics[] = {"max", "min", "mean", "median"};
    char *rest = NULL, *word = strtok_r(text, " ", &rest);
    *out = (cell_form){0};
    for (size_t i = 0; word && i < 4; i++)
        if (strcmp(word, statistics[i]) == 0) out->statistic = word;
    if (out->statistic) word = strtok_r(NULL, " ", &rest);
    if (!word || !is_reference(word)) return false;
    out->first = word;
    word = strtok_r(NULL, " ", &rest);
    if (word && strcmp(word, "/") == 0) {
        out->second = strtok_r(NULL, " ", &rest);
        if (!out->second || !is_reference(out->second)) return false;
        word = strtok_r(NULL, " ", &rest);
    }
    if (word && strcmp(word, "?") != 0) {
        out->unit = word;
        word = strtok_r(NULL, " ", &rest);
    }
    out->optional = word && strcmp(word, "?") == 0;
    return true;
}

rmf_status rmf_cell(const rmf_cells *cells, const char *text, const char *place, json_t **out)
{
    char *words;
    cell_form form;
    double value, divisor = 1;
    RMF_TRY(rmf_arena_print(cells->experiment->arena, &words, "%s", text));
    if (!parse_form(words, &form)) {
        *out = json_string(text);
        return RMF_OK;
    }
    RMF_TRY(value_of(cells, &form, form.first, place, &value));
    if (form.second) RMF_TRY(value_of(cells, &form, form.second, place, &divisor));
    value /= divisor;
    if (form.unit && strcmp(form.unit, "%") == 0) value *= 100;
    *out = !isfinite(value) ? json_null()
           : form.unit      ? json_pack("{s:f, s:s}", "value", value, "unit", form.unit)
                            : json_real(value);
    return RMF_OK;
}
